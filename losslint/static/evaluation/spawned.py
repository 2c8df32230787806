"""Functions that are handed to threads, processes and pools, which call them: `pool.submit(train, model, loader)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from losslint.static.evaluation import choices
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.sites import Caller
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    DictV,
    FunctionV,
    InstanceV,
    Lazy,
    UnknownV,
    given,
)
from losslint.static.files.index import PASSED_AS
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


_FormT = TypeVar("_FormT", bound=f.Form)


class _Hands(NamedTuple):
    """How a call hands arguments on to the function that it is given at the place `worker`."""

    how: str  # "behind" it, in a "tuple", or "each" or "star" of what is iterated over
    worker: int = 0
    ranked: bool = False  # the number of the process comes first
    named: bool = True  # what is called may be the project's own, under the name that such functions have


_TUPLE, _PROCESS = _Hands("tuple"), _Hands("tuple", ranked=True)
_BEHIND, _EACH, _STAR = (_Hands(how, named=False) for how in ("behind", "each", "star"))

#: What calls the function that it is given, by the name under which it is called.
_HANDS = {
    **dict.fromkeys(("spawn", "start_processes"), _PROCESS),
    **dict.fromkeys(("Process", "Thread", "notebook_launcher", "launch"), _TUPLE),
    "apply_async": _Hands("tuple", named=False),
    "Timer": _Hands("tuple", worker=1, named=False),
    **dict.fromkeys(("submit", "to_thread"), _BEHIND),
    "run_in_executor": _Hands("behind", worker=1, named=False),
    **dict.fromkeys(("map", "map_async", "imap", "imap_unordered"), _EACH),
    **dict.fromkeys(("starmap", "starmap_async"), _STAR),
}

#: The keywords under which the arguments stand.
_POSITIONAL, _KEYWORDS = ("args",), ("kwargs", "kwds")


def callers(ev: Evaluator, graph: f.Graph, units: Iterator[f.Graph]) -> Iterator[Caller]:
    """The calls in some units to which a function is given, with what it will be called with."""
    for other in units:
        for call in other.calls:
            hands = _HANDS.get(call.callee_name)
            if hands is None or len(call.arguments) <= hands.worker:
                continue
            frame = ev.generic(other)
            worker = next((each for each in call.arguments if each.keyword in PASSED_AS), call.arguments[hands.worker])
            function = ev.force(worker.form, frame)
            if not choices.is_function(function, graph):
                continue
            if not hands.named and isinstance(ev.force(call.function, frame), (ClassV, FunctionV)):
                continue  # the project's own, which is followed as what it is
            arguments = _handed(ev, call, frame, hands)
            if arguments is not None:
                yield _caller(call, frame, function, arguments)


def _caller(call: f.Call, frame: Frame, function: FunctionV, arguments: Bindings) -> Caller:
    bound = function.bound
    if isinstance(bound, InstanceV):
        return Caller(call, frame, arguments, 1, bound.cls, bound.origin is not None, bound.origin)
    return Caller(call, frame, arguments, 1 if bound is not None else 0)


def _handed(ev: Evaluator, call: f.Call, frame: Frame, hands: _Hands) -> Bindings | None:
    """What a function is called with; None where nothing says that the call makes it run."""
    if any(argument.star for argument in call.arguments[: hands.worker + 1]):
        return None
    if hands.how == "tuple":
        return _in_a_tuple(ev, call, frame, hands)
    rest = call.arguments[hands.worker + 1 :]
    if hands.how == "behind":
        if any(argument.star for argument in rest):
            return Bindings(complete=False)
        return Bindings(
            tuple(Lazy(argument.form, frame) for argument in rest if not argument.keyword),
            {argument.keyword: Lazy(argument.form, frame) for argument in rest if argument.keyword},
        )
    lists = [argument for argument in rest if not argument.keyword]
    if not lists:
        return None  # `dataset.map(clean)`, `series.map(clean)`: of what is in it
    if len(lists) > 1 or lists[0].star:
        return Bindings(complete=False)  # which of one stands beside which of the other
    element = _element(lists[0].form)
    if hands.how == "each":
        return Bindings((Lazy(element, frame),))
    return _spread(ev, element, frame)


def _in_a_tuple(ev: Evaluator, call: f.Call, frame: Frame, hands: _Hands) -> Bindings | None:
    from losslint.static.evaluation.loops import items_of

    by_name = {argument.keyword: argument.form for argument in call.arguments if argument.keyword}
    plain = [argument.form for argument in call.arguments if not argument.keyword]
    positional = next((by_name[name] for name in _POSITIONAL if name in by_name), None)
    written_out = positional is not None
    if positional is None and len(plain) > hands.worker + 1:
        positional = plain[hands.worker + 1]
    rank = (given(UnknownV("the number of the process")),) if hands.ranked else ()
    items = items_of(ev, ev.force(positional, frame)) if positional is not None else []
    if items is None:
        return Bindings(rank, complete=False) if written_out else None
    keywords = next((by_name[name] for name in _KEYWORDS if name in by_name), None)
    if keywords is None:
        return Bindings((*rank, *items))
    named = ev.force(keywords, frame)
    if not isinstance(named, DictV) or not all(isinstance(key, str) for key in named.items):
        return Bindings((*rank, *items), complete=False)
    return Bindings((*rank, *items), {str(key): lazy for key, lazy in named.items.items()}, named.complete)


def _element(iterable: f.Form) -> f.Element:
    """What a loop over something would have: the pool's own."""
    element = f.Element(_placed(f.Loop(iterable), iterable))
    return _placed(element, iterable)


def _placed(form: _FormT, where: f.Form) -> _FormT:
    """A form that nobody wrote, at the place of another."""
    form.seq, form.unit = where.seq, where.unit
    return form


def _spread(ev: Evaluator, element: f.Element, frame: Frame) -> Bindings:
    """The parts of a tuple, as many as each of those that are iterated over has."""
    from losslint.static.evaluation.loops import items_of, sample

    rows = ev.force(element.loop, frame)
    parts = items_of(ev, sample(ev, rows))
    if parts is None:
        return Bindings(complete=False)
    indices = (_placed(f.Const(at), element) for at in range(len(parts)))
    return Bindings(tuple(Lazy(_placed(f.Item(element, index), element), frame) for index in indices))

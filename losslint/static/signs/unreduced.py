"""Losses with one value a sample that go into `backward` by way of arithmetic that leaves them so: `loss * weights`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.sites import call_sites
from losslint.static.lowering import forms as f
from losslint.static.signs import flows
from losslint.static.signs.averages import of_one_sample
from losslint.static.signs.compared import ELEMENTWISE
from losslint.static.signs.patterns import argument_of, number
from losslint.static.signs.unchanged import MOVED
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Size

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Losses with one value for each element of the input, and with one for each sample or place.
PER_ELEMENT = ELEMENTWISE | {"BCELoss", "BCEWithLogitsLoss", "KLDivLoss", "SoftMarginLoss"}
PER_SAMPLE = frozenset({"CrossEntropyLoss", "NLLLoss"})

#: Operators of two tensors that have as many elements as the larger one, or more.
_ELEMENTWISE = frozenset({"+", "-", "*", "/"})

#: Methods that leave a tensor its elements.
_KEEPING = MOVED | {"sqrt", "exp", "abs", "clamp"}

#: Methods of two tensors, element by element.
_OF_TWO = frozenset({"add", "sub", "mul", "div", "multiply", "divide", "subtract"})

#: Methods that make one of the elements along a dimension.
_REDUCING = frozenset({"mean", "sum"})

#: Forms that are gone through from what is trained on to the loss.
_MOST_FORMS = 60

#: The dimensions that something is reduced along, in the order in which that happens.
Reduced = tuple[int, ...]


def backpropagated(ev: Evaluator, loss: str, call: f.Call, graph: f.Graph, frame: Frame, loaded: bool) -> f.Call | None:
    """The call of `backward` on what surely has several elements if a loss, unreduced, is one value a sample or an
    element: nothing but arithmetic stands between, in its function or in the one that is given it back. Not what is
    backpropagated as it is. `loaded` says that the target is a batch of a loader."""
    found = _in_its_function(ev, call, graph, frame) or _in_its_caller(ev, call, graph, frame)
    if found is None or of_one_sample(call):
        return None
    backward, reduced = found
    with ev.aside():
        given, target = (_given(ev, call, place, name, frame) for place, name in enumerate(("input", "target")))
    if loss in PER_SAMPLE:
        several = loaded or given.rank == 2 or target.rank == 1
        sizes = (given.size(0), target.size(0)) if not loaded else ("N",)
        several = several and not reduced and 1 not in sizes and any(size is not None for size in sizes)
    elif loss in PER_ELEMENT and given.shape is not None and given.rank is not None:
        several = _leaves_several(given.shape.sizes, reduced)
    else:
        several = loaded and loss in PER_ELEMENT and not reduced
    return backward if several else None


def _given(ev: Evaluator, call: f.Call, place: int, name: str, frame: Frame) -> Meaning:
    argument = argument_of(call, place, name)
    return meaning_of(ev.force(argument.form, frame)) if argument is not None else Meaning()


def _leaves_several(sizes: tuple[Size, ...], reduced: Reduced) -> bool:
    """Whether more than one element is left of a tensor that is reduced along some dimensions, one after the other."""
    left = list(sizes)
    for dim in reduced:
        if not -len(left) <= dim < len(left):
            return False
        del left[dim]
    return any(size not in (None, 1) for size in left)


def _in_its_function(ev: Evaluator, call: f.Call, graph: f.Graph, frame: Frame) -> tuple[f.Call, Reduced] | None:
    for backward, form in flows.backward_calls(graph):
        reduced = reductions(form, call) if not backward.arguments and backward not in graph.guarded else None
        if reduced is not None and flows.holds_with(ev, call, backward.path, frame):
            return backward, reduced
    return None


def _in_its_caller(ev: Evaluator, call: f.Call, graph: f.Graph, frame: Frame) -> tuple[f.Call, Reduced] | None:
    """Where a function gives the result back whichever way it goes, and its only caller trains on that."""
    returns = graph.result.returns if isinstance(graph.result, f.Result) else ()
    if all(reductions(form, call) is None for _, form in returns):
        return None
    ways = {reductions(form, call) for form in flows.surely_given_back(ev, call, graph, frame)}
    if len(ways) != 1 or None in ways:
        return None
    (inside,) = ways
    callers = call_sites(ev, graph)
    if len(callers) != 1 or inside is None or of_one_sample(callers[0].form):
        return None
    caller = callers[0].form
    above = callers[0].frame.graph
    for backward, form in flows.backward_calls(above):
        outside = reductions(form, caller) if not backward.arguments and backward not in above.guarded else None
        if outside is not None and all(any(one is c and a is b for c, b in caller.path) for one, a in backward.path):
            return backward, inside + outside
    return None


def reductions(form: f.Form, whole: f.Call) -> Reduced | None:
    """The dimensions that a call's result is reduced along, one after the other, on its way to a form that has at least
    the elements that are left of it; None where it goes into the form in another way, or not at all."""
    pending: list[tuple[f.Form, Reduced]] = [(form, ())]
    seen = set[f.Form]()
    while pending and len(seen) < _MOST_FORMS:
        reached, reduced = pending.pop()
        here = f.bare(reached)
        if here is whole:
            return reduced
        if here in seen:
            continue
        seen.add(here)
        if isinstance(here, f.Unary) and here.operator == "-":
            pending.append((here.operand, reduced))
        elif isinstance(here, f.Binary) and here.operator in _ELEMENTWISE:
            pending += [(here.right, reduced), (here.left, reduced)]
        elif isinstance(here, f.Call) and isinstance(here.function, f.Attr):
            along = _reduces(here)
            if here.callee_name in _KEEPING or (here.callee_name in _OF_TWO and len(here.arguments) == 1):
                pending.append((here.function.base, reduced))
            elif along is not None:
                pending.append((here.function.base, (along, *reduced)))
    return None


def _reduces(call: f.Call) -> int | None:
    """The dimension of `x.mean(1)` and `x.sum(dim=-1)`."""
    if call.callee_name not in _REDUCING or len(call.arguments) != 1:
        return None
    (argument,) = call.arguments
    along = number(argument.form) if argument.keyword in ("", "dim", "axis") and not argument.star else None
    return int(along) if along is not None else None

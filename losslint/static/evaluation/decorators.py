"""Decorators of the project: whether a function still takes and returns what its body says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import ExternalV, FunctionV
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Decorators that choose between functions of one name.
DISPATCHING = frozenset(
    {"functools.singledispatch", "functools.singledispatchmethod", "multipledispatch.dispatch", "plum.dispatch"}
)


def changing(ev: Evaluator, graph: f.Graph, frame: Frame | None = None) -> str:
    """The name of a decorator that changes what a function is given or returns, "" when none is known to."""
    for form in graph.decorators:
        written = f.bare(form.function if isinstance(form, f.Call) else form)
        if not isinstance(written, (f.Attr, f.Global, f.Imported)):
            continue
        parent = (frame.parent if frame is not None else None) or ev.module_frame(graph.unit.file)
        decorator = ev.force(written, parent)
        if isinstance(decorator, ExternalV) and decorator.name in DISPATCHING:
            return decorator.name
        if isinstance(decorator, FunctionV) and any(_changes(inner) for inner in _within(decorator.graph)):
            return decorator.graph.name
    return ""


def _within(graph: f.Graph) -> Iterator[f.Graph]:
    for inner in graph.nested:
        yield inner
        yield from _within(inner)


def _changes(wrapper: f.Graph) -> bool:
    """Whether a function that stands in for another one gives it something else than it is given, or returns something
    else than that returns."""
    calls = [call for call in wrapper.calls if _is_what_is_decorated(call.function)]
    if not calls or wrapper.result is None:
        return False  # it registers the function, or looks at it
    if any(not _is_handed_on(argument.form) for call in calls for argument in call.arguments):
        return True
    if not isinstance(wrapper.result, f.Result):
        return True
    return any(not _is_one_of(form, calls) for _, form in wrapper.result.returns)


def _is_what_is_decorated(form: f.Form) -> bool:
    """A parameter of a function around this one."""
    form = f.bare(form)
    if not isinstance(form, f.Outer):
        return False
    while isinstance(form, (f.Outer, f.Named)):
        form = form.form
    return isinstance(form, f.Param)


def _is_handed_on(form: f.Form) -> bool:
    """Whether an argument is a parameter as it came, or something that no parameter went into."""
    form = f.bare(form)
    return isinstance(form, (f.Param, f.Const, f.Outer))


def _notes_on_an_item(form: f.Form) -> bool:
    """Whether a form is a list after `made[0].note = …`."""
    return isinstance(form, f.SetItem) and isinstance(form.value, f.SetAttr)


def _is_one_of(form: f.Form, calls: list[f.Call]) -> bool:
    """Whether a function returns what one of some calls gave, whatever it noted on it, or nothing."""
    while isinstance(form, (f.Named, f.SetAttr, f.Within)) or _notes_on_an_item(form):
        form = form.form if isinstance(form, f.Named) else form.base  # type: ignore[attr-defined]
    if isinstance(form, f.Choice):
        return _is_one_of(form.then, calls) and _is_one_of(form.other, calls)
    return form in calls or (isinstance(form, f.Const) and form.value is None)

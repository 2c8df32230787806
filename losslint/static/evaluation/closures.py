"""Functions that another function makes and returns: who calls them, and which call of that function made them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation import choices
from losslint.static.evaluation.searching import calls_of, files_with, may_hand_on, names_in
from losslint.static.evaluation.sites import Caller
from losslint.static.files.file import File
from losslint.static.files.holding import under_other_names
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def callers(ev: Evaluator, graph: f.Graph) -> Iterator[Caller]:
    """`step = make_step(model, criterion)`, and then `step(x, y)`; `make_loss(weights)(out, y)`. The function around it
    is one of a module: which object's method made a function is not followed."""
    outer = graph.outer
    if outer is None or outer.outer is not None or outer.unit.owner:
        return
    for file in files_with(ev, graph.unit.file, outer.name, may_hand_on):
        for written in sorted(names_in(file, outer.name)):
            for call, other in _calls(file, written):
                frame = ev.generic(other)
                value = ev.force(call.function, frame)
                if not choices.is_function(value, graph) or value.bound is not None or value.parent is None:
                    continue
                if value.parent.call is not None:
                    yield Caller(call, frame, None, 0, made=value.parent.call)


def _calls(file: File, maker: str) -> Iterator[tuple[f.Call, f.Graph]]:
    """The calls in a file of what a function returned."""
    for held in sorted(under_other_names(file.index, file.index.held_as.get(maker, ()))):
        yield from calls_of(file, held)
    if maker in file.index.calls and "()" in file.index.calls:
        for call, graph in calls_of(file, ""):
            if isinstance(call.function, f.Call) and call.function.callee_name == maker:
                yield call, graph


def of_one_making(callers: tuple[Caller, ...], makings: tuple[Caller, ...]) -> tuple[Caller, ...]:
    """Those calls of a function that are of what one of some calls of the function around it made."""
    forms = {each.form for each in makings}
    return tuple(caller for caller in callers if caller.made is None or caller.made in forms)

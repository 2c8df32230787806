"""Focal losses of the project's own, recognised by what they compute.

That is a binary cross-entropy which applies the sigmoid to a parameter, multiplied by a power of the prediction. What
such a loss is given is judged where it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from losslint.static.evaluation.arguments import passed_as, shown
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.lowering.units import FormSpot
from losslint.static.signs.patterns import powered
from losslint.static.signs.unchanged import ARRANGED, MOVED, SHAPED
from losslint.vocabulary.kinds import PROBABILITY_KINDS, Kind
from losslint.vocabulary.observations import LossCall, Whose, Writing
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods that leave every value as it is, in whichever shape.
_SAME = MOVED | SHAPED | ARRANGED

#: Forms that are looked at to see what hangs on what.
MOST_FORMS = 400


def judged_where_called(ev: Evaluator, seen: LossCall, call: f.Call, graph: f.Graph) -> Iterator[LossCall]:
    """A binary cross-entropy as it is, or as the focal loss that it is part of, at the call of that."""
    moved = _moved(ev, seen, call, graph)
    if moved is None:
        yield seen
        return
    yield moved
    target = seen.argument("target")
    if seen.written or target.kind is not Kind.UNKNOWN or target.dtype is not None:
        # How it is written is the function's own matter, and so is how input and target go together.
        reason = "what the focal loss is given is judged where it is called"
        rest = seen.argument("input").but(kind=Kind.UNKNOWN, source=None, bounds=None, reason=reason)
        yield replace(seen, arguments={**seen.arguments, "input": rest})


def _moved(ev: Evaluator, seen: LossCall, call: f.Call, graph: f.Graph) -> LossCall | None:
    given = seen.argument("input")
    if seen.loss != "BCEWithLogitsLoss" or given.kind not in PROBABILITY_KINDS or not call.arguments:
        return None
    first = next((each for each in call.arguments if each.keyword in ("", "input")), None)
    parameter = _parameter(first.form) if first is not None and not first.star else None
    if parameter is None or first is None:
        return None
    power = _weight(graph, call, {_element(first.form), parameter})
    place = _passed(given.trail, parameter.name, shown(graph))
    if power is None or place is None:
        return None
    applied = Trail(ev.spot(call), f"`{seen.spelling}` applies the sigmoid itself here")
    unit = graph.unit
    name = unit.qualname.removesuffix(".forward").removesuffix(".__call__") if graph.outer is None else graph.name
    return LossCall(
        loss=name,
        spelling=name,
        spot=place,
        arguments={"input": given},
        loss_trail=Trail(ev.spot(power), "the loss is weighted by a power of the prediction here", applied),
        written={Writing.FOCAL: Trail(ev.spot(power), "weighted here")},
        whose=Whose.PROJECT,
    )


def _element(form: f.Form) -> f.Form:
    """A form without its names; `x` of `x, y = x, y` is what stands in its place."""
    form = bare(form)
    while isinstance(form, f.Unpacked):
        base = bare(form.base)
        if not isinstance(base, f.Sequence) or any(base.starred) or form.from_end or form.index >= len(base.elements):
            break
        form = bare(base.elements[form.index])
    return form


def _parameter(form: f.Form) -> f.Param | None:
    """The parameter that a form is, but for its shape and dtype."""
    for _ in range(12):
        form = _element(form)
        if isinstance(form, f.Param):
            return form
        if isinstance(form, f.Call) and isinstance(form.function, f.Attr) and form.function.name in _SAME:
            form = form.function.base
        elif isinstance(form, f.Choice):
            # One way out of an `if` may have changed the dtype.
            then, other = _parameter(form.then), _parameter(form.other)
            return then if then is not None and other is not None and then.name == other.name else None
        else:
            return None
    return None


def _passed(trail: Trail | None, name: str, function: str) -> FormSpot | None:
    """The call that gave a parameter what it holds: the last one on the way."""
    for part in trail or ():
        if isinstance(part.spot, FormSpot) and part.message == passed_as(name, function):
            return part.spot
    return None


def _weight(graph: f.Graph, call: f.Call, scores: set[f.Form]) -> f.Form | None:
    """The power of the prediction by which a cross-entropy is multiplied."""
    powers = [power for power, base in _powers(graph) if _hangs_on(base, {*scores, call})]
    for product in graph.arithmetic:
        if product.operator != "*":
            continue
        for weight, loss in ((product.left, product.right), (product.right, product.left)):
            if not _hangs_on(loss, {call}):
                continue
            for power in powers:
                if _hangs_on(weight, {power}):
                    return power
    return None


def _powers(graph: f.Graph) -> Iterator[tuple[f.Form, f.Form]]:
    """The powers that a function takes, with what they are taken of."""
    for form in (*graph.arithmetic, *graph.calls):
        base = powered(form)
        if base is not None:
            yield form, base


def _hangs_on(form: f.Form, wanted: set[f.Form]) -> bool:
    """Whether a value is computed from another one."""
    pending: list[f.Form] = [form]
    seen: set[f.Form] = set()
    while pending and len(seen) < MOST_FORMS:
        here = _element(pending.pop())
        if here in wanted:
            return True
        if here in seen:
            continue
        seen.add(here)
        if isinstance(here, f.Binary):
            pending += (here.left, here.right)
        elif isinstance(here, f.Unary):
            pending.append(here.operand)
        elif isinstance(here, f.Choice):
            pending += (here.then, here.other)
        elif isinstance(here, (f.Attr, f.Item, f.Unpacked)):
            pending.append(here.base)
        elif isinstance(here, f.Call):
            pending += [argument.form for argument in here.arguments]
            if isinstance(here.function, f.Attr):
                pending.append(here.function.base)
    return False

"""Reconstructions: a network is given the very tensor that its output is compared with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.parameters import sites_of_the_world
from losslint.static.evaluation.sites import caller_arguments
from losslint.static.lowering import forms as f
from losslint.static.lowering.operands import operands
from losslint.static.signs.temporal import set_to
from losslint.static.signs.unchanged import CUT, MOVED, SHAPED

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods and attributes that give the same numbers.
_SAME = MOVED | CUT | SHAPED | {"expand", "expand_as", "requires_grad_"}

#: What tells of a tensor nothing that it holds, and functions that want no more of what they are given.
_ABOUT = frozenset({"shape", "size", "dim", "ndim", "numel", "dtype", "device", "new_zeros", "new_ones", "new_empty"})
_LIKE = re.compile(r"_(?:as|like)$|^(?:to|len|isinstance)$")

#: Functions between the loss and those that give it its arguments.
MOST_ABOVE = 3


def rebuilt(ev: Evaluator, given: f.Form, target: f.Form, graph: f.Graph) -> f.Form | None:
    """The call that a prediction comes out of, where the target goes into it: `decoder(encoder(image))` for `image`,
    which may be noisy, masked or detached there."""
    for _ in range(MOST_ABOVE):
        source = _unchanged(target)
        parts = [*_made_from(given)]
        if source in parts:
            return next((part for part in parts if isinstance(part, f.Call) and _takes(part, source)), None)
        prediction = _unchanged(given)
        if not isinstance(source, f.Param) or not isinstance(prediction, f.Param):
            return None
        chosen = sites_of_the_world(ev, graph)
        if len(chosen) != 1:
            return None
        arguments = caller_arguments(ev, graph, chosen[0])
        one, other = arguments.get(prediction.name), arguments.get(source.name)
        if one is None or other is None or one.form is None or other.form is None:
            return None
        given, target, graph = one.form, other.form, chosen[0].frame.graph
    return None


def _unchanged(form: f.Form) -> f.Form:
    """A tensor before what leaves its numbers as they are."""
    while True:
        form = f.bare(form)
        if isinstance(form, f.Attr) and (held := set_to(form)) is not None:
            form = held
        elif isinstance(form, f.Attr) and form.name in _SAME:
            form = form.base
        elif isinstance(form, f.Call) and isinstance(form.function, f.Attr) and form.function.name in _SAME:
            if isinstance(f.bare(form.function.base), (f.Imported, f.Global)):
                return form  # `torch.flatten(x, 1)`
            form = form.function.base
        else:
            return form


def _takes(call: f.Call, source: f.Form) -> bool:
    """Whether a call is given a tensor, or what is made from it."""
    if _LIKE.search(call.callee_name):
        return False
    return any(source is part for argument in call.arguments for part in _made_from(argument.form))


def _made_from(form: f.Form) -> Iterator[f.Form]:
    """A form and all that it is made from, also where parts of it were written over, or it is held by an attribute."""
    pending, seen = [form], set[f.Form]()
    while pending:
        here = f.bare(pending.pop())
        if here in seen:
            continue
        seen.add(here)
        yield here
        match here:
            case f.Attr() if (held := set_to(here)) is not None:
                pending.append(held)
            case f.SetItem() | f.Mutated():
                pending.append(here.base)
            case f.Outer():
                pending.append(here.form)
            case f.Call() if _LIKE.search(here.callee_name):
                pending.append(here.function)
            case f.Attr() if here.name in _ABOUT:
                pass
            case _:
                pending += operands(here)

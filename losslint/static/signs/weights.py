"""Settings of a loss that do not do what they are there for: a weight of the positives that a binary loss is given as
its weight, which multiplies what the negatives cost too, and a reduction that is set where nothing reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.behaviour.modules import Loss
from losslint.static.evaluation.values import ConstV, Lazy
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.vocabulary.observations import Writing
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: What people call the weight of the positives, and the numbers of both that it is the quotient of.
_OF_POSITIVES = re.compile(r"(?i)^(?:.*_)?pos(?:itive)?_?w(?:eights?)?$|^pw$")
_NEGATIVES = re.compile(r"(?i)(?:^|_)(?:n_?)?neg(?:atives?)?(?:$|_)")
_POSITIVES = re.compile(r"(?i)(?:^|_)(?:n_?)?pos(?:itives?)?(?:$|_)")

#: Functions and methods that make a tensor of a number, or leave it as it is.
_KEEPING = frozenset({"tensor", "as_tensor", "FloatTensor", "Tensor", "to", "cuda", "float", "type", "cpu", "view"})


def of_positives(loss: Loss) -> f.Form | None:
    """The `weight` that a loss was made with and that goes by the name of the other: `BCEWithLogitsLoss(pos_weight)`,
    `BCEWithLogitsLoss(weight=torch.tensor([neg / pos]))`."""
    if loss.contract.name != "BCEWithLogitsLoss" or loss.settings is None:
        return None
    settings = loss.settings.by_name(loss.contract.constructor)
    given = settings.get("weight")
    if given is None or given.form is None or "pos_weight" in settings:
        return None
    by_place = bool(loss.settings.positional) and loss.settings.positional[0] is given
    return given.form if (by_place and _is_named(given)) or _is_quotient(given.form) else None


#: The signs of older spellings of the reduction that are set on a loss that was made.
_IN_VAIN = {"size_average": Writing.SIZE_AVERAGE_SET, "reduce": Writing.REDUCE_SET}


def set_in_vain(ev: Evaluator, loss: Loss) -> dict[Writing, Trail]:
    """What `criterion.size_average = False` was to change, and does not: the constructor alone reads it."""
    found: dict[Writing, Trail] = {}
    for name, lazy in loss.in_vain.items():
        value = ev.value(lazy)
        step = next((each for each in lazy.steps if isinstance(each, tuple)), None)
        if isinstance(value, ConstV) and value.value is False and step is not None:
            found[_IN_VAIN[name]] = Trail(step[0], "set here")
    return found


def _is_named(given: Lazy) -> bool:
    """Whether it is read under a name for the weight of the positives. By keyword it may have been meant so."""
    form = given.form
    return (
        isinstance(form, (f.Named, f.Param, f.Global, f.Attr)) and _OF_POSITIVES.search(f.last_name(form)) is not None
    )


def _is_quotient(form: f.Form) -> bool:
    """`torch.tensor([neg / pos])`"""
    while True:
        form = bare(form)
        if isinstance(form, f.Sequence) and len(form.elements) == 1:
            form = form.elements[0]
        elif isinstance(form, f.Call) and form.callee_name in _KEEPING:
            given = [each.form for each in form.arguments if not each.keyword and not each.star]
            kept = form.function.base if isinstance(form.function, f.Attr) else None
            is_module = isinstance(bare(kept), (f.Imported, f.Global)) if kept is not None else True
            if is_module and not given:
                return False
            form = given[0] if is_module or kept is None else kept
        else:
            break
    if not isinstance(form, f.Binary) or form.operator != "/":
        return False
    return _NEGATIVES.search(_name(form.left)) is not None and _POSITIVES.search(_name(form.right)) is not None


def _name(form: f.Form) -> str:
    """What a number is called, also where it is kept away from 0: `max(pos, 1)`, `(pos + 1e-6)`."""
    if isinstance(form, f.Call) and form.callee_name in ("max", "float", "clamp", "sum", "item"):
        first = form.arguments[0].form if form.arguments else None
        if isinstance(form.function, f.Attr) and not isinstance(bare(form.function.base), (f.Imported, f.Global)):
            first = form.function.base
        return _name(first) if first is not None else ""
    if isinstance(form, f.Binary) and form.operator == "+":
        return _name(form.left)
    return f.last_name(form)

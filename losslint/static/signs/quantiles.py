"""Quantile regression written by hand: `(tau - (error < 0).float()).abs() * huber(error)`, with `error` a matrix of
each target against each predicted quantile.

The fraction `tau` of a quantile belongs to the prediction. Where the predictions stand in a column and the fractions in
a row, each prediction is weighed with the fractions of all, by which target it meets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.behaviour.tensors import meaning_of
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.differences import is_trained_on
from losslint.static.signs.patterns import number, taken
from losslint.static.signs.unchanged import kept
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import OperationCall

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Comparisons with 0 that pick the errors below it, with 0 on the right and on the left.
_BELOW = {"<": True, "<=": True, ">": False, ">=": False}


def misplaced(ev: Evaluator, graph: f.Graph) -> Iterator[OperationCall]:
    """Where the fractions stand along the targets: the predictions, and the fractions."""
    for call in graph.calls:
        if call.callee_name != "abs":
            continue
        inside = taken(call, "abs")
        weight = bare(inside) if inside is not None else None
        if not isinstance(weight, f.Binary) or weight.operator != "-":
            continue
        for fractions, picked in ((weight.left, weight.right), (weight.right, weight.left)):
            error = _below_zero(picked)
            if error is None:
                continue
            ev.enter({})
            frame = ev.generic(graph)
            sides = [meaning_of(ev.force(side, frame)) for side in (error.left, error.right)]
            of_each = meaning_of(ev.force(fractions, frame))
            for prediction, target in (sides, sides[::-1]):
                if _stand_along(of_each, target, prediction):
                    yield OperationCall("quantiles", "a weight", ev.spot(call), (prediction, of_each))
                    break


def _below_zero(form: f.Form) -> f.Binary | None:
    """The difference that `((target - prediction).detach() < 0).float()` asks about."""
    asked = kept(form)
    if not isinstance(asked, f.Compare) or asked.operator not in _BELOW:
        return None
    side, zero = (asked.left, asked.right) if _BELOW[asked.operator] else (asked.right, asked.left)
    error = kept(side)
    return error if number(zero) == 0 and isinstance(error, f.Binary) and error.operator == "-" else None


def _stand_along(fractions: Meaning, target: Meaning, prediction: Meaning) -> bool:
    """Whether what is trained is a column, and both the targets and the fractions are a row beside it."""
    if fractions.shape is None or fractions.shape.open or fractions.size(-1) in (None, 1):
        return False
    if any(size != 1 for size in fractions.shape.sizes[:-1]):
        return False
    if not is_trained_on(prediction) or is_trained_on(target):
        return False
    return prediction.size(-1) == 1 and prediction.size(-2) != 1 and target.size(-1) not in (None, 1)

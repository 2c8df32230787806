"""Batches that hold nothing: whether a loss gets one is what a condition on the way to it may be there to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.pairing import is_open
from losslint.static.evaluation.values import TensorV, Value
from losslint.static.files.tests import is_test
from losslint.static.lowering import forms as f
from losslint.vocabulary.meaning import Meaning

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def without_doubtful(ev: Evaluator, call: f.Call, frame: Frame, tensors: dict[str, Value]) -> dict[str, Value]:
    """What a loss is given, where empty batches are of a size that nobody knows if a test makes them, which looks at
    what becomes of them, or if a condition that the code does not decide stands between them and the loss."""
    empty = {
        name: value.meaning
        for name, value in tensors.items()
        if isinstance(value, TensorV) and _is_empty(value.meaning)
    }
    if not empty:
        return tensors
    on_the_way = [(call, frame), *ev.way.callers.items()]
    doubtful = any(is_open(ev, condition, inside) for each, inside in on_the_way for condition, _ in each.path) or any(
        map(_is_of_a_test, empty.values())
    )
    if not doubtful:
        return tensors
    unsure = {
        name: TensorV(known.but(shape=known.shape.without_size(0))) for name, known in empty.items() if known.shape
    }
    return {**tensors, **unsure}


def _is_empty(meaning: Meaning) -> bool:
    return meaning.rank is not None and meaning.rank > 0 and meaning.size(0) == 0


def _is_of_a_test(meaning: Meaning) -> bool:
    """Whether a tensor began in a test."""
    forms = [getattr(part.spot, "form", None) for part in meaning.trail or ()]
    return bool(forms) and isinstance(forms[-1], f.Form) and is_test(forms[-1].unit.file)

"""Which numbers float32 does not tell from 1, and whether a project computes in float32 alone."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from losslint.vocabulary.meaning import Meaning

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: What a project holds that computes in double precision.
_DOUBLE = ("double", "float64", "DoubleTensor", "set_default_dtype", "set_default_tensor_type", "precision")


def is_single(ev: Evaluator) -> bool:
    """Whether nothing in a project says that it computes in double precision."""
    return not any(ev.project.mentioning(word) for word in _DOUBLE)


def rounds_to_one(number: object) -> bool:
    """Whether float32 takes a number for 1 that is not: `1 - 1e-10`."""
    if not isinstance(number, float) or number == 1.0 or not 0.5 < number < 2:
        return False
    (single,) = struct.unpack("f", struct.pack("f", number))
    return bool(single == 1.0)


def is_clamped_in_vain(ev: Evaluator, meaning: Meaning) -> bool:
    """Whether the limit that was to keep values below 1 is 1 where they are computed."""
    return meaning.bounds is not None and rounds_to_one(meaning.bounds[1]) and is_single(ev)

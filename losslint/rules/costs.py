"""What a misuse costs, in numbers: closed forms, computed from the class count where it is known."""

from __future__ import annotations

import math

from losslint.vocabulary.meaning import Meaning


def class_count(scores: Meaning) -> int | None:
    """The size of the class dimension of `[N, C]`, `[N, C, d1 …]` or `[C]` scores, when it is known."""
    shape = scores.shape
    if shape is None:
        return None
    if shape.open:
        # `[…, C]`: the last size is the class count as long as nothing but the batch stands before it.
        size = shape.size(-1) if len(shape.sizes) == 1 else None
    else:
        size = shape.size(1) if len(shape.sizes) > 1 else shape.size(0)
    return size if isinstance(size, int) else None


def unit_interval_floor(classes: int) -> float:
    """The least cross-entropy of scores that lie in [0, 1]: `ln(1 + (C - 1) / e)`."""
    return math.log1p((classes - 1) / math.e)


def softmax_floor(scores: Meaning) -> str:
    """The sentence that says how low the loss can get, without its full stop."""
    classes = class_count(scores)
    if classes is None or classes < 2:
        return "The loss cannot fall to 0 (with 10 classes not below 1.461)"
    return f"With {classes} classes this loss cannot fall below {unit_interval_floor(classes):.3f}"

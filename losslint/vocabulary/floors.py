"""How low a loss can get that is fed the wrong thing, for reports that draw it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Curve(Enum):
    """What a floor depends on; `rules/costs.py` has the closed forms."""

    #: a cross-entropy over scores in an interval, against the number of classes
    BOUNDED = "bounded"
    #: a cross-entropy over cosine similarities, against the number of pairs
    COSINE = "cosine"
    #: a binary cross-entropy whose sigmoid is given softmax outputs, against the number of classes
    SOFTMAX_IN_BINARY = "softmax-in-binary"
    #: a binary cross-entropy whose sigmoid is given sigmoid outputs, against the share of positives
    SIGMOID_TWICE = "sigmoid-twice"


@dataclass(frozen=True, slots=True)
class Floor:
    """A curve, the width of the interval or the factor on it, and the number of classes or pairs of this call, where it
    is known."""

    curve: Curve
    factor: float = 1.0
    count: int | None = None

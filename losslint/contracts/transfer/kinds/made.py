"""What makes numbers from nothing that goes in: counters, draws, the identity, triangles."""

from __future__ import annotations

from typing import Final

from losslint.contracts.transfer.bound import Bound, Derivation, as_sequence, number
from losslint.contracts.transfer.kinds.filling import filled
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning


def _randint(bound: Bound, moved: Meaning) -> Meaning:
    if bound.operation.name == "random_":
        given_low, given_high = bound.setting("from"), bound.setting("to")
    else:
        given_low, given_high = bound.setting("low"), bound.setting("high")
    if given_high is None or as_sequence(given_high) is not None:
        given_low, given_high = 0, given_low
    low, high = number(given_low), number(given_high)
    made_by = bound.operation.name
    if low is None or high is None:
        return Meaning(Kind.CLASS_INDEX, made_by=made_by)
    within = (low, max(low, high - 1))
    # Two values: the indices of two classes, or labels of 0 and 1.
    kind = Kind.BOOLEAN if within == (0.0, 1.0) else Kind.CLASS_INDEX
    return Meaning(kind, bounds=within, reached=True, made_by=made_by)


def _arange(bound: Bound, moved: Meaning) -> Meaning:
    start, end = bound.setting("start"), bound.setting("end")
    if end is None:
        start, end = 0, start
    low, high = number(start), number(end)
    if moved.dtype in ("float", "float16", "bfloat16", "float32", "float64"):
        known = (min(low, high), max(low, high)) if low is not None and high is not None else None
        return Meaning(Kind.REAL, bounds=known, made_by="arange")
    within = (low, high - 1) if low is not None and high is not None and high > low else None
    if bound.setting("step") not in (None, 1):
        within = None
    return Meaning(Kind.CLASS_INDEX, bounds=within, reached=within is not None, made_by="arange")


def _eye(bound: Bound, moved: Meaning) -> Meaning:
    return Meaning(Kind.ONE_HOT, dim=1, bounds=(0.0, 1.0), made_by="eye")


def _triangle(bound: Bound, moved: Meaning) -> Meaning:
    return filled(moved, 0.0)


RULES: Final[dict[str, Derivation]] = {
    "randint": _randint,
    "randint_like": _randint,
    "random_": _randint,
    "arange": _arange,
    "eye": _eye,
    "tril": _triangle,
    "triu": _triangle,
}

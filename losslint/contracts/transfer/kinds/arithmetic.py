"""Sums, products and quotients as functions and methods."""

from __future__ import annotations

from typing import Final

from losslint.contracts.transfer import values
from losslint.contracts.transfer.bound import Bound, Derivation, number
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED


def _add(bound: Bound, moved: Meaning) -> Meaning:
    scale = bound.setting("alpha")
    other = bound.tensor(1)
    if scale not in (None, 1):
        known = number(scale)
        other = values.scaled_by_unknown(other) if known is None else values.times(other, known)
    sign = -1 if bound.operation.name == "sub" else 1
    if _not_a_tensor(bound, 1):
        return moved.but(bounds=None) if moved.kind in values.UNBOUNDED else values.lost("an unknown number was added")
    return values.added(moved, other, sign)


def _rsub(bound: Bound, moved: Meaning) -> Meaning:
    if _not_a_tensor(bound, 1):
        return values.lost("subtracted from a value that is not known", moved)
    return values.added(bound.tensor(1), moved, -1)


def _mul(bound: Bound, moved: Meaning) -> Meaning:
    return values.scaled_by_unknown(moved) if _not_a_tensor(bound, 1) else values.multiplied(moved, bound.tensor(1))


def _div(bound: Bound, moved: Meaning) -> Meaning:
    if bound.setting("rounding_mode") is not None:
        return values.lost("a division that rounds", moved)
    return values.scaled_by_unknown(moved) if _not_a_tensor(bound, 1) else values.divided(moved, bound.tensor(1))


def _not_a_tensor(bound: Bound, position: int) -> bool:
    """Whether what stands in the place of a tensor is a number whose value is not known."""
    value = bound.tensors[position] if position < len(bound.tensors) else UNSETTLED
    return not isinstance(value, Meaning) and number(value) is None


RULES: Final[dict[str, Derivation]] = {
    "add": _add,
    "sub": _add,
    "rsub": _rsub,
    "mul": _mul,
    "div": _div,
}

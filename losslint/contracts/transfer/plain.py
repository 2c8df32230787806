"""Shapes that are those of an argument, or of arguments that are broadcast against each other."""

from __future__ import annotations

from collections.abc import Callable

from losslint.contracts.transfer import shapes
from losslint.contracts.transfer.bound import Bound
from losslint.contracts.transfer.placed import Placed, same_dim
from losslint.vocabulary.shapes import Shape


def _same(bound: Bound) -> Placed:
    return bound.first.shape, bound.first.dim


def _unknown(bound: Bound) -> Placed:
    return None, None


def _number(bound: Bound) -> Placed:
    return Shape(()), None


def _vector(bound: Bound) -> Placed:
    return Shape((None,)), None


def _pairs(bound: Bound) -> Placed:
    return Shape((None, bound.first.rank)), None


def _broadcast(bound: Bound) -> Placed:
    shape = bound.first.shape
    for position in range(1, max(2, len(bound.tensors))):
        shape = shapes.broadcast(shape, bound.tensor(position).shape)
    return shape, same_dim(bound.first, shape)


def _like_second(bound: Bound) -> Placed:
    shape = bound.tensor(1).shape
    return shape, shapes.followed_through_view(bound.first.dim, bound.first.shape, shape)


def _like_other(bound: Bound) -> Placed:
    shape = bound.tensor(1).shape
    return shape, same_dim(bound.first, shape)


def _where(bound: Bound) -> Placed:
    if len(bound.tensors) < 3:
        return None, None
    shape = bound.tensor(0).shape
    for position in (1, 2):
        shape = shapes.broadcast(shape, bound.tensor(position).shape)
    return shape, None


RULES: dict[str, Callable[[Bound], Placed]] = {
    "same": _same,
    "unknown": _unknown,
    "number": _number,
    "vector": _vector,
    "pairs": _pairs,
    "broadcast": _broadcast,
    "like_second": _like_second,
    "like_other": _like_other,
    "where": _where,
}

"""What shape rules give, and what several of them ask."""

from __future__ import annotations

from losslint.contracts.transfer.bound import Bound, as_sequence
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED
from losslint.vocabulary.shapes import Shape

#: A result's shape, and where the first tensor's `dim` is in it.
Placed = tuple[Shape | None, int | None]


def same_dim(meaning: Meaning, shape: Shape | None) -> int | None:
    """Where a dimension is after broadcasting, which adds dimensions in front."""
    dim = meaning.dim
    if dim is None or dim < 0:
        return dim
    return dim if meaning.shape is not None and shape is not None and meaning.rank == shape.rank else None


def sizes_of(bound: Bound, name: str) -> tuple[object, ...] | None:
    """The sizes that a setting holds: `view(2, 3)`, `view((2, 3))`; None when they are not known."""
    value = bound.setting(name)
    if value is None or value is UNSETTLED or isinstance(value, Meaning):
        return None
    several = as_sequence(value)
    if several is None:
        return (value,)
    if len(several) == 1:
        # `view(shape)`: one value may be a whole shape.
        if isinstance(several[0], tuple | list):
            return tuple(several[0])
        if several[0] is UNSETTLED:
            return None
    return several


def same_dimension(meaning: Meaning, one: int, other: int) -> bool | None:
    """Whether two dimensions of a tensor are the same one; None when its rank would decide."""
    rank = meaning.rank
    if rank:
        return one % rank == other % rank
    if (one < 0) == (other < 0):
        return one == other
    # Counted from both ends: they meet where the rank is the sum of both, and it may be known to be more.
    return False if max(one, other) - min(one, other) < least_rank(meaning) else None


def least_rank(meaning: Meaning) -> int:
    """How many dimensions a tensor has at least."""
    return len(meaning.shape.sizes) if meaning.shape is not None else 0


def spatial_dimensions(name: str) -> int:
    """How many dimensions in space an operation has, by its name (`conv2d` …)."""
    return int(next((letter for letter in name if letter.isdigit()), "2"))

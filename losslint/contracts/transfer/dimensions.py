"""Operations that divide, join, add, remove, turn or repeat dimensions."""

from __future__ import annotations

from collections.abc import Callable

from losslint.contracts.transfer import shapes
from losslint.contracts.transfer.bound import Bound, as_sequence, as_size, integer
from losslint.contracts.transfer.placed import Placed, least_rank, same_dim, same_dimension, sizes_of
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape, Size


def _view(bound: Bound) -> Placed:
    first = bound.first
    wanted = sizes_of(bound, "shape")
    if wanted is None or any(isinstance(value, str) and value.startswith("torch.") for value in wanted):
        return None, None
    shape = shapes.viewed(first.shape, wanted)
    return shape, shapes.followed_through_view(first.dim, first.shape, shape)


def _flatten(bound: Bound) -> Placed:
    first = bound.first
    shape = shapes.flattened(first.shape, bound.setting("start_dim"), bound.setting("end_dim"))
    return shape, shapes.followed_through_view(first.dim, first.shape, shape)


def _unflatten(bound: Bound) -> Placed:
    first, dim, sizes = (
        bound.first,
        integer(bound.setting("dim")),
        sizes_of(bound, "sizes") or sizes_of(bound, "unflattened_size"),
    )
    if first.shape is None or first.shape.open or dim is None or sizes is None:
        return None, None
    at = shapes.normal(dim, first.shape)
    if at is None:
        return None, None
    parts = shapes.viewed(Shape((first.shape.sizes[at],)), sizes)
    shape = Shape((*first.shape.sizes[:at], *parts.sizes, *first.shape.sizes[at + 1 :]))
    return shape, shapes.followed_through_view(first.dim, first.shape, shape)


def _squeeze(bound: Bound) -> Placed:
    first, given = bound.first, bound.setting("dim")
    if given is None:
        shape = shapes.squeezed(first.shape, None)
    elif integer(given) is not None:
        shape = shapes.squeezed(first.shape, integer(given))
    else:
        dims = [integer(value) for value in as_sequence(given) or (None,)]
        if first.shape is None or first.shape.open or None in dims:
            return None, None
        shape = first.shape
        for dim in sorted((shapes.normal(dim, first.shape) or 0 for dim in dims), reverse=True):
            shape = shapes.squeezed(shape, dim)
    return shape, _without_ones(first, shape)


def _without_ones(first: Meaning, shape: Shape | None) -> int | None:
    """Where the dimension is when some dimensions of size 1 were taken out."""
    if first.dim is None or shape is None or first.shape is None:
        return None
    if shape == first.shape:
        return first.dim
    if first.dim < 0:
        # Counted from the back: nothing behind it may have gone.
        behind = first.shape.sizes[first.dim :]
        return first.dim if len(behind) == -first.dim and shape.sizes[first.dim :] == behind else None
    if first.shape.open or shape.open:
        return None
    removed = len(first.shape.sizes) - len(shape.sizes)
    ones = [at for at, size in enumerate(first.shape.sizes) if size == 1]
    if first.dim in ones:
        return None
    before = [at for at in ones if at < first.dim]
    if len(ones) == removed:
        return first.dim - len(before)
    if removed == 1 and first.shape.sizes[: first.dim + 1] == shape.sizes[: first.dim + 1]:
        return first.dim
    if removed == 1 and first.shape.sizes[first.dim :] == shape.sizes[first.dim - 1 :]:
        return first.dim - 1
    return None


def _unsqueeze(bound: Bound) -> Placed:
    first, dim = bound.first, integer(bound.setting("dim"))
    if dim is None:
        rank = first.rank
        return (None if rank is None else shapes.of_rank(rank + 1)), None
    return shapes.unsqueezed(first.shape, dim), inserted_dim(first, dim)


def inserted_dim(first: Meaning, dim: int) -> int | None:
    """Where the dimension is after another one was put in at `dim`."""
    old = first.dim
    if old is None:
        return None
    rank = first.rank
    if rank is not None:
        dim = dim % (rank + 1)
        old = old % rank if rank else old
    if (old < 0) != (dim < 0):
        # In front of all that is counted from the back, or behind all that is counted from the front.
        return old if dim in (0, -1) else None
    if old >= 0:
        return old + 1 if dim <= old else old
    return old - 1 if old <= dim else old


def removed_dim(first: Meaning, dim: int | None) -> int | None:
    """Where the dimension is after the one at `dim` was taken out; None when it is that one."""
    old = first.dim
    if old is None or dim is None:
        return None
    rank = first.rank
    if rank:
        old, dim = old % rank, dim % rank
    if old == dim:
        return None
    if (old < 0) != (dim < 0):
        # The one that is counted from the front has to be in front of the other one.
        front, back = (dim, old) if old < 0 else (old, dim)
        return old if same_dimension(first, back, front) is False and front < least_rank(first) + back else None
    if old >= 0:
        return old - 1 if dim < old else old
    return old + 1 if dim > old else old


def _permute(bound: Bound) -> Placed:
    given = sizes_of(bound, "dims")
    if given is None:
        return None, None
    order = [integer(value) for value in given]
    rank = len(order)
    if None in order:
        return shapes.of_rank(rank), None
    places = [value % rank for value in order if value is not None]
    first = bound.first
    if sorted(places) != list(range(rank)):
        return None, None
    if first.shape is not None and not first.shape.open and len(first.shape.sizes) != rank:
        return None, None
    sizes = tuple(first.size(at - rank if first.shape is not None and first.shape.open else at) for at in places)
    dim = None if first.dim is None or not -rank <= first.dim < rank else places.index(first.dim % rank)
    return Shape(sizes), dim


def _transpose(bound: Bound) -> Placed:
    return swapped(bound.first, integer(bound.setting("dim0")), integer(bound.setting("dim1")))


def swapped(first: Meaning, one: int | None, other: int | None) -> Placed:
    """Two dimensions in each other's place."""
    if one is None or other is None:
        return (None if first.rank is None else shapes.of_rank(first.rank)), None
    shape = first.shape
    if shape is None or shape.open:
        dim = {one: other, other: one}.get(first.dim, first.dim) if first.dim is not None else None
        if first.dim not in (None, one, other) and len({number < 0 for number in (first.dim or 0, one, other)}) > 1:
            dim = None  # counted from different ends: it may be one of the two
        elif (one < 0) != (other < 0):
            dim = None
        if shape is not None and max(one, other) < 0 and -min(one, other) <= len(shape.sizes):
            sizes = list(shape.sizes)
            sizes[one], sizes[other] = sizes[other], sizes[one]
            return shapes.simplified(Shape(tuple(sizes), open=True)), dim
        return None, dim
    rank = len(shape.sizes)
    if rank == 0:
        return shape, None
    if not (-rank <= one < rank and -rank <= other < rank):
        return None, None
    one, other = one % rank, other % rank
    sizes = list(shape.sizes)
    sizes[one], sizes[other] = sizes[other], sizes[one]
    dim = None
    if first.dim is not None and -rank <= first.dim < rank:
        dim = first.dim % rank
        dim = {one: other, other: one}.get(dim, dim)
    return Shape(tuple(sizes)), dim


def _t(bound: Bound) -> Placed:
    first = bound.first
    rank = first.rank
    if rank is None:
        # Only vectors and matrices have a `t()`; of a vector nobody takes it on purpose.
        matrix = shapes.of_rank(2)
        if first.shape is not None and len(first.shape.sizes) <= 2:
            matrix = Shape(((None,) * 2 + first.shape.sizes)[-2:])
        return swapped(first.but(shape=matrix), 0, 1)
    if rank < 2:
        return first.shape, first.dim
    if rank > 2:
        shape = first.shape
        assert shape is not None
        return Shape(shape.sizes[::-1]), None if first.dim is None else rank - 1 - first.dim % rank
    return swapped(first, 0, 1)


def _matrix_transpose(bound: Bound) -> Placed:
    return swapped(bound.first, -2, -1)


def _movedim(bound: Bound) -> Placed:
    first, source, target = bound.first, integer(bound.setting("source")), integer(bound.setting("destination"))
    rank = first.rank
    if rank is None or source is None or target is None:
        return (None if rank is None else shapes.of_rank(rank)), None
    order = [at for at in range(rank) if at != source % rank]
    order.insert(target % rank, source % rank)
    dim = None if first.dim is None else order.index(first.dim % rank)
    return Shape(tuple(first.size(at) for at in order)), dim


def _expand(bound: Bound) -> Placed:
    first, wanted = bound.first, sizes_of(bound, "size")
    if wanted is None:
        return None, None
    old = first.shape
    sizes: list[Size] = []
    for at, value in enumerate(wanted):
        back = at - len(wanted)
        kept = old.size(back) if old is not None and -back <= len(old.sizes) else None
        asked = as_size(value)
        # `-1` and an equal size keep the size; what is not known replaces a 1 or keeps the rest.
        sizes.append(asked if asked is not None else (None if value != -1 and kept == 1 else kept))
    shape = Shape(tuple(sizes))
    return shape, same_dim(first, shape)


def _repeat(bound: Bound) -> Placed:
    first, times = bound.first, sizes_of(bound, "repeats")
    if times is None:
        return None, None
    rank = len(times)
    if first.shape is None or first.shape.open:
        return (shapes.of_rank(rank) if bound.operation.name == "repeat" else None), None
    old = first.shape.sizes
    if bound.operation.name == "tile" and rank < len(old):
        times = (*(1,) * (len(old) - rank), *times)
        rank = len(times)
    if rank < len(old):
        return None, None
    padded: tuple[Size, ...] = (*(1,) * (rank - len(old)), *old)
    sizes = tuple(_times(size, as_size(value)) for size, value in zip(padded, times, strict=True))
    shape = Shape(sizes)
    dim = None
    if first.dim is not None:
        at = first.dim % len(old) + rank - len(old)
        dim = at if times[at] == 1 else None
    return shape, dim


def _times(size: Size, factor: Size) -> Size:
    if isinstance(size, int) and isinstance(factor, int):
        return size * factor
    if size == 1:
        return factor
    return size if factor == 1 else None


def _repeat_interleave(bound: Bound) -> Placed:
    first, dim, times = bound.first, bound.setting("dim"), bound.setting("repeats")
    if dim is None:
        return Shape((None,)), None
    at = integer(dim)
    if at is None or first.shape is None:
        return None, None
    factor = as_size(times)
    return shapes.resized(first.shape, at, _times(first.size(at), factor) if factor is not None else None), (
        first.dim if first.dim is not None and same_dimension(first, first.dim, at) is False else None
    )


def _packed(bound: Bound) -> Placed:
    """The steps of all sequences as rows: of the first two dimensions there is one, as long as they are together."""
    first = bound.first
    left = shapes.reduced(first.shape, 0, keepdim=False)
    dim = removed_dim(first, 0)
    return shapes.resized(left, 0, None) if left is not None else None, dim or None


RULES: dict[str, Callable[[Bound], Placed]] = {
    "view": _view,
    "flatten": _flatten,
    "unflatten": _unflatten,
    "squeeze": _squeeze,
    "unsqueeze": _unsqueeze,
    "permute": _permute,
    "transpose": _transpose,
    "t": _t,
    "matrix_transpose": _matrix_transpose,
    "movedim": _movedim,
    "expand": _expand,
    "repeat": _repeat,
    "repeat_interleave": _repeat_interleave,
    "packed": _packed,
}

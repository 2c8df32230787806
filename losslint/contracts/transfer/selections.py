"""Operations that leave out or join what stands along a dimension: reductions, `cat`, `narrow`, `gather`, `pad`."""

from __future__ import annotations

from collections.abc import Callable

from losslint.contracts.transfer import shapes
from losslint.contracts.transfer.bound import Bound, as_sequence, as_size, integer, lifted
from losslint.contracts.transfer.dimensions import removed_dim
from losslint.contracts.transfer.placed import Placed, same_dimension, sizes_of, spatial_dimensions
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape, Size


def reduced_dims(bound: Bound, name: str = "dim") -> tuple[int, ...] | None:
    """The dimensions that a reduction names; empty for all of them, None when they are not known."""
    given = bound.setting(name)
    if given is None:
        return ()
    several = as_sequence(given)
    values = [integer(value) for value in (several if several is not None else (given,))]
    return None if None in values else tuple(value for value in values if value is not None)


def reduced(bound: Bound) -> Placed:
    """The shape after `sum(dim, keepdim)` and its like."""
    first, dims = bound.first, reduced_dims(bound)
    keep = bound.setting("keepdim")
    if dims is None or keep not in (None, True, False):
        return None, None
    if not dims:
        if keep:
            return (None if first.rank is None else Shape((1,) * first.rank)), None
        return Shape(()), None
    shape = first.shape
    if shape is not None and not shape.open and shape.sizes:
        rank = len(shape.sizes)
        if any(not -rank <= dim < rank for dim in dims):
            return None, None
        dims = tuple(dim % rank for dim in dims)
    elif len({dim < 0 for dim in dims}) > 1:
        return None, None
    placed: Meaning = first
    # From the one furthest from where counting starts, so that the others stay where they are.
    for dim in sorted(dims, key=lambda dim: dim if dim >= 0 else -dim, reverse=True):
        after = placed.dim if keep else removed_dim(placed, dim)
        if keep and placed.dim is not None and same_dimension(placed, placed.dim, dim) is not False:
            after = None
        shape = shapes.reduced(placed.shape, dim, keepdim=bool(keep))
        placed = placed.but(shape=shape, dim=after)
    return placed.shape, placed.dim


def _cat(bound: Bound) -> Placed:
    parts, dim = as_sequence(bound.tensors[0] if bound.tensors else None), integer(bound.setting("dim"))
    if dim is None:
        return None, None
    if parts is None:
        one = bound.first
        return shapes.resized(one.shape, dim, None) if one.shape is not None else None, None
    meanings = [part for part in parts if isinstance(part, Meaning)]
    if len(meanings) < len(parts):
        return None, None
    # An empty vector is left out by torch, whatever its rank; it can only be told by its size.
    if any(meaning.shape == Shape((0,)) for meaning in meanings):
        return None, None
    return shapes.joined([meaning.shape for meaning in meanings], dim), None


def _stack(bound: Bound) -> Placed:
    parts, dim = as_sequence(bound.tensors[0] if bound.tensors else None), integer(bound.setting("dim"))
    if dim is None:
        return None, None
    if parts is None:
        return None, None
    meanings = [part for part in parts if isinstance(part, Meaning)]
    if len(meanings) < len(parts) or not meanings:
        return None, None
    # Stacking wants equal shapes: what one does not show, another may.
    ranks = {meaning.rank for meaning in meanings} - {None}
    if not ranks:
        return _stacked_open(meanings, dim), None
    if len(ranks) != 1:
        return None, None
    (rank,) = ranks
    assert rank is not None
    rows = [[meaning.size(at - rank) for meaning in meanings] for at in range(rank)]
    sizes = [next((size for size in row if size is not None), None) for row in rows]
    if not -rank - 1 <= dim <= rank:
        return None, None
    at = dim % (rank + 1)
    return Shape((*sizes[:at], len(meanings), *sizes[at:])), None


def _vstack(bound: Bound) -> Placed:
    """Numbers and rows as the rows of a matrix, matrices below each other."""
    parts = as_sequence(bound.tensors[0] if bound.tensors else None)
    known = [lifted(part).shape for part in parts or ()]
    if not known or any(shape is None or shape.open for shape in known):
        return None, None
    rows = [Shape((*(1,) * (2 - len(shape.sizes)), *shape.sizes)) for shape in known if shape is not None]
    return shapes.joined(rows, 0), None


def _stacked_open(meanings: list[Meaning], dim: int) -> Shape | None:
    """Tensors of which only the last sizes are known, stacked in front of these or behind them."""
    known = [meaning.shape.sizes for meaning in meanings if meaning.shape is not None]
    sizes: tuple[Size, ...] = max(known, key=len, default=())
    if not sizes or dim not in (0, -1):
        return None
    return Shape((None, *sizes), open=True) if dim == 0 else Shape((*sizes, len(meanings)), open=True)


def _narrow(bound: Bound) -> Placed:
    dim = integer(bound.setting("dim"))
    if dim is None:
        return None, None
    return shapes.resized(bound.first.shape, dim, as_size(bound.setting("length"))), bound.first.dim


def _diff(bound: Bound) -> Placed:
    dim = integer(bound.setting("dim"))
    return (None if dim is None else shapes.resized(bound.first.shape, dim, None)), bound.first.dim


def _index_select(bound: Bound) -> Placed:
    dim, index = integer(bound.setting("dim")), bound.setting("index")
    if dim is None or not isinstance(index, Meaning):
        return (None if bound.first.rank is None else shapes.of_rank(bound.first.rank)), None
    size = index.size(0) if index.rank == 1 else (1 if index.rank == 0 else None)
    return shapes.resized(bound.first.shape, dim, size), bound.first.dim


def _select(bound: Bound) -> Placed:
    first, dim = bound.first, integer(bound.setting("dim"))
    if dim is None:
        return (None if not first.rank else shapes.of_rank(first.rank - 1)), None
    return shapes.reduced(first.shape, dim, keepdim=False), removed_dim(first, dim)


def _gather(bound: Bound) -> Placed:
    index = bound.setting("index")
    return (index.shape if isinstance(index, Meaning) else None), None


def _take(bound: Bound) -> Placed:
    return _gather(bound)


def _pad_layer(bound: Bound) -> Placed:
    """A padding layer: a single number pads both sides of each dimension in space."""
    amount = bound.setting("padding")
    if not isinstance(amount, tuple | list):
        amount = (amount,) * (2 * spatial_dimensions(bound.operation.name))
    return _pad(Bound(bound.operation, bound.tensors, {"pad": tuple(amount)}))


def _pad(bound: Bound) -> Placed:
    first, amounts = bound.first, sizes_of(bound, "pad")
    if first.shape is None or amounts is None or len(amounts) % 2:
        return None, first.dim
    sizes = list(first.shape.sizes)
    if first.shape.open and len(amounts) // 2 > len(sizes):
        return None, first.dim
    for at in range(len(amounts) // 2):
        if at >= len(sizes):
            return None, None
        before, after = integer(amounts[2 * at]), integer(amounts[2 * at + 1])
        size = sizes[-1 - at]
        if before == 0 and after == 0:
            continue
        known = isinstance(size, int) and before is not None and after is not None
        sizes[-1 - at] = size + before + after if known else None  # type: ignore[operator]
    return shapes.simplified(Shape(tuple(sizes), open=first.shape.open)), first.dim


def _diagonal(bound: Bound) -> Placed:
    shape = bound.first.shape
    if shape is None or shape.open:
        return None, None
    if bound.operation.name == "diag" and len(shape.sizes) == 1:
        size = shape.sizes[0] if bound.setting("diagonal") in (0, None) else None
        return Shape((size, size)), None
    if len(shape.sizes) == 2 and bound.setting("diagonal") in (0, None) and bound.setting("offset") in (0, None):
        rows, columns = shape.sizes
        return Shape((rows if rows == columns else _least(rows, columns),)), None
    return shapes.of_rank(len(shape.sizes) - 1), None


def _least(one: Size, other: Size) -> Size:
    return min(one, other) if isinstance(one, int) and isinstance(other, int) else None


RULES: dict[str, Callable[[Bound], Placed]] = {
    "reduce": reduced,
    "cat": _cat,
    "stack": _stack,
    "vstack": _vstack,
    "narrow": _narrow,
    "diff": _diff,
    "index_select": _index_select,
    "select": _select,
    "gather": _gather,
    "take": _take,
    "pad": _pad,
    "pad_layer": _pad_layer,
    "diagonal": _diagonal,
}

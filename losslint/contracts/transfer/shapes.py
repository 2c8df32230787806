"""Arithmetic with shapes of which only some is known. What cannot be known stays unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from losslint.contracts.transfer.bound import as_size
from losslint.vocabulary.shapes import Shape, Size

#: Torch's own limit of dimensions: no program has more, whatever number it writes.
MOST_DIMENSIONS = 64

_ANY = Shape((), open=True)


def simplified(shape: Shape) -> Shape | None:
    """The shape, or None where it says nothing."""
    return None if shape.open and all(size is None for size in shape.sizes) else shape


def of_rank(rank: int) -> Shape:
    """A shape of which only the rank is known."""
    if rank > MOST_DIMENSIONS:
        raise ValueError("more dimensions than a tensor can have")
    return Shape((None,) * rank)


def normal(dim: int | None, shape: Shape | None) -> int | None:
    """A dimension counted from the front where the rank is known, and as it is written where not."""
    if dim is None or shape is None or shape.open:
        return dim
    rank = len(shape.sizes)
    if not -rank <= dim < rank:
        return None
    return dim % rank if rank else None


def broadcast_size(one: Size, other: Size) -> Size:
    """The size that two sizes broadcast to. A symbol is a batch or a length, which is not 1."""
    if one == 1:
        return other
    if other == 1 or one == other:
        return one
    if one is None:
        return other
    if other is None:
        return one
    if isinstance(one, int) and isinstance(other, str):
        return one
    if isinstance(one, str) and isinstance(other, int):
        return other
    return None


def broadcast(one: Shape | None, other: Shape | None) -> Shape | None:
    """The shape that two shapes broadcast to."""
    a, b = one or _ANY, other or _ANY
    length = max(len(a.sizes), len(b.sizes))
    sizes: list[Size] = []
    for place in range(length, 0, -1):
        # A dimension that a closed shape lacks counts as 1; one that an open shape does not show may be anything.
        left = a.size(-place) if place <= len(a.sizes) else (None if a.open else 1)
        right = b.size(-place) if place <= len(b.sizes) else (None if b.open else 1)
        sizes.append(broadcast_size(left, right))
    return simplified(Shape(tuple(sizes), open=a.open or b.open))


def product(sizes: Iterable[Size]) -> Size:
    """The product of sizes where it is a number or one symbol."""
    total, symbols = 1, []
    for size in sizes:
        if size is None:
            return None
        if isinstance(size, str):
            symbols.append(size)
        else:
            total *= size
    if not symbols:
        return total
    return symbols[0] if len(symbols) == 1 and total == 1 else None


def quotient(sizes: Iterable[Size], others: Iterable[Size]) -> Size:
    """What is left of a product of sizes when others are taken out of it."""
    total: Counter[str] = Counter()
    above = below = 1
    for size in sizes:
        if size is None:
            return None
        if isinstance(size, str):
            total[size] += 1
        else:
            above *= size
    for size in others:
        if size is None:
            return None
        if isinstance(size, str):
            total[size] -= 1
        else:
            below *= size
    if below == 0 or above == 0 or any(count < 0 for count in total.values()) or above % below:
        return None
    symbols = list(total.elements())
    if not symbols:
        return above // below
    return symbols[0] if len(symbols) == 1 and above == below else None


def viewed(shape: Shape | None, wanted: Sequence[object]) -> Shape:
    """The shape of `view(*wanted)`: `-1` and one size that is not known are worked out from the others."""
    sizes: list[Size] = [as_size(value) for value in wanted]
    gaps = [place for place, size in enumerate(sizes) if size is None]
    if len(gaps) == 1 and shape is not None and not shape.open:
        (gap,) = gaps
        sizes[gap] = quotient(shape.sizes, sizes[:gap] + sizes[gap + 1 :])
    return Shape(tuple(sizes))


def followed_through_view(dim: int | None, old: Shape | None, new: Shape | None) -> int | None:
    """Where a dimension is after a reshape: its size and everything before it, or after it, has to be the same."""
    if dim is None or old is None or new is None or new.open:
        return None
    size = old.size(dim)
    if size is None:
        return None
    if not old.open and dim >= 0:
        before = old.sizes[: dim + 1]
        if None not in before and new.sizes[: dim + 1] == before:
            return dim
        dim -= len(old.sizes)
    if dim < 0:
        after = old.sizes[dim:]
        if len(after) == -dim and None not in after and new.sizes[dim:] == after:
            return len(new.sizes) + dim
    return None


def flattened(shape: Shape | None, start: object, end: object) -> Shape | None:
    """The shape of `flatten(start, end)`."""
    if not isinstance(start, int) or not isinstance(end, int):
        return None
    if shape is None or shape.open:
        if end == -1 and start >= 0:
            return of_rank(start + 1)
        if shape is not None and start >= 0 and end >= start:
            return simplified(Shape(shape.sizes[end + 1 :], open=True))
        return None
    rank = len(shape.sizes)
    if rank == 0:
        return Shape((1,))
    first, last = normal(start, shape), normal(end, shape)
    if first is None or last is None or first > last:
        return None
    return Shape((*shape.sizes[:first], product(shape.sizes[first : last + 1]), *shape.sizes[last + 1 :]))


def reduced(shape: Shape | None, dim: int, keepdim: bool) -> Shape | None:
    """The shape without one dimension, or with 1 in its place."""
    if shape is None:
        return None
    filling: tuple[Size, ...] = (1,) if keepdim else ()
    if not shape.open:
        place = normal(dim, shape)
        if place is None:
            # A number can be reduced along dimension 0 or -1 too.
            return shape if not shape.sizes and dim in (0, -1) else None
        return Shape((*shape.sizes[:place], *filling, *shape.sizes[place + 1 :]))
    if dim < 0:
        if -dim > len(shape.sizes):
            return simplified(shape)
        cut = len(shape.sizes) + dim
        return simplified(Shape((*shape.sizes[:cut], *filling, *shape.sizes[cut + 1 :]), open=True))
    # Whatever is hidden in front, the sizes after that many are not touched.
    return simplified(Shape(shape.sizes[dim + 1 :], open=True))


def resized(shape: Shape | None, dim: int, size: Size) -> Shape | None:
    """The shape with another size in one dimension."""
    if abs(dim) > MOST_DIMENSIONS:
        return None
    if shape is None:
        return Shape((size, *(None,) * (-dim - 1)), open=True) if dim < 0 and size is not None else None
    if not shape.open:
        place = normal(dim, shape)
        if place is None:
            return None
        return Shape((*shape.sizes[:place], size, *shape.sizes[place + 1 :]))
    if dim < 0:
        sizes: tuple[Size, ...] = (*(None,) * max(0, -dim - len(shape.sizes)), *shape.sizes)
        cut = len(sizes) + dim
        return simplified(Shape((*sizes[:cut], size, *sizes[cut + 1 :]), open=True))
    return simplified(Shape(shape.sizes[dim + 1 :], open=True))


def squeezed(shape: Shape | None, dim: int | None) -> Shape | None:
    """The shape of `squeeze()` or `squeeze(dim)`."""
    if shape is None:
        return None
    if dim is None:
        if shape.open or None in shape.sizes[1:]:
            return None
        # A first dimension of unknown size is a batch: whoever squeezes means the other ones.
        return Shape(tuple(size for size in shape.sizes if size != 1))
    if shape.open and (dim >= 0 or -dim > len(shape.sizes)):
        return reduced(shape, dim, keepdim=False) if dim >= 0 else None
    size = shape.size(dim)
    if not shape.open and not shape.sizes:
        return shape
    if size == 1:
        return reduced(shape, dim, keepdim=False)
    if size is not None:
        return shape
    if shape.open:
        # It goes or it stays: what stands behind it is the same either way.
        return simplified(Shape(shape.sizes[len(shape.sizes) + dim + 1 :], open=True))
    return None


def unsqueezed(shape: Shape | None, dim: int) -> Shape | None:
    """The shape of `unsqueeze(dim)`."""
    if abs(dim) > MOST_DIMENSIONS:
        return None
    if shape is None:
        return Shape((1, *(None,) * (-dim - 1)), open=True) if dim < 0 else None
    if not shape.open:
        rank = len(shape.sizes) + 1
        if not -rank <= dim < rank:
            return None
        place = dim % rank
        return Shape((*shape.sizes[:place], 1, *shape.sizes[place:]))
    if dim < 0:
        cut = len(shape.sizes) + dim + 1
        if cut < 0:
            return simplified(Shape((1, *(None,) * -cut, *shape.sizes), open=True))
        return simplified(Shape((*shape.sizes[:cut], 1, *shape.sizes[cut:]), open=True))
    return simplified(Shape(shape.sizes[dim:], open=True))


def spatial(size: Size, kernel: object, stride: object, padding: object, dilation: object, ceil: bool = False) -> Size:
    """The size that a window of a convolution or a pooling leaves, where everything is a number."""
    for value in (size, kernel, stride, padding, dilation):
        if not isinstance(value, int) or isinstance(value, bool):
            return None
    assert isinstance(size, int) and isinstance(kernel, int) and isinstance(stride, int)
    assert isinstance(padding, int) and isinstance(dilation, int)
    if stride <= 0:
        return None
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    if room < 0:
        return None
    if not ceil:
        return room // stride + 1
    windows = -(-room // stride) + 1
    # The last window has to begin inside the input or its left padding.
    return windows - 1 if (windows - 1) * stride >= size + padding else windows


def joined(shapes: Sequence[Shape | None], dim: int) -> Shape | None:
    """The shape of `cat(…, dim)`: sizes of the others where they agree, and their sum along `dim`."""
    known = [shape for shape in shapes if shape is not None]
    ranks = {shape.rank for shape in known if shape.rank is not None}
    if len(ranks) > 1 or not shapes:
        return None
    if not ranks:
        # No rank is known: sizes counted from the back still are, where each shape shows them.
        if dim >= 0 or len(known) < len(shapes) or any(-dim > len(shape.sizes) for shape in known):
            return None
        length = min(len(shape.sizes) for shape in known)
        sizes = [_joint([shape.size(-place) for shape in known], -place == dim) for place in range(length, 0, -1)]
        return simplified(Shape(tuple(sizes), open=True))
    (rank,) = ranks
    place = normal(dim, of_rank(rank))
    if place is None:
        return None
    rows = [[shape.size(at - rank) if shape is not None else None for shape in shapes] for at in range(rank)]
    return Shape(tuple(_joint(row, at == place) for at, row in enumerate(rows)))


def _joint(row: Sequence[Size], along: bool) -> Size:
    if along:
        numbers = [size for size in row if isinstance(size, int)]
        return sum(numbers) if len(numbers) == len(row) else (row[0] if len(row) == 1 else None)
    # The sizes have to be equal, so any of them that is a number is the size of all.
    named = [size for size in row if size is not None]
    return next((size for size in named if isinstance(size, int)), named[0] if named else None)


def matrix_product(one: Shape | None, other: Shape | None) -> Shape | None:
    """The shape of `one @ other`."""
    if one is None and other is None:
        return None
    if one is not None and not one.open and len(one.sizes) == 1:
        if other is None:
            return None
        if not other.open:
            return Shape((*other.sizes[:-2], *other.sizes[-1:])) if len(other.sizes) > 1 else Shape(())
        return None
    if other is not None and not other.open and len(other.sizes) == 1:
        return reduced(one, -1, keepdim=False)
    rows = one.size(-2) if one is not None else None
    columns = other.size(-1) if other is not None else None
    if one is None or other is None or one.open or other.open:
        # The one whose rank is not known may be a vector, which leaves no dimension behind.
        front, behind = _at_least_matrix(one), _at_least_matrix(other)
        if front and behind:
            return simplified(Shape((rows, columns), open=True))
        return simplified(Shape((columns,), open=True)) if behind and front is None else None
    batch = broadcast(Shape(one.sizes[:-2]), Shape(other.sizes[:-2]))
    return None if batch is None else Shape((*batch.sizes, rows, columns))


def _at_least_matrix(shape: Shape | None) -> bool | None:
    """Whether a shape has two dimensions or more; None when that is not known."""
    if shape is None:
        return None
    if len(shape.sizes) >= 2:
        return True
    return None if shape.open else False

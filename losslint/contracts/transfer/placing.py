"""The shape rules of operations: where the sizes go, and where the dimension of a softmax goes with them."""

from __future__ import annotations

from collections.abc import Callable

from losslint.contracts.transfer import shapes
from losslint.contracts.transfer.bound import SOME_SIZE, Bound, as_sequence, as_size, integer
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED
from losslint.vocabulary.shapes import Shape, Size

#: A result's shape, and where the first tensor's `dim` is in it.
Placed = tuple[Shape | None, int | None]


def place(bound: Bound) -> Placed:
    """The shape of an operation's result, by the operation's rule."""
    rule = RULES.get(bound.operation.shape)
    return (None, None) if rule is None else rule(bound)


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


def same_dim(meaning: Meaning, shape: Shape | None) -> int | None:
    """Where a dimension is after broadcasting, which adds dimensions in front."""
    dim = meaning.dim
    if dim is None or dim < 0:
        return dim
    return dim if meaning.shape is not None and shape is not None and meaning.rank == shape.rank else None


def _sizes(bound: Bound, name: str) -> tuple[object, ...] | None:
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


def _view(bound: Bound) -> Placed:
    first = bound.first
    wanted = _sizes(bound, "shape")
    if wanted is None or any(isinstance(value, str) and value.startswith("torch.") for value in wanted):
        return None, None
    shape = shapes.viewed(first.shape, wanted)
    return shape, shapes.followed_through_view(first.dim, first.shape, shape)


def _like_second(bound: Bound) -> Placed:
    shape = bound.tensor(1).shape
    return shape, shapes.followed_through_view(bound.first.dim, bound.first.shape, shape)


def _flatten(bound: Bound) -> Placed:
    first = bound.first
    shape = shapes.flattened(first.shape, bound.setting("start_dim"), bound.setting("end_dim"))
    return shape, shapes.followed_through_view(first.dim, first.shape, shape)


def _unflatten(bound: Bound) -> Placed:
    first, dim, sizes = (
        bound.first,
        integer(bound.setting("dim")),
        _sizes(bound, "sizes") or _sizes(bound, "unflattened_size"),
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
        return None
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
    if old == dim or (old < 0) != (dim < 0):
        return None
    if old >= 0:
        return old - 1 if dim < old else old
    return old + 1 if dim > old else old


def _permute(bound: Bound) -> Placed:
    given = _sizes(bound, "dims")
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
    first, wanted = bound.first, _sizes(bound, "size")
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
    first, times = bound.first, _sizes(bound, "repeats")
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
        first.dim if first.dim is not None and _equal_dims(first, first.dim, at) is False else None
    )


def reduced_dims(bound: Bound, name: str = "dim") -> tuple[int, ...] | None:
    """The dimensions that a reduction names; empty for all of them, None when they are not known."""
    given = bound.setting(name)
    if given is None:
        return ()
    several = as_sequence(given)
    values = [integer(value) for value in (several if several is not None else (given,))]
    return None if None in values else tuple(value for value in values if value is not None)


def _reduce(bound: Bound) -> Placed:
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
        if keep and placed.dim is not None and _equal_dims(placed, placed.dim, dim) is not False:
            after = None
        shape = shapes.reduced(placed.shape, dim, keepdim=bool(keep))
        placed = placed.but(shape=shape, dim=after)
    return placed.shape, placed.dim


def _equal_dims(meaning: Meaning, one: int, other: int) -> bool | None:
    """Whether two dimensions of a tensor are the same one; None when its rank would decide."""
    rank = meaning.rank
    if rank:
        return one % rank == other % rank
    return one == other if (one < 0) == (other < 0) else None


same_dimension = _equal_dims


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


def _narrow(bound: Bound) -> Placed:
    dim = integer(bound.setting("dim"))
    if dim is None:
        return None, None
    return shapes.resized(bound.first.shape, dim, as_size(bound.setting("length"))), bound.first.dim


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
        amount = (amount,) * (2 * _dimensions(bound.operation.name))
    return _pad(Bound(bound.operation, bound.tensors, {"pad": tuple(amount)}))


def _pad(bound: Bound) -> Placed:
    first, amounts = bound.first, _sizes(bound, "pad")
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


def _matmul(bound: Bound) -> Placed:
    one, other = bound.tensor(0).shape, bound.tensor(1).shape
    rank = {"mm": 2, "bmm": 3, "mv": 2}.get(bound.operation.name)
    if rank is not None:
        # These two take matrices, or batches of them, and nothing else.
        one = as_rank(one, rank)
        other = as_rank(other, 1 if bound.operation.name == "mv" else rank)
    return shapes.matrix_product(one, other), None


def as_rank(shape: Shape | None, rank: int) -> Shape:
    """What is known of a shape, given its rank."""
    if shape is None:
        return shapes.of_rank(rank)
    if not shape.open:
        return shape
    return Shape(((None,) * rank + shape.sizes)[-rank:])


def _addmm(bound: Bound) -> Placed:
    rank = 3 if bound.operation.name == "baddbmm" else 2
    one, other = as_rank(bound.tensor(1).shape, rank), as_rank(bound.tensor(2).shape, rank)
    return shapes.matrix_product(one, other), None


def _einsum(bound: Bound) -> Placed:
    equation, operands = einsum_parts(bound)
    if equation is None:
        return None, None
    inputs, output = equation
    sizes: dict[str, Size] = {}
    for letters, operand in zip(inputs, operands, strict=True):
        if operand.rank is not None and operand.rank != len(letters):
            return None, None
        for at, letter in enumerate(letters):
            size = operand.size(at - len(letters))
            sizes[letter] = sizes.get(letter) if size is None or (size == 1 and sizes.get(letter)) else size
    return Shape(tuple(sizes.get(letter) for letter in output)), None


def einsum_parts(bound: Bound) -> tuple[tuple[list[str], str] | None, list[Meaning]]:
    """The subscripts of an einsum's operands and result, with the operands; None where they cannot be read."""
    equation = bound.tensors[0] if bound.tensors else None
    given = bound.setting("operands")
    operands = list(as_sequence(given) or ())
    if not isinstance(equation, str) or "." in equation or not all(isinstance(part, Meaning) for part in operands):
        return None, []
    left, arrow, right = equation.replace(" ", "").partition("->")
    inputs = left.split(",")
    if len(inputs) != len(operands):
        return None, []
    if not arrow:
        letters = [letter for part in inputs for letter in part]
        right = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    return (inputs, right), [part for part in operands if isinstance(part, Meaning)]


def _linear(bound: Bound) -> Placed:
    weight = bound.tensor(1)
    if weight.rank == 1:
        return shapes.reduced(bound.first.shape, -1, keepdim=False), None
    if weight.rank is None and not (weight.shape is not None and len(weight.shape.sizes) > 1):
        return None, None
    out = weight.size(-2)
    if bound.first.shape is None:
        return shapes.simplified(Shape((out,), open=True)), None
    return shapes.resized(bound.first.shape, -1, out), None


def _bilinear(bound: Bound) -> Placed:
    out = bound.tensor(2).size(0)
    shape = bound.first.shape
    return shapes.simplified(Shape((out,), open=True)) if shape is None else shapes.resized(shape, -1, out), None


def _several(value: object, count: int) -> tuple[object, ...]:
    sequence = as_sequence(value)
    if sequence is None:
        return (value,) * count
    if len(sequence) == 1:
        return sequence * count
    return sequence if len(sequence) == count else (None,) * count


def _batched(first: Meaning, spatial: int) -> tuple[Size, tuple[Size, ...], bool]:
    """The batch size, the sizes in space and whether there is a batch, of what goes into a convolution or pooling."""
    shape = first.shape
    if shape is None or shape.open:
        hidden = (None,) * spatial + (shape.sizes if shape is not None else ())
        return None, hidden[-spatial:], True
    if len(shape.sizes) == spatial + 1:
        return None, shape.sizes[1:], False
    if len(shape.sizes) == spatial + 2:
        return shape.sizes[0], shape.sizes[2:], True
    return None, (None,) * spatial, True


def _windowed(bound: Bound, spatial: int, channels: Size, sizes: tuple[Size, ...]) -> Shape:
    first = bound.first
    batch, _, batched = _batched(first, spatial)
    return Shape((batch, channels, *sizes)) if batched else Shape((channels, *sizes))


def _dimensions(name: str) -> int:
    """How many dimensions in space an operation has, by its name (`conv2d` …)."""
    return int(next((letter for letter in name if letter.isdigit()), "2"))


def _conv(bound: Bound) -> Placed:
    spatial = _dimensions(bound.operation.name)
    weight = bound.tensor(1)
    _, sizes, _ = _batched(bound.first, spatial)
    padding = bound.setting("padding")
    new: list[Size] = []
    if isinstance(padding, str):
        new = list(sizes) if padding == "same" else []
        padding = 0 if padding == "valid" else padding
    if not new:
        kernel = tuple(weight.size(at - spatial) for at in range(spatial))
        settings = zip(
            sizes,
            kernel,
            _several(bound.setting("stride"), spatial),
            _several(padding, spatial),
            _several(bound.setting("dilation"), spatial),
            strict=True,
        )
        new = [shapes.spatial(*values) for values in settings]
    return _windowed(bound, spatial, weight.size(0) if weight.rank is not None else None, tuple(new)), None


def _conv_transpose(bound: Bound) -> Placed:
    spatial = _dimensions(bound.operation.name)
    weight, groups = bound.tensor(1), bound.setting("groups")
    out = weight.size(1) if weight.rank is not None else None
    channels = out * groups if isinstance(out, int) and isinstance(groups, int) else None
    _, sizes, _ = _batched(bound.first, spatial)
    new: list[Size] = []
    for at in range(spatial):
        size, kernel = sizes[at], weight.size(at - spatial)
        stride, padding, extra, dilation = (
            _several(bound.setting(name), spatial)[at] for name in ("stride", "padding", "output_padding", "dilation")
        )
        if all(isinstance(value, int) for value in (size, kernel, stride, padding, extra, dilation)):
            total = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1  # type: ignore[operator]
            new.append(total if isinstance(total, int) else None)
        else:
            new.append(None)
    return _windowed(bound, spatial, channels, tuple(new)), None


def _channels(first: Meaning, spatial: int) -> Size:
    rank = first.rank
    return first.size(-spatial - 1) if rank in (spatial + 1, spatial + 2) or rank is None else None


def _spatial_dim(first: Meaning, spatial: int) -> int | None:
    """Pooling moves nothing, but a dimension in space that a softmax ran along does not survive it."""
    dim, rank = first.dim, first.rank
    if dim is None:
        return None
    if rank is not None:
        return dim if dim % rank < rank - spatial else None
    return dim if (dim in (0, 1) and spatial >= 1 and dim >= 0) or dim < -spatial else None


def _pool(bound: Bound) -> Placed:
    spatial = _dimensions(bound.operation.name)
    _, sizes, _ = _batched(bound.first, spatial)
    stride = bound.setting("stride")
    kernel = bound.setting("kernel_size")
    dilation = bound.setting("dilation")
    settings = zip(
        sizes,
        _several(kernel, spatial),
        _several(kernel if stride is None or stride == () else stride, spatial),
        _several(bound.setting("padding"), spatial),
        _several(1 if dilation is None else dilation, spatial),
        strict=True,
    )
    ceil = bound.setting("ceil_mode")
    if ceil not in (None, True, False):
        new: tuple[Size, ...] = (None,) * spatial
    else:
        new = tuple(shapes.spatial(*values, ceil=bool(ceil)) for values in settings)
    return _windowed(bound, spatial, _channels(bound.first, spatial), new), _spatial_dim(bound.first, spatial)


def _adaptive_pool(bound: Bound) -> Placed:
    spatial = _dimensions(bound.operation.name)
    _, sizes, _ = _batched(bound.first, spatial)
    wanted = _several(bound.setting("output_size"), spatial)
    new = tuple(size if value is None else as_size(value) for value, size in zip(wanted, sizes, strict=True))
    return _windowed(bound, spatial, _channels(bound.first, spatial), new), _spatial_dim(bound.first, spatial)


def _interpolate(bound: Bound) -> Placed:
    first = bound.first
    if first.shape is None or first.shape.open:
        return None, first.dim if first.dim in (0, 1) else None
    spatial = len(first.shape.sizes) - 2
    if spatial < 1:
        return None, None
    size, scale = bound.setting("size"), bound.setting("scale_factor")
    new: list[Size] = [None] * spatial
    if size is not None:
        new = [as_size(value) for value in _several(size, spatial)]
    elif scale is not None:
        for at, factor in enumerate(_several(scale, spatial)):
            old = first.shape.sizes[2 + at]
            if isinstance(old, int) and isinstance(factor, int | float):
                new[at] = int(old * factor)
    return Shape((*first.shape.sizes[:2], *new)), first.dim if first.dim in (0, 1) else None


def _pixel_shuffle(bound: Bound) -> Placed:
    shape, factor = bound.first.shape, integer(bound.setting("upscale_factor"))
    if shape is None or len(shape.sizes) < 3 or factor is None or factor < 1:
        return None, None
    channels, height, width = shape.sizes[-3:]
    out = channels // factor**2 if isinstance(channels, int) else None
    taller, wider = (size * factor if isinstance(size, int) else None for size in (height, width))
    return shapes.simplified(Shape((*shape.sizes[:-3], out, taller, wider), open=shape.open)), None


def _pixel_unshuffle(bound: Bound) -> Placed:
    shape, factor = bound.first.shape, integer(bound.setting("downscale_factor"))
    if shape is None or len(shape.sizes) < 3 or factor is None or factor < 1:
        return None, None
    channels, height, width = shape.sizes[-3:]
    out = channels * factor**2 if isinstance(channels, int) else None
    lower, narrower = (size // factor if isinstance(size, int) else None for size in (height, width))
    return shapes.simplified(Shape((*shape.sizes[:-3], out, lower, narrower), open=shape.open)), None


def _embedding(bound: Bound) -> Placed:
    width = bound.tensor(1).size(-1) if bound.tensor(1).rank is not None else None
    shape = bound.first.shape
    if shape is None:
        return shapes.simplified(Shape((width,), open=True)), None
    return shapes.simplified(Shape((*shape.sizes, width), open=shape.open)), None


def _embedding_bag(bound: Bound) -> Placed:
    width = bound.tensor(1).size(-1) if bound.tensor(1).rank is not None else None
    rows = bound.first.size(0) if bound.first.rank == 2 else None
    return Shape((rows, width)), None


def _one_hot(bound: Bound) -> Placed:
    classes = bound.setting("num_classes")
    size = as_size(classes) if classes != -1 else None
    shape = bound.first.shape
    if shape is None:
        return shapes.simplified(Shape((size,), open=True)), -1
    placed = Shape((*shape.sizes, size), open=shape.open)
    return shapes.simplified(placed), -1 if shape.open else len(shape.sizes)


def _factory(bound: Bound) -> Placed:
    sizes = _sizes(bound, "size")
    if sizes is None:
        # `torch.zeros(x.shape)` and `torch.zeros(n)` look the same when neither is known.
        return None, None
    if len(sizes) == 1 and not isinstance(sizes[0], int | str) and sizes[0] is not SOME_SIZE:
        return None, None
    return Shape(tuple(as_size(value) for value in sizes)), None


def _random_integers(bound: Bound) -> Placed:
    """`randint(high, size)` or `randint(low, high, size)`: the size is the last, and a sequence."""
    for name in ("size", "high"):
        sizes = as_sequence(bound.setting(name))
        if sizes is not None:
            return Shape(tuple(as_size(value) for value in sizes)), None
    return None, None


def _permutation(bound: Bound) -> Placed:
    return Shape((as_size(bound.setting("n")),)), None


def _spread(bound: Bound) -> Placed:
    """`std(dim, unbiased, keepdim)`, where `std(unbiased)` is a spelling too."""
    if isinstance(bound.setting("dim"), bool):
        return Shape(()), None
    return _reduce(bound)


def _like_other(bound: Bound) -> Placed:
    shape = bound.tensor(1).shape
    return shape, same_dim(bound.first, shape)


def _arange(bound: Bound) -> Placed:
    start, end, step = bound.setting("start"), bound.setting("end"), bound.setting("step")
    if end is None:
        start, end = 0, start
    if isinstance(start, int) and isinstance(end, int) and isinstance(step, int) and step:
        return Shape((max(0, -(-(end - start) // step)),)), None
    if start == 0 and step == 1 and isinstance(end, str):
        return Shape((end,)), None
    return Shape((None,)), None


def _linspace(bound: Bound) -> Placed:
    return Shape((as_size(bound.setting("steps")),)), None


def _eye(bound: Bound) -> Placed:
    rows, columns = bound.setting("n"), bound.setting("m")
    return Shape((as_size(rows), as_size(rows if columns is None else columns))), None


def _cosine_similarity(bound: Bound) -> Placed:
    shape = shapes.broadcast(bound.tensor(0).shape, bound.tensor(1).shape)
    dim = integer(bound.setting("dim"))
    return (None if dim is None else shapes.reduced(shape, dim, keepdim=False)), None


def _pairwise_distance(bound: Bound) -> Placed:
    shape = shapes.broadcast(bound.tensor(0).shape, bound.tensor(1).shape)
    keep = bound.setting("keepdim")
    return (shapes.reduced(shape, -1, keepdim=keep) if isinstance(keep, bool) else None), None


def _cdist(bound: Bound) -> Placed:
    one, other = bound.tensor(0).shape, bound.tensor(1).shape
    if one is None or other is None or one.open or other.open or len(one.sizes) < 2 or len(other.sizes) < 2:
        return None, None
    batch = shapes.broadcast(Shape(one.sizes[:-2]), Shape(other.sizes[:-2]))
    return None if batch is None else Shape((*batch.sizes, one.sizes[-2], other.sizes[-2])), None


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


def _outer(bound: Bound) -> Placed:
    one, other = bound.tensor(0), bound.tensor(1)
    return Shape((one.size(-1), other.size(-1))), None


def _multinomial(bound: Bound) -> Placed:
    shape = bound.first.shape
    return (None if shape is None else shapes.resized(shape, -1, as_size(bound.setting("num_samples")))), None


def _where(bound: Bound) -> Placed:
    if len(bound.tensors) < 3:
        return None, None
    shape = bound.tensor(0).shape
    for position in (1, 2):
        shape = shapes.broadcast(shape, bound.tensor(position).shape)
    return shape, None


def _tril_indices(bound: Bound) -> Placed:
    return Shape((2, None)), None


RULES: dict[str, Callable[[Bound], Placed]] = {
    "same": _same,
    "unknown": _unknown,
    "number": _number,
    "vector": _vector,
    "pairs": _pairs,
    "broadcast": _broadcast,
    "view": _view,
    "like_second": _like_second,
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
    "reduce": _reduce,
    "cat": _cat,
    "stack": _stack,
    "narrow": _narrow,
    "index_select": _index_select,
    "select": _select,
    "gather": _gather,
    "take": _take,
    "pad": _pad,
    "pad_layer": _pad_layer,
    "matmul": _matmul,
    "addmm": _addmm,
    "einsum": _einsum,
    "linear": _linear,
    "bilinear": _bilinear,
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "pool": _pool,
    "adaptive_pool": _adaptive_pool,
    "interpolate": _interpolate,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "embedding": _embedding,
    "embedding_bag": _embedding_bag,
    "one_hot": _one_hot,
    "factory": _factory,
    "randint": _random_integers,
    "randperm": _permutation,
    "spread": _spread,
    "like_other": _like_other,
    "arange": _arange,
    "linspace": _linspace,
    "eye": _eye,
    "cosine_similarity": _cosine_similarity,
    "pairwise_distance": _pairwise_distance,
    "cdist": _cdist,
    "diagonal": _diagonal,
    "outer": _outer,
    "multinomial": _multinomial,
    "where": _where,
    "tril_indices": _tril_indices,
}

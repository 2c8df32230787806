"""Convolutions, pooling and resizing: how long the spatial dimensions are afterwards."""

from __future__ import annotations

from collections.abc import Callable

from losslint.contracts.transfer import shapes
from losslint.contracts.transfer.bound import Bound, as_sequence, as_size, integer
from losslint.contracts.transfer.placed import Placed, spatial_dimensions
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape, Size


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


def _conv(bound: Bound) -> Placed:
    spatial = spatial_dimensions(bound.operation.name)
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
    spatial = spatial_dimensions(bound.operation.name)
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
    spatial = spatial_dimensions(bound.operation.name)
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
    spatial = spatial_dimensions(bound.operation.name)
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


RULES: dict[str, Callable[[Bound], Placed]] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "pool": _pool,
    "adaptive_pool": _adaptive_pool,
    "interpolate": _interpolate,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
}

"""Operations whose result has a shape of its own: embeddings, one-hot vectors, tensors made of sizes."""

from __future__ import annotations

from collections.abc import Callable

from losslint.contracts.transfer import shapes
from losslint.contracts.transfer.bound import SOME_SIZE, Bound, as_sequence, as_size
from losslint.contracts.transfer.placed import Placed, sizes_of
from losslint.contracts.transfer.selections import reduced
from losslint.vocabulary.shapes import Shape


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
    sizes = sizes_of(bound, "size")
    if sizes is None:
        # `torch.zeros(x.shape)` and `torch.zeros(n)` look the same when neither is known.
        return None, None
    if len(sizes) == 1 and not isinstance(sizes[0], int | str) and sizes[0] is not SOME_SIZE:
        return None, None
    return Shape(tuple(as_size(value) for value in sizes)), None


def _random_integers(bound: Bound) -> Placed:
    """`randint(high, size)` or `randint(low, high, size)`: the size is the last, and a sequence (numpy takes a number
    as well)."""
    count = bound.setting("size")
    if isinstance(count, int) and not isinstance(count, bool):
        return Shape((as_size(count),)), None
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
    return reduced(bound)


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


def _multinomial(bound: Bound) -> Placed:
    shape = bound.first.shape
    return (None if shape is None else shapes.resized(shape, -1, as_size(bound.setting("num_samples")))), None


def _tril_indices(bound: Bound) -> Placed:
    return Shape((2, None)), None


RULES: dict[str, Callable[[Bound], Placed]] = {
    "embedding": _embedding,
    "embedding_bag": _embedding_bag,
    "one_hot": _one_hot,
    "factory": _factory,
    "randint": _random_integers,
    "randperm": _permutation,
    "spread": _spread,
    "arange": _arange,
    "linspace": _linspace,
    "eye": _eye,
    "multinomial": _multinomial,
    "tril_indices": _tril_indices,
}

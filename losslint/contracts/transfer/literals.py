"""Tensors whose numbers are written out, or that are made from something else: `torch.tensor(…)` and kin."""

from __future__ import annotations

from collections.abc import Sequence

from losslint.contracts.transfer import values
from losslint.contracts.transfer.bound import Bound, as_sequence, as_size, device_name, starts_anew
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import INTEGERS, Meaning, unknown
from losslint.vocabulary.shapes import Shape, Size

#: What "makes" a value that a configuration holds: one number, where arithmetic is done with it.
SETTING = "configuration"


def literal(bound: Bound) -> Meaning:
    """What `torch.tensor(data)` means: of numbers what they show, of tensors their meaning without the gradient."""
    operation = bound.operation
    data = bound.setting("data")
    asked = bound.dtype()
    home = "cuda" if operation.name.startswith("cuda.") else "cpu"
    device = device_name(bound.setting("device")) if bound.setting("device") is not None else home
    known_dtype = asked is not None or bound.dtype_asked()
    if operation.shape == "legacy":
        # `torch.LongTensor([1, 2])` is data, `torch.LongTensor(3, 4)` sizes without values.
        asked, known_dtype = operation.dtype, True
        data = data if bound.given("data") else ()
        given = as_sequence(data) or ()
        if not bound.from_sequence and _are_sizes(given):
            return unknown("a tensor without values").but(
                shape=Shape(tuple(as_size(one) for one in given)), dtype=asked, device=device
            )
        if not bound.from_sequence and len(given) == 1 and isinstance(given[0], Meaning):
            data = given[0]
    if isinstance(data, Meaning):
        if data.made_by == SETTING:
            data = data.but(shape=None)  # a list of them as well: `nargs="+"`
        keeps = operation.name in ("as_tensor", "asarray", "from_numpy")
        return data.but(
            dtype=asked if known_dtype else data.dtype,
            device=data.device if keeps and bound.setting("device") is None else device,
            detached_by=None if starts_anew(bound) else data.detached_by or (None if keeps else operation.name),
            identity=None,
        )
    numbers = _flat(data)
    shape = _shape(data)
    if numbers is None:
        whole = _alike(data) or unknown("it is made from values that are not known")
        return whole.but(shape=shape, dtype=asked if known_dtype else _common_dtype(data), device=device)
    dtype = asked if known_dtype else _dtype(numbers)
    return _meaning(data, numbers, dtype).but(shape=shape, dtype=dtype, device=device, reached=True)


def one_of(numbers: Sequence[float | int | bool]) -> Meaning:
    """What many numbers mean each of which is one of these, as the labels of a dataset."""
    dtype = _dtype(list(numbers))
    return _meaning((), list(numbers), dtype).but(shape=Shape(()), dtype=dtype, reached=True)


def _are_sizes(given: tuple[object, ...]) -> bool:
    """Whether what a tensor of the old sort is made of are sizes: several numbers, or one."""
    if len(given) > 1:
        return True
    return any(isinstance(one, int) or (isinstance(one, Meaning) and one.rank == 0) for one in given)


def _flat(data: object) -> list[float | int | bool] | None:
    """All numbers of a nested list, in order; None when one of them is not known."""
    if isinstance(data, bool | int | float):
        return [data]
    rows = as_sequence(data)
    if rows is None:
        return None
    found: list[float | int | bool] = []
    for row in rows:
        numbers = _flat(row)
        if numbers is None:
            return None
        found += numbers
    return found


def _shape(data: object) -> Shape | None:
    """The shape of nested lists; None when they may hold tensors whose shape is not known."""
    if isinstance(data, bool | int | float):
        return Shape(())
    if isinstance(data, Meaning):
        return as_item(data.shape)
    rows = as_sequence(data)
    if rows is None:
        return None
    if not rows:
        return Shape((0,))
    inner = {_shape(row) for row in rows}
    if len(inner) != 1:
        return None
    (shape,) = inner
    sizes: tuple[Size, ...] = () if shape is None else shape.sizes
    return None if shape is None else Shape((len(rows), *sizes))


def as_item(shape: Shape | None) -> Shape | None:
    """The shape that something has as an item of the list that a tensor is made of; None where it is not known.

    torch takes a tensor of one element for a number, whatever its dimensions, and refuses others; an array keeps its
    shape. What has one element could be either.
    """
    if shape is None or shape.open:
        return None
    return None if shape.sizes and all(size == 1 for size in shape.sizes) else shape


def _alike(data: object) -> Meaning | None:
    """What the numbers of a list mean of which none is known, and each is one of the same: `[1 if same else 0]`."""
    rows = as_sequence(data) or ()
    first, *others = (row if isinstance(row, Meaning) else None for row in rows) if rows else (None,)
    if first is None or first.kind is Kind.UNKNOWN or first.rank != 0:
        return None
    same = all(other is not None and (other.kind, other.bounds) == (first.kind, first.bounds) for other in others)
    return first.but(identity=None) if same else None


def _common_dtype(data: object) -> str | None:
    """The dtype of a nested list of numbers of one sort, some of which are not known."""
    if isinstance(data, Meaning):
        return data.dtype if data.rank == 0 else None
    if isinstance(data, bool | int | float):
        return _dtype([data])
    sorts = {_common_dtype(row) for row in as_sequence(data) or ()}
    return sorts.pop() if len(sorts) == 1 else None


def _dtype(numbers: list[float | int | bool]) -> str:
    if any(isinstance(one, float) for one in numbers) or not numbers:
        return "float"
    return "bool" if all(isinstance(one, bool) for one in numbers) else "int64"


def _meaning(data: object, numbers: list[float | int | bool], dtype: str | None) -> Meaning:
    made_by = "tensor"
    if not numbers:
        return unknown("an empty tensor")
    low, high = float(min(numbers)), float(max(numbers))
    within = values.bounds(low, high)
    distinct = set(map(float, numbers))
    if dtype == "bool":
        return Meaning(Kind.BOOLEAN, bounds=(0.0, 1.0), made_by=made_by)
    if len(distinct) == 1:
        return Meaning(Kind.CONSTANT, bounds=within, made_by=made_by)
    rows = as_sequence(data) or ()
    matrix = [[float(one) for one in row] for row in map(_flat, rows) if row is not None and len(row) > 1]
    if distinct == {0.0, 1.0}:
        if not matrix:
            return Meaning(Kind.BOOLEAN, bounds=within, made_by=made_by)
        # The last dimension is the one of the classes; deeper nesting is left to its shape.
        flat = all(isinstance(one, bool | int | float) for row in rows for one in as_sequence(row) or ())
        if flat and all(sum(row) == 1 for row in matrix):
            return Meaning(Kind.ONE_HOT, dim=1, bounds=within, made_by=made_by)
        return Meaning(Kind.MULTI_HOT, bounds=within, made_by=made_by)
    if distinct == {-1.0, 1.0}:
        return Meaning(Kind.SIGNS, bounds=within, made_by=made_by)
    if all(isinstance(one, int) for one in numbers):
        if low >= 0:
            return Meaning(Kind.CLASS_INDEX, bounds=within, made_by=made_by)
        return Meaning(Kind.CLASS_INDEX if dtype in INTEGERS else Kind.REAL, bounds=within, made_by=made_by)
    if low >= 0 and high <= 1:
        # Probabilities, or scores that happen to be small: nobody can tell.
        return unknown("its numbers are written out").but(bounds=within, made_by=made_by)
    return Meaning(Kind.REAL, bounds=within, made_by=made_by)

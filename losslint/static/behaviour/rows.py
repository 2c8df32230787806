"""Lists on their way to arrays and tensors: of numbers a row, of rows a matrix."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from losslint.contracts.transfer.literals import SETTING, as_item
from losslint.static.evaluation.values import Bindings, ConstV, NumberV, Open, SeqV, SizeV, TensorV, UnknownV, Value
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape, Size

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: The length of a list that a loop fills, which is not 1 (of how many rounds it has nobody makes a list of one).
LENGTH = "L"

#: What a tensor of Python's numbers holds.
PYTHON: dict[type, str] = {float: "float", int: "int64", bool: "bool"}

#: Items of one list that are looked at, and of each of those inside it.
MOST_ITEMS = (64, 16, 16)


def meaning_of_rows(ev: Evaluator, value: SeqV) -> Meaning:
    """A list as an array: its numbers are not known, but of which sort they are and in how many dimensions may be."""
    shape = shape_of(ev, value)
    items = (ev.value(lazy) for lazy in value.items[: MOST_ITEMS[-1]])
    reason = next((item.reason for item in items if isinstance(item, UnknownV)), "")
    dtype = _dtype(ev, value) if shape else None
    return Meaning(reason=reason or "it is made of numbers that are worked out", shape=shape, dtype=dtype)


def _dtype(ev: Evaluator, value: SeqV) -> str | None:
    """The dtype of an array of numbers in a list: of reals where one of them is; None where one is not known."""
    sorts: set[str | None] = set()
    for lazy in value.items:
        item = ev.value(lazy)
        if isinstance(item, SeqV):
            sorts.add(_dtype(ev, item))
        elif isinstance(item, ConstV):
            sorts.add(PYTHON.get(type(item.value)))
        else:
            known = item.meaning if isinstance(item, TensorV) else item.tensor if isinstance(item, UnknownV) else None
            sorts.add(known.dtype if known is not None else None)
    if len(sorts) == 1:
        return sorts.pop()
    return "float" if sorts <= {"float", "int64", "bool"} and "float" in sorts else None


def own_shape(value: Value) -> Shape | None:
    """The shape of a tensor or a number, with all its dimensions; None where it is not known."""
    if isinstance(value, ConstV):
        return Shape(()) if isinstance(value.value, (bool, int, float)) else None
    meaning = value.meaning if isinstance(value, TensorV) else value.tensor if isinstance(value, UnknownV) else None
    return meaning.shape if meaning is not None and meaning.rank is not None and meaning.made_by != SETTING else None


def shape_of(ev: Evaluator, value: Value, deep: int = 0) -> Shape | None:
    """The shape of the array that is made of a value, as far as all its items agree; None where it is not known."""
    if not isinstance(value, SeqV):
        shape = own_shape(value)
        return as_item(shape) if deep else shape
    if value.sort not in ("list", "tuple") or not value.items or deep == len(MOST_ITEMS):
        return None
    if len(value.items) > MOST_ITEMS[deep]:
        return None
    inner = {shape_of(ev, ev.value(lazy), deep + 1) for lazy in value.items}
    shape = inner.pop()
    if inner or shape is None:
        return None
    count: Size = len(value.items) if value.complete else LENGTH
    return Shape((count, *shape.sizes))


def is_number(value: Value) -> bool:
    """Whether a value is one number, known or not."""
    if isinstance(value, ConstV):
        return isinstance(value.value, (bool, int, float))
    tensor = value.tensor if isinstance(value, UnknownV) else None
    return tensor is not None and tensor.rank == 0 and tensor.made_by != SETTING


def is_size(value: Value) -> bool:
    """Whether a value that is not known is one number, and no shape of several."""
    return isinstance(value, SizeV) or is_number(value)


def places(ev: Evaluator, value: SeqV) -> Meaning | None:
    """A list of places in a tensor, in unknown number, as the index that it is; None where it may hold other things."""
    if value.sort != "list" or not value.items:
        return None
    if not all(is_number(ev.value(lazy)) for lazy in value.items[: MOST_ITEMS[0]]):
        return None
    return Meaning(reason="places that are not known", shape=Shape((LENGTH,)), dtype="int64")


def drawn(ev: Evaluator, arguments: Bindings) -> Value | None:
    """`np.random.choice(n, size)`: places in an array, as many as were asked for."""
    size = arguments.get(1, "size")
    if size is None or not arguments.complete:
        return None
    asked = ev.value(size)
    shape: Shape | None = None
    if isinstance(asked, ConstV) and type(asked.value) is int:
        shape = Shape((asked.value,))
    elif is_size(asked):
        shape = Shape((LENGTH,))
    return TensorV(Meaning(reason="places that are drawn", shape=shape, dtype="int64" if shape else None))


def one_of(values: Sequence[Value], reason: str, open: Open | None = None, symbol: Hashable = None) -> UnknownV | None:
    """One of several numbers, which one is not known; None where one of them may be something else."""
    if not values or not all(map(is_number, values)):
        return None
    sorts = set(map(sort_of, values))
    number = some_number(reason).but(dtype=sorts.pop() if len(sorts) == 1 else None)
    among = [each for value in values for each in _written(value)]
    found = UnknownV(reason, open, symbol, tensor=number)
    if not all(map(_written, values)) or len(set(among)) > MOST_ITEMS[0]:
        return found
    return NumberV(found, tuple(sorted(set(among))))


def sort_of(value: Value) -> str | None:
    """The dtype of a number, None where it is not known."""
    if isinstance(value, ConstV):
        return PYTHON.get(type(value.value))
    return value.tensor.dtype if isinstance(value, UnknownV) and value.tensor is not None else None


def _written(value: Value) -> tuple[bool | int | float, ...]:
    """The numbers that a value may be, as the code writes them out."""
    if isinstance(value, ConstV) and isinstance(value.value, (bool, int, float)):
        return (value.value,)
    return value.among if isinstance(value, NumberV) else ()


def some_setting(reason: str) -> Meaning:
    """What is known of what a configuration says, which no tensor is: a number, wherever it is calculated with."""
    return Meaning(shape=Shape(()), made_by=SETTING, reason=reason)


def some_number(reason: str) -> Meaning:
    """What is known of a number of which the value is not: as a tensor it has no dimensions."""
    return Meaning(shape=Shape(()), reason=reason)

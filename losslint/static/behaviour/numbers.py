"""Functions that give one number: `int(x)`, `max(a, b)`, `random.randint(0, 1)`, `math.sqrt(n)`, `np.float32(x)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.static.behaviour.builtin import LARGEST, Builtin, first, unknown
from losslint.static.behaviour.rows import PYTHON, is_number, some_number
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.loops import items_of
from losslint.static.evaluation.values import Bindings, ConstV, NumberV, ObjectV, TensorV, UnknownV, Value, opened
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Numbers that are drawn from no more are told one by one.
MOST_DRAWN = 64


def _number(sort: type) -> Builtin:
    """A function that gives one number."""

    def give(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> UnknownV:
        what = f"what `{form.callee_name}` gives"
        number = some_number(what).but(dtype=PYTHON[sort])
        return UnknownV(what, symbol=("call", id(form), id(frame)), tensor=number)

    return give


def _drawn(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """`random.randint(0, 1)`: one of some whole numbers."""
    number = _number(int)(ev, arguments, form, frame)
    ends = [ev.value(lazy) for lazy in (arguments.get(0, "a"), arguments.get(1, "b")) if lazy is not None]
    first, *others = (end.value if isinstance(end, ConstV) else None for end in ends) if ends else (None,)
    last = others[0] if others else None
    if not isinstance(number, UnknownV) or not isinstance(first, int) or not isinstance(last, int):
        return number
    return NumberV(number, tuple(range(first, last + 1))) if 0 <= last - first < MOST_DRAWN else number


def _of_numpy(dtype: str) -> Builtin:
    """`np.float32(x)`: a number of a number, an array of an array."""

    def convert(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
        value = first(ev, arguments) or UnknownV("no number is given")
        reason = f"what `{form.callee_name}` gives"
        if isinstance(value, TensorV):
            return TensorV(value.meaning.but(dtype=dtype), value.open)
        number = some_number(reason) if is_number(value) else Meaning(reason=reason)
        return UnknownV(reason, opened(value), ("call", id(form), id(frame)), tensor=number.but(dtype=dtype))

    return convert


def _converted(function: type) -> Builtin:
    def convert(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
        value = first(ev, arguments)
        if isinstance(value, ConstV) and isinstance(value.value, (str, int, float)) and len(str(value.value)) < LARGEST:
            try:
                return ConstV(function(value.value))
            except (TypeError, ValueError, OverflowError):
                pass
        if function is str and isinstance(value, ObjectV) and lookup.loss_by_module(value.name) is not None:
            return ConstV(f"{value.name.rpartition('.')[2]}()")
        # Whichever number it is, as a tensor it has no dimensions.
        number = None
        if function is not str:
            number = some_number("a number that is not known").but(dtype=PYTHON.get(function))
        among = _among(value, function)
        if among:
            one = UnknownV("a number that is not known", symbol=("call", id(form), id(frame)), tensor=number)
            return NumberV(one, among)
        if isinstance(value, UnknownV):
            of_it = ("converted", function.__name__, value.symbol) if value.symbol else None
            return UnknownV(value.reason, value.open, of_it, tensor=number)
        return UnknownV("a conversion that is not known", opened(value), ("call", id(form), id(frame)), tensor=number)

    return convert


def _among(value: Value | None, function: type) -> tuple[int | float | bool, ...]:
    """The numbers that one of several becomes: 0 and 1 of a comparison."""
    if function not in (int, float):
        return ()
    if isinstance(value, NumberV):
        return tuple(sorted({function(number) for number in value.among}))
    compared = value.tensor if isinstance(value, UnknownV) else None
    return (function(0), function(1)) if compared is not None and compared.kind is Kind.BOOLEAN else ()


def _extreme(function: Callable[..., object]) -> Builtin:
    def convert(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
        values = [ev.value(lazy) for lazy in arguments.positional]
        numbers = [
            value.value for value in values if isinstance(value, ConstV) and isinstance(value.value, (int, float))
        ]
        if len(numbers) == len(values) >= 2 and not arguments.keywords:
            return ConstV(function(*numbers))
        number = some_number("a number that is not known") if len(values) >= 2 and all(map(is_number, values)) else None
        return UnknownV("a number that is not known", symbol=("call", id(form), id(frame)), tensor=number)

    return convert


def _abs(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    value = first(ev, arguments)
    if isinstance(value, ConstV) and isinstance(value.value, (int, float)):
        return ConstV(abs(value.value))
    from losslint.contracts.lookup import operation_by_name
    from losslint.static.behaviour.tensors import operate

    operation = operation_by_name("abs")
    if operation is None or not isinstance(value, (TensorV, UnknownV)):
        return unknown("an absolute value that is not known", form, frame, value)
    return operate(ev, operation, "`abs`", arguments, form, frame, None)


def _sum(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """A sum of tensors is a sum; of numbers it is a number that nobody needs."""
    value = first(ev, arguments)
    items = items_of(ev, value) if value is not None else None
    if not items:
        return unknown("a sum that is not known", form, frame, value)
    from losslint.contracts.transfer import binary
    from losslint.static.behaviour.tensors import plain

    total: object = plain(ev, ev.value(items[0]), True)
    for lazy in items[1:]:
        total = binary("+", total, plain(ev, ev.value(lazy), True))
    return TensorV(total) if isinstance(total, Meaning) else unknown("a sum that is not known", form, frame, value)


NUMBERS: dict[str, Builtin] = {
    "random.randint": _drawn,
    "random.randrange": _number(int),
    **{f"random.{name}": _number(float) for name in ("random", "uniform", "gauss")},
    **{f"math.{name}": _number(float) for name in ("exp", "log", "sqrt", "pow", "cos", "sin", "tanh")},
    **{f"math.{name}": _number(int) for name in ("floor", "ceil")},
    **{f"numpy.{name}": _of_numpy(name) for name in ("float32", "float64", "int32", "int64")},
    "builtins.int": _converted(int),
    "builtins.float": _converted(float),
    "builtins.str": _converted(str),
    "builtins.bool": _converted(bool),
    "builtins.min": _extreme(min),
    "builtins.max": _extreme(max),
    "builtins.abs": _abs,
    "builtins.sum": _sum,
}

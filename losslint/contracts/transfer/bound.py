"""A call's arguments bound to an operation's parameters, and what a rule asks of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from losslint.contracts.schema import Operation
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning, unknown
from losslint.vocabulary.observations import UNSETTLED
from losslint.vocabulary.shapes import Shape, Size

#: Larger integers are no longer told apart as floats.
_LARGEST = 2**53

#: What stands for a device whose name is not known, where UNSETTLED would leave open that it is a dtype.
SOME_DEVICE = "device"


class SomeSize(Enum):
    """What stands for one whole number that is not known, where UNSETTLED would leave open that it is a whole shape."""

    SOME_SIZE = "some size"


SOME_SIZE: Final = SomeSize.SOME_SIZE

_DTYPES = {
    "half": "float16",
    "float": "float32",
    "double": "float64",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "FloatTensor": "float32",
    "HalfTensor": "float16",
    "BFloat16Tensor": "bfloat16",
    "DoubleTensor": "float64",
    "LongTensor": "int64",
    "IntTensor": "int32",
    "ShortTensor": "int16",
    "CharTensor": "int8",
    "ByteTensor": "uint8",
    "BoolTensor": "bool",
}
_NAMES = frozenset({"float16", "bfloat16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"})


def dtype_name(value: object) -> str | None:
    """The dtype that a value names (`"torch.long"`, `"torch.cuda.FloatTensor"`), without `torch.`; None for others."""
    if value is float:
        return "float"
    if value is int:
        return "int64"
    if value is bool:
        return "bool"
    if not isinstance(value, str) or not value.startswith("torch."):
        return None
    name = value.rpartition(".")[2]
    return _DTYPES.get(name, name if name in _NAMES else None)


def device_name(value: object) -> str | None:
    """The device that a value names (`"cuda:0"`, `0`); None when it is not known."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return f"cuda:{value}"
    return value if isinstance(value, str) and value != SOME_DEVICE and not value.startswith("torch.") else None


def number(value: object) -> float | None:
    """A Python number as one; booleans count. A tensor of which every element is the same number counts as well."""
    if isinstance(value, float):
        return value
    if isinstance(value, int):
        return float(value) if abs(value) < _LARGEST else None
    if isinstance(value, Meaning) and value.kind is Kind.CONSTANT and value.bounds is not None:
        low, high = value.bounds
        return low if low == high else None
    return None


def integer(value: object) -> int | None:
    """A Python integer as one."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def as_size(value: object) -> Size:
    """A size as it was given: a number, a symbol, or None for what is not known."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if value >= 0 else None
    return value if isinstance(value, str) and not value.startswith("torch.") else None


def as_sequence(value: object) -> tuple[object, ...] | None:
    """The elements of a tuple or a list; None for anything else."""
    return tuple(value) if isinstance(value, tuple | list) else None


@dataclass(slots=True)
class Bound:
    """An operation with its arguments: the tensors by position, everything else by name."""

    operation: Operation
    tensors: tuple[object, ...]
    settings: dict[str, object] = field(default_factory=dict)
    #: Whether the values of a `"*size"` came as one sequence.
    from_sequence: bool = False

    @property
    def first(self) -> Meaning:
        """The meaning of the first tensor."""
        return self.tensor(0)

    def tensor(self, position: int) -> Meaning:
        """The meaning of a tensor argument; of a number given in its place, the meaning of that constant."""
        value = self.tensors[position] if position < len(self.tensors) else UNSETTLED
        return lifted(value)

    def given(self, name: str) -> bool:
        """Whether the call gives a parameter."""
        return name in self.settings

    def setting(self, name: str) -> object:
        """A parameter as given, or its default."""
        if name in self.settings:
            return self.settings[name]
        return self.operation.defaults.get(name)

    def dtype(self) -> str | None:
        """The dtype that the call asks for; None when it asks for none or for one that is not known."""
        return dtype_name(self.setting("dtype"))

    def dtype_asked(self) -> bool:
        """Whether the call asks for a dtype, known or not."""
        return self.setting("dtype") is not None


#: How the kind of a result follows from the arguments, and from the first tensor as it is placed in the result.
Derivation = Callable[[Bound, Meaning], Meaning]


def starts_anew(bound: Bound) -> bool:
    """Whether the result is a tensor that gradients are collected for, whatever it was made from."""
    asked = bound.setting("requires_grad")
    if bound.operation.name in ("Parameter", "requires_grad_"):
        return asked is not False
    return asked is not None and asked is not False


def lifted(value: object) -> Meaning:
    """A meaning for what is used where a tensor may stand: tensors as they are, numbers as constants without shape."""
    if isinstance(value, Meaning):
        return value
    if isinstance(value, bool):
        return Meaning(Kind.CONSTANT, dtype="bool", shape=Shape(()), bounds=(float(value), float(value)))
    if isinstance(value, int | float):
        dtype = "int64" if isinstance(value, int) else "float"
        constant = number(value)
        bounds = None if constant is None else (constant, constant)
        return Meaning(Kind.CONSTANT, dtype=dtype, shape=Shape(()), bounds=bounds)
    return unknown("its value is not known")


def bind(operation: Operation, arguments: Sequence[object], keywords: Mapping[str, object]) -> Bound:
    """Bind a call's arguments as Python would, leaving out what does not fit."""
    left = dict(keywords)
    rest = list(arguments)
    tensors: list[object] = []
    for position in range(operation.tensors):
        name = operation.names[position] if position < len(operation.names) else ""
        if rest:
            tensors.append(rest.pop(0))
        elif name in left:
            tensors.append(left.pop(name))
        elif position == 0 and "self" in left:
            tensors.append(left.pop("self"))
        else:
            break
    settings: dict[str, object] = {}
    from_sequence = False
    for parameter in operation.parameters:
        if parameter.startswith("*"):
            name = parameter[1:]
            if len(rest) == 1 and isinstance(rest[0], tuple | list):
                settings[name] = tuple(rest[0])
                from_sequence = True
            elif rest:
                settings[name] = tuple(rest)
            rest = []
        elif rest:
            settings[parameter] = rest.pop(0)
    for name, value in left.items():
        settings[_SAME_KEYWORD.get(name, name) if name not in operation.parameters else name] = value
    return Bound(operation, tuple(tensors), settings, from_sequence)


# torch takes numpy's names for some of its own.
_SAME_KEYWORD = {"axis": "dim", "axes": "dims", "keepdims": "keepdim", "axis0": "dim0", "axis1": "dim1"}

"""Conditions on the dtype of a tensor: `labels.dtype == torch.long`, `x.is_floating_point()`."""

from __future__ import annotations

from losslint.contracts.transfer.dtypes import category, is_float
from losslint.static.behaviour.tensors import dtype_name
from losslint.static.evaluation.values import ConstV, ExternalV, MethodV, TensorV, Value
from losslint.vocabulary.meaning import Meaning

#: Dtypes of which only the family is known.
FAMILIES = frozenset({"float", "int"})

#: What asks for the family: `x.is_floating_point()`, and the function.
ASKING_METHOD = "is_floating_point"
ASKING_FUNCTION = "torch.is_floating_point"


def compared(operator: str, left: Value, right: Value) -> bool | None:
    """A comparison of two dtypes, where the outcome is known."""
    if operator not in ("==", "!=", "is", "is not"):
        return None
    one, other = _dtype(left), _dtype(right)
    if one is None or other is None:
        return None
    same = _same(one, other)
    return same if same is None or operator in ("==", "is") else not same


def among(operator: str, left: Value, right: list[Value]) -> bool | None:
    """Whether a dtype is one of several, where the outcome is known: `x.dtype in (torch.float16, torch.bfloat16)`."""
    one, others = _dtype(left), [_dtype(each) for each in right]
    if one is None or operator not in ("in", "not in"):
        return None
    found = [_same(one, other) if other is not None else None for other in others]
    is_in = True if True in found else None if None in found else False
    return is_in if is_in is None or operator == "in" else not is_in


def is_floating(tensor: Value) -> ConstV | None:
    """Whether a tensor holds floating point numbers, None where that is not known."""
    known = is_float(tensor.meaning) if isinstance(tensor, TensorV) else None
    return ConstV(known) if known is not None else None


def _dtype(value: Value) -> str | None:
    if isinstance(value, ExternalV):
        return dtype_name(value.name)
    if isinstance(value, MethodV) and value.name == "dtype" and isinstance(value.receiver, TensorV):
        return _of(value.receiver.meaning)
    return None


def _of(meaning: Meaning) -> str | None:
    if meaning.dtype is not None:
        return meaning.dtype
    return "float" if is_float(meaning) else None


def _same(one: str, other: str) -> bool | None:
    if category(one) != category(other):
        return False
    if one in FAMILIES or other in FAMILIES:
        return None
    return one == other

"""What dtype a result has: torch's promotion, as far as the dtypes and ranks that are known decide it."""

from __future__ import annotations

from losslint.contracts.transfer.bound import Bound, as_sequence, dtype_name
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import FLOATS, INTEGERS, Meaning
from losslint.vocabulary.shapes import Shape

_FLOAT_ORDER = ("float16", "float32", "float64")
_SIGNED = ("int8", "int16", "int32", "int64")

#: Kinds that only floating tensors have, whatever else is known of them.
FLOATING_KINDS = frozenset(
    {
        Kind.LOGITS,
        Kind.PROBABILITIES,
        Kind.LOG_PROBABILITIES,
        Kind.SIGMOID,
        Kind.LOG_SIGMOID,
        Kind.TANH,
        Kind.LOG,
        Kind.NORMALISED,
        Kind.COSINE,
    }
)


def is_float(meaning: Meaning) -> bool | None:
    """Whether a tensor is floating, from its dtype or else from its kind; None when neither says."""
    if meaning.dtype is not None:
        return meaning.is_floating
    return True if meaning.kind in FLOATING_KINDS else None


def category(dtype: str | None) -> int | None:
    """0 for bool, 1 for integers, 2 for floats."""
    if dtype is None:
        return None
    return 0 if dtype == "bool" else 1 if dtype in INTEGERS else 2 if dtype in FLOATS else None


def promoted(one: Meaning, other: Meaning) -> str | None:
    """The dtype of an arithmetic result of two tensors or numbers. A Python number is a constant without shape."""
    a, b = one.dtype, other.dtype
    if a is None or b is None:
        # A float makes the result a float, whatever the other is (complex numbers are no concern here).
        return "float" if is_float(one) or is_float(other) else None
    if a == b:
        return a
    low, high = category(a), category(b)
    if low is None or high is None:
        return None
    if low != high:
        winner, loser = (one, other) if low > high else (other, one)
        if winner.rank == 0 and loser.rank != 0:
            # A number decides the category only: the dtype of that category is the default one.
            return "float" if category(winner.dtype) == 2 else ("int64" if winner.dtype == "int64" else "int")
        if winner.rank is None:
            return "float" if category(winner.dtype) == 2 else "int"
        return winner.dtype
    if one.rank == 0 or other.rank == 0:
        if one.rank is not None and other.rank is not None and one.rank != other.rank:
            return a if other.rank == 0 else b
        if one.rank is None or other.rank is None:
            return "float" if low == 2 else "int"
    if one.rank is None or other.rank is None:
        return "float" if low == 2 else "int"
    return _within(a, b)


def _within(a: str, b: str) -> str:
    if a in _FLOAT_ORDER and b in _FLOAT_ORDER:
        return max(a, b, key=_FLOAT_ORDER.index)
    if a in FLOATS:
        if {a, b} == {"bfloat16", "float16"}:
            return "float32"
        if "bfloat16" in (a, b) and "float" not in (a, b):
            return b if a == "bfloat16" else a
        return "float"
    if a in _SIGNED and b in _SIGNED:
        return max(a, b, key=_SIGNED.index)
    if "uint8" in (a, b) and "int" not in (a, b):
        other = b if a == "uint8" else a
        return "int16" if other == "int8" else other
    return "int"


def floated(meaning: Meaning) -> str | None:
    """The dtype of a function that only gives floats."""
    if meaning.dtype is None:
        return "float"
    return meaning.dtype if meaning.dtype in FLOATS else "float"


def result(bound: Bound) -> str | None:
    """The dtype of an operation's result, by the operation's rule."""
    first, rule = bound.first, bound.operation.dtype
    if rule == "same":
        return first.dtype
    if rule == "asked":  # the dtype that is asked for, or that of the tensor
        return bound.dtype() if bound.dtype_asked() else first.dtype
    if rule == "float":  # the dtype that is asked for, or a float
        return bound.dtype() if bound.dtype_asked() else floated(first)
    if rule == "factory":  # the dtype that is asked for, or the default one
        return bound.dtype() if bound.dtype_asked() else "float"
    if rule == "sum":  # integers are added up in int64
        if bound.dtype_asked():
            return bound.dtype()
        return {0: "int64", 1: "int64"}.get(category(first.dtype) or 0, first.dtype) if first.dtype else None
    if rule == "weighted":  # the weights are floats, and integers beside them raise
        return first.dtype if first.dtype in FLOATS else None
    if rule == "promote":
        return promoted(first, bound.tensor(1))
    if rule == "divide":
        return _quotient(bound)
    if rule == "number":  # of the Python numbers that are given, or what is asked for
        return _of_numbers(bound)
    if rule == "limits":  # a float limit makes integers floats
        limits = (bound.setting("min"), bound.setting("max"))
        if any(isinstance(one, float) for one in limits) and first.dtype not in FLOATS:
            return "float" if first.dtype is not None else None
        if first.dtype == "bool":
            return "int64"
        return first.dtype if all(one is None or isinstance(one, int | float) for one in limits) else _family(first)
    if rule == "power":
        return "int64" if first.dtype == "bool" else first.dtype
    if rule == "permutation":
        return bound.dtype() if bound.dtype_asked() else "int64"
    if rule == "truth":
        return {"uint8": "uint8", "int": None, None: None}.get(first.dtype, "bool")
    if rule == "where":
        return (
            promoted(bound.tensor(1), bound.tensor(2))
            if bound.operation.name == "where"
            else promoted(first, bound.tensor(2))
        )
    if rule in ("joined", "operands"):
        return _joined(bound, rule)
    if rule == "counts":  # of weights that are added up the sums
        return "int64" if bound.setting("weights") is None else None
    if rule == "second":
        return bound.tensor(1).dtype
    if rule == "none":
        return None
    return rule


def _family(meaning: Meaning) -> str | None:
    """Only the family of a dtype."""
    found = category(meaning.dtype)
    return None if found is None else ("bool", "int", "float")[found]


def _joined(bound: Bound, rule: str) -> str | None:
    """The dtype of several tensors in one: they are promoted as tensors, whatever their ranks."""
    given = bound.setting("operands") if rule == "operands" else bound.tensors[0] if bound.tensors else None
    sequence = as_sequence(given)
    if sequence is None:
        return given.dtype if isinstance(given, Meaning) else None
    found: Meaning | None = None
    for one in sequence:
        if not isinstance(one, Meaning):
            return None
        # With any rank but 0, so that the dtypes alone decide.
        ranked = one.but(shape=Shape((None,)), kind=Kind.UNKNOWN if one.dtype is None else one.kind)
        found = ranked if found is None else found.but(dtype=promoted(found, ranked))
    return found.dtype if found is not None else None


def _quotient(bound: Bound) -> str | None:
    if bound.setting("rounding_mode") is not None:
        return promoted(bound.first, bound.tensor(1))
    dtype = promoted(bound.first, bound.tensor(1))
    return dtype if dtype in FLOATS else "float"


def _of_numbers(bound: Bound) -> str | None:
    if bound.dtype_asked():
        return bound.dtype()
    values = [bound.setting(name) for name in ("start", "end", "step", "fill_value")]
    given = [value for value in values if value is not None]
    if any(isinstance(value, float) for value in given):
        return "float"
    if all(isinstance(value, bool) for value in given):
        return "bool" if bound.operation.name != "arange" else "int64"
    return "int64" if all(isinstance(value, int | str) for value in given) else None


def converted(bound: Bound) -> str | None:
    """The dtype that `.to(…)`, `.type(…)` and kin leave."""
    first = bound.first
    asked = bound.setting("dtype")
    if asked is not None:
        return dtype_name(asked)
    known: str | None = first.dtype
    for value in _targets(bound):
        if isinstance(value, Meaning):
            return value.dtype
        if isinstance(value, str):
            named = dtype_name(value)
            if named is not None:
                return named
            if value.startswith("torch."):
                return None
        elif value is float or value is int or value is bool:
            return dtype_name(value)
        elif not isinstance(value, int) and value is not None:
            known = None  # a device or a dtype: nobody knows
    return known


def _targets(bound: Bound) -> tuple[object, ...]:
    value = bound.setting("target")
    return value if isinstance(value, tuple) else (value,)

"""Functions of one tensor, element by element: logarithms, powers, cuts, casts."""

from __future__ import annotations

import math
from typing import Final

from losslint.contracts.transfer import values
from losslint.contracts.transfer.bound import Bound, Derivation, number
from losslint.contracts.transfer.complements import opposite, scores_of
from losslint.contracts.transfer.dtypes import FLOATING_KINDS
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import CUT_SCORES, Meaning

_INFINITY = math.inf


def _log(bound: Bound, moved: Meaning) -> Meaning:
    base = {"log2": math.log(2.0), "log10": math.log(10.0)}.get(bound.operation.name, 1.0)
    known = values.constant_value(moved)
    if known is not None:
        return values.constant(math.log(known) / base if known > 0 else -_INFINITY if known == 0 else math.nan, moved)
    low, high = values.bounds_of(moved)
    within = (
        (math.log(low) if low > 0 else -_INFINITY) / base,
        (math.log(high) if 0 < high < _INFINITY else _INFINITY) / base,
    )
    of_probability = {Kind.PROBABILITIES: Kind.LOG_PROBABILITIES, Kind.SIGMOID: Kind.LOG_SIGMOID}.get(moved.kind)
    if of_probability is not None and moved.factor is None:
        return moved.but(
            kind=of_probability,
            bounds=(-_INFINITY, min(0.0, within[1])) if within[1] < values.TINY else values.bounds(*within),
            factor=None if base == 1.0 else 1.0 / base,
            made_by=_over("log", moved),
            identity=None,
            scores=scores_of(bound.first),
        )
    if moved.kind is Kind.UNKNOWN:
        return moved.but(bounds=values.bounds(*within), identity=None)
    # What the logarithm was taken of says whether it can be a divergence's input.
    return values.plain(moved, Kind.LOG, within).but(made_by="log", source=moved.but(source=None))


def _over(name: str, moved: Meaning) -> str:
    return f"{name} of {moved.made_by}" if moved.made_by else name


def _log1p(bound: Bound, moved: Meaning) -> Meaning:
    if moved.kind is Kind.SIGMOID and moved.factor == -1:
        # log(1 - p), and 1 - p is a sigmoid as well.
        made_by, scores = _over("log1p", moved), opposite(scores_of(moved))
        return moved.but(kind=Kind.LOG_SIGMOID, factor=None, bounds=(-_INFINITY, 0.0), made_by=made_by, scores=scores)
    if moved.kind is Kind.UNKNOWN:
        return moved.but(bounds=None, identity=None)
    low, high = values.bounds_of(moved)
    within = (math.log1p(low) if low > -1 else -_INFINITY, math.log1p(high) if high > -1 else _INFINITY)
    if low >= 0:
        return values.plain(moved, Kind.NON_NEGATIVE, within).but(made_by="log1p")
    return values.plain(moved, Kind.LOG, within).but(made_by="log1p")


def _exp(bound: Bound, moved: Meaning) -> Meaning:
    known = values.constant_value(moved)
    if known is not None:
        return values.constant(_exponential(known), moved)
    low, high = values.bounds_of(moved)
    within = (_exponential(low), _exponential(high))
    of_logarithm = {Kind.LOG_PROBABILITIES: Kind.PROBABILITIES, Kind.LOG_SIGMOID: Kind.SIGMOID}.get(moved.kind)
    if of_logarithm is not None:
        if moved.factor is None:
            return moved.but(kind=of_logarithm, bounds=(0.0, 1.0), made_by=_over("exp", moved), identity=None)
        return values.plain(moved, Kind.NON_NEGATIVE, within).but(made_by="exp")
    if moved.kind is Kind.UNKNOWN:
        return moved.but(bounds=within, identity=None)
    return values.plain(moved, Kind.NON_NEGATIVE, within).but(made_by="exp")


def _exponential(exponent: float) -> float:
    if exponent == -_INFINITY:
        return 0.0
    try:
        return math.exp(exponent)
    except OverflowError:
        return _INFINITY


def _expm1(bound: Bound, moved: Meaning) -> Meaning:
    if moved.kind is Kind.UNKNOWN:
        return moved.but(bounds=(-1.0, _INFINITY), identity=None)
    return values.plain(moved, Kind.REAL, (-1.0, _INFINITY))


def _relu(bound: Bound, moved: Meaning) -> Meaning:
    if values.bounds_of(moved)[0] >= 0 and moved.kind is not Kind.UNKNOWN:
        return moved.but(identity=None)
    high = max(values.bounds_of(moved)[1], 0.0)
    source = moved.but(source=None) if moved.kind is Kind.LOGITS else None
    return Meaning(Kind.NON_NEGATIVE, bounds=(0.0, high), made_by=bound.operation.name, source=source)


def _neg(bound: Bound, moved: Meaning) -> Meaning:
    return values.times(moved, -1.0).but(identity=opposite(bound.first.identity))


def _abs(bound: Bound, moved: Meaning) -> Meaning:
    low, high = values.bounds_of(moved)
    if low >= 0:
        return moved.but(identity=None)
    known = values.constant_value(moved)
    if known is not None:
        return values.constant(abs(known), moved)
    within = (0.0 if low <= 0 <= high else min(abs(low), abs(high)), max(abs(low), abs(high)))
    return values.plain(moved, Kind.NON_NEGATIVE, within).but(made_by="abs")


def _square(bound: Bound, moved: Meaning) -> Meaning:
    return values.raised(moved, 2.0)


def _pow(bound: Bound, moved: Meaning) -> Meaning:
    if isinstance(bound.tensors[0] if bound.tensors else None, Meaning):
        return values.raised(moved, number(bound.tensors[1] if len(bound.tensors) > 1 else None))
    base = number(bound.tensors[0]) if bound.tensors else None
    if base is not None and base > 0:
        return values.plain(bound.tensor(1), Kind.NON_NEGATIVE, (0.0, _INFINITY))
    return values.lost("a power that is not known", bound.tensor(1))


def _sqrt(bound: Bound, moved: Meaning) -> Meaning:
    return values.raised(moved, 0.5).but(made_by="sqrt", source=moved.but(source=None))


def _reciprocal(bound: Bound, moved: Meaning) -> Meaning:
    return values.divided(values.constant(1.0), moved)


def _rounded(bound: Bound, moved: Meaning) -> Meaning:
    if moved.kind in PROBABILITY_KINDS and moved.factor is None:
        return values.plain(moved, Kind.BOOLEAN, (0.0, 1.0)).but(source=moved.but(source=None))
    if moved.kind in values.TWO_VALUED or moved.kind in (Kind.CLASS_INDEX, Kind.COUNT):
        return moved.but(identity=None)
    low, high = values.bounds_of(moved)
    within = (math.floor(low) if math.isfinite(low) else low, math.ceil(high) if math.isfinite(high) else high)
    if moved.kind is Kind.UNKNOWN:
        return moved.but(bounds=values.bounds(*within), identity=None)
    return values.plain(moved, Kind.REAL, within)


def _sign(bound: Bound, moved: Meaning) -> Meaning:
    if values.bounds_of(moved)[0] >= 0:
        return values.plain(moved, Kind.BOOLEAN, (0.0, 1.0))
    if moved.kind in FLOATING_KINDS or moved.kind is Kind.REAL or moved.kind is Kind.SIGNS:
        # A real number is next to never 0.
        return values.plain(moved, Kind.SIGNS, (-1.0, 1.0)).but(made_by="sign")
    return values.lost("the signs of something not known", moved, within=(-1.0, 1.0))


def _clamp(bound: Bound, moved: Meaning) -> Meaning:
    low, high = bound.setting("min"), bound.setting("max")
    for value in (low, high):
        if value is not None and number(value) is None:
            if moved.kind in PROBABILITY_KINDS | LOG_PROBABILITY_KINDS | {Kind.CLASS_INDEX, Kind.COUNT}:
                made_by = f"clamp of {moved.made_by}" if moved.made_by else ""
                return moved.but(bounds=None, made_by=made_by, identity=None)
            return values.lost("clamped to limits that are not known", moved)
    result = values.clamped(moved, number(low), number(high))
    if result.kind not in (Kind.CLAMPED, Kind.NON_NEGATIVE) or result.kind is moved.kind:
        return result
    if moved.kind is not Kind.LOGITS:
        return result.but(made_by="clamp")
    # The step that counts is this one, not what made the scores.
    if result.kind is Kind.NON_NEGATIVE:
        return result.but(made_by=CUT_SCORES, source=moved.but(source=None), trail=None)
    return result.but(made_by="clamp", trail=None)


def _hardtanh(bound: Bound, moved: Meaning) -> Meaning:
    low, high = number(bound.setting("min_val")), number(bound.setting("max_val"))
    within = (low, high) if low is not None and high is not None else None
    return Meaning(Kind.CLAMPED, bounds=within, made_by=bound.operation.name)


def _dropout(bound: Bound, moved: Meaning) -> Meaning:
    low, high = values.bounds_of(moved)
    if moved.kind in (Kind.CONSTANT, Kind.NORMALISED, Kind.SIGNS, Kind.CLAMPED):
        return values.plain(moved, Kind.REAL)
    if moved.kind in values.TWO_VALUED or moved.kind in (Kind.COUNT, Kind.CLASS_INDEX):
        return values.plain(moved, Kind.NON_NEGATIVE, (0.0, _INFINITY))
    if moved.kind in PROBABILITY_KINDS | LOG_PROBABILITY_KINDS:
        moved = moved.but(dim=None, scores=None)
    # What is left is scaled up, by how much is the caller's choice.
    within = values.bounds(0.0 if low >= 0 else -_INFINITY, 0.0 if high <= 0 else _INFINITY)
    return moved.but(bounds=within, identity=None)


def _nan_to_num(bound: Bound, moved: Meaning) -> Meaning:
    return moved.but(bounds=None if moved.kind in values.UNBOUNDED else moved.bounds, identity=None)


def _cast(bound: Bound, moved: Meaning) -> Meaning:
    """Another dtype keeps what is meant; of real numbers only the whole part is left in an integer."""
    first = bound.first
    if moved.dtype == "bool" and first.dtype != "bool" and first.kind is not Kind.BOOLEAN:
        return values.plain(moved, Kind.BOOLEAN, (0.0, 1.0))
    if moved.is_integral and first.kind in FLOATING_KINDS | {Kind.REAL, Kind.CLAMPED, Kind.NON_NEGATIVE}:
        low, high = values.bounds_of(moved)
        within = (math.floor(low) if math.isfinite(low) else low, math.ceil(high) if math.isfinite(high) else high)
        # Numbers at even distances are what they were made as where they are whole: `torch.arange(0, 5, 1 / k).long()`.
        counted = first.kind is Kind.REAL and first.made_by == "arange"
        return values.plain(moved, Kind.CLASS_INDEX if counted else Kind.REAL, within)
    return moved


RULES: Final[dict[str, Derivation]] = {
    "log": _log,
    "log2": _log,
    "log10": _log,
    "log1p": _log1p,
    "exp": _exp,
    "expm1": _expm1,
    "relu": _relu,
    "neg": _neg,
    "abs": _abs,
    "square": _square,
    "pow": _pow,
    "sqrt": _sqrt,
    "reciprocal": _reciprocal,
    "round": _rounded,
    "floor": _rounded,
    "ceil": _rounded,
    "trunc": _rounded,
    "sign": _sign,
    "clamp": _clamp,
    "clamp_min": _clamp,
    "clamp_max": _clamp,
    "hardtanh": _hardtanh,
    "relu6": _hardtanh,
    "dropout": _dropout,
    "feature_dropout": _dropout,
    "nan_to_num": _nan_to_num,
    "to": _cast,
    "cast": _cast,
    "float": _cast,
    "double": _cast,
    "half": _cast,
    "bfloat16": _cast,
    "long": _cast,
    "int": _cast,
    "short": _cast,
    "char": _cast,
    "byte": _cast,
    "bool": _cast,
    "type": _cast,
    "type_as": _cast,
}

"""Tensors of which some elements, or all, are set to a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from losslint.contracts.transfer import values
from losslint.contracts.transfer.bound import Bound, Derivation, number
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import MASKED_OUT, Meaning


def filled(meaning: Meaning, filling: float | None) -> Meaning:
    """Values of which some were replaced by a number."""
    kind = meaning.kind
    if filling is None:
        if kind in values.UNBOUNDED:
            return meaning.but(bounds=None, identity=None)
        return values.lost("filled with a value that is not known", meaning)
    meaning = values.sifted(meaning)
    low, high = values.bounds_of(meaning)
    within = values.bounds(min(low, filling), max(high, filling))
    if kind in values.UNBOUNDED or kind is Kind.UNKNOWN:
        # Scores of which some were set to 0 or 1 by hand may hold nothing else in the end.
        maker = meaning.made_by if filling <= MASKED_OUT else ""
        return meaning.but(bounds=within, identity=None, made_by=maker)
    if kind is Kind.CLASS_INDEX and filling.is_integer():
        return meaning.but(bounds=within if meaning.bounds is not None else None, identity=None)
    if kind in LOG_PROBABILITY_KINDS and filling <= 0:
        return meaning.but(bounds=within, dim=None, identity=None)
    if kind is Kind.COSINE:
        # The diagonal of a similarity matrix that is masked out.
        return meaning.but(bounds=within, identity=None)
    if kind in PROBABILITY_KINDS and filling <= MASKED_OUT:
        # Probabilities in the other places, masked out as if they were scores.
        return meaning.but(bounds=within, dim=None, identity=None, scores=None)
    if kind in values.TWO_VALUED:
        if filling in values.bounds_of(meaning):
            return meaning.but(kind=Kind.MULTI_HOT if kind is Kind.ONE_HOT else kind, dim=None, identity=None)
        if kind is Kind.BOOLEAN and filling == -1:
            return values.plain(meaning, Kind.REAL, within)
    elif low <= filling <= high:
        if kind is Kind.NORMALISED:
            return values.plain(meaning, Kind.REAL, within)
        return meaning.but(dim=None if kind is Kind.PROBABILITIES else meaning.dim, identity=None)
    if kind is Kind.CONSTANT:
        known = values.constant_value(meaning)
        if known is not None and {known, filling} == {0.0, 1.0}:
            return values.plain(meaning, Kind.BOOLEAN, (0.0, 1.0))
        if known is not None and {known, filling} == {-1.0, 1.0}:
            return values.plain(meaning, Kind.SIGNS, (-1.0, 1.0))
    if kind is Kind.NON_NEGATIVE or kind is Kind.CLAMPED or kind is Kind.TANH:
        return values.plain(meaning, Kind.REAL, (min(low, filling), max(high, filling)))
    return values.lost("some of its elements were replaced", meaning, within=(min(low, filling), max(high, filling)))


def _masked_fill(bound: Bound, moved: Meaning) -> Meaning:
    return filled(moved, number(bound.setting("value")))


def _zero(bound: Bound, moved: Meaning) -> Meaning:
    return values.constant(0.0, Meaning(made_by=bound.operation.name))


def _fill(bound: Bound, moved: Meaning) -> Meaning:
    known = number(bound.setting("value") if bound.given("value") else bound.setting("fill_value"))
    return Meaning(Kind.CONSTANT, bounds=None if known is None else (known, known), made_by=bound.operation.name)


def _one_number(number_: float) -> Callable[[Bound, Meaning], Meaning]:
    def rule(bound: Bound, moved: Meaning) -> Meaning:
        return Meaning(Kind.CONSTANT, bounds=(number_, number_), made_by=bound.operation.name)

    return rule


RULES: Final[dict[str, Derivation]] = {
    "masked_fill": _masked_fill,
    "index_fill": _masked_fill,
    "fill_diagonal_": _masked_fill,
    "zero_": _zero,
    "fill_": _fill,
    "full": _fill,
    "full_like": _fill,
    "new_full": _fill,
    "zeros": _one_number(0.0),
    "ones": _one_number(1.0),
    "zeros_like": _one_number(0.0),
    "ones_like": _one_number(1.0),
    "new_zeros": _one_number(0.0),
    "new_ones": _one_number(1.0),
}

"""What adds up along a dimension: means, sums, extremes, norms, pooling."""

from __future__ import annotations

import math
from typing import Final

from losslint.contracts.transfer import values
from losslint.contracts.transfer.bound import Bound, Derivation
from losslint.contracts.transfer.placed import same_dimension
from losslint.contracts.transfer.selections import reduced_dims
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import Meaning

_INFINITY = math.inf


def _along(bound: Bound) -> bool | None:
    """Whether a reduction runs along the dimension that the kind speaks of; None when that is not known."""
    dims, first = reduced_dims(bound), bound.first
    if dims is None:
        return None
    if not dims:
        return True
    if first.dim is None:
        return None
    answers = {same_dimension(first, first.dim, dim) for dim in dims}
    return True if True in answers else None if None in answers else False


def _mean(bound: Bound, moved: Meaning) -> Meaning:
    return averaged(bound.first, moved, _along(bound))


def averaged(first: Meaning, moved: Meaning, along: bool | None) -> Meaning:
    """An average of values, along the dimension that their kind speaks of or along another."""
    kind = first.kind
    low, high = values.bounds_of(first)
    if kind in (Kind.LOGITS, Kind.REAL, Kind.CONSTANT):
        return moved.but(identity=None)
    # No activation of averaged scores gives an average of activations: what made it has to say so.
    made_by = f"mean of {first.made_by}" if first.made_by else ""
    if kind in (Kind.SIGMOID, Kind.NON_NEGATIVE, Kind.CLAMPED):
        return moved.but(made_by=made_by, identity=None, scores=None)
    if kind in (Kind.PROBABILITIES, Kind.ONE_HOT):
        if along is False:
            return moved.but(kind=Kind.PROBABILITIES, made_by=made_by, identity=None)
        return values.lost("an average of probabilities", within=(low, high))
    if kind in (Kind.TANH, Kind.COSINE):
        return values.plain(moved, Kind.CLAMPED, (low, high))
    if kind in (Kind.NORMALISED, Kind.CLASS_INDEX, Kind.LOG):
        return values.plain(moved, Kind.REAL, (low, high))
    if kind is Kind.COUNT:
        return values.plain(moved, Kind.NON_NEGATIVE, (low, high))
    return values.lost(f"an average of {kind.value}", first, within=(low, high))


def _sum(bound: Bound, moved: Meaning) -> Meaning:
    first = bound.first
    kind = first.kind
    low, high = values.bounds_of(first)
    within = (0.0 if low >= 0 else -_INFINITY, 0.0 if high <= 0 else _INFINITY)
    if kind is Kind.REAL and first.made_by == values.OF_UNIT_VECTORS and _along(bound) is not False:
        return values.plain(moved, Kind.COSINE, values.NATURAL_BOUNDS[Kind.COSINE]).but(made_by=first.made_by)
    if first.made_by == values.OF_ONE_HOT and first.source is not None and _along(bound):
        # One element of each row, as `gather` gives it.
        picked = first.source.but(dim=None, identity=None, scores=None)
        return picked.but(shape=moved.shape, dtype=moved.dtype, device=moved.device, detached_by=moved.detached_by)
    if kind is Kind.LOGITS or kind is Kind.REAL or kind is Kind.NON_NEGATIVE:
        return moved.but(bounds=values.bounds(*within), factor=None, made_by="sum", identity=None)
    if kind in (Kind.BOOLEAN, Kind.MULTI_HOT, Kind.ONE_HOT) and first.factor is None:
        return values.plain(moved, Kind.COUNT, within)
    if kind in (Kind.TANH, Kind.COSINE, Kind.NORMALISED, Kind.CLAMPED, Kind.LOG, Kind.SIGNS):
        return values.plain(moved, Kind.NON_NEGATIVE if low >= 0 else Kind.REAL, within)
    if kind is Kind.SIGMOID or (kind is Kind.PROBABILITIES and first.dim is not None):
        return values.plain(moved, Kind.NON_NEGATIVE if low >= 0 else Kind.REAL, within)
    if kind is Kind.COUNT:
        return moved.but(bounds=None, identity=None)
    if kind is Kind.CONSTANT:
        return values.plain(moved, Kind.NON_NEGATIVE if low >= 0 else Kind.REAL, within)
    return values.lost(f"a sum of {kind.value}", first, within=within)


def _diff(bound: Bound, moved: Meaning) -> Meaning:
    """Differences of neighbours: of scores and of their log-probabilities they are plain numbers."""
    kind = bound.first.kind
    if kind in values.UNBOUNDED:
        return values.plain(moved, kind).but(made_by=moved.made_by)
    if kind is Kind.LOG_PROBABILITIES:
        return values.plain(moved, Kind.REAL)
    return values.lost("differences of neighbours", bound.first)


def _cumsum(bound: Bound, moved: Meaning) -> Meaning:
    if moved.kind in values.UNBOUNDED:
        return moved.but(bounds=None, identity=None)
    low = values.bounds_of(moved)[0]
    if moved.kind is Kind.BOOLEAN:
        return values.plain(moved, Kind.COUNT, (0.0, _INFINITY))
    return values.lost("a running sum", moved, within=(0.0, _INFINITY) if low >= 0 else None)


def _prod(bound: Bound, moved: Meaning) -> Meaning:
    low, high = values.bounds_of(moved)
    within = (0.0, 1.0) if low >= 0 and high <= 1 else (0.0, _INFINITY) if low >= 0 else None
    if moved.kind in values.UNBOUNDED:
        return values.plain(moved, Kind.REAL, within)
    return values.lost("a product of elements", moved, within=within)


#: Less than the largest of any number of probabilities, and more than nothing.
_SOME_SHARE = 1e-9


def extreme(bound: Bound, moved: Meaning) -> Meaning:
    """The largest or smallest values: elements of the tensor."""
    first = bound.first
    along = _along(bound)
    if first.kind is Kind.ONE_HOT:
        return values.plain(moved, Kind.MULTI_HOT, (0.0, 1.0))
    if first.kind is Kind.NORMALISED:
        return values.plain(moved, Kind.REAL, (-1.0, 1.0))
    if first.kind is Kind.PROBABILITIES and first.factor is None and along is True:
        if bound.operation.name in ("max", "amax") or (bound.operation.name == "topk" and bound.setting("k") == 1):
            # The largest of several that sum up to 1 is no smaller than their mean.
            classes = first.size(first.dim) if first.dim is not None else None
            least = 0.99 / classes if isinstance(classes, int) and classes > 0 else _SOME_SHARE
            return moved.but(dim=None, identity=None, bounds=(least, 1.0), reached=False)
    if first.kind in (Kind.PROBABILITIES, Kind.LOG_PROBABILITIES):
        return moved.but(dim=None if along is not False else moved.dim, identity=None).but(dim=None)
    if first.kind in values.UNBOUNDED and len(bound.tensors) == 1 and bound.operation.name in ("min", "amin"):
        return moved.but(identity=None, scores=None, made_by=values.LEAST)
    return moved.but(identity=None, scores=None)


def _norm(bound: Bound, moved: Meaning) -> Meaning:
    return Meaning(Kind.NON_NEGATIVE, bounds=(0.0, _INFINITY), made_by="norm")


def _logsumexp(bound: Bound, moved: Meaning) -> Meaning:
    kind = bound.first.kind
    if kind is Kind.UNKNOWN or kind in LOG_PROBABILITY_KINDS:
        return values.lost("a logsumexp of log-probabilities or of something not known", bound.first)
    return values.plain(moved, Kind.REAL).but(made_by="logsumexp")


def _max_pool(bound: Bound, moved: Meaning) -> Meaning:
    kind = bound.first.kind
    if kind is Kind.ONE_HOT:
        return values.plain(moved, Kind.MULTI_HOT, (0.0, 1.0))
    if kind is Kind.NORMALISED:
        return values.plain(moved, Kind.REAL, (-1.0, 1.0))
    if kind in (Kind.PROBABILITIES, Kind.LOG_PROBABILITIES):
        return moved.but(dim=None, identity=None)
    return moved.but(identity=None)


def _avg_pool(bound: Bound, moved: Meaning) -> Meaning:
    return averaged(bound.first, moved, None if moved.dim is None else False)


def _interpolate(bound: Bound, moved: Meaning) -> Meaning:
    kind = moved.kind
    if bound.setting("mode") in (None, "nearest", "nearest-exact"):
        return moved.but(identity=None)
    if kind in (Kind.ONE_HOT, Kind.PROBABILITIES):
        return moved.but(kind=Kind.PROBABILITIES, identity=None)
    if kind in (Kind.MULTI_HOT, Kind.BOOLEAN, Kind.LOG_PROBABILITIES, Kind.LOG_SIGMOID):
        return values.lost("interpolated values", within=values.bounds_of(moved))
    if kind in (Kind.CLASS_INDEX, Kind.NORMALISED):
        return values.plain(moved, Kind.REAL)
    return moved.but(identity=None)


RULES: Final[dict[str, Derivation]] = {
    "mean": _mean,
    "sum": _sum,
    "cumsum": _cumsum,
    "diff": _diff,
    "prod": _prod,
    "max": extreme,
    "min": extreme,
    "amax": extreme,
    "amin": extreme,
    "median": extreme,
    "topk": extreme,
    "norm": _norm,
    "vector_norm": _norm,
    "logsumexp": _logsumexp,
    **{f"{way}max_pool{count}d": _max_pool for way in ("", "adaptive_") for count in (1, 2, 3)},
    **{f"{way}avg_pool{count}d": _avg_pool for way in ("", "adaptive_") for count in (1, 2, 3)},
    "interpolate": _interpolate,
}

"""What operations make of the kind of what goes in: those whose result depends on it (`Effect.DERIVE`)."""

from __future__ import annotations

import math
from collections.abc import Callable

from losslint.contracts.transfer import values
from losslint.contracts.transfer.arithmetic import product_kind
from losslint.contracts.transfer.bound import Bound, as_sequence, number
from losslint.contracts.transfer.dtypes import FLOATING_KINDS
from losslint.contracts.transfer.placed import same_dimension
from losslint.contracts.transfer.products import as_rank, einsum_parts
from losslint.contracts.transfer.selections import reduced_dims
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED

_INFINITY = math.inf


def derive(bound: Bound, moved: Meaning) -> Meaning:
    """The kind of an operation's result. `moved` is the first tensor with the result's shape, dim and dtype."""
    rule = RULES.get(bound.operation.name)
    if rule is None:
        return values.lost(f"losslint does not know what {bound.operation.name} makes", bound.first)
    return rule(bound, moved)


# Functions of one tensor, element by element.


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
        return moved.but(kind=Kind.LOG_SIGMOID, factor=None, bounds=(-_INFINITY, 0.0), made_by=_over("log1p", moved))
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
    return Meaning(Kind.NON_NEGATIVE, bounds=(0.0, high), made_by=bound.operation.name)


def _neg(bound: Bound, moved: Meaning) -> Meaning:
    return values.times(moved, -1.0)


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
        return values.plain(moved, Kind.BOOLEAN, (0.0, 1.0))
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
    changed = result.kind in (Kind.CLAMPED, Kind.NON_NEGATIVE) and result.kind is not moved.kind
    return result.but(made_by="clamp") if changed else result


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
    if moved.kind in (Kind.PROBABILITIES, Kind.LOG_PROBABILITIES):
        moved = moved.but(dim=None)
    # What is left is scaled up, by how much is the caller's choice.
    within = values.bounds(0.0 if low >= 0 else -_INFINITY, 0.0 if high <= 0 else _INFINITY)
    return moved.but(bounds=within, identity=None)


def _nan_to_num(bound: Bound, moved: Meaning) -> Meaning:
    return moved.but(bounds=None if moved.kind in values.UNBOUNDED else moved.bounds, identity=None)


# Casts.


def _cast(bound: Bound, moved: Meaning) -> Meaning:
    """Another dtype keeps what is meant; of real numbers only the whole part is left in an integer."""
    first = bound.first
    if moved.dtype == "bool" and first.dtype != "bool" and first.kind is not Kind.BOOLEAN:
        return values.plain(moved, Kind.BOOLEAN, (0.0, 1.0))
    if moved.is_integral and first.kind in FLOATING_KINDS | {Kind.REAL, Kind.CLAMPED, Kind.NON_NEGATIVE}:
        low, high = values.bounds_of(moved)
        within = (math.floor(low) if math.isfinite(low) else low, math.ceil(high) if math.isfinite(high) else high)
        return values.plain(moved, Kind.REAL, within)
    return moved


# Two tensors, element by element.


def _add(bound: Bound, moved: Meaning) -> Meaning:
    scale = bound.setting("alpha")
    other = bound.tensor(1)
    if scale not in (None, 1):
        known = number(scale)
        other = values.scaled_by_unknown(other) if known is None else values.times(other, known)
    sign = -1 if bound.operation.name == "sub" else 1
    if _not_a_tensor(bound, 1):
        return moved.but(bounds=None) if moved.kind in values.UNBOUNDED else values.lost("an unknown number was added")
    return values.added(moved, other, sign)


def _rsub(bound: Bound, moved: Meaning) -> Meaning:
    if _not_a_tensor(bound, 1):
        return values.lost("subtracted from a value that is not known", moved)
    return values.added(bound.tensor(1), moved, -1)


def _mul(bound: Bound, moved: Meaning) -> Meaning:
    return values.scaled_by_unknown(moved) if _not_a_tensor(bound, 1) else values.multiplied(moved, bound.tensor(1))


def _div(bound: Bound, moved: Meaning) -> Meaning:
    if bound.setting("rounding_mode") is not None:
        return values.lost("a division that rounds", moved)
    return values.scaled_by_unknown(moved) if _not_a_tensor(bound, 1) else values.divided(moved, bound.tensor(1))


def _not_a_tensor(bound: Bound, position: int) -> bool:
    """Whether what stands in the place of a tensor is a number whose value is not known."""
    value = bound.tensors[position] if position < len(bound.tensors) else UNSETTLED
    return not isinstance(value, Meaning) and number(value) is None


def _maximum(bound: Bound, moved: Meaning) -> Meaning:
    limit = values.constant_value(bound.tensor(1))
    if limit is not None:
        least = bound.operation.name in ("maximum", "max", "fmax")
        return values.clamped(moved, limit if least else None, None if least else limit)
    return mixed([moved, bound.tensor(1)], "the larger or smaller of different kinds")


def _lerp(bound: Bound, moved: Meaning) -> Meaning:
    return mixed([moved, bound.tensor(1)], "a mixture of different kinds")


def _where(bound: Bound, moved: Meaning) -> Meaning:
    if len(bound.tensors) < 3:
        return values.lost("where with one argument gives indices")
    return chosen(bound.tensor(1), bound.tensor(2))


def _where_method(bound: Bound, moved: Meaning) -> Meaning:
    return chosen(bound.first, bound.tensor(2))


def chosen(one: Meaning, other: Meaning) -> Meaning:
    """Some elements of one and some of the other."""
    for this, that in ((one, other), (other, one)):
        filling = values.constant_value(that)
        if filling is not None and this.kind is not Kind.CONSTANT:
            return filled(this, filling)
    return mixed([one, other], "a choice between different kinds")


def mixed(parts: list[Meaning], reason: str) -> Meaning:
    """Element by element one tensor or another: nothing adds up along a dimension any more."""
    result = join(parts, reason)
    return part(result, result, True)


def filled(meaning: Meaning, filling: float | None) -> Meaning:
    """Values of which some were replaced by a number."""
    kind = meaning.kind
    if filling is None:
        if kind in values.UNBOUNDED:
            return meaning.but(bounds=None, identity=None)
        return values.lost("filled with a value that is not known", meaning)
    low, high = values.bounds_of(meaning)
    within = values.bounds(min(low, filling), max(high, filling))
    if kind in values.UNBOUNDED or kind is Kind.UNKNOWN:
        return meaning.but(bounds=within, identity=None)
    if kind is Kind.CLASS_INDEX and filling.is_integer():
        return meaning.but(bounds=within if meaning.bounds is not None else None, identity=None)
    if kind in LOG_PROBABILITY_KINDS and filling <= 0:
        return meaning.but(bounds=within, dim=None, identity=None)
    if kind is Kind.COSINE:
        # The diagonal of a similarity matrix that is masked out.
        return meaning.but(bounds=within, identity=None)
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


def _scatter(bound: Bound, moved: Meaning) -> Meaning:
    """`zeros.scatter_(1, index, 1)` is how one-hot labels are made by hand."""
    source = bound.setting("src") if bound.given("src") else bound.setting("value")
    if source is None:
        source = bound.setting("src")
    known = number(source)
    if bound.setting("reduce") is not None:
        return values.lost("scattered with a reduction", moved)
    into = values.constant_value(moved)
    if into == 0 and known == 1:
        index, dim = bound.setting("index"), bound.setting("dim")
        ones = index.size(dim) if isinstance(index, Meaning) and isinstance(dim, int) else None
        if ones == 1 and isinstance(dim, int):
            return values.plain(moved, Kind.ONE_HOT, (0.0, 1.0)).but(dim=dim, made_by="scatter")
        # `y.unsqueeze(1)` of labels of which nothing is known: one a row, or several.
        kind = Kind.MULTI_HOT if isinstance(ones, int) else Kind.BOOLEAN
        return values.plain(moved, kind, (0.0, 1.0)).but(made_by="scatter")
    if known is not None:
        return filled(moved, known)
    if isinstance(source, Meaning):
        return chosen(moved, source)
    return values.lost("scattered with values that are not known", moved)


def _zero(bound: Bound, moved: Meaning) -> Meaning:
    return values.constant(0.0, Meaning(made_by=bound.operation.name))


def _fill(bound: Bound, moved: Meaning) -> Meaning:
    known = number(bound.setting("value") if bound.given("value") else bound.setting("fill_value"))
    return Meaning(Kind.CONSTANT, bounds=None if known is None else (known, known), made_by=bound.operation.name)


def _one_number(number_: float) -> Callable[[Bound, Meaning], Meaning]:
    def rule(bound: Bound, moved: Meaning) -> Meaning:
        return Meaning(Kind.CONSTANT, bounds=(number_, number_), made_by=bound.operation.name)

    return rule


def _copy(bound: Bound, moved: Meaning) -> Meaning:
    return bound.tensor(1).but(identity=None)


# Parts of a tensor, and several tensors in one.


def part(meaning: Meaning, moved: Meaning, cut: bool | None) -> Meaning:
    """Some elements of a tensor. `cut` says whether the dimension that its kind speaks of was cut into."""
    kind = meaning.kind
    if cut is False or meaning.kind not in (Kind.PROBABILITIES, Kind.NORMALISED, Kind.ONE_HOT, Kind.LOG_PROBABILITIES):
        return moved.but(identity=None)
    if kind is Kind.NORMALISED:
        return values.plain(moved, Kind.REAL, (-1.0, 1.0)) if cut else moved.but(dim=None, identity=None)
    if kind is Kind.ONE_HOT:
        return values.plain(moved, Kind.MULTI_HOT, (0.0, 1.0))
    # Still made as probabilities, but they do not add up to 1 along any dimension.
    return moved.but(dim=None, identity=None)


def _part(bound: Bound, moved: Meaning) -> Meaning:
    first, dim = bound.first, bound.setting("dim")
    if not isinstance(dim, int) or first.dim is None:
        return part(first, moved, None)
    return part(first, moved, same_dimension(first, first.dim, dim))


def _flat_part(bound: Bound, moved: Meaning) -> Meaning:
    return part(bound.first, moved, True)


def _pad(bound: Bound, moved: Meaning) -> Meaning:
    if bound.setting("mode") not in (None, "constant"):
        return part(bound.first, moved, None)
    value = bound.setting("value")
    return filled(moved, 0.0 if value is None else number(value))


def join(parts: list[Meaning], reason: str) -> Meaning:
    """The kind of a tensor whose elements come from several."""
    first, *others = parts
    if not others:
        return first.but(identity=None)
    for one in parts:
        if one.kind is Kind.UNKNOWN:
            return values.lost(reason, one)
    low = min(values.bounds_of(one)[0] for one in parts)
    high = max(values.bounds_of(one)[1] for one in parts)
    within = values.bounds(low, high)
    kinds = {one.kind for one in parts}
    if kinds == {Kind.CONSTANT}:
        return _joined_constants(parts, first)
    if len(kinds) == 1 and len({one.factor for one in parts}) == 1:
        trail = next((one.trail for one in parts if one.trail is not None), None)
        dim = first.dim if len({one.dim for one in parts}) == 1 else None
        reached = all(one.reached for one in parts)
        return first.but(bounds=within, reached=reached, trail=trail, dim=dim, identity=None)
    for filling in [one for one in parts if one.kind is Kind.CONSTANT]:
        rest = [one for one in parts if one.kind is not Kind.CONSTANT]
        known = values.constant_value(filling)
        if known is not None and len(rest) == 1 and len(parts) == 2:
            return filled(rest[0], known)
    if kinds <= values.UNBOUNDED | {Kind.NON_NEGATIVE, Kind.TANH, Kind.CLAMPED, Kind.COSINE, Kind.NORMALISED}:
        # Kinds whose values are no more than real numbers when they are mixed.
        source = next((one for one in parts if one.kind in values.UNBOUNDED), first)
        return values.plain(source, Kind.REAL, (low, high))
    if kinds <= {Kind.BOOLEAN, Kind.MULTI_HOT, Kind.ONE_HOT} and all(one.factor is None for one in parts):
        return values.plain(first, Kind.MULTI_HOT, (0.0, 1.0))
    return values.lost(reason, within=(low, high))


def _joined_constants(parts: list[Meaning], first: Meaning) -> Meaning:
    numbers = {values.constant_value(one) for one in parts}
    if len(numbers) == 1 and None not in numbers:
        return first.but(identity=None)
    if numbers == {0.0, 1.0}:
        return values.plain(first, Kind.BOOLEAN, (0.0, 1.0))
    if numbers == {-1.0, 1.0}:
        return values.plain(first, Kind.SIGNS, (-1.0, 1.0))
    low = min(values.bounds_of(one)[0] for one in parts)
    high = max(values.bounds_of(one)[1] for one in parts)
    return values.plain(first, Kind.REAL, (low, high))


def parts_of(bound: Bound) -> list[Meaning] | None:
    """The tensors of a sequence; None when not all of them are known to be some."""
    sequence = as_sequence(bound.tensors[0] if bound.tensors else None)
    if sequence is None:
        return None
    meanings = [one for one in sequence if isinstance(one, Meaning)]
    return meanings if meanings and len(meanings) == len(sequence) else None


def _cat(bound: Bound, moved: Meaning) -> Meaning:
    parts = parts_of(bound)
    if parts is None:
        # A list built in a loop comes as one tensor that stands for all of them.
        one = bound.first
        return one.but(dim=None, identity=None, reached=False)
    result = join(parts, f"a {bound.operation.name} of different kinds")
    dim, along = result.dim, bound.setting("dim")
    if dim is None or not isinstance(along, int):
        return _undirected(result)
    if bound.operation.name == "stack":
        from losslint.contracts.transfer.dimensions import inserted_dim

        return _undirected(result.but(dim=inserted_dim(result, along)))
    if same_dimension(result, dim, along) is not False:
        return _undirected(result.but(dim=None))
    return result


def _pad_sequence(bound: Bound, moved: Meaning) -> Meaning:
    """Sequences of different lengths, filled up."""
    parts = parts_of(bound)
    joined = bound.first if parts is None else join(parts, "padded sequences of different kinds")
    filling = bound.setting("padding_value")
    return filled(joined.but(dim=None), 0.0 if filling is None else number(filling))


def _undirected(result: Meaning) -> Meaning:
    """Unit vectors and one-hot rows are such along a dimension only; probabilities are still made as such."""
    if result.dim is not None:
        return result
    if result.kind is Kind.ONE_HOT:
        return result.but(kind=Kind.MULTI_HOT)
    return result


# Reductions.


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
        return moved.but(made_by=made_by, identity=None)
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


def extreme(bound: Bound, moved: Meaning) -> Meaning:
    """The largest or smallest values: elements of the tensor."""
    first = bound.first
    along = _along(bound)
    if first.kind is Kind.ONE_HOT:
        return values.plain(moved, Kind.MULTI_HOT, (0.0, 1.0))
    if first.kind is Kind.NORMALISED:
        return values.plain(moved, Kind.REAL, (-1.0, 1.0))
    if first.kind in (Kind.PROBABILITIES, Kind.LOG_PROBABILITIES):
        return moved.but(dim=None if along is not False else moved.dim, identity=None).but(dim=None)
    return moved.but(identity=None)


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


# Products.


def _matmul(bound: Bound, moved: Meaning) -> Meaning:
    one, other = bound.tensor(0), bound.tensor(1)
    rank = {"mm": 2, "bmm": 3}.get(bound.operation.name)
    if rank is not None:
        one = one.but(shape=as_rank(one.shape, rank))
        other = other.but(shape=as_rank(other.shape, rank))
    return product_kind(one, other)


def _addmm(bound: Bound, moved: Meaning) -> Meaning:
    product = product_kind(bound.tensor(1), bound.tensor(2))
    return product if product.kind is Kind.REAL else values.lost("a sum with a matrix product", product)


def _einsum(bound: Bound, moved: Meaning) -> Meaning:
    equation, operands = einsum_parts(bound)
    if equation is None or len(operands) != 2:
        given = [one for one in as_sequence(bound.setting("operands")) or () if isinstance(one, Meaning)]
        if given and all(one.kind in values.UNBOUNDED for one in given):
            return Meaning(Kind.REAL, made_by="einsum")
        return values.lost("an einsum that losslint does not read", *given)
    inputs, output = equation
    one, other = operands
    if one.kind is other.kind is Kind.NORMALISED:
        summed = set(inputs[0]) & set(inputs[1]) - set(output)
        along = [_letter(letters, part_) for letters, part_ in zip(inputs, operands, strict=True)]
        if all(letter is None or {letter} == summed for letter in along) and len(summed) == 1:
            return Meaning(Kind.COSINE, bounds=(-1.0, 1.0), made_by="a product of unit vectors")
        return Meaning(Kind.REAL, made_by="einsum")
    return product_kind(one.but(dim=None), other.but(dim=None))


def _letter(letters: str, meaning: Meaning) -> str | None:
    dim = meaning.dim
    return letters[dim] if dim is not None and -len(letters) <= dim < len(letters) else None


def _normalize(bound: Bound, moved: Meaning) -> Meaning:
    power = bound.setting("p")
    dim = bound.setting("dim")
    from losslint.contracts.transfer.shapes import normal

    along = normal(dim, moved.shape) if isinstance(dim, int) and not isinstance(dim, bool) else None
    if power == 2:
        return Meaning(Kind.NORMALISED, dim=along, bounds=(-1.0, 1.0), made_by="normalize")
    if power == 1 and values.bounds_of(bound.first)[0] >= 0:
        return Meaning(Kind.PROBABILITIES, dim=along, bounds=(0.0, 1.0), made_by="normalize")
    return values.lost("normalised in a way that is not known", within=(-1.0, 1.0) if number(power) else None)


# Makers.


def _randint(bound: Bound, moved: Meaning) -> Meaning:
    if bound.operation.name == "random_":
        given_low, given_high = bound.setting("from"), bound.setting("to")
    else:
        given_low, given_high = bound.setting("low"), bound.setting("high")
    if given_high is None or as_sequence(given_high) is not None:
        given_low, given_high = 0, given_low
    low, high = number(given_low), number(given_high)
    made_by = bound.operation.name
    if low is None or high is None:
        return Meaning(Kind.CLASS_INDEX, made_by=made_by)
    within = (low, max(low, high - 1))
    # Two values: the indices of two classes, or labels of 0 and 1.
    kind = Kind.BOOLEAN if within == (0.0, 1.0) else Kind.CLASS_INDEX
    return Meaning(kind, bounds=within, reached=True, made_by=made_by)


def _arange(bound: Bound, moved: Meaning) -> Meaning:
    start, end = bound.setting("start"), bound.setting("end")
    if end is None:
        start, end = 0, start
    low, high = number(start), number(end)
    if moved.dtype in ("float", "float16", "bfloat16", "float32", "float64"):
        known = (min(low, high), max(low, high)) if low is not None and high is not None else None
        return Meaning(Kind.REAL, bounds=known, made_by="arange")
    within = (low, high - 1) if low is not None and high is not None and high > low else None
    if bound.setting("step") not in (None, 1):
        within = None
    return Meaning(Kind.CLASS_INDEX, bounds=within, reached=within is not None, made_by="arange")


def _eye(bound: Bound, moved: Meaning) -> Meaning:
    return Meaning(Kind.ONE_HOT, dim=1, bounds=(0.0, 1.0), made_by="eye")


def _triangle(bound: Bound, moved: Meaning) -> Meaning:
    return filled(moved, 0.0)


RULES: dict[str, Callable[[Bound, Meaning], Meaning]] = {
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
    "add": _add,
    "sub": _add,
    "rsub": _rsub,
    "mul": _mul,
    "div": _div,
    "maximum": _maximum,
    "minimum": _maximum,
    "lerp": _lerp,
    "where": _where,
    "where_method": _where_method,
    "masked_fill": _masked_fill,
    "index_fill": _masked_fill,
    "fill_diagonal_": _masked_fill,
    "scatter": _scatter,
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
    "copy_": _copy,
    "narrow": _part,
    "select": _part,
    "index_select": _part,
    "gather": _part,
    "take_along_dim": _part,
    "split": _part,
    "chunk": _part,
    "unbind": _part,
    "sort": _part,
    "take": _flat_part,
    "masked_select": _flat_part,
    "diagonal": _flat_part,
    "diag": _flat_part,
    "pad": _pad,
    "pad_layer1d": _pad,
    "pad_layer2d": _pad,
    "pad_layer3d": _pad,
    "cat": _cat,
    "stack": _cat,
    "hstack": _cat,
    "pad_sequence": _pad_sequence,
    "mean": _mean,
    "sum": _sum,
    "cumsum": _cumsum,
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
    "matmul": _matmul,
    "mm": _matmul,
    "bmm": _matmul,
    "mv": _matmul,
    "dot": _matmul,
    "addmm": _addmm,
    "baddbmm": _addmm,
    "einsum": _einsum,
    "normalize": _normalize,
    "randint": _randint,
    "randint_like": _randint,
    "random_": _randint,
    "arange": _arange,
    "eye": _eye,
    "tril": _triangle,
    "triu": _triangle,
}

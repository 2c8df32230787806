"""What arithmetic does to the kind, bounds and factor of values, leaving shapes and dtypes aside."""

from __future__ import annotations

import math

from losslint.contracts.transfer.complements import opposite, scores_of
from losslint.contracts.transfer.placed import same_dimension
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import COMPLEMENT, DIFFERENCE, FOCAL, FOCAL_WEIGHT, INTEGERS, Meaning

Bounds = tuple[float, float]

#: What is added to keep a logarithm finite, and leaves a probability one.
TINY = 1e-3

#: `Meaning.made_by` of scores that were multiplied by a mask.
MASKED = "a product with a mask"

#: `Meaning.made_by` of numbers whose sums along `Meaning.dim` are cosines.
OF_UNIT_VECTORS = "a product of unit vectors"

#: What made the product of values, which are its `source`, and one-hot labels: the sum over the classes is one value.
OF_ONE_HOT = "a product with one-hot labels"

_INFINITY = math.inf
NATURAL_BOUNDS: dict[Kind, Bounds] = {
    Kind.PROBABILITIES: (0.0, 1.0),
    Kind.SIGMOID: (0.0, 1.0),
    Kind.LOG_PROBABILITIES: (-_INFINITY, 0.0),
    Kind.LOG_SIGMOID: (-_INFINITY, 0.0),
    Kind.TANH: (-1.0, 1.0),
    Kind.NON_NEGATIVE: (0.0, _INFINITY),
    Kind.NORMALISED: (-1.0, 1.0),
    Kind.COSINE: (-1.0, 1.0),
    Kind.ONE_HOT: (0.0, 1.0),
    Kind.MULTI_HOT: (0.0, 1.0),
    Kind.BOOLEAN: (0.0, 1.0),
    Kind.SIGNS: (-1.0, 1.0),
    Kind.COUNT: (0.0, _INFINITY),
}

#: Where float32 begins to round a sigmoid to 1, and where to 0, with some room.
_ROUNDED_TO_ONE, _ROUNDED_TO_ZERO = 16.0, -80.0


def sigmoid_bounds(scores: Bounds) -> Bounds:
    """Between what a sigmoid lies when its scores lie between bounds: 0 and 1 are in it where it rounds to them."""
    low, high = scores
    return (
        0.0 if low < _ROUNDED_TO_ZERO else 1.0 if low > _ROUNDED_TO_ONE else 1 / (1 + math.exp(-low)),
        1.0 if high > _ROUNDED_TO_ONE else 0.0 if high < _ROUNDED_TO_ZERO else 1 / (1 + math.exp(-high)),
    )


TWO_VALUED = frozenset({Kind.BOOLEAN, Kind.MULTI_HOT, Kind.ONE_HOT, Kind.SIGNS})
UNBOUNDED = frozenset({Kind.LOGITS, Kind.REAL})
_SCALED_KINDS = PROBABILITY_KINDS | LOG_PROBABILITY_KINDS | {Kind.TANH, Kind.COSINE, Kind.NORMALISED, Kind.LOG}

#: Kinds of which a product with one-hot labels, summed over the classes, is one value each.
_PICKED = PROBABILITY_KINDS | {Kind.LOGITS, Kind.LOG_SIGMOID, Kind.TANH}

#: What the least of some values is made by.
LEAST = "min"


def bounds_of(meaning: Meaning) -> Bounds:
    """The bounds of the values as they stand, infinite where nothing is known."""
    if meaning.bounds is not None:
        return meaning.bounds
    low, high = NATURAL_BOUNDS.get(meaning.kind, (-_INFINITY, _INFINITY))
    return scaled_bounds((low, high), meaning.factor if meaning.factor is not None else 1.0)


def bounds(low: float, high: float) -> Bounds | None:
    """Bounds, or None where they say nothing."""
    if math.isnan(low) or math.isnan(high) or (low == -_INFINITY and high == _INFINITY):
        return None
    return (low + 0.0, high + 0.0)


def scaled_bounds(of: Bounds, factor: float) -> Bounds:
    """The bounds after a multiplication."""
    if math.isinf(factor) or math.isnan(factor):
        return (-_INFINITY, _INFINITY)
    ends = sorted(0.0 if factor == 0 else end * factor for end in of)
    return (ends[0] + 0.0, ends[1] + 0.0)


def lost(reason: str, *sources: Meaning, within: Bounds | None = None) -> Meaning:
    """An unknown meaning, for the reason of the first source that is unknown itself, or else for this one."""
    inherited = next((source.reason for source in sources if source.kind is Kind.UNKNOWN and source.reason), reason)
    numbers = bool(sources) and all(source.kind is not Kind.UNKNOWN or source.quantity for source in sources)
    return Meaning(bounds=bounds(*within) if within is not None else None, reason=inherited, quantity=numbers)


def plain(source: Meaning, kind: Kind, within: Bounds | None = None) -> Meaning:
    """Values of another kind that come from a source: its trail goes on, its dimension and factor do not."""
    return source.but(
        kind=kind,
        bounds=bounds(*within) if within is not None else None,
        factor=None,
        dim=None,
        identity=None,
        scores=None,
        reason="",
    )


def constant(value: float, source: Meaning | None = None) -> Meaning:
    """Every element is this number."""
    base = Meaning() if source is None else source.but(dim=None, factor=None, identity=None, reason="")
    return base.but(kind=Kind.CONSTANT, bounds=None if math.isnan(value) else (value, value))


def constant_value(meaning: Meaning) -> float | None:
    """The number that every element is, when it is known."""
    if meaning.kind is Kind.CONSTANT and meaning.bounds is not None and meaning.bounds[0] == meaning.bounds[1]:
        return meaning.bounds[0]
    return None


def times(meaning: Meaning, number: float) -> Meaning:
    """The values multiplied by a known number."""
    kind = meaning.kind
    known = constant_value(meaning)
    if known is not None:
        return constant(known * number, meaning)
    if number == 1:
        # That somebody scales similarities is told apart from that nobody does: a temperature of 1 is one.
        is_similar = kind in (Kind.COSINE, Kind.NORMALISED)
        factor_of_one = 1.0 if is_similar and meaning.factor is None else meaning.factor
        return meaning.but(factor=factor_of_one, identity=None)
    if number == 0:
        return constant(0.0, meaning)
    within = scaled_bounds(bounds_of(meaning), number)
    factor: float | None = (1.0 if meaning.factor is None else meaning.factor) * number
    if factor is not None and math.isclose(factor, 1.0, rel_tol=1e-9):
        factor = None
    if kind is Kind.UNKNOWN:
        return meaning.but(bounds=bounds(*within), identity=None)
    if kind in UNBOUNDED or kind is Kind.CLAMPED:
        return meaning.but(bounds=bounds(*within), identity=None)
    if kind is Kind.SIGNS and number == -1:
        return meaning.but(identity=None)
    if kind in LOG_PROBABILITY_KINDS and number < 0:
        # A positive quantity (surprise, a loss a sample), no logarithm of a probability any more.
        return plain(meaning, Kind.NON_NEGATIVE, within)
    if kind in _SCALED_KINDS or kind in TWO_VALUED:
        return meaning.but(factor=factor, bounds=bounds(*within), identity=None, scores=scores_of(meaning))
    if kind is Kind.NON_NEGATIVE and number > 0:
        return meaning.but(factor=factor, bounds=bounds(*within), identity=None)
    if kind is Kind.CLASS_INDEX:
        if float(number).is_integer():
            return lost("arithmetic on class indices", within=within)
        return plain(meaning, Kind.REAL, within)
    if kind is Kind.COUNT and number > 0:
        return plain(meaning, Kind.NON_NEGATIVE, within)
    return plain(meaning, Kind.REAL, within)


def plus(meaning: Meaning, number: float) -> Meaning:
    """A known number added to the values."""
    kind = meaning.kind
    known = constant_value(meaning)
    if known is not None:
        return constant(known + number, meaning)
    if number == 0:
        return meaning.but(identity=None)
    if math.isnan(number) or math.isinf(number):
        return lost("a number that is not finite was added", meaning)
    low, high = bounds_of(meaning)
    within = (low + number, high + number)
    tiny = abs(number) <= TINY
    if kind in UNBOUNDED or (kind is Kind.UNKNOWN):
        return meaning.but(bounds=bounds(*within), identity=None)
    if kind in PROBABILITY_KINDS:
        if tiny:
            return meaning.but(bounds=bounds(*within), identity=None, scores=scores_of(meaning))
        if kind is Kind.SIGMOID and meaning.factor == -1 and number == 1:
            # 1 - p of a sigmoid is the sigmoid of the negated score.
            between = (max(within[0], 0.0), min(within[1], 1.0))
            return meaning.but(factor=None, bounds=between, identity=None, scores=opposite(scores_of(meaning)))
        rest = _known_bounds(meaning, within)
        whole = kind is Kind.PROBABILITIES and meaning.dim is not None and within == (0.0, 1.0)
        return rest.but(made_by=COMPLEMENT) if whole and meaning.factor == -1 else rest
    if kind in LOG_PROBABILITY_KINDS:
        if tiny:
            return meaning.but(bounds=bounds(*within), identity=None)
        return lost("a number was added to log-probabilities", within=within)
    if kind in TWO_VALUED:
        return _two_valued(meaning, within)
    if kind is Kind.CLASS_INDEX:
        if float(number).is_integer() and meaning.is_floating is not True:
            if meaning.bounds is None:
                return meaning.but(identity=None)
            return meaning.but(bounds=bounds(*within), reached=meaning.reached, identity=None)
        return lost("arithmetic on class indices", within=within)
    if kind is Kind.NON_NEGATIVE and number > 0:
        # Its origin still matters: 1 / (1 + exp(-x)) is a sigmoid.
        keeps = kind is Kind.NON_NEGATIVE and meaning.factor is None
        return meaning.but(bounds=bounds(*within), factor=None, made_by=meaning.made_by if keeps else "", identity=None)
    return _known_bounds(meaning, within)


def _known_bounds(meaning: Meaning, within: Bounds) -> Meaning:
    """Values of which little but their bounds is left."""
    low, high = within
    if low >= 0:
        return plain(meaning, Kind.NON_NEGATIVE, within)
    if math.isinf(low) or math.isinf(high):
        return plain(meaning, Kind.REAL, within)
    return plain(meaning, Kind.CLAMPED, within)


def _two_valued(meaning: Meaning, within: Bounds) -> Meaning:
    """Labels of two values, shifted: known again when the values are 0 and something, or -1 and 1."""
    low, high = within
    if (low, high) == (-1.0, 1.0):
        return plain(meaning, Kind.SIGNS, within)
    if meaning.kind is Kind.BOOLEAN and meaning.reached and meaning.factor is None and meaning.dtype in INTEGERS:
        return plain(meaning, Kind.CLASS_INDEX, within).but(reached=True)  # the indices of two classes, moved
    if low == 0 or high == 0:
        # A complement of one-hot rows has several ones a row.
        flipped = (meaning.factor if meaning.factor is not None else 1.0) * (high if low == 0 else low) < 0
        kept = meaning.kind in (Kind.BOOLEAN, Kind.MULTI_HOT) or (meaning.kind is Kind.ONE_HOT and not flipped)
        kind = meaning.kind if kept else Kind.BOOLEAN if meaning.kind is Kind.SIGNS else Kind.MULTI_HOT
        factor = high if low == 0 else low
        return meaning.but(
            kind=kind,
            factor=None if factor == 1 else factor,
            bounds=within,
            dim=meaning.dim if kind is Kind.ONE_HOT else None,
            identity=None,
        )
    if low >= 0 and high <= 1:
        return lost("labels that were smoothed by hand", within=within)
    return plain(meaning, Kind.CLAMPED, within)


def added(one: Meaning, other: Meaning, sign: int = 1) -> Meaning:
    """The sum (or the difference) of two tensors."""
    left, right = constant_value(one), constant_value(other)
    if right is not None:
        return plus(one, sign * right)
    if left is not None:
        return plus(times(other, sign), left)
    if sign < 0 and same_logsumexp(one, other):
        return _log_softmax_by_hand(one, other)
    a, b = one.kind, other.kind
    low, high = bounds_of(one)
    other_low, other_high = scaled_bounds(bounds_of(other), sign)
    within = (low + other_low, high + other_high)
    if Kind.UNKNOWN in (a, b):
        return lost("the sum of tensors, one of which is not known", one, other, within=within)
    if other.made_by in ("logsumexp", "log") and sign < 0 and a in UNBOUNDED:
        return lost("scores minus a logarithm: perhaps a log-softmax by hand")
    if sign < 0 and a in UNBOUNDED and other.made_by == LEAST:
        return lost("scores minus the least of them: perhaps they are brought to 0 … 1", within=(0.0, _INFINITY))
    if Kind.LOGITS in (a, b):
        source = one if a is Kind.LOGITS else other
        return plain(source, Kind.LOGITS, within).but(made_by=source.made_by)
    if Kind.REAL in (a, b):
        return plain(one if a is Kind.REAL else other, Kind.REAL, within)
    mixture = _mixture(one, other, sign, within)
    if mixture is not None:
        return mixture
    if a is b is Kind.SIGMOID and sign < 0 and one.factor is other.factor is None:
        return plain(one, Kind.REAL, within).but(made_by=DIFFERENCE)
    if a in LOG_PROBABILITY_KINDS and b in LOG_PROBABILITY_KINDS and sign < 0:
        return plain(one, Kind.REAL)
    if a in LOG_PROBABILITY_KINDS or b in LOG_PROBABILITY_KINDS:
        return lost("log-probabilities were added to something else", within=within)
    if Kind.CLASS_INDEX in (a, b):
        return lost("arithmetic on class indices", within=within)
    if a in TWO_VALUED and b in TWO_VALUED:
        return lost("labels were added up", within=within)
    if within[0] >= 0:
        return plain(one, Kind.NON_NEGATIVE, within)
    return plain(one, Kind.REAL, within)


def _mixture(one: Meaning, other: Meaning, sign: int, within: Bounds) -> Meaning | None:
    """A sum of probabilities with weights is their mixture, times the sum of the weights."""
    distributions = {Kind.PROBABILITIES, Kind.ONE_HOT}
    if {one.kind, other.kind} <= distributions and _same_dim(one, other):
        kind = Kind.PROBABILITIES
    elif one.kind is other.kind is Kind.SIGMOID:
        kind = Kind.SIGMOID
    else:
        return None
    weights = (1.0 if one.factor is None else one.factor, sign * (1.0 if other.factor is None else other.factor))
    if min(weights) <= 0:
        return None
    total = sum(weights)
    source = one if one.kind is kind else other
    factor = None if math.isclose(total, 1.0, rel_tol=1e-6) else total
    made_by = f"mean of {source.made_by or 'probabilities'}"  # its logarithm is none of the scores'
    both = source.but(
        kind=kind, factor=factor, bounds=bounds(within[0], total), made_by=made_by, identity=None, reason=""
    )
    return both if kind is Kind.PROBABILITIES else both.but(scores=None, dim=one.dim if _same_dim(one, other) else None)


def _same_dim(one: Meaning, other: Meaning) -> bool:
    if one.dim is None or other.dim is None:
        return False
    if one.dim == other.dim:
        return True
    return same_dimension(one.but(shape=one.shape or other.shape), one.dim, other.dim) is True


def same_logsumexp(one: Meaning, other: Meaning) -> bool:
    """Whether the second is the logsumexp of the first, kept as a dimension of size 1."""
    return _derived(other, "logsumexp", one) is not None


#: What begins the identity of the transpose of a matrix.
TRANSPOSED = "transposed"


def _derived(meaning: Meaning, name: str, of: Meaning) -> int | None:
    """The dimension along which a tensor was reduced by that name from another tensor, when it was, and kept; or that
    stands in its place where a matrix was transposed: `x.t() / x.sum(1)`."""
    match meaning.identity:
        case (str(how), source, int(dim), True) if how == name and of.identity is not None and source == of.identity:
            return dim
        case (str(how), source, 1 | -1, False) if how == name and of.identity == (TRANSPOSED, source):
            return 0
    return None


def _log_softmax_by_hand(one: Meaning, other: Meaning) -> Meaning:
    dim = _derived(other, "logsumexp", one)
    return Meaning(Kind.LOG_PROBABILITIES, dim=dim, bounds=NATURAL_BOUNDS[Kind.LOG_PROBABILITIES], made_by="logsumexp")


def multiplied(one: Meaning, other: Meaning) -> Meaning:
    """The product of two tensors, element by element."""
    product = _multiplied(one, other)
    for labels, given in ((one, other), (other, one)):
        if labels.kind is Kind.ONE_HOT and labels.factor is None and given.kind in _PICKED and labels.dim is not None:
            return product.but(made_by=OF_ONE_HOT, source=given, dim=labels.dim)
    return product


def _multiplied(one: Meaning, other: Meaning) -> Meaning:
    left, right = constant_value(one), constant_value(other)
    if right is not None:
        return times(one, right)
    if left is not None:
        return times(other, left)
    if is_mask(other):
        return masked(one)
    if is_mask(one):
        return masked(other)
    a, b = one.kind, other.kind
    within = _product_bounds(one, other)
    for weight, given in ((one, other), (other, one)):
        if weight.made_by == FOCAL_WEIGHT and given.kind is Kind.LOG_PROBABILITIES and given.factor is None:
            return lost("log-probabilities with a weight", within=within).but(made_by=FOCAL)
    if Kind.UNKNOWN in (a, b):
        return lost("the product of tensors, one of which is not known", one, other, within=within)
    if a in UNBOUNDED or b in UNBOUNDED:
        return plain(one if a in UNBOUNDED else other, Kind.REAL, within)
    if a in TWO_VALUED and b in TWO_VALUED and bounds_of(one)[0] >= 0 and bounds_of(other)[0] >= 0:
        return plain(one, Kind.BOOLEAN, within) if one.factor is other.factor is None else lost("a product of labels")
    if Kind.COSINE in (a, b):
        # A scale that is learnt, or that differs from row to row: they are scores now.
        return plain(one if a is Kind.COSINE else other, Kind.REAL, within)
    if a is b is Kind.NON_NEGATIVE:
        return plain(one, Kind.NON_NEGATIVE, within).but(made_by="a product")
    if a is b is Kind.NORMALISED and one.factor is other.factor is None and one.dim == other.dim:
        return plain(one, Kind.REAL, within).but(made_by=OF_UNIT_VECTORS, dim=one.dim)
    if Kind.NORMALISED in (a, b):
        return plain(one, Kind.REAL, within)
    return lost("the product of two tensors", one, other, within=within)


def sifted(meaning: Meaning) -> Meaning:
    """Values of which some are left out or replaced: with class indices that may be done to be rid of the greatest,
    `y * (y != 2)`, and how far the others reach is not known."""
    if meaning.kind is Kind.CLASS_INDEX and meaning.bounds is not None and meaning.bounds[1] > 1:
        return meaning.but(bounds=None)
    return meaning


def is_mask(meaning: Meaning) -> bool:
    """Whether values are 0 and 1 and nothing else is meant by them."""
    return meaning.kind is Kind.BOOLEAN and meaning.factor is None


def masked(meaning: Meaning) -> Meaning:
    """Values of which some were set to 0 by a mask."""
    meaning = sifted(meaning)
    low, high = bounds_of(meaning)
    within = bounds(min(low, 0.0), max(high, 0.0))
    kind = meaning.kind
    if kind in UNBOUNDED:
        return meaning.but(bounds=within, made_by=MASKED if kind is Kind.LOGITS else meaning.made_by, identity=None)
    if kind is Kind.NORMALISED:
        return plain(meaning, Kind.REAL, within)
    if kind is Kind.ONE_HOT:
        return plain(meaning, Kind.MULTI_HOT, within)
    if kind is Kind.SIGNS:
        return plain(meaning, Kind.CLAMPED, within)
    if kind in LOG_PROBABILITY_KINDS:
        # The log of 1 where there was a mask: still to be read as such, but no distribution any more.
        dim = meaning.dim if kind is Kind.LOG_SIGMOID else None
        return meaning.but(bounds=within, dim=dim, identity=None, scores=None)
    dim = None if kind is Kind.PROBABILITIES else meaning.dim
    return meaning.but(bounds=within, dim=dim, identity=None, scores=None)


def _product_bounds(one: Meaning, other: Meaning) -> Bounds:
    ends = [0.0 if 0.0 in (a, b) else a * b for a in bounds_of(one) for b in bounds_of(other)]
    return (min(ends), max(ends))


def divided(one: Meaning, other: Meaning) -> Meaning:
    """The quotient of two tensors."""
    right = constant_value(other)
    if right is not None:
        if right == 0:
            return (
                one.but(factor=math.inf, bounds=None, identity=None) if one.kind is not Kind.CONSTANT else lost("x/0")
            )
        return times(one, 1.0 / right)
    for name, kind in (("norm", Kind.NORMALISED), ("sum", Kind.PROBABILITIES)):
        dim = _derived(other, name, one)
        if dim is not None and (kind is Kind.NORMALISED or bounds_of(one)[0] >= 0):
            result = plain(one, kind, NATURAL_BOUNDS[kind])
            made_by = "exp / sum" if one.made_by == "exp" else "a division by the " + name
            return result.but(dim=dim, made_by=made_by, trail=None)  # the division is what makes them
    left = constant_value(one)
    low, high = bounds_of(other)
    if left is not None:
        if left == 1 and other.made_by == "exp" and low == 1 and other.kind is Kind.NON_NEGATIVE:
            made_by = "1 / (1 + exp)"
            within = (0.0, 1.0)
            return other.but(kind=Kind.SIGMOID, bounds=within, factor=None, made_by=made_by, identity=None, trail=None)
        if low >= 0 and left > 0:
            return plain(other, Kind.NON_NEGATIVE, (left / high if high else 0.0, left / low if low else _INFINITY))
        return lost("the quotient of two tensors", other)
    if Kind.UNKNOWN in (one.kind, other.kind):
        return lost("the quotient of tensors, one of which is not known", one, other)
    if one.kind in UNBOUNDED and other.made_by not in ("norm", "sum"):
        # A temperature that is learnt.
        return plain(one, one.kind).but(made_by=one.made_by)
    if one.kind is Kind.COSINE:
        return plain(one, Kind.REAL)
    if bounds_of(one)[0] >= 0 and low >= 0:
        return plain(one, Kind.NON_NEGATIVE, NATURAL_BOUNDS[Kind.NON_NEGATIVE]).but(made_by="a quotient")
    return lost("the quotient of two tensors", one, other)


def scaled_by_unknown(meaning: Meaning) -> Meaning:
    """The values multiplied or divided by a number that is not known."""
    if meaning.kind in UNBOUNDED:
        return meaning.but(bounds=None, identity=None)
    if meaning.kind is Kind.COSINE:
        # Some temperature: what it is, is not known, but they were made scores on purpose.
        return plain(meaning, Kind.REAL)
    return lost("it was scaled by a value that is not known", meaning)


def raised(meaning: Meaning, exponent: float | None) -> Meaning:
    """The values to a power."""
    power = _raised(meaning, exponent)
    is_weight = meaning.made_by == COMPLEMENT and (exponent is None or exponent > 0)
    return power.but(made_by=FOCAL_WEIGHT) if is_weight else power


def _raised(meaning: Meaning, exponent: float | None) -> Meaning:
    known = constant_value(meaning)
    low, high = bounds_of(meaning)
    if exponent is None:
        within = (0.0, 1.0) if low >= 0 and high <= 1 else (0.0, _INFINITY) if low >= 0 else None
        return lost("a power that is not known", meaning, within=within)
    if known is not None:
        try:
            value = known**exponent
        except (OverflowError, ZeroDivisionError):
            return lost("a power without a value")
        return constant(value, meaning) if isinstance(value, float) else lost("a power without a value")
    if exponent == 1:
        return meaning.but(identity=None)
    if meaning.kind in (Kind.BOOLEAN, Kind.MULTI_HOT, Kind.ONE_HOT) and meaning.factor is None and exponent > 0:
        return meaning.but(identity=None)
    if exponent == 0:
        return constant(1.0, meaning)
    if low >= 0 and exponent > 0:
        return plain(meaning, Kind.NON_NEGATIVE, (_power(low, exponent), _power(high, exponent))).but(made_by="pow")
    if exponent.is_integer() and int(exponent) % 2 == 0 and exponent > 0:
        ends = [_power(abs(low), exponent), _power(abs(high), exponent)]
        within = (0.0 if low <= 0 <= high else min(ends), max(ends))
        return plain(meaning, Kind.NON_NEGATIVE, within).but(made_by="pow")
    if low > 0 or (low >= 0 and exponent < 0):
        return plain(meaning, Kind.NON_NEGATIVE, (0.0, _INFINITY))
    if meaning.kind is Kind.UNKNOWN:
        return lost("a power of something not known", meaning)
    if exponent.is_integer():
        return plain(meaning, Kind.REAL)
    return plain(meaning, Kind.NON_NEGATIVE, (0.0, _INFINITY))


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return _INFINITY


def clamped(meaning: Meaning, low: float | None, high: float | None) -> Meaning:
    """The values limited to a range; None where there is no limit on that side."""
    old_low, old_high = bounds_of(meaning)
    new_low = max(old_low, low) if low is not None else old_low
    new_high = min(old_high, high) if high is not None else old_high
    if low is not None:
        new_high = max(new_high, low)
    if high is not None:
        new_low = min(new_low, high)
    if (new_low, new_high) == (old_low, old_high):
        return meaning.but(identity=None)
    within = (new_low, new_high)
    kind = meaning.kind
    if new_low == new_high:
        return constant(new_low, meaning)
    if kind is Kind.SIGMOID and meaning.factor is None:
        return meaning.but(bounds=within, identity=None, scores=scores_of(meaning))
    if kind is Kind.PROBABILITIES and meaning.factor is None:
        if new_low <= TINY and new_high >= 1 - TINY:
            return meaning.but(bounds=within, identity=None)
        return plain(meaning, Kind.CLAMPED, within)
    if kind is Kind.COSINE and max(new_low - old_low, old_high - new_high) <= TINY * (old_high - old_low):
        return meaning.but(bounds=within, identity=None)  # for the arc cosine to have a gradient at the ends
    if kind in LOG_PROBABILITY_KINDS and meaning.factor is None and new_low <= -5 and new_high >= -TINY:
        return meaning.but(bounds=within, identity=None)
    if kind is Kind.UNKNOWN and not (new_low < 0 < new_high and not math.isinf(new_low) and not math.isinf(new_high)):
        # What keeps a logarithm finite looks like this too, so it says nothing of what goes in.
        return meaning.but(bounds=bounds(*within), identity=None)
    if kind is Kind.COUNT and within == (0.0, 1.0):
        return meaning.but(kind=Kind.MULTI_HOT, bounds=within, identity=None)  # how often, cut to whether at all
    whole = all(limit is None or limit.is_integer() for limit in (low, high))
    if kind in (Kind.CLASS_INDEX, Kind.COUNT) and whole:
        return meaning.but(bounds=bounds(*within), identity=None)
    if kind in (Kind.NON_NEGATIVE, Kind.LOG) and math.isinf(new_high):
        return meaning.but(bounds=bounds(*within), identity=None)
    if new_low >= 0 and math.isinf(new_high):
        return plain(meaning, Kind.NON_NEGATIVE, within)
    return plain(meaning, Kind.CLAMPED, within)

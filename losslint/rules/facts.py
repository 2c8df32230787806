"""What a rule may conclude from what is known of meanings: the answer is no as long as something is open."""

from __future__ import annotations

from losslint.vocabulary.kinds import LABEL_KINDS, LOG_PROBABILITY_KINDS, OUTPUTS, Kind
from losslint.vocabulary.meaning import CUT_SCORES, Meaning
from losslint.vocabulary.observations import LossCall, Writing
from losslint.vocabulary.shapes import Shape, Size

#: Bounded values that were multiplied by at least this much were stretched on purpose.
STRETCHED_ON_PURPOSE = 5.0


def stretch(meaning: Meaning) -> float:
    """The absolute factor that the values were multiplied by after they were made."""
    return 1.0 if meaning.factor is None else abs(meaning.factor)


def stretched_on_purpose(meaning: Meaning) -> bool:
    """Whether someone scaled bounded values far enough for a loss that wants scores."""
    return stretch(meaning) >= STRETCHED_ON_PURPOSE


def negated(meaning: Meaning) -> bool:
    """Whether the values were multiplied by a negative number."""
    return meaning.factor is not None and meaning.factor < 0


def is_thresholded(meaning: Meaning) -> bool:
    """Whether it is zeros and ones that a threshold has made of a model's output, as they are."""
    made_of_output = meaning.source is not None and meaning.source.kind in OUTPUTS
    return meaning.kind is Kind.BOOLEAN and meaning.factor is None and made_of_output


def is_relu(meaning: Meaning) -> bool:
    """Whether values come straight from a ReLU, not from an average of its outputs."""
    maker = meaning.made_by
    return maker.lower().rpartition(".")[2] in ("relu", "relu_") and not maker.startswith("mean of")


def is_rectified(meaning: Meaning) -> bool:
    """Whether values come straight from a ReLU, or were raw scores before all below 0, or more, was cut off."""
    return is_relu(meaning) or meaning.made_by == CUT_SCORES


def rectifier(meaning: Meaning) -> tuple[str, str]:
    """What such values are called in a message, and what made them."""
    return ("the output of a ReLU", "ReLU") if is_relu(meaning) else ("scores without those below 0", "clamp")


#: What a model computes that can lie on either side of 0.
_SIGNED = frozenset({Kind.LOGITS, Kind.LOG, Kind.TANH, *LOG_PROBABILITY_KINDS})


def may_be_negative(meaning: Meaning) -> bool:
    """Whether the values are an output or a logarithm that nothing is known to keep from falling below 0."""
    return meaning.kind in _SIGNED and (meaning.bounds is None or meaning.bounds[0] < 0)


#: Layers whose scores are a network's own: a convolution may blur or widen labels, with weights that are set by hand.
_OF_A_NETWORK = frozenset({"nn.Linear", "nn.LazyLinear", "nn.Bilinear"})


def unfinished(target: Meaning) -> str:
    """What a target is called that a model returned before its probabilities were made, or whose logarithm was taken:
    both are negative where probabilities cannot be. Empty for any other."""
    if not may_be_negative(target) or negated(target):
        return ""
    if target.kind is Kind.LOGITS and target.made_by not in _OF_A_NETWORK:
        return ""
    return {Kind.LOGITS: "raw scores", Kind.LOG_PROBABILITIES: "log-probabilities"}.get(target.kind, "")


def sizes_differ(one: Size, other: Size) -> bool:
    """Whether two sizes cannot be equal. A symbol is a batch or a length: not 1, and any other number."""
    if one is None or other is None or one == other:
        return False
    if isinstance(one, int) and isinstance(other, int):
        return True
    return 1 in (one, other)


def sizes_agree(one: Size, other: Size) -> bool:
    """Whether two sizes are known to be equal."""
    return one is not None and one == other


def shapes_differ(one: Shape | None, other: Shape | None) -> bool:
    """Whether two shapes cannot be equal."""
    if one is None or other is None:
        return False
    if not one.open and not other.open and len(one.sizes) != len(other.sizes):
        return True
    if one.open != other.open:
        closed, opened = (other, one) if one.open else (one, other)
        if len(closed.sizes) < len(opened.sizes):
            return True
    common = min(len(one.sizes), len(other.sizes))
    return any(sizes_differ(one.size(-place), other.size(-place)) for place in range(1, common + 1))


def shapes_agree(one: Shape | None, other: Shape | None) -> bool:
    """Whether two shapes are known to be equal, size by size."""
    if one is None or other is None or one.open or other.open or len(one.sizes) != len(other.sizes):
        return False
    return all(sizes_agree(a, b) for a, b in zip(one.sizes, other.sizes, strict=True))


def is_column(meaning: Meaning) -> bool:
    """Whether the tensor is `[N, 1]` or `[N, 1, H, W]`: at least two dimensions, the second of size 1."""
    return meaning.rank is not None and meaning.rank >= 2 and meaning.size(1) == 1


def shown_dtype(meaning: Meaning) -> str:
    """The dtype for a message: `int64`, or the family when only that is known."""
    return {"float": "floating-point", "int": "integer", None: "unknown"}.get(meaning.dtype, meaning.dtype or "")


def shown_range(bounds: tuple[float, float]) -> str:
    """The least and the greatest value for a message: `from 1 to 10`, or the one number that they are."""
    low, high = bounds
    return f"{low:g}" if low == high else f"from {low:g} to {high:g}"


def number(setting: object) -> float | None:
    """A setting as a number, when it is one."""
    return float(setting) if isinstance(setting, int | float) and not isinstance(setting, bool) else None


def within(bounds: tuple[float, float]) -> bool:
    """Whether values lie in 0 … 1."""
    return bounds[0] >= 0 and bounds[1] <= 1


def picks_at_target(call: LossCall) -> bool:
    """Whether a loss is negated that picks the value at the target, each or on average: that is meant, and no loss."""
    return Writing.NEGATED in call.written and (reduction(call) == "none" or call.loss == "NLLLoss")


def reduction(call: LossCall) -> object:
    """The reduction as the loss sees it: `size_average` and `reduce` win where they are given, UNSETTLED included."""
    average, reduce = call.setting("size_average"), call.setting("reduce")
    if average is None and reduce is None:
        given = call.setting("reduction", "mean")
        return "mean" if given == "elementwise_mean" else given  # the name that it once had, which torch still takes
    for legacy in (average, reduce):
        if legacy is not None and not isinstance(legacy, bool | str):
            return legacy
    if reduce is False:
        return "none"
    return "mean" if average is None or average else "sum"


#: Losses whose target says which class it is: nobody trains it.
_OF_LABELS = frozenset(
    {"CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss", "MultiMarginLoss", "MultiLabelSoftMarginLoss"}
)
#: Losses that let the gradient through to both sides, so that either may be the one that is trained.
_OF_TWO_SIDES = frozenset({"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "KLDivLoss", "PoissonNLLLoss"})


def trained_in_vain(call: LossCall) -> str:
    """What cut off the input of a loss that is trained on and has no other path to the model; empty when there is one.

    The target must not have a gradient either: with `mse_loss(x.detach(), y)` people train `y`.
    """
    given, target = call.argument("input"), call.argument("target")
    if Writing.TRAINED_ON not in call.written or given.detached_by is None or given.kind is Kind.CONSTANT:
        return ""
    without = (
        target.detached_by is not None
        or target.is_integral is True
        or target.kind in LABEL_KINDS
        or target.kind is Kind.CONSTANT
        or Writing.TARGET_LOADED in call.written
    )
    if call.loss in _OF_LABELS:
        without = without or target.kind is Kind.UNKNOWN
    elif call.loss not in _OF_TWO_SIDES:
        return ""
    return given.detached_by if without else ""


def and_the_gradient(given: Meaning) -> str:
    """What else is lost where a logarithm is -inf: the gradient, where there is one."""
    return " and any gradient nan" if given.detached_by is None else ""


def is_only_read(call: LossCall) -> bool:
    """Whether no run is known in which a loss is trained on: of one in an evaluation nothing but the number counts."""
    return call.untrained is not None and call.untrained()


def lost(call: LossCall, in_training: str) -> str:
    """What else a misuse costs, behind what it does to the loss: how it bends the gradient, where one is known to be
    taken. The loop of a framework is not read."""
    return (
        ": nothing that is read trains on it, but the number is wrong" if is_only_read(call) else f", and {in_training}"
    )


def as_entries_of_a_column(target: Meaning) -> Meaning:
    """A target with the shape that entries of a column of a table have: a model with one output is not trained on
    lists."""
    return target.but(shape=target.likely) if target.likely is not None and target.shape is None else target

"""What a misuse costs, in numbers: closed forms, computed from the class count where it is known."""

from __future__ import annotations

import math

from losslint.rules.facts import reduction, stretch
from losslint.vocabulary.floors import Curve, Floor
from losslint.vocabulary.meaning import MASKED_OUT, Meaning
from losslint.vocabulary.observations import LossCall

#: What a negative costs at least when a sigmoid output is taken for a score: `ln 2`.
NEGATIVE_FLOOR = math.log(2.0)


def class_count(scores: Meaning) -> int | None:
    """The size of the class dimension of `[N, C]`, `[N, C, d1 …]` or `[C]` scores, when it is known."""
    shape = scores.shape
    if shape is None:
        return None
    if shape.open:
        # `[…, C]`: the last size is the class count as long as nothing but the batch stands before it.
        size = shape.size(-1) if len(shape.sizes) == 1 else None
    else:
        size = shape.size(1) if len(shape.sizes) > 1 else shape.size(0)
    return size if isinstance(size, int) else None


def _classes_left(scores: Meaning) -> int | None:
    """How many classes a loss chooses from: where some are masked out, nobody knows how many are left."""
    masked = scores.bounds is not None and scores.bounds[0] <= MASKED_OUT
    return None if masked else class_count(scores)


def outcome_count(distribution: Meaning) -> int | None:
    """Over how many outcomes probabilities, or their logarithms, sum up to 1, when it is known: the size of the
    dimension that the softmax went along, wherever it stands."""
    if distribution.dim is None:
        return class_count(distribution)
    size = distribution.size(distribution.dim)
    return size if isinstance(size, int) else None


def bounded_floor(classes: int, width: float) -> float:
    """The least cross-entropy of scores that lie in an interval of that width: `ln(1 + (C - 1) e^-width)`."""
    return math.log1p((classes - 1) * math.exp(-width))


def unit_interval_floor(classes: int) -> float:
    """The least cross-entropy of scores that lie in [0, 1]: `ln(1 + (C - 1) / e)`."""
    return bounded_floor(classes, 1.0)


def cosine_floor(pairs: int, factor: float = 1.0) -> float:
    """The least mean cross-entropy over cosine similarities: all pairs as far apart as that many directions can be."""
    return math.log1p((pairs - 1) * math.exp(-factor * pairs / (pairs - 1)))


def most_after_softmax(classes: int) -> float:
    """The most that a softmax of values between 0 and 1 gives one class: `e / (e + C - 1)`."""
    return math.e / (math.e + classes - 1)


def with_classes(classes: int | None) -> tuple[int, str]:
    """The number of classes that a number is worked out for, and the words before it: ten, where it is not known."""
    known = classes if classes is not None and classes > 1 else None
    return (10, "With 10 classes, for instance,") if known is None else (known, f"With {known} classes")


def applied_again(scores: Meaning, inside: str) -> str:
    """What the activation inside a loss makes of values between 0 and 1, without the full stop."""
    if inside == "softmax":
        count, with_them = with_classes(class_count(scores))
        return f"{with_them} its softmax gives no class more than {most_after_softmax(count):.3f}"
    if inside == "sigmoid":
        return "Its sigmoid gives 0.5 to 0.7311 for them, so it never sees a negative that is sure"
    if inside == "hinge":
        return "It calls negative what is below 0, and nothing ever is"
    return "They lie between 0 and 1, so its activation hardly tells them apart"


def positive_floor(factor: float = 1.0) -> float:
    """What a positive costs at least when a sigmoid output is taken for a score: `ln(1 + 1 / e)`."""
    return math.log1p(math.exp(-factor))


def softmax_in_binary_floor(classes: int, factor: float = 1.0) -> float:
    """The least mean binary cross-entropy when softmax outputs are taken for scores and one class is on."""
    return (positive_floor(factor) + (classes - 1) * NEGATIVE_FLOOR) / classes


def floor_at(floor: Floor, at: float) -> float:
    """The value of a floor's curve: at a number of classes or pairs from 2 on, or at a share of positives in [0, 1]."""
    match floor.curve:
        case Curve.BOUNDED:
            return bounded_floor(int(at), floor.factor)
        case Curve.COSINE:
            return cosine_floor(int(at), floor.factor)
        case Curve.SOFTMAX_IN_BINARY:
            return softmax_in_binary_floor(int(at), floor.factor)
        case Curve.SIGMOID_TWICE:
            return at * positive_floor(floor.factor) + (1 - at) * NEGATIVE_FLOOR


def floor_of(curve: Curve, scores: Meaning, factor: float | None = None) -> Floor:
    """The floor under a loss over some scores, `stretch(scores)` times as wide where nothing else is said."""
    classes = _classes_left(scores) if curve is not Curve.SIGMOID_TWICE else None
    known = classes if classes is not None and classes > 1 else None
    return Floor(curve, float(stretch(scores) if factor is None else factor), known)


def unit(call: LossCall) -> str:
    """What a floor is counted in: nothing for a mean, "a sample" where the loss adds up; weights change it."""
    weights = any(call.setting(name) is not None for name in ("weight", "pos_weight"))
    words = " a sample" if reduction(call) in ("sum", "none") else ""
    return words + (" before weighting" if weights else "")


def floor_sentence(call: LossCall, scores: Meaning, width: float = 1.0) -> str:
    """The sentence that says how low a cross-entropy over bounded scores can get, without its full stop."""
    return width_sentence(call, scores, width * stretch(scores))


def width_sentence(call: LossCall, scores: Meaning, width: float) -> str:
    """The same for scores that lie in an interval of a known width."""
    classes = _classes_left(scores)
    if classes is None or classes < 2:
        floor = f"{bounded_floor(10, width):.3f}{unit(call)}"
        return f"The loss cannot fall to 0 (for 10 classes, for instance, not below {floor})"
    return f"With {classes} classes this loss cannot fall below {bounded_floor(classes, width):.3f}{unit(call)}"


def binary_floor_sentence(call: LossCall, scores: Meaning) -> str:
    """The sentence that says what sigmoid outputs cost when they are taken for scores, without its full stop."""
    return (
        f"A perfect prediction still costs {positive_floor(stretch(scores)):.4f} for a positive and "
        f"{NEGATIVE_FLOOR:.4f} for a negative{' before weighting' if 'weighting' in unit(call) else ''}"
    )

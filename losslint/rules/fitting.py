"""Which shapes a loss can compare: why those that are known cannot be the shapes of its arguments.

Only sizes that are numbers count against each other: a symbol may well be equal to one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from losslint.rules.facts import reduction
from losslint.rules.scores import TAKES_PROBABILITIES, scores
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall
from losslint.vocabulary.shapes import Shape, Size

#: Losses that compare two tensors element by element, broadcasting where they can.
ELEMENTWISE = frozenset(
    {"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "PoissonNLLLoss", "GaussianNLLLoss", "KLDivLoss",
     "HingeEmbeddingLoss", "SoftMarginLoss", "MultiLabelSoftMarginLoss"}
)  # fmt: skip
#: Losses that only check their shapes elsewhere, but average as well.
AVERAGED = ELEMENTWISE | {
    "AdaptiveLogSoftmaxWithLoss",
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "LinearCrossEntropyLoss",
    "NLLLoss",
    "NLLLoss2d",
}


def other_numbers(one: Size, other: Size) -> bool:
    """Whether two sizes are different numbers."""
    return isinstance(one, int) and isinstance(other, int) and one != other


def cannot_broadcast(one: Shape | None, other: Shape | None) -> str:
    """Why two shapes cannot be broadcast, in words; empty when they may be."""
    if one is None or other is None:
        return ""
    for place in range(1, min(len(one.sizes), len(other.sizes)) + 1):
        left, right = one.size(-place), other.size(-place)
        if other_numbers(left, right) and 1 not in (left, right):
            return f"the sizes {left} and {right} do not broadcast"
    return ""


def objection(call: LossCall) -> tuple[str, tuple[str, ...]] | None:
    """Why shapes do not fit the loss, and the names of the arguments concerned; None as long as they may fit."""
    if call.loss in ELEMENTWISE:
        why = cannot_broadcast(call.argument("input").shape, call.argument("target").shape)
        if why:
            return why, ("input", "target")
    special = _CHECKS.get(call.loss)
    return special(call) if special is not None else None


def empty(call: LossCall) -> bool:
    """Whether a mean is taken over a prediction that is known to hold nothing."""
    if call.loss not in AVERAGED or reduction(call) != "mean":
        return False
    given = call.argument("input")
    # A number of classes that is 0 is one that is counted later.
    return given.rank is not None and given.rank > 0 and given.size(0) == 0


def tensor(call: LossCall, name: str) -> Meaning:
    """The meaning of an argument, or of a setting that is a tensor."""
    setting = call.setting(name)
    return setting if isinstance(setting, Meaning) else call.argument(name)


def _class_indices(call: LossCall) -> tuple[str, tuple[str, ...]] | None:
    given, target = scores(call), call.argument("target")
    both = ("input", "target")
    if given.shape is None or target.shape is None or given.rank is None or target.rank is None:
        return None
    sizes, labels = given.shape.sizes, target.shape.sizes
    if given.rank == 1:
        size = target.size(0)
        if target.rank == 1 and target.is_integral and size not in (None, 1):
            return "scores of one dimension are those of a single sample, which has one class index", both
        return ("the target has more dimensions than the scores", both) if target.rank > 1 else None
    if given.rank == 0:
        return None
    if target.rank == given.rank:
        if not target.is_floating or call.loss not in TAKES_PROBABILITIES:
            return None  # of that other rules speak: a column, a one-hot target
        differ = any(other_numbers(one, other) for one, other in zip(sizes, labels, strict=True))
        return ("class probabilities have the shape of the scores", both) if differ else None
    if target.rank != given.rank - 1:
        wanted = "one dimension less than the scores"
        return f"class indices have {wanted}, {given.rank - 1} instead of {target.rank}", both
    if other_numbers(sizes[0], labels[0]):
        return f"the batch sizes {sizes[0]} and {labels[0]} differ", both
    for one, other in zip(sizes[2:], labels[1:], strict=True):
        if other_numbers(one, other):
            return f"beyond the class dimension the sizes {one} and {other} differ", both
    return None


def _margins_of_classes(call: LossCall) -> tuple[str, tuple[str, ...]] | None:
    given, target = call.argument("input"), call.argument("target")
    if given.rank is not None and given.rank > 2:
        return "it takes [N, C] scores, nothing of more dimensions", ("input",)
    # Where no size of the batch is known, 0 classes are classes that are counted later.
    if given.rank in (1, 2) and given.size(-1) == 0 and (given.rank == 1 or isinstance(given.size(0), int)):
        return "there is no class", ("input",)
    if given.rank != 2 or target.rank is None:
        return None
    if call.loss == "MultiMarginLoss":
        if target.rank > 1 or other_numbers(given.size(0), target.size(0)):
            return "it wants one class index a sample", ("input", "target")
        return None
    if target.rank != 2 or any(other_numbers(given.size(dim), target.size(dim)) for dim in (0, 1)):
        return "its target has the shape of the scores", ("input", "target")
    return None


def _with_its_last_layer(call: LossCall) -> tuple[str, tuple[str, ...]] | None:
    """The features fit the layer that the loss holds, and the target what that layer makes of them."""
    features, layer = call.argument("input"), call.setting("linear_weight")
    if features.rank is not None and features.rank not in (1, 2):
        return "it takes [N, F] features, or the F features of one sample", ("input",)
    wanted, names = call.setting("in_features"), ["input"]
    if isinstance(layer, Meaning):
        if layer.rank is not None and layer.rank < 2:
            return "the weight of its layer is [C, F]", ("linear_weight",)
        wanted, names = layer.size(-1), ["input", "linear_weight"]
        if features.rank == 1 and layer.rank is not None and layer.rank > 2:
            return "a layer with more than classes and features takes a batch", tuple(names)
        bias = call.setting("linear_bias")
        if isinstance(bias, Meaning) and bias.shape is not None and layer.rank is not None and layer.shape is not None:
            if bias.rank is not None and _differ(bias.shape.sizes, layer.shape.sizes[:-1]):
                return "a layer has one bias an output", ("linear_bias", "linear_weight")
    if isinstance(wanted, int) and other_numbers(features.size(-1), wanted):
        return f"the layer takes {wanted} features", tuple(names)
    return _class_indices(call)


def _differ(one: Sequence[Size], other: Sequence[Size]) -> bool:
    return len(one) != len(other) or any(map(other_numbers, one, other))


def _soft_margin(call: LossCall) -> tuple[str, tuple[str, ...]] | None:
    """The target may be broadcast to the input, never the other way round."""
    given, target = call.argument("input"), call.argument("target")
    if given.rank is None or target.shape is None:
        return None
    larger = len(target.shape.sizes) > given.rank
    for place in range(1, min(given.rank, len(target.shape.sizes)) + 1):
        larger = larger or (given.size(-place) == 1 and target.size(-place) not in (None, 1))
    return ("the input is not broadcast to the target", ("input", "target")) if larger else None


def _gaussian(call: LossCall) -> tuple[str, tuple[str, ...]] | None:
    given, var = call.argument("input"), call.argument("var")
    if given.rank is None or var.rank is None or given.shape is None or var.shape is None:
        return None
    wanted = "the variance has the shape of the input, or lacks its last dimension, or has size 1 there"
    sizes = given.shape.sizes if var.rank == given.rank else given.shape.sizes[:-1]
    if var.rank not in (given.rank, given.rank - 1):
        return wanted, ("input", "var")
    shared = zip(sizes, var.shape.sizes, strict=True)
    if any(other_numbers(one, other) and (other != 1 or var.rank != given.rank) for one, other in shared):
        return wanted, ("input", "var")
    return None


def _alike(names: Sequence[str]) -> Callable[[LossCall], tuple[str, tuple[str, ...]] | None]:
    """All of these arguments have the same number of dimensions, and broadcast."""

    def check(call: LossCall) -> tuple[str, tuple[str, ...]] | None:
        known = [(name, call.argument(name)) for name in names]
        for place, (name, one) in enumerate(known):
            for other_name, other in known[place + 1 :]:
                if one.rank is not None and other.rank is not None and one.rank != other.rank:
                    return "they have to have the same number of dimensions", (name, other_name)
                why = cannot_broadcast(one.shape, other.shape)
                if why:
                    return why, (name, other_name)
        return None

    return check


def _cosine(call: LossCall) -> tuple[str, tuple[str, ...]] | None:
    one, other, target = call.argument("input1"), call.argument("input2"), call.argument("target")
    why = cannot_broadcast(one.shape, other.shape)
    if why:
        return why, ("input1", "input2")
    if target.rank is not None and target.rank > 1:
        return "the target has one number a pair, in one dimension", ("input1", "target")
    for name, given in (("input1", one), ("input2", other)):
        if given.rank is not None and target.rank is not None and given.rank != target.rank + 1:
            return f"a target of {target.rank} dimensions belongs to inputs of {target.rank + 1}", (name, "target")
        if given.rank == 2 and target.rank == 1 and _clash(given.size(0), target.size(0)):
            return f"the batch sizes {given.size(0)} and {target.size(0)} differ", (name, "target")
    return None


def _clash(one: Size, other: Size) -> bool:
    return other_numbers(one, other) and 1 not in (one, other)


def _ctc(call: LossCall) -> tuple[str, tuple[str, ...]] | None:
    scores, targets = call.argument("log_probs"), call.argument("targets")
    if scores.rank is not None and scores.rank not in (2, 3):
        return "it takes [T, N, C], time first, or [T, C]", ("log_probs",)
    if targets.rank is not None and targets.rank > 2:
        return "its targets are [N, S], or all of them in one dimension", ("targets",)
    if scores.rank != 3:
        return None
    batch = scores.size(1)
    if targets.rank == 2 and other_numbers(batch, targets.size(0)):
        return f"dimension 1 of the scores is the batch: {batch} samples for {targets.size(0)} targets", (
            "log_probs",
            "targets",
        )
    for name in ("input_lengths", "target_lengths"):
        lengths = call.argument(name)
        if lengths.rank == 1 and other_numbers(batch, lengths.size(0)):
            return f"dimension 1 of the scores is the batch: {batch} samples for {lengths.size(0)} lengths", (
                "log_probs",
                name,
            )
    return None


_CHECKS: dict[str, Callable[[LossCall], tuple[str, tuple[str, ...]] | None]] = {
    "CrossEntropyLoss": _class_indices,
    "NLLLoss": _class_indices,
    "NLLLoss2d": _class_indices,
    "LinearCrossEntropyLoss": _with_its_last_layer,
    "AdaptiveLogSoftmaxWithLoss": _with_its_last_layer,
    "MultiMarginLoss": _margins_of_classes,
    "MultiLabelMarginLoss": _margins_of_classes,
    "SoftMarginLoss": _soft_margin,
    "GaussianNLLLoss": _gaussian,
    "MarginRankingLoss": _alike(("input1", "input2", "target")),
    "TripletMarginLoss": _alike(("anchor", "positive", "negative")),
    "TripletMarginWithDistanceLoss": _alike(("anchor", "positive", "negative")),
    "CosineEmbeddingLoss": _cosine,
    "CTCLoss": _ctc,
}

"""What a loss over classes compares its target with: the scores that it is given, or those of its own last layer."""

from __future__ import annotations

from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall
from losslint.vocabulary.shapes import Shape, Size

#: Losses whose target is either class indices or class probabilities.
TAKES_PROBABILITIES = frozenset({"CrossEntropyLoss", "LinearCrossEntropyLoss"})

#: Losses with layers of their own: they take features.
HOLDS_LAYERS = frozenset({"LinearCrossEntropyLoss", "AdaptiveLogSoftmaxWithLoss"})


def scores(call: LossCall) -> Meaning:
    """The scores: the input, or what the layers that some losses hold make of it."""
    given = call.argument("input")
    if call.loss not in HOLDS_LAYERS:
        return given
    features, made = given.shape, _out_of_the_layer(call)
    shape = None
    if features is not None and given.rank in (1, 2) and made is not None:
        shape = Shape((*features.sizes[:-1], *made))
    return Meaning(Kind.LOGITS, dtype=given.dtype, shape=shape, device=given.device)


def _out_of_the_layer(call: LossCall) -> tuple[Size, ...] | None:
    """The sizes that the layer makes of one sample's features: the classes first. None when they are not known."""
    weight = call.setting("linear_weight")
    if isinstance(weight, Meaning):
        known = weight.shape is not None and weight.rank is not None and weight.rank > 1
        return weight.shape.sizes[:-1] if known and weight.shape is not None else None
    classes, further = call.setting("num_classes", call.setting("n_classes")), call.setting("out_features", ())
    if not isinstance(further, tuple) or not all(isinstance(size, int) for size in further):
        return None
    return (classes, *further) if isinstance(classes, int) and not isinstance(classes, bool) else None

"""timm: cross-entropies for training image classifiers. All of them take raw scores.

Source: timm 1.0, `loss/`.
"""

from __future__ import annotations

from losslint.contracts.libraries.accepted import LABELS, SCORES
from losslint.contracts.schema import LossArgument, LossContract, Mode, Role, Takes

_ARGUMENTS = (LossArgument("input", Role.INPUT, SCORES), LossArgument("target", Role.TARGET, LABELS))

#: The loss: the activation inside, the parameters of its constructor, those of its call.
_TABLE: dict[str, tuple[str, tuple[str, ...], tuple[str, str]]] = {
    "LabelSmoothingCrossEntropy": ("softmax", ("smoothing",), ("x", "target")),
    "SoftTargetCrossEntropy": ("softmax", (), ("x", "target")),
    "PolyCrossEntropy": ("softmax", ("epsilon", "smoothing", "reduction"), ("x", "target")),
    "AsymmetricLossSingleLabel": ("softmax", ("gamma_pos", "gamma_neg", "eps", "reduction"), ("inputs", "target")),
    "JsdCrossEntropy": ("softmax", ("num_splits", "alpha", "smoothing"), ("output", "target")),
    "BinaryCrossEntropy": (
        "sigmoid",
        ("smoothing", "target_threshold", "weight", "reduction", "sum_classes", "pos_weight", "smooth_dense"),
        ("x", "target"),
    ),
    "AsymmetricLossMultiLabel": (
        "sigmoid",
        ("gamma_neg", "gamma_pos", "clip", "eps", "disable_torch_grad_focal_loss"),
        ("x", "y"),
    ),
    "PolyBinaryCrossEntropy": ("sigmoid", ("epsilon", "gamma", "alpha", "smoothing", "reduction"), ("x", "target")),
    "DistributionBalancedLoss": ("sigmoid", ("class_counts", "num_samples"), ("x", "target")),
}

LOSSES: tuple[LossContract, ...] = tuple(
    LossContract(
        name=f"timm.{name}",
        module=f"timm.loss.{name}",
        function="",
        arguments=_ARGUMENTS,
        constructor=constructor,
        forward_parameters=forward,
        inside=inside,
        source="loss/",
        library="timm",
        modes=(Mode(Takes.SCORES, inside),),
    )
    for name, (inside, constructor, forward) in _TABLE.items()
)

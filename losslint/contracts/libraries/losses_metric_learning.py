"""pytorch-metric-learning: losses over embeddings, which need no activation.

Source: pytorch_metric_learning 2.9, `losses/`. Most of them normalise the embeddings themselves, and so take any.
"""

from __future__ import annotations

from losslint.contracts.libraries.accepted import ANY, INDICES
from losslint.contracts.schema import LossArgument, LossContract, Role

_ARGUMENTS = (LossArgument("input", Role.INPUT, ANY), LossArgument("target", Role.TARGET, INDICES))

LOSSES: tuple[LossContract, ...] = tuple(
    LossContract(
        name=f"pytorch_metric_learning.{name}",
        module=f"pytorch_metric_learning.losses.{name}",
        function="",
        arguments=_ARGUMENTS,
        forward_parameters=("embeddings", "labels"),
        source="losses/base_metric_loss_function.py",
        library="pytorch_metric_learning",
    )
    for name in (
        "AngularLoss", "ArcFaceLoss", "CircleLoss", "ContrastiveLoss", "CosFaceLoss", "FastAPLoss",
        "GeneralizedLiftedStructureLoss", "HistogramLoss", "IntraPairVarianceLoss", "LargeMarginSoftmaxLoss",
        "LiftedStructureLoss", "MarginLoss", "MultiSimilarityLoss", "NCALoss", "NPairsLoss", "NTXentLoss",
        "NormalizedSoftmaxLoss", "ProxyAnchorLoss", "ProxyNCALoss", "SmoothAPLoss", "SoftTripleLoss", "SphereFaceLoss",
        "SubCenterArcFaceLoss", "SupConLoss", "TripletMarginLoss", "TupletMarginLoss",
    )
)  # fmt: skip

"""torchvision: the focal loss of detection.

Source: torchvision 0.28, `ops/focal_loss.py`.
"""

from __future__ import annotations

from losslint.contracts.libraries.accepted import LABELS, SCORES
from losslint.contracts.schema import LossArgument, LossContract, Mode, Role, Takes

LOSSES: tuple[LossContract, ...] = (
    LossContract(
        name="torchvision.sigmoid_focal_loss",
        module="",
        function="torchvision.ops.sigmoid_focal_loss",
        arguments=(LossArgument("input", Role.INPUT, SCORES), LossArgument("target", Role.TARGET, LABELS)),
        function_parameters=("inputs", "targets", "alpha", "gamma", "reduction"),
        forward_parameters=("inputs", "targets"),
        defaults={"alpha": 0.25, "gamma": 2, "reduction": "none"},
        inside="sigmoid",
        source="torchvision/ops/focal_loss.py",
        library="torchvision",
        modes=(Mode(Takes.SCORES, "sigmoid"),),
        focal=True,
    ),
)

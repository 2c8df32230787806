"""kornia: losses that apply the softmax (or the sigmoid) themselves, with no setting that would turn it off.

Source: kornia 0.9, `losses/`. Focal losses are not reduced unless that is asked for.
"""

from __future__ import annotations

from losslint.contracts.libraries.accepted import INDICES, LABELS, SCORES
from losslint.contracts.schema import LossArgument, LossContract, Mode, Role, Takes

_OF_CLASSES = (LossArgument("input", Role.INPUT, SCORES), LossArgument("target", Role.TARGET, INDICES))
_BINARY = (LossArgument("input", Role.INPUT, SCORES), LossArgument("target", Role.TARGET, LABELS))
_GIVEN = ("pred", "target")
_SOFTMAX = (Mode(Takes.SCORES, "softmax"),)

LOSSES: tuple[LossContract, ...] = (
    LossContract(
        name="kornia.DiceLoss",
        module="kornia.losses.DiceLoss",
        function="kornia.losses.dice_loss",
        arguments=_OF_CLASSES,
        constructor=("average", "eps", "weight", "ignore_index"),
        function_parameters=(*_GIVEN, "average", "eps", "weight", "ignore_index"),
        forward_parameters=_GIVEN,
        defaults={"average": "micro", "ignore_index": -100},
        inside="softmax",
        source="losses/dice.py",
        library="kornia",
        modes=_SOFTMAX,
    ),
    LossContract(
        name="kornia.TverskyLoss",
        module="kornia.losses.TverskyLoss",
        function="kornia.losses.tversky_loss",
        arguments=_OF_CLASSES,
        constructor=("alpha", "beta", "eps", "ignore_index"),
        function_parameters=(*_GIVEN, "alpha", "beta", "eps", "ignore_index"),
        forward_parameters=_GIVEN,
        defaults={"ignore_index": -100},
        inside="softmax",
        source="losses/tversky.py",
        library="kornia",
        modes=_SOFTMAX,
    ),
    LossContract(
        name="kornia.LovaszSoftmaxLoss",
        module="kornia.losses.LovaszSoftmaxLoss",
        function="kornia.losses.lovasz_softmax_loss",
        arguments=_OF_CLASSES,
        constructor=("weight",),
        function_parameters=(*_GIVEN, "weight"),
        forward_parameters=_GIVEN,
        inside="softmax",
        source="losses/lovasz_softmax.py",
        library="kornia",
        modes=_SOFTMAX,
    ),
    LossContract(
        name="kornia.LovaszHingeLoss",
        module="kornia.losses.LovaszHingeLoss",
        function="kornia.losses.lovasz_hinge_loss",
        arguments=_BINARY,
        function_parameters=_GIVEN,
        forward_parameters=_GIVEN,
        source="losses/lovasz_hinge.py",
        library="kornia",
        modes=(Mode(Takes.SCORES, "hinge"),),
    ),
    LossContract(
        name="kornia.FocalLoss",
        module="kornia.losses.FocalLoss",
        function="kornia.losses.focal_loss",
        arguments=_OF_CLASSES,
        constructor=("alpha", "gamma", "reduction", "weight", "ignore_index"),
        function_parameters=(*_GIVEN, "alpha", "gamma", "reduction", "weight", "ignore_index"),
        forward_parameters=_GIVEN,
        defaults={"gamma": 2.0, "reduction": "none", "ignore_index": -100},
        inside="log_softmax",
        source="losses/focal.py",
        library="kornia",
        modes=_SOFTMAX,
        focal=True,
    ),
    LossContract(
        name="kornia.BinaryFocalLossWithLogits",
        module="kornia.losses.BinaryFocalLossWithLogits",
        function="kornia.losses.binary_focal_loss_with_logits",
        arguments=_BINARY,
        constructor=("alpha", "gamma", "reduction", "pos_weight", "weight", "ignore_index"),
        function_parameters=(*_GIVEN, "alpha", "gamma", "reduction", "pos_weight", "weight", "ignore_index"),
        forward_parameters=_GIVEN,
        defaults={"gamma": 2.0, "reduction": "none", "ignore_index": -100},
        inside="sigmoid",
        source="losses/focal.py",
        library="kornia",
        modes=(Mode(Takes.SCORES, "sigmoid"),),
        focal=True,
    ),
)

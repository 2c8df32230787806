"""segmentation_models_pytorch: losses with `from_logits`, which is True unless it is given.

Source: segmentation_models_pytorch 0.6, `losses/`. With `from_logits` the loss applies a softmax over dimension 1 in
the mode "multiclass" and a sigmoid in the others; without, it applies nothing. The focal loss is one of sigmoids in
every mode. LovaszLoss accepts `from_logits` and never looks at it.
"""

from __future__ import annotations

from losslint.contracts.libraries.accepted import LABELS, PROBABILITIES, SCORES
from losslint.contracts.schema import LossArgument, LossContract, Mode, Role, Takes

_LIBRARY = "segmentation_models_pytorch"

#: What the library's names for settings stand for.
CONSTANTS: dict[str, object] = {
    "BINARY_MODE": "binary",
    "MULTICLASS_MODE": "multiclass",
    "MULTILABEL_MODE": "multilabel",
}

_FORWARD = ("y_pred", "y_true")
_ARGUMENTS = (LossArgument("input", Role.INPUT, SCORES | PROBABILITIES), LossArgument("target", Role.TARGET, LABELS))
_TURNED_OFF = Mode(Takes.PROBABILITIES, when={"from_logits": False}, other="from_logits=True")

#: Overlap of two regions: by default of what a softmax or a sigmoid makes of the scores.
_REGIONS = (
    _TURNED_OFF,
    Mode(Takes.SCORES, "softmax", {"mode": "multiclass"}, other="from_logits=False"),
    Mode(Takes.SCORES, "sigmoid", other="from_logits=False"),
)
_DICE = ("mode", "classes", "log_loss", "from_logits", "smooth", "ignore_index", "eps", "class_weights")

LOSSES: tuple[LossContract, ...] = (
    *(
        LossContract(
            name=f"smp.{name}",
            module=f"{_LIBRARY}.losses.{name}",
            function="",
            arguments=_ARGUMENTS,
            constructor=_DICE,
            forward_parameters=_FORWARD,
            defaults={"from_logits": True, "log_loss": False},
            source="losses/dice.py, losses/jaccard.py",
            library=_LIBRARY,
            modes=_REGIONS,
        )
        for name in ("DiceLoss", "JaccardLoss")
    ),
    LossContract(
        name="smp.TverskyLoss",
        module=f"{_LIBRARY}.losses.TverskyLoss",
        function="",
        arguments=_ARGUMENTS,
        constructor=(*_DICE[:-1], "alpha", "beta", "gamma", "class_weights"),
        forward_parameters=_FORWARD,
        defaults={"from_logits": True, "log_loss": False},
        source="losses/tversky.py",
        library=_LIBRARY,
        modes=_REGIONS,
    ),
    LossContract(
        name="smp.FocalLoss",
        module=f"{_LIBRARY}.losses.FocalLoss",
        function="",
        arguments=_ARGUMENTS,
        constructor=(
            "mode", "alpha", "gamma", "ignore_index", "from_logits", "eps", "reduction", "normalized",
            "reduced_threshold", "class_weights",
        ),
        forward_parameters=_FORWARD,
        defaults={"from_logits": True, "gamma": 2.0, "reduction": "mean"},
        source="losses/focal.py",
        library=_LIBRARY,
        modes=(_TURNED_OFF, Mode(Takes.SCORES, "sigmoid", other="from_logits=False")),
        focal=True,
    ),
    LossContract(
        name="smp.LovaszLoss",
        module=f"{_LIBRARY}.losses.LovaszLoss",
        function="",
        arguments=_ARGUMENTS,
        constructor=("mode", "per_image", "ignore_index", "from_logits"),
        forward_parameters=_FORWARD,
        defaults={"from_logits": True},
        source="losses/lovasz.py",
        library=_LIBRARY,
        modes=(Mode(Takes.SCORES, "softmax", {"mode": "multiclass"}), Mode(Takes.SCORES, "hinge")),
    ),
    LossContract(
        name="smp.MCCLoss",
        module=f"{_LIBRARY}.losses.MCCLoss",
        function="",
        arguments=_ARGUMENTS,
        constructor=("eps",),
        forward_parameters=_FORWARD,
        source="losses/mcc.py",
        library=_LIBRARY,
        modes=(Mode(Takes.PROBABILITIES),),
    ),
    LossContract(
        name="smp.SoftBCEWithLogitsLoss",
        module=f"{_LIBRARY}.losses.SoftBCEWithLogitsLoss",
        function="",
        arguments=_ARGUMENTS,
        constructor=("weight", "ignore_index", "reduction", "smooth_factor", "pos_weight"),
        forward_parameters=_FORWARD,
        defaults={"reduction": "mean", "ignore_index": -100},
        inside="sigmoid",
        source="losses/soft_bce.py",
        library=_LIBRARY,
        modes=(Mode(Takes.SCORES, "sigmoid"),),
    ),
    LossContract(
        name="smp.SoftCrossEntropyLoss",
        module=f"{_LIBRARY}.losses.SoftCrossEntropyLoss",
        function="",
        arguments=_ARGUMENTS,
        constructor=("reduction", "smooth_factor", "ignore_index", "dim"),
        forward_parameters=_FORWARD,
        defaults={"reduction": "mean", "ignore_index": -100, "dim": 1},
        inside="log_softmax",
        source="losses/soft_ce.py",
        library=_LIBRARY,
        modes=(Mode(Takes.SCORES, "softmax"),),
    ),
)  # fmt: skip

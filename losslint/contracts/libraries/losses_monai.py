"""monai: losses that take probabilities unless `sigmoid=True`, `softmax=True` or `other_act` is given.

Source: monai 1.6, `losses/`. With a single channel `softmax=True` is left out, with a warning. DiceCELoss and its like
add a Dice loss, which the settings are for, and a (binary or focal) cross-entropy, which always takes raw scores.
"""

from __future__ import annotations

from losslint.contracts.libraries.accepted import LABELS, PROBABILITIES, SCORES
from losslint.contracts.schema import GIVEN, LossArgument, LossContract, Mode, Role, Takes

_LIBRARY = "monai"
_ARGUMENTS = (LossArgument("input", Role.INPUT, SCORES | PROBABILITIES), LossArgument("target", Role.TARGET, LABELS))
_FIRST = ("include_background", "to_onehot_y", "sigmoid", "softmax", "other_act")
_OFF = {"sigmoid": False, "softmax": False, "other_act": None}

#: Overlap of two regions: of what is given, unless a setting asks for an activation.
_REGIONS = (
    Mode(Takes.ANYTHING, when={"other_act": GIVEN}),
    Mode(Takes.SCORES, "sigmoid", {"sigmoid": True}, other="sigmoid=False"),
    Mode(Takes.SCORES, "softmax", {"softmax": True}, other="softmax=False", several=True),
    Mode(Takes.PROBABILITIES, other="sigmoid=True or softmax=True"),
)

#: The same beside a cross-entropy that takes raw scores.
_SUMS = (
    Mode(Takes.ANYTHING, when={"other_act": GIVEN}),
    # A part that counts for nothing.
    *(Mode(Takes.ANYTHING, when={weight: 0}) for weight in ("lambda_dice", "lambda_ce", "lambda_gdl", "lambda_focal")),
    Mode(Takes.SCORES, "sigmoid", {"sigmoid": True}),
    Mode(Takes.SCORES, "softmax", {"softmax": True}, several=True),
    Mode(Takes.BOTH, other="sigmoid=True or softmax=True"),
)

#: The losses of regions: what comes before and behind the settings of the activation, and the defaults there.
_OF_REGIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "DiceLoss": (
        (), ("squared_pred", "jaccard", "reduction", "smooth_nr", "smooth_dr", "batch", "weight", "soft_label"),
    ),
    "MaskedDiceLoss": (
        (), ("squared_pred", "jaccard", "reduction", "smooth_nr", "smooth_dr", "batch", "weight", "soft_label"),
    ),
    "GeneralizedDiceLoss": ((), ("w_type", "reduction", "smooth_nr", "smooth_dr", "batch", "soft_label")),
    "TverskyLoss": ((), ("alpha", "beta", "reduction", "smooth_nr", "smooth_dr", "batch", "soft_label")),
    "MCCLoss": ((), ("reduction", "smooth_nr", "smooth_dr", "batch")),
    "BoundaryLoss": ((), ("reduction", "batch")),
    "HausdorffDTLoss": (("alpha",), ("reduction", "batch")),
    "LogHausdorffDTLoss": (("alpha",), ("reduction", "batch")),
    "SoftclDiceLoss": (("iter_", "smooth_nr", "smooth_dr", "smooth"), ("reduction",)),
    "SoftDiceclDiceLoss": (("iter_", "alpha", "smooth_nr", "smooth_dr", "smooth"), ("reduction",)),
}  # fmt: skip

_OF_SUMS: dict[str, tuple[str, ...]] = {
    "DiceCELoss": ("squared_pred", "jaccard", "reduction", "smooth_nr", "smooth_dr", "batch"),
    "DiceFocalLoss": ("squared_pred", "jaccard", "reduction", "smooth_nr", "smooth_dr", "batch", "gamma"),
    "GeneralizedDiceFocalLoss": ("w_type", "reduction", "smooth_nr", "smooth_dr", "batch", "gamma"),
}

LOSSES: tuple[LossContract, ...] = (
    *(
        LossContract(
            name=f"monai.{name}",
            module=f"monai.losses.{name}",
            function="",
            arguments=_ARGUMENTS,
            constructor=(*before, *_FIRST, *behind),
            forward_parameters=("input", "target", "mask") if name == "MaskedDiceLoss" else (),
            defaults=_OFF,
            source="losses/dice.py, losses/tversky.py, losses/hausdorff_loss.py, losses/cldice.py",
            library=_LIBRARY,
            modes=_REGIONS,
        )
        for name, (before, behind) in _OF_REGIONS.items()
    ),
    *(
        LossContract(
            name=f"monai.{name}",
            module=f"monai.losses.{name}",
            function="",
            arguments=_ARGUMENTS,
            constructor=(*_FIRST, *behind),
            defaults=_OFF,
            source="losses/dice.py",
            library=_LIBRARY,
            modes=_SUMS,
        )
        for name, behind in _OF_SUMS.items()
    ),
    LossContract(
        name="monai.FocalLoss",
        module="monai.losses.FocalLoss",
        function="",
        arguments=_ARGUMENTS,
        constructor=("include_background", "to_onehot_y", "gamma", "alpha", "weight", "reduction", "use_softmax"),
        defaults={"gamma": 2.0, "use_softmax": False, "reduction": "mean"},
        source="losses/focal_loss.py",
        library=_LIBRARY,
        modes=(Mode(Takes.SCORES, "softmax", {"use_softmax": True}), Mode(Takes.SCORES, "sigmoid")),
        focal=True,
    ),
    LossContract(
        name="monai.NACLLoss",
        module="monai.losses.NACLLoss",
        function="",
        arguments=_ARGUMENTS,
        constructor=("classes", "dim", "kernel_size", "kernel_ops", "distance_type", "alpha", "sigma"),
        forward_parameters=("inputs", "targets"),
        inside="log_softmax",
        source="losses/nacl_loss.py",
        library=_LIBRARY,
        modes=(Mode(Takes.SCORES, "softmax"),),
    ),
)

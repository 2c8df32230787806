"""fastai: torch's losses of scores, flattened, and its own cross-entropies. `Flat` ones take settings by keyword.

Source: fastai 2.8, `losses.py`.
"""

from __future__ import annotations

from losslint.contracts.libraries.accepted import LABELS, SCORES
from losslint.contracts.schema import LossArgument, LossContract, Mode, Role, Takes

_ARGUMENTS = (LossArgument("input", Role.INPUT, SCORES), LossArgument("target", Role.TARGET, LABELS))

#: The loss: the activation inside, the parameters of its constructor, those of its call.
_TABLE: dict[str, tuple[str, tuple[str, ...], tuple[str, str]]] = {
    "CrossEntropyLossFlat": ("softmax", (), ("inp", "targ")),
    "FocalLoss": ("softmax", ("gamma", "weight", "reduction"), ("inp", "targ")),
    "FocalLossFlat": ("softmax", (), ("inp", "targ")),
    "LabelSmoothingCrossEntropy": ("softmax", ("eps", "weight", "reduction"), ("output", "target")),
    "LabelSmoothingCrossEntropyFlat": ("softmax", (), ("inp", "targ")),
    "BCEWithLogitsLossFlat": ("sigmoid", (), ("inp", "targ")),
}

LOSSES: tuple[LossContract, ...] = tuple(
    LossContract(
        name=f"fastai.{name}",
        module=f"fastai.losses.{name}",
        function="",
        arguments=_ARGUMENTS,
        constructor=constructor,
        forward_parameters=forward,
        inside=inside,
        source="losses.py",
        library="fastai",
        modes=(Mode(Takes.SCORES, inside),),
    )
    for name, (inside, constructor, forward) in _TABLE.items()
)

"""A loss of a library whose activation does not go with what the model returns.

## What it does
Reports a loss of a library that applies an activation to probabilities, or applies none to raw scores:
`smp.losses.DiceLoss` with `from_logits=True` (its default) after a sigmoid, or with `from_logits=False` after a linear
layer; `monai.losses.DiceLoss` with neither `sigmoid=True` nor `softmax=True` (its default) on raw scores; the losses of
kornia and timm, which always apply theirs, on probabilities.

## Why is this bad?
Applied twice, a sigmoid gives 0.5 to 0.73 and a softmax over three classes at most 0.58: a Dice loss over a perfect
prediction stays at 0.34 (sigmoid) or 0.43 (softmax) instead of 0. Not applied at all, the overlap is computed from
numbers that are no probabilities: it can be negative or above 1, and the loss leaves 0 … 1 (-24 was measured). Nothing
raises. monai's DiceCELoss and DiceFocalLoss give the same scores to two losses; the settings speak of the Dice part
alone, so without them no input is right for both.

## Example
```python
from monai.losses import DiceLoss
from torch import nn

net = nn.Conv3d(1, 3, 1)
criterion = DiceLoss(to_onehot_y=True)

def training_loss(image, mask):
    return criterion(net(image), mask)
```

## Use instead
```python
from monai.losses import DiceLoss
from torch import nn

net = nn.Conv3d(1, 3, 1)
criterion = DiceLoss(to_onehot_y=True, softmax=True)

def training_loss(image, mask):
    return criterion(net(image), mask)
```

## Fix safety
Not fixed automatically: either the loss or the model can change, and what else the model is used for decides which.

## References
- [Losses of segmentation_models_pytorch](https://smp.readthedocs.io/en/latest/losses.html)
- [monai.losses](https://docs.monai.io/en/stable/losses.html)
- [kornia.losses](https://kornia.readthedocs.io/en/latest/losses.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.contracts.library_losses import mode_of
from losslint.contracts.lookup import loss_by_name
from losslint.contracts.schema import Mode, Takes
from losslint.rules.costs import applied_again
from losslint.rules.facts import negated, stretched_on_purpose
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

#: What is surely no probability.
NO_PROBABILITIES = LOG_PROBABILITY_KINDS | {Kind.LOGITS}


def check(call: LossCall) -> Iterator[Problem]:
    contract = loss_by_name(call.loss)
    given = call.argument("input")
    if contract is None or not contract.modes or given.kind is Kind.UNKNOWN:
        return
    mode = mode_of(contract, call.settings)
    if mode is None:
        return
    activated = given.kind in PROBABILITY_KINDS and not stretched_on_purpose(given) and not negated(given)
    if mode.takes is Takes.SCORES and activated and not contract.focal:
        if not (mode.several and _may_be_single(given)):
            yield _applied_twice(call, given, mode)
    elif mode.takes is Takes.PROBABILITIES and given.kind in NO_PROBABILITIES:
        yield Problem(
            message=(
                f"{call.loss} is given {_what(given)}, but takes probabilities: as it is set it applies no activation. "
                "Numbers outside 0 … 1 are taken for probabilities, in silence."
            ),
            trail=given.trail,
            mend=f"Give the loss {mode.other} for the scores made" if mode.other else "Activate the scores made",
        )
    elif mode.takes is Takes.BOTH and (activated or given.kind is Kind.LOGITS):
        wrong = (
            "its cross-entropy takes raw scores"
            if activated
            else "its Dice part takes probabilities, as it is set, and leaves 0 … 1"
        )
        raw = "raw scores, " if activated else ""
        yield Problem(
            message=f"{call.loss} is given {_what(given)}, but {wrong}. No input is right for both parts.",
            trail=given.trail,
            mend=f"Give the loss {raw}and {mode.other}" if raw else f"Give the loss {mode.other} for the scores made",
        )


def _applied_twice(call: LossCall, given: Meaning, mode: Mode) -> Problem:
    made = "sigmoid" if given.kind is Kind.SIGMOID else "softmax"
    applies = f"applies the {mode.inside} itself" if mode.inside in ("sigmoid", "softmax") else "takes raw scores"
    return Problem(
        message=f"{call.loss} is given {_what(given)}, but {applies}. {applied_again(given, mode.inside)}.",
        trail=given.trail,
        mend=f"Remove the {made}" + (f"{{at}}, or give the loss {mode.other}" if mode.other else ""),
    )


def _may_be_single(given: Meaning) -> bool:
    """Whether there may be a single channel, over which the loss leaves its softmax out. A softmax tells of several."""
    channels = given.size(1)
    return channels == 1 or (given.kind is Kind.SIGMOID and not isinstance(channels, int))


def _what(given: Meaning) -> str:
    return {Kind.LOGITS: "raw scores", Kind.SIGMOID: "sigmoid outputs"}.get(given.kind, given.kind.value)


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    observers="S",
    check_loss=check,
    bad=[
        """
        import segmentation_models_pytorch as smp
        import torch
        from torch import nn

        active = smp.Unet("resnet34", classes=1, activation="sigmoid")
        plain = smp.Unet("resnet34", classes=3)
        criterion = smp.losses.DiceLoss(smp.losses.BINARY_MODE)

        def step(image, mask):
            loss = criterion(active(image), mask)  # LL602
            loss += smp.losses.JaccardLoss("multiclass", from_logits=False)(plain(image), mask)  # LL602
            loss += smp.losses.LovaszLoss("binary", from_logits=False)(active(image), mask)  # LL602
            return loss
        """,
        """
        # file: model.py
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.last = nn.Conv3d(8, 3, 1)

            def forward(self, volume):
                return torch.softmax(self.last(volume), dim=1)
        # file: train.py
        from model import Net
        from monai.losses import DiceCELoss, DiceLoss
        from torch import nn

        net, raw = Net(), nn.Conv3d(1, 3, 1)
        criterion = DiceLoss(to_onehot_y=True, softmax=True)
        both = DiceCELoss(to_onehot_y=True)

        def step(volume, mask):
            loss = criterion(net(volume), mask)  # LL602
            loss += DiceLoss(True, True)(raw(volume), mask)  # LL602
            loss += both(raw(volume), mask)  # LL602
            return loss + both(net(volume), mask)  # LL602
        """,
        """
        import kornia
        from timm.loss import BinaryCrossEntropy, LabelSmoothingCrossEntropy
        from torch import nn

        head = nn.Linear(64, 10)
        smooth, binary = LabelSmoothingCrossEntropy(0.1), BinaryCrossEntropy()

        def step(hidden, target, image, labels):
            scores = head(hidden)
            loss = smooth(scores.softmax(dim=-1), target) + binary(scores.sigmoid(), target)  # LL602
            return loss + kornia.losses.dice_loss(nn.Conv2d(3, 4, 1)(image).softmax(dim=1), labels)  # LL602
        """,
    ],
    good=[
        """
        import segmentation_models_pytorch as smp
        import torch

        active = smp.Unet("resnet34", classes=1, activation="sigmoid")
        plain = smp.Unet("resnet34", classes=3)

        def step(image, mask):
            loss = smp.losses.DiceLoss("binary", from_logits=False)(active(image), mask)
            loss += smp.losses.JaccardLoss("multiclass")(plain(image), mask)
            return loss + smp.losses.MCCLoss()(active(image), mask)
        """,
        """
        from monai.losses import DiceCELoss, DiceLoss, FocalLoss
        from torch import nn

        raw = nn.Conv3d(1, 3, 1)

        def step(volume, mask, activation):
            scores = raw(volume)
            loss = DiceLoss(to_onehot_y=True)(scores.softmax(dim=1), mask)
            loss += DiceLoss(softmax=True)(scores, mask) + DiceCELoss(softmax=True)(scores, mask)
            loss += DiceLoss(other_act=activation)(scores, mask) + FocalLoss()(scores, mask)
            return loss
        """,
        """
        from monai.losses import DiceLoss
        from torch import nn

        net = nn.Sequential(nn.Conv3d(1, 1, 1), nn.Sigmoid())
        criterion = DiceLoss(softmax=True)  # left out for a single channel

        def step(volume, mask):
            return criterion(net(volume), mask)
        """,
    ],
)

"""Probabilities given to a focal loss that takes raw scores.

## What it does
Reports a focal loss that applies the sigmoid or the softmax itself (`torchvision.ops.sigmoid_focal_loss`, those of
kornia, monai and segmentation_models_pytorch, and one that the code defines itself) and that is given probabilities.

## Why is this bad?
The activation runs twice. A second sigmoid maps 0 … 1 to 0.5 … 0.7311, so the loss never sees a sure negative: its
weight `(1 - p_t) ** gamma` stays that of a coin toss for all of them, and the point of the loss, to leave easy
negatives alone, is lost. A perfect prediction of a negative still costs 0.13 with `alpha=0.25` and `gamma=2`, over
twenty times as much as that of a positive.

A focal loss of the project's own is known by what it computes: a binary cross-entropy over its argument that applies
the sigmoid, multiplied by a power of the prediction.

## Example
```python
import torch
from torch import nn
from torchvision.ops import sigmoid_focal_loss

head = nn.Linear(64, 20)

def training_loss(hidden, target):
    return sigmoid_focal_loss(torch.sigmoid(head(hidden)), target, reduction="mean")
```

## Use instead
```python
import torch
from torch import nn
from torchvision.ops import sigmoid_focal_loss

head = nn.Linear(64, 20)

def training_loss(hidden, target):
    return sigmoid_focal_loss(head(hidden), target, reduction="mean")
```

## Fix safety
Unsafe: removing the activation changes what is computed, which is the point. No fix is offered when the probabilities
are used elsewhere too.

## References
- [Focal Loss for Dense Object Detection](https://arxiv.org/abs/1708.02002)
- [torchvision.ops.sigmoid_focal_loss](
  https://pytorch.org/vision/stable/generated/torchvision.ops.sigmoid_focal_loss.html)
- [kornia.losses](https://kornia.readthedocs.io/en/latest/losses.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.contracts.library_losses import mode_of
from losslint.contracts.lookup import loss_by_name
from losslint.contracts.schema import Takes
from losslint.rules.costs import applied_again
from losslint.rules.facts import negated, stretched_on_purpose
from losslint.rules.repairs import without_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import PROBABILITY_KINDS, Kind
from losslint.vocabulary.observations import LossCall, Whose, Writing


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    if given.kind not in PROBABILITY_KINDS or stretched_on_purpose(given) or negated(given):
        return
    inside, other = _inside(call)
    if not inside:
        return
    what, made = ("sigmoid outputs", "sigmoid") if given.kind is Kind.SIGMOID else (given.kind.value, "softmax")
    name = call.loss if call.whose is Whose.LIBRARY else f"The focal loss {call.loss}"
    yield Problem(
        message=f"{name} is given {what}, but applies the {inside} itself. {applied_again(given, inside)}.",
        trail=given.trail,
        mend=f"Remove the {made}" + (f"{{at}}, or give the loss {other}" if other else ""),
        repair=without_activation(call, made),
    )


def _inside(call: LossCall) -> tuple[str, str]:
    """The activation that a focal loss applies itself, and the setting that would turn it off."""
    if call.whose is Whose.PROJECT:
        return ("sigmoid" if Writing.FOCAL in call.written else ""), ""
    contract = loss_by_name(call.loss)
    if contract is None or not contract.focal:
        return "", ""
    mode = mode_of(contract, call.settings)
    return (mode.inside, mode.other) if mode is not None and mode.takes is Takes.SCORES else ("", "")


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    observers="S",
    fix="unsafe",
    check_loss=check,
    bad=[
        """
        import kornia
        import torch
        from torch import nn
        from torchvision.ops import sigmoid_focal_loss

        head = nn.Linear(64, 20)

        def training_loss(hidden, target, labels):
            scores = head(hidden)
            first = sigmoid_focal_loss(inputs=scores.sigmoid(), targets=target)  # LL601
            second = kornia.losses.focal_loss(scores.softmax(dim=1), labels, alpha=0.5)  # LL601
            return first.mean() + second.mean()
        """,
        """
        # file: losses.py
        import torch
        import torch.nn.functional as F
        from torch import nn

        class Balanced(nn.Module):
            def __init__(self, gamma=2.0):
                super().__init__()
                self.gamma = gamma

            def forward(self, inputs, targets):
                inputs, targets = inputs.flatten(1), targets.flatten(1)
                p = torch.sigmoid(inputs)
                ce = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
                p_t = p * targets + (1 - p) * (1 - targets)
                return (ce * (1 - p_t) ** self.gamma).mean()
        # file: train.py
        from torch import nn
        from losses import Balanced

        net = nn.Sequential(nn.Conv2d(3, 1, 1), nn.Sigmoid())
        criterion = Balanced()

        def step(image, mask):
            return criterion(net(image), mask)  # LL601
        """,
    ],
    good=[
        """
        import kornia
        import torch
        from torch import nn
        from torchvision.ops import sigmoid_focal_loss

        head = nn.Linear(64, 20)

        def training_loss(hidden, target, labels):
            scores = head(hidden)
            first = sigmoid_focal_loss(scores, target, reduction="mean")
            second = kornia.losses.focal_loss(scores, labels, alpha=0.5, reduction="mean")
            return first + second, scores.sigmoid()
        """,
        """
        # file: losses.py
        import torch
        import torch.nn.functional as F

        def balanced(inputs, targets, gamma=2.0):
            ce = F.binary_cross_entropy(inputs, targets, reduction="none")
            p_t = inputs * targets + (1 - inputs) * (1 - targets)
            return (ce * (1 - p_t) ** gamma).mean()
        # file: train.py
        from torch import nn
        from losses import balanced

        net = nn.Sequential(nn.Conv2d(3, 1, 1), nn.Sigmoid())

        def step(image, mask):
            return balanced(net(image), mask)
        """,
        """
        import segmentation_models_pytorch as smp

        net = smp.Unet("resnet34", classes=1, activation="sigmoid")
        criterion = smp.losses.FocalLoss("binary", from_logits=False)

        def step(image, mask):
            return criterion(net(image), mask)
        """,
    ],
)

"""A focal loss whose weight is made of the batch's mean loss instead of each sample's.

## What it does
Reports a cross-entropy (binary or not) that is reduced to one number and then weighed by `(1 - exp(-loss)) ** gamma`.

## Why is this bad?
The focal loss weighs each sample by how wrong it is: `exp(-loss)` is the probability of the right class only for the
loss of one sample. Of the mean it is one number for the whole batch, so easy and hard samples get the same weight and
the gradient points where that of the plain cross-entropy points; only its length changes. Nothing raises, and the
model learns, just without what the focal loss was chosen for.

## Example
```python
import torch
import torch.nn.functional as F

def focal_loss(scores, target, gamma=2.0):
    ce = F.cross_entropy(scores, target)
    pt = torch.exp(-ce)
    return (1 - pt) ** gamma * ce
```

## Use instead
```python
import torch
import torch.nn.functional as F

def focal_loss(scores, target, gamma=2.0):
    ce = F.cross_entropy(scores, target, reduction="none")
    pt = torch.exp(-ce)
    return ((1 - pt) ** gamma * ce).mean()
```
Class weights belong behind the exponential too: with `weight=`, `exp(-ce)` is no probability.

## Fix safety
Not fixed automatically: the reduction has to move behind the weight.

## References
- [Focal Loss for Dense Object Detection](https://arxiv.org/abs/1708.02002)
- [torch.nn.functional.cross_entropy](
  https://pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import reduction
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall, Writing

#: What the batch is reduced to, in words.
REDUCED = {
    "mean": "the batch's mean loss",
    "elementwise_mean": "the batch's mean loss",
    "sum": "the batch's summed loss",
}


def check(call: LossCall) -> Iterator[Problem]:
    trail = call.written.get(Writing.FOCAL_WEIGHT)
    reduced = reduction(call)
    if trail is None or not isinstance(reduced, str) or reduced not in REDUCED:
        return
    given = call.argument("input")
    if given.rank == 0 or given.size(0) == 1:
        return  # a batch of one: its mean is the sample's loss
    yield Problem(
        message=(
            f"The focal weight is made of {REDUCED[reduced]}: one number, so every sample gets the same weight, and "
            f"the gradient points where that of the plain {call.loss} points."
        ),
        trail=trail,
        mend='Give the loss reduction="none", and reduce after the weight is applied',
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    observers="S",
    check_loss=check,
    losses=("CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss"),
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        def weighed(losses, gamma):
            pt = torch.exp(-losses)
            return ((1 - pt) ** gamma * losses).mean()

        class FocalLoss(nn.Module):
            def forward(self, scores, target):
                return weighed(F.cross_entropy(scores, target), 2.0)  # LL605
        """,
        """
        import torch
        import torch.nn.functional as F

        def focal_loss(scores, target, gamma=2.0):
            ce = F.cross_entropy(scores, target)  # LL605
            pt = torch.exp(-ce)
            return (1 - pt) ** gamma * ce
        """,
        """
        # file: losses.py
        import torch
        from torch import nn

        class FocalLoss(nn.Module):
            def __init__(self, gamma=2.0, alpha=0.25):
                super().__init__()
                self.gamma, self.alpha = gamma, alpha
                self.bce = nn.BCEWithLogitsLoss()

            def forward(self, scores, target):
                log_pt = -self.bce(scores, target)  # LL605
                pt = log_pt.exp()
                return -self.alpha * torch.pow(1 - pt, self.gamma) * log_pt
        # file: train.py
        from losses import FocalLoss

        criterion = FocalLoss()

        def step(model, x, y):
            return criterion(model(x), y)
        """,
        """
        # torch's own base keeps the reduction.
        import torch
        import torch.nn.functional as F
        from torch import nn

        class FocalLoss(nn.modules.loss._WeightedLoss):
            def __init__(self, weight=None, gamma=2, reduction="mean"):
                super().__init__(weight, reduction=reduction)
                self.gamma = gamma

            def forward(self, scores, target):
                ce = F.cross_entropy(scores, target, reduction=self.reduction, weight=self.weight)  # LL605
                return ((1 - torch.exp(-ce)) ** self.gamma * ce).mean()

        def training_loss(model, x, y):
            return FocalLoss()(model(x), y)
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F

        def weighed(ce, gamma):
            pt = torch.exp(-ce)
            return ((1 - pt) ** gamma * ce).mean()

        def focal_loss(scores, target, gamma=2.0):
            return weighed(F.cross_entropy(scores, target, reduction="none"), gamma)
        """,
        """
        import torch
        import torch.nn.functional as F

        def focal_loss(scores, target, gamma=2.0):
            ce = F.cross_entropy(scores, target, reduction="none")
            pt = torch.exp(-ce)
            return ((1 - pt) ** gamma * ce).mean()
        """,
        """
        import torch
        from torch import nn

        class FocalLoss(nn.Module):
            def __init__(self, gamma=2.0, reduction="none"):
                super().__init__()
                self.gamma = gamma
                self.ce = nn.CrossEntropyLoss(reduction=reduction)

            def forward(self, scores, target):
                ce = self.ce(scores, target)
                return ((1 - torch.exp(-ce)) ** self.gamma * ce).mean()
        """,
        """
        import torch
        import torch.nn.functional as F

        def one_by_one(scores, target, gamma=2.0):
            total = 0
            for i in range(len(scores)):
                ce = F.cross_entropy(scores[i : i + 1], target[i : i + 1])
                total = total + (1 - torch.exp(-ce)) ** gamma * ce
            return total / len(scores)
        """,
        """
        import torch
        import torch.nn.functional as F

        def perplexity(scores, target):
            ce = F.cross_entropy(scores, target)
            return ce, torch.exp(ce), 1 - torch.exp(-ce)
        """,
    ],
)

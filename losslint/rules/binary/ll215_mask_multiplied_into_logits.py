"""Scores multiplied by a mask before a loss that takes scores.

## What it does
Reports `BCEWithLogitsLoss` and `CrossEntropyLoss` over `scores * mask` or `scores.masked_fill(~mask, 0)`, with a
reduction over all elements.

The product may also be what a helper or the model returns.

## Why is this bad?
A score of 0 is no absence: it says 0.5. Each masked element still costs `ln 2` (0.693) in a binary cross-entropy, and
each masked row `ln C` in a cross-entropy. There is no gradient there, but the mean is shifted by a constant that grows
with the padding, so losses cannot be compared between batches; and where the mask covers single classes, their
probability is that of the score 0 and not 0.

## Example
```python
import torch.nn.functional as F

def training_loss(scores, target, lengths, positions):
    mask = positions[None, :] < lengths[:, None]
    return F.binary_cross_entropy_with_logits(scores * mask, target * mask, reduction="sum") / mask.sum()
```

## Use instead
```python
import torch.nn.functional as F

def training_loss(scores, target, lengths, positions):
    mask = positions[None, :] < lengths[:, None]
    loss = F.binary_cross_entropy_with_logits(scores, target, reduction="none")
    return (loss * mask).sum() / mask.sum()
```
Classes that must not be chosen get a score of minus infinity: `scores.masked_fill(~mask, -torch.inf)`.

## Fix safety
Not fixed automatically: whether elements or classes are masked decides what has to be written.

## References
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import reduction
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall, Writing


def check(call: LossCall) -> Iterator[Problem]:
    trail = call.written.get(Writing.MASKED)
    if trail is None or reduction(call) not in ("mean", "sum"):
        return
    cost = (
        "each masked element still costs 0.6931"
        if call.loss == "BCEWithLogitsLoss"
        else "a masked row still costs ln C, and a masked class keeps the probability of the score 0"
    )
    yield Problem(
        message=f"The scores of {call.loss} are multiplied by a mask. A score of 0 is no absence: {cost}.",
        trail=trail,
        mend='Mask the loss instead, with reduction="none"',
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="S",
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F

        def training_loss(scores, target, mask):
            return F.binary_cross_entropy_with_logits(scores.mul(mask), target)  # LL215
        """,
        """
        import torch.nn.functional as F

        def training_loss(scores, target, lengths, positions):
            padding = positions[None, :] >= lengths[:, None]
            scores = scores.masked_fill(padding, 0.0)
            return F.binary_cross_entropy_with_logits(scores, target)  # LL215
        """,
        """
        import torch.nn.functional as F

        def training_loss(scores, target, lengths, positions):
            mask = positions[None, :] < lengths[:, None]
            return F.binary_cross_entropy_with_logits(scores * mask, target * mask, reduction="sum")  # LL215
        """,
        """
        # file: masks.py
        import torch

        def sequence_mask(lengths, longest):
            return torch.arange(longest)[None, :] < lengths[:, None]
        # file: losses.py
        from torch import nn
        from masks import sequence_mask

        class StopLoss(nn.Module):
            def __init__(self):
                super().__init__()
                self.criterion = nn.BCEWithLogitsLoss()

            def forward(self, x, target, lengths):
                if lengths is not None:
                    mask = sequence_mask(lengths, target.size(1)).float()
                    x = x * mask
                    target = target * mask
                return self.criterion(x, target)  # LL215
        """,
    ],
    good=[
        """
        import torch.nn.functional as F

        def training_loss(scores, target, forbidden):
            return F.cross_entropy(scores.masked_fill(forbidden, -1e9), target)
        """,
        """
        import torch.nn.functional as F

        def training_loss(scores, target, lengths, positions):
            mask = positions[None, :] < lengths[:, None]
            loss = F.binary_cross_entropy_with_logits(scores, target, reduction="none")
            return (loss * mask).sum() / mask.sum()
        """,
        """
        import torch.nn.functional as F

        def scaled(scores, target, temperature):
            return F.cross_entropy(scores * temperature, target)
        """,
        """
        import torch.nn.functional as F

        def masked_regression(prediction, target, mask):
            return F.mse_loss(prediction * mask, target * mask, reduction="sum") / mask.sum()
        """,
    ],
)

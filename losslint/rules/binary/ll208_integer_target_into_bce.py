"""Integer labels given to a binary cross-entropy.

## What it does
Reports `BCELoss` and `BCEWithLogitsLoss` whose target is known to have an integer or boolean dtype.

## Why is this bad?
Both losses want a float target. Integers raise a RuntimeError ("Found dtype Long but expected Float", "result type
Float can't be cast to the desired output type Long"), booleans as well. The usual makers are `.long()`, a comparison,
and `torch.full(size, 1)`, which has been `int64` since torch 1.7.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

critic = nn.Linear(64, 1)

def real_loss(hidden):
    scores = critic(hidden)
    return F.binary_cross_entropy_with_logits(scores, torch.full(scores.shape, 1))
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

critic = nn.Linear(64, 1)

def real_loss(hidden):
    scores = critic(hidden)
    return F.binary_cross_entropy_with_logits(scores, torch.full(scores.shape, 1.0))
```
`torch.ones_like(scores)`, or `.float()` on the labels.

## Fix safety
Unsafe: the program raised before and computes a loss afterwards.

## References
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
- [torch.full](https://pytorch.org/docs/stable/generated/torch.full.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import shown_dtype
from losslint.rules.repairs import followed
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    target = call.argument("target")
    if not target.is_integral:
        return
    yield Problem(
        message=f"{call.loss} is given a target of dtype {shown_dtype(target)}, but wants floats: torch raises.",
        trail=target.trail,
        mend="Add .float() to the labels made",
        repair=followed(call, "target", ".float()"),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["BCELoss", "BCEWithLogitsLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        from torch import nn

        netD = nn.Sequential(nn.Linear(100, 1), nn.Sigmoid())
        criterion = nn.BCELoss()

        def step(batch):
            label = torch.full((batch.size(0), 1), 1)
            return criterion(netD(batch), label)  # LL208
        """,
        """
        # file: data.py
        def binarise(mask):
            return mask > 127
        # file: train.py
        from torch import nn
        from data import binarise

        net = nn.Conv2d(3, 1, 1)
        criterion = nn.BCEWithLogitsLoss()

        def step(image, mask):
            return criterion(net(image), binarise(mask).long())  # LL208
        """,
    ],
    good=[
        """
        import torch
        from torch import nn

        netD = nn.Sequential(nn.Linear(100, 1), nn.Sigmoid())
        criterion = nn.BCELoss()

        def step(batch, device):
            label = torch.full((batch.size(0), 1), 1, dtype=torch.float, device=device)
            loss = criterion(netD(batch), label)
            label.fill_(0)
            return loss + criterion(netD(batch.detach()), label)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        net = nn.Conv2d(3, 1, 1)

        def step(image, mask):
            return F.binary_cross_entropy_with_logits(net(image), (mask > 127).float())
        """,
    ],
)

"""Contrastive labels that stay on the CPU.

## What it does
Reports `torch.arange(n)` without `device=` as the labels of a cross-entropy whose scores are on an accelerator.

## Why is this bad?
torch raises a RuntimeError ("Expected all tensors to be on the same device"), but only where the accelerator exists:
on the CPU the same code works.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

tower = nn.Linear(64, 32).cuda()

def contrastive_loss(first, second):
    scores = tower(first.cuda()) @ tower(second.cuda()).T / 0.07
    return F.cross_entropy(scores, torch.arange(len(first)))
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

tower = nn.Linear(64, 32).cuda()

def contrastive_loss(first, second):
    scores = tower(first.cuda()) @ tower(second.cuda()).T / 0.07
    return F.cross_entropy(scores, torch.arange(len(first), device=scores.device))
```

## Fix safety
Safe: on the CPU nothing changes.

## References
- [torch.arange](https://pytorch.org/docs/stable/generated/torch.arange.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import source_of
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall
from losslint.vocabulary.repairs import Action, Applicability, Change, Repair


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    if "arange" not in target.made_by or target.device != "cpu" or given.device in (None, "cpu"):
        return
    source = source_of(target)
    yield Problem(
        message=(
            f"The scores of {call.loss} are on {given.device}, its labels come from torch.arange on the CPU: torch "
            "raises where the accelerator exists."
        ),
        trail=target.trail,
        mend="Add device=scores.device to the arange",
        repair=Repair(Applicability.SAFE, "Add device= to the arange", (Change(Action.DEVICE, source, call.loss),))
        if source is not None
        else None,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="S",
    fix="safe",
    losses=["CrossEntropyLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        tower = nn.Linear(64, 32).cuda()

        def contrastive_loss(first, second):
            scores = tower(first.cuda()) @ tower(second.cuda()).T / 0.07
            return F.cross_entropy(scores, torch.arange(len(first)))  # LL506
        """,
        """
        # file: labels.py
        import torch

        def diagonal(size):
            return torch.arange(size)
        # file: train.py
        from torch import nn
        from labels import diagonal

        head = nn.Linear(64, 16).to("cuda")
        criterion = nn.CrossEntropyLoss()

        def step(x):
            scores = head(x.to("cuda"))
            return criterion(scores, diagonal(16))  # LL506
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        tower = nn.Linear(64, 32).cuda()

        def contrastive_loss(first, second):
            scores = tower(first.cuda()) @ tower(second.cuda()).T / 0.07
            return F.cross_entropy(scores, torch.arange(len(first), device=scores.device))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        tower = nn.Linear(64, 32)

        def contrastive_loss(first, second):
            scores = tower(first) @ tower(second).T / 0.07
            return F.cross_entropy(scores, torch.arange(len(first)))
        """,
    ],
)

"""Targets of a binary cross-entropy outside 0 … 1.

## What it does
Reports `BCELoss`, `BCEWithLogitsLoss` and `MultiLabelSoftMarginLoss` whose targets are known to lie outside 0 … 1:
signs -1 and 1, a mask of 0 and 255, class indices above 1, the raw scores of a teacher.

## Why is this bad?
`BCELoss` raises ("all elements of target should be between 0 and 1"). The losses on scores check nothing and are
unbounded below: for a target of -1 the loss at a score of -20 is -20, for a target of 255 at 20 it is -5080. Training
runs away instead of converging.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head, teacher = nn.Linear(64, 1), nn.Linear(64, 1)

def training_loss(hidden):
    return F.binary_cross_entropy_with_logits(head(hidden), torch.sign(teacher(hidden)))
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head, teacher = nn.Linear(64, 1), nn.Linear(64, 1)

def training_loss(hidden):
    return F.binary_cross_entropy_with_logits(head(hidden), (teacher(hidden) > 0).float())
```
For signs there is also `F.soft_margin_loss`; divide a mask of 0 and 255 by 255.

## Fix safety
Not fixed automatically.

## References
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
- [torch.nn.SoftMarginLoss](https://pytorch.org/docs/stable/generated/torch.nn.SoftMarginLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import shown_range, unfinished
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

#: Kinds whose values reach the bounds: those of a ramp or a clamp need not.
REACHES_ITS_BOUNDS = frozenset({Kind.CONSTANT, Kind.CLASS_INDEX, Kind.BOOLEAN, Kind.ONE_HOT, Kind.MULTI_HOT})

#: What makes probabilities of what a network returned.
_MENDS = {
    "raw scores": "Apply a sigmoid to the scores made",
    "log-probabilities": "Take the exponential of the log-probabilities made",
}


def outside(target: Meaning) -> str:
    """The targets that lie outside 0 … 1, in words; empty when none is known to."""
    if target.kind is Kind.SIGNS:
        return "-1 and 1"
    if (target.kind not in REACHES_ITS_BOUNDS and not target.reached) or target.bounds is None:
        return ""
    low, high = target.bounds
    if target.kind is Kind.CLASS_INDEX and not target.reached:
        low = max(low, 0.0)  # what marks a sample to be left out may have been
    if low >= 0 and high <= 1:
        return ""
    return shown_range(target.bounds)


def check(call: LossCall) -> Iterator[Problem]:
    target = call.argument("target")
    what = unfinished(target)
    values = what or outside(target)
    if not values:
        return
    cost = "It raises." if call.loss == "BCELoss" else "The loss has no lower bound, in silence."
    yield Problem(
        message=f"The targets of {call.loss} are {values}, but have to lie between 0 and 1. {cost}",
        trail=target.trail,
        mend=_MENDS.get(what, "Map the targets made{at} to 0 and 1"),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=["BCELoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head, teacher = nn.Linear(64, 1), nn.Linear(64, 1)

        def training_loss(hidden):
            return F.binary_cross_entropy_with_logits(head(hidden), torch.sign(teacher(hidden)))  # LL212
        """,
        """
        # file: labels.py
        import torch

        def fake(batch):
            return torch.full((batch, 1), -1.0)
        # file: gan.py
        from torch import nn
        from labels import fake

        critic = nn.Linear(64, 1)
        criterion = nn.BCEWithLogitsLoss()

        def step(images):
            return criterion(critic(images), fake(16))  # LL212
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        student, teacher = nn.Linear(64, 4), nn.Linear(64, 4)

        def distillation_loss(hidden):
            with torch.no_grad():
                soft_target = teacher(hidden)
            return F.binary_cross_entropy_with_logits(student(hidden), soft_target)  # LL212
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head, teacher = nn.Linear(64, 1), nn.Linear(64, 1)

        def training_loss(hidden):
            return F.soft_margin_loss(head(hidden), torch.sign(teacher(hidden).detach()))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        critic = nn.Linear(64, 1)

        def smoothed_real_loss(images):
            return F.binary_cross_entropy_with_logits(critic(images), torch.full((32, 1), 0.9))
        """,
        """
        # What marks a sample to be left out is left out.
        import torch
        import torch.nn.functional as F

        def training_loss(model, x):
            labels = torch.randint(-1, 2, (8, 1)).float()
            predictions = model(x).sigmoid()
            known = labels >= 0
            return F.binary_cross_entropy(predictions[known], labels[known]) + F.binary_cross_entropy(
                predictions * known.float(), labels * known.float()
            )
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        student, teacher = nn.Linear(64, 4), nn.Linear(64, 4)

        def distillation_loss(hidden):
            with torch.no_grad():
                soft_target = torch.sigmoid(teacher(hidden))
            return F.binary_cross_entropy_with_logits(student(hidden), soft_target)
        """,
    ],
)

"""Several labels a sample with a loss for exclusive classes.

## What it does
Reports `CrossEntropyLoss` (or `F.cross_entropy`) whose target is multi-hot: any number of classes can be on.

## Why is this bad?
The softmax makes the classes compete for a probability of 1, so a sample with two labels can give each of them a half
at best and never has a loss of 0 (0.693 a label at the least). In an integer dtype it raises. Each label is a yes or
no of its own: `BCEWithLogitsLoss` is the loss for that.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, tags):
    target = F.one_hot(tags, 10).sum(dim=1).clamp(max=1).float()
    return F.cross_entropy(head(hidden), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, tags):
    target = F.one_hot(tags, 10).sum(dim=1).clamp(max=1).float()
    return F.binary_cross_entropy_with_logits(head(hidden), target)
```

## Fix safety
Not fixed automatically: the decision at prediction time (argmax or a threshold) changes with the loss.

## References
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

#: What makes a tensor of numbers that stand in the code.
WRITTEN_OUT = "tensor"


def check(call: LossCall) -> Iterator[Problem]:
    target = call.argument("target")
    if target.kind is not Kind.MULTI_HOT or target.factor is not None:
        return
    if _may_be_indices(call.argument("input"), target):
        return
    cost = (
        "In an integer dtype torch raises."
        if target.is_integral
        else "A sample with two labels gives each of them a half at best: its loss cannot fall below 1.386."
    )
    yield Problem(
        message=f"{call.loss} is given multi-hot labels, but its classes exclude each other. {cost}",
        trail=target.trail,
        mend="Use BCEWithLogitsLoss for the labels made",
    )


def _may_be_indices(scores: Meaning, target: Meaning) -> bool:
    """Whether zeros and ones may be the indices of two classes, one for each place: `[[0, 1, 1], [1, 1, 0]]` are
    labels of two sequences as well."""
    if scores.rank is not None and target.rank is not None:
        return target.rank != scores.rank
    return target.made_by == WRITTEN_OUT and target.is_integral is True


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=["CrossEntropyLoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, tags):
            target = F.one_hot(tags, 10).sum(dim=1).clamp(max=1).float()
            return F.cross_entropy(head(hidden), target)  # LL113
        """,
        """
        # file: labels.py
        import torch

        TAGS = torch.tensor([[1, 0, 1, 1], [0, 1, 1, 0], [0, 0, 0, 1]], dtype=torch.float)
        # file: train.py
        import torch
        from torch import nn
        from labels import TAGS

        net = nn.Linear(64, 4)
        criterion = nn.CrossEntropyLoss()
        loss = criterion(net(torch.randn(3, 64)), TAGS)  # LL113
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, tags):
            target = F.one_hot(tags, 10).sum(dim=1).clamp(max=1).float()
            return F.binary_cross_entropy_with_logits(head(hidden), target)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def soft_target_loss(hidden, votes):
            target = F.one_hot(votes, 10).float().mean(dim=1)
            return F.cross_entropy(head(hidden), target)
        """,
        """
        # Zeros and ones are also the indices of two classes, one for each pixel or token.
        import torch
        import torch.nn.functional as F

        def segmentation_loss(scores, masks):
            return F.cross_entropy(scores, masks[:, 0].long())

        def segmentation_step():
            masks = torch.tensor([[[[0.0, 1.0], [1.0, 0.0]]]])
            return segmentation_loss(torch.randn(1, 2, 2, 2), masks)

        def token_loss(network, tokens):
            labels = torch.tensor([[0, 1, 1], [1, 1, 0]])
            loss = F.cross_entropy(torch.randn(2, 2, 3), labels)
            return loss + F.cross_entropy(torch.randn(6, 2), labels.view(-1)) + F.cross_entropy(network(tokens), labels)
        """,
    ],
)

"""One-hot labels, as floats, where class indices would do.

## What it does
Reports `CrossEntropyLoss` (or `F.cross_entropy`) whose target is one-hot in a floating-point dtype.

## Why is this bad?
It is allowed since torch 1.10 and gives the same loss, but it takes C numbers a sample instead of one and is slower.
With class weights it is not the same: the mean is divided by the number of samples instead of by the weights of the
labels that occur (measured 5.539 against 2.014), and `ignore_index` cannot be used.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), F.one_hot(target, 10).float())
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target)
```

## Fix safety
Not fixed automatically: with class weights the value changes.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    target = call.argument("target")
    if target.kind is not Kind.ONE_HOT or not target.is_floating or target.factor is not None:
        return
    if call.setting("weight") is not None:
        cost = "With class weights the mean is divided by the number of samples, not by the weights of the labels."
    else:
        cost = "Class indices give the same loss with less work."
    yield Problem(
        message=f"{call.loss} is given one-hot labels as floats. {cost}",
        trail=target.trail,
        mend="Give the class indices instead of the one-hot labels made",
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ADVICE,
    losses=["CrossEntropyLoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(head(hidden), F.one_hot(target, 10).float())  # LL112
        """,
        """
        # file: labels.py
        import torch.nn.functional as F

        def encode(target):
            return F.one_hot(target, num_classes=10).float()
        # file: train.py
        from torch import nn
        from labels import encode

        net = nn.Linear(64, 10)
        criterion = nn.CrossEntropyLoss()

        def step(x, y):
            return criterion(net(x), encode(y))  # LL112
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def mixup_loss(hidden, target, permutation, share):
            one_hot = F.one_hot(target, 10).float()
            mixed = share * one_hot + (1 - share) * one_hot[permutation]
            return F.cross_entropy(head(hidden), mixed)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def one_against_rest_loss(hidden, target):
            return F.binary_cross_entropy_with_logits(head(hidden), F.one_hot(target, 10).float())
        """,
        """
        import pytest
        import torch
        import torch.nn.functional as F

        @pytest.mark.parametrize("weighted", [False, True])
        def test_that_runs_with_weighted_labels(weighted):
            scores, labels = torch.randn(5, 5, requires_grad=True), torch.eye(5)
            if weighted:
                labels[labels == 1.0] = torch.rand(5)
            F.cross_entropy(scores, labels).backward()
        """,
    ],
)

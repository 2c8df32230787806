"""Sigmoid followed by BCELoss.

## What it does
Reports `BCELoss` (or `F.binary_cross_entropy`) that is given the output of a sigmoid.

## Why is this bad?
It is right, but less stable than the one loss that does both. Where the sigmoid rounds to 0 or 1 (beyond a score of
about 17 in float32) the gradient is lost, the logarithm is cut at -100, and under `autocast` on an accelerator
`BCELoss` raises.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.binary_cross_entropy(torch.sigmoid(head(hidden)), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.binary_cross_entropy_with_logits(head(hidden), target)
```

## Fix safety
Safe: the same function of the scores, only more exact. No fix is offered when the probabilities are used elsewhere too.

## References
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import logits_form
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    if given.kind is not Kind.SIGMOID or given.factor is not None:
        return
    yield Problem(
        message=(
            f"{call.loss} is given sigmoid outputs. That is right, but where the sigmoid rounds to 0 or 1 the gradient "
            "is lost and the loss is cut at 100."
        ),
        trail=given.trail,
        mend="Use BCEWithLogitsLoss and remove the sigmoid",
        repair=logits_form(call),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ADVICE,
    fix="safe",
    losses=["BCELoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.binary_cross_entropy(torch.sigmoid(head(hidden)), target)  # LL204
        """,
        """
        # file: model.py
        import torch
        from torch import nn

        class Classifier(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(30, 1)

            def forward(self, x):
                return torch.sigmoid(self.fc(x))
        # file: train.py
        from torch import nn
        from model import Classifier

        model = Classifier()
        criterion = nn.BCELoss()

        def step(x, y):
            return criterion(model(x), y)  # LL204
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.binary_cross_entropy_with_logits(head(hidden), target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.binary_cross_entropy_with_logits(head(hidden), torch.sigmoid(target))
        """,
    ],
)

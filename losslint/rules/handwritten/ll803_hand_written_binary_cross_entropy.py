"""A binary cross-entropy that is written out with the logarithms of p and of 1 - p.

## What it does
Reports `y * log(p) + (1 - y) * log(1 - p)` where nothing keeps the logarithms away from 0.

Quiet in tests (`test_*.py`, `*_test.py`, `conftest.py`, folders called `test` or `tests`), where the plain form is what
others are compared with, unless the rule is selected by its own code.

Quiet where p weighs the terms (a focal loss) and is the output of a sigmoid: LL802 speaks of its logarithms.

## Why is this bad?
A probability that rounds to 0 or 1 (a sigmoid in float32 does from a score of about 17) gives the logarithm of 0: the
loss is inf, or nan where 0 is multiplied by it, and the gradient nan. `binary_cross_entropy_with_logits` computes the
same from the scores without ever forming the probability; `binary_cross_entropy` holds the logarithms at -100.

## Example
```python
import torch

def training_loss(p, y):
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()
```

## Use instead
```python
import torch.nn.functional as F

def training_loss(scores, y):
    return F.binary_cross_entropy_with_logits(scores, y)
```
or `F.binary_cross_entropy(p, y)` where there are only probabilities.

## Fix safety
Safe: `logsigmoid` of the scores in both terms, where p is the output of a sigmoid. No fix is offered where p comes from
anywhere else, or the scores are not there any more.

## References
- [torch.nn.functional.binary_cross_entropy_with_logits](
  https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.handwritten.ll802_log_of_sigmoid import is_sigmoid
from losslint.rules.repairs import stable
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import OperationCall


def check(call: OperationCall) -> Iterator[Problem]:
    if call.operation != "log" or not call.arguments or not call.inner.endswith("binary cross-entropy"):
        return
    given = call.arguments[0]
    if call.inner.startswith("focal") and is_sigmoid(given):
        return  # torch has no function of that: LL802 says what to do with the logarithms
    if given.bounds is not None and given.bounds[0] > 0 and given.bounds[1] < 1:
        return  # clamped before
    yield Problem(
        message=(
            "A binary cross-entropy is written out: where p rounds to 0 or 1 its logarithm is -inf, and the loss inf "
            "or nan. Use binary_cross_entropy_with_logits of the scores, or binary_cross_entropy of p."
        ),
        trail=given.trail,
        repair=stable(call, "logsigmoid", "Use logsigmoid") if is_sigmoid(given) else None,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="S",
    fix="safe",
    check_operation=check,
    bad=[
        """
        import torch

        def training_loss(p, y):
            return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()  # LL803
        """,
        """
        import torch
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target, weight):
            scores = head(hidden)
            prob = torch.sigmoid(scores)
            positive = weight * target * prob.log()  # LL803
            negative = (1 - target) * (1 - prob).log()
            return -positive.mean() - negative.mean()
        """,
        """
        # file: net.py
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(64, 1)

            def forward(self, x):
                return torch.sigmoid(self.fc(x))
        # file: train.py
        from net import Net

        net = Net()

        def training_loss(x, y):
            p = net(x)
            return -(y * p.log() + (1 - y) * (1 - p).log()).mean()  # LL803
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F

        def training_loss(scores, y, eps=1e-7):
            p = scores.sigmoid().clamp(1e-6, 1 - 1e-6)
            guarded = -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()
            added = -(y * torch.log(scores + eps) + (1 - y) * torch.log(1 - scores + eps)).mean()
            return F.binary_cross_entropy_with_logits(scores, y) + guarded + added
        """,
        """
        import torch

        def entropy_and_divergence(p, q):
            entropy = -(p * torch.log(p) + (1 - p) * torch.log(1 - p))
            return entropy + p * torch.log(p / q) + (1 - p) * torch.log((1 - p) / (1 - q))
        """,
        """
        import numpy as np

        def in_numpy(p, y):
            return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
        """,
    ],
)

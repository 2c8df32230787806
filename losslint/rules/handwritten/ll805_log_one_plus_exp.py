"""The logarithm of 1 + exp(x), written out.

## What it does
Reports `torch.log(1 + torch.exp(x))` and `torch.log1p(torch.exp(x))`.

Quiet in tests (`test_*.py`, `*_test.py`, `conftest.py`, folders called `test` or `tests`), where the plain form is what
others are compared with, unless the rule is selected by its own code.

## Why is this bad?
The exponential of a number above 88 is inf in float32 (above 11 in float16): the result is inf where it should be x,
and the gradient nan. Below -17 the sum rounds to 1 and the result to 0. `softplus` is exact on both sides.

## Example
```python
import torch

def logistic_loss(margin):
    return torch.log(1 + torch.exp(-margin)).mean()
```

## Use instead
```python
import torch.nn.functional as F

def logistic_loss(margin):
    return F.softplus(-margin).mean()
```

## Fix safety
Safe: the same function, only exact where it overflowed before.

## References
- [torch.nn.functional.softplus](https://pytorch.org/docs/stable/generated/torch.nn.functional.softplus.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import stable
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import OperationCall


def check(call: OperationCall) -> Iterator[Problem]:
    if call.operation == "softplus":
        yield Problem(
            message=(
                f"{call.spelling} takes the logarithm of 1 + exp(x): it is inf, and its gradient nan, where x is above "
                "88 in float32, and above 11 in float16. Use F.softplus."
            ),
            repair=stable(call, "softplus", "Use F.softplus"),
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

        def logistic_loss(margin):
            return torch.log(1 + torch.exp(-margin)).mean()  # LL805
        """,
        """
        import torch
        from torch import nn

        head = nn.Linear(64, 1)

        def ranking_loss(better, worse):
            difference = head(better) - head(worse)
            return torch.log1p(torch.exp(-difference)).sum()  # LL805
        """,
    ],
    good=[
        """
        import torch

        def guarded(x):
            return torch.where(x > 20, x, torch.log(1 + torch.exp(x))).mean()
        """,
        """
        import torch
        from torch import nn

        class Spread(nn.Module):
            def __init__(self):
                super().__init__()
                self.rho = nn.Parameter(torch.full((8,), -5.0))

            def forward(self):
                return torch.log1p(torch.exp(self.rho))
        """,
        """
        import torch
        import torch.nn.functional as F

        def stable(x, y):
            by_hand = x.clamp(min=0) - x * y + torch.log(1 + torch.exp(-torch.abs(x)))
            again = x.clamp(min=0) - x * y + torch.log1p(torch.exp(-x.abs()))
            return by_hand + again + F.softplus(x) + torch.log(1 + torch.exp(torch.tanh(x)))
        """,
        """
        import math

        def of_numbers(x):
            return math.log(1 + math.exp(x))
        """,
    ],
)

"""The logarithm of a sum of exponentials, written out.

## What it does
Reports `torch.log(torch.sum(torch.exp(x), dim))` and its spellings with methods.

Quiet in tests (`test_*.py`, `*_test.py`, `conftest.py`, folders called `test` or `tests`), where the plain form is what
others are compared with, unless the rule is selected by its own code.

## Why is this bad?
The exponential of a number above 88 is inf in float32 (above 11 in float16), and the sum of exponentials of numbers
below -104 is 0: the result is inf or -inf, the gradient nan. `logsumexp` takes the largest value out first.

## Example
```python
import torch

def free_energy(x):
    return -torch.log(torch.sum(torch.exp(x), dim=1))
```

## Use instead
```python
import torch

def free_energy(x):
    return -torch.logsumexp(x, dim=1)
```

## Fix safety
Safe: the same function, only exact where it overflowed before.

## References
- [torch.logsumexp](https://pytorch.org/docs/stable/generated/torch.logsumexp.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import stable
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import OperationCall


def check(call: OperationCall) -> Iterator[Problem]:
    if call.operation == "logsumexp":
        yield Problem(
            message=(
                f"{call.spelling} takes the logarithm of a sum of exponentials: it overflows where an element is above "
                "88 in float32, and above 11 in float16. Use torch.logsumexp."
            ),
            repair=stable(call, "logsumexp", "Use torch.logsumexp"),
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

        def free_energy(x):
            return -torch.log(torch.sum(torch.exp(x), dim=1))  # LL804
        """,
        """
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, y):
            scores = head(hidden)
            exponentials = scores.exp()
            normaliser = exponentials.sum(dim=1).log()  # LL804
            return (normaliser - scores.gather(1, y.view(-1, 1)).squeeze(1)).mean()
        """,
    ],
    good=[
        """
        import torch

        def stable(x):
            largest = x.max(dim=1, keepdim=True).values
            shifted = largest + torch.log(torch.sum(torch.exp(x - largest), dim=1, keepdim=True))
            return shifted.squeeze(1) - torch.logsumexp(x, dim=1)
        """,
        """
        import torch
        import torch.nn.functional as F

        def of_cosines(a, b):
            similar = F.normalize(a, dim=1) @ F.normalize(b, dim=1).T
            return torch.log(torch.exp(similar / 0.5).sum(dim=1))
        """,
        """
        import numpy as np

        def in_numpy(x):
            return np.log(np.sum(np.exp(x)))
        """,
    ],
)

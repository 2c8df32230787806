"""A binary cross-entropy that is written out with different signs before its two terms.

## What it does
Reports `y * log(p) - (1 - y) * log(1 - p)` and `-y * log(p) + (1 - y) * log(1 - p)`. Also, whatever the signs are, a
second term that takes the logarithm of the label: `y * log(p) + (1 - y) * log(1 - y)`.

## Why is this bad?
Both terms of the likelihood have the same sign. With different ones the loss rewards the wrong answer for one of the
two labels: it falls without bound when p goes to 1 for everything (or to 0), and that is what the model learns. A minus
that was to stand before the sum and stands before its first term is the usual cause. A term without the prediction has
no gradient, so that an answer of 1 is never wrong, and for a label of 1 it is 0 times -inf, which is nan.

## Example
```python
import torch

def training_loss(p, y):
    return (-y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()
```

## Use instead
```python
import torch.nn.functional as F

def training_loss(p, y):
    return F.binary_cross_entropy(p, y)
```

## Fix safety
Not fixed automatically: it changes what is learned, which is the point.

## References
- [torch.nn.BCELoss](https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import OperationCall


def check(call: OperationCall) -> Iterator[Problem]:
    if call.operation != "entropy" or not call.arguments:
        return
    if call.inner == "the label's own logarithm":
        yield Problem(
            message=(
                "The second term of this binary cross-entropy takes the logarithm of 1 minus the label, not of 1 minus "
                "the prediction: it has no gradient, and is nan for a label of 1."
            ),
            trail=call.arguments[0].trail,
            mend="Put the prediction inside",
        )
    if call.inner != "opposite signs":
        return
    yield Problem(
        message=(
            "The two terms of this binary cross-entropy have different signs: for one of the labels it rewards the "
            "wrong answer, without bound. Give both the same sign."
        ),
        trail=call.arguments[0].trail,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    observers="S",
    check_operation=check,
    bad=[
        """
        import torch

        def training_loss(p, y):
            return (-y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()  # LL807
        """,
        """
        import torch

        def guarded(p, y, eps=1e-8):
            positive = y * torch.log(p + eps)  # LL807
            negative = (1 - y) * torch.log(1 - p + eps)
            return -(positive - negative).mean()
        """,
        """
        import torch

        def training_loss(p, y):
            return -(y * torch.log(p) + (1 - y) * torch.log(1 - y)).mean()  # LL807
        """,
    ],
    good=[
        """
        import torch

        def likelihood(p, y, eps=1e-8):
            return (y * torch.log(p + eps) + (1 - y) * torch.log(1 - p + eps)).mean()

        def loss(p, y, eps=1e-8):
            return -y * torch.log(p + eps) - (1 - y) * torch.log(1 - p + eps)

        def again(p, y, eps=1e-8):
            return -(y * torch.log(p + eps)).mean() + -((1 - y) * torch.log(1 - p + eps)).mean()
        """,
        """
        import torch

        def game(p, q, y, eps=1e-8):
            value = y * torch.log(p + eps) - (1 - y) * torch.log(1 - q + eps)
            gap = y * torch.log(p + eps) - (1 - y) * torch.log(p + eps)
            return value + gap + torch.log(p + eps) - torch.log(1 - p + eps)
        """,
        """
        import torch

        def entropy(y):
            return -(y * torch.log(y) + (1 - y) * torch.log(1 - y)).mean()

        def divergence(p, y):
            ratio = y * torch.log(y) - y * torch.log(p) + (1 - y) * torch.log(1 - y) - (1 - y) * torch.log(1 - p)
            return ratio.mean()

        def another(p, y):
            return (-y * torch.log(p) + (1 - y) * torch.log(1 - y) + y * torch.log(y)).mean()
        """,
    ],
)

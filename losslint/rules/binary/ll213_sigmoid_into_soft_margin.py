"""Sigmoid output given to a soft margin loss.

## What it does
Reports `SoftMarginLoss` and `MultiLabelSoftMarginLoss` (and their functions) that are given the output of a sigmoid.

## Why is this bad?
Both losses contain the sigmoid. Given probabilities they apply it twice: a perfect prediction still costs 0.3133 for a
positive and 0.6931 for a negative.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.multilabel_soft_margin_loss(torch.sigmoid(head(hidden)), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.multilabel_soft_margin_loss(head(hidden), target)
```

## Fix safety
Unsafe: removing the sigmoid changes what is computed, which is the point.

## References
- [torch.nn.SoftMarginLoss](https://pytorch.org/docs/stable/generated/torch.nn.SoftMarginLoss.html)
- [torch.nn.MultiLabelSoftMarginLoss](https://pytorch.org/docs/stable/generated/torch.nn.MultiLabelSoftMarginLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.costs import binary_floor_sentence, floor_of
from losslint.rules.facts import stretched_on_purpose
from losslint.rules.logarithms import under_a_sigmoid
from losslint.rules.repairs import without_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.floors import Curve
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    yield from under_a_sigmoid(call, Kind.LOG_SIGMOID, "contains the sigmoid")
    if given.kind is not Kind.SIGMOID or stretched_on_purpose(given):
        return
    yield Problem(
        message=(
            f"{call.loss} is given sigmoid outputs, but contains the sigmoid. {binary_floor_sentence(call, given)}."
        ),
        trail=given.trail,
        mend="Remove the sigmoid",
        repair=without_activation(call, "sigmoid"),
        floor=floor_of(Curve.SIGMOID_TWICE, given),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["SoftMarginLoss", "MultiLabelSoftMarginLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.multilabel_soft_margin_loss(torch.sigmoid(head(hidden)), target)  # LL213
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())

            def forward(self, x):
                return self.layers(x)
        # file: train.py
        from torch import nn
        from net import Net

        net = Net()
        criterion = nn.SoftMarginLoss()

        def step(x, y):
            return criterion(net(x), y)  # LL213
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.multilabel_soft_margin_loss(F.logsigmoid(head(hidden)), target)  # LL213
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.multilabel_soft_margin_loss(head(hidden), target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            scores = head(hidden)
            return F.multilabel_soft_margin_loss(scores, target), torch.sigmoid(scores) > 0.5
        """,
    ],
)

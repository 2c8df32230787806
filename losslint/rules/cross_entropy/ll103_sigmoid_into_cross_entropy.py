"""Sigmoid output given to a loss over exclusive classes that wants scores.

## What it does
Reports `CrossEntropyLoss` (or `F.cross_entropy`) that is given the output of a sigmoid, or predictions of 0 and 1
that a threshold has made of it; where they are trained on, LL702 speaks.

## Why is this bad?
The loss applies log-softmax to what it is given. Sigmoid outputs lie between 0 and 1, so even a perfect prediction
keeps a loss of `ln(1 + (C - 1) / e)`: 0.313 with 2 classes, 1.461 with 10, 5.910 with 1000. The gradient vanishes
where the sigmoid saturates.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(torch.sigmoid(head(hidden)), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target)
```
If a sample can belong to several classes, keep the scores and use `F.binary_cross_entropy_with_logits`.

## Fix safety
Unsafe: removing the sigmoid changes what is computed, which is the point.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.costs import floor_of, floor_sentence
from losslint.rules.facts import is_thresholded, lost, stretched_on_purpose, trained_in_vain
from losslint.rules.repairs import without_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.floors import Curve
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    if is_thresholded(given) and not trained_in_vain(call):  # of what is trained on, LL702 says more
        yield Problem(
            message=(
                f"{call.loss} is given predictions of 0 and 1, but wants raw scores. {floor_sentence(call, given)}."
            ),
            trail=given.trail,
            mend="Give the loss the scores, without the threshold",
        )
    if given.kind is not Kind.SIGMOID or stretched_on_purpose(given):
        return
    yield Problem(
        message=(
            f"{call.loss} is given sigmoid outputs, but wants raw scores. "
            f"{floor_sentence(call, given)}{lost(call, 'the gradient vanishes where the sigmoid saturates')}."
        ),
        trail=given.trail,
        mend="Remove the sigmoid",
        repair=without_activation(call, "sigmoid"),
        floor=floor_of(Curve.BOUNDED, given),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["CrossEntropyLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        from torch import nn

        head = nn.Linear(64, 10)
        criterion = nn.CrossEntropyLoss()

        def training_loss(hidden, target):
            x = head(hidden)
            x = torch.sigmoid(x)
            return criterion(x, target)  # LL103
        """,
        """
        # file: models/net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(20, 50), nn.ReLU(), nn.Linear(50, 2), nn.Sigmoid())

            def forward(self, x):
                return self.layers(x)
        # file: models/__init__.py
        # file: train.py
        import torch.nn.functional as F
        from models.net import Net

        net = Net()

        def step(batch, target):
            return F.cross_entropy(net(batch), target)  # LL103
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        class Gated(nn.Module):
            def __init__(self):
                super().__init__()
                self.gate = nn.Linear(64, 64)
                self.head = nn.Linear(64, 10)

            def forward(self, x):
                return self.head(x * torch.sigmoid(self.gate(x)))

        model = Gated()

        def training_loss(x, target):
            return F.cross_entropy(model(x), target)
        """,
        """
        from torch import nn

        class Trainer:
            def __init__(self, binary):
                if binary:
                    self.model = nn.Sequential(nn.Linear(8, 1), nn.Sigmoid())
                    self.criterion = nn.BCELoss()
                else:
                    self.model = nn.Linear(8, 3)
                    self.criterion = nn.CrossEntropyLoss()

            def step(self, x, y):
                return self.criterion(self.model(x), y)
        """,
    ],
)

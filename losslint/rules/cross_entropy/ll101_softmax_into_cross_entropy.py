"""Softmax output given to a loss that applies log-softmax itself.

## What it does
Reports `CrossEntropyLoss` (or `F.cross_entropy`) that is given the output of a softmax.

## Why is this bad?
The loss applies log-softmax to what it is given. Probabilities lie between 0 and 1, so after the second softmax even a
perfect prediction keeps a loss of `ln(1 + (C - 1) / e)`: 1.461 with 10 classes, 5.910 with 1000. The gradient shrinks
with it (about a tenth at the start with 10 classes, next to nothing where the model is surely wrong), so training
runs, slowly, and stops short of what the model could learn.

## Example
```python
import torch.nn.functional as F

def training_loss(hidden, head, target):
    probabilities = F.softmax(head(hidden), dim=1)
    return F.cross_entropy(probabilities, target)
```

## Use instead
```python
import torch.nn.functional as F

def training_loss(hidden, head, target):
    return F.cross_entropy(head(hidden), target)
```
Where probabilities are needed for reading or for metrics, apply the softmax there, beside the loss and not before it.

## Fix safety
Unsafe: removing the softmax changes what is computed, which is the point. No fix is offered when the probabilities are
used elsewhere too.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
- [pytorch#55902](https://github.com/pytorch/pytorch/issues/55902)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.costs import floor_of, floor_sentence
from losslint.rules.facts import lost, stretched_on_purpose
from losslint.rules.repairs import without_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.floors import Curve
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    if given.kind is not Kind.PROBABILITIES or stretched_on_purpose(given):
        return
    if given.made_by == "matmul":
        # Distributions that a matrix mixes, as noisy labels are: there is nothing to remove.
        mend = "Use NLLLoss of the logarithm of the probabilities made"
    else:
        mend = "Remove the softmax"
    yield Problem(
        message=(
            f"{call.loss} is given softmax probabilities, but applies log-softmax itself. "
            f"{floor_sentence(call, given)}{lost(call, 'gradients shrink towards zero as the model gets sure')}."
        ),
        trail=given.trail,
        mend=mend,
        repair=without_activation(call, "softmax"),
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
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            probabilities = F.softmax(head(hidden), dim=1)
            return F.cross_entropy(probabilities, target)  # LL101
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self, classes):
                super().__init__()
                self.body = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, classes), nn.Softmax(dim=1))

            def forward(self, x):
                return self.body(x)
        # file: train.py
        import torch
        from torch import nn
        from net import Net

        model = Net(10)
        criterion = nn.CrossEntropyLoss()

        def step(batch, target, optimizer):
            loss = criterion(model(batch), target)  # LL101
            loss.backward()
            optimizer.step()
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            scores = head(hidden)
            loss = F.cross_entropy(scores, target)
            probabilities = F.softmax(scores, dim=1)  # for the accuracy
            return loss, probabilities.argmax(dim=1)
        """,
        """
        # file: net.py
        import torch.nn.functional as F
        from torch import nn

        class Net(nn.Module):
            def __init__(self, classes):
                super().__init__()
                self.head = nn.Linear(64, classes)

            def forward(self, x, activate=False):
                scores = self.head(x)
                return F.softmax(scores, dim=1) if activate else scores
        # file: train.py
        from torch import nn
        from net import Net

        model = Net(10)
        criterion = nn.CrossEntropyLoss()

        def step(batch, target):
            return criterion(model(batch), target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            probabilities = torch.softmax(head(hidden), dim=1)
            return F.cross_entropy(probabilities * 20.0, target)  # stretched on purpose
        """,
    ],
)

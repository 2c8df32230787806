"""Softmax followed by BCELoss.

## What it does
Reports `BCELoss` (or `F.binary_cross_entropy`) that is given the output of a softmax over several classes.

## Why is this bad?
It computes, but the two do not belong together: the softmax says that the classes exclude each other, the loss treats
each as a yes or no of its own. With exclusive classes `CrossEntropyLoss` on the scores is the loss; with independent
ones a sigmoid in the place of the softmax.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.binary_cross_entropy(F.softmax(head(hidden), dim=1), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.binary_cross_entropy_with_logits(head(hidden), target)
```
Or `F.cross_entropy(head(hidden), target)` with class indices.

## Fix safety
Not fixed automatically: whether the classes exclude each other is for the author to say.

## References
- [torch.nn.BCELoss](https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html)
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    # One column of a softmax over two classes is a probability like any other.
    if given.kind is not Kind.PROBABILITIES or given.rank in (0, 1) or given.size(-1) == 1:
        return
    if given.shape is None and target.kind not in (Kind.ONE_HOT, Kind.MULTI_HOT):
        return  # a target with a number for each class is compared with all of them
    yield Problem(
        message=(
            f"{call.loss} is given softmax probabilities: classes that exclude each other with a loss for independent "
            "ones."
        ),
        trail=given.trail,
        mend="Use CrossEntropyLoss on the scores, or a sigmoid in place of the softmax",
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ADVICE,
    losses=["BCELoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.binary_cross_entropy(F.softmax(head(hidden), dim=1), target)  # LL207
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3), nn.Softmax(dim=1))

            def forward(self, x):
                return self.layers(x)
        # file: train.py
        from torch import nn
        from net import Net

        net = Net()
        criterion = nn.BCELoss()

        def step(x, y):
            return criterion(net(x), y)  # LL207
        """,
        """
        import torch.nn.functional as F

        def balanced_loss(scores, labels, classes):
            each = F.one_hot(labels, classes).float()
            return F.binary_cross_entropy(scores.softmax(dim=1), each)  # LL207
        """,
    ],
    good=[
        """
        import torch.nn.functional as F

        def loss_of_two(scores, labels):
            return F.binary_cross_entropy(scores.softmax(dim=1)[:, 1], labels.float())
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 2)

        def training_loss(target):
            probabilities = F.softmax(head(torch.randn(32, 64)), dim=1)
            return F.binary_cross_entropy(probabilities[:, 1], target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.binary_cross_entropy(torch.sigmoid(head(hidden)), target)
        """,
    ],
)

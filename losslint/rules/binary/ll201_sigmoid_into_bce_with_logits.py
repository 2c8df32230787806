"""Sigmoid output given to a loss that applies the sigmoid itself.

## What it does
Reports `BCEWithLogitsLoss` (or `F.binary_cross_entropy_with_logits`) that is given the output of a sigmoid, or of
its logarithm (`F.logsigmoid`): the sigmoid of that is never above a half. Likewise one that is given predictions of 0
and 1, rounded or above a threshold; where they are trained on, LL702 speaks.

Where the loss is part of a focal loss that the code writes itself, the call of that is reported instead (LL601).

## Why is this bad?
The sigmoid runs twice. The second one maps 0 … 1 to 0.5 … 0.73, so the loss can never call anything a clear negative:
a perfect prediction still costs 0.3133 for a positive and 0.6931 for a negative, and the gradient is 0.27 of the right
one at the start and next to nothing where the model is surely wrong.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.binary_cross_entropy_with_logits(torch.sigmoid(head(hidden)), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.binary_cross_entropy_with_logits(head(hidden), target)
```
Apply the sigmoid beside the loss, where probabilities are read.

## Fix safety
Unsafe: removing the sigmoid changes what is computed, which is the point. No fix is offered when the probabilities are
used elsewhere too.

## References
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.costs import binary_floor_sentence, floor_of
from losslint.rules.facts import is_thresholded, stretched_on_purpose, trained_in_vain
from losslint.rules.logarithms import under_a_sigmoid
from losslint.rules.repairs import without_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.floors import Curve
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    yield from under_a_sigmoid(call, Kind.LOG_SIGMOID, "applies the sigmoid itself")
    if is_thresholded(given) and not trained_in_vain(call):  # of what is trained on, LL702 says more
        yield Problem(
            message=(
                f"{call.loss} is given predictions of 0 and 1, but applies the sigmoid itself. "
                f"{binary_floor_sentence(call, given)}."
            ),
            trail=given.trail,
            mend="Give the loss the scores, without the threshold",
        )
    if given.kind is not Kind.SIGMOID or stretched_on_purpose(given):
        return
    yield Problem(
        message=(
            f"{call.loss} is given sigmoid outputs, but applies the sigmoid itself. "
            f"{binary_floor_sentence(call, given)}."
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
    losses=["BCEWithLogitsLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        from torch import nn

        head = nn.Linear(64, 1)
        criterion = nn.BCEWithLogitsLoss()

        def training_loss(hidden, target):
            output = head(hidden).sigmoid()
            return criterion(output, target)  # LL201
        """,
        """
        # file: net.py
        from torch import nn

        class Segmenter(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Conv2d(3, 16, 3, padding=1)
                self.last = nn.Conv2d(16, 1, 1)
                self.activation = nn.Sigmoid()

            def forward(self, image):
                features = self.body(image)
                return self.activation(self.last(features)), features
        # file: train.py
        from torch import nn
        from net import Segmenter

        net = Segmenter()
        loss_fn = nn.BCEWithLogitsLoss()

        def step(image, mask):
            prediction, _ = net(image)
            return loss_fn(prediction, mask)  # LL201
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.binary_cross_entropy_with_logits(F.logsigmoid(head(hidden)), target)  # LL201
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            scores = head(hidden)
            loss = F.binary_cross_entropy_with_logits(scores, target)
            scores = torch.sigmoid(scores)  # after the loss, for the metrics
            return loss, (scores > 0.5).float()
        """,
        """
        from torch import nn

        class Token(nn.Module):
            def __init__(self):
                super().__init__()
                self.token = nn.Sequential(nn.Linear(8, 1), nn.Sigmoid())
                self.criterion = nn.BCEWithLogitsLoss()

            def loss(self, x, target):
                return self.criterion(self.token[0](x), target)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        class Gated(nn.Module):
            def __init__(self):
                super().__init__()
                self.gate = nn.Sequential(nn.Linear(8, 8), nn.Sigmoid())
                self.head = nn.Linear(8, 1)

            def forward(self, x):
                return self.head(x * self.gate(x))

        model = Gated()

        def training_loss(x, target):
            return F.binary_cross_entropy_with_logits(model(x), target)
        """,
    ],
)

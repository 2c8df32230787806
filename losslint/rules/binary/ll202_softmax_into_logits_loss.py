"""Softmax output given to a binary loss that wants scores.

## What it does
Reports `BCEWithLogitsLoss`, `MultiLabelSoftMarginLoss` and `SoftMarginLoss` (and their functions) that are given the
output of a softmax, or of a log-softmax.

## Why is this bad?
These losses apply a sigmoid to what they are given. Probabilities lie between 0 and 1, so a perfect prediction still
costs 0.3133 for the class that is on and 0.6931 for each that is off: 0.655 on average with 10 classes. The softmax
also makes the classes compete, while the loss treats each as a yes or no of its own. Log-probabilities are never above
0, so that their sigmoid is never above a half: a class that is on costs 0.6931 at least.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.binary_cross_entropy_with_logits(F.softmax(head(hidden), dim=1), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.binary_cross_entropy_with_logits(head(hidden), target)
```
If each sample has exactly one class, use `F.cross_entropy` on the scores instead.

## Fix safety
Unsafe: removing the softmax changes what is computed, which is the point.

## References
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
- [torch.nn.MultiLabelSoftMarginLoss](https://pytorch.org/docs/stable/generated/torch.nn.MultiLabelSoftMarginLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.costs import (
    binary_floor_sentence,
    class_count,
    floor_of,
    softmax_in_binary_floor,
    unit,
)
from losslint.rules.facts import stretch, stretched_on_purpose
from losslint.rules.logarithms import under_a_sigmoid
from losslint.rules.repairs import without_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.floors import Curve
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    yield from under_a_sigmoid(call, Kind.LOG_PROBABILITIES, "applies a sigmoid to raw scores")
    if given.kind is not Kind.PROBABILITIES or stretched_on_purpose(given):
        return
    classes = class_count(given)
    curve = Curve.SIGMOID_TWICE
    if classes is not None and classes > 1 and not unit(call):
        least = softmax_in_binary_floor(classes, stretch(given))
        curve = Curve.SOFTMAX_IN_BINARY
        cost = f"With {classes} classes, one of them on, the loss cannot fall below {least:.3f}"
    else:
        cost = binary_floor_sentence(call, given)
    yield Problem(
        message=f"{call.loss} is given softmax probabilities, but applies a sigmoid to raw scores. {cost}.",
        trail=given.trail,
        mend="Remove the softmax",
        repair=without_activation(call, "softmax"),
        floor=floor_of(curve, given),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["BCEWithLogitsLoss", "SoftMarginLoss", "MultiLabelSoftMarginLoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.binary_cross_entropy_with_logits(F.softmax(head(hidden), dim=1), target)  # LL202
        """,
        """
        # file: net.py
        from torch import nn

        def build(classes):
            layers = [nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, classes)]
            layers.append(nn.Softmax(dim=1))
            return nn.Sequential(*layers)
        # file: train.py
        from torch import nn
        from net import build

        model = build(14)
        criterion = nn.MultiLabelSoftMarginLoss()

        def step(x, y):
            return criterion(model(x), y)  # LL202
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.multilabel_soft_margin_loss(F.log_softmax(head(hidden), dim=1), target)  # LL202
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        query, head = nn.Linear(64, 64), nn.Linear(64, 10)

        def training_loss(keys, values, target):
            attention = F.softmax(query(keys), dim=-1)
            return F.binary_cross_entropy_with_logits(head(attention * values), target)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            scores = head(hidden)
            loss = F.multilabel_soft_margin_loss(scores, target)
            return loss, F.softmax(scores, dim=1).topk(3)
        """,
    ],
)

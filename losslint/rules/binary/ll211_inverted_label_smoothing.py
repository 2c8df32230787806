"""Labels smoothed the wrong way round: what should be kept is what is flipped.

## What it does
Reports a binary cross-entropy whose target is `a * y + (1 - a) * (1 - y)` with an `a` below one half.

## Why is this bad?
With `a = 0.1` a label 1 becomes 0.1 and a label 0 becomes 0.9: the model is taught the opposite of what the data says.
The small number belongs to the other label.

## Example
```python
import torch.nn.functional as F

def training_loss(scores, y, smoothing=0.1):
    target = smoothing * y + (1 - smoothing) * (1 - y)
    return F.binary_cross_entropy_with_logits(scores, target)
```

## Use instead
```python
import torch.nn.functional as F

def training_loss(scores, y, smoothing=0.1):
    target = (1 - smoothing) * y + smoothing * (1 - y)
    return F.binary_cross_entropy_with_logits(scores, target)
```

## Fix safety
Unsafe: exchanging the weights changes what is computed, which is the point. No fix is offered when another caller gives
weights that are right.

## References
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall, Writing
from losslint.vocabulary.repairs import Action, Applicability, Change, Repair


def check(call: LossCall) -> Iterator[Problem]:
    trail = call.written.get(Writing.INVERTED)
    if trail is None:
        return
    yield Problem(
        message=(
            f"The labels of {call.loss} are smoothed the wrong way round: a 1 becomes less than one half and a 0 more, "
            "so the model learns the opposite."
        ),
        trail=trail,
        mend="Exchange the two weights",
        repair=Repair(Applicability.UNSAFE, "Exchange the two weights", (Change(Action.WEIGHTS, trail.spot),)),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    observers="S",
    fix="unsafe",
    losses=["BCELoss", "BCEWithLogitsLoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F

        def training_loss(scores, y, smoothing=0.1):
            target = smoothing * y + (1 - smoothing) * (1 - y)
            return F.binary_cross_entropy_with_logits(scores, target)  # LL211
        """,
        """
        # file: settings.py
        SMOOTHING = 0.05
        # file: train.py
        from torch import nn
        from settings import SMOOTHING

        criterion = nn.BCEWithLogitsLoss()

        def step(model, x, y):
            return criterion(model(x), (1 - y) * (1 - SMOOTHING) + y * SMOOTHING)  # LL211
        """,
    ],
    good=[
        """
        import torch.nn.functional as F

        def training_loss(scores, y, smoothing=0.1):
            target = (1 - smoothing) * y + smoothing * (1 - y)
            return F.binary_cross_entropy_with_logits(scores, target)
        """,
        """
        import torch.nn.functional as F

        def training_loss(scores, y, smoothing=0.1):
            return F.binary_cross_entropy_with_logits(scores, y * (1 - smoothing) + smoothing / 2)
        """,
        """
        import torch.nn.functional as F

        def mixed(scores, y, other, share=0.2):
            return F.binary_cross_entropy_with_logits(scores, share * y + (1 - share) * other)
        """,
    ],
)

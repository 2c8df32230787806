"""A loss whose reduction is given by `size_average` or `reduce`.

## What it does
Reports losses that are given `size_average=` or `reduce=`, which `reduction=` replaced in torch 0.4.1.

## Why is this bad?
Both are deprecated: torch warns each time and will take them away. Until then they win in silence over a `reduction`
that is given as well, so that `nn.MSELoss(size_average=True, reduction="none")` is a mean.

It is advice, since what is written does what it says, and torch's own warning names the argument to use.

## Example
```python
from torch import nn

criterion = nn.MSELoss(size_average=False)

def training_loss(model, x, y):
    return criterion(model(x), y)
```

## Use instead
```python
from torch import nn

criterion = nn.MSELoss(reduction="sum")

def training_loss(model, x, y):
    return criterion(model(x), y)
```
`size_average=True` is `reduction="mean"`, `size_average=False` is `"sum"`, and `reduce=False` is `"none"` whatever
`size_average` says.

## Fix safety
Safe: the reduction that takes the place of the two computes the same.

## References
- [torch.nn.MSELoss](https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import reduction
from losslint.rules.repairs import settings
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall
from losslint.vocabulary.repairs import Applicability


def check(call: LossCall) -> Iterator[Problem]:
    given = [name for name in ("size_average", "reduce") if isinstance(call.setting(name), bool)]
    if not given:
        return
    meant = reduction(call)
    overruled = call.setting("reduction", meant)
    names = " and ".join(f"{name}={call.setting(name)}" for name in given)
    verb = "is" if len(given) == 1 else "are"
    message = f"{names} of {call.loss} {verb} deprecated."
    if isinstance(overruled, str) and isinstance(meant, str) and overruled != meant:
        message += f" reduction={overruled!r}, which is given as well, does nothing beside it."
    yield Problem(
        message=message,
        mend=f"Write reduction={meant!r} instead" if isinstance(meant, str) else "Write reduction= instead",
        repair=settings(
            call,
            "size_average",
            "reduce",
            f'reduction="{meant}"',
            applicability=Applicability.SAFE,
            message=f'Write reduction="{meant}"',
        )
        if isinstance(meant, str)
        else None,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ADVICE,
    fix="safe",
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F

        def training_loss(scores, target):
            return F.cross_entropy(scores, target, size_average=False)  # LL710
        """,
        """
        # file: losses.py
        from torch import nn

        class SegmentationLoss:
            def __init__(self, average=True):
                self.criterion = nn.CrossEntropyLoss(ignore_index=255, size_average=average, reduce=False)

            def __call__(self, scores, target):
                return self.criterion(scores, target).mean()  # LL710
        """,
        """
        # file: criteria.py
        from torch import nn

        def build(ignored):
            return nn.CrossEntropyLoss(ignore_index=ignored, size_average=False)
        # file: train.py
        from criteria import build

        criterion = build(255)

        def step(model, images, masks):
            return criterion(model(images), masks)  # LL710
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        criterion = nn.SmoothL1Loss(None, None, "mean")

        def training_loss(scores, boxes, target, true_boxes):
            return F.cross_entropy(scores, target, None, None, -100) + criterion(boxes, true_boxes)
        """,
        """
        from losses import DiceLoss

        criterion = DiceLoss(size_average=False)

        def training_loss(scores, target):
            return criterion(scores, target)
        """,
    ],
)

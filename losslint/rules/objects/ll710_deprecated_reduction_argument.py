"""A loss whose reduction is given by `size_average` or `reduce`.

## What it does
Reports losses that are given `size_average=` or `reduce=`, which `reduction=` replaced in torch 0.4.1, and those of
which one of the two is set to False after they were made.

## Why is this bad?
Both are deprecated: torch warns each time and will take them away. Until then they win in silence over a `reduction`
that is given as well, so that `nn.MSELoss(size_average=True, reduction="none")` is a mean.

As an attribute, `criterion.size_average = False`, they have no effect at all: the loss stays the mean that it was.

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
from losslint.vocabulary.observations import LossCall, Writing
from losslint.vocabulary.repairs import Applicability

#: How the older spellings are called that were set on a loss, and what each of them was to make of the reduction.
SET_LATER = {Writing.SIZE_AVERAGE_SET: ("size_average", "sum"), Writing.REDUCE_SET: ("reduce", "none")}


def _without_effect(call: LossCall) -> Iterator[Problem]:
    """The problems of what was set where nothing reads it, and the loss computes something else."""
    for sign, (name, wanted) in SET_LATER.items():
        trail, computed = call.written.get(sign), reduction(call)
        if trail is not None and isinstance(computed, str) and computed not in ("none", wanted):
            yield Problem(
                message=f"{name} = False has no effect on a {call.loss} that was made before: it stays the {computed}.",
                trail=trail,
                mend=f"Write .reduction = {wanted!r} in place of it{{at}}",
            )


def check(call: LossCall) -> Iterator[Problem]:
    yield from _without_effect(call)
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
        """
        from torch import nn

        criterion = nn.BCEWithLogitsLoss()
        criterion.size_average = False

        def training_loss(scores, y):
            return criterion(scores, y)  # LL710
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
        """
        from torch import nn

        criterion = nn.BCEWithLogitsLoss()
        criterion.reduction = "sum"
        averaged = nn.MSELoss()
        averaged.size_average = True

        def training_loss(scores, y, x):
            return criterion(scores, y) + averaged(scores, x)
        """,
    ],
)

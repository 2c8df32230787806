"""A loss between a tensor and itself.

## What it does
Reports losses that compare two arguments which are the same tensor: `F.mse_loss(output, output)`.

## Why is this bad?
The loss is constant (0, or the margin) and there is no gradient: nothing is learnt. Usually a name was mistyped, or
rebound before the loss.

## Example
```python
import torch.nn.functional as F
from torch import nn

decoder = nn.Linear(64, 784)

def reconstruction_loss(code, image):
    image = decoder(code)
    return F.mse_loss(image, image)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

decoder = nn.Linear(64, 784)

def reconstruction_loss(code, image):
    output = decoder(code)
    return F.mse_loss(output, image)
```

## Fix safety
Not fixed automatically: what was meant is for the author to say.

## References
- [torch.nn: loss functions](https://pytorch.org/docs/stable/nn.html#loss-functions)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall

#: The losses that are constant when two of their arguments are equal, those arguments, and the constant.
CONSTANT_WHEN_EQUAL = {
    "MSELoss": ("input", "target", "0"),
    "L1Loss": ("input", "target", "0"),
    "SmoothL1Loss": ("input", "target", "0"),
    "HuberLoss": ("input", "target", "0"),
    "KLDivLoss": ("input", "target", "0"),
    "MarginRankingLoss": ("input1", "input2", "the margin"),
    "TripletMarginLoss": ("positive", "negative", "the margin"),
}


def check(call: LossCall) -> Iterator[Problem]:
    first, second, value = CONSTANT_WHEN_EQUAL[call.loss]
    one, other = call.argument(first), call.argument(second)
    if one.identity is None or one.identity != other.identity or one.factor != other.factor:
        return
    if call.loss == "KLDivLoss" and call.setting("log_target", False) is not True:
        return
    yield Problem(
        message=(
            f"{call.loss} compares a tensor with itself: {first} and {second} are the same. It is always {value} and "
            "has no gradient."
        ),
        trail=one.trail,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=CONSTANT_WHEN_EQUAL,
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        decoder = nn.Linear(64, 784)

        def reconstruction_loss(code, image):
            image = decoder(code)
            return F.mse_loss(image, image)  # LL308
        """,
        """
        # file: losses.py
        from torch import nn

        l1 = nn.L1Loss()

        def cycle(output, target):
            return l1(output, target)  # LL308
        # file: train.py
        from torch import nn
        from losses import cycle

        generator = nn.Linear(64, 64)

        def step(x):
            fake = generator(x)
            return cycle(fake, fake)
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        net = nn.Sequential(nn.Linear(64, 64), nn.Dropout(0.5), nn.Linear(64, 64))

        def consistency_loss(x):
            return F.mse_loss(net(x), net(x))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def entropy_loss(x):
            p = torch.sigmoid(head(x))
            return F.binary_cross_entropy(p, p)
        """,
    ],
)

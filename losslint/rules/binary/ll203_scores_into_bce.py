"""Raw scores given to a loss that wants probabilities.

## What it does
Reports `BCELoss` (or `F.binary_cross_entropy`) that is given raw scores: the output of an affine layer, of a
tanh, or of a ReLU behind an affine layer.

## Why is this bad?
The loss takes the logarithm of what it is given. As soon as one value lies outside 0 … 1 it raises a RuntimeError ("all
elements of input should be between 0 and 1"; on a GPU a device-side assertion). Clamping the scores into the range
only hides it: what was clamped has no gradient.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.binary_cross_entropy(head(hidden), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.binary_cross_entropy_with_logits(head(hidden), target)
```

## Fix safety
Unsafe: the loss with the sigmoid inside is another function of the scores, which is the point.

## References
- [torch.nn.BCELoss](https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html)
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from losslint.rules.facts import is_rectified, rectifier, within
from losslint.rules.repairs import other_loss
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall


def are_rectified_scores(given: Meaning) -> bool:
    """Whether values were scores before a ReLU or a clamp, and are no lower or higher since: some lie above 1."""
    if given.kind is not Kind.NON_NEGATIVE or not is_rectified(given) or given.factor is not None:
        return False
    is_open = given.bounds is None or math.isinf(given.bounds[1])
    return is_open and given.source is not None and given.source.kind is Kind.LOGITS


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    if given.kind is Kind.UNKNOWN and given.reached and given.bounds is not None and not within(given.bounds):
        low, high = given.bounds
        what, mend = f"values from {low:g} to {high:g}", "Use BCEWithLogitsLoss if they are scores"
    elif given.kind is Kind.LOGITS:
        what, mend = "raw scores", "Use BCEWithLogitsLoss for the scores made"
    elif given.kind is Kind.TANH:
        what, mend = "tanh outputs", "Use BCEWithLogitsLoss and remove the tanh"
    elif are_rectified_scores(given):
        what, maker = rectifier(given)
        mend = f"Use BCEWithLogitsLoss and remove the {maker}"
    else:
        return
    yield Problem(
        message=f"{call.loss} is given {what}, but wants probabilities: torch raises for values outside 0 … 1.",
        trail=given.trail,
        mend=mend,
        repair=other_loss(call, "BCEWithLogitsLoss") if given.kind is Kind.LOGITS else None,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["BCELoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.binary_cross_entropy(head(hidden).squeeze(1), target)  # LL203
        """,
        """
        # file: discriminator.py
        from torch import nn

        class Discriminator(nn.Module):
            def __init__(self):
                super().__init__()
                self.model = nn.Sequential(nn.Linear(784, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1))

            def forward(self, image):
                return self.model(image.view(image.size(0), -1))
        # file: gan.py
        import torch
        from discriminator import Discriminator

        discriminator = Discriminator()
        adversarial_loss = torch.nn.BCELoss()

        def step(images, valid):
            return adversarial_loss(discriminator(images), valid)  # LL203
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.binary_cross_entropy(F.relu(head(hidden)), target)  # LL203
        """,
    ],
    good=[
        """
        # file: discriminator.py
        from torch import nn

        class Discriminator(nn.Module):
            def __init__(self):
                super().__init__()
                self.model = nn.Sequential(nn.Linear(784, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1), nn.Sigmoid())

            def forward(self, image):
                return self.model(image.view(image.size(0), -1))
        # file: gan.py
        import torch
        from discriminator import Discriminator

        discriminator = Discriminator()
        adversarial_loss = torch.nn.BCELoss()

        def step(images, valid):
            return adversarial_loss(discriminator(images), valid)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def reconstruction_loss(hidden, target):
            output = (torch.tanh(head(hidden)) + 1) / 2
            return F.binary_cross_entropy(output, target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def clipped(hidden, target):
            return F.binary_cross_entropy(F.relu(head(hidden)).clamp(max=1), target)

        def of_anything(net, hidden, target):
            return F.binary_cross_entropy(F.relu(net(hidden)), target)

        def of_one_minus(hidden, target):
            return F.binary_cross_entropy(F.relu(1 - F.relu(head(hidden))), target)
        """,
    ],
)

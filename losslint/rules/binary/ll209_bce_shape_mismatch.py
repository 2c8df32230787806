"""Prediction and target of a binary cross-entropy in different shapes.

## What it does
Reports `BCELoss` and `BCEWithLogitsLoss` whose prediction and target are known to differ in shape: `[N, 1]` against
`[N]`, two columns against one.

## Why is this bad?
Both losses compare element by element and do not broadcast: any difference raises a ValueError ("Target size … must be
the same as input size …").

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)
hidden, target = torch.randn(32, 64), torch.ones(32)

def training_loss():
    return F.binary_cross_entropy_with_logits(head(hidden), target)
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)
hidden, target = torch.randn(32, 64), torch.ones(32)

def training_loss():
    return F.binary_cross_entropy_with_logits(head(hidden).squeeze(1), target)
```
Squeeze dimension 1 by its number: a bare `squeeze()` also drops a batch of one.

## Fix safety
Unsafe: the program raised before and computes a loss afterwards.

## References
- [torch.nn.BCELoss](https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html)
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import as_entries_of_a_column, shapes_differ
from losslint.rules.repairs import followed
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall
from losslint.vocabulary.repairs import Repair
from losslint.vocabulary.shapes import Shape


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    if given.size(-1) == 1:
        target = as_entries_of_a_column(target)
    if not shapes_differ(given.shape, target.shape):
        return
    if _fits_squeezed(target, given):
        trail, mend = target.trail, "Squeeze the last dimension of the target made{at}"
    elif _fits_squeezed(given, target):
        trail, mend = given.trail, "Squeeze the last dimension of the prediction made{at}, or unsqueeze the target"
    else:
        trail, mend = target.trail or given.trail, "Give prediction and target the same shape"
    yield Problem(
        message=(
            f"{call.loss} is given a prediction {given.shape} and a target {target.shape}. It does not broadcast: "
            "torch raises."
        ),
        trail=trail,
        mend=mend,
        repair=_repair(call, given.rank, target.rank),
    )


def _fits_squeezed(column: Meaning, other: Meaning) -> bool:
    """Whether a tensor has a last dimension of one, and without it may be of the shape of the other."""
    if column.shape is None or other.shape is None or column.size(-1) != 1 or other.size(-1) == 1:
        return False
    rest = Shape(column.shape.sizes[:-1], column.shape.open)
    # A known number of outputs is no batch.
    is_batch = not other.shape.open or isinstance(rest.size(-1), int) or not isinstance(other.size(-1), int)
    return is_batch and not shapes_differ(rest, other.shape)


def _repair(call: LossCall, rank: int | None, target_rank: int | None) -> Repair | None:
    """The one of the two that has a column too many is squeezed."""
    given, target = call.argument("input"), call.argument("target")
    if (rank, target_rank) == (2, 1) and given.size(-1) == 1:
        return followed(call, "input", ".squeeze(-1)")
    if (rank, target_rank) == (1, 2) and target.size(-1) == 1:
        return followed(call, "target", ".squeeze(-1)")
    return None


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["BCELoss", "BCEWithLogitsLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)
        hidden, target = torch.randn(32, 64), torch.ones(32)

        def training_loss():
            return F.binary_cross_entropy_with_logits(head(hidden), target)  # LL209
        """,
        """
        # file: critic.py
        from torch import nn

        class Critic(nn.Module):
            def __init__(self):
                super().__init__()
                self.main = nn.Sequential(nn.Linear(100, 1), nn.Sigmoid())

            def forward(self, x):
                return self.main(x).view(-1)
        # file: gan.py
        import torch
        from torch import nn
        from critic import Critic

        critic = Critic()
        criterion = nn.BCELoss()
        noise = torch.randn(16, 100)
        loss = criterion(critic(noise), torch.ones(16, 1))  # LL209
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)
        hidden, target = torch.randn(32, 64), torch.ones(32)

        def training_loss():
            return F.binary_cross_entropy_with_logits(head(hidden), target.unsqueeze(1))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            scores = head(hidden)
            return F.binary_cross_entropy_with_logits(scores, target.view_as(scores))
        """,
    ],
)

"""A pos_weight that does not do what it is there for.

## What it does
Reports `BCEWithLogitsLoss` with a `pos_weight` of 0, a `pos_weight` that is no tensor or has the wrong number of
entries, and a `weight` that has an entry for each of two classes beside a single output, or that is a weight of the
positives as it is written: `BCEWithLogitsLoss(pos_weight)`, `weight=torch.tensor([neg / pos])`.

## Why is this bad?
`pos_weight` multiplies what the positives cost; there is one entry for each output, not for each class of a yes-or-no
question. With 0 the positives cost nothing while the negatives still count: the model learns to say no. Two entries
beside one output raise ("output with shape [4, 1] doesn't match the broadcast shape [4, 2]"); a plain number raises a
TypeError.

## Example
```python
import torch
from torch import nn

head = nn.Linear(64, 1)
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 9.0]))

def training_loss(hidden, target):
    return criterion(head(hidden), target)
```

## Use instead
```python
import torch
from torch import nn

head = nn.Linear(64, 1)
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([9.0]))

def training_loss(hidden, target):
    return criterion(head(hidden), target)
```
The usual value is the number of negatives divided by the number of positives. To leave a class out, multiply the
unreduced loss by a mask.

## Fix safety
Not fixed automatically.

## References
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import number
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall, Writing


def check(call: LossCall) -> Iterator[Problem]:
    given, pos_weight, weight = call.argument("input"), call.setting("pos_weight"), call.setting("weight")
    outputs = given.size(-1)
    if number(pos_weight) is not None or isinstance(pos_weight, list | tuple | str):
        yield Problem(
            message=f"pos_weight of {call.loss} is a {type(pos_weight).__name__}, not a tensor: torch raises.",
            mend="Give a float tensor of one entry an output",
        )
    elif isinstance(pos_weight, Meaning):
        entries = _entries(pos_weight)
        if pos_weight.kind is Kind.CONSTANT and pos_weight.bounds == (0.0, 0.0):
            yield Problem(
                message=(
                    f"pos_weight of {call.loss} is 0: positives cost nothing while negatives still count, so the model "
                    "learns to say no."
                ),
                trail=pos_weight.trail,
            )
        elif entries is not None and isinstance(outputs, int) and entries != outputs:
            yield Problem(
                message=f"pos_weight of {call.loss} has {entries} entries for {outputs} output{'s'[: outputs != 1]}.",
                trail=pos_weight.trail,
                mend="Give one entry an output in the weights made",
            )
    named = call.written.get(Writing.WEIGHT_OF_POSITIVES)
    if named is not None:
        yield Problem(
            message=(
                f"weight of {call.loss} is given what is written like a weight of the positives, but multiplies what "
                "the negatives cost as well."
            ),
            trail=named,
            mend="Give it as pos_weight=",
        )
    elif isinstance(weight, Meaning) and outputs == 1 and _entries(weight) == 2:
        yield Problem(
            message=f"weight of {call.loss} has an entry for each of two classes, but there is a single output.",
            trail=weight.trail,
            mend="Use pos_weight, with negatives divided by positives, in place of the weights made",
        )


def _entries(weight: Meaning) -> int | None:
    """How many entries a vector of more than one has."""
    size = weight.size(0) if weight.rank == 1 else None
    return size if isinstance(size, int) and size > 1 else None


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="S",
    losses=["BCEWithLogitsLoss", "BCELoss"],
    check_loss=check,
    bad=[
        """
        import torch
        from torch import nn

        head = nn.Linear(64, 1)
        criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 9.0]))

        def training_loss(hidden, target):
            return criterion(head(hidden), target)  # LL210
        """,
        """
        # file: losses.py
        import torch
        from torch import nn

        def build():
            return nn.BCEWithLogitsLoss(pos_weight=torch.zeros(1))
        # file: train.py
        from torch import nn
        from losses import build

        net = nn.Linear(64, 1)
        criterion = build()

        def step(x, y):
            return criterion(net(x), y)  # LL210
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)
        class_weights = torch.tensor([0.1, 0.9])

        def training_loss(hidden, target):
            return F.binary_cross_entropy_with_logits(head(hidden), target, weight=class_weights)  # LL210
        """,
    ],
    good=[
        """
        import torch
        from torch import nn

        head = nn.Linear(64, 3)
        criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 9.0, 2.0]))

        def training_loss(hidden, target):
            return criterion(head(hidden), target)
        """,
        """
        import torch
        from torch import nn

        net = nn.Conv2d(3, 4, 1)
        criterion = nn.BCEWithLogitsLoss(pos_weight=torch.ones(4, 1, 1) * 3)

        def training_loss(image, target):
            return criterion(net(image), target)
        """,
    ],
)

"""Dtypes that a regression loss cannot subtract or differentiate.

## What it does
Reports `HuberLoss` whose target has another dtype than the prediction, `L1Loss` with a boolean target, and regression
losses between two tensors of integers.

## Why is this bad?
`HuberLoss` computes its value and raises only in backward ("Found dtype Long but expected Float"). `L1Loss` cannot
subtract booleans, and nothing has a gradient between integers: torch raises. The mean squared error of a float
prediction and an integer target is a float and right, so nothing is said of it.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden):
    return F.huber_loss(head(hidden), torch.ones(32, 1, dtype=torch.long))
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden):
    return F.huber_loss(head(hidden), torch.ones(32, 1))
```

## Fix safety
Unsafe: the program raised before and computes a loss afterwards.

## References
- [torch.nn.HuberLoss](https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import shown_dtype
from losslint.rules.repairs import followed
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall
from losslint.vocabulary.repairs import Repair

PRECISE = frozenset({"float16", "bfloat16", "float32", "float64"})

#: Kinds that only floating tensors have, whatever else is known of them.
COMPUTED = frozenset({Kind.LOGITS, Kind.TANH, *PROBABILITY_KINDS, *LOG_PROBABILITY_KINDS})


def differ_in_backward(call: LossCall, given: Meaning, target: Meaning) -> bool:
    """Whether the gradient of a Huber loss would have another dtype than the prediction."""
    floating = given.is_floating or (given.dtype is None and given.kind in COMPUTED)
    if given.detached_by is not None or not floating:
        return False
    if target.is_integral:
        return True
    # Mixed precision brings both to one dtype first.
    exact = given.dtype in PRECISE and target.dtype in PRECISE and given.dtype != target.dtype
    return exact and call.autocast is None


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    mend = "Add .float() to the target made"
    repair: Repair | None = followed(call, "target", ".float()")
    if given.is_integral and target.is_integral:
        what, cost = "two tensors of integers", "torch raises"
    elif call.loss == "L1Loss" and target.dtype == "bool":
        what, cost = "a boolean target, which cannot be subtracted", "torch raises"
    elif call.loss == "HuberLoss" and differ_in_backward(call, given, target):
        what = f"a target of dtype {shown_dtype(target)} for a prediction of dtype {_shown(given)}"
        cost = "its value is right, but backward raises"
        if not target.is_integral:
            mend = "Bring both to the same dtype: cast the target made"
            repair = None
    else:
        return
    yield Problem(message=f"{call.loss} is given {what}: {cost}.", trail=target.trail, mend=mend, repair=repair)


def _shown(given: Meaning) -> str:
    return shown_dtype(given) if given.dtype is not None else "floating-point"


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden):
            return F.huber_loss(torch.sigmoid(head(hidden)), torch.randint(0, 100, (32, 1)))  # LL405
        """,
        """
        # file: data.py
        def inside(points, radius):
            return points.norm(dim=1, keepdim=True) < radius
        # file: train.py
        from torch import nn
        from data import inside

        net = nn.Sequential(nn.Linear(3, 1), nn.Sigmoid())
        criterion = nn.L1Loss()

        def step(points):
            return criterion(net(points), inside(points, 1.0))  # LL405
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)
        ages = torch.randint(0, 100, (32, 1))

        def training_loss(hidden):
            return F.mse_loss(head(hidden), ages) + F.smooth_l1_loss(head(hidden), ages) + F.huber_loss(
                head(hidden), ages.float()
            )
        """,
        """
        import torch
        from torch import nn

        head = nn.Linear(64, 1)
        criterion = nn.HuberLoss()

        def score(hidden):
            with torch.no_grad():
                predicted = head(hidden)
            return criterion(predicted, torch.randint(0, 100, (32, 1)))
        """,
    ],
)

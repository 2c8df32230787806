"""A sigmoid applied to what came out of a sigmoid before.

## What it does
Reports a loss one of whose arguments is the sigmoid (or log-sigmoid) of the output of another sigmoid, and a binary
cross-entropy of the sigmoid of a difference of two such outputs.

## Why is this bad?
The inner sigmoid gives values between 0 and 1, for which the outer one gives values between 0.5 and 0.7311: the model
can never say no. A binary cross-entropy then costs at least 0.3133 for a positive and 0.6931 for a negative. The
difference of two sigmoids lies between -1 and 1, and its sigmoid between 0.2689 and 0.7311: either label costs at least
0.3133.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

net = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())

def training_loss(x, target):
    return F.binary_cross_entropy(torch.sigmoid(net(x)), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

net = nn.Sequential(nn.Linear(64, 1))

def training_loss(x, target):
    return F.binary_cross_entropy_with_logits(net(x), target)
```

## Fix safety
Unsafe: removing the inner sigmoid changes what is computed, which is the point. No fix is offered when its output is
used elsewhere too.

## References
- [torch.sigmoid](https://pytorch.org/docs/stable/generated/torch.sigmoid.html)
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from losslint.rules.costs import NEGATIVE_FLOOR, positive_floor
from losslint.rules.facts import stretched_on_purpose
from losslint.rules.repairs import without_inner_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import DIFFERENCE, Meaning
from losslint.vocabulary.observations import LossCall

OUTER = frozenset({Kind.SIGMOID, Kind.LOG_SIGMOID})


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    source = given.source
    if call.loss == "BCELoss" and source is not None and _is_of_a_difference(given, source):
        assert given.bounds is not None
        low, high = given.bounds
        yield Problem(
            message=(
                f"The input of {call.loss} is the sigmoid of a difference of two sigmoids: it lies between {low:.4f} "
                f"and {high:.4f}. A positive costs at least {-math.log(high):.4f}, and a negative "
                f"{-math.log(1 - low):.4f}. Take the difference of the scores."
            ),
            trail=source.trail,
            mend="Remove the sigmoid",
        )
    for name, given in call.arguments.items():
        source = given.source
        if given.kind not in OUTER or source is None or source.kind is not Kind.SIGMOID or stretched_on_purpose(source):
            continue
        yield Problem(
            message=(
                f"The {name} of {call.loss} is the sigmoid of a sigmoid: it lies between 0.5 and 0.7311. A binary "
                f"cross-entropy costs at least {positive_floor():.4f} for a positive and {NEGATIVE_FLOOR:.4f} for a "
                "negative."
            ),
            trail=source.trail,
            mend="Remove the sigmoid",
            repair=without_inner_activation(source, "sigmoid"),
        )


def _is_of_a_difference(given: Meaning, source: Meaning) -> bool:
    """Whether probabilities are those of the difference of two others, which nobody has stretched."""
    if given.kind is not Kind.SIGMOID or given.bounds is None or given.factor is not None:
        return False
    inner = source.bounds
    return source.made_by == DIFFERENCE and inner is not None and -1 <= inner[0] < inner[1] <= 1


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    check_loss=check,
    bad=[
        """
        import torch
        from torch import nn

        net = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())
        criterion = nn.BCELoss()

        def training_loss(x, target):
            return criterion(torch.sigmoid(net(x)), target)  # LL214
        """,
        """
        # file: critic.py
        import torch
        from torch import nn

        class Critic(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())

            def forward(self, x):
                return torch.sigmoid(self.body(x))
        # file: train.py
        from torch import nn
        from critic import Critic

        critic, criterion = Critic(), nn.MSELoss()

        def step(x, real):
            return criterion(critic(x), real)  # LL214
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())

        def of_pairs(one, other):
            apart = torch.sigmoid(net(one) - net(other))
            return F.binary_cross_entropy(apart, torch.ones_like(apart))  # LL214
        """,
    ],
    good=[
        """
        import torch
        from torch import nn

        net = nn.Sequential(nn.Linear(64, 8), nn.Sigmoid(), nn.Linear(8, 1))
        criterion = nn.BCEWithLogitsLoss()

        def training_loss(x, target):
            return criterion(net(x), target), torch.sigmoid(net(x)).detach()
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())

        def stretched(x, target):
            return F.mse_loss(torch.sigmoid(20.0 * net(x)), target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Linear(64, 1)

        def of_pairs(one, other):
            apart = torch.sigmoid(net(one) - net(other))
            return F.binary_cross_entropy(apart, torch.ones_like(apart))

        def stretched(one, other):
            apart = torch.sigmoid(10 * (net(one).sigmoid() - net(other).sigmoid()))
            return F.binary_cross_entropy(apart, torch.ones_like(apart))

        def between_steps(one):
            step = torch.sigmoid(1 - net(one)) - torch.sigmoid(-1 - net(one))
            return F.binary_cross_entropy(step, torch.ones_like(step))
        """,
    ],
)

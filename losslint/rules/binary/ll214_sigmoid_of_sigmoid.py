"""A sigmoid applied to what came out of a sigmoid before.

## What it does
Reports a loss one of whose arguments is the sigmoid (or log-sigmoid) of the output of another sigmoid.

## Why is this bad?
The inner sigmoid gives values between 0 and 1, for which the outer one gives values between 0.5 and 0.7311: the model
can never say no. A binary cross-entropy then costs at least 0.3133 for a positive and 0.6931 for a negative.

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

from collections.abc import Iterator

from losslint.rules.costs import NEGATIVE_FLOOR, positive_floor
from losslint.rules.facts import stretched_on_purpose
from losslint.rules.repairs import without_inner_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall

OUTER = frozenset({Kind.SIGMOID, Kind.LOG_SIGMOID})


def check(call: LossCall) -> Iterator[Problem]:
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
    ],
)

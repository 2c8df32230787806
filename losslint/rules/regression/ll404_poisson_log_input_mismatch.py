"""Rates where PoissonNLLLoss wants their logarithms, or the other way round.

## What it does
Reports `PoissonNLLLoss` with `log_input=True` (the default) and an input that an exponential, a softplus, a relu, a
sigmoid or a softmax made, and `log_input=False` with an input that can be negative.

## Why is this bad?
With `log_input=True` the loss takes the exponential itself: its minimum is where the output equals the logarithm of
the count, so outputs that cannot be negative never say a rate below 1. With `log_input=False` it takes the logarithm
of the input, which is nan for negative ones.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, counts):
    rate = torch.exp(head(hidden))
    return F.poisson_nll_loss(rate, counts)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, counts):
    return F.poisson_nll_loss(head(hidden), counts)
```
Or `log_input=False` where the rates themselves are needed.

## Fix safety
Not fixed automatically: the setting or the activation can change.

## References
- [torch.nn.PoissonNLLLoss](https://pytorch.org/docs/stable/generated/torch.nn.PoissonNLLLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import may_be_negative, negated
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

#: What people make rates with.
RATE_MAKERS = frozenset({"exp", "softplus", "Softplus", "relu", "ReLU", "abs"})

#: More than the loss adds to a rate before it takes the logarithm.
ADDED = 1e-6


def is_rate(given: Meaning) -> bool:
    """Whether the input was made so that it cannot be negative."""
    if negated(given):
        return False
    return given.kind in PROBABILITY_KINDS or (
        given.kind is Kind.NON_NEGATIVE and given.made_by.rpartition(".")[2] in RATE_MAKERS
    )


def check(call: LossCall) -> Iterator[Problem]:
    given, log_input = call.argument("input"), call.setting("log_input", True)
    if log_input is True and is_rate(given):
        message = (
            f"{call.loss} takes the exponential of its input, but the input is a rate already (made by "
            f"{given.made_by}). No output of this model says a rate below 1."
        )
        mend = "Give log_input=False, or remove the activation"
    elif log_input is False and given.reached and given.bounds is not None and given.bounds[0] < -ADDED:
        message = (
            f"{call.loss} with log_input=False takes the logarithm of its input, but the input holds "
            f"{given.bounds[0]:g}: the loss is nan there."
        )
        mend = "Drop log_input=False, or apply exp or softplus to the output made"
    elif log_input is False and may_be_negative(given):
        what = "raw scores" if given.kind is Kind.LOGITS else given.kind.value
        message = (
            f"{call.loss} with log_input=False takes the logarithm of its input, but the input is {what}, which may be "
            "negative: the loss is nan there."
        )
        mend = "Drop log_input=False, or apply exp or softplus to the output made"
    else:
        return
    yield Problem(message=message, trail=given.trail, mend=mend)


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=["PoissonNLLLoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, counts):
            return F.poisson_nll_loss(F.softplus(head(hidden)), counts)  # LL404
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1), nn.Softplus())

            def forward(self, x):
                return self.layers(x)
        # file: train.py
        from torch import nn
        from net import Net

        net = Net()
        criterion = nn.PoissonNLLLoss()

        def step(x, counts):
            return criterion(net(x), counts)  # LL404
        """,
        """
        from torch import nn

        head = nn.Linear(64, 1)
        criterion = nn.PoissonNLLLoss(log_input=False)

        def step(x, counts):
            return criterion(head(x), counts)  # LL404
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, counts):
            rate = torch.exp(head(hidden))
            return F.poisson_nll_loss(rate, counts, log_input=False) + F.poisson_nll_loss(torch.log(rate), counts)
        """,
        """
        from torch import nn

        head = nn.Linear(64, 1)

        def build(log_input):
            return nn.PoissonNLLLoss(log_input=log_input)

        def step(x, counts, log_input):
            return build(log_input)(nn.functional.softplus(head(x)), counts)
        """,
    ],
)

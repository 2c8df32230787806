"""Something else than a variance given to GaussianNLLLoss.

## What it does
Reports `GaussianNLLLoss` whose `var` is a logarithm, the raw output of a layer, a tanh, a number below 0, or a
standard deviation.

## Why is this bad?
`var` is the variance itself. With a logarithm or a raw output the loss raises ("var has negative entry/entries") as
soon as one entry is negative, and computes something else as long as none is. With a standard deviation it is smallest
where that equals the squared error, so that what the model calls a deviation is a variance.

## Example
```python
import torch.nn.functional as F
from torch import nn

mean, spread = nn.Linear(64, 1), nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.gaussian_nll_loss(mean(hidden), target, spread(hidden))
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

mean, spread = nn.Linear(64, 1), nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.gaussian_nll_loss(mean(hidden), target, spread(hidden).exp())
```
Or `F.softplus(spread(hidden))`.

## Fix safety
Not fixed automatically: whether the exponential or softplus is meant is for the author to say.

## References
- [torch.nn.GaussianNLLLoss](https://pytorch.org/docs/stable/generated/torch.nn.GaussianNLLLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import may_be_negative
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

#: What makes a positive number of a raw output, so that its square root is a deviation.
POSITIVE_MAKERS = frozenset({"exp", "softplus", "Softplus", "relu", "ReLU", "var"})


def is_deviation(var: Meaning) -> bool:
    """Whether a tensor is a standard deviation: that of a sample, or the root of a variance."""
    if var.kind is not Kind.NON_NEGATIVE:
        return False
    if var.made_by == "std":
        return True
    root = var.source
    return var.made_by == "sqrt" and root is not None and root.made_by.rpartition(".")[2] in POSITIVE_MAKERS


def check(call: LossCall) -> Iterator[Problem]:
    var = call.argument("var")
    if may_be_negative(var):
        words = "an unbounded output" if var.kind is Kind.LOGITS else var.kind.value
        message = f"The var of {call.loss} is {words}, which may be negative: torch raises where it is."
        mend = "Apply exp or softplus to the output made"
    elif is_deviation(var):
        message = (
            f"The var of {call.loss} is a standard deviation, but has to be a variance: the loss is smallest where it "
            "equals the squared error."
        )
        mend = "Square the deviation made"
    elif var.bounds is not None and (var.bounds[1] < 0 or (var.reached and var.bounds[0] < 0)):
        message, mend = (
            f"The var of {call.loss} is below 0: torch raises.",
            "Give a variance above 0 in place of the one",
        )
    else:
        return
    yield Problem(message=message, trail=var.trail, mend=mend)


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    losses=["GaussianNLLLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        mean, spread = nn.Linear(64, 1), nn.Linear(64, 1)

        def training_loss(hidden, target):
            variance = F.softplus(spread(hidden))
            return F.gaussian_nll_loss(mean(hidden), target, torch.log(variance))  # LL403
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.mean = nn.Linear(64, 1)
                self.log_variance = nn.Linear(64, 1)

            def forward(self, x):
                return self.mean(x), self.log_variance(x)
        # file: train.py
        from torch import nn
        from net import Net

        net = Net()
        criterion = nn.GaussianNLLLoss()

        def step(x, y):
            mean, var = net(x)
            return criterion(mean, y, var)  # LL403
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        mean, spread = nn.Linear(64, 1), nn.Linear(64, 1)

        def training_loss(hidden, target):
            deviation = torch.exp(spread(hidden)).sqrt()
            return F.gaussian_nll_loss(mean(hidden), target, var=deviation)  # LL403
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        mean, spread = nn.Linear(64, 1), nn.Linear(64, 1)

        def training_loss(hidden, target):
            deviation = torch.exp(spread(hidden)).sqrt()
            return F.gaussian_nll_loss(mean(hidden), target, deviation ** 2) + F.gaussian_nll_loss(
                mean(hidden), target, var=deviation * deviation
            )
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        mean, spread = nn.Linear(64, 1), nn.Linear(64, 1)

        def training_loss(hidden, target):
            soft = torch.sqrt(spread(hidden) ** 2 + 1e-6)
            return F.gaussian_nll_loss(mean(hidden), target, soft) + F.gaussian_nll_loss(
                mean(hidden), target, F.softplus(spread(hidden)) + 1e-6
            )
        """,
    ],
)

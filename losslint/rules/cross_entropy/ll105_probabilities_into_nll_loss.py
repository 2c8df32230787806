"""Probabilities given to a loss that wants log-probabilities.

## What it does
Reports `NLLLoss` (or `F.nll_loss`) that is given the output of a softmax or a sigmoid, or the exponential of
something that losslint knows nothing of.

## Why is this bad?
Despite its name the loss takes no logarithm: it only picks the entry of the true class and negates it. With
probabilities it lives between -1 and 0, its gradient is a small part of the right one (1/6 at the start of a
five-class problem, next to nothing where the model is surely wrong), and a model that is wrong is hardly corrected.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.nll_loss(F.softmax(head(hidden), dim=1), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.nll_loss(F.log_softmax(head(hidden), dim=1), target)
```
`F.cross_entropy(head(hidden), target)` is the same in one step.

## Fix safety
Unsafe: log_softmax in the place of softmax changes what is computed, which is the point.

## References
- [torch.nn.NLLLoss](https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import negated, picks_at_target
from losslint.rules.repairs import other_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import PROBABILITY_KINDS, Kind
from losslint.vocabulary.observations import LossCall, Writing


def check(call: LossCall) -> Iterator[Problem]:
    given, exponential = call.argument("input"), call.written.get(Writing.EXPONENTIAL)
    if exponential is not None and given.kind is Kind.UNKNOWN and not picks_at_target(call):
        yield Problem(
            message=(
                f"{call.loss} is given an exponential, which lies above 0, but takes log-probabilities and no "
                "logarithm itself: the loss is negative and hardly corrects predictions that are surely wrong."
            ),
            trail=exponential,
            mend="Remove the exponential",
        )
    if given.kind not in PROBABILITY_KINDS or negated(given) or picks_at_target(call):
        return
    lowest = "-1" if given.factor is None else f"{-given.factor:g}"
    softmax = given.kind is Kind.PROBABILITIES
    yield Problem(
        message=(
            f"{call.loss} is given {given.kind.value}, but takes no logarithm itself. The loss lies between {lowest} "
            "and 0 and hardly corrects predictions that are surely wrong."
        ),
        trail=given.trail,
        mend="Use log_softmax in place of the softmax" if softmax else "Use log_softmax in place of the sigmoid",
        repair=other_activation(given, "softmax", "log_softmax") if softmax else None,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["NLLLoss", "NLLLoss2d"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.nll_loss(F.softmax(head(hidden), dim=1), target)  # LL105
        """,
        """
        # file: models.py
        from torch import nn

        class MLP(nn.Module):
            def __init__(self, dim_in, dim_hidden, dim_out):
                super().__init__()
                self.layer_input = nn.Linear(dim_in, dim_hidden)
                self.relu = nn.ReLU()
                self.layer_hidden = nn.Linear(dim_hidden, dim_out)
                self.softmax = nn.Softmax(dim=1)

            def forward(self, x):
                x = self.relu(self.layer_input(x))
                x = self.layer_hidden(x)
                return self.softmax(x)
        # file: update.py
        from torch import nn

        class LocalUpdate:
            def __init__(self, device):
                self.criterion = nn.NLLLoss().to(device)

            def update_weights(self, model, images, labels):
                log_probs = model(images)
                loss = self.criterion(log_probs, labels)  # LL105
                loss.backward()
        # file: main.py
        from models import MLP
        from update import LocalUpdate

        def main(images, labels):
            LocalUpdate("cpu").update_weights(MLP(784, 64, 10), images, labels)
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.head = nn.Linear(64, 10)
                self.softmax = nn.LogSoftmax(dim=1)

            def forward(self, x):
                return self.softmax(self.head(x))

        net = Net()

        def training_loss(x, target):
            return F.nll_loss(net(x), target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        first, second, gate = nn.Linear(64, 10), nn.Linear(64, 10), nn.Linear(64, 1)

        def mixture_loss(x, target):
            g = torch.sigmoid(gate(x))
            mixed = g * F.softmax(first(x), dim=1) + (1 - g) * F.softmax(second(x), dim=1)
            return F.nll_loss(torch.log(mixed), target)
        """,
    ],
)

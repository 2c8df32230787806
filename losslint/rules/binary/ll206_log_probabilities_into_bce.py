"""Log-probabilities given to a loss that takes the logarithm itself.

## What it does
Reports `BCELoss` (or `F.binary_cross_entropy`) that is given the output of a log-sigmoid or a log-softmax, or the
logarithm of a sigmoid or a softmax, or of something that losslint knows nothing of.

## Why is this bad?
`BCELoss` wants probabilities in 0 … 1 and takes their logarithm. Log-probabilities are negative, so it raises a
RuntimeError ("all elements of input should be between 0 and 1").

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.binary_cross_entropy(F.logsigmoid(head(hidden)), target)
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
Unsafe: the program raised before and computes a loss afterwards.

## References
- [torch.nn.BCELoss](https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import negated
from losslint.rules.repairs import other_loss, together, without_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, Kind
from losslint.vocabulary.observations import LossCall, Writing
from losslint.vocabulary.repairs import Applicability


def check(call: LossCall) -> Iterator[Problem]:
    given, logarithm = call.argument("input"), call.written.get(Writing.LOGARITHM)
    if logarithm is not None and given.kind is Kind.UNKNOWN:
        yield Problem(
            message=(
                f"{call.loss} is given a logarithm, but wants probabilities and takes the logarithm itself: that of a "
                "probability is negative, and torch raises."
            ),
            trail=logarithm,
            mend="Remove the logarithm",
        )
    if given.kind not in LOG_PROBABILITY_KINDS or negated(given):
        return
    activation = "log-sigmoid" if given.kind is Kind.LOG_SIGMOID else "log-softmax"
    yield Problem(
        message=(
            f"{call.loss} is given {given.kind.value}, but wants probabilities and takes the logarithm itself: torch "
            "raises for negative input."
        ),
        trail=given.trail,
        mend=f"Use BCEWithLogitsLoss and remove the {activation}",
        repair=together(
            f"Use BCEWithLogitsLoss and remove the {activation}",
            Applicability.UNSAFE,
            other_loss(call, "BCEWithLogitsLoss"),
            without_activation(call, activation),
        )
        if given.kind is Kind.LOG_SIGMOID
        else None,
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
            return F.binary_cross_entropy(F.logsigmoid(head(hidden)), target)  # LL206
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.binary_cross_entropy(torch.log(torch.sigmoid(head(hidden))), target)  # LL206, LL802
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(10, 4)
                self.activation = nn.LogSoftmax(dim=-1)

            def forward(self, x):
                return self.activation(self.fc(x))
        # file: train.py
        from torch import nn
        from net import Net

        net = Net()

        def step(x, y):
            return nn.BCELoss()(net(x), y)  # LL206
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.binary_cross_entropy(F.logsigmoid(head(hidden)).exp(), target)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def preference_loss(chosen, rejected):
            return -F.logsigmoid(head(chosen) - head(rejected)).mean()
        """,
    ],
)

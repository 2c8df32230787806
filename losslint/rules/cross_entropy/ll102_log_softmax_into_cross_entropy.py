"""Log-softmax output given to a loss that applies log-softmax itself.

## What it does
Reports `CrossEntropyLoss` (or `F.cross_entropy`) that is given the output of a log-softmax over the classes.

## Why is this bad?
It is not wrong: log-softmax is idempotent, so the loss and its gradient are the same as without it. It is work done
twice, and it misleads the next reader into thinking that the loss wants log-probabilities.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(F.log_softmax(head(hidden), dim=1), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target)
```
Or keep the log-softmax and use `F.nll_loss`.

## Fix safety
Safe: the loss and its gradient stay the same up to rounding.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
- [torch.nn.NLLLoss](https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import without_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall
from losslint.vocabulary.repairs import Applicability


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    if given.kind is not Kind.LOG_PROBABILITIES or given.factor is not None:
        return
    yield Problem(
        message=(
            f"{call.loss} is given log-probabilities and applies log-softmax once more. The value and the gradient "
            "stay the same; the work is done twice."
        ),
        trail=given.trail,
        mend="Remove the log-softmax",
        repair=without_activation(call, "log-softmax", Applicability.SAFE),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ADVICE,
    fix="safe",
    losses=["CrossEntropyLoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(F.log_softmax(head(hidden), dim=1), target)  # LL102
        """,
        """
        # file: net.py
        import torch.nn.functional as F
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc1 = nn.Linear(784, 64)
                self.fc2 = nn.Linear(64, 10)

            def forward(self, x):
                x = F.relu(self.fc1(x))
                return F.log_softmax(self.fc2(x), dim=1)
        # file: train.py
        from torch import nn
        from net import Net

        model = Net()
        criterion = nn.CrossEntropyLoss()

        def step(batch, target):
            return criterion(model(batch), target)  # LL102
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.nll_loss(F.log_softmax(head(hidden), dim=1), target)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            scores = head(hidden)
            loss = F.cross_entropy(scores, target)
            scores = F.log_softmax(scores, dim=1)  # after the loss, for the caller
            return loss, scores
        """,
    ],
)

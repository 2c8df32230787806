"""Log-sigmoid given to a loss over exclusive classes.

## What it does
Reports `NLLLoss` (or `F.nll_loss`) that is given the output of a log-sigmoid, or the logarithm of a sigmoid.
The two columns `log(1 - p)` and `log(p)` of one sigmoid are normalised, and are not reported.

## Why is this bad?
Log-sigmoid treats each class on its own and does not normalise over the classes. The loss only raises the score of the
true class and never lowers another one: a model that calls every class sure has a loss of 0.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.nll_loss(F.logsigmoid(head(hidden)), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.nll_loss(F.log_softmax(head(hidden), dim=1), target)
```
If a sample can belong to several classes, use `F.binary_cross_entropy_with_logits` on the scores.

## Fix safety
Not fixed automatically: whether the classes exclude each other is for the author to say.

## References
- [torch.nn.NLLLoss](https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html)
- [torch.nn.LogSigmoid](https://pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    if given.kind is not Kind.LOG_SIGMOID or given.dim is not None:
        return  # the columns of a sigmoid and of its complement are normalised
    yield Problem(
        message=(
            f"{call.loss} is given log-sigmoid values, which are not normalised over the classes. The loss never "
            "lowers a wrong class: a model that calls every class sure has a loss of 0."
        ),
        trail=given.trail,
        mend="Use log_softmax in place of the log-sigmoid",
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    losses=["NLLLoss", "NLLLoss2d"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.nll_loss(F.logsigmoid(head(hidden)), target)  # LL107
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(64, 10), nn.LogSigmoid())

            def forward(self, x):
                return self.layers(x)
        # file: train.py
        from torch import nn
        from net import Net

        net = Net()
        criterion = nn.NLLLoss()

        def step(x, y):
            return criterion(net(x), y)  # LL107
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

        scorer = nn.Linear(64, 1)

        def negative_sampling_loss(positive, negative):
            return -(F.logsigmoid(scorer(positive)) + F.logsigmoid(-scorer(negative))).mean()
        """,
    ],
)

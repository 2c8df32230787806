"""A cross-entropy written out: the logarithm of the softmax at the label.

## What it does
Reports `torch.log(p[range(n), y])`, `torch.log(p.gather(1, y))` and `torch.log((p * one_hot).sum(1))` where `p` is the
output of a softmax.

Quiet in tests (`test_*.py`, `*_test.py`, `conftest.py`, folders called `test` or `tests`), where the plain form is what
others are compared with, unless the rule is selected by its own code.

## Why is this bad?
Where the probability of the right class rounds to 0 (in float32 from a distance of about 104 between two scores) the
loss is inf and the gradient nan: just for the samples that are most wrong. `cross_entropy` computes the same from the
scores and is exact.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, y):
    p = F.softmax(head(hidden), dim=1)
    return -torch.log(p[range(len(y)), y]).mean()
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, y):
    return F.cross_entropy(head(hidden), y)
```
For the log-probability of single actions: `F.log_softmax(scores, dim=1).gather(1, actions)`.

## Fix safety
Safe: `log_softmax` in place of the softmax is the same function, only exact where it overflowed before. No fix is
offered when the probabilities are used elsewhere too.

## References
- [torch.nn.functional.cross_entropy](
  https://pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import and_the_gradient
from losslint.rules.repairs import stable
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import OperationCall


def check(call: OperationCall) -> Iterator[Problem]:
    if call.operation != "log" or call.inner != "picked" or not call.arguments:
        return
    given = call.arguments[0]
    if given.kind is not Kind.PROBABILITIES or given.factor is not None or "softmax" not in given.made_by.lower():
        return
    if "gumbel" in given.made_by or " of " in given.made_by or (given.bounds is not None and given.bounds[0] > 0):
        return
    yield Problem(
        message=(
            f"{call.spelling} takes the logarithm of the softmax at the label, a cross-entropy written out: where the "
            f"probability rounds to 0 the loss is inf{and_the_gradient(given)}."
        ),
        trail=given.trail,
        mend="Give cross_entropy the scores, or use log_softmax in place of the softmax{at}",
        repair=stable(call, "log_softmax", "Use log_softmax"),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="S",
    fix="safe",
    check_operation=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, y):
            p = F.softmax(head(hidden), dim=1)
            return -torch.log(p[range(len(y)), y]).mean()  # LL806

        def at_once(hidden, y):
            return -torch.log(F.softmax(head(hidden), dim=1)[range(len(y)), y]).mean()  # LL806
        """,
        """
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(64, 10)
                self.softmax = nn.Softmax(dim=1)

            def forward(self, x):
                return self.softmax(self.fc(x))

            def loss(self, x, y):
                return -self(x).gather(1, y.unsqueeze(1)).log().mean()  # LL806
        """,
        """
        # file: policy.py
        import torch.nn.functional as F
        from torch import nn

        class Policy(nn.Module):
            def __init__(self):
                super().__init__()
                self.actions = nn.Linear(4, 2)

            def forward(self, state):
                return F.softmax(self.actions(state), dim=-1)
        # file: train.py
        import torch
        from policy import Policy

        policy = Policy()

        def imitation_loss(states, actions):
            p = policy(states)
            return -torch.log(p[torch.arange(len(actions)), actions]).mean()  # LL806
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, y, soft):
            log_p = F.log_softmax(head(hidden), dim=1)
            picked = -log_p[range(len(y)), y].mean()
            guarded = -torch.log(log_p.exp()[range(len(y)), y] + 1e-8).mean()
            return picked + guarded - (soft * log_p).sum(dim=1).mean()
        """,
        """
        import torch
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, y):
            p = torch.softmax(head(hidden), dim=1).gather(1, y.unsqueeze(1))
            return -p.clamp(min=1e-6).log().mean()
        """,
    ],
)

"""The logarithm of a softmax.

## What it does
Reports `torch.log` of the output of a softmax, also where a helper takes the logarithm of what all of its callers give
it.

Quiet in tests (`test_*.py`, `*_test.py`, `conftest.py`, folders called `test` or `tests`), where the plain form is what
others are compared with, unless the rule is selected by its own code.

## Why is this bad?
Where a probability is too small for its dtype the softmax gives exactly 0 (in float32 from a distance of about 104
between two scores) and its logarithm is -inf: the loss becomes inf, the gradient nan. `log_softmax` computes the same
function without ever forming the probability, and is faster.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.nll_loss(torch.log(torch.softmax(head(hidden), dim=1)), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.nll_loss(F.log_softmax(head(hidden), dim=1), target)
```

## Fix safety
Safe: the same function, only exact where it overflowed before. No fix is offered when the probabilities are used
elsewhere too.

## References
- [torch.nn.functional.log_softmax](https://pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html)
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
    if call.operation != "log" or call.inner not in ("", "picked") or not call.arguments:
        return
    given = call.arguments[0]
    if given.kind is not Kind.PROBABILITIES or given.factor is not None or not _softmaxed(given.made_by):
        return
    if given.bounds is not None and given.bounds[0] > 0:
        return  # a small number was added, or the values were clamped: the logarithm is finite
    yield Problem(
        message=(
            f"{call.spelling} takes the logarithm of softmax probabilities. Where one rounds to 0 the result is -inf"
            f"{and_the_gradient(given)}."
        ),
        trail=given.trail,
        mend="Take log_softmax of what the softmax{at} is given",
        repair=stable(call, "log_softmax", "Use log_softmax"),
    )


def _softmaxed(maker: str) -> bool:
    """Whether a softmax made the probabilities, as far as the observer says what did."""
    return not maker or ("softmax" in maker.lower() and "gumbel" not in maker and " of " not in maker)


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

        def training_loss(hidden, target):
            return F.nll_loss(torch.log(torch.softmax(head(hidden), dim=1)), target)  # LL801
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
        from policy import Policy

        policy = Policy()

        def policy_loss(state, action, reward):
            probabilities = policy(state)
            log_probabilities = probabilities.log()  # LL801
            return -(log_probabilities[action] * reward).sum()
        """,
    ],
    good=[
        """
        # The largest of all classes is never 0.
        import torch

        def confidence_loss(scores):
            return -torch.log(torch.softmax(scores, dim=-1).max(dim=-1).values).mean()
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.nll_loss(F.log_softmax(head(hidden), dim=1), target)
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
        """
        import torch
        from torch import nn

        head, EPS = nn.Linear(64, 10), 1e-12

        def entropy(hidden):
            probabilities = head(hidden).softmax(dim=-1)
            return -(probabilities * torch.log(probabilities + EPS)).sum(dim=-1).mean()
        """,
        """
        import torch
        from torch import nn

        head = nn.Linear(64, 10)

        def diversity(hidden):
            average = head(hidden).softmax(dim=-1).mean(dim=0)
            return (average * average.log()).sum()
        """,
    ],
)

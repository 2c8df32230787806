"""The logarithm of a sigmoid, or of its complement.

## What it does
Reports `torch.log(torch.sigmoid(x))` and `torch.log(1 - torch.sigmoid(x))`.

Quiet in tests (`test_*.py`, `*_test.py`, `conftest.py`, folders called `test` or `tests`), where the plain form is what
others are compared with, unless the rule is selected by its own code.

## Why is this bad?
Below a score of about -104 the sigmoid is exactly 0 in float32 and its logarithm -inf; above about 17 it is exactly 1
and the logarithm of the complement -inf. The loss becomes inf, the gradient nan. `logsigmoid` computes the same
function without forming the probability.

## Example
```python
import torch
from torch import nn

critic = nn.Linear(64, 1)

def discriminator_loss(real, fake):
    return -(torch.log(torch.sigmoid(critic(real))) + torch.log(1 - torch.sigmoid(critic(fake)))).mean()
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

critic = nn.Linear(64, 1)

def discriminator_loss(real, fake):
    return -(F.logsigmoid(critic(real)) + F.logsigmoid(-critic(fake))).mean()
```

## Fix safety
Safe: the same function, only exact where it overflowed before. No fix is offered when the probabilities are used
elsewhere too.

## References
- [torch.nn.functional.logsigmoid](https://pytorch.org/docs/stable/generated/torch.nn.functional.logsigmoid.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import and_the_gradient
from losslint.rules.repairs import stable
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import KEPT_IN_VAIN, OperationCall

#: Why a clamp changes nothing: half of the step below 1 is 2 ** -25.
TOO_SMALL = ": the number that is to keep it from that is lost beside 1, where float32 goes in steps of 6e-8"


def is_sigmoid(given: Meaning) -> bool:
    """Whether something is what a sigmoid gave, as it was made."""
    averaged_or_bounded = given.made_by.startswith(("mean of", "clamp of"))
    return given.kind is Kind.SIGMOID and given.factor is None and not averaged_or_bounded


def check(call: OperationCall) -> Iterator[Problem]:
    if call.operation != "log" or not call.arguments:
        return
    given = call.arguments[0]
    if not is_sigmoid(given):
        return
    in_vain = call.inner == KEPT_IN_VAIN
    is_complement = in_vain or call.inner == "1 - x"
    if given.bounds is not None and not in_vain and (given.bounds[1] < 1 if is_complement else given.bounds[0] > 0):
        return  # a small number was added, or the values were clamped: the logarithm is finite
    if is_complement:
        what, when, mend = (
            "the complement of a sigmoid",
            "1",
            "Take logsigmoid of the negated score that the sigmoid{at} is given",
        )
    else:
        what, when, mend = "a sigmoid", "0", "Take logsigmoid of what the sigmoid{at} is given"
    yield Problem(
        message=(
            f"{call.spelling} takes the logarithm of {what}. Where the sigmoid rounds to {when} the result is -inf"
            f"{and_the_gradient(given)}{TOO_SMALL if in_vain else ''}."
        ),
        trail=given.trail,
        mend=mend,
        repair=None if in_vain else stable(call, "logsigmoid", "Use logsigmoid"),
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
        from torch import nn

        critic = nn.Linear(64, 1)

        def discriminator_loss(real, fake):
            positive = torch.log(torch.sigmoid(critic(real)))  # LL802
            negative = torch.log(1 - torch.sigmoid(critic(fake)))  # LL802
            return -(positive + negative).mean()
        """,
        """
        # file: embedding.py
        import torch
        from torch import nn

        class Scorer(nn.Module):
            def __init__(self):
                super().__init__()
                self.score = nn.Linear(32, 1)

            def forward(self, pair):
                return torch.sigmoid(self.score(pair))
        # file: bpr.py
        from embedding import Scorer

        scorer = Scorer()

        def loss(pairs):
            return -scorer(pairs).log().mean()  # LL802
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        critic = nn.Linear(64, 1)

        def discriminator_loss(real, fake):
            return -(F.logsigmoid(critic(real)) + F.logsigmoid(-critic(fake))).mean()
        """,
        """
        import torch

        def entropy(probabilities):
            return -(probabilities * torch.log(probabilities)).sum()
        """,
        """
        import torch
        from torch import nn

        critic = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())

        def guarded(real, fake):
            return -(torch.log(critic(real) + 1e-8) + torch.log(1 - critic(fake).clamp(max=1 - 1e-6))).mean()
        """,
        """
        import torch
        from torch import nn

        class Guarded(nn.Module):
            def __init__(self, eps):
                super().__init__()
                self.eps = eps

            def forward(self, scores, target):
                return -(target * torch.log(torch.sigmoid(scores).clamp(min=self.eps))).mean()
        """,
    ],
)

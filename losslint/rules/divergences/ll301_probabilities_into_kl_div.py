"""Probabilities given as the input of a Kullback-Leibler divergence.

## What it does
Reports `KLDivLoss` (or `F.kl_div`) whose first argument is the output of a softmax or a sigmoid, or the exponential of
something that losslint knows nothing of.

## Why is this bad?
The first argument has to be log-probabilities; only the second one is probabilities. With probabilities the loss is
sum(q * (log q - p)), which is negative as a rule (-1.64 in a measured case where both distributions are equal), and
its minimum is where p is largest, not where the distributions agree.

## Example
```python
import torch.nn.functional as F
from torch import nn

student = nn.Linear(64, 10)

def distillation_loss(x, teacher_scores):
    p = F.softmax(student(x), dim=1)
    return F.kl_div(p, F.softmax(teacher_scores, dim=1), reduction="batchmean")
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

student = nn.Linear(64, 10)

def distillation_loss(x, teacher_scores):
    log_p = F.log_softmax(student(x), dim=1)
    return F.kl_div(log_p, F.softmax(teacher_scores, dim=1), reduction="batchmean")
```

## Fix safety
Unsafe: log_softmax in the place of softmax changes what is computed, which is the point.

## References
- [torch.nn.KLDivLoss](https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import negated
from losslint.rules.repairs import other_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import PROBABILITY_KINDS, Kind
from losslint.vocabulary.observations import LossCall, Writing


def check(call: LossCall) -> Iterator[Problem]:
    given, exponential = call.argument("input"), call.written.get(Writing.EXPONENTIAL)
    if exponential is not None and given.kind is Kind.UNKNOWN:
        yield Problem(
            message=(
                f"The input of {call.loss} is an exponential, which lies above 0, but has to be log-probabilities. The "
                "loss goes below 0 and is not smallest where the two distributions agree."
            ),
            trail=exponential,
            mend="Remove the exponential",
        )
    if given.kind not in PROBABILITY_KINDS or negated(given):
        return
    softmax = given.kind is Kind.PROBABILITIES
    yield Problem(
        message=(
            f"The input of {call.loss} is {given.kind.value}, but has to be log-probabilities. The loss goes below 0 "
            "and is not smallest where the two distributions agree."
        ),
        trail=given.trail,
        mend="Use log_softmax in place of the softmax" if softmax else "Use logsigmoid in place of the sigmoid",
        repair=other_activation(given, "softmax", "log_softmax") if softmax else None,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["KLDivLoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_scores):
            p = F.softmax(student(x), dim=1)
            return F.kl_div(p, F.softmax(teacher_scores, dim=1), reduction="batchmean")  # LL301
        """,
        """
        # file: losses.py
        import torch.nn.functional as F
        from torch import nn

        class DistillationLoss(nn.Module):
            def __init__(self, temperature):
                super().__init__()
                self.temperature = temperature
                self.kl = nn.KLDivLoss(reduction="batchmean")

            def forward(self, student, teacher):
                return self.kl(student, F.softmax(teacher / self.temperature, dim=1))  # LL301
        # file: train.py
        import torch
        from torch import nn
        from losses import DistillationLoss

        net = nn.Sequential(nn.Linear(64, 10), nn.Softmax(dim=1))
        criterion = DistillationLoss(4.0)

        def step(x, teacher_scores):
            return criterion(net(x), teacher_scores)
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_scores):
            log_p = F.log_softmax(student(x), dim=1)
            return F.kl_div(log_p, F.log_softmax(teacher_scores, dim=1), reduction="batchmean", log_target=True)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_probabilities):
            p = F.softmax(student(x), dim=1)
            log_p = torch.log(p)  # LL801
            return F.kl_div(log_p, teacher_probabilities, reduction="batchmean")
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        class KLDivLoss(nn.Module):
            def forward(self, scores, target):
                return F.kl_div(F.log_softmax(scores, dim=1), target, reduction="batchmean")

        student = nn.Linear(64, 10)
        criterion = KLDivLoss()

        def distillation_loss(x, target):
            return criterion(student(x), target)
        """,
    ],
)

"""Probabilities first, log-probabilities second, in a Kullback-Leibler divergence.

## What it does
Reports `KLDivLoss` (or `F.kl_div`) whose input is probabilities while its target is log-probabilities.

## Why is this bad?
torch takes the log-probabilities of the model first and the probabilities of the target second. The other way round
the logarithm of a negative number is taken: the loss is nan, and so is the gradient.

## Example
```python
import torch.nn.functional as F
from torch import nn

student = nn.Linear(64, 10)

def distillation_loss(x, teacher_scores):
    log_p = F.log_softmax(student(x), dim=1)
    q = F.softmax(teacher_scores, dim=1)
    return F.kl_div(q, log_p, reduction="batchmean")
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

student = nn.Linear(64, 10)

def distillation_loss(x, teacher_scores):
    log_p = F.log_softmax(student(x), dim=1)
    q = F.softmax(teacher_scores, dim=1)
    return F.kl_div(log_p, q, reduction="batchmean")
```

## Fix safety
Unsafe: swapping the arguments changes what is computed, which is the point.

## References
- [torch.nn.KLDivLoss](https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import swapped
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, PROBABILITY_KINDS
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    if given.kind not in PROBABILITY_KINDS or target.kind not in LOG_PROBABILITY_KINDS:
        return
    log_target = call.setting("log_target", False)
    cost = "The loss is nan, and so is the gradient." if log_target is False else "The loss is not a divergence."
    yield Problem(
        message=(
            f"{call.loss} is given {given.kind.value} first and {target.kind.value} second, but takes the "
            f"log-probabilities first. {cost}"
        ),
        trail=given.trail,
        mend="Swap the arguments: second come the probabilities made",
        repair=swapped(call),
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
            log_p = F.log_softmax(student(x), dim=1)
            q = F.softmax(teacher_scores, dim=1)
            return F.kl_div(q, log_p, reduction="batchmean")  # LL303
        """,
        """
        # file: losses.py
        from torch import nn

        kl = nn.KLDivLoss(reduction="batchmean")

        def distill(teacher, student):
            return kl(teacher, student)  # LL303
        # file: train.py
        import torch.nn.functional as F
        from torch import nn
        from losses import distill

        student, teacher = nn.Linear(64, 10), nn.Linear(64, 10)

        def step(x):
            return distill(F.softmax(teacher(x), dim=1), F.log_softmax(student(x), dim=1))
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_scores):
            log_p = F.log_softmax(student(x), dim=1)
            q = F.softmax(teacher_scores, dim=1)
            return F.kl_div(log_p, q, reduction="batchmean")
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        first, second = nn.Linear(64, 10), nn.Linear(64, 10)

        def symmetric_loss(x):
            p, q = first(x), second(x)
            there = F.kl_div(F.log_softmax(p, dim=1), F.softmax(q, dim=1), reduction="batchmean")
            back = F.kl_div(F.log_softmax(q, dim=1), F.softmax(p, dim=1), reduction="batchmean")
            return (there + back) / 2
        """,
    ],
)

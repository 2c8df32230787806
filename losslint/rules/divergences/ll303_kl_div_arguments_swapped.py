"""Probabilities first, log-probabilities second, in a Kullback-Leibler divergence.

## What it does
Reports `KLDivLoss` (or `F.kl_div`) whose input is probabilities while its target is log-probabilities, and the halves
of a Jensen-Shannon divergence that are given the mean of the two distributions second.

## Why is this bad?
torch takes the log-probabilities of the model first and the probabilities of the target second. The other way round
the logarithm of a negative number is taken: the loss is nan, and so is the gradient.

`F.kl_div(p.log(), m)` is KL(M||P), from its second argument. A Jensen-Shannon divergence is made of KL(P||M) and
KL(Q||M), which are never above log 2; from the mean they have no bound, and are infinite where P or Q is 0.

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
from losslint.vocabulary.observations import LossCall, OperationCall


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    if given.kind not in PROBABILITY_KINDS or target.kind not in LOG_PROBABILITY_KINDS:
        return
    log_target = call.setting("log_target", False)
    if log_target is True:
        return  # the target is what it has to be, and LL301 speaks of the input
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


def check_halves(call: OperationCall) -> Iterator[Problem]:
    if call.operation == "divergence":
        yield Problem(
            message=f"{call.spelling} is given the mean of both distributions second: that is KL(M‖P). A "
            "Jensen-Shannon divergence is made of KL(P‖M), which is never above log 2 = 0.693; this one has no bound.",
            mend="Give the logarithm of the mean first and the distribution second",
        )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["KLDivLoss"],
    check_loss=check,
    check_operation=check_halves,
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
        """
        import torch.nn.functional as F

        def js_divergence(p, q):
            m = 0.5 * (p + q)
            left = F.kl_div(p.log(), m, reduction="batchmean")  # LL303
            right = F.kl_div(q.log(), m, reduction="batchmean")  # LL303
            return 0.5 * (left + right)
        """,
    ],
    good=[
        """
        # With this flag log-probabilities are right in second place.
        import torch.nn.functional as F

        def consistency(scores, teacher_scores):
            first, second = F.log_softmax(scores, dim=1), F.log_softmax(teacher_scores, dim=1)
            return F.kl_div(first, second, log_target=True, reduction="batchmean")
        """,
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
        """
        import torch.nn.functional as F

        def js_divergence(p, q):
            m = 0.5 * (p + q)
            left = F.kl_div(m.log(), p, reduction="batchmean")
            right = F.kl_div(m.log(), q, reduction="batchmean")
            return 0.5 * (left + right)
        """,
    ],
)

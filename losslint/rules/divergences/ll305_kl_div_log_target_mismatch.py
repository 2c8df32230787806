"""A target of log-probabilities without log_target, or the flag with probabilities.

## What it does
Reports `KLDivLoss` (or `F.kl_div`) whose target is log-probabilities while `log_target` is not set, and one whose
target is probabilities while it is. Of a target that losslint knows nothing of it is enough that it is written as a
logarithm, or as an exponential.

## Why is this bad?
Without the flag torch takes the logarithm of the target: of negative numbers, so the loss is nan while the gradient
stays finite and training goes on, on nonsense. With the flag, probabilities are exponentiated: the loss is 12.7 in a
measured case where both distributions are equal.

## Example
```python
import torch.nn.functional as F
from torch import nn

student = nn.Linear(64, 10)

def distillation_loss(x, teacher_scores):
    log_p, log_q = F.log_softmax(student(x), dim=1), F.log_softmax(teacher_scores, dim=1)
    return F.kl_div(log_p, log_q, reduction="batchmean")
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

student = nn.Linear(64, 10)

def distillation_loss(x, teacher_scores):
    log_p, log_q = F.log_softmax(student(x), dim=1), F.log_softmax(teacher_scores, dim=1)
    return F.kl_div(log_p, log_q, reduction="batchmean", log_target=True)
```

## Fix safety
Safe where the flag is added: the loss was nan. Unsafe where it is dropped: the loss had another value.

## References
- [torch.nn.KLDivLoss](https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import settings
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall, Writing
from losslint.vocabulary.repairs import Applicability


def check(call: LossCall) -> Iterator[Problem]:
    target, log_target = call.argument("target"), call.setting("log_target", False)
    if target.kind in LOG_PROBABILITY_KINDS and log_target is False:
        yield Problem(
            message=(
                f"The target of {call.loss} is {target.kind.value}, but log_target is not set: the loss is nan while "
                "the gradient stays finite."
            ),
            trail=target.trail,
            mend="Set log_target=True, or exponentiate the target made",
            repair=settings(
                call,
                "log_target=True",
                applicability=Applicability.SAFE,
                message="Set log_target=True",
                agreed=True,
            ),
        )
    elif target.kind in PROBABILITY_KINDS and log_target is True:
        yield Problem(
            message=(
                f"The target of {call.loss} is {target.kind.value}, but log_target=True says log-probabilities: the "
                "loss is not 0 where the two distributions agree."
            ),
            trail=target.trail,
            mend="Drop log_target=True for the target made",
            repair=settings(
                call,
                "log_target",
                applicability=Applicability.UNSAFE,
                message="Drop log_target=True",
                agreed=True,
            ),
        )
    elif target.kind is Kind.UNKNOWN or _is_exponential(target):
        yield from _as_written(call, log_target)


def _is_exponential(target: Meaning) -> bool:
    """Whether a target is the exponential of what is no logarithm of probabilities."""
    return target.kind is Kind.NON_NEGATIVE and target.made_by == "exp" and target.factor in (None, 1.0)


def _as_written(call: LossCall, log_target: object) -> Iterator[Problem]:
    """Of a target that is no distribution that anybody knows, what the logarithm or the exponential that it is says."""
    target, logarithm = call.argument("target"), call.written.get(Writing.TARGET_LOGARITHM)
    exponential = target.trail if _is_exponential(target) else call.written.get(Writing.TARGET_EXPONENTIAL)
    if logarithm is not None and log_target is False:
        yield Problem(
            message=(
                f"The target of {call.loss} is a logarithm, but log_target is not set: the loss is nan where that is "
                "negative, while the gradient stays finite."
            ),
            trail=logarithm,
            mend="Set log_target=True, or drop the logarithm",
        )
    elif exponential is not None and log_target is True:
        yield Problem(
            message=(
                f"The target of {call.loss} is an exponential, but log_target=True says log-probabilities, which are "
                "never above 0."
            ),
            trail=exponential,
            mend="Drop log_target=True, or the exponential",
        )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="safe",
    losses=["KLDivLoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_scores):
            log_p, log_q = F.log_softmax(student(x), dim=1), F.log_softmax(teacher_scores, dim=1)
            return F.kl_div(log_p, log_q, reduction="batchmean")  # LL305
        """,
        """
        # file: losses.py
        from torch import nn

        kl = nn.KLDivLoss(reduction="batchmean", log_target=True)
        # file: train.py
        import torch.nn.functional as F
        from torch import nn
        from losses import kl

        student, teacher = nn.Linear(64, 10), nn.Linear(64, 10)

        def step(x):
            return kl(F.log_softmax(student(x), dim=-1), F.softmax(teacher(x), dim=-1))  # LL305
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_scores):
            log_p, log_q = F.log_softmax(student(x), dim=1), F.log_softmax(teacher_scores, dim=1)
            return F.kl_div(log_p, log_q, reduction="batchmean", log_target=True)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_scores):
            log_p, log_q = F.log_softmax(student(x), dim=1), F.log_softmax(teacher_scores, dim=1)
            return F.kl_div(log_p, log_q.exp(), reduction="batchmean")
        """,
    ],
)

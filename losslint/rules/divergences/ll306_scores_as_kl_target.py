"""Raw scores of the teacher as the target of a Kullback-Leibler divergence.

## What it does
Reports `KLDivLoss` (or `F.kl_div`) whose target is raw scores; and one whose target is what a model returns, as it is,
while its input is the log-softmax of what the same model returns.

## Why is this bad?
The target has to be probabilities (or log-probabilities with `log_target=True`). The logarithm of negative scores is
nan, so is the loss, and the gradient pulls towards the raw scores as if they were weights.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

student, teacher = nn.Linear(64, 10), nn.Linear(64, 10)

def distillation_loss(x):
    with torch.no_grad():
        target = teacher(x)
    return F.kl_div(F.log_softmax(student(x), dim=1), target, reduction="batchmean")
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

student, teacher = nn.Linear(64, 10), nn.Linear(64, 10)

def distillation_loss(x):
    with torch.no_grad():
        target = F.softmax(teacher(x), dim=1)
    return F.kl_div(F.log_softmax(student(x), dim=1), target, reduction="batchmean")
```

## Fix safety
Not fixed automatically: a temperature may belong there too.

## References
- [torch.nn.KLDivLoss](https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall, Writing


def check(call: LossCall) -> Iterator[Problem]:
    target, log_target = call.argument("target"), call.setting("log_target", False)
    alone = call.written.get(Writing.NORMALISED_ALONE)
    if alone is not None and target.kind is Kind.UNKNOWN and log_target is False:
        yield Problem(
            message=(
                f"The input of {call.loss} is the log-softmax of what a function returns, its target another result of "
                "that function as it is: whatever it returns, the two sides do not fit."
            ),
            trail=alone,
            mend="Apply a softmax to the target made",
        )
    if target.kind is not Kind.LOGITS:
        return
    cost = "The loss is nan where a score is negative." if log_target is False else "The loss is not a divergence."
    yield Problem(
        message=f"The target of {call.loss} is raw scores, but has to be a distribution. {cost}",
        trail=target.trail,
        mend="Apply a softmax to the scores made" if log_target is False else "Apply log_softmax to the scores made",
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=["KLDivLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        student, teacher = nn.Linear(64, 10), nn.Linear(64, 10)

        def distillation_loss(x):
            with torch.no_grad():
                target = teacher(x)
            return F.kl_div(F.log_softmax(student(x), dim=1), target, reduction="batchmean")  # LL306
        """,
        """
        # file: teacher.py
        from torch import nn

        class Teacher(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(64, 10)

            def forward(self, x):
                return self.fc(x)
        # file: train.py
        import torch.nn.functional as F
        from torch import nn
        from teacher import Teacher

        student, teacher = nn.Linear(64, 10), Teacher().eval()
        criterion = nn.KLDivLoss(reduction="batchmean")

        def step(x):
            return criterion(F.log_softmax(student(x), dim=1), teacher(x).detach())  # LL306
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        student, teacher = nn.Linear(64, 10), nn.Linear(64, 10)

        def distillation_loss(x, temperature=4.0):
            with torch.no_grad():
                target = F.softmax(teacher(x) / temperature, dim=1)
            return F.kl_div(F.log_softmax(student(x) / temperature, dim=1), target, reduction="batchmean")
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_probabilities):
            return F.kl_div(F.log_softmax(student(x), dim=1), teacher_probabilities, reduction="batchmean")
        """,
    ],
)

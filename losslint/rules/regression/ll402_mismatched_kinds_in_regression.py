"""A regression loss between two different kinds of number.

## What it does
Reports `MSELoss`, `L1Loss`, `SmoothL1Loss` and `HuberLoss` between log-probabilities and probabilities, between
probabilities and raw scores, or between softmax probabilities and class indices. So are means of squares, or of
absolute values, that are written out.

## Why is this bad?
The loss is smallest where the two are equal, which they cannot be: log-probabilities are at most 0, probabilities at
least 0, raw scores and class indices have no such bounds. The model is pulled to the edge of what it can say.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

student, teacher = nn.Linear(64, 10), nn.Linear(64, 10)

def consistency_loss(x):
    with torch.no_grad():
        target = teacher(x)
    return F.mse_loss(F.softmax(student(x), dim=1), target)
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

student, teacher = nn.Linear(64, 10), nn.Linear(64, 10)

def consistency_loss(x):
    with torch.no_grad():
        target = teacher(x)
    return F.mse_loss(F.softmax(student(x), dim=1), F.softmax(target, dim=1))
```

## Fix safety
Not fixed automatically: both sides can be brought to the other's kind.

## References
- [torch.nn.MSELoss](https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall, OperationCall, Writing

#: The signs that the input, or the target, is what a network makes of the other.
_REBUILT = (Writing.REBUILT, Writing.REBUILT_TARGET)


def never_meet(one: Meaning, other: Meaning) -> str:
    """Why two kinds of number do not belong together, from the first one's side; empty when they may."""
    if one.kind in LOG_PROBABILITY_KINDS and other.kind in PROBABILITY_KINDS:
        return "Log-probabilities are never above 0, probabilities never below"
    if one.kind in PROBABILITY_KINDS and other.kind is Kind.LOGITS:
        return "Probabilities lie between 0 and 1, raw scores anywhere"
    if one.kind is Kind.PROBABILITIES and other.kind is Kind.CLASS_INDEX:
        return "Probabilities lie between 0 and 1, class indices count classes"
    return ""


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    if any(
        sign in call.written and made.kind is Kind.LOGITS for sign, made in zip(_REBUILT, (given, target), strict=True)
    ):
        return  # a linear layer may end an autoencoder, whatever interval the numbers lie in that it rebuilds
    yield from _compared(call.loss, given, target)


def check_operation(call: OperationCall) -> Iterator[Problem]:
    if call.operation != "regression" or any(side.kind is Kind.CLASS_INDEX for side in call.arguments):
        return  # classes are counted where distances to each of them are meant, too
    yield from _compared("A regression loss that is written out", *call.arguments)


def _compared(loss: str, given: Meaning, target: Meaning) -> Iterator[Problem]:
    if given.factor is not None or target.factor is not None:
        return
    why = never_meet(given, target) or never_meet(target, given)
    if not why:
        return
    yield Problem(
        message=f"{loss} compares {given.kind.value} with {target.kind.value}. {why}.",
        trail=given.trail,
        mend="Bring the prediction made{at} to the kind of the target",
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    losses=["MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"],
    check_loss=check,
    check_operation=check_operation,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        student, teacher = nn.Linear(64, 10), nn.Linear(64, 10)

        def consistency_loss(x):
            with torch.no_grad():
                target = teacher(x)
            return F.mse_loss(F.softmax(student(x), dim=1), target)  # LL402
        """,
        """
        # file: nets.py
        import torch.nn.functional as F
        from torch import nn

        class Student(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(64, 10)

            def forward(self, x):
                return F.log_softmax(self.fc(x), dim=1)

        class Teacher(Student):
            def forward(self, x):
                return F.softmax(self.fc(x), dim=1)
        # file: train.py
        from torch import nn
        from nets import Student, Teacher

        student, teacher = Student(), Teacher()
        criterion = nn.L1Loss()

        def step(x):
            return criterion(student(x), teacher(x).detach())  # LL402
        """,
        """
        # As MixMatch would have it, but for the softmax of the prediction.
        import torch
        from torch import nn

        net = nn.Linear(64, 10)
        weight = 75

        def unlabelled_loss(x, augmented):
            with torch.no_grad():
                guess = torch.softmax(net(x), dim=1) ** 2
                guess = guess / guess.sum(dim=1, keepdim=True)
            loss = weight * torch.mean((net(augmented) - guess) ** 2)  # LL402
            loss.backward()
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        student, teacher = nn.Linear(64, 10), nn.Linear(64, 10)

        def consistency_loss(x):
            return F.mse_loss(F.softmax(student(x), dim=1), F.softmax(teacher(x).detach(), dim=1))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        decoder = nn.Linear(64, 784)

        def reconstruction_loss(code, image):
            return F.mse_loss(torch.sigmoid(decoder(code)), image)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Linear(64, 10)

        def unlabelled_loss(x, augmented):
            with torch.no_grad():
                guess = torch.softmax(net(x), dim=1)
            loss = torch.mean((torch.softmax(net(augmented), dim=1) - guess) ** 2)
            loss = loss + F.l1_loss(net(augmented), net(x)) + (net(augmented) - net(x)).pow(2).mean()
            loss.backward()
        """,
    ],
)

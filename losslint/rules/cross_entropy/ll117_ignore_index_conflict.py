"""An ignore_index that cannot be used, or that leaves nothing to learn from.

## What it does
Reports `CrossEntropyLoss` with an `ignore_index` of 0 or more and a target of class probabilities, and cross-entropies
whose whole target is the ignored index.

## Why is this bad?
`ignore_index` speaks of class indices. With class probabilities torch raises ("ignore_index is not supported for
floating point target") for 0 and above, and silently ignores a negative one. When every target is ignored the mean is
0 / 0: the loss is nan, and one step later so are the weights.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), F.one_hot(target, 10).float(), ignore_index=0)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target, ignore_index=0)
```

## Fix safety
Not fixed automatically: whether labels or the setting were meant is for the author to say.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import number, reduction, shapes_agree
from losslint.rules.rule import rule
from losslint.rules.scores import TAKES_PROBABILITIES, scores
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall

#: Targets that are class indices, all of them the same in the case of constants.
INDICES = frozenset({Kind.CONSTANT, Kind.CLASS_INDEX})


def check(call: LossCall) -> Iterator[Problem]:
    given, target = scores(call), call.argument("target")
    ignored = number(call.setting("ignore_index", -100))
    # The loss with its last layer refuses any number as soon as one is given.
    refused = call.loss == "LinearCrossEntropyLoss" and "ignore_index" in call.settings
    if ignored is None:
        return
    distribution = target.kind is Kind.PROBABILITIES or (
        target.is_floating is True and (target.kind is Kind.ONE_HOT or shapes_agree(given.shape, target.shape))
    )
    if call.loss in TAKES_PROBABILITIES and distribution and (ignored >= 0 or refused):
        yield Problem(
            message=(
                f"{call.loss} is given class probabilities and ignore_index={ignored:g}, which speaks of class "
                "indices: torch raises."
            ),
            trail=target.trail,
            mend="Give class indices instead of the probabilities made{at}, or drop ignore_index",
        )
    elif target.kind in INDICES and target.bounds == (ignored, ignored) and reduction(call) == "mean":
        yield Problem(
            message=f"Every target of {call.loss} is {ignored:g}, the ignored index: the mean of nothing is nan.",
            trail=target.trail,
        )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=["CrossEntropyLoss", "LinearCrossEntropyLoss", "NLLLoss", "NLLLoss2d"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(head(hidden), F.one_hot(target, 10).float(), ignore_index=0)  # LL117
        """,
        """
        # file: losses.py
        from torch import nn

        def build():
            return nn.CrossEntropyLoss(ignore_index=255)
        # file: distill.py
        import torch.nn.functional as F
        from torch import nn
        from losses import build

        student = nn.Conv2d(3, 21, 1)
        criterion = build()

        def step(image, teacher_scores):
            return criterion(student(image), F.softmax(teacher_scores, dim=1))  # LL117
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden):
            target = torch.full((32,), -100)
            return F.cross_entropy(head(hidden), target)  # LL117
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(head(hidden), target, ignore_index=0)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_scores):
            return F.cross_entropy(student(x), F.softmax(teacher_scores, dim=1), ignore_index=-100)
        """,
    ],
)

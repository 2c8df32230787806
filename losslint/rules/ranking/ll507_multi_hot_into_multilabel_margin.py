"""Multi-hot labels given to MultiLabelMarginLoss.

## What it does
Reports `MultiLabelMarginLoss` whose target is multi-hot or one-hot labels, zeros and ones, or of another dtype than
int64.

## Why is this bad?
Its target is a list of label numbers a row, ended by a -1: `[3, 0, -1, 1]` says that 3 and 0 are on. A multi-hot row
of integers is read as such a list of the labels 0 and 1, in silence; floats and booleans raise.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 4)
target = torch.tensor([[1, 0, 1, 0], [0, 1, 1, 0]])

def training_loss(hidden):
    return F.multilabel_margin_loss(head(hidden), target)
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 4)
target = torch.tensor([[0, 2, -1, -1], [1, 2, -1, -1]])

def training_loss(hidden):
    return F.multilabel_margin_loss(head(hidden), target)
```
Or `MultiLabelSoftMarginLoss` and `BCEWithLogitsLoss`, which take multi-hot labels.

## Fix safety
Not fixed automatically: the labels or the loss can change.

## References
- [torch.nn.MultiLabelMarginLoss](https://pytorch.org/docs/stable/generated/torch.nn.MultiLabelMarginLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import shown_dtype
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall

#: Labels by position; zeros and ones over more than two classes are not the numbers of labels either.
BY_POSITION = frozenset({Kind.MULTI_HOT, Kind.ONE_HOT, Kind.BOOLEAN})


def check(call: LossCall) -> Iterator[Problem]:
    target = call.argument("target")
    raises = target.is_floating or (target.is_integral and target.dtype not in ("int64", "int"))
    if target.kind in BY_POSITION:
        cost = "torch raises" if raises else "its ones and zeros are read as the labels 1 and 0, in silence"
        message = f"{call.loss} takes lists of label numbers, but is given {target.kind.value}: {cost}."
    elif raises:
        message = (
            f"{call.loss} takes lists of label numbers in int64, but is given {shown_dtype(target)}: torch raises."
        )
    else:
        return
    yield Problem(
        message=message,
        trail=target.trail,
        mend="Use MultiLabelSoftMarginLoss for multi-hot labels, or give the numbers of the labels made",
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=["MultiLabelMarginLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 4)

        def training_loss(hidden, tags):
            return F.multilabel_margin_loss(head(hidden), (tags > 0).long())  # LL507
        """,
        """
        # file: data.py
        import torch

        def tags(count, classes):
            return torch.randint(0, 2, (count, classes)).float()
        # file: train.py
        from torch import nn
        from data import tags

        net = nn.Linear(64, 4)
        criterion = nn.MultiLabelMarginLoss()

        def step(x):
            return criterion(net(x), tags(32, 4))  # LL507
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 4)
        target = torch.tensor([[0, 2, -1, -1], [3, -1, -1, -1]])

        def training_loss(hidden, lists):
            return F.multilabel_margin_loss(head(hidden), target) + F.multilabel_margin_loss(head(hidden), lists)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 4)

        def training_loss(hidden, tags):
            return F.multilabel_soft_margin_loss(head(hidden), (tags > 0).float())
        """,
    ],
)

"""A target of shape [N, 1] for scores of shape [N, C].

## What it does
Reports cross-entropies, `NLLLoss` and `AdaptiveLogSoftmaxWithLoss` whose target is a column, `[N, 1]` (or
`[N, 1, H, W]`), beside scores with as many dimensions and more than one class.

## Why is this bad?
Class indices have one dimension less than the scores: `[N]` for `[N, C]`. A column raises a RuntimeError ("0D or 1D
target tensor expected, multi-target not supported", and "only batches of spatial targets supported" for images).

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, annotations):
    target = annotations.view(-1, 1)
    return F.cross_entropy(head(hidden), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, annotations):
    target = annotations.argmax(dim=1)
    return F.cross_entropy(head(hidden), target)
```
Or `target.squeeze(1)` where the column comes from elsewhere.

## Fix safety
Unsafe: the program raised before and computes a loss afterwards.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.costs import class_count
from losslint.rules.facts import is_column
from losslint.rules.repairs import followed
from losslint.rules.rule import rule
from losslint.rules.scores import scores
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given, target = scores(call), call.argument("target")
    if given.shape is None or not is_column(target):
        return
    classes = class_count(given)
    if classes == 1:
        return
    if given.rank is None:
        # `[…, C]`: with more than one class and a column of labels it can only be `[N, C]`.
        if classes is None or target.rank != 2:
            return
    elif given.rank != target.rank:
        return
    yield Problem(
        message=(
            f"{call.loss} is given a target {target.shape} for scores {given.shape}. Class indices have one dimension "
            "less than the scores: torch raises."
        ),
        trail=target.trail,
        mend="Squeeze dimension 1 of the target made",
        repair=followed(call, "target", ".squeeze(1)", agreed=True),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["AdaptiveLogSoftmaxWithLoss", "CrossEntropyLoss", "LinearCrossEntropyLoss", "NLLLoss", "NLLLoss2d"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)
        target = torch.randint(0, 10, (32, 1))

        def training_loss(hidden):
            return F.cross_entropy(head(hidden), target)  # LL111
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(784, 10)

            def forward(self, x):
                return self.fc(x.flatten(1))
        # file: train.py
        import torch
        from torch import nn
        from net import Net

        net = Net()
        criterion = nn.CrossEntropyLoss()

        def step():
            x = torch.randn(16, 1, 28, 28)
            y = torch.randint(0, 10, (16,)).unsqueeze(1)
            return criterion(net(x), y)  # LL111
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)
        target = torch.randint(0, 10, (32, 1))

        def training_loss(hidden):
            return F.cross_entropy(head(hidden), target.squeeze(1))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Conv1d(64, 10, 1)
        target = torch.randint(0, 10, (32, 1))  # one step for each of 32 sequences

        def training_loss():
            hidden = torch.randn(32, 64, 1)
            return F.cross_entropy(head(hidden), target)
        """,
    ],
)

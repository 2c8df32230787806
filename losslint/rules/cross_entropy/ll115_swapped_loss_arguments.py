"""Target first, prediction second.

## What it does
Reports losses that are given labels where the prediction belongs and a prediction where the labels belong. Of what
nothing is known the name decides, if it speaks plainly: `labels` first, and scores or what is named `logits` second.

## Why is this bad?
`CrossEntropyLoss`, `NLLLoss`, `BCELoss` and their kin take the prediction first and the target second. The other way
round torch raises for class indices; with float labels it is silent: the gradient then flows into what stands second,
through the wrong function (`BCELoss` gives 46.09 where 0.73 is right, and an infinite gradient).

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

critic = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())

def real_loss(images):
    output = critic(images)
    return F.binary_cross_entropy(torch.ones_like(output), output)
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

critic = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())

def real_loss(images):
    output = critic(images)
    return F.binary_cross_entropy(output, torch.ones_like(output))
```

## Fix safety
Unsafe: swapping the arguments changes what is computed, which is the point.

## References
- [torch.nn: loss functions](https://pytorch.org/docs/stable/nn.html#loss-functions)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import swapped
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import LABEL_KINDS, PREDICTIONS, Kind
from losslint.vocabulary.observations import LossCall, Writing


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    named = call.written.get(Writing.NAMED_SWAPPED)
    if named is not None and given.kind is Kind.UNKNOWN and not given.is_integral:
        second = "what is named like predictions" if target.kind is Kind.UNKNOWN else target.kind.value
        yield Problem(
            message=(
                f"{call.loss} is given what is named like labels first and {second} second: the target comes second."
            ),
            trail=named,
            mend="Swap the arguments{at}, unless the names mislead",
            repair=swapped(call),
        )
    labels = given.kind in LABEL_KINDS or (given.kind is Kind.CONSTANT and call.loss.startswith("BCE"))
    if target.kind not in PREDICTIONS or not (labels or (given.is_integral and given.kind not in PREDICTIONS)):
        return
    what = given.kind.value if labels else "integers"
    cost = "It raises." if given.is_integral else "The gradient flows through the wrong function, in silence."
    yield Problem(
        message=f"{call.loss} is given {what} first and {target.kind.value} second: the target comes second. {cost}",
        trail=target.trail,
        mend="Swap the arguments: the prediction made{at} comes first",
        repair=swapped(call),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=[
        "CrossEntropyLoss",
        "NLLLoss",
        "NLLLoss2d",
        "BCELoss",
        "BCEWithLogitsLoss",
        "MultiLabelSoftMarginLoss",
        "SoftMarginLoss",
        "MultiMarginLoss",
        "HingeEmbeddingLoss",
    ],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        critic = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())

        def real_loss(images):
            output = critic(images)
            return F.binary_cross_entropy(torch.ones_like(output), output)  # LL115
        """,
        """
        # file: metrics.py
        from torch import nn

        criterion = nn.CrossEntropyLoss()

        def loss_of(annotations, scores):
            labels = annotations.argmax(dim=1)
            return criterion(labels, scores)  # LL115
        # file: train.py
        from torch import nn
        from metrics import loss_of

        net = nn.Linear(64, 10)

        def step(x, annotations):
            return loss_of(annotations, net(x))
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, annotations):
            return F.cross_entropy(target=annotations.argmax(dim=1), input=head(hidden))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def regression_loss(hidden):
            output = head(hidden)
            return F.mse_loss(torch.ones_like(output), output)
        """,
    ],
)

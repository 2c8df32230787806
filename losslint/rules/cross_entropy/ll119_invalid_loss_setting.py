"""A setting of a loss that torch does not understand, or understands as something else.

## What it does
Reports a `reduction` that does not exist, a string that lands in `size_average`, a `label_smoothing` outside 0 … 1, a
`beta` below 0 and a `delta` that is not above 0.

## Why is this bad?
The constructors check nothing: a wrong `reduction` raises only when the loss is called. A negative `label_smoothing`
is ignored in silence. Most losses have `size_average` where the caller expects `reduction`: `F.mse_loss(a, b, "sum")`
and `nn.MSELoss("none")` compute a mean.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.mse_loss(head(hidden), target, "sum")
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.mse_loss(head(hidden), target, reduction="sum")
```

## Fix safety
Safe for `"mean"` in the place of `size_average`: that is what is computed, and the fix names the argument. Unsafe for
another string there: the fix computes what it says.

## References
- [torch.nn: loss functions](https://pytorch.org/docs/stable/nn.html#loss-functions)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import number
from losslint.rules.repairs import settings
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED, LossCall
from losslint.vocabulary.repairs import Applicability

REDUCTIONS = ("none", "mean", "sum")


def check(call: LossCall) -> Iterator[Problem]:
    for name in ("size_average", "reduce"):
        given = call.setting(name)
        if isinstance(given, str):
            yield Problem(
                message=f"The string {given!r} lands in {name} of {call.loss}, not in reduction: the result is a mean.",
                mend=f"Write reduction={given!r}",
                repair=settings(
                    call,
                    name,
                    f'reduction="{given}"',
                    applicability=Applicability.SAFE if given == "mean" else Applicability.UNSAFE,
                    message=f'Write reduction="{given}"',
                )
                if given in REDUCTIONS
                else None,
            )
    yield from _reduction(call)
    smoothing = number(call.setting("label_smoothing"))
    if smoothing is not None and not 0 <= smoothing <= 1:
        cost = "it is ignored in silence" if smoothing < 0 else "torch raises when the loss is called"
        yield Problem(
            message=f"label_smoothing={smoothing:g} of {call.loss} is outside 0 … 1: {cost}.",
            mend="Give a label_smoothing between 0 and 1",
        )
    beta, delta = number(call.setting("beta")), number(call.setting("delta"))
    if call.loss == "SmoothL1Loss" and beta is not None and beta < 0:
        yield Problem(message=f"beta={beta:g} of {call.loss} is below 0: torch raises when the loss is called.")
    if call.loss == "HuberLoss" and delta is not None and delta <= 0:
        yield Problem(message=f"delta={delta:g} of {call.loss} is not above 0: torch raises when the loss is called.")


def _reduction(call: LossCall) -> Iterator[Problem]:
    if "reduction" not in call.settings:
        return
    given = call.setting("reduction")
    allowed = (*REDUCTIONS, "batchmean") if call.loss == "KLDivLoss" else REDUCTIONS
    if given is UNSETTLED or isinstance(given, Meaning) or given in (*allowed, "elementwise_mean"):
        return
    words = ", ".join(repr(word) for word in allowed)
    yield Problem(
        message=f"reduction={given!r} of {call.loss} does not exist: torch raises when the loss is called.",
        mend=f"Give one of {words}",
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="safe",
    losses=[
        "CrossEntropyLoss",
        "NLLLoss",
        "NLLLoss2d",
        "BCELoss",
        "BCEWithLogitsLoss",
        "KLDivLoss",
        "MSELoss",
        "L1Loss",
        "SmoothL1Loss",
        "HuberLoss",
        "PoissonNLLLoss",
        "GaussianNLLLoss",
        "CTCLoss",
        "MarginRankingLoss",
        "HingeEmbeddingLoss",
        "CosineEmbeddingLoss",
        "SoftMarginLoss",
        "MultiLabelMarginLoss",
        "MultiLabelSoftMarginLoss",
        "MultiMarginLoss",
        "TripletMarginLoss",
        "TripletMarginWithDistanceLoss",
    ],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.mse_loss(head(hidden), target, "sum")  # LL119
        """,
        """
        # file: losses.py
        from torch import nn

        def build(smoothing):
            return nn.CrossEntropyLoss(label_smoothing=smoothing, reduction="avg")
        # file: train.py
        from torch import nn
        from losses import build

        net = nn.Linear(64, 10)
        criterion = build(0.1)

        def step(x, y):
            return criterion(net(x), y)  # LL119
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(head(hidden), target, label_smoothing=10)  # LL119
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            total = F.mse_loss(head(hidden), target, reduction="sum")
            return total + F.huber_loss(head(hidden), target, "sum")
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)
        criterion = nn.KLDivLoss(reduction="batchmean")

        def distillation_loss(x, teacher_scores):
            return criterion(F.log_softmax(student(x), dim=1), F.softmax(teacher_scores, dim=1))
        """,
    ],
)

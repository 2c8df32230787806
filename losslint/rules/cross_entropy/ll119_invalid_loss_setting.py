"""A setting of a loss that torch does not understand, or understands as something else.

## What it does
Reports a `reduction` that does not exist, a string that lands in `size_average` or in a setting that is a number, a
`label_smoothing` outside 0 … 1, a `beta` below 0, a `delta` or a `margin` of triplets that is not above 0, a `p` other
than 1 and 2, an `ignore_index` that is no integer, and a `blank` that is none of the labels.

## Why is this bad?
The constructors check nothing: a wrong `reduction` raises only when the loss is called. A negative `label_smoothing`
is ignored in silence. Most losses have `size_average` where the caller expects `reduction`: `F.mse_loss(a, b, "sum")`
and `nn.MSELoss("none")` compute a mean. Others have a margin or a flag there, and raise when they are called.

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
another string there, or in another setting: the fix computes what it says.

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
from losslint.vocabulary.observations import OVER_CLASSES, UNSETTLED, LossCall
from losslint.vocabulary.repairs import Applicability, Repair

REDUCTIONS = ("none", "mean", "sum")

#: Settings that are numbers or flags, never words.
NUMBERS = ("margin", "beta", "delta", "p", "blank", "log_input", "log_target", "zero_infinity")

#: The deprecated settings: where one of them is given, the reduction is not looked at.
OLDER = ("size_average", "reduce")

TRIPLETS = frozenset({"TripletMarginLoss", "TripletMarginWithDistanceLoss"})


def check(call: LossCall) -> Iterator[Problem]:
    for name in OLDER:
        given = call.setting(name)
        if isinstance(given, str):
            yield Problem(
                message=f"The string {given!r} lands in {name} of {call.loss}, not in reduction: the result is a mean.",
                mend=f"Write reduction={given!r}",
                repair=_named(call, name, given, Applicability.SAFE if given == "mean" else Applicability.UNSAFE)
                if given in REDUCTIONS
                else None,
            )
    yield from _reduction(call)
    smoothing = number(call.setting("label_smoothing"))
    if smoothing is not None and not 0 <= smoothing <= 1:
        refused = smoothing > 1 or "num_classes" in call.settings
        cost = "it is ignored in silence" if not refused else "torch raises when the loss is called"
        yield Problem(
            message=f"label_smoothing={smoothing:g} of {call.loss} is outside 0 … 1: {cost}.",
            mend="Give a label_smoothing between 0 and 1",
        )
    for name in NUMBERS:
        given = call.setting(name)
        if isinstance(given, complex):
            yield Problem(message=f"{name}={given} of {call.loss} is no real number: torch raises.")
        if isinstance(given, str):
            yield Problem(
                message=f"The string {given!r} lands in {name} of {call.loss}: torch raises when the loss is called.",
                mend=f"Write reduction={given!r}" if given in (*REDUCTIONS, "batchmean") else "",
                repair=_named(call, name, given, Applicability.UNSAFE) if given in REDUCTIONS else None,
            )
        why = _limit(call, name, number(given))
        if why:
            yield Problem(message=f"{name}={given:g} of {call.loss} {why}: torch raises.")
    ignored = call.setting("ignore_index", -100)
    if (
        "ignore_index" in call.settings
        and (ignored is None or isinstance(ignored, float))
        and call.loss in OVER_CLASSES
    ):
        yield Problem(
            message=f"ignore_index={ignored!r} of {call.loss} is no integer: torch raises when the loss is called.",
            mend="Leave ignore_index out, or give an integer",
        )


def _named(call: LossCall, name: str, given: str, applicability: Applicability) -> Repair:
    """A reduction under its own name, and no longer under another's."""
    written = f'reduction="{given}"'
    return settings(call, name, written, applicability=applicability, message=f"Write {written}")


def _limit(call: LossCall, name: str, value: float | None) -> str:
    """Which limit a number oversteps; empty when it keeps to it or is not known."""
    if value is None:
        return ""
    if (call.loss, name) == ("SmoothL1Loss", "beta") and value < 0:
        return "is below 0"
    if (call.loss, name) == ("HuberLoss", "delta") and value <= 0:
        return "is not above 0"
    if call.loss in TRIPLETS and name == "margin" and value <= 0:
        return "is not above 0"
    if (call.loss, name) == ("MultiMarginLoss", "p") and value not in (1, 2):
        return "is neither 1 nor 2"
    if (call.loss, name) == ("CTCLoss", "blank"):
        labels = call.argument("log_probs").size(-1)
        if value < 0 or (isinstance(labels, int) and value >= labels):
            return "is none of the labels" + (f" 0 to {labels - 1}" if isinstance(labels, int) else "")
    return ""


def _reduction(call: LossCall) -> Iterator[Problem]:
    if "reduction" not in call.settings or any(call.setting(name) is not None for name in OLDER):
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
        "LinearCrossEntropyLoss",
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
        """
        from torch import nn

        scorer = nn.Linear(64, 1)
        criterion = nn.MarginRankingLoss("sum")

        def training_loss(one, other, better):
            return criterion(scorer(one), scorer(other), better)  # LL119
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 29)

        def training_loss(hidden, targets, input_lengths, target_lengths):
            log_probs = head(hidden).log_softmax(2)
            return F.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=29)  # LL119
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.mse_loss(head(hidden), target, "mean")  # LL119
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
        from torch import nn

        head = nn.Linear(64, 1)
        criterion = nn.BCEWithLogitsLoss(size_average=False, reduce=False, reduction=None)

        def reconstruction_loss(hidden, mask):
            return criterion(head(hidden), mask).sum()
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

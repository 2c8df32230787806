"""Class weights that are no float tensor of one entry a class.

## What it does
Reports losses over classes whose `weight` is a number, a list or a string, a tensor of integers or of
another float dtype than the scores, or a tensor that has not one entry for each class.

## Why is this bad?
All of them raise: a TypeError for what is no tensor ("cannot assign 'list' object to buffer 'weight'"), a RuntimeError
otherwise ("expected scalar type Float but found Long", "weight tensor should be defined either for all 5 classes or no
classes"). A weight for each sample of the batch is the usual mistake; when the batch happens to be as large as the
class count it is silent.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target, weight=torch.tensor([1.0, 2.0]))
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 2)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target, weight=torch.tensor([1.0, 2.0]))
```
For weights of samples use `reduction="none"` and multiply the losses.

## Fix safety
Not fixed automatically.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.costs import class_count
from losslint.rules.facts import shown_dtype
from losslint.rules.rule import rule
from losslint.rules.scores import scores
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED, LossCall, Writing

#: Kinds that layers give, whose dtype is that of their parameters.
COMPUTED = frozenset({Kind.LOGITS, Kind.LOG_PROBABILITIES})

PRECISE = frozenset({"float16", "bfloat16", "float32", "float64"})


def objection(call: LossCall, weight: Meaning) -> str:
    """What is wrong with a tensor of weights; empty when nothing is known to be."""
    given = scores(call)
    classes = class_count(given)
    if classes is None:
        told = call.setting("num_classes")
        classes = told if isinstance(told, int) else None
    if weight.is_integral:
        return f"its dtype is {shown_dtype(weight)}, not that of the scores"
    if weight.dtype in PRECISE and given.dtype in PRECISE and weight.dtype != given.dtype:
        return f"its dtype is {weight.dtype}, that of the scores {given.dtype}"
    if weight.dtype == "float64" and is_single(call, given):
        return "its dtype is float64, that of the scores is not"
    if weight.rank is not None and weight.rank != 1:
        return f"it has {weight.rank} dimensions instead of one"
    entries = weight.size(0)
    if classes is not None and isinstance(entries, int) and entries != classes:
        return f"it has {entries} entries for {classes} classes"
    return ""


def is_single(call: LossCall, given: Meaning) -> bool:
    """Whether scores that a layer has made are in no double precision, as far as the project knows it, and torch
    compares their dtype with that of the weights: for class probabilities it multiplies them."""
    made = given.kind in COMPUTED and given.dtype in (None, "float")
    indices = call.argument("target").is_floating is not True
    return made and indices and Writing.SINGLE_PRECISION in call.written and call.autocast is None


def check(call: LossCall) -> Iterator[Problem]:
    weight = call.setting("weight")
    if weight is None or weight is UNSETTLED:
        return
    if isinstance(weight, Meaning):
        wrong = objection(call, weight)
        if wrong:
            yield Problem(
                message=f"The class weight of {call.loss} does not fit, so torch raises: {wrong}.",
                trail=weight.trail,
                mend="Give one float entry a class in the weights made",
            )
        return
    yield Problem(
        message=f"The class weight of {call.loss} is a {type(weight).__name__}, not a tensor: torch raises.",
        mend="Give a float tensor of one entry a class",
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=["CrossEntropyLoss", "LinearCrossEntropyLoss", "NLLLoss", "NLLLoss2d", "MultiMarginLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(head(hidden), target, weight=torch.tensor([1.0, 2.0]))  # LL118
        """,
        """
        # file: losses.py
        import torch
        from torch import nn

        counts = torch.tensor([90, 10, 5])
        criterion = nn.CrossEntropyLoss(weight=counts)
        # file: train.py
        from torch import nn
        from losses import criterion

        net = nn.Linear(64, 3)

        def step(x, y):
            return criterion(net(x), y)  # LL118
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(head(hidden), target, 0.5)  # LL118
        """,
    ],
    good=[
        """
        import torch
        from torch import nn

        net = nn.Linear(64, 3)
        criterion = nn.CrossEntropyLoss(weight=torch.tensor([0.2, 1.0, 3.0]))

        def step(x, y):
            return criterion(net(x), y)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target, weight_of_sample):
            losses = F.cross_entropy(head(hidden), target, reduction="none")
            return (losses * weight_of_sample).mean()
        """,
    ],
)

"""Class indices that no class has.

## What it does
Reports losses over classes (`CrossEntropyLoss`, `NLLLoss`, `MultiMarginLoss`, `MultiLabelMarginLoss` and the losses
that hold their last layer) whose targets are known to contain an index below 0 or above the last class, `ignore_index`
aside.

## Why is this bad?
With C classes the indices run from 0 to C - 1. Labels that count from 1, a class too few in the last layer, and a -1
for "no label" without `ignore_index=-1` raise ("Target 10 is out of bounds.") as soon as such a label comes up.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)
target = torch.randint(1, 11, (32,))

def training_loss(hidden):
    return F.cross_entropy(head(hidden), target)
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)
target = torch.randint(1, 11, (32,))

def training_loss(hidden):
    return F.cross_entropy(head(hidden), target - 1)
```

## Fix safety
Not fixed automatically: the labels may be wrong, or the number of classes.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.costs import class_count
from losslint.rules.facts import number, shown_range
from losslint.rules.rule import rule
from losslint.rules.scores import HOLDS_LAYERS
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED, LossCall

#: Losses with an `ignore_index`, and what it is when nobody gives one.
IGNORING = frozenset({"CrossEntropyLoss", "NLLLoss", "NLLLoss2d", "LinearCrossEntropyLoss"})
IGNORED = -100.0

#: What ends a list of labels in MultiLabelMarginLoss.
PADDING = -1.0


def classes_of(call: LossCall) -> int | None:
    """How many classes a loss tells apart, when it is known."""
    given = call.argument("input")
    if call.loss == "AdaptiveLogSoftmaxWithLoss":
        count = call.setting("n_classes")
    elif call.loss == "LinearCrossEntropyLoss":
        weight = call.setting("linear_weight")
        count = weight.size(0) if isinstance(weight, Meaning) else call.setting("num_classes")
    elif call.loss == "MultiLabelMarginLoss":
        count = given.size(-1)
    else:
        count = class_count(given)
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def speaks_of_these_classes(call: LossCall) -> bool:
    """Whether the target has the dimensions of class indices for the classes that were counted."""
    given, target = call.argument("input"), call.argument("target")
    if call.loss in HOLDS_LAYERS or call.loss == "MultiLabelMarginLoss":
        return True
    if given.rank is None:
        # `[…, C]` is `[N, C]` beside `[N]`; with more dimensions the classes stand elsewhere.
        return target.rank in (None, 1)
    return target.rank is None or target.rank == given.rank - 1


def occurring(call: LossCall) -> tuple[float, float] | None:
    """The least and the greatest index that are known to occur."""
    target = call.argument("target")
    if target.bounds is None or not target.is_integral:
        return None
    if target.kind is Kind.CONSTANT or (target.reached and target.kind in (Kind.CLASS_INDEX, Kind.BOOLEAN)):
        return target.bounds
    return None


def check(call: LossCall) -> Iterator[Problem]:
    classes, ends, target = classes_of(call), occurring(call), call.argument("target")
    if classes is None or classes < 1 or ends is None or not speaks_of_these_classes(call):
        return
    left_out: float | None = None
    if call.loss in IGNORING:
        given = call.setting("ignore_index")
        left_out = IGNORED if given is None else number(given)
        if given is UNSETTLED or left_out is None:
            return
    elif call.loss == "MultiLabelMarginLoss":
        left_out = PADDING
    low, high = ends
    below, above = low < 0 and low != left_out, high >= classes and high != left_out
    if not below and not above:
        return
    shown = shown_range(ends)
    if low >= 1 and high == classes:
        mend = "They seem to count from 1: subtract 1 from the labels made"
    elif below and not above and low == -1 and call.loss in IGNORING:
        mend = "Give ignore_index=-1 if they are to be left out, or mend the labels made{at}"
    elif above and not below:
        mend = f"Let the model tell {high + 1:g} classes apart, or mend the labels made{{at}}"
    else:
        mend = "Mend the labels made"
    yield Problem(
        message=(
            f"The targets of {call.loss} are class indices {shown}, but with {_counted(classes)} they have to lie "
            f"from 0 to {classes - 1}: torch raises."
        ),
        trail=target.trail,
        mend=mend,
    )


def _counted(classes: int) -> str:
    return "1 class" if classes == 1 else f"{classes} classes"


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=[
        "CrossEntropyLoss",
        "NLLLoss",
        "NLLLoss2d",
        "MultiMarginLoss",
        "MultiLabelMarginLoss",
        "AdaptiveLogSoftmaxWithLoss",
        "LinearCrossEntropyLoss",
    ],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 3)

        def training_loss(hidden):
            return F.cross_entropy(head(hidden), torch.tensor([1, 2, 3]))  # LL121
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self, num_classes=10):
                super().__init__()
                self.fc = nn.Linear(784, num_classes)

            def forward(self, x):
                return self.fc(x.flatten(1))
        # file: test_training.py
        import torch
        from torch import nn
        from net import Net

        def test_step():
            net = Net()
            criterion = nn.CrossEntropyLoss()
            x, y = torch.randn(16, 1, 28, 28), torch.randint(0, 100, (16,))
            loss = criterion(net(x), y)  # LL121
            loss.backward()
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        domain = nn.Linear(64, 2)

        def unlabelled_loss(hidden):
            nothing = torch.full((32,), -1)
            return F.nll_loss(F.log_softmax(domain(hidden), dim=1), nothing)  # LL121
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 3)
        target = torch.tensor([1, 2, 3])

        def training_loss(hidden):
            return F.cross_entropy(head(hidden), target - 1)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Conv2d(3, 21, 1)
        criterion = nn.CrossEntropyLoss(ignore_index=255)

        def step(image, mask, background):
            border = torch.full((8, 64, 64), 255)
            marked = criterion(net(image), torch.where(background, border, mask))
            return marked + criterion(net(image), mask.clamp(0, 30))
        """,
    ],
)

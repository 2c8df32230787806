"""A softmax over the batch, over a single value, or over a dimension that the loss does not read as classes.

## What it does
Reports losses that are given the output of a softmax or log-softmax that ran over the batch, over a dimension of size
1 (also regression and Dice losses), or (for `NLLLoss` and `CrossEntropyLoss`) over another dimension than the classes,
or (for `KLDivLoss`) over another dimension than the target.

## Why is this bad?
A softmax over the batch makes the samples compete: the prediction for one depends on which others are beside it. Over
a dimension of size 1 it is always 1, with no gradient. In both cases the training runs and learns something else, or
nothing.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)
hidden = torch.randn(32, 64)

def training_loss(target):
    return F.nll_loss(F.log_softmax(head(hidden), dim=0), target)
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)
hidden = torch.randn(32, 64)

def training_loss(target):
    return F.nll_loss(F.log_softmax(head(hidden), dim=1), target)
```
For a single output a sample use a sigmoid, best inside `BCEWithLogitsLoss`.

## Fix safety
Unsafe: another dimension, or a sigmoid, changes what is computed, which is the point. Fixed are matrices and single
outputs; of more dimensions, either the softmax or the order of the dimensions can be wrong.

## References
- [torch.nn.functional.log_softmax](https://pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html)
- [torch.nn.NLLLoss](https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import other_dimension, sigmoid_instead
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import OVER_CLASSES, LossCall

NORMALISED = frozenset({Kind.PROBABILITIES, Kind.LOG_PROBABILITIES})

#: Losses that compare elements: a softmax over any dimension may be meant, but for one of size 1.
OVER_ELEMENTS = frozenset(
    {
        "MSELoss",
        "L1Loss",
        "SmoothL1Loss",
        "HuberLoss",
        "monai.DiceLoss",
        "monai.GeneralizedDiceLoss",
        "monai.TverskyLoss",
    }
)


def over_a_single_value(given: Meaning) -> bool:
    """Whether the softmax ran over a dimension that is known to have size 1."""
    return given.dim is not None and given.size(given.dim) == 1


def dimensions(call: LossCall) -> int | None:
    """How many dimensions the prediction has, or how many at least where the softmax ran over a later one than the
    loss reads the classes from; a target of class indices has one less."""
    given, target = call.argument("input"), call.argument("target")
    if given.rank is not None or call.loss not in OVER_CLASSES:
        return given.rank
    least = 0 if given.dim is None else given.dim + 1
    if target.rank is not None and target.is_integral:
        return target.rank + 1 if least <= target.rank + 1 else None  # one of the two is not what it looks like
    if least > 2:
        return least
    return 4 if call.loss == "NLLLoss2d" else None


def over_another(call: LossCall) -> int | None:
    """The dimension along which the target of a divergence adds up to 1, where the input does so along another."""
    given, target = call.argument("input"), call.argument("target")
    if call.loss != "KLDivLoss" or target.kind not in NORMALISED or given.rank is None or given.rank != target.rank:
        return None
    if given.dim is None or target.dim is None or given.rank < 2:
        return None
    along, other = given.dim % given.rank, target.dim % given.rank
    # That the samples compete with each other says more, where the input is what is wrong.
    return other if along != other and (along or given.rank == 3) else None


def check(call: LossCall) -> Iterator[Problem]:
    given, rank = call.argument("input"), dimensions(call)
    if given.kind not in NORMALISED or given.dim is None:
        return
    softmax = "softmax" if given.kind is Kind.PROBABILITIES else "log-softmax"
    mend = "Run the softmax over the classes"
    repair = None
    if over_a_single_value(given):
        always = "1" if given.kind is Kind.PROBABILITIES else "0"
        what = f"a {softmax} over a dimension of size 1. It is always {always}, with no gradient"
        mend = f"Use a sigmoid in place of the {softmax}"
        repair = sigmoid_instead(given, softmax) if call.loss == "BCELoss" else None
    elif (other := over_another(call)) is not None:
        along = given.dim % (rank or 1)
        what = f"a {softmax} over dimension {along}, and a target that adds up to 1 along dimension {other}"
        mend = "Run both over the classes"
    elif rank is None or rank < 2 or call.loss in OVER_ELEMENTS:
        return
    elif given.dim % rank == 0 and rank == 3 and call.loss not in OVER_CLASSES:
        return  # a single image: its classes are dimension 0
    elif given.dim % rank == 0:
        what = f"a {softmax} over the batch (dimension 0). The samples compete with each other instead of the classes"
        repair = other_dimension(given, softmax, 1) if rank == 2 else None
    elif call.loss in OVER_CLASSES and given.dim % rank != 1:
        what = f"a {softmax} over dimension {given.dim % rank}, but reads the classes from dimension 1"
    else:
        return
    yield Problem(message=f"{call.loss} is given the output of {what}.", trail=given.trail, mend=mend, repair=repair)


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    fix="unsafe",
    losses=["CrossEntropyLoss", "NLLLoss", "NLLLoss2d", "BCELoss", "KLDivLoss", *sorted(OVER_ELEMENTS)],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)
        hidden = torch.randn(32, 64)

        def training_loss(target):
            return F.nll_loss(F.log_softmax(head(hidden), dim=0), target)  # LL116
        """,
        """
        # file: net.py
        from torch import nn

        class Classifier(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1), nn.Softmax(dim=-1))

            def forward(self, x):
                return self.layers(x)
        # file: train.py
        from torch import nn
        from net import Classifier

        net = Classifier()
        criterion = nn.BCELoss()

        def step(x, y):
            return criterion(net(x), y)  # LL116
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Conv2d(3, 2, 1)

        def training_loss(image, mask):
            foreground = torch.softmax(head(image)[:, :1], dim=1)
            return F.mse_loss(foreground, mask)  # LL116
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.nll_loss(F.log_softmax(head(hidden), dim=-1), target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        decoder = nn.Linear(64, 100)
        hidden, tokens = torch.randn(8, 20, 64), torch.randint(0, 100, (8, 20))

        def training_loss():
            log_probabilities = F.log_softmax(decoder(hidden), dim=-1)
            return F.nll_loss(log_probabilities.transpose(1, 2), tokens)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def one_sample_loss(target):
            scores = head(torch.randn(64))
            return F.nll_loss(F.log_softmax(scores, dim=0), target)
        """,
    ],
)

"""A loss with one value a sample that is backpropagated as it is.

## What it does
Reports `backward()` of the result of a loss with `reduction="none"` that nothing reduced to a number. Also where it was
weighed, added to another loss, or averaged along one of its dimensions on the way, as long as the code shows that
several values are left.

## Why is this bad?
torch raises "grad can be implicitly created only for scalar outputs", except for a batch whose loss is a single
element: a test with one sample runs in silence, and the training fails.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def train_step(optimizer, x, y):
    loss = F.cross_entropy(head(x), y, reduction="none")
    loss.backward()
    optimizer.step()
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def train_step(optimizer, x, y):
    loss = F.cross_entropy(head(x), y, reduction="none")
    loss.mean().backward()
    optimizer.step()
```

## Fix safety
Not fixed automatically: the mean and the sum train at different rates, and weights or a mask may be missing.

## References
- [torch.Tensor.backward](https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import reduction
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import LABEL_KINDS
from losslint.vocabulary.observations import LossCall, Writing

#: Losses with one value for each element of the input; the others have one a sample.
ELEMENTWISE = frozenset(
    {
        "BCELoss",
        "BCEWithLogitsLoss",
        "MSELoss",
        "L1Loss",
        "SmoothL1Loss",
        "HuberLoss",
        "KLDivLoss",
        "PoissonNLLLoss",
        "SoftMarginLoss",
    }
)


def check(call: LossCall) -> Iterator[Problem]:
    trail = call.written.get(Writing.BACKPROPAGATED)
    if trail is None or reduction(call) != "none" or not _several(call):
        return
    each = "element" if call.loss in ELEMENTWISE else "sample"
    yield Problem(
        message=(
            f'{call.loss} with reduction="none" gives one value for each {each}, and backward() takes a single number: '
            "torch raises, except for a batch of one."
        ),
        trail=trail,
        mend="Reduce the loss, by mean() or sum(), before backward(){at}",
    )


def _several(call: LossCall) -> bool:
    """Whether the loss may be taken to have more than one value."""
    given, target = call.argument("input"), call.argument("target")
    if call.loss in ELEMENTWISE:
        sizes = given.shape.sizes if given.shape is not None else ()
        return any(size not in (None, 1) for size in sizes) or (given.rank or 0) > 1
    if given.rank == 1 or given.size(0) == 1 or target.rank == 0:
        return False
    return given.kind not in LABEL_KINDS


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def train_step(optimizer, x, y):
            loss = F.cross_entropy(head(x), y, reduction="none")  # LL706
            loss.backward()
            optimizer.step()
        """,
        """
        from torch import nn

        class Trainer:
            def __init__(self, model):
                self.model = nn.Linear(8, 3)
                self.criterion = nn.MSELoss(reduction="none")

            def fit(self, loader, optimizer):
                for x, y in loader:
                    optimizer.zero_grad()
                    self.criterion(self.model(x), y).backward()  # LL706
                    optimizer.step()
        """,
        """
        # file: criteria.py
        from torch import nn

        def criterion(name):
            return {"l1": nn.L1Loss(reduction="none"), "l2": nn.MSELoss(reduction="none")}[name]
        # file: train.py
        from criteria import criterion
        from torch import nn

        model, l1 = nn.Linear(8, 3), criterion("l1")

        def step(x, y):
            loss = l1(model(x), y)  # LL706
            loss.backward()
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def train(loader, optimizer, weights):
            for x, y in loader:
                loss = F.cross_entropy(head(x), y, reduction="none")
                loss = (loss * weights).mean()
                loss.backward()
                each = F.cross_entropy(head(x), y, reduction="none")
                each.backward(torch.ones_like(each))
                F.cross_entropy(head(x), y).backward()
                optimizer.step()
        """,
        """
        import torch.nn.functional as F

        def sarsa(net, state, action, reward, optimizer):
            value = net(state)[action]
            loss = F.smooth_l1_loss(value, reward, reduction="none")
            loss.backward()
            optimizer.step()
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def one_by_one(xs, ys):
            for i in range(len(xs)):
                F.cross_entropy(head(xs[i : i + 1]), ys[i : i + 1], reduction="none").backward()
        """,
    ],
)

"""A loss that is trained on, but given the outcome of a step without a gradient: argmax, rounding, a comparison.

## What it does
Reports a loss whose value is backpropagated and whose input is class indices, rounded or thresholded values, or an
integer cast of the scores.

## Why is this bad?
These steps are flat nearly everywhere: the gradient of `round`, `floor` and `ceil` is 0, and the others have none. So
nothing reaches the model. When the loss is the only one, backward raises "element 0 of tensors does not require grad"
(not after `round` and its kin); in a sum of losses the term silently trains nothing. `loss.requires_grad = True` makes
the error go away and leaves a model that never changes.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def train_step(optimizer, hidden, labels):
    predicted = head(hidden).argmax(dim=1)
    loss = F.mse_loss(predicted.float(), labels.long())
    loss.requires_grad = True
    loss.backward()
    optimizer.step()
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def train_step(optimizer, hidden, labels):
    loss = F.cross_entropy(head(hidden), labels.long())
    loss.backward()
    optimizer.step()
```
Argmax, rounding and thresholds belong into the metrics.

## Fix safety
Not fixed automatically: without the step, another loss is often the right one.

## References
- [Autograd mechanics: gradients of non-differentiable functions](
  https://pytorch.org/docs/stable/notes/autograd.html#gradients-for-non-differentiable-functions)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import trained_in_vain
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall, Writing

#: What has no gradient by its nature, with its name for people.
STEPS = {
    "argmax": "argmax",
    "argmin": "argmin",
    "argsort": "argsort",
    "max": "the indices of max",
    "min": "the indices of min",
    "topk": "the indices of topk",
    "sort": "the indices of sort",
    "round": "round",
    "floor": "floor",
    "ceil": "ceil",
    "trunc": "trunc",
    "multinomial": "a draw by multinomial",
    "long": "the cast to integers",
    "int": "the cast to integers",
    "short": "the cast to integers",
    "byte": "the cast to integers",
    "bool": "the cast to booleans",
    "to": "the cast to integers",
    "type": "the cast to integers",
    **dict.fromkeys((">", "<", ">=", "<=", "==", "!=", "gt", "lt", "ge", "le", "eq", "ne"), "the comparison"),
}

#: Steps that torch differentiates, to 0.
FLAT = frozenset({"round", "floor", "ceil", "trunc"})


def check(call: LossCall) -> Iterator[Problem]:
    step = STEPS.get(trained_in_vain(call))
    if step is None:
        return
    if step in FLAT:
        cost = "its gradient is 0 everywhere, so the model learns nothing through this loss, and nothing raises"
    else:
        cost = "it has no gradient: nothing reaches the model, and backward raises where this loss is the only one"
    yield Problem(
        message=f"The input of {call.loss} went through {step}: {cost}. Give the loss the scores themselves.",
        trail=call.argument("input").trail or call.written[Writing.TRAINED_ON],
    )


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

        def train_step(optimizer, hidden, labels):
            predicted = head(hidden).argmax(dim=1)
            loss = F.mse_loss(predicted.float(), labels.long())  # LL702
            loss.requires_grad = True
            loss.backward()
            optimizer.step()
        """,
        """
        # file: net.py
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(64, 1)

            def forward(self, x):
                return torch.round(torch.sigmoid(self.fc(x)))
        # file: train.py
        import torch
        from torch import nn
        from net import Net

        net, criterion = Net(), nn.BCELoss()

        def train(loader, optimizer):
            for x, y in loader:
                loss = criterion(net(x), y.float())  # LL702
                penalty = sum(p.square().sum() for p in net.parameters())
                (loss + 1e-4 * penalty).backward()
                optimizer.step()
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def train_step(optimizer, hidden, labels):
            scores = head(hidden)
            loss = F.cross_entropy(scores, labels)
            loss.backward()
            accuracy = (scores.argmax(dim=1) == labels).float().mean()
            error = F.l1_loss(scores.argmax(dim=1).float(), labels.float())
            return accuracy, error
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        encoder, decoder = nn.Linear(64, 8), nn.Linear(8, 64)

        def straight_through(optimizer, loader):
            for x, y in loader:
                code = encoder(x)
                rounded = code + (torch.round(code) - code).detach()
                loss = F.mse_loss(decoder(rounded), x) + F.mse_loss(rounded, y)
                hard = (code > 0).float()
                loss = loss + F.mse_loss(decoder(hard), x) + F.mse_loss(hard * code, y)
                loss.backward()
                optimizer.step()
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        teacher, student = nn.Linear(64, 10), nn.Linear(64, 10)

        def swapped_sides(optimizer, x):
            loss = F.mse_loss(torch.round(teacher(x)), student(x))
            loss.backward()
            optimizer.step()
        """,
    ],
)

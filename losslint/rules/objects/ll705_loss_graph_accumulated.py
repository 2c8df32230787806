"""A running total of losses that keeps the graph of every batch alive.

## What it does
Reports `total += loss` in a loop that calls `loss.backward()`.

## Why is this bad?
The total is a tensor with a history: it holds the graph of each loss that was added, long after the batch is done. The
graphs pile up until the total is dropped, at the latest when the epoch ends; memory grows with each batch. On an
accelerator the number that is printed at the end waits there, too.

## Example
```python
import torch.nn.functional as F

def epoch(model, optimizer, loader):
    total = 0.0
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss
    return total / len(loader)
```

## Use instead
```python
import torch.nn.functional as F

def epoch(model, optimizer, loader):
    total = 0.0
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)
```
`total += loss.detach()` does the same without waiting for the accelerator.

## Fix safety
Safe: the total has the same value.

## References
- [My model reports "cuda runtime error(2): out of memory"](
  https://pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import OperationCall
from losslint.vocabulary.repairs import Action, Applicability, Change, Repair


def check(call: OperationCall) -> Iterator[Problem]:
    if call.operation == "accumulation":
        yield Problem(
            message=(
                f"{call.spelling} adds up losses with their history: it keeps the graph of every batch alive. "
                "Add loss.item(), or loss.detach()."
            ),
            repair=Repair(Applicability.SAFE, "Detach the loss", (Change(Action.DETACH, call.spot, call.spelling),)),
        )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ADVICE,
    observers="S",
    fix="safe",
    check_operation=check,
    bad=[
        """
        import torch.nn.functional as F

        def epoch(model, optimizer, loader):
            total = 0.0
            for x, y in loader:
                loss = F.cross_entropy(model(x), y)
                loss.backward()
                optimizer.step()
                total += loss  # LL705
            return total / len(loader)
        """,
        """
        # file: steps.py
        import torch.nn.functional as F

        def training_loss(model, x, y, weight):
            loss = F.cross_entropy(model(x), y)
            if weight is not None:
                loss = loss * weight
            return loss
        # file: train.py
        from torch import optim
        from steps import training_loss

        def epoch(model, loader, weight=None):
            optimizer, total = optim.SGD(model.parameters(), lr=0.1), 0.0
            for x, y in loader:
                loss = training_loss(model, x, y, weight)
                if weight is None:
                    loss = loss / 2
                loss.backward()
                optimizer.step()
                total += loss  # LL705
            return total
        """,
        """
        from torch import nn

        class Trainer:
            def __init__(self, model):
                self.model, self.criterion = model, nn.MSELoss()

            def fit(self, loader, optimizer, epochs):
                for epoch in range(epochs):
                    running = 0
                    for i, (x, y) in enumerate(loader):
                        optimizer.zero_grad()
                        loss = self.criterion(self.model(x), y)
                        running = running + loss * len(x)  # LL705
                        loss.backward()
                        optimizer.step()
                    print(epoch, running)
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F

        def epoch(model, optimizer, loader):
            total, exact, seen, count = 0.0, 0.0, 0.0, 0
            for x, y in loader:
                loss = F.cross_entropy(model(x), y)
                loss.backward()
                optimizer.step()
                total += loss.item()
                exact += float(loss)
                count += x.size(0)
                with torch.no_grad():
                    seen += loss
            return total / count, exact, seen
        """,
        """
        import torch
        import torch.nn.functional as F

        def epoch(model, optimizer, loader, exact):
            total, other, third = 0.0, 0.0, 0.0
            for x, y in loader:
                loss = F.cross_entropy(model(x), y)
                loss.backward()
                optimizer.step()
                total += loss if isinstance(loss, float) else float(loss.item())
                shown = loss
                if torch.is_tensor(shown):
                    shown = shown.item()
                other += shown
                third = third + (loss.item() if exact else loss.detach())
            return total, other, third
        """,
        """
        from mxnet import autograd, gluon

        criterion = gluon.loss.SoftmaxCrossEntropyLoss()

        def in_another_library(model, trainer, loader):
            total = 0.0
            for x, y in loader:
                with autograd.record():
                    loss = criterion(model(x), y)
                loss.backward()
                total += loss.mean()
                trainer.step(len(x))
            return total
        """,
        """
        import torch.nn.functional as F

        def through_time(cell, optimizer, steps, hidden):
            loss = 0
            for x, y in steps:
                hidden = cell(x, hidden)
                loss += F.mse_loss(hidden, y)
            loss.backward()
            optimizer.step()
        """,
        """
        import torch.nn.functional as F

        def evaluated(model, loader):
            total = 0
            for x, y in loader:
                total += F.mse_loss(model(x), y)
            return total
        """,
        """
        import torch.nn.functional as F

        def parts(model, optimizer, loader):
            for x, y, z in loader:
                total = 0
                first = F.mse_loss(model(x), y)
                total = total + first
                total = total + F.l1_loss(model(x), z)
                total.backward()
                optimizer.step()
        """,
    ],
)

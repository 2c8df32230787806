"""A loss that is called, or constructed, by a statement that does nothing with the result.

## What it does
Reports loss calls and constructions of loss modules that are statements of their own. It is
quiet in tests and where time is measured, inside `try` and inside `with` blocks that may catch or record something, and
for the last row of a notebook's cell, whose result is shown; so it is with the cells of a script that a notebook was
saved as (`# In[3]:`, `# %%`).

## Why is this bad?
A loss has no effect but its result. `criterion(output, target)` alone computes a number and throws it away: what is
trained on further down is something else, or an older value of the variable that was meant. `nn.CrossEntropyLoss()`
alone makes an object that nobody holds.

## Example
```python
from torch import nn

criterion = nn.CrossEntropyLoss()

def train_step(model, optimizer, x, y):
    loss = model(x).square().mean()
    criterion(model(x), y)
    loss.backward()
    optimizer.step()
```

## Use instead
```python
from torch import nn

criterion = nn.CrossEntropyLoss()

def train_step(model, optimizer, x, y):
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
```

## Fix safety
Not fixed automatically: the statement may be a leftover, or its result may be missing elsewhere.

## References
- [torch.nn: loss functions](https://pytorch.org/docs/stable/nn.html#loss-functions)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import OperationCall


def check(call: OperationCall) -> Iterator[Problem]:
    if call.operation != "unused":
        return
    if call.inner == "made":
        message = f"{call.spelling} is constructed here and dropped: no loss is computed, and nobody holds the object."
    else:
        message = f"The result of {call.spelling} is dropped: the call has no other effect."
    yield Problem(message=message)


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="S",
    check_operation=check,
    bad=[
        """
        from torch import nn

        criterion = nn.CrossEntropyLoss()

        def train_step(model, optimizer, x, y):
            loss = model(x).square().mean()
            criterion(model(x), y)  # LL709
            loss.backward()
            optimizer.step()
        """,
        """
        import torch
        from torch import nn
        import torch.nn.functional as F

        class Trainer:
            def __init__(self):
                nn.MSELoss()  # LL709
                self.loss = nn.L1Loss()

            def evaluate(self, model, loader):
                with torch.no_grad():
                    for x, y in loader:
                        F.mse_loss(model(x), y)  # LL709
                        self.loss(model(x), y)  # LL709
        """,
    ],
    good=[
        """
        import time
        import pytest
        import torch.nn.functional as F
        from torch import nn

        criterion = nn.CrossEntropyLoss()

        def refuses(scores, target):
            with pytest.raises(ValueError):
                criterion(scores, target[:-1])
            try:
                criterion(scores, target)
            except RuntimeError:
                return True

        def seconds(scores, target):
            start = time.perf_counter()
            for _ in range(100):
                F.cross_entropy(scores, target)
            return time.perf_counter() - start

        def test_it_runs(scores, target):
            criterion(scores, target)
        """,
        """
        from torch import nn

        class Recorder(nn.Module):
            def __init__(self):
                super().__init__()
                self.values = []
                self.criterion = nn.MSELoss()

            def forward(self, x, y):
                self.values.append(self.criterion(x, y))

        record = Recorder()

        def step(x, y):
            record(x, y)
            nn.MSELoss()(x, y).backward()
            losses = [nn.MSELoss(), nn.L1Loss()]
            assert losses[0](x, y) > 0
            print(losses[1](x, y))
        """,
    ],
)

"""A loss whose variable is bound to something else before anything read it.

## What it does
Reports a loss that is computed and bound to a name which is bound anew before it was read, where the later value is
the one that is backpropagated or returned; and one that a loop computes for each of its elements, where only the one of
the last round is backpropagated.

## Why is this bad?
The first loss reaches nothing: not the gradient, not a log. What is trained on is the second alone. Nearly always the
two were to be added, or one was left over from an experiment.

## Example
```python
import torch.nn.functional as F

def train_step(model, optimizer, x, y, boxes):
    scores, predicted = model(x)
    loss = F.cross_entropy(scores, y)
    loss = F.smooth_l1_loss(predicted, boxes)
    loss.backward()
    optimizer.step()
```

## Use instead
```python
import torch.nn.functional as F

def train_step(model, optimizer, x, y, boxes):
    scores, predicted = model(x)
    loss = F.cross_entropy(scores, y)
    loss = loss + F.smooth_l1_loss(predicted, boxes)
    loss.backward()
    optimizer.step()
```

## Fix safety
Not fixed automatically: whether the two belong together is for the author to say.

## References
- [torch.nn: loss functions](https://pytorch.org/docs/stable/nn.html#loss-functions)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import OperationCall


def check(call: OperationCall) -> Iterator[Problem]:
    if call.operation == "overwritten" and call.inner == "loop":
        yield Problem(
            message=(
                f"The result of {call.spelling} is lost in every round of the loop but the last: its name is bound "
                "anew before anything read it, and what the last round leaves is trained on. Add the losses up, or "
                "call backward() in the loop."
            )
        )
    elif call.operation == "overwritten":
        yield Problem(
            message=(
                f"The result of {call.spelling} is lost: its name is bound anew before anything read it, and the later "
                "value alone is trained on. Add the two, or remove this one."
            )
        )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="S",
    check_operation=check,
    bad=[
        """
        import torch.nn.functional as F

        def train_step(model, optimizer, x, y, boxes):
            scores, predicted = model(x)
            loss = F.cross_entropy(scores, y)  # LL707
            loss = F.smooth_l1_loss(predicted, boxes)
            loss.backward()
            optimizer.step()
        """,
        """
        from torch import nn

        class Objective(nn.Module):
            def __init__(self):
                super().__init__()
                self.fit, self.shape = nn.MSELoss(), nn.L1Loss()

            def forward(self, x, y, weight):
                loss = self.fit(x, y)  # LL707
                if weight > 0:
                    loss = weight * self.shape(x, y)
                else:
                    loss = self.shape(x, y)
                return loss
        """,
    ],
    good=[
        """
        import torch.nn.functional as F

        def train(model, optimizer, loader, alpha):
            loss = F.mse_loss(*next(iter(loader)))
            for x, y in loader:
                loss = F.cross_entropy(model(x), y)
                loss.backward()
                optimizer.step()
                loss = F.cross_entropy(model(x), y, reduction="sum")
                print(f"after the step: {loss}")
            loss = F.cross_entropy(model(x), y)
            if alpha > 0:
                loss = alpha * F.mse_loss(model(x), y)
            return loss
        """,
        """
        import torch.nn.functional as F

        def total(scores, features, y, center):
            loss = F.cross_entropy(scores, y)
            parts = {"ce": loss}
            loss = F.mse_loss(features, center)
            parts["center"] = loss
            return sum(parts.values())
        """,
        """
        import torch.nn.functional as F

        def by_closure(model, optimizer, x, y):
            loss = F.mse_loss(model(x), y)

            def log():
                print(loss)

            log()
            loss = F.l1_loss(model(x), y)
            loss.backward()
        """,
        """
        import torch.nn.functional as F

        def retried(model, x, y):
            try:
                loss = F.mse_loss(model(x), y)
                loss = F.mse_loss(model(x + 1), y)
            except RuntimeError:
                print(loss)
                raise
            return loss
        """,
    ],
)

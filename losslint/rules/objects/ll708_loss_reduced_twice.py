"""A loss that averages over the batch, divided by the batch size once more.

## What it does
Reports the result of a loss with `reduction="mean"` (the default) that is divided by the size of the batch:
`torch.sum(criterion(x, y)) / len(x)`, `criterion(x, y) / y.size(0)`, `(1 / batch_size) * criterion(x, y)`.

## Why is this bad?
The loss is one number already, the mean. The sum over it does nothing, and the division makes the loss and its
gradient smaller by the batch size: 64 times for a batch of 64. Learning slows down, the balance with other terms of
the loss shifts, and both change with the batch size (and with the last, smaller batch of an epoch).

## Example
```python
import torch
from torch import nn

criterion = nn.BCEWithLogitsLoss()

def training_loss(scores, target):
    return torch.sum(criterion(scores, target)) / scores.size(0)
```

## Use instead
```python
import torch
from torch import nn

criterion = nn.BCEWithLogitsLoss(reduction="sum")

def training_loss(scores, target):
    return criterion(scores, target) / scores.size(0)
```
or the mean alone. Dividing by the number of accumulated steps, of heads or of processes is something else and fine.

## Fix safety
Not fixed automatically: either the division or the reduction may be the one that is meant.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import OperationCall


def check(call: OperationCall) -> Iterator[Problem]:
    if call.operation != "quotient":
        return
    yield Problem(
        message=(
            f"{call.inner} averages over the batch already, and the mean is divided by the batch size once more: the "
            "loss and its gradient are smaller by that factor, and change with the batch size. Remove the division, "
            'or give the loss reduction="sum".'
        ),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="S",
    check_operation=check,
    bad=[
        """
        import torch
        from torch import nn

        criterion = nn.BCEWithLogitsLoss()

        def training_loss(scores, target):
            return torch.sum(criterion(scores, target)) / scores.size(0)  # LL708
        """,
        """
        # file: detector.py
        from torch import nn

        class Detector(nn.Module):
            def __init__(self):
                super().__init__()
                self.class_loss = nn.CrossEntropyLoss()
                self.box_loss = nn.MSELoss(reduction="sum")

            def loss(self, boxes, scores, true_boxes, labels, mask):
                n = boxes.shape[0]
                box = self.box_loss(boxes[mask], true_boxes[mask]) / n
                return box + (1 / n) * self.class_loss(scores[mask], labels[mask])  # LL708
        """,
        """
        import torch.nn.functional as F

        def training_loss(model, x, y):
            loss = F.cross_entropy(model(x), y)
            return loss / len(y)  # LL708
        """,
        """
        import torch.nn.functional as F

        class Trainer:
            def training_loss(self, batch, target):
                return F.mse_loss(self.model(batch), target) / len(batch)  # LL708
        """,
        """
        # file: criteria.py
        from torch import nn

        def criterion(task):
            return nn.CrossEntropyLoss(ignore_index=255) if task == "masks" else nn.MSELoss()
        # file: train.py
        import criteria

        loss_of_masks = criteria.criterion("masks")

        def training_loss(model, images, masks):
            return loss_of_masks(model(images), masks) / images.size(0)  # LL708
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F

        def report(model, x, y):
            with torch.no_grad():
                loss = F.cross_entropy(model(x), y)
            print(loss / len(x))
        """,
        """
        import torch
        import torch.nn.functional as F

        def mean_over_parts(parts, target):
            return F.mse_loss(torch.cat(parts), target, reduction="none").mean() / len(parts)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        criterion = nn.CrossEntropyLoss(reduction="sum")

        def training_loss(model, x, y, steps):
            loss = criterion(model(x), y) / len(y)
            return loss + F.cross_entropy(model(x), y) / steps
        """,
        """
        # What divides a sum leaves a mean alone.
        import torch.nn.functional as F
        from torch import nn

        class SquaredError(nn.Module):
            def __init__(self):
                super().__init__()
                self.reduction = "mean"
                self.error = nn.MSELoss(reduction=self.reduction)

            def forward(self, prediction, target):
                loss = self.error(prediction, target)
                return loss / prediction.size(0) if self.reduction == "sum" else loss

        def squared_error(prediction, target, reduction="mean"):
            loss = F.mse_loss(prediction, target, reduction=reduction)
            if reduction == "sum":
                loss = loss / prediction.size(0)
            return loss

        def training_loss(x, y):
            return squared_error(x, y) + SquaredError()(x, y)
        """,
        """
        import torch.nn.functional as F

        def one_by_one(outputs, labels):
            loss = 0
            for i in range(len(outputs)):
                loss = loss + F.cross_entropy(outputs[i], labels[i]) / outputs.size(0)
            return loss
        """,
        """
        import torch.nn.functional as F

        def side_by_side(outputs, labels, batch_size):
            return sum(F.cross_entropy(o, y) / batch_size for o, y in zip(outputs, labels))
        """,
        """
        import torch.nn.functional as F

        def average_over_heads(heads, x, y):
            losses = [F.cross_entropy(head(x), y) for head in heads]
            return sum(losses) / len(losses)
        """,
        """
        import torch.nn.functional as F

        def epoch(model, loader):
            total = 0.0
            for x, y in loader:
                loss = F.cross_entropy(model(x), y)
                total += loss.item() * y.size(0)
            return total / len(loader.dataset)
        """,
    ],
)

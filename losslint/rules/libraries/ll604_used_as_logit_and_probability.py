"""One tensor used as scores and as probabilities in the same function.

## What it does
Reports a cross-entropy (binary or not) over a tensor that the same function also uses as a probability: in
`(1 - p) * (1 - y)`, under a logarithm, in an overlap with the labels as the Dice loss takes it, or in `BCELoss`. And a
`BCELoss` over a tensor that the same function also applies a sigmoid to.

## Why is this bad?
The loss applies the sigmoid or the softmax itself, so it wants raw scores; `1 - p` and `log(p)` want what comes out of
the sigmoid. Whatever the caller gives, one of the two is wrong. In a focal loss with raw scores the weight
`(1 - p_t) ** gamma` can be any number, and grows where it has to shrink; with probabilities the sigmoid is applied
twice.

## Example
```python
import torch.nn.functional as F

def focal_loss(inputs, targets, gamma=2.0):
    ce = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    p_t = inputs * targets + (1 - inputs) * (1 - targets)
    return (ce * (1 - p_t) ** gamma).mean()
```

## Use instead
```python
import torch.nn.functional as F

def focal_loss(inputs, targets, gamma=2.0):
    ce = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    prob = inputs.sigmoid()
    p_t = prob * targets + (1 - prob) * (1 - targets)
    return (ce * (1 - p_t) ** gamma).mean()
```

## Fix safety
Not fixed automatically: what the callers give decides which of the two has to change.

## References
- [torch.nn.functional.binary_cross_entropy_with_logits](
  https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html)
- [Focal Loss for Dense Object Detection](https://arxiv.org/abs/1708.02002)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import PROBABILITY_KINDS
from losslint.vocabulary.observations import LossCall, Writing


def check(call: LossCall) -> Iterator[Problem]:
    used, one = call.written.get(Writing.USED_AS_PROBABILITY), "one of the two is wrong, whatever it is given"
    source, scores = call.written.get(Writing.SOURCE_USED_AS_PROBABILITY), call.written.get(Writing.USED_AS_SCORES)
    if used is not None and call.argument("input").kind not in PROBABILITY_KINDS:
        # of probabilities it is said already that they are no scores; their use as such is right
        activation = "softmax" if call.loss == "CrossEntropyLoss" else "sigmoid"
        yield Problem(
            message=(
                f"{call.loss} takes this tensor for raw scores, but the function uses it as a probability as well: "
                f"{one}."
            ),
            trail=used,
            mend=f"Apply the {activation} before the use as a probability{{at}}",
        )
    elif source is not None:
        yield Problem(
            message=(
                f"The function applies a sigmoid to a tensor for {call.loss}, but uses the tensor itself as a "
                f"probability as well: {one}."
            ),
            trail=source,
            mend="Give what comes out of the sigmoid to the use as a probability{at}",
        )
    elif scores is not None:
        yield Problem(
            message=(
                f"{call.loss} takes this tensor for probabilities, but the function applies a sigmoid to it as well: "
                f"{one}."
            ),
            trail=scores,
            mend="Give the loss what comes out of the sigmoid{at}, or drop that",
        )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="S",
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F

        def focal_loss(inputs, targets, gamma=2.0):
            prob = inputs
            ce = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")  # LL604
            p_t = prob * targets + (1 - prob) * (1 - targets)
            return (ce * (1 - p_t) ** gamma).mean()
        """,
        """
        # file: losses.py
        import torch
        from torch import nn

        class EntropyRegularised(nn.Module):
            def __init__(self, weight):
                super().__init__()
                self.weight = weight
                self.criterion = nn.CrossEntropyLoss()

            def forward(self, outputs, labels):
                entropy = -(outputs * torch.log(outputs)).sum(dim=1).mean()
                return self.criterion(outputs, labels) - self.weight * entropy  # LL604
        # file: train.py
        from losses import EntropyRegularised

        criterion = EntropyRegularised(0.1)

        def step(model, x, y):
            return criterion(model(x), y)
        """,
    ],
    good=[
        """
        import torch.nn.functional as F

        def focal_loss(inputs, targets, gamma=2.0):
            prob = inputs.sigmoid()
            ce = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
            p_t = prob * targets + (1 - prob) * (1 - targets)
            return (ce * (1 - p_t) ** gamma).mean()
        """,
        """
        import torch
        import torch.nn.functional as F

        def entropy_regularised(scores, labels):
            prob = scores.softmax(dim=1)
            entropy = -(prob * torch.log(prob + 1e-8)).sum(dim=1).mean()
            return F.cross_entropy(scores, labels) - 0.1 * entropy
        """,
        """
        import torch.nn.functional as F

        def hinge_and_cross_entropy(scores, targets):
            margin = F.relu(1 - scores * (2 * targets - 1)).mean()
            return margin + F.binary_cross_entropy_with_logits(scores, targets)
        """,
    ],
)

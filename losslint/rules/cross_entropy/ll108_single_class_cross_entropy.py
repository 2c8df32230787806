"""Cross-entropy over a single class.

## What it does
Reports `CrossEntropyLoss` (or `F.cross_entropy`, `NLLLoss` after a log-softmax) whose class dimension has size 1, as
after `nn.Linear(…, 1)`.

## Why is this bad?
The softmax over one class is always 1, so the loss is 0 and the gradient is 0 whatever the model says: nothing is
learnt. With class indices as target it is 0 for label 0 and raises an IndexError for any other ("Target 1 is out of
bounds."); with a float target of the same shape it is silent. The usual cause is a binary or a regression head:
`BCEWithLogitsLoss` or `MSELoss` was meant.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)

def training_loss(hidden, target):
    return F.binary_cross_entropy_with_logits(head(hidden), target)
```
Or give the head two outputs, one a class, and keep the cross-entropy with class indices.

## Fix safety
Not fixed automatically: which loss was meant is for the author to say.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
- [torch.nn.BCEWithLogitsLoss](https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.costs import class_count
from losslint.rules.facts import is_only_read, shapes_agree
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    if given.rank == 1 or class_count(given) != 1:
        return
    if call.loss != "CrossEntropyLoss" and given.kind is not Kind.LOG_PROBABILITIES:
        return
    if given.rank is None and target.rank not in (None, 1) and not target.is_floating:
        return  # the scores have one dimension more than the labels, and the classes are not the last one
    zero = "the loss is 0" if is_only_read(call) else "the loss and the gradient are 0"
    if target.is_floating and (shapes_agree(given.shape, target.shape) or call.loss == "CrossEntropyLoss"):
        cost = f"With a float target of the same shape {zero} whatever the model says."
    elif target.is_integral:
        cost = f"With class indices {zero} for label 0, and any other label raises."
    else:
        cost = f"{zero.capitalize()} whatever the model says, or it raises for a label that is not 0."
    yield Problem(
        message=f"The class dimension of what {call.loss} is given has size 1. {cost}",
        trail=given.trail,
        mend="Use BCEWithLogitsLoss or MSELoss, or make more than one class",
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=["CrossEntropyLoss", "NLLLoss", "NLLLoss2d"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.cross_entropy(head(hidden), target)  # LL108
        """,
        """
        # file: critic.py
        from torch import nn

        class Critic(nn.Module):
            def __init__(self, width, outputs=1):
                super().__init__()
                self.body = nn.Sequential(nn.Linear(8, width), nn.ReLU())
                self.value = nn.Linear(width, outputs)

            def forward(self, x):
                return self.value(self.body(x))
        # file: train.py
        from torch import nn
        from critic import Critic

        critic = Critic(64)
        criterion = nn.CrossEntropyLoss()

        def step(batch, target):
            return criterion(critic(batch), target.float().unsqueeze(1))  # LL108
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.binary_cross_entropy_with_logits(head(hidden), target)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        scorer = nn.Linear(64, 1)

        def ranking_loss(candidates, chosen):
            # One score for each of the candidates [N, K, 64]: the candidates are the classes.
            scores = scorer(candidates).squeeze(-1)
            return F.cross_entropy(scores, chosen)
        """,
    ],
)

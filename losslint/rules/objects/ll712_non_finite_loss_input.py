"""NaN or infinities among what a loss is given.

## What it does
Reports losses that were called with a NaN or an infinity in one of their tensors. Only the runtime observer sees
values, so only it can report this. Scores, log-probabilities and their kind may hold minus infinity where a class is
masked out, and what has a margin may lie infinitely far beyond it.

## Why is this bad?
The loss becomes nan or infinite, and after one step of the optimiser so are the weights. What made it stands far from
where it is noticed: a logarithm of 0, a division by an empty count, a sample with a hole in it, an overflow in half
precision.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(2, 1)
features = torch.tensor([[1.0, 2.0], [3.0, float("nan")]])

def training_loss():
    return F.mse_loss(head(features), torch.zeros(2, 1))
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(2, 1)
features = torch.tensor([[1.0, 2.0], [3.0, 4.0]])

def training_loss():
    return F.mse_loss(head(features), torch.zeros(2, 1))
```

## Fix safety
Not fixed automatically: what has to change is where the value was made.

## References
- [torch.autograd.detect_anomaly](https://pytorch.org/docs/stable/autograd.html#anomaly-detection)
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

#: Losses that take minus infinity for a class that is out of the question.
MASKED_CLASSES = frozenset({"CrossEntropyLoss", "NLLLoss", "NLLLoss2d", "CTCLoss"})


#: Losses in which a score that is infinite can be on the right side of its margin, and cost nothing.
OF_MARGINS = frozenset(
    {"MultiMarginLoss", "MultiLabelMarginLoss", "MarginRankingLoss", "HingeEmbeddingLoss", "SoftMarginLoss"}
)


def masked(call: LossCall, name: str, meaning: Meaning) -> bool:
    """Whether infinities are all that is not finite, in an input that may have them."""
    if call.loss in OF_MARGINS and name != "weight":
        return meaning.bounds is not None
    if call.loss not in MASKED_CLASSES or name not in ("input", "log_probs") or meaning.bounds is None:
        return False
    low, high = meaning.bounds
    return low == -math.inf and high < math.inf


def check(call: LossCall) -> Iterator[Problem]:
    tensors = {**call.arguments, **{k: v for k, v in call.settings.items() if isinstance(v, Meaning)}}
    for name, meaning in tensors.items():
        if meaning.finite is not False or masked(call, name, meaning):
            continue
        maker = f", made by {meaning.made_by}," if meaning.made_by else ""
        when = f" at call {call.batch} of this line" if call.batch is not None else ""
        yield Problem(
            message=f"The {name} of {call.loss}{maker} holds NaN or infinite values{when}, and so will the gradients.",
            trail=meaning.trail,
            mend="Look for what made them, starting" if meaning.trail is not None else "",
        )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    observers="R",
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(2, 1)
        features = torch.tensor([[1.0, 2.0], [3.0, float("nan")]])
        F.mse_loss(head(features), torch.zeros(2, 1))  # LL712
        """,
        """
        # file: data.py
        import torch

        def normalised(counts):
            return counts / counts.sum(dim=1, keepdim=True)
        # file: train.py
        import torch
        from torch import nn
        from data import normalised

        net = nn.Linear(3, 2)
        criterion = nn.CrossEntropyLoss()
        counts = torch.tensor([[1.0, 2.0, 1.0], [0.0, 0.0, 0.0]])
        loss = criterion(net(normalised(counts)), torch.tensor([0, 1]))  # LL712
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(2, 3)
        forbidden = torch.tensor([[False, True, False], [False, False, True]])
        scores = head(torch.tensor([[1.0, 2.0], [3.0, 4.0]])).masked_fill(forbidden, float("-inf"))
        F.cross_entropy(scores, torch.tensor([0, 1]))
        """,
    ],
)

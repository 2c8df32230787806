"""A contrastive loss in which each sample is its own positive.

## What it does
Reports `CrossEntropyLoss` over the similarities of a batch with itself, `f @ f.T`, with `torch.arange(n)` as labels.

## Why is this bad?
The labels say that sample `i` belongs to sample `i`, and on the diagonal each sample is compared with itself: a
similarity of 1, the largest there is, whatever the network does. The loss is near 0 from the start and teaches
nothing. A contrastive loss compares two views of a sample, or leaves the diagonal out. Of the rows of a parameter there
is one view, and to push them apart is what is meant: nothing is reported there.

## Example
```python
import torch
import torch.nn.functional as F

def contrastive_loss(features, temperature=0.1):
    features = F.normalize(features, dim=1)
    similarities = features @ features.T / temperature
    return F.cross_entropy(similarities, torch.arange(len(features), device=features.device))
```

## Use instead
```python
import torch
import torch.nn.functional as F

def contrastive_loss(one, other, temperature=0.1):
    one, other = F.normalize(one, dim=1), F.normalize(other, dim=1)
    return F.cross_entropy(one @ other.T / temperature, torch.arange(len(one), device=one.device))
```

## Fix safety
Not fixed automatically: where the second view comes from is not in the loss.

## References
- [Representation Learning with Contrastive Predictive Coding](https://arxiv.org/abs/1807.03748)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall, Writing


def check(call: LossCall) -> Iterator[Problem]:
    trail = call.written.get(Writing.SELF_SIMILARITY)
    if trail is None or call.argument("target").made_by.rpartition(".")[2] != "arange":
        return
    yield Problem(
        message=(
            f"{call.loss} is given the similarities of a batch with itself, and torch.arange as labels: each sample is "
            "its own positive. Nothing is pulled together: the loss only pushes samples apart, and at a usual "
            "temperature (0.1) it is near 0 from the start. Compare two views of the samples."
        ),
        trail=trail,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=["CrossEntropyLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F

        def contrastive_loss(features, temperature=0.1):
            features = F.normalize(features, dim=1)
            similarities = features @ features.T / temperature
            return F.cross_entropy(similarities, torch.arange(len(features), device=features.device))  # LL504
        """,
        """
        # file: losses.py
        import torch
        from torch import nn

        class Contrastive(nn.Module):
            def __init__(self):
                super().__init__()
                self.criterion = nn.CrossEntropyLoss()

            def forward(self, z):
                scores = torch.matmul(z, z.t()) / 0.07
                labels = torch.arange(z.size(0), device=z.device)
                return self.criterion(scores, labels)  # LL504
        # file: train.py
        from losses import Contrastive

        criterion = Contrastive()

        def step(encoder, x):
            return criterion(encoder(x))
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F

        def contrastive_loss(one, other, temperature=0.1):
            one, other = F.normalize(one, dim=1), F.normalize(other, dim=1)
            return F.cross_entropy(one @ other.T / temperature, torch.arange(len(one), device=one.device))
        """,
        """
        import torch
        import torch.nn.functional as F

        def without_the_diagonal(features, positives):
            similarities = features @ features.T
            similarities.fill_diagonal_(-1e9)
            return F.cross_entropy(similarities, positives)
        """,
        """
        import torch
        import torch.nn.functional as F

        def left_out(features):
            n = len(features)
            similarities = (features @ features.T).masked_fill(torch.eye(n, dtype=torch.bool), -1e9)
            return F.cross_entropy(similarities, torch.arange(n).roll(n // 2))
        """,
    ],
)

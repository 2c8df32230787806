"""Labels of 0 and 1 given to a loss that tells them apart by their sign.

## What it does
Reports `CosineEmbeddingLoss`, `MarginRankingLoss`, `HingeEmbeddingLoss` and `SoftMarginLoss` whose targets are known
to be zeros and ones, or zeros.

## Why is this bad?
These losses take 1 and -1. A label of 0 is neither: in the cosine loss it costs nothing, in the ranking loss always
the margin, in the soft margin loss always 0.693, each without a gradient, and the hinge loss takes it for both sides
at once. So the model never learns from the negatives, in silence.

## Example
```python
import torch.nn.functional as F
from torch import nn

net = nn.Linear(64, 8)

def training_loss(one, other, names, other_names):
    same = (names == other_names).float()
    return F.cosine_embedding_loss(net(one), net(other), same)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

net = nn.Linear(64, 8)

def training_loss(one, other, names, other_names):
    same = (names == other_names).float()
    return F.cosine_embedding_loss(net(one), net(other), 2 * same - 1)
```

## Fix safety
Unsafe: it changes what is computed, which is the point.

## References
- [torch.nn.CosineEmbeddingLoss](https://pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html)
- [torch.nn.MarginRankingLoss](https://pytorch.org/docs/stable/generated/torch.nn.MarginRankingLoss.html)
- [torch.nn.HingeEmbeddingLoss](https://pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html)
- [torch.nn.SoftMarginLoss](https://pytorch.org/docs/stable/generated/torch.nn.SoftMarginLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import followed
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

#: What a label of 0 does in each of them.
COSTS = {
    "CosineEmbeddingLoss": "A 0 costs nothing and has no gradient",
    "MarginRankingLoss": "A 0 costs the margin, whatever the scores, and has no gradient",
    "HingeEmbeddingLoss": "A 0 is taken for both sides at once: below the margin it has no gradient",
    "SoftMarginLoss": "A 0 costs 0.693, whatever the score, and has no gradient",
}

#: Kinds whose values are 0 and 1.
ZEROS_AND_ONES = frozenset({Kind.BOOLEAN, Kind.ONE_HOT, Kind.MULTI_HOT})


def labels(target: Meaning) -> str:
    """What the targets are when 0 is known to be among them, in words; empty otherwise."""
    if target.kind is Kind.CONSTANT and target.bounds == (0.0, 0.0):
        return "0"
    if target.kind in ZEROS_AND_ONES and target.factor is None and target.bounds in (None, (0.0, 1.0)):
        return "0 and 1"
    if target.kind is Kind.CLASS_INDEX and target.reached and target.bounds == (0.0, 1.0):
        return "0 and 1"
    return ""


def check(call: LossCall) -> Iterator[Problem]:
    target = call.argument("target")
    values = labels(target)
    if not values:
        return
    yield Problem(
        message=f"The targets of {call.loss} are {values}, but have to be 1 and -1. {COSTS[call.loss]}.",
        trail=target.trail,
        mend="Map the labels made{at} to 1 and -1: 2 * target - 1",
        repair=followed(
            call, "target", ".float().mul(2).sub(1)" if target.dtype == "bool" else ".mul(2).sub(1)", agreed=True
        ),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=sorted(COSTS),
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        scorer = nn.Linear(64, 1)

        def training_loss(one, other, relevance, other_relevance):
            better = torch.gt(relevance, other_relevance).float()
            return F.margin_ranking_loss(scorer(one), scorer(other), better, margin=0.1)  # LL501
        """,
        """
        # file: data.py
        import torch

        def pairs(count):
            return torch.randint(0, 2, (count,))
        # file: train.py
        from torch import nn
        from data import pairs

        net = nn.Linear(64, 8)
        criterion = nn.CosineEmbeddingLoss()

        def step(one, other):
            same = pairs(32)
            return criterion(net(one), net(other), same)  # LL501
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        scorer = nn.Linear(64, 1)

        def training_loss(one, other, relevance, other_relevance):
            better = torch.where(relevance > other_relevance, 1.0, -1.0)
            pairs = F.margin_ranking_loss(scorer(one), scorer(other), better, margin=0.1)
            return pairs + F.margin_ranking_loss(scorer(one), scorer(other), torch.ones(32, 1))
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        net = nn.Linear(64, 8)

        def training_loss(one, other, names, other_names):
            same = (names == other_names).float()
            return F.cosine_embedding_loss(net(one), net(other), same * 2 - 1)
        """,
    ],
)

"""Cosine similarities used as scores without a temperature.

## What it does
Reports `CrossEntropyLoss` (or `F.cross_entropy`) that is given cosine similarities as they are, or scaled the wrong
way; and quotients of exponentials written by hand in which the same similarity is divided by the temperature on one
side of the line only.

## Why is this bad?
Cosine similarities lie between -1 and 1. Without a scale the softmax is nearly flat, whatever the model says: with 32
pairs the loss cannot fall below 2.488 (a guess has 3.466), and hard negatives count hardly more than easy ones.
Contrastive losses divide by a temperature of 0.01 to 0.5.

`exp(s / t) / (exp(s) + …)` is no share of a whole: with t = 0.07 and s near 1 it is in the hundreds of thousands, the
loss has no lower bound, and the negatives stop to matter.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

image_tower, text_tower = nn.Linear(64, 32), nn.Linear(64, 32)

def contrastive_loss(images, texts, labels):
    a = F.normalize(image_tower(images), dim=1)
    b = F.normalize(text_tower(texts), dim=1)
    return F.cross_entropy(a @ b.T, labels)
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

image_tower, text_tower = nn.Linear(64, 32), nn.Linear(64, 32)

def contrastive_loss(images, texts, labels, temperature=0.07):
    a = F.normalize(image_tower(images), dim=1)
    b = F.normalize(text_tower(texts), dim=1)
    return F.cross_entropy(a @ b.T / temperature, labels)
```

## Fix safety
Not fixed automatically: the temperature is for the author to choose.

## References
- [Oord et al.: Representation Learning with Contrastive Predictive Coding](https://arxiv.org/abs/1807.03748)
- [Radford et al.: Learning Transferable Visual Models From Natural Language Supervision](https://arxiv.org/abs/2103.00020)
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from losslint.rules.costs import class_count, cosine_floor, floor_of, unit
from losslint.rules.facts import negated, picks_at_target
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.floors import Curve
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall, OperationCall

#: A temperature of 0.67 or less was meant as one.
SCALED = 1.5


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    factor = 1.0 if given.factor is None else given.factor
    if given.kind is not Kind.COSINE or negated(given) or SCALED <= factor < math.inf:
        return
    if given.factor == 1 or picks_at_target(call):
        return  # divided by a temperature that is 1: somebody chose it
    if factor == math.inf:
        how, cost = "divided by 0", "They are infinite or nan"
    else:
        how = _how_scaled(factor)
        cost = _floor_sentence(class_count(given), factor, unit(call))
    yield Problem(
        message=f"{call.loss} is given cosine similarities, {how}. {cost}.",
        trail=given.trail,
        mend="Divide the similarities made{at} by a temperature (0.01 to 0.5)",
        floor=floor_of(Curve.COSINE, given, factor) if factor < math.inf else None,
    )


def _how_scaled(factor: float) -> str:
    if factor == 1:
        return "unscaled"
    if factor > 1:
        return f"scaled by {factor:g} only, a temperature of {1 / factor:.2g}"
    return f"multiplied by {factor:g}: a temperature divides"


def check_quotient(call: OperationCall) -> Iterator[Problem]:
    if call.operation == "contrastive quotient":
        yield Problem(
            message=f"The same similarity is scaled by a temperature on one side of this quotient, not {call.inner}. "
            "The quotient is no probability: its logarithm has no bound, and the other terms stop to matter.",
            mend="Scale it on both sides, or use F.cross_entropy over the scaled similarities",
        )


def _floor_sentence(classes: int | None, factor: float, of: str) -> str:
    if classes is None or classes < 2:
        return f"The loss cannot fall to 0 (with 32 pairs not below {cosine_floor(32, factor):.3f}{of})"
    return f"With {classes} classes or pairs this loss cannot fall below {cosine_floor(classes, factor):.3f}{of}"


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="SR",
    losses=["CrossEntropyLoss"],
    check_loss=check,
    check_operation=check_quotient,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        image_tower, text_tower = nn.Linear(64, 32), nn.Linear(64, 32)

        def contrastive_loss(images, texts, labels):
            a = F.normalize(image_tower(images), dim=1)
            b = F.normalize(text_tower(texts), dim=1)
            return F.cross_entropy(a @ b.T, labels)  # LL505
        """,
        """
        # file: towers.py
        import torch.nn.functional as F
        from torch import nn

        class Tower(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(64, 32)

            def forward(self, x):
                return F.normalize(self.fc(x), dim=-1)
        # file: train.py
        import torch
        from torch import nn
        from towers import Tower

        users, items = Tower(), Tower()
        criterion = nn.CrossEntropyLoss()

        def step(user, item, labels):
            similarity = torch.matmul(users(user), items(item).t()) * 0.1
            return criterion(similarity, labels)  # LL505
        """,
        """
        import torch
        import torch.nn.functional as F

        def contrast(query, positive, negatives, t):
            q_pos = F.cosine_similarity(query, positive, dim=-1)
            q_neg = F.cosine_similarity(query.unsqueeze(1), negatives, dim=-1)
            others = torch.exp(q_neg / t).sum(dim=1)
            share = torch.exp(q_pos / t) / (torch.exp(q_pos) + others)  # LL505
            return -torch.log(share).mean()
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F

        def contrast(query, positive, negatives, t):
            q_pos = F.cosine_similarity(query, positive, dim=-1)
            q_neg = F.cosine_similarity(query.unsqueeze(1), negatives, dim=-1)
            others = torch.exp(q_neg / t).sum(dim=1)
            share = torch.exp(q_pos / t) / (torch.exp(q_pos / t) + others)
            scaled = q_pos / t
            return -torch.log(share).mean() - torch.log(scaled.exp() / (scaled.exp() + others)).mean()
        """,
        """
        import torch

        def squash(x, t):
            return torch.exp(x / t) / (1 + torch.exp(x / t)) + torch.exp(-x) / (torch.exp(x) + torch.exp(-x))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        image_tower, text_tower = nn.Linear(64, 32), nn.Linear(64, 32)

        def contrastive_loss(images, texts, labels, temperature=0.07):
            a = F.normalize(image_tower(images), dim=1)
            b = F.normalize(text_tower(texts), dim=1)
            return F.cross_entropy(a @ b.T / temperature, labels)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        class Clip(nn.Module):
            def __init__(self):
                super().__init__()
                self.image, self.text = nn.Linear(64, 32), nn.Linear(64, 32)
                self.logit_scale = nn.Parameter(torch.tensor(2.65))

            def forward(self, images, texts):
                a, b = F.normalize(self.image(images), dim=1), F.normalize(self.text(texts), dim=1)
                return self.logit_scale.exp() * a @ b.T

        clip = Clip()

        def contrastive_loss(images, texts, labels):
            return F.cross_entropy(clip(images, texts), labels)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        image_tower, text_tower = nn.Linear(64, 32), nn.Linear(64, 32)

        class Contrast(nn.Module):
            def __init__(self, temperature=1.0):
                super().__init__()
                self.temperature = temperature

            def forward(self, first, second, labels):
                a, b = F.normalize(first, dim=1), F.normalize(second, dim=1)
                return F.cross_entropy(a @ b.T / self.temperature, labels)

        contrast = Contrast()

        def contrastive_loss(images, texts, labels):
            return contrast(image_tower(images), text_tower(texts), labels)
        """,
    ],
)

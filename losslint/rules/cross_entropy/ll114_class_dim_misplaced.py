"""Scores whose classes do not stand in dimension 1.

## What it does
Reports `CrossEntropyLoss` and `NLLLoss` that are given `[B, T, V]` scores with `[B, T]` labels, or scores with class
probabilities of the same shape that were normalised, or one-hot encoded, over another dimension than 1. Also scores
`[N, C, H, W]` that are flattened to `[-1, C]` as they are.

## Why is this bad?
The class dimension is the second one, whatever follows: `[B, V, T]` scores go with `[B, T]` labels. With the classes
last torch raises ("Expected target size [2, 5], got [2, 7]"), unless T happens to be V: then the softmax runs over
time, in silence. With class probabilities it is always silent. A `view(-1, C)` of `[N, C, H, W]` does not move the
classes: each of its rows holds scores of C neighbouring pixels for one class, and nothing complains.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

decoder = nn.Linear(64, 100)
hidden, tokens = torch.randn(8, 20, 64), torch.randint(0, 100, (8, 20))

def training_loss():
    return F.cross_entropy(decoder(hidden), tokens)
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

decoder = nn.Linear(64, 100)
hidden, tokens = torch.randn(8, 20, 64), torch.randint(0, 100, (8, 20))

def training_loss():
    return F.cross_entropy(decoder(hidden).transpose(1, 2), tokens)
```
Or flatten both: `scores.reshape(-1, 100)` with `tokens.reshape(-1)`. Of a map: `scores.movedim(1, -1).reshape(-1, C)`.

## Fix safety
Not fixed automatically: transposing and flattening are both possible.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import shapes_agree, sizes_agree, sizes_differ
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall, Writing


def classes_last_for_labels(given: Meaning, target: Meaning) -> bool:
    """Whether the sizes of the labels are those of the scores without the last one, and not without the second."""
    if given.shape is None or target.shape is None or given.rank is None or given.rank < 3:
        return False
    if target.rank != given.rank - 1:
        return False
    scores, labels = given.shape.sizes, target.shape.sizes
    fits_last = all(sizes_agree(a, b) for a, b in zip(scores[1:-1], labels[1:], strict=True))
    misfits = [sizes_differ(a, b) or _of_another_sort(a, b) for a, b in zip(scores[2:], labels[1:], strict=True)]
    return fits_last and any(misfits)


def _of_another_sort(one: object, other: object) -> bool:
    """A number of classes against a length that is only known by its symbol."""
    return isinstance(one, int) and isinstance(other, str)


def classes_last_for_probabilities(given: Meaning, target: Meaning) -> bool:
    """Whether the target's classes are known to stand elsewhere than in dimension 1 of three or more."""
    rank = target.rank
    if rank is None or rank < 3 or target.dim is None or target.kind not in (Kind.PROBABILITIES, Kind.ONE_HOT):
        return False
    return target.dim % rank > 1 and (given.rank == rank or shapes_agree(given.shape, target.shape))


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    if Writing.CLASSES_MIXED in call.written and target.kind not in (Kind.PROBABILITIES, Kind.ONE_HOT):
        yield Problem(
            message=(
                f"{call.loss} is given scores that were flattened to one row a position while their classes stood in "
                "dimension 1: each row mixes the scores of several positions, and torch says nothing."
            ),
            trail=call.written[Writing.CLASSES_MIXED],
            mend="Move the classes to the end first, as with .movedim(1, -1)",
        )
        return
    if classes_last_for_labels(given, target):
        cost = "It raises, or runs the softmax over the wrong dimension where the sizes happen to be equal."
    elif call.loss == "CrossEntropyLoss" and classes_last_for_probabilities(given, target):
        cost = "The softmax runs over dimension 1 while the target's classes stand in another one, in silence."
    else:
        return
    yield Problem(
        message=(
            f"{call.loss} wants the classes in dimension 1, but is given scores {given.shape} with a target "
            f"{target.shape}. {cost}"
        ),
        trail=given.trail,
        mend="Move the class dimension of the scores made{at} to the second place, or flatten them",
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=["CrossEntropyLoss", "NLLLoss", "NLLLoss2d"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        decoder = nn.Linear(64, 100)
        hidden, tokens = torch.randn(8, 20, 64), torch.randint(0, 100, (8, 20))

        def training_loss():
            return F.cross_entropy(decoder(hidden), tokens)  # LL114
        """,
        """
        # file: net.py
        from torch import nn

        class Tagger(nn.Module):
            def __init__(self):
                super().__init__()
                self.embedding = nn.Embedding(1000, 64)
                self.head = nn.Linear(64, 12)

            def forward(self, tokens):
                return self.head(self.embedding(tokens))
        # file: train.py
        import torch
        from torch import nn
        from net import Tagger

        tagger = Tagger()
        criterion = nn.CrossEntropyLoss()
        tokens, tags = torch.randint(0, 1000, (4, 30)), torch.randint(0, 12, (4, 30))
        loss = criterion(tagger(tokens), tags)  # LL114
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Conv2d(3, 21, 1)
        images, labels = torch.randn(2, 3, 8, 8), torch.randint(0, 21, (2, 8, 8))

        def training_loss():
            scores = net(images)
            return F.cross_entropy(scores.view(-1, 21), labels.view(-1))  # LL114
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        decoder = nn.Linear(64, 100)
        hidden, tokens = torch.randn(8, 20, 64), torch.randint(0, 100, (8, 20))

        def training_loss():
            return F.cross_entropy(decoder(hidden).transpose(1, 2), tokens)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        decoder = nn.Linear(64, 100)
        hidden, tokens = torch.randn(8, 20, 64), torch.randint(0, 100, (8, 20))

        def training_loss():
            return F.cross_entropy(decoder(hidden).reshape(-1, 100), tokens.reshape(-1))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Conv2d(3, 21, 1)
        image, mask = torch.randn(2, 3, 8, 8), torch.randint(0, 21, (2, 8, 8))

        def training_loss():
            return F.cross_entropy(net(image), mask)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Conv2d(3, 21, 1)
        images, labels = torch.randn(2, 3, 8, 8), torch.randint(0, 21, (2, 8, 8))

        def training_loss():
            scores = net(images)
            return F.cross_entropy(scores.movedim(1, -1).reshape(-1, 21), labels.view(-1))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Sequential(nn.Conv2d(3, 21, 1), nn.AdaptiveAvgPool2d(1))
        images, labels = torch.randn(2, 3, 8, 8), torch.randint(0, 21, (2,))

        def training_loss():
            # One position: there is nothing to mix.
            return F.cross_entropy(net(images).view(-1, 21), labels)
        """,
    ],
)

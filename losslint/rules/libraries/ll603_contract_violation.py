"""A loss that is given something else than the configuration says it takes.

## What it does
Reports a loss with a contract of your own, declared in the configuration, whose input or target is known to be of
another kind.

## Why is this bad?
A loss that losslint cannot read (of another package, compiled, or too dynamic) says nothing about what it takes. Where
you said it, giving it probabilities for logits, or one-hot labels for class indices, computes the wrong thing as it
does with torch's losses: as a rule in silence.

## Example
With this in pyproject.toml:
```toml
[tool.losslint.contracts.losses."mylib.FocalLoss"]
input = "logits"
target = "class-index"
```
```python
from mylib import FocalLoss
from torch import nn

head = nn.Linear(64, 10)
criterion = FocalLoss()

def training_loss(hidden, target):
    return criterion(head(hidden).softmax(dim=1), target)
```

## Use instead
```python
from mylib import FocalLoss
from torch import nn

head = nn.Linear(64, 10)
criterion = FocalLoss()

def training_loss(hidden, target):
    return criterion(head(hidden), target)
```

## Fix safety
Not fixed automatically: the call or the contract is wrong, and only you know which.

## References
- [Contracts of your own](https://github.com/losslint/losslint/blob/main/docs/contracts.md)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.contracts.declared import cannot_be
from losslint.rules.facts import stretched_on_purpose
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import PROBABILITY_KINDS
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    for name, word in call.declared.items():
        meaning = call.argument(name)
        if not cannot_be(word, meaning):
            continue
        if word == "logits" and meaning.kind in PROBABILITY_KINDS and stretched_on_purpose(meaning):
            continue
        yield Problem(
            message=(
                f"{call.loss} is given {meaning.kind.value} as its {name}, but takes {word}: so says its contract in "
                "the configuration."
            ),
            trail=meaning.trail,
        )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    observers="S",
    check_loss=check,
    bad=[
        """
        # file: losslint.toml
        [contracts.losses."mylib.FocalLoss"]
        input = "logits"
        target = "class-index"
        # file: train.py
        import torch.nn.functional as F
        from mylib import FocalLoss
        from torch import nn

        head = nn.Linear(64, 10)
        criterion = FocalLoss(gamma=2.0)

        def training_loss(hidden, target):
            wrong = criterion(head(hidden).softmax(dim=1), target)  # LL603
            return wrong + criterion(head(hidden), F.one_hot(target, 10))  # LL603
        """,
        """
        # file: losslint.toml
        [contracts.losses."losses.overlap"]
        input = "sigmoid-probabilities"

        [contracts.models."othernets.Segmenter"]
        returns = ["logits", "real"]
        # file: losses.py
        from compiled import fast_overlap

        def overlap(prediction, mask):
            return fast_overlap(prediction, mask)
        # file: train.py
        from losses import overlap
        from othernets import Segmenter

        net = Segmenter(classes=3)

        def training_loss(image, mask):
            scores, features = net(image)
            return overlap(scores, mask)  # LL603
        """,
    ],
    good=[
        """
        # file: losslint.toml
        [contracts.losses."mylib.FocalLoss"]
        input = "logits"
        target = "class-index"
        # file: train.py
        from mylib import FocalLoss
        from torch import nn

        head = nn.Linear(64, 10)
        criterion = FocalLoss(gamma=2.0)

        def training_loss(hidden, target):
            return criterion(head(hidden), target.argmax(dim=1))
        """,
        """
        from mylib import FocalLoss
        from torch import nn

        head = nn.Linear(64, 10)
        criterion = FocalLoss(gamma=2.0)  # nobody says what it takes

        def training_loss(hidden, target):
            return criterion(head(hidden).softmax(dim=1), target)
        """,
    ],
)

"""Raw scores given to a loss that wants log-probabilities.

## What it does
Reports `NLLLoss` (or `F.nll_loss`) that is given raw scores: the output of an affine layer, of a ReLU, of a tanh;
or the logarithm of what may be negative. skorch's `NeuralNetClassifier` takes that logarithm itself for its `NLLLoss`.

## Why is this bad?
The loss only picks the entry of the true class and negates it. Nothing normalises raw scores, so the loss is unbounded
below: raising every score lowers it for ever (a score of 1000 gives -1000), and no other class is ever pushed down.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.nll_loss(head(hidden), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target)
```

## Fix safety
Unsafe: `cross_entropy` in the place of `nll_loss` changes what is computed, which is the point.

## References
- [torch.nn.NLLLoss](https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import negated
from losslint.rules.logarithms import logarithm_of_any_sign
from losslint.rules.repairs import other_loss
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    source = logarithm_of_any_sign(given)
    if source is not None:
        yield Problem(
            message=(
                f"The input of {call.loss} is the logarithm of {source.kind.value}, but has to be that of "
                "probabilities. It is nan where a score is negative."
            ),
            trail=source.trail,
            mend="Take the logarithm of a softmax of the scores made",
        )
        return
    if given.kind is Kind.LOGITS:
        message = f"{call.loss} is given raw scores, but applies no log-softmax itself. The loss has no lower bound."
    elif given.kind in (Kind.TANH, Kind.COSINE):
        message = (
            f"{call.loss} is given {given.kind.value}, but wants log-probabilities. Nothing normalises them over the "
            "classes: all of them at their largest gives the lowest loss."
        )
    elif given.kind is Kind.NON_NEGATIVE and not negated(given):
        message = (
            f"{call.loss} is given {given.kind.value}, but wants log-probabilities, which are never above 0. "
            "The loss has no lower bound."
        )
    else:
        return
    yield Problem(
        message=message,
        trail=given.trail,
        mend="Use cross-entropy, or apply log_softmax to the scores made",
        repair=other_loss(call, "CrossEntropyLoss") if given.kind is Kind.LOGITS else None,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["NLLLoss", "NLLLoss2d"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.nll_loss(head(hidden), target)  # LL106
        """,
        """
        # file: models.py
        import torch.nn.functional as F
        from torch import nn

        class CNNMnist(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(320, 10)

            def forward(self, x):
                return F.log_softmax(self.fc(x), dim=1)

        class CNNFashion(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(1568, 10)

            def forward(self, x):
                return self.fc(x.view(x.size(0), -1))
        # file: main.py
        import argparse
        from torch import nn
        from models import CNNFashion, CNNMnist

        args = argparse.ArgumentParser().parse_args()
        if args.dataset == "mnist":
            model = CNNMnist()
        elif args.dataset == "fashion":
            model = CNNFashion()
        criterion = nn.NLLLoss()

        def step(images, labels):
            return criterion(model(images), labels)  # LL106
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            scores = head(hidden)
            return F.nll_loss(F.log_softmax(scores, dim=1), target)
        """,
        """
        from skorch import NeuralNetClassifier
        from torch import nn

        class NLLLoss(nn.Module):
            def forward(self, scores, target):
                return nn.functional.cross_entropy(scores, target)

        head = nn.Linear(64, 10)
        criterion = NLLLoss()

        def training_loss(hidden, target):
            return criterion(head(hidden), target)
        """,
    ],
)

"""A softmax applied to what are probabilities already.

## What it does
Reports a loss one of whose arguments is the softmax or log-softmax of the output of another softmax or sigmoid,
or whose target is the softmax of one-hot labels as they are.

## Why is this bad?
Probabilities lie between 0 and 1, so the second softmax sees scores that hardly differ: over `C` classes it can give
no class more than `e / (e + C - 1)`, 0.232 with 10 classes, however sure the model is. A cross-entropy then keeps a
floor of `ln(1 + (C - 1) / e)`, and a divergence compares two nearly uniform distributions. Helpers that are made for
scores (`softmax_kl_loss(student_logits, teacher_logits)`) are the usual way to it.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def softmax_kl_loss(student_logits, teacher_logits):
    return F.kl_div(
        F.log_softmax(student_logits, dim=1), F.softmax(teacher_logits, dim=1), reduction="batchmean"
    )

def consistency(hidden, teacher_logits):
    return softmax_kl_loss(head(hidden).softmax(dim=1), teacher_logits)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def softmax_kl_loss(student_logits, teacher_logits):
    return F.kl_div(
        F.log_softmax(student_logits, dim=1), F.softmax(teacher_logits, dim=1), reduction="batchmean"
    )

def consistency(hidden, teacher_logits):
    return softmax_kl_loss(head(hidden), teacher_logits)
```

## Fix safety
Unsafe: removing the inner softmax or sigmoid changes what is computed, which is the point. No fix is offered when its
probabilities are used elsewhere too.

## References
- [torch.nn.functional.softmax](https://pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html)
- [torch.nn.KLDivLoss](https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.costs import class_count, most_after_softmax, outcome_count, with_classes
from losslint.rules.facts import stretched_on_purpose
from losslint.rules.repairs import without_inner_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

#: Losses that take the second dimension for the classes.
OF_CLASSES = frozenset({"CrossEntropyLoss", "NLLLoss"})

NORMALISED = frozenset({Kind.PROBABILITIES, Kind.LOG_PROBABILITIES})


def is_doubled(meaning: Meaning) -> bool:
    """Whether a softmax was applied to probabilities that nobody stretched for it."""
    source = meaning.source
    return (
        meaning.kind in NORMALISED
        and source is not None
        and source.kind in PROBABILITY_KINDS
        and not stretched_on_purpose(source)
    )


def is_of_labels(meaning: Meaning) -> bool:
    """Whether a softmax was applied to one-hot labels as they are; scaled ones may be smoothed on purpose."""
    source = meaning.source
    one_hot = source is not None and source.kind is Kind.ONE_HOT and source.factor is None
    return meaning.kind in NORMALISED and one_hot


def _most(call: LossCall, given: Meaning) -> tuple[str, float]:
    """For how many classes, in words, and what the surest of them is given at most."""
    classes = outcome_count(given)
    if classes is None and given.dim == 1 and call.loss in OF_CLASSES:
        # Of `[…, C]` scores: what the loss takes for the classes is what the softmax went along.
        classes = class_count(given)
    count, with_them = with_classes(classes)
    return with_them, most_after_softmax(count)


def check(call: LossCall) -> Iterator[Problem]:
    for name, given in call.arguments.items():
        source = given.source
        if source is None:
            continue
        outer = "softmax" if given.kind is Kind.PROBABILITIES else "log-softmax"
        with_them, most = _most(call, given)
        if name == "target" and is_of_labels(given):
            yield Problem(
                message=(
                    f"The target of {call.loss} is the {outer} of one-hot labels, which are a distribution already. "
                    f"{with_them} it gives the label no more than {most:.3f}."
                ),
                trail=given.trail,
                mend=f"Remove the {outer}",
            )
        if not is_doubled(given):
            continue
        what = "a softmax" if source.kind is Kind.PROBABILITIES else "a sigmoid"
        yield Problem(
            message=(
                f"The {name} of {call.loss} is the {outer} of what came out of {what} before. {with_them} it "
                f"gives no class more than {most:.3f}, however sure the model is."
            ),
            trail=source.trail,
            mend=f"Remove {what}",
            repair=without_inner_activation(source, what.removeprefix("a ")),
        )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            probabilities = F.softmax(head(hidden), dim=1)
            return F.nll_loss(F.log_softmax(probabilities, dim=1), target)  # LL307
        """,
        """
        # file: losses.py
        import torch.nn.functional as F

        def softmax_kl_loss(student_logits, teacher_logits):
            log_p = F.log_softmax(student_logits, dim=1)
            q = F.softmax(teacher_logits, dim=1)
            return F.kl_div(log_p, q, reduction="none")  # LL307
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.head = nn.Linear(64, 10)

            def forward(self, x):
                return self.head(x).softmax(dim=1)
        # file: train.py
        from losses import softmax_kl_loss
        from net import Net

        student = Net()

        def step(x, teacher_logits):
            return softmax_kl_loss(student(x), teacher_logits).mean()
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def softmax_kl_loss(student_logits, teacher_logits):
            return F.kl_div(
                F.log_softmax(student_logits, dim=1), F.softmax(teacher_logits, dim=1), reduction="batchmean"
            )

        def consistency(hidden, teacher_logits):
            return softmax_kl_loss(head(hidden), teacher_logits)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def sharpened(hidden, target):
            probabilities = F.softmax(head(hidden), dim=1)
            return F.nll_loss(F.log_softmax(probabilities / 0.1, dim=1), target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        gate, head = nn.Linear(64, 64), nn.Linear(64, 10)

        def gated(hidden, target):
            return F.nll_loss(F.log_softmax(head(hidden * torch.sigmoid(gate(hidden))), dim=1), target)
        """,
    ],
)

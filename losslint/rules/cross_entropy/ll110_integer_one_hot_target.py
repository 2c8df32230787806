"""One-hot labels in an integer dtype.

## What it does
Reports cross-entropies and `NLLLoss` whose target is one-hot, or of the shape of the scores, in an integer or
boolean dtype.

## Why is this bad?
A target of the shape of the scores is read as class probabilities, which have to be floating-point: integers raise a
RuntimeError ("Expected floating point type for target with class probabilities, got Long"). `F.one_hot` returns
`int64`. `NLLLoss` takes no one-hot target of any dtype.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), F.one_hot(target, 10))
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target)
```
Where only one-hot labels are at hand, give `labels.argmax(dim=1)`; where probabilities are meant, `labels.float()`.

## Fix safety
Unsafe: the program raised before and computes a loss afterwards.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
- [torch.nn.functional.one_hot](https://pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import shapes_agree, shown_dtype, sizes_agree
from losslint.rules.repairs import followed
from losslint.rules.rule import rule
from losslint.rules.scores import TAKES_PROBABILITIES, scores
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    given, target = scores(call), call.argument("target")
    one_hot = target.kind is Kind.ONE_HOT or (
        target.kind is Kind.BOOLEAN
        and (target.made_by == "one_hot" or (target.made_by == "scatter" and (target.rank or 0) > 1))
    )
    if one_hot and not target.is_floating and _may_be_indices(given, target):
        return
    if call.loss not in TAKES_PROBABILITIES and one_hot:
        yield Problem(
            message=f"{call.loss} is given one-hot labels, but wants class indices: torch raises.",
            trail=target.trail,
            mend="Give the class indices instead of the one-hot labels made",
            repair=followed(call, "target", ".argmax(-1)", agreed=True) if _classes_last(target) else None,
        )
    elif call.loss not in TAKES_PROBABILITIES:
        if target.is_integral and _of_the_scores(given, target):
            yield Problem(
                message=(
                    f"{call.loss} is given a target of the shape of the scores, {target.shape}, but wants class "
                    "indices, which have one dimension less: torch raises."
                ),
                trail=target.trail,
                mend="Give class indices, the argmax over the classes of the target made",
            )
    elif target.is_integral and (one_hot or _of_the_scores(given, target)):
        what = "one-hot labels" if one_hot else f"a target of the shape of the scores, {target.shape},"
        yield Problem(
            message=(
                f"{call.loss} is given {what} of dtype {shown_dtype(target)}. A target of that shape has to be "
                "floating-point: torch raises."
            ),
            trail=target.trail,
            mend="Give class indices (argmax over the classes), or add .float() to the labels made",
            repair=followed(call, "target", ".argmax(-1)" if _classes_last(target) else ".float()", agreed=True),
        )


def _may_be_indices(given: Meaning, target: Meaning) -> bool:
    """Whether zeros and ones may be the indices of two classes, one for each place: a loss over [N, 2, K] scores takes
    the K labels of a sample, each on its own. What does not fit as indices either, another rule tells."""
    if target.rank is not None and (given.rank is not None or target.rank == 1):
        return given.rank is None or target.rank < given.rank
    if target.shape is None and target.kind is Kind.BOOLEAN:
        return True  # one class of the labels, which was picked: `labels[:, 0]`
    if given.rank is None:
        return given.shape is None and given.kind is not Kind.UNKNOWN  # rearranged, nobody knows how
    classes, last = given.size(1), target.size(-1)
    if sizes_agree(classes, last):
        return given.rank > 2 and sizes_agree(given.size(-1), last)
    return classes in (2, None)


def _of_the_scores(given: Meaning, target: Meaning) -> bool:
    """Whether a target has the shape of the scores, as far as it is known: both are matrices, and not of one column."""
    if shapes_agree(given.shape, target.shape):
        return True
    return given.rank == target.rank == 2 and target.shape is not None and target.shape.sizes[1] is None


def _classes_last(target: Meaning) -> bool:
    """Whether labels are as `F.one_hot` makes them, with the classes in the last dimension."""
    return target.made_by == "one_hot" and target.rank in (2, None)


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["AdaptiveLogSoftmaxWithLoss", "CrossEntropyLoss", "LinearCrossEntropyLoss", "NLLLoss", "NLLLoss2d"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(head(hidden), F.one_hot(target, 10))  # LL110
        """,
        """
        # file: labels.py
        import torch.nn.functional as F

        def encode(target, classes):
            return F.one_hot(target, num_classes=classes)
        # file: train.py
        from torch import nn
        from labels import encode

        model = nn.Linear(64, 10)
        criterion = nn.CrossEntropyLoss()

        def step(x, y):
            return criterion(model(x), encode(y, 10).bool())  # LL110
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            one_hot = F.one_hot(target, 10)
            loss = F.cross_entropy(head(hidden), one_hot.argmax(dim=1))
            return loss, one_hot
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def dice_and_cross_entropy(hidden, target):
            scores = head(hidden)
            overlap = (F.softmax(scores, dim=1) * F.one_hot(target, 10)).sum(dim=1)
            return F.cross_entropy(scores, target) + 1 - overlap.mean()
        """,
    ],
)

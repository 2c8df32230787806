"""A Kullback-Leibler divergence that is averaged over the classes too.

## What it does
Reports `KLDivLoss` (or `F.kl_div`) with its default reduction, "mean".

## Why is this bad?
"mean" divides by the number of all elements, batch and classes: with 10 classes the result is a tenth of the
divergence, with 1000 a thousandth, and a weight beside another loss means something else for every class count. torch
itself warns of it. "batchmean" divides by the batch alone and is the divergence.

## Example
```python
import torch.nn.functional as F
from torch import nn

student = nn.Linear(64, 10)

def distillation_loss(x, teacher_scores):
    return F.kl_div(F.log_softmax(student(x), dim=1), F.softmax(teacher_scores, dim=1))
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

student = nn.Linear(64, 10)

def distillation_loss(x, teacher_scores):
    return F.kl_div(F.log_softmax(student(x), dim=1), F.softmax(teacher_scores, dim=1), reduction="batchmean")
```
With sequences, `[B, T, C]`, and maps, `[N, C, H, W]`, "batchmean" divides by the first dimension only: move the
classes to the end and flatten to `[B * T, C]` for a mean over the steps; of those a reduction of "mean" that is written
out is left alone. There is no fix where there are more than two dimensions, or nobody knows how many, nor where the
result is multiplied by the batch size: of "batchmean" that is the sum. Of a single distribution, `[C]`, "batchmean"
divides by the classes too, as that is its first dimension: write "sum".

## Fix safety
Unsafe: the loss grows by the class count, and weights that were tuned against it have to follow.

## References
- [torch.nn.KLDivLoss](https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.costs import outcome_count
from losslint.rules.facts import reduction
from losslint.rules.repairs import settings
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall, Writing
from losslint.vocabulary.repairs import Applicability, Repair

#: What a distribution over classes is written as.
DISTRIBUTIONS = frozenset({Kind.LOG_PROBABILITIES}) | PROBABILITY_KINDS

#: What to do about a matrix, and where nobody knows whether it is one.
MATRIX = 'Write reduction="batchmean"'
DENSE = f"{MATRIX}, of predictions [N, C]: flatten sequences and maps to [N * positions, C] first"


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    if reduction(call) != "mean" or not {given.kind, target.kind} & DISTRIBUTIONS:
        return
    if Writing.TIMES_CLASSES in call.written:
        return  # that makes the divergence of it again
    if any(isinstance(call.setting(name), str) for name in ("size_average", "reduce")):
        return  # a reduction in the wrong place is mended first
    along = _stand_at(given) if given.dim is not None else _stand_at(target)
    rank = max(given.rank or 0, target.rank or 0)
    if rank == 1 and along is None:
        return  # the mean over one number a sample
    if along == 0 and Writing.TIMES_SAMPLES in call.written:
        return  # the first dimension, which it is multiplied by, has the classes
    if rank > 2 and call.setting("reduction") is not None:
        return  # somebody chose the mean over all positions, and no other reduction gives it
    classes = outcome_count(given) or outcome_count(target)
    if classes == 1:
        return  # LL116 speaks of that
    share = f"With {classes} classes the result is 1/{classes} of it" if classes else "The result is a fraction of it"
    message = f"The reduction of {call.loss} is 'mean', which divides the divergence by the class count too. {share}."
    if along == 0:
        # "batchmean" divides by the first dimension: of a row by the classes again.
        repair = _reduced(call, "sum") if rank == 1 else None
        yield Problem(message=message, mend=_of_classes_first(rank), repair=repair)
        return
    if rank > 2:
        # "batchmean" of a map is the sum over its pixels: no other reduction alone gives the mean of what is meant.
        yield Problem(message=message, mend='Flatten both to [N * positions, C], and write reduction="batchmean"')
        return
    if Writing.TIMES_SAMPLES in call.written:
        # Of "batchmean" that would make the sum over the batch.
        yield Problem(
            message=message,
            trail=call.written[Writing.TIMES_SAMPLES],
            mend='Write reduction="batchmean" and take away the factor of the batch size{at}',
        )
        return
    known = given.rank is not None or target.rank is not None
    yield Problem(
        message=message,
        mend=MATRIX if known else DENSE,
        # Of sequences and maps "batchmean" would be the sum over all positions.
        repair=_reduced(call, "batchmean") if known else None,
    )


def _stand_at(distribution: Meaning) -> int | None:
    """The dimension that has the classes, counted from the front where that is known."""
    dim, rank = distribution.dim, distribution.rank
    return dim % rank if dim is not None and rank else dim


def _of_classes_first(rank: int) -> str:
    """What to do where the first dimension has the classes; a rank of 0 is one that nobody knows."""
    if rank > 1:
        return 'Move the classes to the end, flatten both to [N * positions, C], and write reduction="batchmean"'
    return 'Write reduction="sum"' + ("" if rank == 1 else ", of a single distribution [C]")


def _reduced(call: LossCall, reduction: str) -> Repair:
    written = f'reduction="{reduction}"'
    applicability = Applicability.UNSAFE
    return settings(call, "size_average", "reduce", written, applicability=applicability, message=f"Write {written}")


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    fix="unsafe",
    losses=["KLDivLoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(images, teacher_scores):
            scores = student(images.reshape(-1, 64))
            return F.kl_div(F.log_softmax(scores, dim=1), F.softmax(teacher_scores, dim=1))  # LL304
        """,
        """
        # file: losses.py
        import torch.nn.functional as F
        from torch import nn

        class Distillation(nn.Module):
            def __init__(self):
                super().__init__()
                self.kl = nn.KLDivLoss()

            def forward(self, student, teacher):
                return self.kl(F.log_softmax(student, dim=1), F.softmax(teacher, dim=1))  # LL304
        # file: train.py
        from torch import nn
        from losses import Distillation

        net = nn.Linear(64, 10)
        criterion = Distillation()

        def step(x, teacher_scores):
            return criterion(net(x), teacher_scores)
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_scores):
            return F.kl_div(F.log_softmax(student(x), dim=1), F.softmax(teacher_scores, dim=1), reduction="batchmean")
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_scores):
            losses = F.kl_div(F.log_softmax(student(x), dim=1), F.softmax(teacher_scores, dim=1), reduction="none")
            return losses.sum(dim=1).mean()
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Conv2d(3, 10, 1)

        def mean_over_pixels(x, teacher_scores):
            scores, wanted = student(x), teacher_scores
            return F.kl_div(F.log_softmax(scores, dim=1), F.softmax(wanted, dim=1), reduction="mean")

        def pixelwise_loss(x, teacher_scores):
            scores = student(x).permute(0, 2, 3, 1).reshape(-1, 10)
            wanted = teacher_scores.permute(0, 2, 3, 1).reshape(-1, 10)
            return F.kl_div(F.log_softmax(scores, dim=1), F.softmax(wanted, dim=1), reduction="batchmean")
        """,
    ],
)

"""Raw scores given as the input of a Kullback-Leibler divergence.

## What it does
Reports `KLDivLoss` (or `F.kl_div`) whose first argument is raw scores (the output of an affine layer or of a tanh, or
cosine similarities), or the logarithm of such scores.

## Why is this bad?
The first argument has to be log-probabilities. Raw scores are not normalised: raising all of them lowers the loss, so
it has no lower bound, and it says nothing of how far apart the distributions are.

## Example
```python
import torch.nn.functional as F
from torch import nn

student = nn.Linear(64, 10)

def distillation_loss(x, teacher_scores):
    return F.kl_div(student(x), F.softmax(teacher_scores, dim=1), reduction="batchmean")
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

student = nn.Linear(64, 10)

def distillation_loss(x, teacher_scores):
    log_p = F.log_softmax(student(x), dim=1)
    return F.kl_div(log_p, F.softmax(teacher_scores, dim=1), reduction="batchmean")
```

## Fix safety
Unsafe: adding log_softmax changes what is computed, which is the point. It runs over the dimension of the target's
softmax. No fix is offered when another caller gives log-probabilities at the same call.

## References
- [torch.nn.KLDivLoss](https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.logarithms import logarithm_of_any_sign
from losslint.rules.repairs import followed
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall


def over(call: LossCall, given: Meaning) -> int | None:
    """The dimension to normalise over: the one that the target was, or the features of a matrix."""
    target = call.argument("target")
    if target.dim is not None:
        return target.dim
    last_known = given.shape is not None and given.shape.open and given.size(-1) is not None
    return -1 if given.rank == 2 or last_known else None


def _is_of_one_class(call: LossCall, given: Meaning) -> bool:
    """Whether there is a single score where a distribution has its classes: maps of one channel."""
    target = call.argument("target")
    if target.dim is not None:
        return given.size(target.dim) == 1
    return given.rank is not None and given.rank > 1 and given.size(1) == 1


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    source, dim = logarithm_of_any_sign(given), over(call, given)
    if source is not None:
        yield Problem(
            message=(
                f"The input of {call.loss} is the logarithm of {source.kind.value}, but has to be that of a "
                "distribution. It is nan where a score is negative."
            ),
            trail=source.trail,
            mend="Apply log_softmax to the scores made",
            repair=followed(call, "input", f".log_softmax(dim={dim})", agreed=True, instead_of="log")
            if dim is not None
            else None,
        )
        return
    if given.kind is Kind.LOGITS:
        what, cost = "raw scores", "The loss has no lower bound"
    elif given.kind in (Kind.TANH, Kind.COSINE):
        what, cost = given.kind.value, "The loss is smallest where all of them are largest"
    else:
        return
    mend, repair = "Apply log_softmax to the scores made", None
    if _is_of_one_class(call, given):
        mend = "Compare sigmoids of the scores made{at}, with BCELoss or MSELoss: a log_softmax of one class is 0"
    elif dim is not None:
        repair = followed(call, "input", f".log_softmax(dim={dim})", agreed=True)
    yield Problem(
        message=f"The input of {call.loss} is {what}, but has to be log-probabilities. {cost}.",
        trail=given.trail,
        mend=mend,
        repair=repair,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["KLDivLoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        encoder = nn.Linear(64, 10)

        def kl(source, target):
            return F.kl_div(source.log(), target, reduction="batchmean")  # LL302

        def transfer_loss(x, y):
            return kl(encoder(x), y.softmax(dim=1))
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_scores):
            return F.kl_div(student(x), F.softmax(teacher_scores, dim=1), reduction="batchmean")  # LL302
        """,
        """
        # file: projector.py
        from torch import nn

        class Projector(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32))

            def forward(self, x):
                return self.layers(x)
        # file: train.py
        import torch.nn.functional as F
        from torch import nn
        from projector import Projector

        projector = Projector()
        criterion = nn.KLDivLoss(reduction="batchmean")

        def align(student, teacher):
            return criterion(projector(student), F.softmax(teacher, dim=-1))  # LL302
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        encoder = nn.Linear(64, 10)

        def kl(source, target):
            return F.kl_div(source.log(), target, reduction="batchmean")

        def transfer_loss(x, y):
            return kl(encoder(x).softmax(dim=1).clamp(min=1e-6), y.softmax(dim=1))
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_scores, temperature=4.0):
            log_p = F.log_softmax(student(x) / temperature, dim=1)
            q = F.softmax(teacher_scores / temperature, dim=1)
            return F.kl_div(log_p, q, reduction="batchmean") * temperature**2
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        student = nn.Linear(64, 10)

        def distillation_loss(x, teacher_probabilities):
            scores = student(x)
            return F.kl_div(scores - scores.logsumexp(1, keepdim=True), teacher_probabilities, reduction="batchmean")
        """,
    ],
)

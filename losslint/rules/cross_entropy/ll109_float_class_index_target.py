"""A float target that is no class probabilities, or class indices of a dtype that torch refuses.

## What it does
Reports cross-entropies, `NLLLoss`, `MultiMarginLoss` and `AdaptiveLogSoftmaxWithLoss` whose target is known to be
floating-point and not to be class probabilities (class indices that were cast, raw scores of a teacher, their
log-softmax), or to be of a dtype that class indices cannot have: `int32`, `int16`, `int8`, `bool`.

## Why is this bad?
Class indices have to be `int64` (or `uint8`); another target raises a RuntimeError ("expected target dtype to be Long
or Byte, but got Float", or "but got Int"). Worse, when the scores were squeezed to `[N]`, a float target of the same
shape is read as class probabilities of a single sample: a softmax runs over the batch, in silence. So are raw scores
of the shape of the input: where they are negative the loss has no lower bound, and it falls as the student grows wrong.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, annotations):
    target = annotations.argmax(dim=1).float()
    return F.cross_entropy(head(hidden), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, annotations):
    target = annotations.argmax(dim=1)
    return F.cross_entropy(head(hidden), target)
```
Soft targets are `F.softmax(teacher_scores, dim=1)`. For a binary head squeezed to `[N]` use
`F.binary_cross_entropy_with_logits`, which wants the float target.

## Fix safety
Unsafe: the cast to `int64` changes what is computed where it did not raise before.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import shown_dtype, sizes_differ, unfinished
from losslint.rules.repairs import followed
from losslint.rules.rule import rule
from losslint.rules.scores import TAKES_PROBABILITIES, scores
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

#: The integers that class indices can be.
ACCEPTED = {
    **dict.fromkeys(("CrossEntropyLoss", "LinearCrossEntropyLoss", "NLLLoss", "NLLLoss2d"), ("int64", "uint8")),
    "MultiMarginLoss": ("int64",),
    "AdaptiveLogSoftmaxWithLoss": ("int64", "int32"),
}

#: Targets that may be class probabilities.
DISTRIBUTIONS = frozenset({Kind.PROBABILITIES, Kind.ONE_HOT})


def over_the_batch(given: Meaning, target: Meaning) -> bool:
    """Whether scores and target are both `[N]`, N being the batch: one sample of N classes to the loss."""
    return given.rank == 1 and target.rank == 1 and not isinstance(given.size(0), int)


def is_too_small_for_probabilities(given: Meaning, target: Meaning) -> bool:
    """Whether the target has too few dimensions to be of the shape of the scores."""
    if given.shape is None or target.rank is None:
        return False
    if given.rank is not None:
        return target.rank < given.rank
    if target.rank < len(given.shape.sizes):
        return True
    # `[…, C]` scores and a `[N]` target: one sample's probabilities only if N is C.
    size, classes = target.size(0), given.size(-1)
    return target.rank == 1 and isinstance(classes, int) and (isinstance(size, str) or sizes_differ(size, classes))


def check(call: LossCall) -> Iterator[Problem]:
    given, target = scores(call), call.argument("target")
    if target.kind in DISTRIBUTIONS:
        return
    if target.is_integral and _is_refused(call, given, target):
        yield Problem(
            message=(
                f"{call.loss} is given class indices of dtype {shown_dtype(target)}: torch raises, they have to be "
                f"{' or '.join(ACCEPTED[call.loss])}."
            ),
            trail=target.trail,
            mend="Add .long() to the target made",
            repair=followed(call, "target", ".long()", agreed=True),
        )
    what = "" if target.is_integral else unfinished(target)
    if not target.is_floating and not what:
        return
    raises = f'torch raises "expected target dtype to be Long or Byte{_but_got(target)}".'
    mend = "Keep the class indices int64: drop the cast, or add .long() to the target made"
    if call.loss not in TAKES_PROBABILITIES:
        cost = f"The target is {what or shown_dtype(target)}, but {call.loss} wants int64 class indices: torch raises."
        if what:
            mend = f"Give it class indices, as an argmax over the classes makes of the {what} made"
    elif over_the_batch(given, target):
        cost = (
            f"The scores and the float target of {call.loss} are both one-dimensional. They are read as a single "
            "sample with the class probabilities, so the softmax runs over the batch, in silence."
        )
        mend = "Use BCEWithLogitsLoss for one score a sample, or [N, C] scores with the int64 class indices made"
    elif target.kind is Kind.CLASS_INDEX and not (target.rank is not None and target.rank == given.rank):
        cost = f"{call.loss} is given class indices as {shown_dtype(target)} numbers: {raises}"
    elif is_too_small_for_probabilities(given, target):
        cost = (
            f"{call.loss} is given {what or f'a {shown_dtype(target)} target'} {target.shape} for scores "
            f"{given.shape}: too few dimensions for class probabilities, so {raises}"
        )
    elif what:
        cost = (
            f"{call.loss} reads a float target as class probabilities, but this one is {what}: where they are negative "
            "the loss has no lower bound, in silence."
        )
        mend = (
            "Apply a softmax to the scores made"
            if target.kind is Kind.LOGITS
            else "Take the exponential of the log-probabilities made"
        )
    else:
        return
    # Labels that are no class indices, as far as is known, may be meant for another loss.
    cast = target.kind is Kind.CLASS_INDEX and mend.startswith("Keep")
    repair = followed(call, "target", ".long()", agreed=True) if cast else None
    yield Problem(message=cost, trail=target.trail, mend=mend, repair=repair)


def _is_refused(call: LossCall, given: Meaning, target: Meaning) -> bool:
    """Whether integers or booleans are class indices, of a dtype that the loss does not take for them."""
    if target.dtype == "int" or target.dtype in ACCEPTED[call.loss]:
        return False
    # A mask of the shape of the scores is one-hot, or labels of another sort of loss: of that LL110 speaks.
    return target.kind is Kind.CLASS_INDEX or (
        given.rank is not None and target.rank is not None and target.rank < given.rank
    )


def _but_got(target: Meaning) -> str:
    """What torch adds about the dtype, where it is known."""
    names = {"float16": "Half", "bfloat16": "BFloat16", "float32": "Float", "float64": "Double"}
    name = names.get(target.dtype or "")
    return f", but got {name}" if name is not None else ""


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=sorted(ACCEPTED),
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, annotations):
            target = annotations.argmax(dim=1).float()
            return F.cross_entropy(head(hidden), target)  # LL109
        """,
        """
        import torch
        from torch import nn

        model = nn.Linear(64, 10)
        criterion = nn.CrossEntropyLoss()
        x = torch.randn(32, 64)
        y = torch.zeros(32)
        loss = criterion(model(x), y)  # LL109
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(12, 5)
                self.log_softmax = nn.LogSoftmax(dim=1)

            def forward(self, x):
                return self.log_softmax(self.fc(x))
        # file: train.py
        import torch.nn.functional as F
        from net import Net

        net = Net()

        def step(x, y):
            return F.nll_loss(net(x), y.float())  # LL109
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, annotations):
            return F.cross_entropy(head(hidden), annotations.argmax(dim=1).int())  # LL109
        """,
        """
        # file: teacher.py
        from torch import nn

        class Teacher(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(64, 10)

            def forward(self, x):
                return self.fc(x)
        # file: distil.py
        import torch
        import torch.nn.functional as F
        from torch import nn
        from teacher import Teacher

        student, teacher = nn.Linear(64, 10), Teacher().eval()

        def distillation_loss(x):
            with torch.no_grad():
                soft_target = teacher(x)
            return F.cross_entropy(student(x), soft_target)  # LL109
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def distillation_loss(hidden, teacher_scores):
            return F.cross_entropy(head(hidden), F.softmax(teacher_scores, dim=1).float())
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def mixup_loss(hidden, target, permutation, share):
            one_hot = F.one_hot(target, 10).float()
            mixed = share * one_hot + (1 - share) * one_hot[permutation]
            return F.cross_entropy(head(hidden), mixed)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(head(hidden), target.float().long())
        """,
        """
        # The teacher returns probabilities.
        import torch
        import torch.nn.functional as F
        from torch import nn

        student, teacher = nn.Linear(64, 10), nn.Sequential(nn.Linear(64, 10), nn.Softmax(dim=1))

        def distillation_loss(x):
            with torch.no_grad():
                soft_target = teacher(x)
            return F.cross_entropy(student(x), soft_target)
        """,
    ],
)

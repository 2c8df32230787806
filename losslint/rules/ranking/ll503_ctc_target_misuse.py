"""Targets or lengths that CTCLoss reads as something else.

## What it does
Reports `CTCLoss` with the blank among the labels, with labels outside 0 … C - 1, with targets that are predictions,
with lengths that are floats, longer than what they are lengths of, or longer than the input can spell.

## Why is this bad?
The loss does not check labels: those that no class has are read from whatever lies beside the scores in memory, and a
blank among them spells something that cannot be read back. Lengths beyond the tensors and float ones raise; a target
longer than its input has no alignment, so that the loss is infinite (0 with `zero_infinity=True`, and nothing is
learnt).

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 29)

def training_loss(hidden, input_lengths, target_lengths):
    log_probs = F.log_softmax(head(hidden), dim=2)
    targets = torch.randint(0, 29, (16, 30))
    return F.ctc_loss(log_probs, targets, input_lengths, target_lengths)
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 29)

def training_loss(hidden, input_lengths, target_lengths):
    log_probs = F.log_softmax(head(hidden), dim=2)
    targets = torch.randint(1, 29, (16, 30))
    return F.ctc_loss(log_probs, targets, input_lengths, target_lengths)
```

## Fix safety
Not fixed automatically: the labels, the blank or the number of classes can be the wrong one.

## References
- [torch.nn.CTCLoss](https://pytorch.org/docs/stable/generated/torch.nn.CTCLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import number, shown_dtype, shown_range
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

LABELS = frozenset({Kind.CLASS_INDEX, Kind.CONSTANT, Kind.BOOLEAN})
PREDICTIONS = frozenset({Kind.LOGITS, Kind.TANH, *PROBABILITY_KINDS, *LOG_PROBABILITY_KINDS})

#: Operations that draw each label by itself, so that one of a row is like any other.
DRAWN = frozenset({"randint", "randint_like", "random_"})


def labels_that_count(call: LossCall) -> tuple[float, float] | None:
    """The least and the greatest label that are known to occur within the target lengths: rows are padded beyond."""
    targets, lengths = call.argument("targets"), call.argument("target_lengths")
    if targets.kind not in LABELS or targets.bounds is None:
        return None
    if not targets.reached and targets.kind is not Kind.CONSTANT:
        return None
    whole = targets.rank != 2 or targets.kind is Kind.CONSTANT or targets.made_by in DRAWN
    if not whole:
        shortest = lengths.bounds[0] if lengths.bounds is not None else None
        whole = shortest is not None and shortest == targets.size(1)
    return targets.bounds if whole else None


def wrong_labels(call: LossCall) -> str:
    """What is wrong with the labels; empty when nothing is known to be."""
    targets, classes = call.argument("targets"), call.argument("log_probs").size(-1)
    if targets.kind in PREDICTIONS:
        return f"The targets of {call.loss} are {targets.kind.value}, but have to be labels"
    ends = labels_that_count(call)
    if ends is None:
        return ""
    low, high = ends
    shown = shown_range(ends)
    if low < 0 or (isinstance(classes, int) and high >= classes):
        count = f" with {classes} classes" if isinstance(classes, int) else ""
        return f"The labels of {call.loss} are {shown}, which{count} are read from beside the scores, in silence"
    blank = number(call.setting("blank", 0))
    if blank is not None and blank in (low, high):
        return f"The labels of {call.loss} are {shown}, and {blank:g} is the blank, which cannot be among them"
    return ""


def wrong_length(call: LossCall) -> tuple[str, Meaning] | None:
    """What is wrong with the lengths, and with which; None when nothing is known to be."""
    scores, targets = call.argument("log_probs"), call.argument("targets")
    inputs, spelled = call.argument("input_lengths"), call.argument("target_lengths")
    for name, lengths in (("input_lengths", inputs), ("target_lengths", spelled)):
        if lengths.is_floating:
            return (
                f"The {name} of {call.loss} are of dtype {shown_dtype(lengths)}: torch wants integers and raises",
                lengths,
            )
    steps = scores.size(0) if scores.rank is not None else None
    width = targets.size(1) if targets.rank == 2 else None
    for lengths, most, of in ((inputs, steps, "steps in the input"), (spelled, width, "labels in a row")):
        longest = _longest(lengths)
        if longest is not None and isinstance(most, int) and longest > most:
            return f"{call.loss} is given a length of {longest:g}, but there are {most} {of}: torch raises", lengths
    needed, room = _shortest(spelled), _longest(inputs)
    if needed is not None and room is not None and needed > room:
        cost = "0 and has no gradient" if call.setting("zero_infinity") is True else "infinite"
        return f"No input of {room:g} steps spells a target of {needed:g} labels: {call.loss} is {cost}", spelled
    return None


def _longest(lengths: Meaning) -> float | None:
    """A length that is known to occur, and that none is known to be above."""
    known = lengths.bounds is not None and (lengths.reached or lengths.kind is Kind.CONSTANT)
    return lengths.bounds[1] if known and lengths.bounds is not None else None


def _shortest(lengths: Meaning) -> float | None:
    return lengths.bounds[0] if lengths.bounds is not None else None


def check(call: LossCall) -> Iterator[Problem]:
    labels = wrong_labels(call)
    if labels:
        yield Problem(
            message=f"{labels}.", trail=call.argument("targets").trail, mend="Mend the labels made{at}, or the blank"
        )
    length = wrong_length(call)
    if length is not None:
        message, lengths = length
        yield Problem(message=f"{message}.", trail=lengths.trail)


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=["CTCLoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 29)

        def training_loss(hidden, input_lengths):
            log_probs = F.log_softmax(head(hidden), dim=2)
            targets = torch.tensor([[3, 1, 29], [7, 7, 2]])
            return F.ctc_loss(log_probs, targets, input_lengths, torch.tensor([3, 3]))  # LL503
        """,
        """
        # file: net.py
        from torch import nn

        class Reader(nn.Module):
            def __init__(self, labels):
                super().__init__()
                self.fc = nn.Linear(64, labels)

            def forward(self, x):
                return self.fc(x).log_softmax(2)
        # file: test_reader.py
        import torch
        from torch import nn
        from net import Reader

        def test_step():
            net = Reader(20)
            criterion = nn.CTCLoss()
            x, y = torch.randn(50, 16, 64), torch.randint(0, 20, (16, 30))
            lengths = torch.full((16,), 50), torch.full((16,), 30)
            loss = criterion(net(x), y, *lengths)  # LL503
            loss.backward()
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 29)

        def training_loss(targets, target_lengths):
            log_probs = F.log_softmax(head(torch.randn(50, 16, 64)), dim=2)
            input_lengths = torch.full((16,), 64)
            return F.ctc_loss(log_probs, targets, input_lengths, target_lengths)  # LL503
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 29)

        def training_loss(hidden, input_lengths):
            log_probs = F.log_softmax(head(hidden), dim=2)
            padded = torch.tensor([[3, 1, 0], [7, 7, 2]])
            return F.ctc_loss(log_probs, padded, input_lengths, torch.tensor([2, 3]))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 29)

        def training_loss(target_lengths):
            log_probs = F.log_softmax(head(torch.randn(50, 16, 64)), dim=2)
            input_lengths = torch.full((16,), 50)
            last = torch.randint(0, 28, (16, 30))
            return F.ctc_loss(log_probs, last, input_lengths, target_lengths, blank=28)
        """,
    ],
)

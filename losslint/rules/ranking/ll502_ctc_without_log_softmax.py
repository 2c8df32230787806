"""Raw scores or probabilities given to CTCLoss.

## What it does
Reports `CTCLoss` and `F.ctc_loss` whose first argument is raw scores, probabilities or anything else but the output of
a log-softmax.

## Why is this bad?
The loss adds up what it is given as log-probabilities, and does not look at it. With raw scores or probabilities it
becomes negative and can be lowered without end by making all numbers larger, and its gradient, which takes for granted
that the input is normalised, points elsewhere. Nothing raises.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 29)

def training_loss(hidden, targets, input_lengths, target_lengths):
    return F.ctc_loss(head(hidden), targets, input_lengths, target_lengths)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 29)

def training_loss(hidden, targets, input_lengths, target_lengths):
    return F.ctc_loss(F.log_softmax(head(hidden), dim=2), targets, input_lengths, target_lengths)
```

## Fix safety
Unsafe: it changes what is computed, which is the point.

## References
- [torch.nn.CTCLoss](https://pytorch.org/docs/stable/generated/torch.nn.CTCLoss.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import followed, other_activation
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall
from losslint.vocabulary.repairs import Repair

#: What is given instead of log-probabilities, and what to do about it.
INSTEAD = {
    Kind.LOGITS: "Apply log_softmax over the labels to the scores made",
    Kind.PROBABILITIES: "Use log_softmax in place of the softmax",
    Kind.SIGMOID: "Use log_softmax over the labels in place of the sigmoid",
    Kind.LOG_SIGMOID: "Use log_softmax over the labels in place of the log-sigmoid",
    Kind.TANH: "Apply log_softmax over the labels to the outputs made",
    Kind.NON_NEGATIVE: "Apply log_softmax over the labels to the outputs made",
}


def over_another_dimension(call: LossCall) -> bool:
    """Whether a log-softmax ran over time or the batch: the labels are the last dimension."""
    given = call.argument("log_probs")
    if given.kind is not Kind.LOG_PROBABILITIES or given.dim is None:
        return False
    return given.dim in (0, -3) or (given.rank is not None and given.dim % given.rank != given.rank - 1)


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("log_probs")
    if given.kind is Kind.LOG_SIGMOID and given.dim is not None:
        return  # the columns of a sigmoid and of its complement are normalised
    if given.kind in INSTEAD:
        what = "values that are never negative" if given.kind is Kind.NON_NEGATIVE else given.kind.value
        yield Problem(
            message=f"{call.loss} is given {what}, but wants log-probabilities. It becomes negative, in silence.",
            trail=given.trail,
            mend=INSTEAD[given.kind],
            repair=_repair(call, given),
        )
    elif over_another_dimension(call):
        yield Problem(
            message=(
                f"{call.loss} is given a log-softmax over dimension {given.dim}, but the labels are the last dimension."
            ),
            trail=given.trail,
            mend="Run the log-softmax over the last dimension",
        )


def _repair(call: LossCall, given: Meaning) -> Repair | None:
    if given.kind is Kind.LOGITS:
        return followed(call, "log_probs", ".log_softmax(-1)", agreed=True)
    return other_activation(given, "softmax", "log_softmax") if given.kind is Kind.PROBABILITIES else None


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=["CTCLoss"],
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 29)

        def training_loss(hidden, targets, input_lengths, target_lengths):
            probabilities = F.softmax(head(hidden), dim=2)
            return F.ctc_loss(probabilities, targets, input_lengths, target_lengths)  # LL502
        """,
        """
        # file: net.py
        from torch import nn

        class Reader(nn.Module):
            def __init__(self, labels):
                super().__init__()
                self.rnn = nn.LSTM(32, 64, bidirectional=True)
                self.fc = nn.Linear(128, labels)

            def forward(self, x):
                states, _ = self.rnn(x)
                return self.fc(states)
        # file: train.py
        from torch import nn
        from net import Reader

        net = Reader(37)
        criterion = nn.CTCLoss(blank=36, zero_infinity=True)

        def step(x, targets, input_lengths, target_lengths):
            return criterion(net(x), targets, input_lengths, target_lengths)  # LL502
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 29)

        def training_loss(targets, input_lengths, target_lengths):
            scores = head(torch.randn(50, 16, 64))
            return F.ctc_loss(scores.log_softmax(dim=1), targets, input_lengths, target_lengths)  # LL502
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 29)

        def training_loss(hidden, targets, input_lengths, target_lengths):
            log_probs = F.log_softmax(head(hidden), dim=-1).permute(1, 0, 2)
            return F.ctc_loss(log_probs, targets, input_lengths, target_lengths)
        """,
        """
        # file: ctc.py
        from torch import nn

        class CTCLoss(nn.Module):
            def forward(self, scores, targets, input_lengths, target_lengths):
                log_probs = scores.log_softmax(2)
                return nn.functional.ctc_loss(log_probs, targets, input_lengths, target_lengths)
        # file: train.py
        from torch import nn
        from ctc import CTCLoss

        head = nn.Linear(64, 29)
        criterion = CTCLoss()

        def step(hidden, targets, input_lengths, target_lengths):
            return criterion(head(hidden), targets, input_lengths, target_lengths)
        """,
    ],
)

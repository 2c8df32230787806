"""Scores that were squeezed into a short interval, or cut off at zero, given to a cross-entropy.

## What it does
Reports `CrossEntropyLoss` (or `F.cross_entropy`) whose scores come straight from a tanh, a ReLU, a hardtanh or a clamp,
or are the complements of a softmax, `1 - p`, and `NLLLoss` whose log-softmax was applied to such scores. Also
`BCEWithLogitsLoss`, the cross-entropy of two classes, whose scores come straight from a tanh or a ReLU.

## Why is this bad?
The softmax needs room: with scores between -1 and 1 even a perfect prediction keeps a loss of
`ln(1 + (C - 1) / e^2)`, 0.797 with 10 classes and 4.914 with 1000. A ReLU, a hardtanh and a clamp also have no
gradient where they cut: when all scores of a sample are cut, it teaches nothing and the loss stays at `ln C`. Given to
`BCEWithLogitsLoss`, a tanh leaves 0.3133 for either label; after a ReLU no probability is below 0.5, and a label of 0
costs 0.6931 at least.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(torch.tanh(head(hidden)), target)
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target)
```
Where bounded scores are wanted, multiply them by a scale (10 or more), or divide them by a temperature. Nothing is said
of scores whose interval leaves the right class a probability of 95 %, a floor of 0.05.

## Fix safety
Not fixed automatically: the activation may be wanted, with a scale.

## References
- [torch.nn.CrossEntropyLoss](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from losslint.rules.costs import (
    NEGATIVE_FLOOR,
    bounded_floor,
    class_count,
    floor_of,
    positive_floor,
    unit,
    width_sentence,
)
from losslint.rules.facts import STRETCHED_ON_PURPOSE, is_only_read, is_rectified, lost, rectifier, shown_range, stretch
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.floors import Curve
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import COMPLEMENT, HIDDEN, Meaning
from losslint.vocabulary.observations import LossCall

#: An interval as wide as this leaves the softmax all the room it needs.
ROOMY = 2 * STRETCHED_ON_PURPOSE

#: A floor below this is no harm: it lets the right class have a probability of 95 %.
LEAST_FLOOR = 0.05

#: What cuts values off, and has no gradient there.
CUTTING = frozenset({"clamp", "clip", "clamp_min", "clamp_max", "hardtanh", "relu6"})


def width_of(given: Meaning) -> float:
    """How wide the interval is that the scores lie in; infinite where one side is open or not known."""
    if given.bounds is not None:
        return given.bounds[1] - given.bounds[0]
    return 2 * stretch(given) if given.kind is Kind.TANH else math.inf


def _of_labels(call: LossCall) -> Iterator[Problem]:
    """The problems of a binary cross-entropy: each label by itself has a floor."""
    given = call.argument("input")
    scale = stretch(given)
    if given.kind is Kind.TANH:
        cost = positive_floor(scale)
        if cost < LEAST_FLOOR:
            return
        what, maker = "tanh outputs", "tanh"
        floors = f"A perfect prediction still costs {cost:.4f} for either label{_before_weighting(call)}."
    elif given.kind is Kind.NON_NEGATIVE and given.factor is None and is_rectified(given):
        what, maker = rectifier(given)
        floors = (
            f"Scores below 0 are lost: its sigmoid gives no less than 0.5, a label of 0 costs {NEGATIVE_FLOOR:.4f} at "
            f"least{_before_weighting(call)}{lost(call, 'where a score is cut off there is no gradient')}."
        )
    else:
        return
    yield Problem(
        message=f"{call.loss} is given {what}, but wants raw scores. {floors}",
        trail=given.trail,
        mend=f"Remove the {maker}",
    )


def _before_weighting(call: LossCall) -> str:
    return " before weighting" if "weighting" in unit(call) else ""


def check(call: LossCall) -> Iterator[Problem]:
    if call.loss == "BCEWithLogitsLoss":
        yield from _of_labels(call)
        return
    given = call.argument("input")
    if call.loss == "NLLLoss":
        # The log-softmax stands outside of the loss: what it was applied to are the scores.
        if given.kind is not Kind.LOG_PROBABILITIES or given.source is None:
            return
        given = given.source.but(shape=given.shape)
    width = width_of(given)
    if width < ROOMY and not _costs(given, width) and not _is_cut_at_zero(given):
        return
    mend = ""
    cut = "where all scores of a sample are cut off"
    if given.kind is Kind.TANH and width < ROOMY:
        what, cost = "tanh outputs", f"{width_sentence(call, given, width)}."
    elif given.kind is Kind.CLAMPED and width < ROOMY and _is_cut(given):
        what, cost = (
            "clamped scores",
            f"{width_sentence(call, given, width)}{lost(call, f'{cut} there is no gradient')}.",
        )
    elif given.kind is Kind.CLAMPED and given.bounds is not None and width < ROOMY:
        what, cost = f"values {shown_range(given.bounds)}", f"{width_sentence(call, given, width)}."
        mend = "Give the loss raw scores, or multiply the values made{at} by a scale (10 or more)"
    elif given.kind is Kind.NON_NEGATIVE and is_rectified(given):
        flat = "," if is_only_read(call) else " there is no gradient, and"
        what, cost = rectifier(given)[0], f"Scores below 0 are lost: {cut}{flat} its loss stays at {_at_rest(call)}."
    elif given.kind is Kind.NON_NEGATIVE and given.made_by == COMPLEMENT and given.factor is None:
        what, cost = "1 minus softmax probabilities", f"{width_sentence(call, given, width)}."
        mend = "To learn what a class is not, give NLLLoss the logarithm of 1 minus the softmax made"
    elif given.kind is Kind.UNKNOWN and given.made_by == HIDDEN and given.factor is None and width < ROOMY:
        what, cost = "the hidden states of a recurrent layer", f"{width_sentence(call, given, width)}."
        mend = "Put a linear layer behind it"
    else:
        return
    outside = call.loss == "NLLLoss"
    behind, wants = ("the log-softmax of ", "the log-softmax wants") if outside else ("", "wants")
    maker = rectifier(given)[1] if given.kind is Kind.NON_NEGATIVE else "tanh" if given.kind is Kind.TANH else "clamp"
    yield Problem(
        message=f"{call.loss} is given {behind}{what}, but {wants} raw scores. {cost}",
        trail=given.trail,
        mend=mend or f"Remove the {maker}",
        floor=floor_of(Curve.BOUNDED, given, width) if width < ROOMY else None,
    )


def _costs(given: Meaning, width: float) -> bool:
    """Whether an interval keeps the loss from 0 so far that it matters, with 10 classes where nobody knows how many."""
    classes = class_count(given)
    return bounded_floor(10 if classes is None or classes < 2 else classes, width) >= LEAST_FLOOR


def _is_cut(given: Meaning) -> bool:
    """Whether the values were cut off, as far as is known: cosines lie in their interval by themselves."""
    return not given.made_by or given.made_by.lower().rpartition(".")[2].rstrip("_") in CUTTING


def _is_cut_at_zero(given: Meaning) -> bool:
    """Whether all below 0 was cut off, as a ReLU does: that costs whatever room is left above."""
    return given.kind is Kind.CLAMPED and _is_cut(given) and given.bounds is not None and given.bounds[0] >= 0


def _at_rest(call: LossCall) -> str:
    classes = class_count(call.argument("input"))
    return "ln C" if classes is None or classes < 2 else f"{math.log(classes):.3f}"


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    losses=["BCEWithLogitsLoss", "CrossEntropyLoss", "NLLLoss"],
    check_loss=check,
    bad=[
        """
        # file: net.py
        import torch.nn.functional as F
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc1 = nn.Linear(784, 64)
                self.fc2 = nn.Linear(64, 10)

            def forward(self, x):
                x = F.relu(self.fc1(x))
                x = F.relu(self.fc2(x))
                return F.log_softmax(x, dim=1)
        # file: train.py
        import torch.nn.functional as F
        from net import Net

        net = Net()

        def step(x, y):
            return F.nll_loss(net(x), y)  # LL104
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(torch.tanh(head(hidden)), target)  # LL104
        """,
        """
        # file: net.py
        import torch.nn.functional as F
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc1 = nn.Linear(784, 64)
                self.fc2 = nn.Linear(64, 10)

            def forward(self, x):
                x = F.relu(self.fc1(x))
                x = F.relu(self.fc2(x))
                return x
        # file: train.py
        from torch import nn
        from net import Net

        net = Net()
        criterion = nn.CrossEntropyLoss()

        def step(x, y):
            return criterion(net(x), y)  # LL104
        """,
        """
        # file: discriminator.py
        import torch.nn.functional as F
        from torch import nn

        class Discriminator(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc1 = nn.Linear(784, 64)
                self.fc2 = nn.Linear(64, 1)

            def forward(self, x):
                return F.relu(self.fc2(F.relu(self.fc1(x))))
        # file: train.py
        from torch import nn
        from discriminator import Discriminator

        net, criterion = Discriminator(), nn.BCEWithLogitsLoss()

        def step(x, y):
            return criterion(net(x), y)  # LL104
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.binary_cross_entropy_with_logits(torch.tanh(head(hidden)), target)  # LL104
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        hidden, head = nn.Linear(64, 64), nn.Linear(64, 10)

        def training_loss(x, target):
            return F.nll_loss(F.log_softmax(head(F.relu(hidden(x))), dim=1), target)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.hidden = nn.ModuleList([nn.Linear(64, 64) for _ in range(3)])
                self.last = nn.Linear(64, 10)

            def forward(self, x):
                for layer in self.hidden:
                    x = F.relu(layer(x))
                return self.last(x)

        net = Net()

        def training_loss(x, target):
            return F.cross_entropy(net(x), target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        pointer = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(10.0 * torch.tanh(pointer(hidden)), target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        embed, prototypes = nn.Linear(64, 32), nn.Parameter(torch.randn(10, 32))

        def prototype_loss(x, target):
            return F.cross_entropy(-torch.cdist(embed(x), prototypes), target)
        """,
        """
        from torch import nn

        network_in_network = nn.Sequential(
            nn.Conv2d(192, 10, 1), nn.ReLU(), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten()
        )
        criterion = nn.CrossEntropyLoss()

        def training_loss(images, target):
            return criterion(network_in_network(images), target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        first, second, last = nn.Linear(64, 32), nn.Linear(64, 32), nn.Linear(32, 1)

        def of_hidden_layers(x, y):
            hidden = F.relu(first(x)) * torch.tanh(second(x))
            return F.binary_cross_entropy_with_logits(last(hidden), y)

        def scaled(x, y):
            return F.binary_cross_entropy_with_logits(10 * torch.tanh(last(F.relu(first(x)))), y)

        def shifted(x, y):
            return F.binary_cross_entropy_with_logits(F.relu(last(first(x))) - 1, y)
        """,
    ],
)

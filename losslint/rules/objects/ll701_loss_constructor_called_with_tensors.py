"""A loss or activation module that is constructed with tensors instead of being called with them.

## What it does
Reports `nn.CrossEntropyLoss(output, target)` and the other loss modules, and `nn.Softmax(x)`, `nn.LogSoftmax(x, dim=1)`
and the other activation modules, that are given tensors where the constructor takes settings. Also where the class of a
loss is kept in a name, an attribute, an argument or a dict (`self.loss = nn.MSELoss`), and called as the loss would be.

## Why is this bad?
The module's constructor takes settings; the tensors belong to its call. Most constructors fail on the tensors with a
message that never names the loss ("Boolean value of Tensor with more than one value is ambiguous"). Some do not fail:
`nn.PoissonNLLLoss(output, target)` and `nn.CTCLoss(log_probs, targets)` return a module in silence, and
`nn.BCEWithLogitsLoss(output)(output, target)` takes the output for the weights.

## Example
```python
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return nn.CrossEntropyLoss(head(hidden), target)
```

## Use instead
```python
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return nn.CrossEntropyLoss()(head(hidden), target)
```
Or the function: `F.cross_entropy(head(hidden), target)`.

## Fix safety
Safe: the program could not work before; the fix adds the missing pair of parentheses. A class that is kept under
another name is not fixed: the parentheses may belong to where it is kept.

## References
- [torch.nn: loss functions](https://pytorch.org/docs/stable/nn.html#loss-functions)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import ConstructorCall
from losslint.vocabulary.repairs import Action, Applicability, Change, Repair

#: Constructors whose parameter at that place is a tensor of weights.
WEIGHTS = {
    "CrossEntropyLoss": (0,),
    "NLLLoss": (0,),
    "NLLLoss2d": (0,),
    "BCELoss": (0,),
    "BCEWithLogitsLoss": (0, 4),
    "MultiLabelSoftMarginLoss": (0,),
    "MultiMarginLoss": (2,),
}

#: Losses whose constructor accepts tensors in silence.
SILENT = frozenset({"PoissonNLLLoss", "CTCLoss"})

#: How many settings a caller may plausibly give by position although none of them is a constant.
PLAUSIBLE = {
    "SmoothL1Loss": 2,
    "HuberLoss": 2,
    "CTCLoss": 2,
    "PoissonNLLLoss": 2,
    "TripletMarginLoss": 4,
    "MultiMarginLoss": 3,
    "AdaptiveLogSoftmaxWithLoss": 5,
    "LinearCrossEntropyLoss": 2,
    "Threshold": 2,
    "Hardtanh": 2,
    "RReLU": 2,
    "Softplus": 2,
    "PReLU": 2,
    "LeakyReLU": 2,
    "ELU": 2,
}

#: What only a prediction can be: no weights and no setting.
PREDICTIONS = frozenset(Kind) - {
    Kind.UNKNOWN,
    Kind.CONSTANT,
    Kind.NON_NEGATIVE,
    Kind.CLAMPED,
    Kind.COUNT,
    Kind.REAL,
    Kind.BOOLEAN,
    Kind.NORMALISED,
}


def check(call: ConstructorCall) -> Iterator[Problem]:
    name = call.target.rpartition(".")[2]
    if not call.arguments:
        return
    wrong = [
        place
        for place, is_tensor in enumerate(call.tensors)
        if is_tensor and not _may_be_weights(name, place, call.arguments)
    ]
    kept = call.spelling.rpartition(".")[2] != name
    if wrong:
        trail = call.arguments[wrong[0]].trail
    elif kept:
        return  # what makes losses of a class that it is handed gives them settings
    elif _too_many(name, call.arguments):
        trail = None
    else:
        return
    loss = name.endswith("Loss")
    if name in SILENT:
        cost = "A module comes back in silence, and nothing is computed."
    elif loss and len(call.arguments) == 1:
        cost = "They are taken for its settings, and nothing is computed."
    else:
        cost = "They are taken for its settings: it raises, or a module comes back."
    if kept:
        yield Problem(
            message=f"{call.spelling} is the class nn.{name}, not an object of it, and is given tensors. {cost}",
            trail=trail,
            mend=f"Keep an object, nn.{name}(), or give what is made{{at}} to the call of one: {call.spelling}()(…)",
        )
        return
    yield Problem(
        message=f"{call.spelling} is constructed with tensors, not called with them. {cost}",
        trail=trail,
        mend=f"Give what is made{{at}} to the module's call: {call.spelling}(…)(x)",
        repair=_repair(call, name, wrong),
    )


def _repair(call: ConstructorCall, name: str, wrong: list[int]) -> Repair | None:
    """All that is given by position goes to the call. Not where the first of it may be meant as a setting."""
    if wrong and wrong[0] != 0:
        return None
    change = Change(Action.CALL, call.spot, name)
    return Repair(Applicability.SAFE, f"Give the tensors to the call of {call.spelling}()", (change,))


def _may_be_weights(name: str, place: int, arguments: tuple[Meaning, ...]) -> bool:
    return place in WEIGHTS.get(name, ()) and arguments[place].kind not in PREDICTIONS


def _too_many(name: str, arguments: tuple[Meaning, ...]) -> bool:
    """Whether more was given by position than settings, none of it known to be a plain constant."""
    if any(argument.kind is Kind.CONSTANT for argument in arguments):
        return False
    return len(arguments) > PLAUSIBLE.get(name, 1)


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="safe",
    check_constructor=check,
    bad=[
        """
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return nn.CrossEntropyLoss(head(hidden), target)  # LL701
        """,
        """
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(64, 10)

            def forward(self, x):
                x = self.fc(x)
                return nn.LogSoftmax(x, dim=1)  # LL701
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(64, 1)

            def forward(self, x):
                return self.fc(x)
        # file: train.py
        import torch
        from net import Net

        net = Net()

        def step(x, y):
            loss = torch.nn.MSELoss(net(x), y)  # LL701
            loss.backward()
        """,
        """
        from torch import nn

        class Trainer:
            def __init__(self):
                self.net = nn.Linear(8, 1)
                self.loss = nn.MSELoss

            def step(self, x, y):
                self.loss(self.net(x), y).backward()  # LL701
        """,
    ],
    good=[
        """
        import torch
        from torch import nn

        weights = torch.tensor([1.0, 2.0, 0.5])
        criterion = nn.CrossEntropyLoss(weights)
        ranking = nn.MarginRankingLoss(0.5)
        smooth = nn.SmoothL1Loss(None, None, "mean", 0.1)
        softmax = nn.Softmax(1)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target, weights):
            return nn.CrossEntropyLoss(weights)(head(hidden), target) + nn.MSELoss()(head(hidden), target)
        """,
    ],
)

"""Prediction and target on different devices.

## What it does
Reports losses whose arguments are known to lie on different devices: a prediction on an accelerator, and a target that
is made on the CPU.

## Why is this bad?
torch raises a RuntimeError ("Expected all tensors to be on the same device"), but only on a machine that has the
accelerator: on the author's laptop it works.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

critic = nn.Linear(64, 1).cuda()

def real_loss(images):
    scores = critic(images.cuda())
    return F.binary_cross_entropy_with_logits(scores, torch.ones(32, 1))
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

critic = nn.Linear(64, 1).cuda()

def real_loss(images):
    scores = critic(images.cuda())
    return F.binary_cross_entropy_with_logits(scores, torch.ones_like(scores))
```
Or name the device: `torch.ones(32, 1, device=scores.device)`.

## Fix safety
Unsafe: the program raised before and computes a loss afterwards.

## References
- [torch.Tensor.to](https://pytorch.org/docs/stable/generated/torch.Tensor.to.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import source_of
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall
from losslint.vocabulary.repairs import Action, Applicability, Change, Repair

#: Losses that take lengths, and with cuDNN even targets, from the CPU.
MIXED = frozenset({"CTCLoss"})


def elsewhere(given: Meaning, other: Meaning) -> bool:
    """Whether two tensors are known to lie on different sorts of device. A single number may lie anywhere."""
    if given.device is None or other.device is None or 0 in (given.rank, other.rank):
        return False
    return given.device.partition(":")[0] != other.device.partition(":")[0]


def check(call: LossCall) -> Iterator[Problem]:
    if call.loss in MIXED:
        return
    arguments = list(call.arguments.items())
    for name, other in arguments[1:]:
        first, given = arguments[0]
        if not elsewhere(given, other):
            continue
        maker = f" ({other.made_by})" if other.made_by else ""
        moved = other if other.device == "cpu" else given
        yield Problem(
            message=(
                f"The {first} of {call.loss} is on {given.device}, its {name}{maker} on {other.device}: torch raises "
                "where the accelerator exists."
            ),
            trail=moved.trail,
            mend="Name the device of the tensor made",
            repair=_repair(call, name, other),
        )


def _repair(call: LossCall, name: str, other: Meaning) -> Repair | None:
    """A target that is made on the CPU is made beside the scores."""
    source = source_of(other)
    if name != "target" or other.device != "cpu" or source is None:
        return None
    change = Change(Action.DEVICE, source, call.loss)
    return Repair(Applicability.UNSAFE, "Make the target on the device of the input", (change,))


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        critic = nn.Linear(64, 1).cuda()

        def real_loss(images):
            scores = critic(images.cuda())
            return F.binary_cross_entropy_with_logits(scores, torch.ones(32, 1))  # LL120
        """,
        """
        # file: labels.py
        import torch

        def real(batch):
            return torch.ones(batch, 1)
        # file: train.py
        from torch import nn
        from labels import real

        net = nn.Linear(64, 1).to("cuda")
        criterion = nn.MSELoss()

        def step(x):
            return criterion(net(x.to("cuda")), real(16))  # LL120
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        critic = nn.Linear(64, 1).cuda()

        def real_loss(images):
            scores = critic(images.cuda())
            return F.binary_cross_entropy_with_logits(scores, torch.ones_like(scores))
        """,
        """
        import torch
        from torch import nn

        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        critic = nn.Linear(64, 1).to(device)
        criterion = nn.MSELoss()

        def step(x):
            return criterion(critic(x.to(device)), torch.ones(16, 1).to(device))
        """,
    ],
)

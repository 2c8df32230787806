"""BCELoss where mixed precision is on.

## What it does
Reports `BCELoss` and `F.binary_cross_entropy` inside `autocast` of a CUDA or XPU device.

## Why is this bad?
In half precision a sigmoid rounds to 0 or 1 early, and the logarithm of that is lost. So torch refuses: it raises a
RuntimeError ("torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast."). The form on
scores does both steps in one and is safe.

## Example
```python
import torch
from torch import nn

net = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid()).cuda()
criterion = nn.BCELoss()

def step(x, y):
    with torch.autocast("cuda"):
        return criterion(net(x), y)
```

## Use instead
```python
import torch
from torch import nn

net = nn.Linear(64, 1).cuda()
criterion = nn.BCEWithLogitsLoss()

def step(x, y):
    with torch.autocast("cuda"):
        return criterion(net(x), y)
```

## Fix safety
Safe: the sigmoid moves into the loss, which computes the same function.

## References
- [Automatic mixed precision: prefer binary_cross_entropy_with_logits](https://pytorch.org/docs/stable/amp.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import logits_form
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall

#: Devices whose mixed precision refuses the loss.
REFUSING = frozenset({"cuda", "xpu"})


def check(call: LossCall) -> Iterator[Problem]:
    given = call.argument("input")
    if call.autocast is None or call.autocast.partition(":")[0] not in REFUSING:
        return
    if given.device is not None and given.device.partition(":")[0] not in REFUSING:
        return  # mixed precision of another device leaves these tensors alone
    known = given.kind is Kind.SIGMOID
    yield Problem(
        message=f"{call.loss} is computed under autocast of {call.autocast}, where torch raises.",
        trail=given.trail,
        mend="Use BCEWithLogitsLoss"
        + (" and remove the sigmoid" if known else " on the scores before the sigmoid{at}"),
        repair=logits_form(call) if known else None,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="safe",
    losses=["BCELoss"],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1).cuda()

        def step(x, y):
            with torch.cuda.amp.autocast():
                return F.binary_cross_entropy(torch.sigmoid(head(x)), y)  # LL205
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())

            def forward(self, x):
                return self.layers(x)
        # file: train.py
        import torch
        from torch import nn
        from net import Net

        net = Net().cuda()
        criterion = nn.BCELoss()
        scaler = torch.amp.GradScaler("cuda")

        def train(loader):
            for x, y in loader:
                with torch.autocast(device_type="cuda", dtype=torch.float16):
                    loss = criterion(net(x.cuda()), y.cuda())  # LL205
                scaler.scale(loss).backward()
        """,
    ],
    good=[
        """
        import torch
        from torch import nn

        net = nn.Linear(64, 1).cuda()
        criterion = nn.BCEWithLogitsLoss()

        def step(x, y):
            with torch.autocast("cuda"):
                return criterion(net(x), y)
        """,
        """
        import torch
        from torch import nn

        net = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())
        criterion = nn.BCELoss()

        def step(x, y, use_amp):
            with torch.cuda.amp.autocast():
                output = net(x)
                with torch.cuda.amp.autocast(enabled=False):
                    inside = criterion(output.float(), y)
            with torch.autocast("cuda", enabled=use_amp):
                chosen = criterion(net(x), y)
            with torch.autocast("cpu"):
                return inside + chosen + criterion(output.float(), y)
        """,
    ],
)

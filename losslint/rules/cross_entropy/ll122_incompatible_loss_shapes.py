"""Arguments whose shapes no loss of that name can compare.

## What it does
Reports losses whose arguments are known to differ in a way that raises: another number of samples, a dimension too
many or too few, sizes that do not broadcast, embeddings of different widths, lengths for another batch. Also means
over a prediction that holds nothing, unless a test makes it, or a condition stands before the loss that the code does
not decide: it may ask for just that.

## Why is this bad?
torch raises when the loss is called ("Expected input batch_size (4) to match target batch_size (3)", "The size of
tensor a (5) must match the size of tensor b (4)"). The mean over nothing is nan, and does not raise.

## Example
```python
import torch
from torch import nn

net = nn.Linear(64, 10)
criterion = nn.CrossEntropyLoss()

def training_loss():
    return criterion(net(torch.randn(32, 64)), torch.randint(0, 10, (16,)))
```

## Use instead
```python
import torch
from torch import nn

net = nn.Linear(64, 10)
criterion = nn.CrossEntropyLoss()

def training_loss():
    return criterion(net(torch.randn(32, 64)), torch.randint(0, 10, (32,)))
```

## Fix safety
Not fixed automatically: which of the shapes is the right one is for the author to say.

## References
- [torch.nn: loss functions](https://pytorch.org/docs/stable/nn.html#loss-functions)
- [Broadcasting semantics](https://pytorch.org/docs/stable/notes/broadcasting.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.fitting import AVERAGED, empty, objection, tensor
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall


def check(call: LossCall) -> Iterator[Problem]:
    found = objection(call)
    if found is not None:
        why, names = found
        shown = " and ".join(f"{name} {tensor(call, name).shape}" for name in names)
        trails = [tensor(call, name).trail for name in reversed(names)]
        yield Problem(
            message=f"{call.loss} is given {shown}: {why}, so torch raises.",
            trail=next((trail for trail in trails if trail is not None), None),
        )
    elif empty(call):
        given = call.argument("input")
        yield Problem(
            message=f"{call.loss} takes the mean over a prediction {given.shape}, which holds nothing: it is nan.",
            trail=given.trail,
        )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    losses=[
        *sorted(AVERAGED),
        "CTCLoss",
        "CosineEmbeddingLoss",
        "MarginRankingLoss",
        "MultiLabelMarginLoss",
        "MultiMarginLoss",
        "TripletMarginLoss",
        "TripletMarginWithDistanceLoss",
    ],
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Linear(64, 8)

        def training_loss():
            anchor, positive = net(torch.randn(32, 64)), net(torch.randn(32, 64))
            return F.triplet_margin_loss(anchor, positive, net(torch.randn(64)))  # LL122
        """,
        """
        # file: net.py
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(64, 3)

            def forward(self, x):
                return self.fc(x)
        # file: test_net.py
        import torch
        from torch import nn
        from net import Net

        def test_step():
            net = Net()
            criterion = nn.MSELoss()
            loss = criterion(net(torch.randn(8, 64)), torch.zeros(8, 4))  # LL122
            loss.backward()
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Conv2d(3, 21, 1)

        def training_loss():
            target = torch.randint(0, 21, (4, 32, 32))
            return F.cross_entropy(head(torch.randn(4, 3, 64, 64)), target)  # LL122
        """,
        """
        import torch
        from torch import nn

        criterion = nn.MSELoss()
        nothing = torch.zeros(0, 4)
        head = nn.Linear(4, 2)

        def padding_loss():
            return criterion(head(nothing), torch.zeros(0, 2))  # LL122
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Linear(64, 8)

        def training_loss(x, others):
            anchor, positive = net(torch.randn(32, 64)), net(torch.randn(32, 64))
            negative = net(torch.randn(64)).unsqueeze(0)
            return F.triplet_margin_loss(anchor, positive, negative) + F.triplet_margin_loss(anchor, positive, net(x))
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Conv2d(3, 21, 1)

        def training_loss(target):
            scores = head(torch.randn(4, 3, 32, 32))
            scores = F.interpolate(scores, size=(64, 64))
            return F.cross_entropy(scores, torch.randint(0, 21, (4, 64, 64))) + F.cross_entropy(scores, target)
        """,
    ],
)

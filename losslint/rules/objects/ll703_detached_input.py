"""A loss that is trained on, but whose input was cut off from the model.

## What it does
Reports a loss whose value is backpropagated and whose input went through `.detach()`, `.data`, `.item()`, `.numpy()`
or `torch.tensor(…)`, or was computed under `no_grad`.

## Why is this bad?
The input has no path to the parameters, so the loss trains nothing. When it is the only one, backward raises "element 0
of tensors does not require grad"; in a sum of losses the term is a constant, in silence. `loss.requires_grad = True`
makes the error go away and leaves a model that never changes.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def train_step(optimizer, hidden, labels):
    scores = torch.tensor(head(hidden))
    loss = F.cross_entropy(scores, labels)
    loss.backward()
    optimizer.step()
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def train_step(optimizer, hidden, labels):
    scores = head(hidden)
    loss = F.cross_entropy(scores, labels)
    loss.backward()
    optimizer.step()
```

## Fix safety
Not fixed automatically: the step may be there because of another error.

## References
- [torch.Tensor.detach](https://pytorch.org/docs/stable/generated/torch.Tensor.detach.html)
- [torch.no_grad](https://pytorch.org/docs/stable/generated/torch.no_grad.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import trained_in_vain
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall, Writing

#: What cuts a tensor off, with its spelling for people.
CUTS = {
    "detach": ".detach()",
    "data": ".data",
    "item": ".item()",
    "tolist": ".tolist()",
    "numpy": ".numpy()",
    "tensor": "torch.tensor(…)",
    "new_tensor": ".new_tensor(…)",
    "torch.no_grad": "no_grad",
    "torch.autograd.no_grad": "no_grad",
    "torch.inference_mode": "inference_mode",
    "torch.autograd.inference_mode": "inference_mode",
}


def check(call: LossCall) -> Iterator[Problem]:
    cut = CUTS.get(trained_in_vain(call))
    if cut is None:
        return
    yield Problem(
        message=(
            f"The input of {call.loss} is trained on, but {cut} cut it off: nothing reaches the model through this "
            f"loss, and backward raises where it is the only one. Give the loss what there was before the {cut}."
        ),
        trail=call.argument("input").trail or call.written[Writing.TRAINED_ON],
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    observers="S",
    check_loss=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def train_step(optimizer, hidden, labels):
            scores = torch.tensor(head(hidden))
            loss = F.cross_entropy(scores, labels)  # LL703
            loss.backward()
            optimizer.step()
        """,
        """
        # file: net.py
        import torch
        from torch import nn

        class Frozen(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(64, 3)

            @torch.no_grad()
            def forward(self, x):
                return self.fc(x)
        # file: train.py
        import torch.nn.functional as F
        from net import Frozen

        net = Frozen()

        def train(loader, optimizer):
            for x, y in loader:
                loss = F.mse_loss(net(x), y)  # LL703
                loss.backward()
                optimizer.step()
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net = nn.Linear(4, 2)

        def training_step(x, y, steps):
            losses = [0 for _ in range(steps + 1)]
            with torch.no_grad():
                losses[0] += F.cross_entropy(net(x), y)
            for k in range(steps):
                losses[k + 1] += F.cross_entropy(net(x), y)
            loss = losses[-1] / len(x)
            loss.backward()
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        critic, generator = nn.Linear(64, 1), nn.Linear(8, 64)

        def adversarial(loader, optimizer, noise):
            for x, ones in loader:
                fake = generator(noise)
                loss = F.binary_cross_entropy_with_logits(critic(fake.detach()), torch.zeros_like(ones))
                loss = loss + F.binary_cross_entropy_with_logits(critic(x), ones)
                loss.backward()
                optimizer.step()
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def train_and_evaluate(loader, optimizer, train):
            for x, y in loader:
                if train:
                    scores = head(x)
                else:
                    with torch.no_grad():
                        scores = head(x)
                loss = F.cross_entropy(scores, y)
                if train:
                    loss.backward()
                    optimizer.step()
                print(F.cross_entropy(scores.detach(), y).item())
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        encoder, codebook = nn.Linear(64, 8), nn.Embedding(32, 8)

        def vector_quantised(x, index, optimizer):
            code, entry = encoder(x), codebook(index)
            loss = F.mse_loss(code.detach(), entry) + 0.25 * F.mse_loss(entry.detach(), code)
            loss.backward()
            optimizer.step()
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def attack(x, y, steps):
            features = torch.rand(4, 64)
            scores = head(features).detach()
            scores.requires_grad = True
            loss = F.cross_entropy(scores, y)
            loss.backward()
            start = head(features).detach().clone().requires_grad_(True)
            F.cross_entropy(start, y).backward()
            return scores.grad, start.grad
        """,
    ],
)

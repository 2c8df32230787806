"""`backward` of a copy of the loss that has no path to the model.

## What it does
Reports `backward()` of a tensor that was made from a loss by `.item()`, `.detach()`, `.data`, `torch.tensor(loss)` or
`Variable(loss)`, or of a loss that was computed under `no_grad`; and of a sum with such a term, which `.item()` or
`torch.tensor(loss)` has made a number. While a program runs, of a tensor that no operation with a gradient has made.

## Why is this bad?
Such a tensor is a number without a history: no gradient reaches the model. torch raises "element 0 of tensors does not
require grad", and the usual cure, `requires_grad=True` for the copy, makes it worse: then nothing raises, the optimiser
finds no gradients, and the model never changes. In a sum with a loss that has its history nothing raises at all: the
term is a constant, and what it was to teach is never learnt.

## Example
```python
import torch
import torch.nn.functional as F

def train_step(model, optimizer, x, y):
    loss = torch.tensor(F.cross_entropy(model(x), y), requires_grad=True)
    loss.backward()
    optimizer.step()
```

## Use instead
```python
import torch
import torch.nn.functional as F

def train_step(model, optimizer, x, y):
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
```
Add losses up with `sum(losses)` or `torch.stack(losses).mean()`, and take `.item()` for what is printed.

## Fix safety
Not fixed automatically: the copy may have been made because of another error.

## References
- [torch.tensor](https://pytorch.org/docs/stable/generated/torch.tensor.html)
- [torch.Tensor.backward](https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import BACKWARD, OperationCall


def check(call: OperationCall) -> Iterator[Problem]:
    if call.operation != "backward" or not call.arguments:
        return
    if call.inner == "term":
        yield Problem(
            message=(
                f"backward() is called on a sum with a term that {call.spelling} made of a loss: it is a number with "
                "no path to the model, and trains nothing."
            ),
            trail=call.arguments[0].trail,
            mend=f"Add the loss itself, without the {call.spelling}",
        )
        return
    it = "tensor" if call.spelling == BACKWARD else "copy"
    if call.inner == "silent":
        cost = f"Gradients are collected for the {it} alone: nothing raises, and the model never changes."
    else:
        cost = f"torch raises: the {it} does not require a gradient."
    if call.spelling == "no_grad":
        what, cost = "a loss that was computed under no_grad", "It has no path to the model, and torch raises."
        mend = "Compute the loss outside of no_grad"
    elif call.spelling == BACKWARD:
        what = "a tensor that no operation with a gradient has made: it has no path to the model"
        mend = "Call backward() on the loss itself, computed outside of no_grad and not copied or detached"
    else:
        what = f"what {call.spelling} made of the loss, a number without a path to the model"
        mend = f"Call backward() on the loss itself, without the {call.spelling}"
    yield Problem(message=f"backward() is called on {what}. {cost}", trail=call.arguments[0].trail, mend=mend)


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    check_operation=check,
    bad=[
        """
        import torch
        import torch.nn.functional as F

        def train_step(model, optimizer, x, y):
            loss = torch.tensor(F.cross_entropy(model(x), y), requires_grad=True)
            loss.backward()  # LL704
            optimizer.step()
        """,
        """
        import torch
        from torch import nn
        from torch.autograd import Variable

        class Trainer:
            def __init__(self, model):
                self.model = model
                self.criterion = nn.MSELoss()

            def fit(self, loader, optimizer):
                for x, y in loader:
                    loss = self.criterion(self.model(x), y)
                    loss = Variable(loss, requires_grad=True)
                    loss.backward()  # LL704
                    optimizer.step()

            def fit_all(self, loader, optimizer):
                losses = []
                for x, y in loader:
                    losses.append(self.criterion(self.model(x), y))
                mean = torch.mean(torch.tensor(losses))
                mean.requires_grad = True
                mean.backward()  # LL704
                optimizer.step()
        """,
        """
        import torch
        import torch.nn.functional as F

        def step(model, x, y):
            with torch.no_grad():
                loss = F.mse_loss(model(x), y)
            (0.5 * loss).backward()  # LL704

        def epoch(model, loader):
            values = []
            for x, y in loader:
                values.append(F.mse_loss(model(x), y).item())
            torch.tensor(values, requires_grad=True).sum().backward()  # LL704
        """,
        """
        import torch
        import torch.nn.functional as F

        def step(model, critic, x, y, real, warm):
            adversarial = 0
            if not warm:
                adversarial = F.binary_cross_entropy_with_logits(critic(model(x)), real)
                adversarial = adversarial.detach().item()
            loss = F.mse_loss(model(x), y) + 0.1 * adversarial
            loss.backward()  # LL704

        def fit(model, accelerator, loader):
            for x, y, z in loader:
                loss = model(x).mean()
                loss += torch.tensor(F.l1_loss(model(y), z))
                accelerator.backward(loss)  # LL704
        """,
        """
        # file: criteria.py
        from torch import nn

        def criterion(weight):
            return nn.CrossEntropyLoss(weight=weight, label_smoothing=0.1)
        # file: train.py
        import torch
        from criteria import criterion

        class Trainer:
            def __init__(self, model, weight):
                self.model, self.loss = model, criterion(weight)

            def step(self, x, y):
                loss = torch.tensor(self.loss(self.model(x), y), requires_grad=True)
                loss.backward()  # LL704
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F

        def train_step(model, optimizer, x, y, history):
            total = torch.tensor(0.0, requires_grad=True)
            total = total + F.cross_entropy(model(x), y)
            history.append(total.item())
            weight = F.mse_loss(model(x), y).detach()
            (weight * total).backward()
            optimizer.step()
        """,
        """
        import torch

        def gradient_of_the_input(x):
            z = torch.tensor(x, requires_grad=True)
            y = (z ** 2).sum()
            y.backward()
            return z.grad
        """,
        """
        import torch
        import torch.nn.functional as F

        def train(model, loader, optimizer):
            losses = []
            for x, y in loader:
                losses.append(F.mse_loss(model(x), y))
            torch.stack(losses).mean().backward()
            loss = F.mse_loss(model(x), y)
            loss.backward(torch.tensor(1.0))
            print(torch.tensor(losses).mean())
        """,
        """
        import torch
        import torch.nn.functional as F

        def fit(model, optimizer, loaders):
            for phase in ["train", "val"]:
                for x, y in loaders[phase]:
                    with torch.set_grad_enabled(phase == "train"):
                        loss = F.cross_entropy(model(x), y)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
        """,
        """
        import torch
        import torch.nn.functional as F

        def shown(model, x, y, z, phase):
            loss = F.mse_loss(model(x), y)
            other = F.l1_loss(model(x), z)
            if phase == "log":
                other = other.item()
            (loss + other).backward()
            (loss + (other - loss).detach()).backward()
            (loss / loss.item() + other / other.item()).backward()
            (loss + 0.5 * F.l1_loss(model(z), y) * loss.item()).backward()
            print(loss.item() + torch.tensor(other))

        def either(model, x, y, z, train):
            first, second = F.mse_loss(model(x), y), F.l1_loss(model(x), z)
            if train:
                total = first + second
            else:
                total = first.item() + second.item()
            if train:
                total.backward()
        """,
        """
        import torch
        import torch.nn.functional as F

        def weighed(model, x, y, use_copy):
            loss = F.mse_loss(model(x), y)
            copy = loss.detach() if use_copy else loss
            copy.backward()
        """,
    ],
)

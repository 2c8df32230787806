"""A short and always equal run of `benchmarks/fuzz.py`, over the programs that the rules are documented with."""

from __future__ import annotations

import random

import pytest

from benchmarks.fuzz import linted, mutated
from losslint.rules.registry import all_rules

#: One after the other, the wrong and the right code of every rule.
PROGRAMS = [rule.documentation.encode() for rule in all_rules()]


@pytest.mark.parametrize("seed", range(4))
def test_changed_code_is_linted_to_its_end(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOSSLINT_DEBUG", "1")
    chance = random.Random(seed)
    for _ in range(25):
        document = mutated(chance.choice(PROGRAMS), chance.choice(PROGRAMS), chance)
        linted({"a.md": document, "b.py": mutated(MODULE, document, chance)})


MODULE = b"""\
import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self, n=10):
        super().__init__()
        self.body = nn.Sequential(*[nn.Linear(n, n) for _ in range(3)], nn.Softmax(dim=1))
        self.loss = nn.CrossEntropyLoss(weight=torch.ones(n))

    def forward(self, x, y=None):
        p = self.body(x) if y is None else torch.log_softmax(x, -1).exp()
        return {"p": p, "loss": self.loss(p, y)}

def train(batches, net=Net()):
    total = 0.0
    for i, (x, y) in enumerate(batches):
        out = net(x, y)
        loss = out["loss"] + F.nll_loss(out["p"].log(), y) + F.mse_loss(out["p"], F.one_hot(y))
        loss.backward()
        total += loss.item()
    return total
"""


def test_what_goes_wrong_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("broken")

    monkeypatch.setenv("LOSSLINT_DEBUG", "1")
    monkeypatch.setattr("losslint.static.observer.observe", broken)
    with pytest.raises(KeyError, match="broken"):
        linted({"a.py": MODULE})

"""Safe fixes compute the same: both programs run in torch on random inputs, values and gradients agree. The stable
forms stay finite where the hand-written ones do not."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from losslint.rules.registry import names

from .programs import fixed

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n"

#: Programs with one function `loss(x, y)` of scores `[5, 4]` and class indices, each changed by safe fixes alone.
PROGRAMS = {
    "LL801": "def loss(x, y):\n    return F.nll_loss(torch.log(F.softmax(x, dim=1)), y)\n",
    "LL801 picked": "def loss(x, y):\n    return -torch.log(x.softmax(1)[torch.arange(5), y]).mean()\n",
    "LL801 gathered": "def loss(x, y):\n    return -F.softmax(x, 1).gather(1, y[:, None]).log().mean()\n",
    "LL802": "def loss(x, y):\n    return -torch.log(torch.sigmoid(x)).mean()\n",
    "LL802 complement": "def loss(x, y):\n    return -torch.log(1 - torch.sigmoid(x - 1)).sum()\n",
    "LL804": "def loss(x, y):\n    return torch.log(torch.sum(torch.exp(x), dim=1)).mean()\n",
    "LL804 kept": "def loss(x, y):\n    return x.exp().sum(1, keepdim=True).log().mean()\n",
    "LL804 all": "def loss(x, y):\n    return torch.log(torch.exp(2 * x).sum())\n",
    "LL805": "def loss(x, y):\n    return torch.log(1 + torch.exp(x)).mean()\n",
    "LL805 log1p": "def loss(x, y):\n    return torch.log1p((-x).exp()).sum()\n",
    "LL102": "def loss(x, y):\n    return F.cross_entropy(F.log_softmax(x, dim=1), y)\n",
    "LL102 weighted": (
        "def loss(x, y):\n    return F.cross_entropy(x.log_softmax(1), y, reduction='sum', label_smoothing=0.1)\n"
    ),
    "LL204": "def loss(x, y):\n    return F.binary_cross_entropy(torch.sigmoid(x), F.one_hot(y, 4).float())\n",
    "LL204 weighted": (
        "def loss(x, y):\n"
        "    weight = torch.tensor([1.0, 2.0, 0.5, 3.0])\n"
        "    criterion = nn.BCELoss(weight, reduction='sum')\n"
        "    return criterion(x.sigmoid(), F.one_hot(y, 4).double())\n"
    ),
    "LL710": "def loss(x, y):\n    return F.cross_entropy(x, y, size_average=False)\n",
    "LL710 by position": "def loss(x, y):\n    return F.nll_loss(F.log_softmax(x, 1), y, None, True, -100)\n",
    "LL710 unreduced": "def loss(x, y):\n    return nn.MSELoss(reduce=False, size_average=True)(x, x * 2).sum()\n",
}


def compiled(program: bytes | str) -> Any:
    namespace: dict[str, Any] = {}
    exec(compile(program, "program", "exec"), namespace)
    return namespace["loss"]


def results(program: bytes | str, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    x = x.clone().requires_grad_()
    value = compiled(program)(x, y)
    (gradient,) = torch.autograd.grad(value, x)
    return value.detach(), gradient


@pytest.fixture(scope="module")
def after() -> dict[str, bytes]:
    """What the safe fixes make of each program."""
    chosen = frozenset(names())
    made = {}
    for name, program in PROGRAMS.items():
        before = (HEAD + program).encode()
        made[name] = fixed({"a.py": before}, chosen, unsafe=False)["a.py"]
        assert made[name] != before, name
    return made


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_values_and_gradients_stay(name: str, after: dict[str, bytes], data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.floats(-8, 8, width=32), min_size=20, max_size=20))
    labels = data.draw(st.lists(st.integers(0, 3), min_size=5, max_size=5))
    x, y = torch.tensor(numbers, dtype=torch.float64).view(5, 4), torch.tensor(labels)
    if name == "LL204":
        x = x.float()
    before, now = results(HEAD + PROGRAMS[name], x, y), results(after[name], x, y)
    for old, new in zip(before, now, strict=True):
        assert torch.allclose(old, new, rtol=1e-4 if name == "LL204" else 1e-6, atol=1e-5 if name == "LL204" else 1e-7)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name[:5] in ("LL801", "LL802", "LL804", "LL805")])
def test_the_stable_form_is_finite_where_the_other_is_not(name: str, after: dict[str, bytes]) -> None:
    x = torch.tensor([200.0, -200.0, 150.0, -150.0]).repeat(5, 1)
    y = torch.tensor([1, 1, 3, 3, 1])
    old, new = results(HEAD + PROGRAMS[name], x, y), results(after[name], x, y)
    assert not all(bool(torch.isfinite(part).all()) for part in old)
    assert all(bool(torch.isfinite(part).all()) for part in new)


def test_the_logits_form_keeps_the_gradient_of_a_surely_wrong_score(after: dict[str, bytes]) -> None:
    x = torch.full((5, 4), -120.0)
    y = torch.zeros(5, dtype=torch.int64)
    (_, old), (value, new) = results(HEAD + PROGRAMS["LL204"], x, y), results(after["LL204"], x, y)
    assert float(old[0, 0]) == 0
    assert math.isclose(float(new[0, 0]), -1 / 20, rel_tol=1e-5)
    assert math.isclose(float(value), 120 / 4, rel_tol=1e-5)

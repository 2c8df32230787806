"""Safe fixes compute the same: both programs run in torch on random inputs, values and gradients agree. The stable
forms stay finite where the hand-written ones do not."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from losslint.rules.registry import load, names

from .programs import fixed

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n"

TOWER = "torch.manual_seed(0)\ntower = nn.Linear(4, 3, dtype=torch.float64).cuda()\n\n"

#: Programs with one function `loss(x, y)` of scores `[5, 4]` and class indices, each changed by safe fixes alone.
PROGRAMS = {
    "LL801": "def loss(x, y):\n    return F.nll_loss(torch.log(F.softmax(x, dim=1)), y)\n",
    "LL806": "def loss(x, y):\n    return -torch.log(x.softmax(1)[torch.arange(5), y]).mean()\n",
    "LL806 gathered": "def loss(x, y):\n    return -F.softmax(x, 1).gather(1, y[:, None]).log().mean()\n",
    "LL802": "def loss(x, y):\n    return -torch.log(torch.sigmoid(x)).mean()\n",
    "LL802 complement": "def loss(x, y):\n    return -torch.log(1 - torch.sigmoid(x - 1)).sum()\n",
    "LL803": (
        "def loss(x, y):\n"
        "    p = torch.sigmoid(x)\n"
        "    y = F.one_hot(y, 4)\n"
        "    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()\n"
    ),
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
    "LL205": (
        "def loss(x, y):\n"
        "    with torch.autocast('cuda'):\n"
        "        return F.binary_cross_entropy(torch.sigmoid(x), F.one_hot(y, 4).float())\n"
    ),
    "LL119": "def loss(x, y):\n    return F.cross_entropy(x, y, None, 'mean')\n",
    "LL119 by name": "def loss(x, y):\n    return nn.MSELoss(size_average='mean')(x, 2 * x)\n",
    "LL506": (
        TOWER + "def loss(x, y):\n"
        "    scores = tower(x.cuda()) @ tower(-x.cuda()).T / 0.07\n"
        "    return F.cross_entropy(scores, torch.arange(5))\n"
    ),
    "LL506 beside it": (
        TOWER + "def loss(x, y):\n"
        "    scores = tower(x.cuda()) @ tower(-x.cuda()).T / 0.07\n"
        "    labels = torch.arange(len(x))\n"
        "    return F.cross_entropy(scores, labels)\n"
    ),
    "LL710": "def loss(x, y):\n    return F.cross_entropy(x, y, size_average=False)\n",
    "LL710 by position": "def loss(x, y):\n    return F.nll_loss(F.log_softmax(x, 1), y, None, True, -100)\n",
    "LL710 unreduced": "def loss(x, y):\n    return nn.MSELoss(reduce=False, size_average=True)(x, x * 2).sum()\n",
}


#: Programs that cannot work before they are fixed, and what they were meant to compute.
MEANT = {
    "LL305": (
        "def loss(x, y):\n"
        "    return F.kl_div(F.log_softmax(x, 1), F.log_softmax(-x.detach(), 1), reduction='batchmean')\n",
        lambda x, y: (x.detach().neg().softmax(1) * (x.detach().neg().log_softmax(1) - x.log_softmax(1))).sum() / 5,
    ),
    "LL701": ("def loss(x, y):\n    return nn.CrossEntropyLoss(x, y)\n", F.cross_entropy),
    "LL701 with a setting": (
        "def loss(x, y):\n    return nn.CrossEntropyLoss(x, y, label_smoothing=0.2)\n",
        lambda x, y: F.cross_entropy(x, y, label_smoothing=0.2),
    ),
    "LL701 activation": (
        "def loss(x, y):\n    return F.nll_loss(nn.LogSoftmax(torch.tanh(x) * 9, dim=1), y)\n",
        lambda x, y: F.nll_loss(F.log_softmax(torch.tanh(x) * 9, 1), y),
    ),
}

#: A training loop that keeps its graphs, and sums of other forms.
TRAINING = """
def train(model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    total = weighted = 0.0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss
        weighted = weighted + loss * len(x)
    return total, weighted
"""


def on_the_cpu(program: bytes | str) -> str:
    """A program that keeps to the CPU."""
    text = program.decode() if isinstance(program, bytes) else program
    return text.replace(".cuda()", "").replace(".to('cuda')", "")


def compiled(program: bytes | str, name: str = "loss") -> Any:
    namespace: dict[str, Any] = {}
    exec(compile(on_the_cpu(program), "program", "exec"), namespace)
    return namespace[name]


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


@pytest.fixture(scope="module")
def meant() -> dict[str, bytes]:
    """What the safe fixes make of the programs that cannot work."""
    chosen = frozenset(names())
    return {
        name: fixed({"a.py": (HEAD + program).encode()}, chosen, unsafe=False)["a.py"]
        for name, (program, _) in MEANT.items()
    }


def test_every_safe_fix_is_run() -> None:
    claimed = {code for code in names() if load(code).fix == "safe"} - {"LL901"}  # a comment that goes
    assert {name[:5] for name in (*PROGRAMS, *MEANT)} | {"LL705"} == claimed


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_values_and_gradients_stay(name: str, after: dict[str, bytes], data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.floats(-8, 8, width=32), min_size=20, max_size=20))
    labels = data.draw(st.lists(st.integers(0, 3), min_size=5, max_size=5))
    x, y = torch.tensor(numbers, dtype=torch.float64).view(5, 4), torch.tensor(labels)
    rough = name in ("LL204", "LL205")  # in float32
    if rough:
        x = x.float()
    before, now = results(HEAD + PROGRAMS[name], x, y), results(after[name], x, y)
    for old, new in zip(before, now, strict=True):
        assert torch.allclose(old, new, rtol=1e-4 if rough else 1e-6, atol=1e-5 if rough else 1e-7)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name.startswith("LL8")])
def test_the_stable_form_is_finite_where_the_other_is_not(name: str, after: dict[str, bytes]) -> None:
    x = torch.tensor([200.0, -200.0, 150.0, -150.0]).repeat(5, 1)
    y = torch.tensor([1, 1, 3, 3, 1])
    old, new = results(HEAD + PROGRAMS[name], x, y), results(after[name], x, y)
    assert not all(bool(torch.isfinite(part).all()) for part in old)
    assert all(bool(torch.isfinite(part).all()) for part in new)


@pytest.mark.parametrize("name", MEANT)
@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_what_could_not_work_computes_what_was_meant(name: str, meant: dict[str, bytes], data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.floats(-8, 8, width=32), min_size=20, max_size=20))
    labels = data.draw(st.lists(st.integers(0, 3), min_size=5, max_size=5))
    x, y = torch.tensor(numbers, dtype=torch.float64).view(5, 4), torch.tensor(labels)
    try:
        value, _ = results(HEAD + MEANT[name][0], x, y)
    except (RuntimeError, TypeError, AttributeError):
        pass
    else:
        assert torch.isnan(value)
    now, gradient = results(meant[name], x, y)
    leaf = x.clone().requires_grad_()
    reference = MEANT[name][1](leaf, y)
    assert torch.allclose(now, reference.detach())
    assert torch.allclose(gradient, torch.autograd.grad(reference, leaf)[0])


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_a_total_without_its_graphs_is_the_same_number_and_training_goes_the_same_way(seed: int) -> None:
    before = HEAD + TRAINING
    after = fixed({"a.py": before.encode()}, frozenset({"LL705"}), unsafe=False)["a.py"]
    ends = []
    for program in (before, after):
        torch.manual_seed(seed)
        model = torch.nn.Linear(4, 3)
        batches = [(torch.randn(6, 4), torch.randint(0, 3, (6,))) for _ in range(4)]
        ends.append((*compiled(program, "train")(model, batches), *model.parameters()))
    assert all(torch.equal(old, new) for old, new in zip(*ends, strict=True))
    assert [end[0].requires_grad for end in ends] == [True, False]
    assert [end[1].requires_grad for end in ends] == [True, False]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="takes an accelerator")
@pytest.mark.parametrize("name", [name for name in PROGRAMS if name.startswith("LL506")])
def test_labels_made_on_the_device_of_the_scores(name: str, after: dict[str, bytes]) -> None:
    x, y = torch.randn(5, 4, dtype=torch.float64, requires_grad=True), torch.tensor([1, 2, 3, 0, 1])
    programs: list[str | bytes] = [HEAD + PROGRAMS[name], after[name]]
    namespaces: list[dict[str, Any]] = [{}, {}]
    for program, namespace in zip(programs, namespaces, strict=True):
        exec(compile(program, "program", "exec"), namespace)
    with pytest.raises(RuntimeError, match="same device"):
        namespaces[0]["loss"](x, y)
    assert torch.isfinite(namespaces[1]["loss"](x, y))


def test_the_logits_form_keeps_the_gradient_of_a_surely_wrong_score(after: dict[str, bytes]) -> None:
    x = torch.full((5, 4), -120.0)
    y = torch.zeros(5, dtype=torch.int64)
    (_, old), (value, new) = results(HEAD + PROGRAMS["LL204"], x, y), results(after["LL204"], x, y)
    assert float(old[0, 0]) == 0
    assert math.isclose(float(new[0, 0]), -1 / 20, rel_tol=1e-5)
    assert math.isclose(float(value), 120 / 4, rel_tol=1e-5)

"""What stands at a place of a file: the meaning of the innermost expression there, or nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from losslint.sources.tree import MemoryTree
from losslint.static.meaning_at import Found, Meanings
from losslint.vocabulary.kinds import Kind

NET = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 10)

    def forward(self, x):
        h = self.head(x)
        return h.softmax(dim=1)
"""
TRAIN = """\
import torch
from torch import nn
from net import Net

net = Net()
criterion = nn.CrossEntropyLoss()

def train(batches, lr):
    for x, y in batches:
        out: torch.Tensor = net(x)
        loss = criterion(out, y)
        if lr:
            out = torch.sigmoid(out)
        later = lambda: torch.tanh(out)
        self_made = [torch.relu(each) for each in (out,)]
        print(lr, loss)
"""


def at(files: Mapping[str, str], name: str, row: int, part: str, behind: str = "") -> Found | None:
    """The meaning of what stands where a part of a row begins (the first one behind another part)."""
    text = files[name].split("\n")[row - 1]
    column = text.index(part, text.index(behind) + len(behind)) + 1
    return Meanings(MemoryTree({key: value.encode() for key, value in files.items()})).at(name, row, column)


def kinds(found: Found | None) -> list[Kind]:
    return [meaning.kind for meaning in found.meanings] if found is not None else []


FILES = {"net.py": NET, "train.py": TRAIN}


@pytest.mark.parametrize(
    ("name", "row", "part", "kind"),
    [
        ("net.py", 10, "h =", Kind.LOGITS),
        ("net.py", 10, "head", Kind.LOGITS),  # what the call of the layer gives
        ("net.py", 11, "h.", Kind.LOGITS),
        ("net.py", 11, "softmax", Kind.PROBABILITIES),
        ("train.py", 10, "out", Kind.PROBABILITIES),
        ("train.py", 10, "net(", Kind.PROBABILITIES),
        ("train.py", 11, "out", Kind.PROBABILITIES),
        ("train.py", 13, "out =", Kind.SIGMOID),
        ("train.py", 13, "out)", Kind.PROBABILITIES),
    ],
)
def test_names_attributes_and_calls(name: str, row: int, part: str, kind: Kind) -> None:
    assert kinds(at(FILES, name, row, part)) == [kind]


@pytest.mark.parametrize(
    ("name", "row", "part"),
    [
        ("net.py", 1, "torch"),
        ("net.py", 4, "Net"),
        ("net.py", 5, "__init__"),
        ("net.py", 7, "4"),
        ("net.py", 10, "self"),
        ("net.py", 9, "x"),
        ("train.py", 8, "lr"),
        ("train.py", 16, "lr"),
    ],
)
def test_what_is_no_tensor_as_far_as_is_known_means_nothing(name: str, row: int, part: str) -> None:
    assert at(FILES, name, row, part) is None


def test_what_goes_into_a_loss_says_why_it_is_not_known() -> None:
    found = at(FILES, "train.py", 11, "y)")
    assert found is not None
    (meaning,) = found.meanings
    assert meaning.kind is Kind.UNKNOWN
    assert "batches" in meaning.reason


def test_the_place_is_that_of_the_expression_and_the_trail_leads_to_its_source() -> None:
    found = at(FILES, "train.py", 10, "net(")
    assert found is not None
    assert (found.place.row, found.place.column, found.place.end_column) == (10, 29, 32)
    trail = found.meanings[0].trail
    assert trail is not None
    assert (trail.steps()[0].place.filename, trail.steps()[0].place.row) == ("net.py", 11)


def test_one_expression_after_another_is_looked_at_in_the_same_files() -> None:
    meanings = Meanings(MemoryTree({name: text.encode() for name, text in FILES.items()}))
    for _ in range(2):
        assert kinds(meanings.at("train.py", 11, 26)) == [Kind.PROBABILITIES]
        assert kinds(meanings.at("net.py", 10, 9)) == [Kind.LOGITS]


def test_nested_functions_and_comprehensions_are_looked_into() -> None:
    assert kinds(at(FILES, "train.py", 14, "tanh")) == [Kind.TANH]
    assert kinds(at(FILES, "train.py", 15, "relu")) == [Kind.NON_NEGATIVE]


def test_a_branch_that_is_not_decided_leaves_the_meaning_open() -> None:
    text = """\
import torch
import torch.nn.functional as F

def step(x, y, flag):
    p = torch.softmax(x, 1) if flag else torch.tanh(x)
    same = torch.softmax(x, 1) if flag else torch.softmax(y, 1)
    return F.mse_loss(p, same)
"""
    found = at({"m.py": text}, "m.py", 7, "p,")
    assert found is not None
    assert [meaning.reason for meaning in found.meanings] == [
        "it depends on a condition that the code alone does not decide"
    ]
    assert kinds(at({"m.py": text}, "m.py", 7, "same")) == [Kind.PROBABILITIES]


def test_an_expression_that_only_one_branch_reaches_is_looked_at_there() -> None:
    text = """\
import torch

def step(x, how="soft"):
    if how == "soft":
        p = torch.softmax(x, 1)
    else:
        p = torch.tanh(x)
    if how == "soft":
        return p.log()
    return p
"""
    assert kinds(at({"m.py": text}, "m.py", 9, "p.")) == [Kind.PROBABILITIES]


def test_a_file_that_cannot_be_read_means_nothing() -> None:
    assert at({"m.py": "x = (\n"}, "m.py", 1, "x") is None


def test_code_that_is_nested_deeply_means_nothing_rather_than_failing() -> None:
    text = "import torch\nx = " + "torch.relu(" * 400 + "y" + ")" * 400 + "\n"
    assert at({"m.py": text}, "m.py", 2, "x") is None

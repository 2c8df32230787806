"""What is said not to be in a file is not there; and files are left out at all."""

from __future__ import annotations

import pytest

from losslint.static.files.index import SOME_NAME
from losslint.static.files.mentions import (
    may_be_bound,
    may_be_called,
    may_be_handed_on,
    may_set,
    may_set_by_name,
)
from tests.static.programs import index_of

CALLS = [
    "Net(3)",
    "x = models.Net (3)",
    "x = Net\\\n(3)",
    "x = (Net)(3)",
    "x = (models.Net)(3)",
    "x = Net[int](3)",
    "def make():\n    return {'a': Net(1)}",
    "x: int = Net(1)",
]
HANDED_ON = [
    "make(Net)",
    "make(models.Net, 3)",
    "make(\n    3,\n    Net  # the model\n)",
    "start(target=Net)",
    "make((Net))",
    "make(Net\\\n)",
]


@pytest.mark.parametrize("text", CALLS)
def test_what_is_called_may_be_called(text: str) -> None:
    assert "Net" in index_of(text).calls
    assert may_be_called(text.encode(), "Net")
    assert may_be_handed_on(text.encode(), "Net")


@pytest.mark.parametrize("text", HANDED_ON)
def test_what_is_passed_to_a_call_may_be_handed_on(text: str) -> None:
    assert "&Net" in index_of(text).calls
    assert may_be_handed_on(text.encode(), "Net")


@pytest.mark.parametrize("text", ["from a import Net as N\nN()", "from a import (\n    Net\n    as N,\n)"])
def test_another_name_may_be_the_one_that_is_called(text: str) -> None:
    assert index_of(text).aliases({"Net"}) == {"N"}
    assert may_be_handed_on(text.encode(), "Net")


@pytest.mark.parametrize(
    "text", ["class Net(Base):\n    pass", "def Net(x): pass", "from a import Net\n", "MyNet(1)\nNet_(2)", "'a Net'"]
)
def test_a_definition_an_import_or_another_name_is_no_call(text: str) -> None:
    assert "Net" not in index_of(text).calls
    assert not may_be_called(text.encode(), "Net")


@pytest.mark.parametrize("text", ["def f(a: Net, b: Net) -> Net: pass", "class Net(Base): pass", "x: Net = 3"])
def test_an_annotation_hands_nothing_on(text: str) -> None:
    assert not {"Net", "&Net"} & index_of(text).calls.keys()
    assert not may_be_handed_on(text.encode(), "Net")


@pytest.mark.parametrize(
    "text", ["x = make(3)", "self.x = a.make(3)", "x = y.make", "f(x=make())", "def f(x=make()): 0"]
)
def test_what_is_held_may_be_bound(text: str) -> None:
    index = index_of(text)
    assert "make" in index.held_as.keys() | index.taken_as.keys()
    assert may_be_bound(text.encode(), "make")


def test_what_is_only_defined_is_not_bound() -> None:
    text = "def make(x):\n    return x\n"
    index = index_of(text)
    assert "make" not in index.held_as.keys() | index.taken_as.keys()
    assert not may_be_bound(text.encode(), "make")


SET = [
    "Net.forward = other",
    "models.Net.forward = other",
    "Net.forward: object = other",
    "Net.forward += other",
    "a, Net.forward = one, other",
    "Net.forward, a = other, one",
    "(a, Net.forward) = one, other",
    "del Net.forward",
    "del Net.forward; x = 1",
    "for Net.forward in others: pass",
    "x = 1; Net.forward = other",
    "setattr(Net, 'forward', other)",
    "setattr(\n    Net,\n    'forward', other)",
]


@pytest.mark.parametrize("text", SET)
def test_what_is_set_may_be_set(text: str) -> None:
    assert any(holder.endswith("Net") for holder in index_of(text).set_on["forward"])
    assert may_set(text.encode(), "Net", "forward")


@pytest.mark.parametrize("text", ["setattr(Net, name, other)", "delattr(models.Net, name)"])
def test_what_is_set_by_its_name_may_be_set(text: str) -> None:
    assert any(holder.endswith("Net") for holder in index_of(text).set_on[SOME_NAME])
    assert may_set_by_name(text.encode(), "Net")


@pytest.mark.parametrize(
    "text",
    [
        "x = Net.forward",
        "x = Net.forward(3)",
        "f(mode=Net.forward, x=3)",
        "def f(mode=Net.forward): pass",
        "if Net.forward == x: pass",
        "x = [Net.forward, 3]",
        "if x in Net.forward: pass",
        "getattr(x, Net)",
    ],
)
def test_what_is_read_is_not_set(text: str) -> None:
    assert "forward" not in index_of(text).set_on
    assert not may_set(text.encode(), "Net", "forward")


def test_the_rows_of_a_notebook_are_texts() -> None:
    folded = b'{"cells": [{"source": ["setattr(\\n", "    Net,\\n", "    name, other)\\n"]}]}'
    assert may_set_by_name(folded, "Net")
    assert may_set(b'{"cells": [{"source": "x = 1\\nNet.forward, y = a, b"}]}', "Net", "forward")

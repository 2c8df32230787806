"""Which files hold a word: the same answer, searched for or looked up."""

from __future__ import annotations

import re

import pytest

from losslint.sources.tree import MemoryTree
from losslint.static.files import words
from losslint.static.files.project import Project
from losslint.static.files.words import Words, holds

FILES = {
    "a.py": b"class Net:\n    head = net_head\n",
    "b.py": b"from a import Net as N\nsetattr(Net, 'x', 1)\n",
    "c.py": b"class Network(MyNet): pass\nb = bNet(1)\n",
    "d.py": "größe = Net2\n".encode(),
}


@pytest.mark.parametrize("few", [0, 100])
@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("Net", ("a.py", "b.py")),
        ("MyNet", ("c.py",)),
        ("head", ("a.py",)),
        ("net", ()),
        ("nowhere", ()),
        ("größe", ("d.py",)),
        ("setattr(", ("b.py",)),
        ("class Net", ("a.py", "c.py")),
    ],
)
def test_a_name_is_a_whole_word_and_anything_else_is_text(
    monkeypatch: pytest.MonkeyPatch, few: int, word: str, found: tuple[str, ...]
) -> None:
    monkeypatch.setattr(words, "FEW_WORDS", few)
    project = Project(MemoryTree(FILES))
    assert project.mentioning(word) == found
    assert tuple(name for name, data in FILES.items() if holds(data, word)) == found
    assert project.trace.words[word.encode()] == found


@pytest.mark.parametrize("few", [0, 100])
def test_the_blanks_of_a_notebook_are_escapes(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(words, "FEW_WORDS", few)
    notebook = rb'{"cells": [{"source": "x = 1\n\ttrain(Net)\r\nmake()"}]}'
    files = {"a.ipynb": notebook, "b.py": rb'text = "\ttrain(\nmake"'}
    project = Project(MemoryTree(files))
    for word in ("train", "make"):
        assert project.mentioning(word) == ("a.ipynb",)
        assert [name for name, data in files.items() if holds(data, word)] == ["a.ipynb"]
    assert project.mentioning("rain") == ()


def test_a_part_limits_what_is_searched() -> None:
    project = Project(MemoryTree(FILES))
    assert project.mentioning("setattr(Net", "Net") == ("b.py",)
    assert project.mentioning("class Net", "Net") == ("a.py",)


def test_many_words_are_looked_up_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "FEW_WORDS", 2)
    read: list[str] = []

    def reading(name: str) -> bytes:
        read.append(name)
        return FILES[name]

    known = Words(tuple(FILES), reading)
    assert [known.holding(word) for word in (b"Net", b"head", b"Net", b"head", b"N")] == [
        ("a.py", "b.py"),
        ("a.py",),
        ("a.py", "b.py"),
        ("a.py",),
        ("b.py",),
    ]
    assert len(read) == 3 * len(FILES)


def test_many_words_at_once() -> None:
    known = Words(tuple(FILES), FILES.__getitem__)
    assert known.holding_any([b"MyNet", b"head", b"nowhere"]) == {"a.py", "c.py"}
    assert known.holding_any([b"Net"]) == {"a.py", "b.py"}
    assert known.holding_any([]) == set()


def test_words_are_those_that_an_expression_finds() -> None:
    every = bytes(range(256)) + b" _a1 " + "größe=x.y[z]\r\n\tß_1\x0b\x0c\x00".encode()
    known = Words(("a.py",), lambda name: every)
    expected = set(re.findall(rb"\w+", every))
    assert {word for word in expected if known.holding_any([word])} == expected
    assert not known.holding_any([b"gr\xc3", b"y[z", b"", b"ab", b"1 _a1"])

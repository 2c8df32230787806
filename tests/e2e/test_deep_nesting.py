"""Code that is nested deeper than a parser, or a walk through its tree, can go: never a traceback, never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import MISUSE, concise, losslint, write

HEAD = "import torch.nn.functional as F\n"


def lossy(expression: str) -> str:
    """A function that gives a loss an expression of `a`."""
    return f"{HEAD}def f(a, y):\n    return F.cross_entropy({expression}, y)\n"


def nested(statement: str, depth: int, step: str = " ") -> str:
    return "".join(f"{step * level}{statement}\n" for level in range(depth)) + step * depth + "x = 1\n"


#: Deeper than CPython's parser goes: what they hold is not read, and that is said.
TOO_DEEP = {
    "parentheses": "x = " + "(" * 300 + "1" + ")" * 300 + "\n",
    "brackets": "x = " + "[" * 300 + "1" + "]" * 300 + "\n",
    "open": "(" * 300,
    "sum": "a = 1\nx = " + "+".join(["a"] * 20_000) + "\n",
    "sum in a loss": lossy("+".join(["a"] * 20_000)),
    "attributes": "a = 1\nx = a" + ".b" * 20_000 + "\n",
    "attributes in a loss": lossy("a" + ".b" * 20_000),
    "calls in a loss": lossy("a" + ".b()" * 20_000),
    "negations": "x = " + "-" * 20_000 + "1\n",
    "nots in a loss": lossy("not " * 20_000 + "a"),
    "lambdas": "x = " + "lambda: " * 5_000 + "1\n",
    "choices in a loss": lossy("a if a else " * 5_000 + "a"),
    "ifs": nested("if a:", 150),
    "functions": nested("def f():", 150),
    "elifs": HEAD + "if a:\n    pass\n" + "elif a:\n    pass\n" * 5_000 + "F.cross_entropy(a, a)\n",
}

#: Deep, but read: nothing may be wrong with them.
DEEP = {
    "parentheses": lossy("(" * 100 + "a" + ")" * 100),
    "calls": lossy("g(" * 80 + "a" + ")" * 80),
    "sum": lossy("+".join(["a"] * 400)),
    "attributes": lossy("a" + ".b" * 400),
    "ifs": HEAD + nested("if a:", 90),
    "functions": HEAD + nested("def f():", 90),
    "comparisons": HEAD + "x = " + " < ".join(["a"] * 20_000) + "\n",
    "strings": HEAD + "x = " + "'a' " * 20_000 + "\n",
    "functions that call each other": HEAD
    + "def f0(x): return x\n"
    + "".join(f"def f{i + 1}(x): return f{i}(x)\n" for i in range(1_500))
    + "def g(x, y):\n    return F.cross_entropy(f1500(x), y)\n",
    "a function that calls itself": HEAD + "def f(x): return f(x)\ndef g(x, y):\n    return F.cross_entropy(f(x), y)\n",
    "classes that build each other": HEAD
    + "class A:\n    def __init__(self): self.b = B()\nclass B:\n    def __init__(self): self.a = A()\n"
    + "def g(y):\n    return F.cross_entropy(A().b.a.b.a.b.x, y)\n",
}


@pytest.mark.parametrize("name", TOO_DEEP)
def test_too_deep_is_told_and_the_other_files_are_checked(tmp_path: Path, name: str) -> None:
    write(tmp_path, deep=TOO_DEEP[name], other=MISUSE)
    run = concise(tmp_path)
    assert run.status == 1
    assert run.errors == ""
    deep, *others = run.found
    assert deep.startswith("deep.py:") and deep.endswith(": LL900")
    assert others == ["other.py:6:12: LL101"]


@pytest.mark.parametrize("name", DEEP)
def test_deep_is_read(tmp_path: Path, name: str) -> None:
    write(tmp_path, deep=DEEP[name], other=MISUSE)
    run = concise(tmp_path)
    assert run.status == 1
    assert run.errors == ""
    assert run.found == ["other.py:6:12: LL101"]


@pytest.mark.parametrize("name", ["sum", "parentheses", "attributes", "ifs"])
def test_too_deep_is_told_in_full_and_on_standard_input(tmp_path: Path, name: str) -> None:
    run = losslint(tmp_path, "-", given=TOO_DEEP[name])
    assert run.status == 1
    assert run.output.startswith("LL900 unreadable-source: ")


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 5_000 + "1" + ")" * 5_000 + "\n",
        lossy(" and ".join(["a"] * 20_000)),
        lossy(" or ".join(["a"] * 20_000)),
    ],
    ids=["parentheses", "and", "or"],
)
def test_what_libcst_cannot_parse_does_not_kill_the_process(tmp_path: Path, text: str) -> None:
    write(tmp_path, deep=text, other=MISUSE)
    run = concise(tmp_path)
    assert run.status in (1, 2)
    assert "other.py:6:12: LL101" in run.found


def test_what_lowering_cannot_walk_does_not_hide_the_files_behind_it(tmp_path: Path) -> None:
    write(tmp_path, deep=lossy(" and ".join(["a"] * 5_000)), other=MISUSE)
    run = concise(tmp_path)
    assert "other.py:6:12: LL101" in run.found
    assert "internal error" not in run.errors

"""Every expression that sees what files hold, on a text for which one that backtracks would take hours.

`KILLERS` has an entry for each place where losslint searches: rows that begin what is searched for a hundred thousand
times and never end it, runs of blanks between what is wanted and what is not, and signs that two parts can take.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.command import MISUSE
from tests.security.hostile import survived

MANY = 100_000
BLANKS = " " * MANY
#: A class whose attributes are looked for in all files.
MODEL = """\
import torch.nn as nn

class N(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.head = nn.Linear(2, c.n)

    def forward(self, x):
        return self.head(x).softmax(1)

def h(x, y, cfg):
    return nn.CrossEntropyLoss()(N(cfg)(x), y)
"""


def comment(text: str) -> str:
    return MISUSE + MODEL + f"# {text}\n"


def row(text: str) -> str:
    """A row that CPython refuses: it is looked at for what Python 2 had there."""
    return MISUSE + text + "\n"


def at_the_loss(text: str) -> str:
    return MISUSE.replace("(p, y)", f"(p, y)  # {text}")


def cell(text: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": MISUSE + text + "\n!ls\n"}]})


KILLERS = {
    # which files are looked at: static/files/seeds.py
    "losses": ("a.py", comment("loss" * MANY)),
    "losses that are called": ("a.py", comment("loss(" * MANY)),
    "losses and blanks": ("a.py", comment("loss" + BLANKS)),
    "imports": ("a.py", comment("import log_" * MANY) + "x = x.exp().log_\n"),
    "exponentials": ("a.py", comment("exp(a " * MANY)),
    "exponentials and blanks": ("a.py", comment("exp(a" + " a" * MANY + BLANKS)),
    "logarithms": ("a.py", comment("log(" + BLANKS + "1" + BLANKS)),
    "activations": ("a.py", comment("Softmax( " * MANY)),
    # what may set, call or derive from something: static/evaluation, static/files/mentions.py
    "attributes by name": ("a.py", comment("attr(" * MANY)),
    "attributes by name with quotes": ("a.py", comment("attr('" * MANY)),
    "holders": ("a.py", comment("attr(cfg" + BLANKS + "c" + " c" * MANY)),
    "classes": ("a.py", comment("class A(" * MANY + " N")),
    "classes and blanks": ("a.py", comment("class A" + BLANKS)),
    "decorators": ("a.py", comment("@N.N" * MANY)),
    "assignments": ("a.py", comment("torch" + ".a" * MANY)),
    "calls": ("a.py", comment("f(N, " * MANY)),
    # Python 2: static/files/older_syntax.py
    "except": ("a.py", row("try: pass\nexcept" + BLANKS + "?:\n  pass")),
    "except with commas": ("a.py", row("try: pass\nexcept a" + ", " * MANY + "?:\n  pass")),
    "print": ("a.py", row("  print()" + BLANKS + "?")),
    "print with brackets": ("a.py", row("  print(" + ") " * MANY + "?")),
    "raise": ("a.py", row("raise" + BLANKS + "a" + BLANKS + "?")),
    "octal": ("a.py", row("x = " + "0" * MANY + "8L")),
    "octals": ("a.py", row("x = " + "01 " * MANY)),
    "digits": ("a.py", row("x = " + "1" * MANY)),
    # IPython: sources/magics.py, sources/pieces.py
    "magics in magics": (
        "a.ipynb",
        json.dumps({"cells": [{"cell_type": "code", "source": "%%time\n" * MANY + MISUSE}]}),
    ),
    "options": ("a.ipynb", cell("%timeit " + "-n1 -r1 " * MANY + BLANKS)),
    "equal signs": ("a.ipynb", cell("a" + "= " * MANY + "b")),
    "commands": ("a.ipynb", cell("cd" + BLANKS + "+")),
    "commands with equal signs": ("a.ipynb", cell("cd x" + " =" * MANY + "+")),
    "questions": ("a.ipynb", cell("a ?#" * MANY + "+")),
    "quotes": ("a.ipynb", cell("'a' " * MANY + "\n" + '"""' * MANY)),
    "rows that go on": ("a.ipynb", cell("!x\\\n" * MANY)),
    "prompts": ("a.ipynb", cell(">>> " * MANY)),
    # documents: sources/markdown.py
    "lists in lists": ("a.md", "```python\n" + MISUSE + "```\n" + "- " * MANY + "x\n" + "\n" * MANY),
    "lists by tabs": ("a.md", "```python\n" + MISUSE + "```\n" + ("-\t" * 300 + "x\n") * 300),
    "quotes in quotes": ("a.md", "```python\n" + MISUSE + "```\n" + "> " * MANY + "x\n" + "\n" * MANY),
    "rows in lists": ("a.md", "```python\n" + MISUSE + "```\n" + "- " * 3000 + "x\n" + (" " * 6000 + "x\n") * 200),
    "rulers": ("a.md", "```python\n" + MISUSE + "```\n" + "* " * MANY + "x\n" + "_ " * MANY + "x\n"),
    "what fences say": ("a.md", "```python" + "-" * MANY + "\n```\n```{" + BLANKS + "}\n```\n"),
    "fences": ("a.md", "```python\nx = 1\n```\n" * MANY),
    "fences that stay open": ("a.md", "```python\n" + MISUSE + "~~~python\n" * MANY),
    "halves of programs": ("a.md", "```python\nx = (\n```\n" * 10_000 + "```python\n" + MISUSE + "```\n"),
    "comments that stay open": ("a.md", "<!--\n" * MANY + "```python\n" + MISUSE + "```\n"),
    # comments: app/suppressions
    "codes": ("a.py", at_the_loss("noqa: " + "LL101, " * MANY)),
    "comments in comments": ("a.py", at_the_loss("# noqa " * MANY)),
    "brackets": ("a.py", at_the_loss("# losslint: ignore[" * 30_000)),
    "blanks before": ("a.py", at_the_loss(BLANKS + "losslint")),
    "blanks behind": ("a.py", at_the_loss("losslint" + BLANKS)),
    "codes without brackets": ("a.py", at_the_loss("losslint: ignore LL101" + " ,LL101" * MANY + "-")),
    "codes that do not exist": ("a.py", MISUSE + "".join(f"x = 1  # noqa: LL{n % 900 + 100}\n" for n in range(5_000))),
}


@pytest.mark.parametrize("name", KILLERS)
def test_no_text_keeps_an_expression_busy(tmp_path: Path, name: str) -> None:
    filename, text = KILLERS[name]
    survived(tmp_path, {filename: text})


@pytest.mark.parametrize("name", ["losses", "imports", "attributes by name"])
def test_nor_those_of_the_cache(tmp_path: Path, name: str) -> None:
    """What the cache keeps of a file that nobody looked into is found by searches of its own."""
    import subprocess
    import sys

    from tests.e2e.command import environment
    from tests.security.hostile import FRIENDLY, PATIENCE

    filename, text = KILLERS[name]
    (tmp_path / filename).write_text(text.partition("# ")[2])
    (tmp_path / FRIENDLY).write_text(MISUSE)
    command = [sys.executable, "-m", "losslint", "--cache-dir", str(tmp_path / "cache"), "--output-format=concise", "."]
    for _ in range(2):
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, env=environment(), timeout=PATIENCE)
        assert b"friendly.py:6:12: LL101" in ended.stdout

"""`--doctests`: the examples of docstrings, judged where they stand."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.e2e.command import MISUSE, concise, losslint, put, write

#: A module whose names the examples use without importing them, as doctest lets them.
MODULE = '''\
"""Losses.

>>> import torch
>>> y = torch.tensor([0, 1])
>>> criterion(scores(torch.randn(2, 4)), y)
tensor(1.)
"""
import torch
import torch.nn.functional as F
from torch import nn

criterion = nn.CrossEntropyLoss()


def scores(x):
    """
    Two of the class:
        >>> p = scores(torch.randn(2, 4))
        >>> loss = F.cross_entropy(
        ...     p,
        ...     torch.tensor([0, 1]),
        ... )
    """
    return F.softmax(x, 1)


class Net(nn.Module):
    def forward(self, x):
        r\'\'\'>>> F.nll_loss(F.softmax(x, 1), torch.tensor([0, 1]))  # \\n is no matter here\'\'\'
        return x
'''
FOUND = ["losses.py:5:5: LL101", "losses.py:19:20: LL101", "losses.py:29:17: LL105"]


def example(*rows: str) -> str:
    """A module with one docstring, whose first row is row 5 of the file."""
    return 'import torch\nimport torch.nn.functional as F\n\ndef f(x, y):\n    """\n' + "".join(
        f"    {row}\n" if row else "\n" for row in rows
    ) + '    """\n'  # fmt: skip


def test_examples_are_judged_where_they_stand_and_only_on_request(tmp_path: Path) -> None:
    write(tmp_path, losses=MODULE)
    run = concise(tmp_path)
    assert (run.status, run.output) == (0, "No problems found.\n")
    run = concise(tmp_path, "--doctests")
    assert (run.status, run.found) == (1, FOUND), run.output
    assert concise(tmp_path, "--doctests", "--jobs=2", "losses.py").found == FOUND
    assert concise(tmp_path, "--doctests", "-", given=MODULE).found == [
        each.replace("losses.py", "<stdin>") for each in FOUND
    ]


def test_the_configuration_asks_for_them_and_the_command_line_goes_before_it(tmp_path: Path) -> None:
    write(tmp_path, losses=MODULE)
    put(tmp_path / "losslint.toml", "doctests = true\n")
    assert concise(tmp_path).found == FOUND
    assert concise(tmp_path).found == FOUND  # from the cache
    assert concise(tmp_path, "--no-doctests").found == []


def test_each_docstring_is_by_itself_and_its_examples_follow_each_other(tmp_path: Path) -> None:
    text = (
        "import torch\nimport torch.nn.functional as F\n\n"
        'def f():\n    """\n    >>> p = torch.softmax(torch.randn(2, 3), 1)\n\n    And then:\n\n'
        '    >>> F.cross_entropy(p, torch.tensor([0, 1]))\n    """\n\n'
        'def g(p):\n    """>>> F.cross_entropy(p, torch.tensor([0, 1]))"""\n'
    )
    write(tmp_path, a=text)
    run = concise(tmp_path, "--doctests")
    assert run.found == ["a.py:10:9: LL101"]
    assert "2 loss calls: 1 misused, 0 clean, 1 undecided" in run.output


@pytest.mark.parametrize("name", ["pkg/__init__", "pkg/net", "script"])
def test_the_names_of_the_module_are_known(tmp_path: Path, name: str) -> None:
    """Private ones and what it has imported, too; not what is bound inside its functions."""
    text = (
        'import torch.nn.functional as _F\n_p = _F.softmax\n\ndef _f(x):\n    """\n'
        '    >>> _F.cross_entropy(_p(x, 1), y)\n    >>> F.cross_entropy(q, y)\n    """\n    q = _p(x)\n'
    )
    put(tmp_path / "setup.py", "")
    put(tmp_path / "pkg" / "__init__.py", "")
    put(tmp_path / f"{name}.py", text)
    assert concise(tmp_path, "--doctests").found == [f"{name}.py:6:9: LL101"]


def test_what_is_shown_to_raise_is_meant(tmp_path: Path) -> None:
    rows = [
        ">>> p = torch.softmax(torch.randn(2, 3), 1)",
        ">>> F.cross_entropy(p,",
        "...                 torch.tensor([[0], [1]]))",
        "Traceback (most recent call last):",
        "    ...",
        "RuntimeError: 0D or 1D target tensor expected",
    ]
    write(tmp_path, a=example(*rows))
    assert concise(tmp_path, "--doctests").found == []
    write(tmp_path, a=example(*rows[:3], "tensor(1.)"))
    assert concise(tmp_path, "--doctests").found[0] == "a.py:7:9: LL101"


@pytest.mark.parametrize(
    "text",
    [
        example(">>> F.cross_entropy(x.softmax(1), y"),  # does not parse
        example('>>> s = "\\n"; F.cross_entropy(x.softmax(1), y)'),  # another text than doctest's
        example(">>>F.cross_entropy(x.softmax(1), y)"),  # doctest refuses it
        "def f():\n    def g():\n        '''\n        >>> import torch.nn.functional as F\n"
        "        >>> F.cross_entropy(x.softmax(1), y)\n        '''\n",  # nobody looks inside of functions
        "x = '''\n>>> import torch.nn.functional as F\n>>> F.cross_entropy(x.softmax(1), y)\n'''\n",  # no docstring
    ],
)
def test_what_doctest_would_not_run_is_left_out_without_a_word(tmp_path: Path, text: str) -> None:
    write(tmp_path, a=text)
    run = concise(tmp_path, "--doctests")
    assert (run.status, run.found, run.errors) == (0, [], "")


def test_the_loss_in_the_code_and_the_cause_in_an_example(tmp_path: Path) -> None:
    text = (
        "import torch\nimport torch.nn.functional as F\n\n\ndef loss(p, y):\n"
        '    """\n    >>> p = torch.softmax(torch.randn(2, 3), 1)\n    >>> loss(p, torch.tensor([0, 1]))\n    """\n'
        "    return F.cross_entropy(p, y)\n"
    )
    write(tmp_path, a=text)
    (told,) = json.loads(losslint(tmp_path, "--doctests", "--output-format=json").output)
    assert (told["code"], told["location"]["row"]) == ("LL101", 10)
    assert [step["location"]["row"] for step in told["evidence"]][:1] == [7]


@pytest.mark.parametrize(
    "rows",
    [
        [">>> F.cross_entropy(torch.softmax(x, 1), y)  # noqa: LL101"],
        [">>> F.cross_entropy(torch.softmax(x, 1), y)  # losslint: ignore[LL101] shows what happens"],
        [">>> # losslint: ignore[LL101]", ">>> F.cross_entropy(torch.softmax(x, 1), y)"],
        [">>> F.cross_entropy(", "...     torch.softmax(x, 1), y)  # noqa: LL101"],
    ],
)
def test_comments_in_examples_keep_findings_back(tmp_path: Path, rows: list[str]) -> None:
    write(tmp_path, a=example(*rows))
    run = concise(tmp_path, "--doctests")
    assert (run.status, "No problems found (1 suppressed)" in run.output) == (0, True), run.output
    assert concise(tmp_path, "--doctests", "--no-suppressions").status == 1
    assert concise(tmp_path).output == "No problems found.\n"  # without --doctests it is no comment at all


def test_a_comment_behind_the_docstring_counts_for_all_of_it_and_add_noqa_writes_it(tmp_path: Path) -> None:
    text = example(">>> F.cross_entropy(torch.softmax(x, 1), y)")
    write(tmp_path, a=text)
    run = losslint(tmp_path, "--doctests", "--add-noqa")
    assert (run.status, run.output) == (0, "1 comment added for 1 finding.\n")
    assert (tmp_path / "a.py").read_text() == text[:-1] + "  # noqa: LL101\n"
    assert concise(tmp_path, "--doctests").status == 0


def test_comments_in_examples_that_suppress_nothing_are_told_once_and_removed(tmp_path: Path) -> None:
    rows = [
        ">>> F.cross_entropy(torch.nn.Linear(2, 3)(x), y)  # noqa: LL101",
        "tensor(1.)",
        ">>> # losslint: ignore[LL101]",
        "",
        ">>> x = 1  # losslint: ignore[LL999]",
    ]
    text = example(*rows)
    write(tmp_path, a=text)
    run = concise(tmp_path, "--doctests")
    assert run.found == ["a.py:6:55: LL901", "a.py:8:9: LL901", "a.py:10:35: LL902"], run.output
    losslint(tmp_path, "--doctests", "--fix")
    expected = text.replace("  # noqa: LL101", "").replace(">>> # losslint: ignore[LL101]", ">>> ")
    assert (tmp_path / "a.py").read_text() == expected


def test_line_ends_and_encodings(tmp_path: Path) -> None:
    text = "# -*- coding: latin-1 -*-\nä = 1\n" + example("ö >>> no", ">>> F.cross_entropy(torch.softmax(x, 1), y)")
    put(tmp_path / "a.py", text.replace("\n", "\r\n").encode("latin-1"))
    assert concise(tmp_path, "--doctests").found == ["a.py:9:9: LL101"]


def test_a_baseline_and_what_has_changed(tmp_path: Path) -> None:
    write(tmp_path, losses=MODULE)
    assert losslint(tmp_path, "--doctests", "--write-baseline", "b.json").output == "3 findings written to b.json.\n"
    assert concise(tmp_path, "--doctests", "--baseline", "b.json").status == 0
    write(tmp_path, losses="\n\n" + MODULE.replace("nll_loss(F.softmax(x, 1)", "nll_loss(x"))
    run = concise(tmp_path, "--doctests", "--baseline", "b.json")
    assert (run.found, "1 entry not found any more" in run.errors) == ([], True), run.output


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["a.py:doctest:1", "a.pydocstring 1", "a.py\\0docstring 1"])
def test_no_name_of_a_file_is_that_of_a_docstring(tmp_path: Path, name: str) -> None:
    put(tmp_path / f"{name}.py", MISUSE)
    assert concise(tmp_path, "--doctests").status == concise(tmp_path).status == 1


def test_files_count_once(tmp_path: Path) -> None:
    write(tmp_path, losses=MODULE, a=MISUSE)
    assert "  files read: 2 of " in losslint(tmp_path, "--doctests", "--verbose", "--no-cache").errors

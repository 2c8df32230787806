"""`--doctests --fix`: in an example only what follows the prompt changes, and only where nothing that is shown hangs on
it."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from tests.e2e.command import concise, losslint, put, write
from tests.e2e.test_doctests import example

ALL = ("--doctests", "--fix", "--unsafe-fixes")
#: A raw docstring, a prompt behind the quotes, rows that go on, text between examples, and quotes behind the last one.
MODULE = '''\
import torch
import torch.nn.functional as F


def heads(x):
    r\'\'\'>>> z = torch.log(F.softmax(torch.randn(2, 3), 1))  # \\ says nothing

    Probabilities \\ that are none:

        >>> p = torch.softmax(torch.randn(2, 3), 1)
        >>> loss = F.cross_entropy(
        ...     p,   # as it is
        ...     torch.tensor([0, 1]))
        >>> loss.backward = None\'\'\'
    return F.softmax(x, 1)


def weights(x):
    """
    >>> loss = F.cross_entropy(heads(torch.randn(2, 3)), torch.tensor([0, 1]))
    """
'''
MENDED = (
    MODULE.replace("torch.log(F.softmax(torch.randn(2, 3), 1))", "F.log_softmax(torch.randn(2, 3), 1)")
    .replace("torch.softmax(torch.randn(2, 3), 1)", "torch.randn(2, 3)")
    .replace("return F.softmax(x, 1)", "return x")
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_prompts_and_everything_else_stay_to_the_byte(tmp_path: Path, end: str) -> None:
    put(tmp_path / "a.py", MODULE.replace("\n", end).encode())
    assert len(concise(tmp_path, "--doctests").found) == 3
    run = concise(tmp_path, *ALL)
    assert (run.status, run.found, run.errors) == (0, [], ""), run.output
    assert (tmp_path / "a.py").read_bytes() == MENDED.replace("\n", end).encode()


def test_what_is_left_still_runs_as_a_doctest(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    write(tmp_path, a=MODULE)
    losslint(tmp_path, *ALL)
    module: dict[str, object] = {"__name__": "a"}
    exec((tmp_path / "a.py").read_text(), module)
    for name in ("heads", "weights"):
        (found,) = [each for each in doctest.DocTestFinder().find(module[name], name, globs=module) if each.examples]
        assert doctest.DocTestRunner(verbose=False).run(found).failed == 0
    assert torch.is_grad_enabled()


def test_the_difference_shows_the_prompts_and_changes_nothing(tmp_path: Path) -> None:
    text = example(">>> loss = F.cross_entropy(torch.softmax(x, 1), y)")
    write(tmp_path, a=text)
    run = losslint(tmp_path, "--doctests", "--diff", "--unsafe-fixes")
    assert run.status == 1
    assert "-    >>> loss = F.cross_entropy(torch.softmax(x, 1), y)\n" in run.output
    assert "+    >>> loss = F.cross_entropy(x, y)\n" in run.output
    assert (tmp_path / "a.py").read_text() == text
    assert losslint(tmp_path, "--diff", "--unsafe-fixes").output == ""  # nobody asked for examples


#: What keeps a fix from being made, and what is said of it.
LEFT = {
    "what it prints": (
        [">>> F.cross_entropy(torch.softmax(x, 1), y)", "tensor(1.)"],
        "what an example is shown to print may be another then (a.py:7:",
    ),
    "what a later one prints": (
        [">>> loss = F.cross_entropy(torch.softmax(x, 1), y)", "", "So:", "", ">>> loss.shape", "torch.Size([])"],
        "what an example is shown to print may be another then (a.py:11:",
    ),
    "one that is shown to raise": (
        [
            *(">>> p = torch.softmax(x, 1)", ">>> p.missing", "Traceback (most recent call last):"),
            *("AttributeError: missing", ">>> loss = F.cross_entropy(p, y)"),
        ],
        "examples of the docstring are not read (a.py:7:",
    ),
    "a row that would go": (
        [">>> loss = F.cross_entropy(torch.softmax(", "...     x, 1), y)"],
        "a row of an example would come or go (a.py:6:",
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_to_people_says_why(tmp_path: Path, name: str) -> None:
    rows, said = LEFT[name]
    text = example(*rows)
    write(tmp_path, a=text)
    assert f"= no fix: {said}" in losslint(tmp_path, "--doctests").output
    run = concise(tmp_path, *ALL)
    assert run.status == 1 and run.found
    assert (tmp_path / "a.py").read_text() == text


def test_what_is_printed_before_does_not_matter(tmp_path: Path) -> None:
    text = example(">>> 1 + 1", "2", ">>> loss = F.cross_entropy(torch.softmax(x, 1), y)")
    write(tmp_path, a=text)
    assert concise(tmp_path, *ALL).status == 0
    assert (tmp_path / "a.py").read_text() == text.replace("torch.softmax(x, 1)", "x")


def test_a_loss_in_the_code_and_its_cause_in_an_example(tmp_path: Path) -> None:
    text = (
        "import torch\nimport torch.nn.functional as F\n\n\ndef loss(p, y):\n"
        '    """\n    >>> p = torch.softmax(torch.randn(2, 3), 1)\n'
        '    >>> value = loss(p, torch.tensor([0, 1]))\n    """\n'
        "    return F.cross_entropy(p, y)\n"
    )
    write(tmp_path, a=text)
    run = concise(tmp_path, *ALL)
    assert (run.status, run.found) == (0, []), run.output
    assert (tmp_path / "a.py").read_text() == text.replace("torch.softmax(torch.randn(2, 3), 1)", "torch.randn(2, 3)")

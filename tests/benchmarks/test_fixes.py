"""`benchmarks/fixes.py`: what it finds right, and that it notices a fix that breaks a file or leaves its finding."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import fixes
from tests.e2e.command import put

NET = """\
from torch import nn
import torch.nn.functional as F


def step(x, y):
    return nn.CrossEntropyLoss()(F.softmax(nn.Linear(3, 4)(x), dim=1), y)
"""


def told(tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["fixes.py", "--diffs", str(tree.parent / "diffs"), str(tree)])
    return fixes.main(), capsys.readouterr().out


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    put(tree / "net.py", NET)
    put(tree / "note.ipynb", json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    put(tree / "data.txt", NET)
    return tree


def test_what_is_mended_is_counted_and_shown(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, output = told(tree, capsys, monkeypatch)
    assert (status, output.splitlines()[-1]) == (0, "1 findings, 1 with a fix, 0 left; 1 files changed; 0 wrong")
    assert (tree / "net.py").read_text() == NET  # it was a copy
    diff = (tree.parent / "diffs").read_text().splitlines()
    assert [line[:2] for line in diff if line.startswith(("-  ", "+  "))] == ["- ", "+ "]
    assert "+    return nn.CrossEntropyLoss()(nn.Linear(3, 4)(x), y)" in diff


@pytest.mark.parametrize(
    ("mended", "noticed"),
    [
        ("return (", "net.py: cannot be parsed any more"),
        ("return nn.CrossEntropyLoss()(nn.Linear(3, 4)(x).softmax(1), y)", "net.py: 1 of 1 LL101 that had a fix are"),
        ("return nn.BCEWithLogitsLoss()(nn.Linear(3, 4)(x).sigmoid(), y)", "net.py: 1 LL201 that was not there"),
    ],
)
def test_what_a_fix_should_not_do_is_noticed(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, mended: str, noticed: str
) -> None:
    lint = fixes.lint

    def mends_badly(folder: Path, *arguments: str) -> list[dict[str, object]]:
        if arguments:
            (folder / "net.py").write_text(NET[: NET.index("return")] + mended + "\n")
        return lint(folder)

    monkeypatch.setattr(fixes, "lint", mends_badly)
    status, output = told(tree, capsys, monkeypatch)
    assert status == 1
    assert f"  WRONG {noticed}" in output

"""Files that do not parse."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, concise, losslint, write


@pytest.mark.parametrize("loss", ["", "import torch.nn.functional as F\nloss = F.cross_entropy(p, y)\n"])
def test_it_is_found_at_its_row_and_the_other_files_are_checked(tmp_path: Path, loss: str) -> None:
    write(tmp_path, broken=loss + "def f(:\n    pass\n", bad=MISUSE)
    run = concise(tmp_path)
    row = 1 + loss.count("\n")
    assert run.status == 1
    assert run.found == ["bad.py:6:12: LL101", f"broken.py:{row}:7: LL900"]
    assert run.errors == ""


def test_alone_it_is_not_fine(tmp_path: Path) -> None:
    write(tmp_path, broken="def f(:\n")
    run = losslint(tmp_path, "broken.py")
    assert run.status == 1
    assert "LL900" in run.output
    assert "1 | def f(:\n" in run.output


def test_given_by_name_it_is_found_however_much_else_there_is(tmp_path: Path) -> None:
    write(tmp_path, broken="def f(:\n", big="# padding\n" * 30_000)
    run = concise(tmp_path, "broken.py", "big.py")
    assert run.status == 1
    assert run.found == ["broken.py:1:7: LL900"]


def test_what_the_rule_would_say_is_said_even_where_it_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, broken="def f(:\n", good=FINE)
    for option in ("--ignore=LL900", "--select=LL101"):
        run = concise(tmp_path, option)
        assert run.status == 2
        assert run.found == []
        assert run.errors.startswith("losslint: error: not checked: broken.py: syntax error")


def test_a_helper_that_is_broken_is_only_told_of_when_it_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, broken="def f(:\n", main="from broken import f\n" + MISUSE)
    (tmp_path / "pyproject.toml").write_text("")
    run = concise(tmp_path, "main.py")
    assert run.found == ["main.py:7:12: LL101"]


def test_a_notebook_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text('{"cells": [')
    write(tmp_path, bad=MISUSE)
    run = concise(tmp_path)
    assert run.status == 1
    assert [each.split(":")[0] for each in run.found] == ["a.ipynb", "bad.py"]
    assert run.found[0].endswith("LL900")

"""A path that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, concise, write


def test_it_is_named_and_the_status_is_2(tmp_path: Path) -> None:
    run = concise(tmp_path, "nowhere.py")
    assert run.status == 2
    assert run.errors == "losslint: error: no such file or folder: nowhere.py\n"
    assert "No problems" not in run.output


@pytest.mark.parametrize(
    ("word", "meant"),
    [("chekc", "check"), ("rul", "rule"), ("help", "--help"), ("version", "--version"), ("rules", "rule --all")],
)
def test_a_command_that_was_meant_is_named(tmp_path: Path, word: str, meant: str) -> None:
    run = concise(tmp_path, word)
    assert run.status == 2
    said = f"losslint: error: no such file or folder: {word} (did you mean `losslint {meant}`?)\n"
    assert run.errors == said
    assert concise(tmp_path, *meant.split()).errors != said  # which exists, whatever it has to say to the format
    (tmp_path / word).mkdir()  # a folder of that name is a folder
    assert "did you mean" not in concise(tmp_path, word).errors


def test_the_others_are_linted_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, bad=MISUSE)
    run = concise(tmp_path, "nowhere", "bad.py", "nor here")
    assert run.status == 2
    assert run.found == ["bad.py:6:12: LL101"]
    assert run.errors.splitlines() == [
        "losslint: error: no such file or folder: nowhere",
        "losslint: error: no such file or folder: nor here",
    ]


def test_neither_clean_files_nor_exit_zero_make_it_fine(tmp_path: Path) -> None:
    write(tmp_path, good=FINE)
    assert concise(tmp_path, "nowhere", "good.py").status == 2
    assert concise(tmp_path, "--exit-zero", "nowhere", "good.py").status == 2
    assert concise(tmp_path, "--exit-zero", "nowhere").status == 2


def test_a_link_that_leads_nowhere_is_missing(tmp_path: Path) -> None:
    (tmp_path / "link.py").symlink_to("gone.py")
    run = concise(tmp_path, "link.py")
    assert run.status == 2
    assert "link.py" in run.errors


def test_its_name_is_escaped(tmp_path: Path) -> None:
    run = concise(tmp_path, "no\x1b[31m\nwhere")
    assert run.errors == "losslint: error: no such file or folder: no\\x1b[31m\\nwhere\n"

"""Where not a single file could be read, the job was not done."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from losslint.app import cli
from losslint.sources.disk import DiskTree
from tests.e2e.command import FINE, MISUSE, concise, put, write


def run_here(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["losslint", "--output-format", "concise", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of files that the system does not give, as it does it for others than root."""
    names: set[str] = set()
    read = DiskTree.read

    def refusing(self: DiskTree, name: str) -> bytes:
        if name in names:
            raise PermissionError(13, "Permission denied", name)
        return read(self, name)

    monkeypatch.setattr(DiskTree, "read", refusing)
    monkeypatch.chdir(tmp_path)
    return names


@pytest.mark.parametrize("option", ["--quiet", "--exit-zero", "--ignore=LL900"])
def test_no_file_at_all_is_a_failure(
    tmp_path: Path,
    refused: set[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: str,
) -> None:
    write(tmp_path, one=FINE, two=MISUSE)
    refused |= {"one.py", "two.py"}
    assert run_here(monkeypatch, option) == 2
    shown = capsys.readouterr()
    assert "losslint: error: no file could be read\n" in shown.err
    assert "two.py" in shown.out + shown.err
    assert "LL101" not in shown.out


def test_one_of_several_is_a_finding(
    tmp_path: Path, refused: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, one=FINE, two=MISUSE)
    refused.add("two.py")
    assert run_here(monkeypatch) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("two.py:1:1: LL900 ")
    assert shown.err == ""


def test_what_was_read_but_cannot_be_decoded_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, broken=b"x = '\xff'\n")
    run = concise(tmp_path)
    assert run.status == 1
    assert run.found == ["broken.py:1:6: LL900"]


def test_a_folder_without_python_is_a_warning(tmp_path: Path) -> None:
    put(tmp_path / "notes.txt", "no code\n")
    run = concise(tmp_path)
    assert run.status == 0
    assert run.errors == (
        "losslint: warning: no Python file, notebook or Markdown page found here; "
        "what git ignores, or a configuration excludes, is not looked for\n"
    )
    (tmp_path / "empty").mkdir()
    assert " page found in empty; " in concise(tmp_path, "empty").errors
    assert " page found in the 4 paths that were given; " in concise(tmp_path, *["empty"] * 4).errors

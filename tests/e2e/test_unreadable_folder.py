"""Folders and files without permission."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from losslint.app import cli
from tests.e2e.command import FINE, MISUSE, concise, write

needs_permissions = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="nothing is unreadable for root, or on Windows"
)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    write(tmp_path, good=FINE, bad=MISUSE, secret__other=MISUSE)
    secret = tmp_path / "secret"
    secret.chmod(0)
    yield secret
    secret.chmod(0o700)


@needs_permissions
def test_a_closed_folder_is_named_and_the_rest_is_checked(tmp_path: Path, closed: Path) -> None:
    run = concise(tmp_path)
    assert run.status == 2
    assert run.found == ["bad.py:6:12: LL101"]
    assert run.errors == "losslint: error: secret: cannot be read: permission denied\n"


@needs_permissions
def test_a_closed_folder_alone_is_not_fine(tmp_path: Path, closed: Path) -> None:
    assert concise(tmp_path, "secret").status == 2
    assert concise(tmp_path, "--exit-zero", "secret").status == 2
    assert concise(tmp_path, "secret/other.py").status == 2


@needs_permissions
def test_a_closed_file_is_found(tmp_path: Path) -> None:
    write(tmp_path, secret=FINE, bad=MISUSE)
    (tmp_path / "secret.py").chmod(0)
    run = concise(tmp_path)
    assert run.status == 1
    assert run.found == ["bad.py:6:12: LL101", "secret.py:1:1: LL900"]
    # Alone it is no finding but a job that could not be done.
    assert concise(tmp_path, "secret.py").status == 2


def refuse(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As the system does it for others than root."""
    scandir = os.scandir

    def refusing(path: str) -> object:
        if os.path.basename(str(path).rstrip(os.sep)) == name:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)


def run_here(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["losslint", "--output-format", "concise", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_a_folder_that_the_system_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, bad=MISUSE, secret__other=MISUSE)
    monkeypatch.chdir(tmp_path)
    refuse(monkeypatch, "secret")
    assert run_here(monkeypatch) == 2
    shown = capsys.readouterr()
    assert shown.out.startswith("bad.py:6:12: LL101 ")
    assert "other.py" not in shown.out
    assert shown.err == "losslint: error: secret: cannot be read: permission denied\n"
    assert run_here(monkeypatch, "--exit-zero", "secret") == 2


def test_a_file_that_the_system_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from losslint.sources.disk import DiskTree

    write(tmp_path, bad=MISUSE, secret=MISUSE)
    monkeypatch.chdir(tmp_path)
    read = DiskTree.read

    def refusing(self: DiskTree, name: str) -> bytes:
        if name == "secret.py":
            raise PermissionError(13, "Permission denied", name)
        return read(self, name)

    monkeypatch.setattr(DiskTree, "read", refusing)
    assert run_here(monkeypatch) == 1
    bad, secret, _ = capsys.readouterr().out.splitlines()
    assert bad.startswith("bad.py:6:12: LL101 ")
    assert secret.lower() == "secret.py:1:1: ll900 cannot be read: permission denied. what is in it was not checked."
    assert run_here(monkeypatch, "--ignore", "LL900", "secret.py") == 2
    assert "not checked: secret.py: cannot be read" in capsys.readouterr().err

"""Trees on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from losslint.sources.disk import DiskTree


def test_names_are_sorted_and_the_others_are_found_once(tmp_path: Path) -> None:
    calls: list[int] = []

    def others() -> list[str]:
        calls.append(1)
        return ["c.py", "a/b.py"]

    tree = DiskTree(str(tmp_path), ["z.py", "c.py"], others)
    assert calls == []
    assert list(tree.names()) == list(tree.names()) == ["a/b.py", "c.py", "z.py"]
    assert calls == [1]


def test_bytes_are_read_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.py").write_bytes(b"x\r\n\xff\0")
    tree = DiskTree(str(tmp_path), ["a/b.py"])
    assert tree.read("a/b.py") == b"x\r\n\xff\0"
    with pytest.raises(FileNotFoundError):
        tree.read("nowhere.py")
    with pytest.raises(OSError):
        tree.read("a")


def test_names_are_shown_relative_to_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "root" / "pkg").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert DiskTree("root", []).shown("pkg/a.py") == os.path.join("root", "pkg", "a.py")
    monkeypatch.chdir(tmp_path / "root")
    assert DiskTree(".", []).shown("pkg/a.py") == os.path.join("pkg", "a.py")
    monkeypatch.chdir(tmp_path / "root" / "pkg")
    tree = DiskTree("..", [])
    assert tree.shown("pkg/a.py") == "a.py"
    assert tree.shown("b.py") == str(tmp_path / "root" / "b.py")
    assert DiskTree(os.sep, []).path("x/y.py") == os.sep + os.path.join("x", "y.py")

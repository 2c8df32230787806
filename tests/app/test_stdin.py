"""Standard input as a file of a project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from losslint.app.stdin import WithStandardInput, standard_input
from losslint.sources.tree import MemoryTree


def test_its_bytes_stand_for_those_of_the_file() -> None:
    tree = WithStandardInput(MemoryTree({"a.py": b"old", "b.py": b"other"}), "a.py", b"new", "shown/a.py")
    assert tree.names() == ["a.py", "b.py"]
    assert tree.read("a.py") == b"new"
    assert tree.read("b.py") == b"other"
    assert tree.shown("a.py") == "shown/a.py"
    assert tree.shown("b.py") == "b.py"


def test_a_file_that_is_not_there_yet_joins_the_others() -> None:
    tree = WithStandardInput(MemoryTree({"a.py": b"", "c.py": b""}), "b.py", b"new", "b.py")
    assert tree.names() == ["a.py", "b.py", "c.py"]


def test_alone_there_is_nothing_else() -> None:
    tree = WithStandardInput(None, "a.py", b"new", "a.py")
    assert tree.names() == ["a.py"]
    with pytest.raises(FileNotFoundError):
        tree.read("b.py")


def test_without_a_name_it_belongs_to_no_project() -> None:
    job, notes = standard_input(b"x = 1\n", None)
    assert job.tree.names() == ["stdin.py"]
    assert job.asked == ("stdin.py",)
    assert job.tree.shown("stdin.py") == "<stdin>"
    assert notes == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "net.py").write_text("net = 1\n")
    (tmp_path / "train.py").write_text("train = 1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["src/net.py", "./src/net.py", "src/../src/net.py"])
@pytest.mark.parametrize("absolute", [False, True])
def test_its_name_says_which_file_of_which_project_it_is(project: Path, name: str, absolute: bool) -> None:
    job, _ = standard_input(b"new", os.path.join(project, name) if absolute else name)
    assert job.asked == ("src/net.py",)
    assert job.named == {"src/net.py"}
    assert job.tree.names() == ["src/net.py", "train.py"]
    assert job.tree.read("src/net.py") == b"new"
    assert job.tree.read("train.py") == b"train = 1\n"
    assert job.tree.shown("src/net.py") == os.path.join("src", "net.py")


@pytest.mark.parametrize("name", ["src/new.py", "no/such/folder/new.py"])
def test_neither_the_file_nor_its_folder_need_be_there(project: Path, name: str) -> None:
    job, _ = standard_input(b"new", name)
    assert job.asked == (name,)
    assert set(job.tree.names()) >= {name, "src/net.py", "train.py"}
    assert job.tree.shown(name) == os.path.join(*name.split("/"))


def test_in_a_folder_that_is_nowhere_it_is_alone(tmp_path: Path) -> None:
    if any((above / ".git").exists() for above in tmp_path.parents):
        pytest.skip("the folder of temporary files is inside a project")
    path = str(tmp_path / "no" / "such" / "new.py")
    job, _ = standard_input(b"new", path)
    assert job.tree.names() == ["new.py"]
    assert job.tree.shown("new.py") == path

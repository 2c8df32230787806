"""As pre-commit does it: only the changed files are given, and the others are read when a loss needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, NET, TRAIN, as_json, concise, write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    write(tmp_path, models__net=NET, models____init__="", train=TRAIN, other=MISUSE)
    return tmp_path


@pytest.mark.parametrize("changed", ["models/net.py", "train.py"])
def test_a_finding_belongs_to_the_run_if_any_of_its_steps_does(project: Path, changed: str) -> None:
    run = concise(project, changed)
    assert run.status == 1
    assert run.found == ["train.py:8:16: LL101"]


def test_its_evidence_names_both_files(project: Path) -> None:
    (found,) = as_json(project, "models/net.py")
    assert found["filename"] == str(project / "train.py")
    assert str(project / "models" / "net.py") in {step["filename"] for step in found["evidence"]}


def test_findings_of_other_files_alone_are_not_told(project: Path) -> None:
    write(project, changed=FINE)
    run = concise(project, "changed.py")
    assert run.status == 0
    assert run.output == "No problems found. 1 loss call: 0 misused, 1 clean, 0 undecided.\n"


def test_from_another_folder(project: Path) -> None:
    assert concise(project / "models", "net.py").found == [f"{project}/train.py:8:16: LL101"]
    assert concise(project.parent, f"{project.name}/models/net.py").found == [f"{project.name}/train.py:8:16: LL101"]


def test_without_a_project_around_the_files_given_are_one(tmp_path: Path) -> None:
    write(tmp_path, models__net=NET, train=TRAIN)
    assert concise(tmp_path, "train.py", "models/net.py").found == ["train.py:8:16: LL101"]

"""Several processes at one project find what one finds."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from losslint.app.discovery import discover
from losslint.app.lint import Job, Outcome, lint
from losslint.app.workers import FILES_A_PROCESS, Team, share
from losslint.rules.registry import names
from losslint.static.files.project import Project

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here: one process does all")

MODEL = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))

    def forward(self, x):
        return self.body(x)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text(MODEL)
    for number in range(4 * FILES_A_PROCESS):
        loss = "CrossEntropyLoss" if number % 3 else "NLLLoss"
        (tmp_path / f"train_{number:02}.py").write_text(
            f"from torch import nn\nfrom net import Net\n\ndef step(x, y):\n    return nn.{loss}()(Net()(x), y)\n"
        )
    (tmp_path / "broken.py").write_text("import torch.nn as nn\nnn.MSELoss()(\n")
    return tmp_path


def outcome(folder: Path, processes: int) -> Outcome:
    jobs = [Job(found.tree, found.asked) for found in discover([str(folder)]).projects]
    return lint(jobs, names(), (), processes)


@needs_fork
@pytest.mark.parametrize("processes", [2, 3, 8])
def test_several_processes_find_what_one_finds(project: Path, processes: int) -> None:
    alone = outcome(project, 1)
    assert {finding.code for finding in alone.report.findings} == {"LL101", "LL105", "LL900"}
    assert outcome(project, processes) == alone


@needs_fork
@pytest.mark.parametrize("processes", [2, 3])
def test_what_several_processes_have_read_is_what_one_reads(
    project: Path, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("losslint.static.files.project.MUCH_TO_READ", 1)
    alone = outcome(project, 1)
    read: list[dict[str, object]] = []

    def spread(self: Team, names: list[str], work: Callable[[str], object]) -> dict[str, object]:
        read.append(found := divided(self, names, work))
        assert found == {name: work(name) for name in (names if found else ())}
        return found

    divided = Team.spread
    monkeypatch.setattr(Team, "spread", spread)
    assert outcome(project, processes) == alone
    assert len(read[0]) == 4 * FILES_A_PROCESS + 1
    assert read[0]["broken.py"] is None  # whoever asks for it says why


@needs_fork
def test_what_a_lost_process_should_have_read_is_read_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("losslint.static.files.project.MUCH_TO_READ", 1)
    alone, own = outcome(project, 1), os.getpid()

    def lost(self: Project, name: str) -> object:
        return made(self, name) if os.getpid() == own else os._exit(9)

    made = Project._indexed
    monkeypatch.setattr(Project, "_indexed", lost)
    assert outcome(project, 2) == alone


@needs_fork
def test_a_process_that_is_lost_is_told_of(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Team, "hand_over", lambda self, found: os._exit(9))
    failures = outcome(project, 2).failures
    assert len(failures) == 1
    assert "a process was lost" in failures[0] and "--jobs 1" in failures[0]


@needs_fork
def test_a_failure_in_a_fork_does_not_come_out_twice(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = os.getpid()

    def stop(*_: object) -> None:
        if os.getpid() != first:
            raise KeyboardInterrupt

    monkeypatch.setattr("losslint.app.lint._judge", stop)
    assert "a process was lost" in outcome(project, 2).failures[0]


def test_a_small_project_is_left_to_one_process() -> None:
    team = Team(8)
    assert team.part(2 * FILES_A_PROCESS - 1) == (0, 1)
    assert list(team.gather()) == []


def test_without_fork_one_process_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork", raising=False)
    assert Team(8).part(1000) == (0, 1)


def test_each_file_is_looked_into_once_and_neighbours_stay_together() -> None:
    files = [f"{number}.py" for number in range(50)]
    parts = [share(files, (number, 3)) for number in range(3)]
    assert [name for part in parts for name in part] == files
    assert {len(part) for part in parts} == {16, 17}
    assert share(files, (0, 1)) == files

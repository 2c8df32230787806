"""A short and always equal run of `benchmarks/fuzz_command.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fuzz_command import _project as fuzz_command_project
from benchmarks.fuzz_command import fuzz

pytestmark = pytest.mark.skipif(not hasattr(__import__("signal"), "SIGALRM"), reason="nothing wakes a run up here")


@pytest.mark.parametrize("seed", [0, 1])
def test_rounds_of_the_command_come_to_their_ends(tmp_path: Path, seed: int) -> None:
    assert list(fuzz(600, seed, tmp_path / "kept", most=40)) == []


def test_what_goes_wrong_is_noticed_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("broken")

    def project(folder: Path) -> None:
        fuzz_command_project(folder)
        monkeypatch.setattr("losslint.app.checking.linted", broken)

    monkeypatch.setattr("benchmarks.fuzz_command._project", project)
    problems = list(fuzz(600, 0, tmp_path / "kept", most=10))
    assert problems and all("KeyError" in problem for problem in problems)
    assert len(list((tmp_path / "kept").glob("*/arguments.json"))) == len(problems)


@pytest.mark.parametrize("format", ["json", "sarif", "junit", "html", "github", "full"])
def test_a_report_that_its_readers_cannot_read_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    monkeypatch.setattr("benchmarks.fuzz_command.FORMATS", (format,))
    monkeypatch.setattr("benchmarks.fuzz_command.OPTIONS", ("--quiet", "--exit-zero", "--no-cache"))
    wrong = "<img src=x onerror=alert(1)>\x1b[31m"
    monkeypatch.setattr("losslint.app.reporting.reports", lambda *_: [(wrong, None)])
    assert any("Wrong" in problem or "Error" in problem for problem in fuzz(600, 0, tmp_path / "kept", most=10))

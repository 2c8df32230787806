"""`losslint run`, and processes that are watched by their environment: each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.command import environment

#: The losslint that is tested, whichever is installed.
ROOT = Path(__file__).parents[2]

TRAIN = """\
import sys
import torch
import torch.nn.functional as F
from torch import nn

net = nn.Linear(5, 3)

def step(x, y):
    return F.cross_entropy(net(x).softmax(1), y)

def main():
    for _ in range(3):
        step(torch.randn(4, 5), torch.tensor([0, 1, 2, 0])).backward()
    print(sys.argv[1:], __name__)
    if "--raise" in sys.argv:
        raise ValueError("wrong")
    if "--exit" in sys.argv:
        sys.exit(7)

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "package").mkdir(parents=True)
    (folder / "package" / "__init__.py").write_text("")
    for name in ("train.py", "package/train.py"):
        (folder / name).write_text(TRAIN)
    (folder / "fine.py").write_text(TRAIN.replace(".softmax(1)", ""))
    return folder


def python(folder: Path, *arguments: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**environment(), "PYTHONPATH": str(ROOT), **(more or {})},
        timeout=240,
        check=False,
    )


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return python(folder, "-m", "losslint", "run", *arguments)


def test_a_script_runs_as_ever_and_the_report_is_apart(project: Path) -> None:
    ended = run(project, "train.py", "--select", "x", "-m", "-h")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "['--select', 'x', '-m', '-h'] __main__\n"
    assert "LL101" in ended.stderr
    assert "train.py:9:12" in ended.stderr
    assert "net(x).softmax(1)" in ended.stderr  # the row is shown
    assert "1 loss call: 1 misused" in ended.stderr


def test_a_module_runs_with_its_options(project: Path) -> None:
    ended = run(project, "--output-format", "concise", "-m", "package.train", "--exit", "--ignore=LL101")
    assert ended.returncode == 7
    assert ended.stdout == "['--exit', '--ignore=LL101'] __main__\n"
    assert f"package{os.sep}train.py:9:12: LL101" in ended.stderr


def test_the_status_is_the_programs(project: Path) -> None:
    ended = run(project, "train.py", "--raise")
    assert ended.returncode == 1
    assert "LL101" in ended.stderr
    traceback = ended.stderr.partition("Traceback")[2].partition("ValueError: wrong")[0]
    assert "train.py" in traceback
    assert "running.py" not in traceback
    assert "runpy" not in traceback


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(("--fail-on-findings", "train.py"), 1), (("--fail-on-findings", "fine.py"), 0),
     (("--fail-on-findings", "train.py", "--exit"), 7), (("--fail-on-findings", "--select=LL2", "train.py"), 0)],
)  # fmt: skip
def test_findings_can_be_the_status(project: Path, arguments: tuple[str, ...], status: int) -> None:
    assert run(project, *arguments).returncode == status


@pytest.mark.parametrize(("option", "codes"), [((), ["LL121"]), (("--values",), ["LL121"]), (("--no-values",), [])])
def test_values_are_looked_at_unless_somebody_says_no(project: Path, option: tuple[str, ...], codes: list[str]) -> None:
    (project / "labels.py").write_text(TRAIN.replace(".softmax(1)", "").replace("[0, 1, 2, 0]", "[1, 2, 3, 1]"))
    ended = run(project, *option, "--output-format=json", "-o", "report.json", "labels.py")
    assert "IndexError: Target 3 is out of bounds" in ended.stderr
    assert [finding["code"] for finding in json.loads((project / "report.json").read_text())] == codes


def test_a_report_in_a_file(project: Path) -> None:
    ended = run(project, "--output-format=json", "-o", "report.json", "train.py")
    assert "LL101" not in ended.stderr
    (finding,) = json.loads((project / "report.json").read_text())
    assert (finding["code"], Path(finding["filename"]).name, finding["location"]["row"]) == ("LL101", "train.py", 9)


def test_several_reports_in_the_formats_of_the_linter(project: Path) -> None:
    ended = run(project, "--output", "github", "--output", "sarif:out.sarif", "--output", "html:out.html", "train.py")
    assert ended.returncode == 0
    assert ended.stdout == "[] __main__\n"
    assert "::error file=train.py,line=9," in ended.stderr
    (result,) = json.loads((project / "out.sarif").read_text())["runs"][0]["results"]
    assert result["ruleId"] == "LL101" and result["codeFlows"]
    page = (project / "out.html").read_text(encoding="utf-8")
    assert page.count("<article ") == 1 and "With 3 classes it stays at 0.551 or above." in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((), "give a script"), (("nowhere.py",), "no such file"), (("--select=LL999", "train.py"), "LL999"),
     (("--nonsense", "train.py"), "nonsense")],
)  # fmt: skip
def test_what_cannot_be_run_is_said(project: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = run(project, *arguments)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def installed(folder: Path) -> dict[str, str]:
    """An environment in which losslint is installed, as a wheel would install its entry point."""
    info = folder / "site" / "losslint_test-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: losslint-test\nVersion: 0\n")
    entry = "[torch.backends]\nlosslint = losslint.runtime.environment:autoload\n"
    (info / "entry_points.txt").write_text(entry)
    return {"PYTHONPATH": os.pathsep.join([str(info.parent), str(ROOT)])}


def test_the_entry_point_is_the_one_of_the_distribution() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    assert '[project.entry-points."torch.backends"]\nlosslint = "losslint.runtime.environment:autoload"' in project


@pytest.mark.parametrize(("value", "warned"), [("1", True), ("warn", True), ("record", False), ("0", False)])
def test_the_environment_turns_it_on(project: Path, tmp_path: Path, value: str, warned: bool) -> None:
    ended = python(project, "train.py", more={**installed(tmp_path), "LOSSLINT": value})
    assert ended.returncode == 0, ended.stderr
    assert ("train.py:9: LossMisuseWarning: LL101" in ended.stderr) == warned


def test_the_environment_can_raise(project: Path, tmp_path: Path) -> None:
    ended = python(project, "train.py", more={**installed(tmp_path), "LOSSLINT": "raise"})
    assert ended.returncode == 1
    assert "LossMisuseError: LL101" in ended.stderr


def test_a_wrong_environment_does_not_break_torch(project: Path, tmp_path: Path) -> None:
    more = {**installed(tmp_path), "LOSSLINT": "1", "LOSSLINT_SELECT": "LL999"}
    ended = python(project, "train.py", more=more)
    assert ended.returncode == 0
    assert "LL999" in ended.stderr

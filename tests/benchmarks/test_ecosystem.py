"""The comparison of two versions, on two versions that only pretend to lint."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.readme import ROOT

SCRIPT = ROOT / "benchmarks/ecosystem/run.py"
#: A losslint that reports each line with a word in it, and takes the arguments that the script passes.
PRETENDER = """
import json, pathlib, sys
def main():
    found = []
    for path in sorted(pathlib.Path(sys.argv[-1]).rglob("*.py")):
        for row, line in enumerate(path.read_text().splitlines(), 1):
            if WORD in line:
                found.append({"code": "LL101", "cell": None, "filename": str(path), "message": "softmax",
                              "location": {"row": row, "column": 1}})
    print(json.dumps(found))
"""


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)


def pretend(checkout: Path, word: str) -> None:
    app = checkout / "losslint/app"
    app.mkdir(parents=True, exist_ok=True)
    (checkout / "losslint/__init__.py").touch()
    (app / "__init__.py").touch()
    (app / "cli.py").write_text(PRETENDER.replace("WORD", repr(word)))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    path = tmp_path / "checkout"
    pretend(path, "old")
    git(path, "init", "--quiet")
    git(path, "add", "-A")
    git(path, "commit", "--quiet", "-m", "base")
    pretend(path, "new")
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "project"
    path.mkdir()
    (path / "train.py").write_text("old = 1\nnew = 2\nold = new\n")
    return path


def compare(checkout: Path, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--checkout", str(checkout), *arguments, str(project)]
    return subprocess.run(command, capture_output=True, text=True)


def test_what_came_and_what_went(checkout: Path, project: Path) -> None:
    run = compare(checkout, project)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "project: 2 findings before, 2 after",
        "  + train.py:2 LL101 softmax",
        "  - train.py:1 LL101 softmax",
        "1 came, 1 went, 0 of those that came are judged wrong",
    ]


def test_a_finding_judged_wrong_that_came_is_an_error(checkout: Path, project: Path, tmp_path: Path) -> None:
    judged = tmp_path / "judged.jsonl"
    entry = {"repo": "project", "file": "train.py", "code": "LL101", "line_text": "new = 2"}
    judged.write_text(json.dumps(entry | {"verdict": "wrong", "why": "no loss there"}) + "\n")
    run = compare(checkout, project, "--judged", str(judged))
    assert run.returncode == 1
    assert "judged wrong: no loss there" in run.stdout


def test_no_worktree_stays_behind(checkout: Path, project: Path) -> None:
    compare(checkout, project)
    listed = subprocess.run(["git", "-C", checkout, "worktree", "list"], capture_output=True, text=True, check=True)
    assert len(listed.stdout.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("--base", "no-such-ref"), ("/no/such/directory",)])
def test_what_cannot_be_done_is_status_two(checkout: Path, project: Path, arguments: tuple[str, ...]) -> None:
    assert compare(checkout, project, *arguments).returncode == 2


@pytest.mark.parametrize("script", ["benchmarks/ecosystem/run.py", "benchmarks/cost.py"])
def test_help(script: str) -> None:
    run = subprocess.run([sys.executable, ROOT / script, "--help"], capture_output=True, text=True, check=True)
    assert "usage:" in run.stdout


def test_the_lists_are_readable() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import run; print(len(run.judgements(run.HERE / 'judged.jsonl')), run.targets())"],
        cwd=SCRIPT.parent,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr

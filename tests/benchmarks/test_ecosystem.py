"""The ecosystem check, on a losslint that only pretends to lint, and on made-up repositories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.readme import ROOT

FOLDER = ROOT / "benchmarks/ecosystem"
#: A losslint that reports each line with a word in it, and takes the arguments that the script passes.
PRETENDER = """
import os, pathlib, sys
def main():
    assert "--show-undecided" in sys.argv and "concise" in sys.argv
    for path in sorted(pathlib.Path(sys.argv[-1]).rglob("*.py")):
        for row, line in enumerate(path.read_text().splitlines(), 1):
            if WORD in line:
                print(f"{os.path.relpath(path)}:{row}:1: LL101 It is softmax: 3 of 4.")
    print("a.py:3:1: undecided: MSELoss: `Net` is not found")
    print("a.ipynb:cell 3:4:1: undecided: MSELoss: `Other` is not found")
    print("1 problem found. 8 loss calls: 1 misused, 5 clean, 2 undecided.")
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    run = subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True)
    return run.stdout.strip()


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


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    return tmp_path / "judged.jsonl"


def entry(row: int, verdict: str = "right", why: str = "it is so", **more: object) -> dict[str, object]:
    return {
        "target": "project",
        "path": "train.py",
        "row": row,
        "code": "LL101",
        "verdict": verdict,
        "why": why,
    } | more


def write(judged: Path, *entries: dict[str, object]) -> None:
    judged.write_text("".join(json.dumps(each) + "\n" for each in entries))


def written(judged: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in judged.read_text().splitlines()]


def run(checkout: Path, project: Path, judged: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / "run.py"), "--checkout", str(checkout), "--judged", str(judged), *arguments]
    return subprocess.run([*command, str(project)], capture_output=True, text=True)


def test_as_judged(checkout: Path, project: Path, judged: Path) -> None:
    write(judged, entry(2), entry(3, "wrong", "no loss there"), entry(1, gone=True), entry(9, target="elsewhere"))
    said = run(checkout, project, judged)
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == [
        "2 findings in 1 targets: 1 right, 1 wrong, 0 debatable, 0 unjudged",
        "precision: 50.0% right, 50.0% wrong, of 2 judged without files that are no Python (LL9)",
        "  wrong: project/train.py:3 LL101: no loss there",
        "other: 75.0% of 8 loss calls decided: 1 misused, 5 clean, 2 undecided",
        "     2  `…` is not found",
    ]


def test_what_came_and_what_went(checkout: Path, project: Path, judged: Path) -> None:
    write(judged, entry(1, "right", "softmax indeed"), entry(3, "wrong", "no loss there", gone=True))
    said = run(checkout, project, judged)
    assert said.returncode == 1
    assert said.stdout.splitlines()[:6] == [
        "- project/train.py:1 LL101",
        "    judged right: softmax indeed",
        "+ project/train.py:2 LL101 It is softmax: 3 of 4.",
        "+ project/train.py:3 LL101 It is softmax: 3 of 4.",
        "    judged wrong: no loss there",
        "",
    ]


def test_update_writes_what_changed_and_forgets_no_judgement(checkout: Path, project: Path, judged: Path) -> None:
    elsewhere = entry(9, "unjudged", "", target="elsewhere")
    write(judged, entry(1), entry(3, "wrong", gone=True), entry(8, "unjudged", ""), elsewhere)
    assert run(checkout, project, judged, "--update").returncode == 0
    assert written(judged) == [
        elsewhere,
        entry(1, gone=True),
        entry(2, "unjudged", ""),
        entry(3, "wrong"),
    ]
    said = run(checkout, project, judged)
    assert said.returncode == 1
    assert said.stdout.startswith("2 findings in 1 targets: 0 right, 1 wrong, 0 debatable, 1 unjudged\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{}", "not a judgement"),
        ("[1", "not a judgement"),
        (json.dumps(entry(1, "rihgt")), "the verdict is none of right, wrong"),
        (json.dumps(entry(1, why="")), "a verdict needs a sentence"),
        (json.dumps(entry(1)) + "\n" + json.dumps(entry(1)), ":2: judged twice"),
    ],
)
def test_a_line_that_is_no_judgement(checkout: Path, project: Path, judged: Path, line: str, said: str) -> None:
    judged.write_text(line + "\n")
    failed = run(checkout, project, judged)
    assert failed.returncode == 2
    assert said in failed.stderr
    assert "Traceback" not in failed.stderr


def test_losslint_that_fails(checkout: Path, project: Path, judged: Path) -> None:
    (checkout / "losslint/app/cli.py").write_text("def main(): raise SystemExit('no such thing')\n")
    failed = run(checkout, project, judged)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert "no such thing" in failed.stderr


def test_two_versions(checkout: Path, project: Path, judged: Path) -> None:
    said = run(checkout, project, judged, "--base", "HEAD")
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == [
        "project: 2 findings before, 2 after",
        "  - project/train.py:1 LL101 It is softmax: 3 of 4.",
        "  + project/train.py:2 LL101 It is softmax: 3 of 4.",
        "1 came, 1 went, 0 of those that came are judged wrong",
    ]


def test_a_finding_judged_wrong_that_came_is_an_error(checkout: Path, project: Path, judged: Path) -> None:
    write(judged, entry(2, "wrong", "no loss there", gone=True))
    said = run(checkout, project, judged, "--base", "HEAD")
    assert said.returncode == 1
    assert "judged wrong: no loss there" in said.stdout


def test_no_worktree_stays_behind(checkout: Path, project: Path, judged: Path) -> None:
    run(checkout, project, judged, "--base", "HEAD")
    assert len(git(checkout, "worktree", "list").splitlines()) == 1


@pytest.mark.parametrize("arguments", [("--base", "no-such-ref"), ("/no/such/directory",)])
def test_what_cannot_be_done_is_status_two(
    checkout: Path, project: Path, judged: Path, arguments: tuple[str, ...]
) -> None:
    assert run(checkout, project, judged, *arguments).returncode == 2


def test_what_losslint_really_says_is_read(tmp_path: Path, judged: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    source = "import torch.nn.functional as F\n\ndef step(x, y):\n    return F.cross_entropy(x.softmax(1), y)\n"
    (project / "train.py").write_text(source + "def other(x, y):\n    return F.cross_entropy(load(x), y)\n")
    cell: dict[str, object] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    notebook = {"cells": [{**cell, "source": source}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (project / "net: a.ipynb").write_text(json.dumps(notebook))
    assert run(ROOT, project, judged, "--update").returncode == 0
    assert written(judged) == [
        entry(4, "unjudged", "", path="net: a.ipynb", cell=1),
        entry(4, "unjudged", ""),
    ]
    said = run(ROOT, project, judged).stdout
    assert "other: 66.7% of 3 loss calls decided: 2 misused, 0 clean, 1 undecided\n     1  " in said


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    origin = tmp_path / "host/owner/name"
    origin.mkdir(parents=True)
    git(origin, "init", "--quiet")
    (origin / "train.py").write_text("pass\n")
    git(origin, "add", "-A")
    git(origin, "commit", "--quiet", "-m", "first")
    targets = tmp_path / "targets.toml"
    commits = {"there": git(origin, "rev-parse", "HEAD"), "nowhere": "0" * 40}
    targets.write_text(
        "".join(
            f'[[target]]\nfolder = "{name}"\nkind = "dev"\nrepository = "owner/name"\ncommit = "{commit}"\n'
            for name, commit in commits.items()
        )
    )
    return targets


def fetch(listed: Path, *folders: str) -> int:
    host = (listed.parent / "host").as_uri()
    command = [sys.executable, str(FOLDER / "fetch.py"), str(listed.parent / "got"), *folders]
    return subprocess.run([*command, "--from", host, "--targets", str(listed)], capture_output=True).returncode


def test_a_pinned_repository_is_fetched_once(listed: Path) -> None:
    assert fetch(listed, "there") == 0
    got = listed.parent / "got/there/train.py"
    assert got.read_text() == "pass\n"
    got.write_text("mine\n")
    assert fetch(listed, "there") == 0
    assert got.read_text() == "mine\n"


def test_what_cannot_be_fetched_leaves_nothing_behind(listed: Path) -> None:
    assert fetch(listed) == 1
    assert os.listdir(listed.parent / "got") == ["there"]
    assert fetch(listed, "unheard-of") == 2


@pytest.mark.parametrize("script", ["ecosystem/run.py", "ecosystem/fetch.py", "cost.py"])
def test_help(script: str) -> None:
    said = subprocess.run([sys.executable, ROOT / "benchmarks" / script, "--help"], capture_output=True, text=True)
    assert said.returncode == 0
    assert "usage:" in said.stdout


def test_the_lists_are_readable_and_everything_judged_is_pinned() -> None:
    program = """
import run
listed = run.tomllib.loads((run.HERE / "targets.toml").read_text(encoding="utf-8"))["target"]
for target in listed:
    assert target["kind"] in ("package", "dev", "extra", "fresh"), target
    if target["kind"] == "package":
        assert target["folder"] == f"{target['package']}-{target['version']}", target
    else:
        assert target["folder"] == f"{target['repository'].replace('/', '+')}@{target['commit'][:12]}", target
        assert len(target["commit"]) == 40, target
folders = {target["folder"] for target in listed}
assert len(folders) == len(listed)
judged = run.judgements(run.HERE / "judged.jsonl")
assert not [found for found in judged if found.target not in folders]
assert not [found for found, decided in judged.items() if decided.verdict == "unjudged"], "judge them"
"""
    said = subprocess.run([sys.executable, "-c", program], cwd=FOLDER, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr

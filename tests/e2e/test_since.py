"""`--since REV`: only what concerns rows that have changed, and nothing of the repository is run to find out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, NET, TRAIN, concise, environment, losslint, put, write

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")

#: Two misuses, in rows 6 and 10.
TWO = MISUSE + "\ndef other(x, y):\n    q = x.softmax(1)\n    return F.cross_entropy(q, y)\n"
FIRST, SECOND = "a.py:6:12: LL101", "a.py:10:12: LL101"


def git(folder: Path, *arguments: str) -> str:
    settings = (
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@b.c",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "commit.gpgsign=false",
    )
    command = ["git", *settings, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=environment()).stdout


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "one")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(folder, a=TWO)
    git(folder, "init", "-q")
    commit(folder)
    return folder


def since(folder: Path, revision: str = "HEAD", *arguments: str) -> list[str]:
    run = concise(folder, "--since", revision, *arguments)
    assert run.errors == ""
    assert run.status == bool(run.found)
    return run.found


def test_nothing_has_changed(repository: Path) -> None:
    assert since(repository) == []
    assert len(concise(repository).found) == 2


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("    return F.cross_entropy(q, y)", "    return F.cross_entropy(q, y) * 1", [SECOND]),
        ("q = x.softmax(1)", "q = x.softmax(-1)", [SECOND]),  # a step that leads there
        ("def misuse(x, y):", "def misuse(x, y=None):", []),
        ("import torch\n", "import os\nimport torch\n", []),
        ("dim=1", "dim=-1", [FIRST]),
    ],
)
def test_what_has_changed_in_the_working_tree(repository: Path, old: str, new: str, found: list[str]) -> None:
    write(repository, a=TWO.replace(old, new))
    assert since(repository) == found
    git(repository, "add", "-A")
    assert since(repository) == found
    commit(repository)
    assert since(repository) == []
    assert since(repository, "HEAD~1") == found


def test_files_that_git_does_not_know_are_all_new(repository: Path) -> None:
    write(repository, b=MISUSE, sub__c=MISUSE)
    assert since(repository) == ["b.py:6:12: LL101", f"{os.path.join('sub', 'c.py')}:6:12: LL101"]
    assert since(repository / "sub") == ["c.py:6:12: LL101"]


def test_a_step_in_another_file(repository: Path) -> None:
    write(repository, a=FINE, models__net=NET.replace(".softmax(dim=1)", ""), train=TRAIN)
    commit(repository)
    write(repository, models__net=NET)
    assert since(repository) == ["train.py:8:16: LL101"]
    assert since(repository, "HEAD", "train.py") == ["train.py:8:16: LL101"]


def test_since_a_branch_means_since_it_was_left(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "work")
    write(repository, a=TWO.replace("dim=1", "dim=-1"))
    commit(repository)
    git(repository, "checkout", "-q", "main")
    write(repository, a=TWO.replace("x.softmax(1)", "x.softmax(-1)"))
    commit(repository)
    git(repository, "checkout", "-q", "work")
    assert since(repository, "main") == [FIRST]


def test_line_ends_are_no_change(repository: Path) -> None:
    put(repository / "a.py", TWO.replace("\n", "\r\n"))
    assert since(repository) == []


def test_cells(repository: Path) -> None:
    def notebook(*cells: str) -> str:
        listed = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
        return json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)

    put(repository / "b.ipynb", notebook(MISUSE, TWO))
    commit(repository)
    put(repository / "b.ipynb", notebook("x = 1", MISUSE, TWO.replace("x.softmax(1)", "x.softmax(-1)")))
    (found,) = since(repository)
    assert "cell 3:10:12" in concise(repository, "--since", "HEAD").output and found.startswith("b.ipynb")


def test_with_fixes_only_what_has_changed_is_mended(repository: Path) -> None:
    program = "import torch\n\ndef f(x):\n    return torch.log(torch.softmax(x, dim=1))\n"
    write(repository, a=program)
    commit(repository)
    changed = program + "\ndef g(x):\n    return torch.log(torch.softmax(x, dim=0))\n"
    write(repository, a=changed)
    run = losslint(repository, "--since", "HEAD", "--fix")
    assert run.status == 0
    after = (repository / "a.py").read_text()
    assert after.startswith(program) and after.count("log_softmax") == 1


def test_errors(repository: Path, tmp_path: Path) -> None:
    for revision in ("nowhere", "--output=x", "HEAD:a.py", ""):
        run = losslint(repository, "--since", revision)
        assert (run.status, run.output) == (2, ""), revision
        assert run.errors.startswith("losslint: error: ")
    assert "there is no revision nowhere in " in losslint(repository, "--since", "nowhere").errors
    write(tmp_path / "alone", a=MISUSE)
    put(tmp_path / "alone" / "losslint.toml", "")
    run = losslint(tmp_path / "alone", "--since", "HEAD", ".")
    assert run.status == 2 and "is not in a git repository" in run.errors
    git(repository, "checkout", "-q", "--orphan", "apart")
    # Not what the first commit says: in the same second it would be that commit.
    git(repository, "commit", "-q", "-m", "another root")
    run = losslint(repository, "--since", "main")
    assert run.status == 2 and "no commit in common with main" in run.errors


def test_without_git(repository: Path, tmp_path: Path) -> None:
    for path in (str(tmp_path), "", "."):
        run = losslint(repository, "--since", "HEAD", env={"PATH": path})
        assert (run.status, run.errors) == (
            2,
            "losslint: error: --since asks git what has changed, and there is no git\n",
        )


@pytest.mark.skipif(sys.platform == "win32", reason="scripts of POSIX")
def test_nothing_that_a_repository_names_is_run(repository: Path, tmp_path: Path) -> None:
    mark = tmp_path / "was run"
    script = repository / "evil.sh"
    put(script, f"#!/bin/sh\ntouch '{mark}'\ncat\n")
    script.chmod(0o755)
    put(repository / "git", f"#!/bin/sh\ntouch '{mark}'\n")
    (repository / "git").chmod(0o755)
    put(repository / ".gitattributes", "*.py diff=evil filter=evil merge=evil textconv=evil\n")
    for key in (
        *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.alternateRefsCommand"),
        *("diff.external", "diff.evil.command", "diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge"),
        *("filter.evil.process", "pager.diff", "credential.helper", "uploadpack.packObjectsHook"),
    ):
        git(repository, "config", key, str(script))
    git(repository, "config", "filter.evil.required", "true")
    git(repository, "config", "core.hooksPath", str(repository))
    put(repository / "post-index-change", script.read_text())
    (repository / "post-index-change").chmod(0o755)
    git(repository, "config", "alias.cat-file", f"!{script}")
    git(repository, "config", "remote.origin.url", f"ext::{script}")
    git(repository, "config", "remote.origin.promisor", "true")
    git(repository, "config", "protocol.ext.allow", "always")
    git(repository, "config", "extensions.partialClone", "origin")
    mark.unlink(missing_ok=True)
    write(repository, a=TWO.replace("dim=1", "dim=-1"), b=MISUSE)
    path = os.pathsep.join([".", "", os.environ["PATH"]])
    run = losslint(repository, "--since", "HEAD", "--output-format", "concise", env={"PATH": path})
    assert run.found == [FIRST, "b.py:6:12: LL101"]
    assert not mark.exists()


def test_the_environment_of_a_hook(repository: Path) -> None:
    write(repository, a=TWO.replace("dim=1", "dim=-1"))
    run = losslint(repository, "--since", "HEAD", "-q", env={"GIT_DIR": "elsewhere", "GIT_INDEX_FILE": "x"})
    assert (run.status, run.errors) == (1, "")


def test_comments_and_baselines_go_along(repository: Path) -> None:
    write(repository, a=TWO.replace("dim=1", "dim=-1"))
    assert losslint(repository, "--write-baseline", "known.json", "--since", "HEAD").output.startswith("1 finding ")
    assert since(repository, "HEAD", "--baseline", "known.json") == []
    assert losslint(repository, "--write-baseline", "known.json").output.startswith("2 findings ")
    run = losslint(repository, "--baseline", "known.json", "--since", "HEAD", "--update-baseline")
    assert (run.status, run.errors) == (0, "")  # what has not changed is not gone
    assert run.output.startswith("No problems found (1 suppressed).")

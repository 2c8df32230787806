"""The hook as pre-commit runs it: on a scratch repository, from a git clone of this working tree.

All cases run with `language: system`, which takes the losslint of the tests and needs no network; the manifest is
otherwise the one that users get. One test has pre-commit install it as it does for them, which needs a package index.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.e2e.command import FINE, MISUSE, NET, TRAIN, environment, put, write

ROOT = Path(__file__).parents[2]
pre_commit = pytest.importorskip("pre_commit", reason="pre-commit is not installed")
pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="there is no git"),
    pytest.mark.skipif(sys.platform == "win32", reason="the command of the tests is a shell script"),
]


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")
    command = ["git", *who, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=environment()).stdout


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--no-verify", "-m", "one")


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that holds this working tree, with what is not committed yet."""
    folder = tmp_path_factory.mktemp("hook")
    wanted = ["losslint", "*.toml", ".pre-commit*", "README.md", "LICENSE"]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *wanted]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("the tests do not run in a git repository")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            put(folder / name, (ROOT / name).read_bytes())
    git(folder, "init", "-q")
    commit(folder)
    return folder


@dataclass
class Scratch:
    """A repository with the hook in its configuration."""

    folder: Path
    env: dict[str, str]

    def run(self, *arguments: str) -> tuple[int, str]:
        """`pre-commit run`: its exit status, and what it says."""
        ended = subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--color=never", *arguments],
            cwd=self.folder, capture_output=True, text=True, env=self.env, timeout=600,
        )  # fmt: skip
        assert "Traceback" not in ended.stdout + ended.stderr, ended.stdout + ended.stderr
        return ended.returncode, ended.stdout + ended.stderr

    def add(self, *names: str) -> None:
        git(self.folder, "add", "--", *names)


def scratch(tmp_path: Path, hook: Path, **override: str) -> Scratch:
    folder = tmp_path / "project"
    listed = {"id": "losslint", "args": ["--output-format=concise", "--"], **override}
    revision = git(hook, "rev-parse", "HEAD").strip()
    put(
        folder / ".pre-commit-config.yaml",
        yaml.safe_dump({"repos": [{"repo": str(hook), "rev": revision, "hooks": [listed]}]}),
    )
    programs = tmp_path / "programs"
    put(programs / "losslint", f'#!/bin/sh\nexec "{sys.executable}" -m losslint "$@"\n')
    (programs / "losslint").chmod(0o755)
    env = environment(
        PRE_COMMIT_HOME=str(tmp_path / "home"),
        PATH=os.pathsep.join([str(programs), os.environ["PATH"]]),
        GIT_CONFIG_GLOBAL=os.devnull,
    )
    git(folder, "init", "-q")
    return Scratch(folder, env)


@pytest.fixture
def project(tmp_path: Path, hook: Path) -> Scratch:
    """A project in which nothing is wrong."""
    made = scratch(tmp_path, hook, language="system")
    write(made.folder, models__net=NET.replace(".softmax(dim=1)", ""), train=TRAIN, other=FINE)
    put(made.folder / "README.txt", "no code\n")
    commit(made.folder)
    return made


FINDING = "train.py:8:16: LL101"


def test_nothing_is_wrong(project: Scratch) -> None:
    status, said = project.run("--all-files")
    assert (status, "Passed" in said) == (0, True), said


def test_the_changed_file_holds_the_cause_and_an_unchanged_one_the_loss(project: Scratch) -> None:
    write(project.folder, models__net=NET)
    project.add("models/net.py")
    status, said = project.run()
    assert status == 1
    assert FINDING in said
    assert "exit code: 1" in said


def test_the_changed_file_holds_the_loss_and_an_unchanged_one_the_cause(project: Scratch) -> None:
    write(project.folder, models__net=NET, train=FINE)
    commit(project.folder)
    write(project.folder, train=TRAIN)
    project.add("train.py")
    status, said = project.run()
    assert (status, FINDING in said) == (1, True), said


def test_what_is_wrong_elsewhere_is_not_told(project: Scratch) -> None:
    write(project.folder, models__net=NET)
    commit(project.folder)
    write(project.folder, other=FINE + "\n")
    project.add("other.py")
    status, said = project.run()
    assert (status, "LL101" in said) == (0, False), said


def test_all_files(project: Scratch) -> None:
    write(project.folder, models__net=NET, third=MISUSE)
    commit(project.folder)
    status, said = project.run("--all-files")
    assert status == 1
    assert FINDING in said
    assert said.count(": LL101 ") == 2  # in one process, which tells each once


def test_no_python_file(project: Scratch) -> None:
    put(project.folder / "README.txt", "still no code\n")
    project.add("README.txt")
    status, said = project.run()
    assert (status, "no files to check" in said) == (0, True), said


def test_a_deleted_file(project: Scratch) -> None:
    (project.folder / "other.py").unlink()
    git(project.folder, "rm", "-q", "--cached", "other.py")
    status, said = project.run()
    assert (status, "no files to check" in said) == (0, True), said


def test_a_deleted_file_beside_a_changed_one(project: Scratch) -> None:
    git(project.folder, "rm", "-q", "other.py")
    write(project.folder, train=TRAIN + "\n", models__net=NET)
    project.add("train.py", "models/net.py")
    status, said = project.run()
    assert (status, FINDING in said) == (1, True), said


@pytest.mark.parametrize("name", ["with spaces.py", "größe 日本.py", "quote's.py", "-dash.py"])
def test_names(project: Scratch, name: str) -> None:
    put(project.folder / name, MISUSE)
    project.add(name)
    status, said = project.run()
    assert (status, f"{name}:6:12: LL101" in said) == (1, True), said


def test_a_name_is_no_option(tmp_path: Path, hook: Path) -> None:
    """With the arguments of the manifest: whoever sends a change may name files as they like."""
    made = scratch(tmp_path, hook, language="system")
    config = made.folder / ".pre-commit-config.yaml"
    loaded = yaml.safe_load(config.read_text())
    del loaded["repos"][0]["hooks"][0]["args"]
    config.write_text(yaml.safe_dump(loaded))
    put(made.folder / "--output-file=written.py", MISUSE)
    put(made.folder / "--exit-zero.py", MISUSE)
    made.add(".")
    status, said = made.run()
    assert (status, said.count("LL101 softmax-into-cross-entropy")) == (1, 2), said
    assert not (made.folder / "written.py").exists()


def test_what_is_excluded_stays_excluded_and_the_hook_can_be_told_otherwise(tmp_path: Path, hook: Path) -> None:
    made = scratch(tmp_path, hook, language="system")
    put(made.folder / "losslint.toml", 'extend-exclude = ["generated"]\n')
    write(made.folder, generated__a=MISUSE)
    made.add(".")
    status, said = made.run()
    assert (status, "LL101" in said) == (0, False), said
    config = made.folder / ".pre-commit-config.yaml"
    loaded = yaml.safe_load(config.read_text())
    loaded["repos"][0]["hooks"][0]["args"].insert(0, "--no-force-exclude")
    config.write_text(yaml.safe_dump(loaded))
    made.add(".")
    status, said = made.run()
    assert (status, "generated/a.py:6:12: LL101" in said) == (1, True), said


def test_a_notebook(project: Scratch) -> None:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": MISUSE}]
    put(project.folder / "a.ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    project.add("a.ipynb")
    status, said = project.run()
    assert (status, "a.ipynb:cell 1:6:12: LL101" in said) == (1, True), said


def test_the_manifest_is_valid() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)
    assert ended.returncode == 0, ended.stdout


def _is_online() -> bool:
    try:
        with socket.create_connection(("pypi.org", 443), timeout=5):
            return True
    except OSError:
        return False


def test_pre_commit_installs_it_as_it_does_for_users(tmp_path: Path, hook: Path) -> None:
    if not _is_online():
        pytest.skip("pre-commit installs the hook and what it depends on from PyPI, which cannot be reached")
    made = scratch(tmp_path, hook)
    write(made.folder, models__net=NET, train=TRAIN)
    made.add(".")
    status, said = made.run("--files", "models/net.py")
    assert (status, FINDING in said) == (1, True), said
    status, said = made.run("--files", ".pre-commit-config.yaml")
    assert status == 0, said

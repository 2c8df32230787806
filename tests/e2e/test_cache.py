"""The cache as a user meets it: its options, several runs at once, a run that is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, NET, TRAIN, environment, losslint, put


def test_nothing_is_left_in_the_project(tmp_path: Path) -> None:
    project, cache = tmp_path / "project", tmp_path / "cache"
    put(project / "a.py", MISUSE)
    run = losslint(project, "--cache-dir", cache)
    assert run.status == 1
    assert [path.name for path in project.iterdir()] == ["a.py"]
    assert len(list(cache.glob("*.json"))) == 1
    again = losslint(project, "--cache-dir", cache)
    assert again == run


def test_without_a_cache_nothing_is_kept(tmp_path: Path) -> None:
    project, cache = tmp_path / "project", tmp_path / "cache"
    put(project / "a.py", MISUSE)
    assert losslint(project, "--no-cache", env={"LOSSLINT_CACHE_DIR": str(cache)}).status == 1
    assert not cache.exists()


def test_clean(tmp_path: Path) -> None:
    project, cache = tmp_path / "project", tmp_path / "cache"
    put(project / "a.py", MISUSE)
    env = {"LOSSLINT_CACHE_DIR": str(cache)}
    losslint(project, env=env)
    assert losslint(project, "clean", env=env).output == "1 answer removed from the cache.\n"
    assert not cache.exists()
    assert losslint(project, "clean", env=env).output == "0 answers removed from the cache.\n"


def test_no_home_no_cache(tmp_path: Path) -> None:
    put(tmp_path / "a.py", MISUSE)
    env = {"LOSSLINT_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": "relative", "LOCALAPPDATA": ""}
    assert losslint(tmp_path, env=env).status == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]


def test_the_formats_and_the_summary_are_the_same_from_the_cache(tmp_path: Path) -> None:
    project = tmp_path / "project"
    put(project / "models" / "net.py", NET)
    put(project / "train.py", TRAIN)
    env = {"LOSSLINT_CACHE_DIR": str(tmp_path / "cache")}
    for options in (["--output-format", "json"], ["--statistics"], ["--show-undecided"], []):
        cold = losslint(project, *options, "--no-cache")
        assert cold.status == 1
        assert losslint(project, *options, env=env) == cold
        assert losslint(project, *options, env=env) == cold


def test_several_runs_at_once(tmp_path: Path) -> None:
    project, cache = tmp_path / "project", tmp_path / "cache"
    put(project / "models" / "net.py", NET)
    put(project / "train.py", TRAIN)
    right = losslint(project, "--no-cache")
    command = [sys.executable, "-m", "losslint", "--cache-dir", str(cache)]
    for _ in range(2):
        running = [
            subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
            for _ in range(4)
        ]
        for process in running:
            output, errors = process.communicate(timeout=120)
            assert (process.returncode, output.decode(), errors.decode()) == (1, right.output, "")
    assert len(list(cache.glob("*.json"))) == 1 and not list(cache.glob("*~"))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing kills a process like that here")
def test_a_run_that_is_killed_leaves_nothing_wrong(tmp_path: Path) -> None:
    project, cache = tmp_path / "project", tmp_path / "cache"
    put(project / "models" / "net.py", NET)
    put(project / "train.py", TRAIN)
    right = losslint(project, "--no-cache")
    command = [sys.executable, "-m", "losslint", "--cache-dir", str(cache)]
    for wait in (0.05, 0.1, 0.15, 0.2, 0.3):
        process = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, env=environment())
        time.sleep(wait)
        process.kill()
        process.wait()
        put(project / "train.py", TRAIN + f"\n# {wait}\n")
    put(project / "train.py", TRAIN)
    assert losslint(project, "--cache-dir", cache) == right
    assert losslint(project, "--cache-dir", cache) == right


def test_a_changed_import_counts(tmp_path: Path) -> None:
    project = tmp_path / "project"
    put(project / "models" / "net.py", NET)
    put(project / "train.py", TRAIN)
    put(project / "other.py", FINE)
    env = {"LOSSLINT_CACHE_DIR": str(tmp_path / "cache")}
    assert losslint(project, "train.py", env=env).status == 1
    put(project / "models" / "net.py", NET.replace(".softmax(dim=1)", ""))
    assert losslint(project, "train.py", env=env).status == 0


OWN_LOSS = """\
from mylib import FocalLoss
from torch import nn

head = nn.Linear(64, 10)
criterion = FocalLoss()

def training_loss(hidden, target):
    return criterion(head(hidden).softmax(dim=1), target)
"""
CONTRACT = '[tool.losslint.contracts.losses."mylib.FocalLoss"]\ninput = "{}"\n'


def test_a_changed_configuration_counts(tmp_path: Path) -> None:
    project = tmp_path / "project"
    put(project / "train.py", OWN_LOSS)
    put(project / "pyproject.toml", "")
    env = {"LOSSLINT_CACHE_DIR": str(tmp_path / "cache")}
    statuses = []
    for configuration in ("", CONTRACT.format("logits"), CONTRACT.format("probabilities"), CONTRACT.format("logits")):
        put(project / "pyproject.toml", configuration)
        statuses.append(losslint(project, env=env).status)
    assert statuses == [0, 1, 0, 1]

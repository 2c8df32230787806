"""What a run tells of itself while it goes on."""

from __future__ import annotations

import os
import pstats
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, environment, losslint, write

#: The command, in a hurry to say that it goes on; reading takes its time.
HASTY = """
import sys, time
from losslint.app import cli, progress
progress.DELAY = progress.PAUSE = 0.02
from losslint.app.watched import Watched
read = Watched.read
def slowly(self, name):
    time.sleep(0.1)
    return read(self, name)
Watched.read = slowly
sys.argv = ["losslint", *sys.argv[1:]]
cli.main()
"""


def on_terminal(folder: Path, *arguments: str, **more: str) -> tuple[str, str]:
    """Run with a terminal for standard error: what goes to standard output, and what the terminal is sent."""
    pty = pytest.importorskip("pty", reason="terminals of POSIX")
    leader, follower = pty.openpty()
    try:
        ended = subprocess.run(
            [sys.executable, "-c", HASTY, "--no-cache", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=follower,
            env=environment(**{"TERM": "xterm", **more}),
            timeout=120,
            check=False,
        )
        assert ended.returncode == 1
        os.write(follower, b"end")
        sent = b""
        while not sent.endswith(b"end"):
            sent += os.read(leader, 65536)
    finally:
        os.close(follower)
        os.close(leader)
    return ended.stdout.decode(), sent.decode().removesuffix("end")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, bad=MISUSE, fine=FINE, other=FINE)
    return tmp_path


def test_a_terminal_is_told_how_far_it_is_and_is_left_clean(project: Path) -> None:
    output, sent = on_terminal(project, "--output-format=concise")
    assert output.startswith("bad.py:6:12: LL101 ")
    assert "\r\x1b[Klosslint: 1 of 3 files read, 0 s" in sent
    assert sent.endswith("\r\x1b[K")
    assert "losslint: " not in output


@pytest.mark.parametrize(("options", "more"), [(["--quiet"], {}), ([], {"TERM": "dumb"})])
def test_who_does_not_want_it_is_told_nothing(project: Path, options: list[str], more: dict[str, str]) -> None:
    assert on_terminal(project, *options, **more)[1] == ""


def test_a_pipe_is_told_nothing(project: Path) -> None:
    program = HASTY.replace("sys.argv = ", "assert not sys.stderr.isatty(); sys.argv = ")
    ended = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=project,
        capture_output=True,
        env=environment(),
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_verbose_tells_where_the_time_went(project: Path) -> None:
    run = losslint(project, "--verbose", "--output-format=concise")
    assert run.found == ["bad.py:6:12: LL101"]
    title, *rows = run.errors.splitlines()
    assert title == "losslint: where the time went"
    stages = [row.split("  ")[1].strip() for row in rows[:6]]
    assert stages == ["finding files", "reading", "static", "judging", "reporting", "in all"]
    seconds = [float(row.split()[-2]) for row in rows[:6]]
    assert sum(seconds[:5]) == pytest.approx(seconds[5], abs=0.01) and seconds[5] > 0
    assert rows[6] == "  files read: 3 of 3; projects from the cache: 0 of 1"
    again = losslint(project, "-v", "--output-format=concise")
    assert again.errors.splitlines()[-1].endswith("projects from the cache: 1 of 1")
    assert again.output == run.output


def test_a_profile_can_be_read(project: Path) -> None:
    run = losslint(project, "--profile", "run.prof", "--output-format=concise")
    assert (run.status, run.errors) == (1, "")
    functions = {name for _, _, name in pstats.Stats(str(project / "run.prof")).stats}  # type: ignore[attr-defined]
    assert "lint" in functions
    run = losslint(project, "--profile", "nowhere/run.prof")
    assert (run.status, run.output) == (2, "")
    assert "cannot write nowhere/run.prof: there is no such folder" in run.errors

"""Where the report goes, and what happens when nobody reads it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, environment, write

LOSSLINT = [sys.executable, "-m", "losslint"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and signals of POSIX")


def unread(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run with a standard output whose reader is gone; its status and what it says of errors."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        run = subprocess.run(
            [*LOSSLINT, *arguments], cwd=folder, stdout=writing, stderr=subprocess.PIPE, env=environment(), timeout=120
        )
    finally:
        os.close(writing)
    return run.returncode, run.stderr.decode()


@posix
@pytest.mark.parametrize("option", ["--output-format=full", "--output-format=json", "--statistics"])
def test_a_closed_pipe_is_no_error_and_the_status_is_what_was_found(tmp_path: Path, option: str) -> None:
    write(tmp_path, bad=MISUSE)
    assert unread(tmp_path, option) == (1, "")
    assert unread(tmp_path, option, "--exit-zero") == (0, "")


@posix
def test_a_closed_pipe_does_not_make_fine_what_was_not_read(tmp_path: Path) -> None:
    write(tmp_path, good=FINE)
    assert unread(tmp_path) == (0, "")
    status, errors = unread(tmp_path, "good.py", "nowhere.py")
    assert status == 2
    assert errors == "losslint: error: no such file or folder: nowhere.py\n"


@posix
def test_a_closed_pipe_of_rules_and_help(tmp_path: Path) -> None:
    assert unread(tmp_path, "rule", "--all") == (0, "")
    status, errors = unread(tmp_path, "--help")
    assert status in (0, 1)  # click's
    assert errors == ""


@posix
def test_a_reader_that_takes_one_byte(tmp_path: Path) -> None:
    # More than any pipe holds.
    write(tmp_path, bad=MISUSE + "".join(f"def f{i}(x, y): F.cross_entropy(x.softmax(1), y)\n" for i in range(500)))
    command = f'"{sys.executable}" -m losslint --output-format json bad.py | head -c 1'
    run = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, env=environment(), timeout=120)
    assert run.stdout == b"["
    assert run.stderr == b""


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_full_disk_is_told_and_the_status_is_2(tmp_path: Path) -> None:
    write(tmp_path, good=FINE)
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            LOSSLINT, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=120
        )
    assert run.returncode == 2
    assert run.stderr.decode() == "Error: cannot write the report: No space left on device\n"


@posix
def test_a_closed_standard_output_is_told(tmp_path: Path) -> None:
    write(tmp_path, bad=MISUSE)
    command = f'exec "{sys.executable}" -m losslint >&-'
    run = subprocess.run(["sh", "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, env=environment(), timeout=120)
    assert run.returncode == 2
    assert run.stderr.decode() == "Error: cannot write the report: standard output is closed\n"

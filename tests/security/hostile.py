"""The command on what somebody wrote to do harm: within a time that it could not keep if its effort grew with the
square of what it is given, or faster."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.command import MISUSE, Run, environment, put

#: Seconds. On a machine at rest each case takes less than five.
PATIENCE = 90

#: A file beside the hostile one; what is found in it says that the run went on.
FRIENDLY = "friendly.py"
FOUND = "friendly.py:6:12: LL101"


def survived(folder: Path, files: Mapping[str, str | bytes], *arguments: str, paths: tuple[str, ...] = (".",)) -> Run:
    """Lint hostile files and a friendly one. There is an end, no traceback, no failure of losslint's own, and the
    friendly file's finding is found."""
    for name, text in files.items():
        put(folder / name, text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    put(folder / FRIENDLY, MISUSE)
    run = command(folder, "--output-format=concise", *arguments, *paths)
    assert run.status == 1, (run.status, run.errors[:2000])
    assert FOUND in run.found
    return run


def command(folder: Path, *arguments: str) -> Run:
    """The command in a folder, with nothing kept from run to run."""
    ended = subprocess.run(
        [sys.executable, "-m", "losslint", "--no-cache", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        timeout=PATIENCE,
    )
    output, errors = ended.stdout.decode(), ended.stderr.decode()
    assert "Traceback" not in errors, errors[:2000]
    assert "internal error" not in errors, errors[:2000]
    assert all(line.isprintable() for line in (output + errors).split("\n")), "something commands the terminal"
    return Run(ended.returncode, output, errors)

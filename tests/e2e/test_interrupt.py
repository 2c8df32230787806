"""Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.command import environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

#: Runs the command and says when it asks for standard input, by the name of the file that it is told to write.
WAITING = """
import signal
import sys
from losslint.app import cli

# Whoever started the tests may have it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

class Told:
    def __init__(self, stream):
        self.buffer = self
        self._stream = stream

    def read(self):
        open("waits", "w").close()
        return self._stream.read()

sys.stdin = Told(sys.stdin.buffer)
sys.argv = ["losslint", "-"]
cli.main()
"""


def test_while_it_waits_for_standard_input(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    try:
        while not (tmp_path / "waits").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130
    assert output == b""
    assert errors.decode().split() == ["losslint:", "error:", "interrupted"]

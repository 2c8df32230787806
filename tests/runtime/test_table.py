"""The table of programs under `losslint run` and `pytest --losslint`: a file of misuses, and one of their twins."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import environment
from tests.runtime.programs import ROWS

ROOT = Path(__file__).parents[2]

START = """\
import contextlib
from copy import deepcopy as copy
import torch
import torch.nn.functional as F
from torch import nn

def start():
    torch.manual_seed(0)
    return torch.randn(8, 5), torch.arange(8) % 3, nn.Linear(5, 3), nn.Linear(5, 1)

def raises():
    return contextlib.suppress(IndexError, RuntimeError, TypeError, ValueError)
"""

RUNNING = """\
if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
"""


def written(folder: Path, side: str) -> tuple[Path, dict[int, int]]:
    """A file of the programs of one side, a test each; and the row that each program stands in."""
    lines, rows = START.splitlines(), {}
    for number, row in enumerate(ROWS):
        lines += ["", f"def test_{number:02}():", "    x, y, net, one = start()"]
        # What raises in torch goes on with the next.
        lines += ["    with raises():", f"        {getattr(row, side)}"]
        rows[len(lines)] = number
    file = folder / f"test_{side}.py"
    file.write_text("\n".join([*lines, "", RUNNING]))
    return file, rows


def python(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**environment(), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **more},
        timeout=240,
        check=False,
    )


@pytest.mark.parametrize("side", ["misuse", "twin"])
def test_losslint_run(tmp_path: Path, side: str) -> None:
    file, rows = written(tmp_path, side)
    found = python(tmp_path, "-m", "losslint", "run", "--output-format", "json", "-o", "found.json", file.name)
    assert found.returncode == 0, found.stderr
    told: dict[int, list[str]] = {}
    for finding in json.loads((tmp_path / "found.json").read_text()):
        assert Path(finding["filename"]).name == file.name
        told.setdefault(rows[finding["location"]["row"]], []).append(finding["code"])
    expected = {number: list(row.codes) for number, row in enumerate(ROWS)} if side == "misuse" else {}
    assert told == expected
    assert len(rows) >= 40


@pytest.mark.parametrize("side", ["misuse", "twin"])
def test_pytest(tmp_path: Path, side: str) -> None:
    file, _ = written(tmp_path, side)
    options = ("-p", "losslint.runtime.pytest_plugin", "--losslint=error", "-W", "ignore", "-q", "--junit-xml=out.xml")
    result = python(tmp_path, "-m", "pytest", *options, file.name, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    told: dict[int, list[str]] = {}
    text = (tmp_path / "out.xml").read_text()
    for name, failure in re.findall(
        r'<testcase [^>]*name="test_(\d+)"[^>]*>\s*<failure [^>]*>(.*?)</failure>', text, re.DOTALL
    ):
        told[int(name)] = re.findall(r"^\S+:\d+:\d+: (LL\d+) ", failure, re.MULTILINE)
    if side == "misuse":
        assert told == {number: list(row.codes) for number, row in enumerate(ROWS)}
    else:
        assert result.returncode == 0, result.stdout
        assert f"{len(ROWS)} passed" in result.stdout

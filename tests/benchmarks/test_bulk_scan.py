"""The recipe for a dataset, on a cluster of processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, NET, TRAIN, environment, put, write

pytest.importorskip("distributed", reason="distributed is not installed")
ROOT = Path(__file__).parents[2]


def test_a_partition_is_a_repository(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write(data / "one", models__net=NET, train=TRAIN)
    write(data / "two", a=FINE, venv__b=MISUSE)
    write(data / "three", a=MISUSE)
    put(data / "three" / "notes.md", "```python\n" + MISUSE + "```\n")
    (data / "three" / "link.py").symlink_to(data / "one" / "train.py")
    (data / "empty").mkdir()
    ended = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "bulk" / "scan.py"), str(data), "--workers", "2"],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, env=environment(PYTHONPATH=str(ROOT)),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    rows = {row["repository"]: row for row in map(json.loads, ended.stdout.splitlines())}
    found = {name: [(each["filename"], each["code"]) for each in row["findings"]] for name, row in rows.items()}
    assert found == {
        "one": [("train.py", "LL101")],
        "two": [],
        "three": [("a.py", "LL101"), ("notes.md", "LL101")],
        "empty": [],
    }
    figures = json.loads(ended.stderr.splitlines()[-1])
    assert (figures["repositories"], figures["findings"], figures["failures"], figures["workers"]) == (4, 3, 0, 2)

"""The command in a process of its own, on files made for a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tested import front

#: A loss that is fed probabilities: the call is in row 6, column 12.
MISUSE = """\
import torch
import torch.nn.functional as F

def misuse(x, y):
    p = torch.softmax(x, dim=1)
    return F.cross_entropy(p, y)
"""
#: A loss that is fed what it wants.
FINE = """\
import torch.nn.functional as F
from torch import nn

head = nn.Linear(4, 10)

def fine(x, y):
    return F.cross_entropy(head(x), y)
"""

#: Files that show one misuse, whose halves are a file each.
NET = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 10)

    def forward(self, x):
        return self.head(x).softmax(dim=1)
"""
TRAIN = """\
from torch import nn
from models.net import Net

def train(batches):
    net = Net()
    criterion = nn.CrossEntropyLoss()
    for x, y in batches:
        loss = criterion(net(x), y)
        loss.backward()
"""


@dataclass(frozen=True, slots=True)
class Run:
    """How the command ended, and what it said."""

    status: int
    output: str
    errors: str

    @property
    def found(self) -> list[str]:
        """What was found, as `file:row:column: code`; the run has to be concise."""
        return [line.split(" ")[0] + " " + line.split(" ")[1] for line in self.output.splitlines() if ": LL" in line]


def write(folder: Path, **files: str | bytes) -> None:
    """Write Python files: `models__net` is `models/net.py`."""
    for name, text in files.items():
        put(folder / f"{name.replace('__', '/')}.py", text)


def put(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


#: What changes what a command prints: CI and BUILD_NUMBER make pytest print whole messages.
OF_WHOEVER_RUNS_THE_TESTS = frozenset({"NO_COLOR", "FORCE_COLOR", "PYTHONPATH", "CI", "BUILD_NUMBER"})


def environment(**more: str) -> dict[str, str]:
    """Nothing of the terminal or the options of whoever runs the tests, and losslint of this checkout: a path of
    modules in `more` comes behind it."""
    kept = {name: value for name, value in os.environ.items() if name not in OF_WHOEVER_RUNS_THE_TESTS}
    said = {**kept, "PYTHONIOENCODING": "utf-8", **more}
    paths = [path for path in (front().get("PYTHONPATH"), more.get("PYTHONPATH")) if path]
    return {**said, "PYTHONPATH": os.pathsep.join(paths)} if paths else said


def losslint(
    folder: Path, *arguments: str | os.PathLike[str], given: str | bytes = b"", env: Mapping[str, str] | None = None
) -> Run:
    """Run the command in a folder. Whatever happens, there is no traceback."""
    run = subprocess.run(
        [sys.executable, "-m", "losslint", *arguments],
        cwd=folder,
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
        env=environment(**(env or {})),
        timeout=240,
    )
    output, errors = run.stdout.decode(), run.stderr.decode()
    assert "Traceback" not in errors, errors
    assert run.returncode in (0, 1, 2), (run.returncode, output, errors)
    return Run(run.returncode, output, errors)


def concise(folder: Path, *arguments: str | os.PathLike[str], given: str | bytes = b"") -> Run:
    return losslint(folder, "--output-format", "concise", *arguments, given=given)


def as_json(folder: Path, *arguments: str | os.PathLike[str], given: str | bytes = b"") -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(
        losslint(folder, "--output-format", "json", *arguments, given=given).output
    )
    return loaded

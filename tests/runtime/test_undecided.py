"""The static and the runtime observer joined: what the code leaves open is watched, and what was seen is read again."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.e2e.command import losslint
from tests.runtime.test_running import ROOT, python

NET = """\
from torch import nn

class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(5, 3)

    def forward(self, x):
        return self.head(x)

class Activated(Plain):
    def forward(self, x):
        return super().forward(x).softmax(dim=1)
"""
#: The model is chosen by a name that only the command line knows. The losses stand in rows 13, 16, 22 and 25.
TRAIN = """\
import importlib
import sys
import torch
import torch.nn.functional as F
from torch import nn

net = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])()
criteria = [nn.CrossEntropyLoss()]
x, y = torch.randn(4, 5), torch.tensor([0, 1, 2, 0])

def step():
    scores = net(x)
    return criteria[0](scores, y)

def other(given):
    return F.cross_entropy(
        given,
        y,
    )

def known():
    return F.cross_entropy(nn.Linear(5, 3)(x), y)

def never(given):
    return F.mse_loss(given, y)

for _ in range(5):
    step().backward()
torch.manual_seed(0) if known() else None
(criteria[0]
    (net(x), y)
    .backward())
other(net(x))
print("fine")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "losslint.toml").write_text("")
    (folder / "net.py").write_text(NET)
    (folder / "train.py").write_text(TRAIN)
    return folder


def watched(folder: Path, model: str, *options: str) -> tuple[str, str]:
    """The program's output, and the report of a run that asks for what the code leaves open."""
    arguments = ("--undecided", "--output-format=concise", *options, "train.py", "net", model)
    ended = python(folder, "-m", "losslint", "run", *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout, ended.stderr


def test_each_undecided_call_is_told_of(project: Path) -> None:
    output, report = watched(project, "Activated")
    assert output == "fine\n"
    assert report.startswith(
        "Undecided in the code, and what was observed:\n"
        "train.py:13:12: CrossEntropyLoss was called 5 times: misused\n"
        "    input: softmax probabilities, float32, [4, 3], cpu\n"
        "    target: class indices, int64, [4], cpu\n"
        "train.py:16:12: CrossEntropyLoss was called once: misused\n"
    )
    assert "train.py:25:12: MSELoss was not reached\n" in report
    assert "train.py:22:12" not in report  # the code says that it is fine
    assert "train.py:13:12: LL101 " in report
    assert report.endswith("4 loss calls: 3 misused, 1 clean, 0 undecided.\n")


def test_a_call_whose_method_stands_in_another_row_is_found(project: Path) -> None:
    _, report = watched(project, "Plain")
    assert "train.py:30:2: CrossEntropyLoss was called once: clean\n" in report


def test_json_holds_the_findings_alone(project: Path) -> None:
    _, report = watched(project, "Activated", "--output-format=json")
    assert {each["code"] for each in json.loads(report)} == {"LL101"}


def test_what_was_observed_is_read_again(project: Path) -> None:
    before = losslint(project, "--output-format=concise", ".")
    assert before.output.endswith("5 loss calls: 0 misused, 1 clean, 4 undecided.\n")
    env = {"PYTHONPATH": str(ROOT)}

    watched(project, "Activated", "--write-observations=obs.json")
    after = losslint(project, "--output-format=concise", "--observations", "obs.json", ".", env=env)
    assert after.status == 1
    assert after.found == ["train.py:13:12: LL101", "train.py:16:12: LL101", "train.py:30:2: LL101"]
    assert after.output.endswith("5 loss calls: 3 misused, 1 clean, 1 undecided.\n")

    (project / "net.py").write_text(NET.replace(".softmax(dim=1)", ""))
    mended = losslint(project, "--output-format=concise", "--observations", "obs.json", ".", env=env)
    assert (mended.status, mended.found) == (0, [])

    first = (project / "obs.json").read_bytes()
    watched(project, "Activated", "--write-observations=obs.json")
    now = losslint(project, "--output-format=concise", "--observations", "obs.json", ".", env=env)
    assert now.output.endswith("5 loss calls: 0 misused, 4 clean, 1 undecided.\n")
    assert (project / "obs.json").read_bytes() != first


def test_the_file_is_deterministic_and_bears_no_folder_of_this_machine(project: Path) -> None:
    texts = []
    for name in ("one.json", "two.json"):
        watched(project, "Plain", f"--write-observations={name}")
        texts.append((project / name).read_text())
    assert texts[0] == texts[1]
    assert str(project) not in texts[0]
    assert sorted(json.loads(texts[0])["sources"]) == ["net.py", "train.py"]


def test_a_program_that_goes_elsewhere(project: Path) -> None:
    (project / "train.py").write_text("import os\nos.chdir('/')\n" + TRAIN)
    _, report = watched(project, "Plain", "--write-observations=obs.json")
    assert "train.py:15:12: CrossEntropyLoss was called 5 times: clean\n" in report
    assert {each["file"] for each in json.loads((project / "obs.json").read_text())["calls"]} == {"train.py"}


def test_a_wrong_configuration_is_an_error_before_anything_runs(project: Path) -> None:
    (project / "losslint.toml").write_text("nonsense = 1\n")
    ended = python(project, "-m", "losslint", "run", "--undecided", "train.py", "net", "Plain")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "unknown key nonsense" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("option", ["--select=LL1", "--ignore=LL101"])
def test_observations_are_those_of_all_rules(project: Path, option: str) -> None:
    arguments = ("--write-observations=obs.json", option, "train.py", "net", "Plain")
    ended = python(project, "-m", "losslint", "run", *arguments)
    assert ended.returncode == 2
    assert "--select and --ignore are options of `check`" in ended.stderr
    assert not (project / "obs.json").exists()


def test_a_file_that_cannot_be_written_is_an_error(project: Path) -> None:
    target = os.path.join("nowhere", "obs.json")
    ended = python(project, "-m", "losslint", "run", f"--write-observations={target}", "train.py", "net", "Plain")
    assert (ended.returncode, ended.stdout) == (2, "")  # it did not even begin
    assert "cannot write" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_static_observer_has_done_its_work_before_torch_is_imported(project: Path) -> None:
    (project / "torch.py").write_text("raise SystemExit('torch was imported')\n")
    (project / "losslint.toml").write_text("nonsense = 1\n")
    ended = python(project, "-m", "losslint", "run", "--undecided", "train.py", "net", "Plain")
    assert "unknown key nonsense" in ended.stderr
    assert "torch was imported" not in ended.stderr

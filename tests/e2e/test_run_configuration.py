"""`losslint run` and the configurations of the files that a program's losses are in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import Run, losslint, put, write

pytest.importorskip("torch", reason="watching a program takes torch")

#: Two misuses in two files, one of them a warning, and advice: a sigmoid in front of BCELoss (LL204).
TRAIN = """\
import sys
import torch
import torch.nn.functional as F
sys.path.insert(0, "other")
import parts.heads, elsewhere

x = torch.randn(4, 3, requires_grad=True)
F.cross_entropy(x.softmax(1), torch.arange(4) % 3)
parts.heads.binary(x)
elsewhere.divergence(x)
"""
HEADS = """\
import torch
import torch.nn.functional as F

def binary(x):
    F.binary_cross_entropy(x.sigmoid(), torch.ones(4, 3))
"""
ELSEWHERE = """\
import torch
import torch.nn.functional as F

def divergence(x):
    F.kl_div(x.softmax(1), x.detach().softmax(1), reduction="sum")
"""
TRAIN_FOUND, HEADS_FOUND = "train.py:8:1: LL101", "parts/heads.py:5:5: LL204"
OTHER_FOUND = "other/elsewhere.py:5:5: LL301"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    put(tmp_path / "losslint.toml", "")
    put(tmp_path / "other" / "losslint.toml", "")
    write(tmp_path, train=TRAIN, parts__heads=HEADS, other__elsewhere=ELSEWHERE)
    return tmp_path


def run(folder: Path, *options: str) -> Run:
    return losslint(folder, "run", "--output-format=concise", *options, "train.py")


def found(ended: Run) -> list[str]:
    return [" ".join(row.split()[:2]) for row in ended.errors.splitlines() if ": LL" in row]


def says(folder: Path, text: str, other: str = "") -> None:
    put(folder / "losslint.toml", text)
    put(folder / "other" / "losslint.toml", other)


def test_without_entries_it_is_as_ever(project: Path) -> None:
    ended = run(project)
    assert found(ended) == [OTHER_FOUND, TRAIN_FOUND]
    assert ended.errors.endswith("2 problems found. 3 loss calls: 2 misused, 1 clean, 0 undecided.\n")


def test_each_file_has_the_rules_of_its_own_project(project: Path) -> None:
    says(project, 'select = ["LL3"]')
    ended = run(project)
    assert found(ended) == [OTHER_FOUND]
    assert "3 loss calls: 1 misused, 1 clean, 1 undecided." in ended.errors
    says(project, "", 'ignore = ["LL301"]')
    assert found(run(project)) == [TRAIN_FOUND]
    says(project, 'extend-select = ["LL204"]', "")
    assert found(run(project)) == [OTHER_FOUND, HEADS_FOUND, TRAIN_FOUND]
    says(project, "advice = true")
    assert HEADS_FOUND in found(run(project))


def test_rules_for_some_files_and_severities(project: Path) -> None:
    says(
        project,
        '[per-file-ignores]\n"train.py" = ["LL1"]\n[severity]\nLL204 = "error"\n',
        '[severity]\nLL301 = "advice"\n',
    )
    ended = run(project)
    assert found(ended) == [HEADS_FOUND]
    assert "3 loss calls: 2 misused, 1 clean" in ended.errors  # as for the linter: the counts are about the code
    assert run(project, "--fail-on-findings").status == 1
    says(project, '[per-file-ignores]\n"**" = ["LL"]\n', 'ignore = ["LL"]\n')
    assert run(project, "--fail-on-findings").status == 0


def test_the_command_line_goes_before_them(project: Path) -> None:
    says(project, 'select = ["LL3"]', 'ignore = ["LL301"]')
    assert found(run(project, "--select", "LL101,LL301")) == [OTHER_FOUND, TRAIN_FOUND]
    assert found(run(project, "--isolated")) == [OTHER_FOUND, TRAIN_FOUND]
    assert found(run(project, "--config", 'select = ["LL101"]')) == [TRAIN_FOUND]
    says(project, 'extend-select = ["LL204"]')
    assert found(run(project, "--ignore", "LL204,LL301")) == [TRAIN_FOUND]


def test_one_that_cannot_be_followed(project: Path) -> None:
    says(project, 'select = ["LL999"]')
    ended = run(project)
    assert (ended.status, found(ended)) == (2, [])
    assert f"{project / 'losslint.toml'}: select has no such rule" in ended.errors
    says(project, "", "nonsense = 1")
    ended = run(project)
    assert (ended.status, found(ended)) == (0, [OTHER_FOUND, TRAIN_FOUND])
    assert f"losslint: warning: {project / 'other' / 'losslint.toml'}: unknown key nonsense" in ended.errors


def test_what_the_code_leaves_open_is_asked_by_the_same_rules(project: Path) -> None:
    says(project, 'ignore = ["LL101"]')
    ended = run(project, "--undecided")
    assert "train.py:8:1: CrossEntropyLoss was called once: misused\n" in ended.errors
    assert found(ended) == [OTHER_FOUND]
    assert "CrossEntropyLoss was called" not in run(project, "--undecided", "--isolated").errors


def test_observations_are_those_of_all_rules(project: Path) -> None:
    says(project, 'ignore = ["LL"]', "")
    assert losslint(project, "run", "--write-observations", "seen.json", "train.py").status == 0
    text = (project / "seen.json").read_text()
    assert '"LL101"' in text and '"LL204"' not in text


@pytest.mark.parametrize("how", ["exclude", "extend-exclude", "--config"])
def test_what_is_excluded_is_not_asked_about(project: Path, how: str) -> None:
    """`drafts` has a call that the code alone does not decide, and that no run reaches."""
    put(project / "drafts" / "open.py", "import torch.nn.functional as F\ndef f(m, y):\n    F.cross_entropy(m(), y)\n")
    told = "drafts/open.py:3:5: CrossEntropyLoss was not reached"
    assert told in run(project, "--undecided").errors
    if how == "--config":
        ended = run(project, "--undecided", "--config", 'exclude = ["drafts"]')
    else:
        says(project, f'{how} = ["drafts"]')
        ended = run(project, "--undecided")
    assert "drafts" not in ended.errors and found(ended) == [OTHER_FOUND, TRAIN_FOUND]


def test_examples_of_docstrings_are_not_asked_about(project: Path) -> None:
    says(project, "doctests = true")
    text = '"""\n>>> import torch.nn.functional as F\n>>> loss = F.cross_entropy(unknown(), unknown())\n"""\n'
    put(project / "shown.py", text)
    assert "shown.py:3" in losslint(project, "--show-undecided", "--output-format=concise").output
    assert "shown.py" not in run(project, "--undecided").errors

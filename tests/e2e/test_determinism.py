"""Two runs say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, NET, TRAIN, losslint, write

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.mark.parametrize("option", ["--output-format=full", "--output-format=json", "--show-undecided"])
def test_whatever_the_order_of_sets(option: str) -> None:
    runs = [losslint(FIXTURES, option, "--advice", env={"PYTHONHASHSEED": str(seed)}) for seed in (0, 1, 4242)]
    assert runs[0].status == 1
    assert len(runs[0].output.splitlines()) > 20
    assert runs[0] == runs[1] == runs[2]


def test_whatever_the_order_of_the_paths(tmp_path: Path) -> None:
    write(tmp_path, bad=MISUSE, good=FINE, models__net=NET, train=TRAIN, models__other=MISUSE)
    paths = ["train.py", "bad.py", "models", "good.py"]
    forwards, backwards = losslint(tmp_path, *paths), losslint(tmp_path, *reversed(paths))
    assert forwards.status == 1
    assert forwards == backwards
    assert losslint(tmp_path, *paths, *paths, ".") == losslint(tmp_path, ".")
    places = [line.split()[-1] for line in forwards.output.splitlines() if line.startswith(" -->")]
    assert places == ["bad.py:6:12", "models/other.py:6:12", "train.py:8:16"]

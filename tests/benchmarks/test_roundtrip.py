"""`benchmarks/roundtrip.py`: what it finds right, and that it notices what is not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import roundtrip
from losslint.fixes.edits import Edit, changed
from tests.e2e.command import put

#: Not as Jupyter writes it: tabs, escapes, a key behind the sources, no line end.
NOTEBOOK = """\
{"cells": [
\t{"cell_type": "code", "source": ["import torch, torch.nn.functional as F\\n",
\t\t"loss = F.cross_entropy(torch.softmax(x, 1), y)  # \\u00e9\\n", "%time y"],
\t "outputs": [{"text": ["0.5\\n", 1e3, "\\/"]}],
\t "metadata": {"tags": []}, "execution_count": 7},
\t{"cell_type": "markdown", "metadata": {}, "source": "# A head"}],
 "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"""
PAGE = "# Step\n\n> ```python\n> import torch\n> z = torch.log(torch.softmax(x, 1))\n> ```\n\ntorch.softmax(x, 1)"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    put(tmp_path / "pyproject.toml", "")
    put(tmp_path / "n.ipynb", NOTEBOOK.replace("\n", "\r\n"))
    put(tmp_path / "p.md", PAGE)
    put(tmp_path / "data.txt", "torch.softmax(x, 1)")
    return tmp_path


def told(tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["roundtrip.py", str(tree)])
    return roundtrip.main(), capsys.readouterr().out


def test_what_stays_to_the_byte_is_right(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in tree.iterdir()}
    status, output = told(tree, capsys, monkeypatch)
    assert (status, output.splitlines()[-1]) == (0, "all as it should be"), output
    assert "       1 mended, .ipynb\n       1 mended, .md\n" in output
    assert "       2 notebooks, rows that can be edited\n" in output  # and not the one with the magic
    assert {path: path.read_bytes() for path in tree.iterdir()} == before


def test_a_file_that_is_written_anew_is_noticed(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def anew(data: bytes, edits: list[Edit], shown: str) -> bytes:
        after = changed(data, edits, shown)
        return json.dumps(json.loads(after)).encode() if shown.endswith(".ipynb") else after + b"\n"

    monkeypatch.setattr(roundtrip, "changed", anew)
    status, output = told(tree, capsys, monkeypatch)
    assert status == 1
    for name in ("n.ipynb", "p.md"):
        assert f"{tree / name}: written with no edit, it is another file\n" in output
        assert f"{tree / name}: more changed than the rows that were edited\n" in output


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"0.5\\\\n"', '"0.6\\\\n"', "something changed that is no source"),
        ('"# A head"', '"# Another"', "a cell changed that holds no code"),
        ("\t\t", "  ", "a row changed that is no source"),
    ],
)
def test_what_changes_beside_sources_is_noticed(old: str, new: str, said: str) -> None:
    before = NOTEBOOK.replace("\t\t", "\n\t\t")
    after = before.replace(old.replace("\\\\", "\\"), new.replace("\\\\", "\\"))
    assert after != before
    found = list(roundtrip._beside_sources(before.encode(), after.encode()))
    assert any(each.startswith(said) for each in found), found


def test_what_changes_beside_fences_is_noticed() -> None:
    assert not list(roundtrip._beside_fences(PAGE.encode(), PAGE.replace("log(", "exp(").encode()))
    assert list(roundtrip._beside_fences(PAGE.encode(), PAGE.replace("# Step", "# Steps").encode()))

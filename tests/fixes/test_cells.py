"""In notebooks only the text of the cells changes, byte for byte."""

from __future__ import annotations

import json

import pytest

from losslint.fixes.plan import Plans, Refusal
from losslint.sources.tree import MemoryTree

from .programs import fixed, found

IMPORTS = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\nhead = nn.Linear(4, 3)"
STEP = """\
def step(x, y):
    '''été \\\\ "quoted" 🙂'''
    p = F.softmax(head(x), dim=1)  # é
    return F.cross_entropy(p, y)"""
STEP_FIXED = STEP.replace("F.softmax(head(x), dim=1)", "head(x)")


def cell(code: str | list[str], sort: str = "code") -> dict[str, object]:
    extra: dict[str, object] = {"outputs": [{"text": ["source"], "data": {"source": "1"}}], "execution_count": 3}
    return {"cell_type": sort, "metadata": {"source": ["x"]}, **(extra if sort == "code" else {}), "source": code}


def rows(code: str) -> list[str]:
    return code.splitlines(keepends=True)


def notebook(*cells: dict[str, object]) -> dict[str, object]:
    return {"cells": list(cells), "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize("indent", [None, 1, 2, "\t"])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("split", [rows, str], ids=["rows", "one string"])
def test_only_the_source_changes(indent: int | str | None, ascii_only: bool, split: object) -> None:
    def written(step: str) -> bytes:
        made = notebook(cell(split(IMPORTS)), cell("# F.softmax", "markdown"), cell(split(step)))  # type: ignore[operator]
        return (json.dumps(made, indent=indent, ensure_ascii=ascii_only) + "\n").encode()

    assert fixed({"a.ipynb": written(STEP)})["a.ipynb"] == written(STEP_FIXED)


def test_unusual_json_stays() -> None:
    made = notebook(cell(rows(IMPORTS)), cell(rows(STEP)))
    before = json.dumps(made, separators=(" ,\r\n", ":\t")).replace("head(x)", "\\u0068ead(x)").replace("/", "\\/")
    data = b"\xef\xbb\xbf" + before.encode()
    start = before.index("F.softmax(")
    inner = before.index("\\u0068ead(x)", start)
    end = before.index(")", inner + len("\\u0068ead(x)")) + 1
    after = before[:start] + "\\u0068ead(x)" + before[end:]
    assert fixed({"a.ipynb": data})["a.ipynb"] == b"\xef\xbb\xbf" + after.encode()


def test_a_row_that_goes_takes_its_string_along() -> None:
    step = "def step(x, y):\n    x = head(x)\n    x = F.softmax(x, dim=1)\n    return F.cross_entropy(x, y)"
    before = notebook(cell(rows(IMPORTS)), cell(rows(step)))
    after = notebook(cell(rows(IMPORTS)), cell(rows(step.replace("    x = F.softmax(x, dim=1)\n", ""))))
    data = fixed({"a.ipynb": json.dumps(before, indent=1).encode()})["a.ipynb"]
    assert data.decode() == json.dumps(after, indent=1)


def test_a_change_over_several_rows() -> None:
    step = (
        "def step(x, y):\n    p = F.softmax(\n        head(x),\n        dim=1,\n    )\n    return F.cross_entropy(p, y)"
    )
    data = fixed({"a.ipynb": json.dumps(notebook(cell(rows(IMPORTS)), cell(rows(step)))).encode()})["a.ipynb"]
    made = json.loads(data)["cells"][1]["source"]
    assert "".join(made) == "def step(x, y):\n    p = head(x)\n    return F.cross_entropy(p, y)"


def test_an_indented_cell() -> None:
    step = "\n".join(f"  {row}" for row in STEP.split("\n"))
    before = notebook(cell(rows(IMPORTS)), cell(rows(step)))
    after = notebook(cell(rows(IMPORTS)), cell(rows(step.replace("F.softmax(head(x), dim=1)", "head(x)"))))
    assert fixed({"a.ipynb": json.dumps(before).encode()})["a.ipynb"].decode() == json.dumps(after)


def test_magics_elsewhere_stay() -> None:
    magic = "%matplotlib inline\n!pip install torch\n"
    before, after = (json.dumps(notebook(cell(rows(magic + IMPORTS)), cell(rows(step)))) for step in (STEP, STEP_FIXED))
    assert fixed({"a.ipynb": before.encode()})["a.ipynb"].decode() == after


@pytest.mark.parametrize("last", ["p = F.softmax(head(x), dim=1)\nloss = F.cross_entropy(p, y)\np", None])
def test_what_a_cell_shows_is_read_by_somebody(last: str | None) -> None:
    code = last or "model = nn.Sequential(head, nn.Softmax(dim=1))\nloss = F.cross_entropy(model(x), y)\nmodel(x)"
    files = {"a.ipynb": json.dumps(notebook(cell(rows(IMPORTS)), cell(rows(code)))).encode()}
    findings = found(files)
    plans = Plans([(MemoryTree(files), ["a.ipynb"])], findings)
    (refusal,) = [fix for fix in map(plans.fix, findings) if isinstance(fix, Refusal)]
    assert refusal.place is not None
    assert (refusal.place.cell, refusal.place.row) == (2, 3)


def test_the_place_of_an_edit_is_in_its_cell() -> None:
    files = {"a.ipynb": json.dumps(notebook(cell(rows(IMPORTS)), cell(rows(STEP)))).encode()}
    (finding,) = found(files)
    plans = Plans([(MemoryTree(files), ["a.ipynb"])], [finding])
    fix = plans.fix(finding)
    assert fix is not None
    assert not isinstance(fix, Refusal)
    places = [plans.place(finding, edit) for edit in fix.edits]
    assert {(place.cell, place.row) for place in places} == {(2, 3)}
    (changed,) = plans.rows(finding, fix)
    assert changed.filename == "a.ipynb:cell 2"
    assert changed.rows == (
        ("-", 3, "    p = F.softmax(head(x), dim=1)  # é"),
        ("+", 3, "    p = head(x)  # é"),
    )

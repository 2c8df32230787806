"""Line ends, tabs, form feeds: rows and columns are those that CPython and an editor count."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, as_json, concise, losslint, put

TABBED = MISUSE.replace("    ", "\t")


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        (MISUSE.replace("\n", "\r\n"), 6, 12),
        (MISUSE.replace("\n", "\r"), 6, 12),
        (MISUSE.replace("\n", "\r\n", 2), 6, 12),
        (MISUSE.rstrip("\n"), 6, 12),
        (TABBED, 6, 9),
        (MISUSE.replace("return F.cross_entropy(p, y)", "return\t(\tF.cross_entropy(p, y)\t)"), 6, 14),
        (MISUSE.replace("def ", "\x0cdef "), 6, 12),
        (MISUSE.replace("def ", "\x0c\ndef "), 7, 12),
        (MISUSE.replace("    return", "\x0c    return"), 6, 13),
        # No line ends for Python, though `str.splitlines` takes them for some.
        (MISUSE.replace("def ", "# \x0b\x1c\x85\u2028\ndef "), 7, 12),
        (MISUSE.replace("F.cross_entropy(p, y)", "F.cross_entropy(\\\n        p, y)"), 6, 12),
    ],
    ids=["crlf", "cr", "mixed", "no end", "tabs", "tab inside", "ff", "ff row", "ff indent", "others", "continued"],
)
def test_the_place_is_right(tmp_path: Path, text: str, row: int, column: int) -> None:
    put(tmp_path / "bad.py", text)
    (found,) = as_json(tmp_path)
    assert found["code"] == "LL101"
    assert found["location"] == {"row": row, "column": column}
    # CPython agrees.
    calls = [node for node in ast.walk(ast.parse(text.encode())) if isinstance(node, ast.Call)]
    assert (row, column) in {(node.lineno, node.col_offset + 1) for node in calls}


def test_the_mark_is_under_the_call_behind_tabs(tmp_path: Path) -> None:
    put(tmp_path / "bad.py", TABBED.replace("return F", "return\tF"))
    lines = losslint(tmp_path).output.splitlines()
    row = next(number for number, line in enumerate(lines) if "cross_entropy(p, y)" in line and "|" in line)
    call, mark = lines[row : row + 2]
    assert "\t" not in call
    assert mark.index("^") == call.index("F.cross")
    assert mark.count("^") == len("F.cross_entropy(p, y)")


@pytest.mark.parametrize("text", ["", "\n", "   \n", "\r\n\r\n", "\x0c", "#", "\ufeff", FINE])
def test_an_empty_file_is_fine(tmp_path: Path, text: str) -> None:
    put(tmp_path / "a.py", text)
    run = concise(tmp_path, "a.py")
    assert run.status == 0
    assert run.found == []
    assert run.errors == ""


def test_an_empty_document_and_an_empty_notebook_are_fine(tmp_path: Path) -> None:
    put(tmp_path / "a.md", "")
    put(tmp_path / "a.ipynb", "")
    assert concise(tmp_path).status == 0

"""The examples of docstrings: what doctest itself finds in them, on the rows and in the columns of the file."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from losslint.sources.doctests import examples


def rows_of(text: str) -> list[dict[int, str]]:
    """The rows (from 1) of each docstring that hold code, each where the file has it."""
    lines = text.split("\n")
    found = []
    for each in examples(text):
        rows = {}
        for number, (row, indent) in enumerate(zip(each.piece.rows, each.piece.indents, strict=True), each.first + 1):
            if row.strip():
                assert lines[number - 1][indent:].startswith(row)
                rows[number] = row
        found.append(rows)
    return found


def test_examples_stand_where_the_file_has_them() -> None:
    assert rows_of('""">>> x = 1"""') == [{1: "x = 1"}]
    assert rows_of('ä = 1; "no"\ndef f():\n  r"""Text\n\n    >>> y = (\n    ... 1)\n    1\n    >>> z"""\n') == [
        {5: "y = (", 6: "1)", 8: "z"}
    ]
    assert rows_of('class A:\n  """>>> a"""\n  class B:\n    """>>> b"""\n    async def f():\n      """>>> c"""\n') == [
        {2: "a"},
        {4: "b"},
        {6: "c"},
    ]
    assert rows_of("try:\n  def f():\n    '''\n    >>> a\n    '''\nexcept ValueError:\n  pass\n") == [{4: "a"}]
    assert rows_of('"""\\\n>>> a\n"""') == [{2: "a"}]
    assert rows_of("def f():\n\t'''\n\t>>> for x in y:\n\t...     z\n\t'''") == [{3: "for x in y:", 4: "    z"}]


@pytest.mark.parametrize(
    "text",
    [
        '">>> a"', '""">>> a""" """b"""', '"""\n>>> a\n""" """\n>>> b\n"""', 'b""">>> a"""', 'f""">>> a"""',
        'x = """>>> a"""', 'def f():\n  x = 1\n  """>>> a"""', '"""\n>>> "\\n"\n"""', '"""\n>>> a(\n"""', '""">>>a"""',
        '"""no"""', "", "(", "\0", '"""\n>>> a\nTraceback (most recent call last):\n  File\nE: no\n"""',
    ],
)  # fmt: skip
def test_what_is_left_out(text: str) -> None:
    assert rows_of(text) == []


def test_what_follows_an_escape_is_left_out() -> None:
    assert rows_of('"""\n>>> a\n>>> "\\t"\n>>> b\n"""') == [{2: "a"}]
    assert rows_of('r"""\n>>> a\n>>> "\\t"\n>>> b\n"""') == [{2: "a", 3: '"\\t"', 4: "b"}]


def test_only_the_statement_that_raises_is_left_out() -> None:
    text = '"""\n>>> a\n>>> b(\n... c)\nTraceback (most recent call last):\n    ...\nValueError: no\n>>> d\n"""'
    assert rows_of(text) == [{2: "a", 8: "d"}]


def docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node, clean=False)
            if text is not None:
                yield text


def statements(rows: Iterable[str]) -> tuple[str, ...]:
    """Rows without those that hold a comment or nothing, which doctest passes over."""
    return tuple(row for row in rows if row.strip() and not row.strip().startswith("#"))


def test_doctest_finds_the_same_in_real_files() -> None:
    """Of each docstring of torch's that is read at all: the sources of doctest's examples, without those that raise."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        pytest.skip("torch is not installed")
    folder = Path(spec.origin).parent
    compared = 0
    for path in [*sorted((folder / "nn").rglob("*.py")), *sorted((folder / "distributions").glob("*.py"))]:
        text = path.read_text(encoding="utf-8")
        theirs, refused = set(), ""
        for each in docstrings(ast.parse(text)):
            try:
                listed = doctest.DocTestParser().get_examples(each)
            except ValueError:
                refused += each  # for its white space: nothing says what it would be
                continue
            theirs.add(statements("".join(one.source for one in listed if one.exc_msg is None).split("\n")))
        for rows in rows_of(text):
            ours = statements(rows.values())
            assert ours in theirs or (ours and all(row in refused for row in ours)), (path, rows)
            compared += 1
    assert compared > 100

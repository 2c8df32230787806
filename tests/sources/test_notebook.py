"""Notebooks: one text of all code cells, with a map back."""

from __future__ import annotations

import ast
import json
import warnings

import pytest

from losslint.sources.magics import without_magics

from .reading import notebook, read, refused


def test_code_cells_are_joined_and_every_row_has_its_place() -> None:
    source = read(notebook("import torch\nx = 1", "#md title", "", "y = 2\r\nz = 3"), "n.ipynb")
    assert source.text == "import torch\nx = 1\ny = 2\nz = 3"
    assert source.cells == ((1, 1), (1, 2), (4, 1), (4, 2))
    place = source.place(4, 5, 4, 6)
    assert (place.cell, place.row, place.column, place.end_row, place.end_column) == (4, 2, 5, 2, 6)
    assert source.place(99).row == 2  # an error at the end of the text has a place as well


def test_a_source_may_be_one_text() -> None:
    cells = [
        {"cell_type": "code", "source": "a = 1\nb = 2"},
        {"cell_type": "raw", "source": "no"},
        7,
        {"cell_type": "code"},
    ]
    assert read(json.dumps({"cells": cells}), "n.ipynb").text == "a = 1\nb = 2"


def test_older_notebooks_have_worksheets() -> None:
    sheets = [
        {
            "cells": [
                {"cell_type": "heading", "source": "x"},
                {"cell_type": "code", "input": ["a = 1\n", "b"], "language": "python"},
            ]
        },
        {
            "cells": [
                {"cell_type": "code", "input": "c", "language": "python"},
                {"cell_type": "code", "input": "d", "language": "R"},
            ]
        },
    ]
    source = read(json.dumps({"nbformat": 3, "metadata": {"name": ""}, "worksheets": sheets}), "n.ipynb")
    assert source.text == "a = 1\nb\nc"
    assert source.cells == ((2, 1), (2, 2), (3, 1))


@pytest.mark.parametrize(
    ("metadata", "is_read"),
    [
        ({"kernelspec": {"name": "python3", "language": "python"}}, True),
        ({"language_info": {"name": "ipython"}}, True),
        ({"kernelspec": {"name": "conda-env-x"}}, True),
        ({"kernelspec": {"name": "ir", "language": "R"}}, False),
        ({"language_info": {"name": "julia"}}, False),
        ({"kernelspec": None}, True),
    ],
)
def test_only_python_is_read(metadata: dict[str, object], is_read: bool) -> None:
    assert bool(read(notebook("x = 1", metadata=metadata), "n.ipynb").text) is is_read


@pytest.mark.parametrize(
    ("data", "says", "row", "column"),
    [
        (b'{"cells": [\n  {,}]}', "invalid JSON, expecting property name", 2, 4),
        (b"x", "invalid JSON", 1, 1),
        (b"[]", "no object", 1, 1),
        (b"{}", "no list of cells", 1, 1),
        (b'{"cells": 3}', "no list of cells", 1, 1),
        (b'{"worksheets": [{"cells": 3}], "cells": {}}', "no list of cells", 1, 1),
        ('{\n"é'.encode() + b"\xff", "byte 0xff is not valid UTF-8", 2, 3),
        (b"[" * 200_000, "is no notebook", 1, 1),
        (b'{"cells": [' + b"9" * 9000 + b"]}", "", 0, 0),
    ],
)
def test_what_is_no_notebook_is_told_with_its_place(data: bytes, says: str, row: int, column: int) -> None:
    if not says:  # newer interpreters refuse such numbers, older ones read them
        try:
            assert read(data, "n.ipynb").text == ""
        except Exception as told:
            assert "is no notebook" in str(told)
        return
    error = refused(data, "n.ipynb")
    assert says in error.message
    assert (error.place.row, error.place.column) == (row, column)


def test_an_empty_file_is_an_empty_notebook() -> None:
    assert read(b"", "n.ipynb").text == read(b"\n", "n.ipynb").text == ""


def test_a_broken_cell_leaves_the_others() -> None:
    source = read(notebook("x = 1", "if:\n  y", "z = 3\nw = (", "v = 4"), "n.ipynb")
    assert source.text == "x = 1\n\n\n\n\nv = 4"
    assert [(problem.place.cell, problem.place.row) for problem in source.problems] == [(2, 1), (3, 2)]
    assert all(problem.message.startswith("syntax error: ") for problem in source.problems)


def test_an_indented_cell_is_dedented_and_its_columns_are_kept() -> None:
    source = read(notebook("x = 1", "    y = 2\n    if y:\n        z = 3"), "n.ipynb")
    assert source.text == "x = 1\ny = 2\nif y:\n    z = 3"
    assert source.place(1, 1).column == 1
    assert source.place(4, 5, 4, 6).column == 9


def test_top_level_await_and_odd_characters_are_read() -> None:
    source = read(notebook("x = await f()", "y = '\ud800 \\d'", "async with a as b:\n    pass"), "n.ipynb")
    assert source.problems == ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ast.parse(source.text)


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!pip install torch", "pass"),
        ("!pip install \\\n  torch\\\n  numpy\nx", "pass\n\n\nx"),
        ("pip install torch\nx = 1", "pass\nx = 1"),
        ("pip = 3\nls in pip", "pip = 3\nls in pip"),
        ("cd data/\nls -la data", "pass\npass"),
        ("if x:\n    !ls\nelse:\n    %cd y", "if x:\n    pass\nelse:\n    pass"),
        ("x = !ls *.py\na.b[0] = %timeit -o f()", "x = get_ipython()\na.b[0] = get_ipython()"),
        ("?torch\ntorch?\ntorch.nn??  \n  torch.*load*?\n%time?", "pass\npass\npass\n  pass\npass"),
        ("x = 1  # why?\ny = 'what?'", "x = 1  # why?\ny = 'what?'"),
        ("%time x = f()\n%timeit -n 10 -r 3 g(x)", "pass; x = f()\npass;              g(x)"),
        ("%time not python!", "pass"),
        ("%%bash\necho $x\n", "\n\n"),
        ("%sql\nselect * from labels\n", "\n\n"),
        ("%sql select 1\nx = 1\n", "pass\nx = 1\n"),
        ("%%writefile a.py\nx = 1", "\n"),
        ("\n# first\n%%html\n<b>", "\n\n\n"),
        ("%%time\nx = 1\n!ls", "\nx = 1\npass"),
        ("%%capture out\n%%timeit\nx = 1", "\n\nx = 1"),
        ("%%prun", ""),
        ("x = (7\n% 3)\ny = 7 \\\n% 3", "x = (7\n% 3)\ny = 7 \\\n% 3"),
        ('s = """\n%matplotlib\n!ls\nwhy?\n"""\n%load x', 's = """\n%matplotlib\n!ls\nwhy?\n"""\npass'),
        ("s = '''a\\'''\n!x'''  # '''\n!y", "s = '''a\\'''\n!x'''  # '''\npass"),
        ("f(a, '(', \"[\")  # (\n!ls", "f(a, '(', \"[\")  # (\npass"),
        ("print('x = %d' % x)\nx != y\nx %= 3\nf'{x=!r}'", "print('x = %d' % x)\nx != y\nx %= 3\nf'{x=!r}'"),
        ("/f x\n,f a b\n;f a b", "pass\npass\npass"),
    ],
)
def test_what_is_ipythons_becomes_python(cell: str, plain: str) -> None:
    rows = without_magics(cell.split("\n"))
    assert "\n".join(rows) == plain
    assert len(rows) == cell.count("\n") + 1


def test_magics_and_prompts_in_cells() -> None:
    source = read(notebook("%matplotlib inline", ">>> x = 1\n>>> x\n1", "%%bash\nls", "y = 2"), "n.ipynb")
    assert source.text == "pass\nx = 1\nx\n\n\n\ny = 2"
    assert source.place(2, 1).column == 5
    assert source.problems == ()

"""The front ends on anything at all: what comes out is a source, or a word on why there is none."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from losslint.app.configuration import ConfigurationError
from losslint.app.configuration.reading import layers_of
from losslint.app.gitignore import ignore_file
from losslint.comments.reading import comments_of
from losslint.sources.read import source_of
from losslint.sources.source import Source, UnreadableSource
from losslint.static.files.older_syntax import repaired

#: The same examples in every run: what a longer search finds is for `benchmarks/fuzz.py`.
SHORT = settings(max_examples=150, deadline=None, derandomize=True, database=None)

#: What the front ends look for, beside any characters.
PYTHON = (
    "def f(x):\n",
    "  ",
    "\t",
    "\n",
    "\r",
    "\f",
    "(",
    ")",
    "[",
    "'",
    '"""',
    "\\",
    "#",
    "0777",
    "10L",
    "print 'x'",
    "x = 1",
)
IPYTHON = ("%%time\n", "%%bash\n", "%time ", "!ls", "x = !ls", "x?", "??x", ",f a", ">>> ", "... ", "In [1]: ", "-n 1 ")
DOCUMENT = (
    "```python",
    "```",
    "~~~",
    "````",
    "> ",
    "- ",
    "1. ",
    "    ",
    "<!-- ",
    "-->",
    "# ",
    "---",
    "!!! note",
    ":tags: x",
    "{code-cell}",
)
COMMENT = (
    "# ",
    "noqa",
    "losslint",
    "flake8",
    ":",
    " ignore",
    "-file",
    "[",
    "]",
    "LL101",
    "LL",
    ",",
    " because",
    "#",
    "x = (",
    ")\n",
)
TOML = (
    "[tool.losslint]\n",
    "select",
    "ignore",
    " = ",
    "['LL101']",
    "[",
    "]",
    "'",
    '"',
    "\n",
    "extend = 'x'",
    "true",
    "1",
    "{",
    "}",
    ".",
)
GLOB = ("*", "**", "/", "?", "[", "]", "!", "{", "}", ",", "a", "\\", "**/", "^", "-")


def text_of(*words: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words) | st.text(max_size=4), max_size=30).map("".join)


def bytes_of(*words: str) -> st.SearchStrategy[bytes]:
    """Mostly UTF-8, with surrogates and bytes that are none."""
    texts = text_of(*words).map(lambda text: text.encode("utf-8", "surrogatepass"))
    return st.lists(texts | st.binary(max_size=3), max_size=4).map(b"".join)


def checked(data: bytes, name: str) -> Source | None:
    """The source of some bytes: its rows have places in the file, and no surprise for a parser is left in it."""
    try:
        source = source_of(data, name, name)
    except UnreadableSource as problem:
        assert problem.message
        assert problem.place.row >= 1 and problem.place.column >= 1
        return None
    source.text.encode("utf-8")
    assert "\r" not in source.text
    rows = source.text.count("\n") + 1
    assert not source.indents or len(source.indents) == rows
    assert not source.cells or len(source.cells) == rows
    for row in (1, rows):
        place = source.place(row)
        assert place.row >= 1 and place.column >= 1
    return source


@SHORT
@given(bytes_of(*PYTHON, "# coding: latin-1\n", "# coding: utf-16\n", "\ufeff"))
def test_python(data: bytes) -> None:
    source = checked(data, "a.py")
    if source is not None:
        found = repaired(source.text)
        assert found is None or found[0].count("\n") == source.text.count("\n")


@SHORT
@given(bytes_of(*DOCUMENT, *PYTHON, *IPYTHON, "\n", "\n", "python\n"))
def test_markdown(data: bytes) -> None:
    source = checked(b"```python\nx = 1\n```\n" + data, "a.md")
    assert source is None or source.text.split("\n")[1] == "x = 1"


def values() -> st.SearchStrategy[Any]:
    plain = st.none() | st.booleans() | st.integers() | st.floats() | text_of(*IPYTHON, *PYTHON)
    keys = st.sampled_from(
        ("cells", "source", "cell_type", "metadata", "language", "input", "worksheets", "kernelspec")
    )
    return st.recursive(
        plain, lambda each: st.lists(each, max_size=4) | st.dictionaries(keys, each, max_size=4), max_leaves=12
    )


@SHORT
@given(values(), st.lists(values(), max_size=4))
def test_notebook(whole: Any, sources: list[Any]) -> None:
    checked(json.dumps(whole).encode("utf-8", "surrogatepass"), "a.ipynb")
    cells = [{"cell_type": "code", "source": source} for source in sources]
    source = checked(json.dumps({"cells": cells}).encode(), "a.ipynb")
    assert source is not None


@SHORT
@given(bytes_of("{", "}", "[", "]", '"cells"', ":", ",", '"source"', "null", "NaN", "1e9", '"\\ud800"'))
def test_what_is_no_notebook(data: bytes) -> None:
    checked(data, "a.ipynb")


@SHORT
@given(text_of(*IPYTHON, *PYTHON))
def test_magics(cell: str) -> None:
    source = checked(json.dumps({"cells": [{"cell_type": "code", "source": cell}]}).encode(), "a.ipynb")
    assert source is not None


@SHORT
@given(text_of(*COMMENT))
def test_comments(text: str) -> None:
    rows = text.split("\n")
    for directive in comments_of(text).directives:
        row = rows[directive.row - 1]
        assert 0 <= directive.start <= directive.end <= len(row)
        for word in directive.words or ():
            assert row[word.start : word.end] == word.text


@SHORT
@given(bytes_of(*TOML))
def test_configuration(data: bytes) -> None:
    for name in ("/nowhere/losslint.toml", "/nowhere/pyproject.toml"):
        try:
            layers_of(name, data)
        except ConfigurationError as error:
            assert str(error)


@SHORT
@given(bytes_of(*GLOB, "\n"), st.binary(max_size=20))
def test_ignore_files(data: bytes, path: bytes) -> None:
    assert ignore_file(data).says(path, False) in (True, False, None)

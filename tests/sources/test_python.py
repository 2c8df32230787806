"""Python files are decoded as CPython decodes them."""

from __future__ import annotations

import ast
import codecs

import pytest

from losslint.sources.read import read_source
from losslint.sources.tree import MemoryTree
from losslint.vocabulary.places import Place

from .reading import read, refused


def test_plain_text_stays_as_it_is() -> None:
    text = "x = 'é'\n\tif 1:\x0c\n  pass  \n\n"
    source = read(text)
    assert (source.text, source.cells, source.indents, source.problems) == (text, (), (), ())
    assert source.place(2, 3, 2, 5) == Place("a.py", 2, 3, 2, 5)


@pytest.mark.parametrize(
    "data",
    [
        b"a = 1\r\nb = '''x\r\ny'''\r\nc = 3\r\n",
        b"a = 1\rb = '''x\ry'''\rc = 3",
        b"a = 1\n\rb = 2\r\r\nc = 3",
        b"a = 1\n\x0cb = 2\n\x0c\nc = '\x0c \x0b \xc2\x85 \xe2\x80\xa8'\n",
        b"\xef\xbb\xbfa = 1\r\nb = 2\r\n",
        b"# coding: latin-1\r\na = '\xe9\x85'\r\nb = 2",
        b"#!/usr/bin/env python\n# -*- coding: utf-8-unix -*-\na = 1\n",
        b"\n# vim: set fileencoding=cp1252 :\na = '\x80'\n",
        b"a = 1 # coding: nonsense\n# coding: nonsense\n",
        b"'coding: nonsense'\n",
        b"\n\n# coding: nonsense\n",
        b"# coding: utf8\na = '\xc3\xa9'\n",
        b"# coding: iso-8859-1-unix\na = '\xe9'\n",
        b"# coding: utf-7\na = '+AOk-'\n",
        b"",
        codecs.BOM_UTF8,
    ],
)
def test_rows_and_texts_are_those_of_cpython(data: bytes) -> None:
    text = read(data).text
    assert "\r" not in text and "\ufeff" not in text
    ours, theirs = ast.parse(text), ast.parse(data)
    assert ast.dump(ours, include_attributes=False) == ast.dump(theirs, include_attributes=False)
    assert [node.lineno for node in ours.body] == [node.lineno for node in theirs.body]


@pytest.mark.parametrize(
    ("data", "says", "row", "column"),
    [
        (b"a = 1\nb = '\xe9'\n", "byte 0xe9 is not valid UTF-8; save it as UTF-8", 2, 6),
        ("é = 1\r\né = 'é'".encode() + b"\xff", "byte 0xff is not valid UTF-8", 2, 8),
        (b"a\rb\r\xff", "byte 0xff is not valid UTF-8", 3, 1),
        (b"# coding: ascii\na = '\xe9'\n", "byte 0xe9 is not valid ascii", 2, 6),
        (b"# coding: klingon\n", "unknown encoding klingon", 1, 11),
        (b"\n#coding=rot13\n", "unknown encoding rot13", 2, 9),
        (b"# coding: aliases\n", "unknown encoding aliases", 1, 11),
        (b"# coding: undefined\n", "cannot be decoded as undefined", 1, 1),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "declares latin-1 but begins with", 1, 11),
        ("x = 1".encode("utf-16"), "UTF-16", 1, 1),
        (codecs.BOM_UTF16_BE + "x = 1".encode("utf-16-be"), "UTF-16", 1, 1),
        ("x = 1".encode("utf-32"), "UTF-32", 1, 1),
        (codecs.BOM_UTF32_BE + "x = 1".encode("utf-32-be"), "UTF-32", 1, 1),
        (b"a = 1\nb\0 = 2", "null byte", 2, 2),
        (b"# coding: unicode_escape\na = '\\ud800'", "surrogate", 2, 6),
    ],
)
def test_what_cannot_be_decoded_is_told_with_its_place(data: bytes, says: str, row: int, column: int) -> None:
    error = refused(data)
    assert says in error.message
    assert (error.place.row, error.place.column) == (row, column)
    with pytest.raises((SyntaxError, ValueError)):  # CPython refuses it too
        ast.parse(data)


def test_a_file_that_cannot_be_opened() -> None:
    class Closed(MemoryTree):
        def read(self, name: str) -> bytes:
            raise PermissionError(13, "Permission denied", name)

    with pytest.raises(Exception, match=r"^cannot be read: permission denied$") as caught:
        read_source(Closed({}), "a.py")
    assert caught.type.__name__ == "UnreadableSource"
    assert read("x = 1", "script").text == "x = 1"

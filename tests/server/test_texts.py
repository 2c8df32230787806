"""Rows, columns and edits as the protocol counts them."""

from __future__ import annotations

import pytest
from lsprotocol import types

from losslint.app.server.actions import _changes
from losslint.app.server.buffers import Buffer
from losslint.app.server.texts import Columns, Document, line_end, rows_of
from losslint.sources.python import decode
from losslint.vocabulary.places import Place
from tests.server.editor import applied

ROW = "aé€😀b"


@pytest.mark.parametrize(
    ("encoding", "before"), [("utf-8", (0, 1, 3, 6, 10, 11)), ("utf-16", (0, 1, 2, 3, 5, 6)), ("utf-32", range(6))]
)
def test_characters_take_the_units_of_the_encoding(encoding: str, before: tuple[int, ...]) -> None:
    columns = Columns(encoding)
    assert [columns.units(ROW, count) for count in range(6)] == list(before)
    assert [columns.characters(ROW, units) for units in before] == list(range(6))
    assert columns.characters(ROW, 99) == 5


def test_half_a_character_does_not_count() -> None:
    assert Columns("utf-16").characters("😀b", 1) == 0
    assert Columns("utf-8").characters("é", 1) == 0


def test_only_the_ends_of_the_protocol_end_rows() -> None:
    text = "a\fb\u2028c\x1cd\r\ne\rf\ng"
    assert rows_of(text) == ["a\fb\u2028c\x1cd", "e", "f", "g"]
    assert list(Document("file:///m.py", text).lines) == ["a\fb\u2028c\x1cd\r\n", "e\r", "f\n", "g"]
    assert list(Document("file:///m.py", "a\n").lines) == ["a\n"]
    assert (line_end(text), line_end("a\rb"), line_end("")) == ("\r\n", "\r", "\n")


def test_a_place_without_an_end_is_its_word_and_one_behind_the_text_is_its_end() -> None:
    columns = Columns()
    assert columns.range(["x = name + 1"], Place("m.py", 1, 5)) == _range(0, 4, 0, 8)
    assert columns.range(["x"], Place("m.py", 7, 5)) == _range(0, 1, 0, 1)
    assert columns.range([], Place("m.py", 1)) == _range(0, 0, 0, 0)
    assert columns.range(["😀(", ")"], Place("m.py", 1, 2, 2, 2)) == _range(0, 2, 1, 1)


def _range(row: int, column: int, end_row: int, end_column: int) -> types.Range:
    return types.Range(types.Position(row, column), types.Position(end_row, end_column))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\nb", "a\nb\nc"),
        ("a\nb\n", "a\n"),
        ("a\nb", "a"),
        ("", "a\n"),
        ("a\r\n😀\r\nc", "a\r\n😀x\r\nc\r\n"),
        ("a\n", ""),
    ],
)
def test_the_edits_between_two_texts_make_one_of_the_other(before: str, after: str) -> None:
    assert applied(before, _changes(before, after, Columns())) == after


def test_what_is_open_has_the_bytes_that_saving_it_writes() -> None:
    text = "# -*- coding: latin-1 -*-\ns = 'é'\n"
    data = Buffer("file:///m.py", "/m.py", text, 1).data()
    assert data == text.encode("latin-1")
    assert decode(data, "m.py") == text
    # An encoding that does not exist, or does not have the text, is told of when it is read.
    for other in ("# coding: nonsense\n€", "# coding: latin-1\n€"):
        assert Buffer("file:///m.py", "/m.py", other, 1).data() == other.encode()

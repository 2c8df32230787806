"""Code frames: the mark stands under what is meant."""

from __future__ import annotations

import pytest

from losslint.report.escape import width
from losslint.report.frames import WIDEST, frame, where
from losslint.report.style import Style
from losslint.vocabulary.places import Place
from tests.report.made import texts, texts_of

PLAIN = Style(False)


def framed(row: str, column: int, end_column: int = 0, end_row: int = 1) -> list[str]:
    return frame(texts(a=row + "\n"), Place("a.py", 1, column, end_row, end_column), PLAIN, 1)


@pytest.mark.parametrize(
    ("row", "column", "end", "expected"),
    [
        ("    loss(p)", 5, 12, ["1 | loss(p)", "  | ^^^^^^^"]),
        ("    loss(p)  # why", 10, 11, ["1 | loss(p)  # why", "  |      ^"]),
        ("\t\tx = loss(p)", 7, 14, ["1 | x = loss(p)", "  |     ^^^^^^^"]),
        # A tab between: its columns are those that are printed.
        ("x =\tloss(p)", 5, 12, ["1 | x = loss(p)", "  |     ^^^^^^^"]),
        ("x\t=\tloss(\tp)", 5, 13, ["1 | x   =   loss(   p)", "  |         ^^^^^^^^^^"]),
        # A form feed in front is an indent.
        ("\x0closs(p)", 2, 9, ["1 | loss(p)", "  | ^^^^^^^"]),
        # Wide characters take two columns, combining ones none.
        ('s = "日本"; loss(p)', 11, 18, ['1 | s = "日本"; loss(p)', "  |             ^^^^^^^"]),
        ('f("日本")', 3, 7, ['1 | f("日本")', "  |   ^^^^^^"]),
        ('s = "e\u0301"; loss(p)', 11, 18, ['1 | s = "e\u0301"; loss(p)', "  |          ^^^^^^^"]),
        # What is escaped takes the columns of its escape.
        ("s = '\x1b'; loss(p)", 10, 17, ["1 | s = '\\x1b'; loss(p)", "  |             ^^^^^^^"]),
        ("s = '\u202e\u2066'; f(p)", 11, 15, ["1 | s = '\\u202e\\u2066'; f(p)", "  |                     ^^^^"]),
    ],
)
def test_the_mark_is_under_the_call(row: str, column: int, end: int, expected: list[str]) -> None:
    assert framed(row, column, end) == expected


def test_a_call_over_several_rows_is_marked_to_the_end_of_its_first() -> None:
    assert framed("x = loss(  # the first row  ", 5, 2, end_row=3) == [
        "1 | x = loss(  # the first row",
        "  |     ^^^^^^^^^^^^^^^^^^^^^^",
    ]


def test_a_place_behind_the_row_is_marked_at_its_end() -> None:
    assert framed("x = (", 6, 7) == ["1 | x = (", "  |      ^"]


def test_a_row_that_is_not_there_has_no_frame() -> None:
    assert frame(texts(a="x\n"), Place("a.py", 9, 1), PLAIN, 1) == []


def test_a_long_row_is_cut_around_the_mark() -> None:
    text = "a" * 500 + "loss(p)" + "b" * 500
    row, mark = framed(text, 501, 508)
    assert row == "1 | …" + "a" * 20 + "loss(p)" + "b" * (WIDEST - 27) + "…"
    assert mark == "  | " + " " * 21 + "^" * 7


def test_a_long_row_is_cut_at_its_end_only_when_the_mark_is_in_front() -> None:
    row, mark = framed("loss(p)" + "b" * 500, 1, 8)
    assert row == "1 | loss(p)" + "b" * (WIDEST - 7) + "…"
    assert mark == "  | ^^^^^^^"


def test_a_long_row_is_cut_in_front_only_when_the_mark_is_at_its_end() -> None:
    row, mark = framed("a" * 500 + "loss(p)", 501, 508)
    assert row == "1 | …" + "a" * (WIDEST - 7) + "loss(p)"
    assert mark == "  | " + " " * (WIDEST - 6) + "^" * 7


def test_the_mark_of_a_long_call_ends_with_what_is_shown() -> None:
    row, mark = framed("f(" + "a" * 500 + ")", 1, 504)
    assert row == "1 | f(" + "a" * (WIDEST - 2) + "…"
    assert mark == "  | " + "^" * (WIDEST + 1)


def test_a_long_row_of_wide_characters_has_its_mark_under_the_call() -> None:
    row, mark = framed("'" + "日" * 300 + "'; loss(p)", 305, 312)
    assert width(row[: row.index("loss(p)")]) == mark.index("^")


@pytest.mark.parametrize(
    ("encoding", "row"),
    [
        ("utf-8", 's = "日ö"; loss(p)'),
        ("cp1252", 's = "\\u65e5ö"; loss(p)'),
        ("ascii", 's = "\\u65e5\\xf6"; loss(p)'),
    ],
)
def test_the_mark_is_under_the_call_where_the_encoding_makes_escapes(encoding: str, row: str) -> None:
    place = Place("a.py", 1, 11, 1, 18)
    shown, mark = frame(texts(a='s = "日ö"; loss(p)\n'), place, Style(False, encoding), 1)
    assert shown == f"1 | {row}"
    assert mark == "  | " + " " * width(row[: row.index("loss")]) + "^" * 7
    shown.encode(encoding)


def test_where_with_and_without_a_cell() -> None:
    assert where(Place("a.py", 3, 7)) == "a.py:3:7"
    assert where(Place("a.ipynb", 3, 7, cell=2)) == "a.ipynb:cell 2:3:7"
    assert where(Place("a b\n\x1b.py", 3, 7)) == "a b\\n\\x1b.py:3:7"


def test_rows_are_those_of_the_file_whatever_its_line_ends() -> None:
    files = texts_of({"a.py": "\ufeffx = 1\r\ny = 2\rloss(p)\n".encode()})
    assert frame(files, Place("a.py", 3, 1, 3, 8), PLAIN, 1) == ["3 | loss(p)", "  | ^^^^^^^"]


def test_an_indented_block_of_a_document_is_shown_as_it_stands() -> None:
    files = texts_of({"a.md": "- item\n\n  ```python\n  x = loss(p)\n  ```\n"})
    assert frame(files, Place("a.md", 4, 7, 4, 14), PLAIN, 1) == ["4 | x = loss(p)", "  |     ^^^^^^^"]


def test_a_file_is_read_once() -> None:
    from losslint.report.texts import Texts
    from losslint.sources.source import Source

    reads: list[str] = []

    def read(shown: str) -> Source | None:
        reads.append(shown)
        return Source(shown, shown, "x\n") if shown == "a.py" else None

    rows = Texts(read)
    for _ in range(2):
        assert rows.row(Place("a.py", 1)) == "x"
        assert rows.row(Place("gone.py", 1)) is None
    assert reads == ["a.py", "gone.py"]

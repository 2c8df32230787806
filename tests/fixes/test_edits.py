"""Edits change what they say and not a byte more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from losslint.fixes.edits import Edit, Overlap, changed
from losslint.sources.source import UnreadableSource

from .programs import fixed

PROGRAM = """\
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)  # tête

def step(x, y):
\tp = F.softmax(head(x), dim=1){blank}
\treturn F.cross_entropy(p, y)""".replace("{blank}", "   ")
FIXED = PROGRAM.replace("F.softmax(head(x), dim=1)", "head(x)")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "\n", "\n\n\n"])
def test_line_ends_stay(end: str, last: str) -> None:
    before, after = (f"{text}{last}".replace("\n", end).encode() for text in (PROGRAM, FIXED))
    assert fixed({"a.py": before})["a.py"] == after


def test_line_ends_of_several_sorts_stay() -> None:
    first, rest = PROGRAM.split("\n", 1)
    first_fixed, rest_fixed = FIXED.split("\n", 1)
    before, after = f"{first}\r\n{rest}".encode(), f"{first_fixed}\r\n{rest_fixed}".encode()
    assert fixed({"a.py": before})["a.py"] == after


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig"])
def test_encodings_stay(encoding: str) -> None:
    cookie = "" if encoding.startswith("utf") else f"# -*- coding: {encoding} -*-\n"
    before, after = ((cookie + text).encode(encoding) for text in (PROGRAM, FIXED))
    assert fixed({"a.py": before})["a.py"] == after


def test_a_row_that_goes_takes_its_line_end_along() -> None:
    before = PROGRAM.replace("\tp = F.softmax(head(x), dim=1)   ", "\tp = head(x)\n\tp = F.softmax(p, dim=1)")
    after = PROGRAM.replace("F.softmax(head(x), dim=1)   ", "head(x)")
    data = fixed({"a.py": before.replace("\n", "\r\n").encode()})["a.py"]
    assert data == after.replace("\n", "\r\n").encode()


def test_a_form_feed_is_no_row() -> None:
    before, after = (text.replace("\ndef step", "\n\f\ndef step").encode() for text in (PROGRAM, FIXED))
    assert fixed({"a.py": before})["a.py"] == after


def test_wide_characters_before_an_edit_count_once() -> None:
    before, after = (text.replace("p = ", "é, 変数 = '🙂', 'e\u0301'; p = ").encode() for text in (PROGRAM, FIXED))
    assert fixed({"a.py": before})["a.py"] == after


def test_bytes_that_would_not_come_back_are_not_touched() -> None:
    # UTF-7 writes some characters in more than one way.
    with pytest.raises(UnreadableSource):
        changed(b"# coding: utf-7\nx = '+AGE-'\n", [Edit("a.py", 2, 1, 2, 2, "y")], "a.py")


def test_content_that_the_encoding_lacks_is_an_error() -> None:
    with pytest.raises(UnicodeEncodeError):
        changed(b"# coding: latin-1\nx = 1\n", [Edit("a.py", 2, 1, 2, 2, "変")], "a.py")


def test_edits_that_want_the_same_text_are_refused() -> None:
    one, other = Edit("a.py", 1, 1, 1, 4, "x"), Edit("a.py", 1, 3, 1, 6, "y")
    assert one.overlaps(other)
    assert other.overlaps(one)
    with pytest.raises(Overlap):
        changed(b"abcdef\n", [one, other], "a.py")


def test_the_same_edit_twice_is_one() -> None:
    edit = Edit("a.py", 1, 3, 1, 3, "-")
    assert not edit.overlaps(edit)
    assert changed(b"abcd\n", [edit, edit], "a.py") == b"ab-cd\n"


def test_edits_side_by_side_compose() -> None:
    edits = [Edit("a.py", 1, 3, 2, 2, "+"), Edit("a.py", 1, 1, 1, 3, "x"), Edit("a.py", 2, 2, 2, 3, "")]
    assert changed(b"abc\ndef\n", edits, "a.py") == b"x+f\n"


def test_new_rows_end_as_the_others() -> None:
    assert changed(b"a\r\nb\r\n", [Edit("a.py", 2, 1, 2, 1, "x\n")], "a.py") == b"a\r\nx\r\nb\r\n"


@given(
    rows=st.lists(
        st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=8), min_size=1, max_size=6
    ),
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=6, max_size=6),
    data=st.data(),
)
def test_what_is_outside_of_an_edit_stays(rows: list[str], ends: list[str], data: st.DataObject) -> None:
    if any("coding" in row for row in rows) or rows[0].startswith("\ufeff"):
        return
    if any(end == "\r" and not row for end, row in zip(ends, [*rows[1:], "x"], strict=False)):
        return  # it would become one end with the next
    row = data.draw(st.integers(1, len(rows)))
    column = data.draw(st.integers(1, len(rows[row - 1]) + 1))
    end_column = data.draw(st.integers(column, len(rows[row - 1]) + 1))
    written = [text + end for text, end in zip(rows, ends, strict=False)]
    text = rows[row - 1]
    expected = [*written]
    expected[row - 1] = text[: column - 1] + "new" + text[end_column - 1 :] + ends[row - 1]
    edit = Edit("a.py", row, column, row, end_column, "new")
    assert changed("".join(written).encode(), [edit], "a.py") == "".join(expected).encode()

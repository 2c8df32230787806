"""Nothing in linted code may command the terminal or break a line."""

from __future__ import annotations

import sys

import pytest

from losslint.report.escape import escaped, width
from losslint.report.style import Style


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text", "plain text"),
        ("größe 日本 🔥", "größe 日本 🔥"),
        ("e\u0301", "e\u0301"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\nb\r\nc\td", "a\\nb\\r\\nc\\td"),
        ("\x00\x07\x08\x7f", "\\x00\\x07\\x08\\x7f"),
        ("\x9b31m\x85", "\\x9b31m\\x85"),
        ("\u202ecba\u2069", "\\u202ecba\\u2069"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029"),
        ("not utf-8: \udcff", "not utf-8: \\udcff"),
        ("\ue000\U000f0000", "\\ue000\\U000f0000"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_hidden_characters_are_shown_by_their_number(text: str, expected: str) -> None:
    assert escaped(text) == expected


def test_no_character_at_all_comes_through_that_a_terminal_acts_upon() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    shown = escaped(everything)
    assert shown.isprintable()
    assert len(shown.splitlines()) == 1
    # As `\\udcff` no surrogate is left either.
    shown.encode("utf-8")


def test_what_is_kept_stays() -> None:
    assert escaped("a\nb\x1b", keep="\n") == "a\nb\\x1b"


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("日本", 4), ("ａ", 2), ("é", 1), ("e\u0301", 1), ("a\ufe0f", 1), ("a\u20dd", 1)],
)
def test_the_columns_of_a_text(text: str, columns: int) -> None:
    assert width(text) == columns


def test_a_style_paints_or_does_not() -> None:
    assert Style(True).red("x") == "\x1b[1;31mx\x1b[0m"
    plain = Style(False)
    assert [paint("x") for paint in (plain.bold, plain.red, plain.yellow, plain.blue, plain.green)] == ["x"] * 5

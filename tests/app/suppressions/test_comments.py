"""How comments are read: what `noqa` says is what it says to ruff, which was asked."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from losslint.app.watched import may_be_wrong
from losslint.comments.reading import Directive, comments_of


def said(comment: str) -> list[tuple[str, list[str] | None, str]]:
    return [
        (each.sort, None if each.words is None else [word.text for word in each.words], each.reason)
        for each in comments_of(f"import a  {comment}\n").directives
    ]


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# noqa", None),
        ("#NoQA", None),
        ("## noqa", None),
        ("# noqa LL101", None),
        ("# text # noqa", None),
        ("# noqa: LL101", ["LL101"]),
        ("# NOQA:LL101", ["LL101"]),
        ("# noqa : LL101", ["LL101"]),
        ("# noqa\t:\tLL101", ["LL101"]),
        ("# noqa: E501 LL101", ["E501", "LL101"]),
        ("# noqa: E501, , LL101", ["E501", "LL101"]),
        ("# noqa:, LL101", ["LL101"]),
        ("# noqa:E501LL101", ["E501", "LL101"]),
        ("# noqa: LL101 and LL102", ["LL101"]),
        ("# type: ignore # noqa: LL101", ["LL101"]),
        ("# noqa: LL101 # type: ignore", ["LL101"]),
    ],
)
def test_noqa_as_ruff_reads_it(comment: str, codes: list[str] | None) -> None:
    assert [(sort, words) for sort, words, _ in said(comment)] == [("noqa", codes)]


@pytest.mark.parametrize(
    "comment",
    [
        *("# noqa: because LL101", "# noqa: ll101", "# noqa- LL101", "# noqa.", "# noqa: LL101-why", "# nonoqa"),
        *("# xnoqa: LL101", "# noqa: E501: LL101", "# noqa: LL101;E501", "# noqa:", "# no qa", "# losslint: ignored"),
        *("# losslint ignore", "# loss lint: ignore"),
    ],
)
def test_what_ruff_refuses_says_nothing(comment: str) -> None:
    assert said(comment) == []


@pytest.mark.parametrize(
    ("comment", "codes", "reason"),
    [
        ("# losslint: ignore", None, ""),
        ("#losslint:ignore the paper does it", None, "the paper does it"),
        ("# losslint: ignore[LL101]", ["LL101"], ""),
        ("# losslint: ignore[LL101, log-of-softmax]  - see #12", ["LL101", "log-of-softmax"], "see #12"),
        ("# losslint: ignore [LL101 LL102]: why", ["LL101", "LL102"], "why"),
        ("# losslint: ignore[LL101", ["LL101"], ""),
        ("# losslint: ignore[]", [], ""),
        ("# losslint: ignore LL101, LL102 why", ["LL101", "LL102"], "why"),
        ("# losslint: ignore[LL101] why  # type: ignore", ["LL101"], "why"),
    ],
)
def test_losslint_ignore(comment: str, codes: list[str] | None, reason: str) -> None:
    assert said(comment) == [("ignore", codes, reason)]


def test_several_in_one_comment() -> None:
    assert said("# noqa: E501  # losslint: ignore[LL2] because") == [
        ("noqa", ["E501"], ""),
        ("ignore", ["LL2"], "because"),
    ]


@pytest.mark.parametrize(
    "comment",
    [
        *("# losslint: ignore-file", "# losslint: ignore-file[LL1]", "# losslint: noqa", "# losslint: noqa: LL101"),
        *("# flake8: noqa", "# FLAKE8: NOQA: LL101", "# text # flake8: noqa"),
    ],
)
def test_comments_for_a_whole_file(comment: str) -> None:
    (alone,) = comments_of(f"{comment}\nimport a\n").directives
    assert alone.whole_file and alone.alone
    (behind,) = comments_of(f"import a  {comment}\n").directives
    assert behind.whole_file and not behind.alone


def test_a_comment_for_ruff_alone_says_nothing() -> None:
    assert comments_of("# ruff: noqa\n").directives == []


def test_only_comments_count() -> None:
    text = 'a = "# noqa"\nb = """\n# losslint: ignore\n"""\nc = f"# noqa {a}"\n# noqa\n'
    assert [each.row for each in comments_of(text).directives] == [6]


def test_where_it_stands() -> None:
    (directive,) = comments_of("x = 1\nif x:\n    y = 'ä'  # a # noqa: LL101, LL2 why  # b\n").directives
    row = "    y = 'ä'  # a # noqa: LL101, LL2 why  # b"
    assert row[directive.start : directive.end] == "# noqa: LL101, LL2 why"
    assert row[slice(*directive.comment)] == "# a # noqa: LL101, LL2 why  # b"
    assert [row[word.start : word.end] for word in directive.words or ()] == ["LL101", "LL2"]


def test_rows_of_statements() -> None:
    found = comments_of("x = (\n    1\n\n)\nif x:\n    # a\n    y = '''\n'''\n")
    assert found.statements == {1: (1, 4), 2: (1, 4), 3: (1, 4), 4: (1, 4), 5: (5, 5), 7: (7, 8), 8: (7, 8)}
    assert found.bare == {6}


@pytest.mark.parametrize("broken", ["x = (\n", "  x\n y\n", "'''", "x = $\n", "\x0c if\n", "\\"])
def test_of_a_broken_text_is_read_what_can_be(broken: str) -> None:
    rows = [each.row for each in comments_of("a = 1  # noqa\n" + broken).directives]
    assert rows in ([1], [])


def test_a_long_row_does_not_take_long() -> None:
    started = time.perf_counter()
    for text in (
        "#noqa" * 20_000,
        "# noqa" + " " * 200_000 + "x",
        "# losslint: ignore[" + "a" * 200_000,
        "noqa:" * 40_000,
    ):
        comments_of(text)
        may_be_wrong(text.encode())
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    ("text", "concerned"),
    [
        ("x = 1  # noqa", False),
        ("x = 1  # noqa: E501", False),
        ("x = 1  # NOQA: E501, LL101", True),
        ("# losslint: ignore", True),
        ("# flake8: noqa: LL101", True),
        ("import losslint", False),
        ("FULL = 'noqa'", False),
    ],
)
def test_which_files_are_looked_at_for_wrong_comments(text: str, concerned: bool) -> None:
    assert may_be_wrong(text.encode()) is concerned


def test_a_directive_is_told_from_another() -> None:
    first, second = comments_of("a = 1  # noqa\nb = 1  # noqa\n").directives
    assert isinstance(first, Directive) and first != second


@given(st.text(alphabet=st.sampled_from("#:[], \n\t\"'\\(noqaNLig1losslint-\x00\x0cä"), max_size=60))
def test_whatever_is_written_is_read(text: str) -> None:
    rows = text.split("\n")
    for directive in comments_of(text).directives:
        start, end = directive.comment
        assert start <= directive.start < directive.end <= end <= len(rows[directive.row - 1])
        for word in directive.words or ():
            assert rows[directive.row - 1][word.start : word.end] == word.text

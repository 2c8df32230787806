"""The expressions in a formatted string, placed where they stand: up to Python 3.11 the parser only guesses that."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

#: The beginning of a piece: what comes before the quotes, and the quotes.
_OPENED = re.compile(r"""([A-Za-z]{0,2})('''|\"\"\"|'|")""")

#: What may stand between two pieces that are one string.
_BETWEEN = re.compile(r"(?:[ \t\f]|\\?\r?\n|#[^\n]*)*")


def expressions_in(rows: list[str], node: ast.JoinedStr) -> list[ast.expr] | None:
    """The expressions in the replacement fields of a formatted string, in order, each with its own place; None where
    they are not found. `rows` are those of the text that the string was parsed from."""
    end_row, end_offset = node.end_lineno, node.end_col_offset
    if end_row is None or end_offset is None or end_row > len(rows):
        return None
    text = "\n".join(rows[node.lineno - 1 : end_row])
    start = _characters(rows[node.lineno - 1], node.col_offset)
    end = len(text) - len(rows[end_row - 1]) + _characters(rows[end_row - 1], end_offset)
    try:
        return [_placed(text, *field, node.lineno) for field in _fields(text, start, end)]
    except (SyntaxError, ValueError):
        return None


def _characters(row: str, offset: int) -> int:
    return offset if row.isascii() else len(row.encode()[:offset].decode(errors="ignore"))


def _fields(text: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    """From where to where the expressions in the pieces of a string go. Raises ValueError for what is no string."""
    while at < end:
        opened = _OPENED.match(text, at, end)
        if opened is None:
            raise ValueError
        prefix, quotes = opened[1].lower(), opened[2]
        at = opened.end()
        closed = _closed(text, at, end, quotes)
        if "f" in prefix:
            yield from _fields_of_piece(text, at, closed)
        between = _BETWEEN.match(text, closed + len(quotes), end)
        assert between is not None
        at = between.end()


def _closed(text: str, at: int, end: int, quotes: str) -> int:
    """Where a piece ends: its quotes stand nowhere in it."""
    while at < end:
        if text[at] == "\\":
            at += 2
        elif text.startswith(quotes, at):
            return at
        else:
            at += 1
    raise ValueError


def _fields_of_piece(text: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    while at < end:
        here = text[at]
        if here in "{}" and text.startswith(here * 2, at):
            at += 2
        elif here == "{":
            stop = _expression_end(text, at + 1, end)
            yield at + 1, stop
            at = _field_end(text, stop, end)
        else:
            at += 1


def _expression_end(text: str, at: int, end: int) -> int:
    """Where an expression ends: at a `:`, `!`, `=` or `}` that stands in no brackets and no string of its own."""
    depth = 0
    while at < end:
        here = text[at]
        if here in "([{":
            depth += 1
        elif here in ")]" or (here == "}" and depth):
            depth -= 1
        elif here in "'\"":
            opened = _OPENED.match(text, at, end)
            assert opened is not None
            at = _closed(text, opened.end(), end, opened[2]) + len(opened[2])
            continue
        elif not depth and (here in "}:" or (here == "!" and text[at + 1 : at + 2] != "=")):
            return at
        elif not depth and here == "=":
            if text[at + 1 : at + 2] != "=" and text[at - 1] not in "!<>=":
                return at
        at += 1
    raise ValueError


def _field_end(text: str, at: int, end: int) -> int:
    """Behind the bracket that closes a field, whose format may hold fields of its own."""
    depth = 1
    while at < end:
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
        if not depth:
            return at
    raise ValueError


def _placed(text: str, start: int, end: int, row: int) -> ast.expr:
    """An expression with the places that it has in the text, which begins with some row."""
    tree = ast.parse(f"({text[start:end]}\n)", mode="eval")
    before = text[:start]
    rows = row + before.count("\n") - 1
    columns = len(before.rpartition("\n")[2].encode()) - 1
    for node in ast.walk(tree.body):
        if isinstance(node, (ast.expr, ast.arg, ast.keyword)):
            if node.lineno == 1:
                node.col_offset += columns
            node.lineno += rows
            if node.end_lineno is not None and node.end_col_offset is not None:
                if node.end_lineno == 1:
                    node.end_col_offset += columns
                node.end_lineno += rows
    return tree.body

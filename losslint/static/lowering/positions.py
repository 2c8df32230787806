"""Where the nodes of CPython's trees stand, in characters: what stands around an expression (its brackets, the
annotation of a parameter) is no part of it."""

from __future__ import annotations

import ast
import sys

from losslint.static.lowering.formatted import expressions_in

#: row, column, end row and end column, from 1
Range = tuple[int, int, int, int]

#: Up to Python 3.11, what stands within a formatted string is placed by a guess.
GUESSES = sys.version_info < (3, 12)


class Positions:
    """The ranges of the nodes of one text. `offset` is added to each row."""

    def __init__(self, text: str, offset: int) -> None:
        self._text = text
        self._offset = offset
        self._rows: list[str] | None = None

    @property
    def rows(self) -> list[str]:
        """The rows of the text."""
        if self._rows is None:
            self._rows = self._text.split("\n")
        return self._rows

    def of(self, node: ast.AST) -> Range | None:
        """Where a node stands, None for one that CPython gives no place."""
        row, end_row = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if row is None or end_row is None:
            return None
        start, end = self._column(row, node.col_offset), self._column(end_row, node.end_col_offset)  # type: ignore[attr-defined]
        if isinstance(node, ast.arg):
            end_row, end = row, start + len(node.arg)
            start -= self._stars_before(row, start)
        elif isinstance(node, ast.GeneratorExp) or (isinstance(node, ast.Tuple) and self._in_brackets(node)):
            (row, start), (end_row, end) = self._behind(row, start + 1), self._before(end_row, end - 1)
        return row + self._offset, start + 1, end_row + self._offset, end + 1

    def in_text(self, node: ast.JoinedStr, expressions: list[ast.expr]) -> list[ast.expr]:
        """The expressions in a formatted string, as they stand in the text."""
        if not GUESSES or not expressions:
            return expressions
        found = expressions_in(self.rows, node)
        return found if found is not None and len(found) == len(expressions) else expressions

    def _column(self, row: int, offset: int) -> int:
        """A number of bytes as one of characters."""
        text = self.rows[row - 1] if row <= len(self.rows) else ""
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))

    def _stars_before(self, row: int, column: int) -> int:
        text = self.rows[row - 1][:column]
        return len(text) - len(text.rstrip("* ")) if text.rstrip(" ")[-1:] == "*" else 0

    def _in_brackets(self, node: ast.Tuple) -> bool:
        """Whether the brackets around a tuple are its own, and not those of its first and last element."""
        if not node.elts:
            return False  # there is nothing else that could be meant
        first, last = node.elts[0], node.elts[-1]
        if (node.lineno, node.col_offset) == (first.lineno, first.col_offset):
            return False
        if (node.end_lineno, node.end_col_offset) == (last.end_lineno, last.end_col_offset):
            return False
        # `(a), (b)`: as many brackets are closed behind the first element as were opened before it
        row, column = node.lineno, self._column(node.lineno, node.col_offset)
        opened = 0
        while (row, column) < (first.lineno, self._column(first.lineno, first.col_offset)):
            opened += self.rows[row - 1][column : column + 1] == "("
            row, column = self._behind(row, column + 1)
        assert first.end_lineno is not None and first.end_col_offset is not None
        row, column = self._behind(first.end_lineno, self._column(first.end_lineno, first.end_col_offset))
        while self.rows[row - 1][column : column + 1] == ")":
            opened -= 1
            row, column = self._behind(row, column + 1)
        return opened > 0

    def _behind(self, row: int, column: int) -> tuple[int, int]:
        """The next place where something stands."""
        while row < len(self.rows):
            rest = self.rows[row - 1][column:]
            text = rest.lstrip(" \t\f\\")
            if text and not text.startswith("#"):
                return row, column + len(rest) - len(text)
            row, column = row + 1, 0
        return row, column

    def _before(self, row: int, column: int) -> tuple[int, int]:
        """The end of what stands before a place."""
        while row > 1:
            text = self.rows[row - 1][:column].rstrip(" \t\f\\")
            if text and not text.lstrip().startswith("#"):
                return row, len(text)
            row, column = row - 1, len(self.rows[row - 2])
        return row, column

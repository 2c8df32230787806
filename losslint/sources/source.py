"""Decoded source text with a map back to where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from losslint.vocabulary.places import Place


class UnreadableSource(Exception):
    """A source that cannot be decoded or parsed: what is wrong, and where."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


@dataclass(frozen=True, slots=True)
class Source:
    """Python text to be read, and where each of its rows stands.

    `name` is the file's name in its tree, `shown` the one for people. `text` has `\\n` line ends. `cells` is empty for
    a Python file; for a notebook or a document it holds, for each row of `text` (from 0), the cell (from 1) and the
    row in that cell (from 1; in Markdown the row of the document).
    """

    name: str
    shown: str
    text: str
    cells: tuple[tuple[int, int], ...] = ()

    def place(self, row: int, column: int = 1, end_row: int = 0, end_column: int = 0) -> Place:
        """The place of a range of `text`, rows and columns from 1."""
        end_row = end_row or row
        if not self.cells:
            return Place(self.shown, row, column, end_row, end_column)
        cell, first = self.cells[row - 1]
        end_cell, last = self.cells[end_row - 1]
        return Place(self.shown, first, column, last if end_cell == cell else first, end_column, cell)

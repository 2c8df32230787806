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

    `name` is the file's name in its tree, `shown` the one for people. `text` has `\\n` line ends. `cells` is for
    notebooks: for each row of `text` (from 0) the cell (from 1, among all cells) and the row in that cell (from 1).
    It is empty for Python files and for documents, whose rows are those of `text`. `indents` holds, where it is not
    empty, how many characters were taken from the front of each row. `problems` tells of the parts that were left out
    because they cannot be parsed.
    """

    name: str
    shown: str
    text: str
    cells: tuple[tuple[int, int], ...] = ()
    indents: tuple[int, ...] = ()
    problems: tuple[UnreadableSource, ...] = ()

    def place(self, row: int, column: int = 1, end_row: int = 0, end_column: int = 0) -> Place:
        """The place of a range of `text`, rows and columns from 1."""
        end_row = end_row or row
        if self.indents:
            column += self.indents[min(row, len(self.indents)) - 1]
            if end_column:
                end_column += self.indents[min(end_row, len(self.indents)) - 1]
        if not self.cells:
            return Place(self.shown, row, column, end_row, end_column)
        cell, first = self.cells[min(row, len(self.cells)) - 1]
        end_cell, last = self.cells[min(end_row, len(self.cells)) - 1]
        return Place(self.shown, first, column, last if end_cell == cell else first, end_column, cell)

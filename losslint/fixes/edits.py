"""Edits of one file's text, and how they are put into its bytes: everything else stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from losslint.sources.python import as_written
from losslint.sources.read import DOCUMENTS
from losslint.vocabulary.repairs import Applicability

_END = re.compile(r"\r\n|\r|\n")


class Overlap(ValueError):
    """Two edits that want the same text."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A range of a file's text (rows and columns from 1, the end not included) and what is to stand there. `name` is
    the file's name in its tree, `filename` the one that people see."""

    name: str
    row: int
    column: int
    end_row: int
    end_column: int
    content: str
    filename: str = ""

    def overlaps(self, other: Edit) -> bool:
        """Whether both want some of the same text. The same edit twice is one edit."""
        if self.name != other.name or self == other:
            return False
        start, end = (self.row, self.column), (self.end_row, self.end_column)
        other_start, other_end = (other.row, other.column), (other.end_row, other.end_column)
        if start == other_start:
            return True  # which of two insertions comes first would be chance
        return start < other_end and other_start < end


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together: all of them are made, or none."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]

    @property
    def names(self) -> frozenset[str]:
        """The files that it changes, by their names in the tree."""
        return frozenset(edit.name for edit in self.edits)

    def edits_of(self, name: str) -> list[Edit]:
        """Its edits of one file."""
        return [edit for edit in self.edits if edit.name == name]

    def overlaps(self, others: Iterable[Edit]) -> bool:
        """Whether an edit of it wants text that one of the others wants."""
        listed = list(others)
        return any(edit.overlaps(other) for edit in self.edits for other in listed)


def changed(data: bytes, edits: Iterable[Edit], shown: str) -> bytes:
    """A file's bytes with edits made. Raises UnreadableSource for what cannot be written as it was, Overlap for edits
    that want the same text, and UnicodeEncodeError for content that the file's encoding does not have."""
    edits = list(edits)
    if shown.lower().endswith(".ipynb"):
        from losslint.fixes.cells import changed_notebook

        return changed_notebook(data, edits, shown)
    if shown.lower().endswith(DOCUMENTS):
        from losslint.fixes.fences import changed_document

        return changed_document(data, edits, shown)
    text, encoding, mark = as_written(data, shown)
    return mark + changed_text(text, edits, shown).encode(encoding)


def changed_text(text: str, edits: Iterable[Edit], shown: str) -> str:
    """A text, with whatever line ends it has, with edits made. Raises Overlap."""
    ordered = sorted(set(edits))
    for before, after in pairwise(ordered):
        if before.overlaps(after):
            raise Overlap(f"{shown}:{after.row}")
    starts = _row_starts(text)
    found = _END.search(text)
    line_end = found[0] if found is not None else "\n"
    parts: list[str] = []
    position = 0
    for edit in ordered:
        start, end = _offset(starts, edit.row, edit.column), _offset(starts, edit.end_row, edit.end_column)
        parts += [text[position:start], edit.content.replace("\n", line_end)]
        position = end
    parts.append(text[position:])
    return "".join(parts)


def _row_starts(text: str) -> list[int]:
    starts = [0]
    starts.extend(match.end() for match in _END.finditer(text))
    starts.append(len(text))
    return starts


def _offset(starts: list[int], row: int, column: int) -> int:
    return min(starts[min(row, len(starts)) - 1] + column - 1, starts[-1])

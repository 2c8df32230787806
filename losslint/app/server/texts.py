"""Rows and columns as the client counts them: rows end where the protocol says, columns are units of an encoding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types
from pygls.protocol import LanguageServerProtocol
from pygls.workspace import TextDocument, Workspace

from losslint.vocabulary.places import Place

_END = re.compile(r"\r\n|\r|\n")


def rows_of(text: str) -> list[str]:
    """The rows of a text without their ends, as the protocol and Python count them: form feeds and separators of
    paragraphs end no row."""
    return _END.split(text)


def line_end(text: str) -> str:
    """What ends the rows of a text."""
    found = _END.search(text)
    return found[0] if found is not None else "\n"


class Document(TextDocument):
    """An open text whose rows end where the protocol says. pygls splits at what `str.splitlines` takes for an end, too,
    and would put edits behind a form feed into the wrong row."""

    @property
    def lines(self) -> Sequence[str]:
        """The rows with their ends."""
        text = self.source
        ends = [match.end() for match in _END.finditer(text)]
        starts = [0, *ends]
        rows = [text[start:end] for start, end in zip(starts, [*ends, len(text)], strict=True)]
        return tuple(rows if rows[-1] else rows[:-1])


class Documents(Workspace):
    """The open texts."""

    def _create_text_document(
        self, doc_uri: str, source: str | None = None, version: int | None = None, language_id: str | None = None
    ) -> TextDocument:
        return Document(
            doc_uri,
            source=source,
            version=version,
            language_id=language_id,
            sync_kind=self._sync_kind,
            position_codec=self._position_codec,
        )


class Protocol(LanguageServerProtocol):
    """pygls' protocol, over texts of our own."""

    @property
    def workspace(self) -> Workspace:
        """The open texts, made when the client has said which encoding it counts in."""
        found = super().workspace
        if not isinstance(found, Documents):
            folders = list(found.folders.values())
            found = self._workspace = Documents(
                found.root_uri, types.TextDocumentSyncKind.Incremental, folders, found.position_encoding
            )
        return found


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of one encoding: "utf-8", "utf-16" (what the protocol says by default) or "utf-32"."""

    encoding: str = "utf-16"

    def units(self, row: str, characters: int) -> int:
        """How many units the first characters of a row take."""
        return self._length(row[: max(characters, 0)])

    def characters(self, row: str, units: int) -> int:
        """How many characters of a row begin before a number of units; one that is cut in two does not count."""
        if row.isascii() or self.encoding == "utf-32":
            return min(max(units, 0), len(row))
        taken = 0
        for number, character in enumerate(row):
            taken += self._length(character)
            if taken > units:
                return number
        return len(row)

    def _length(self, text: str) -> int:
        if text.isascii() or self.encoding == "utf-32":
            return len(text)
        if self.encoding == "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def range(self, rows: Sequence[str], place: Place) -> types.Range:
        """A place in a text of some rows as the client counts it. A place without an end is the rest of its word."""
        row = min(max(place.row, 1), max(len(rows), 1))
        text = rows[row - 1] if rows else ""
        start = types.Position(row - 1, self.units(text, place.column - 1))
        if place.end_column and (place.end_row or place.row) >= place.row:
            end_row = min(place.end_row or place.row, max(len(rows), 1))
            last = rows[end_row - 1] if rows else ""
            return types.Range(start, types.Position(end_row - 1, self.units(last, place.end_column - 1)))
        begun = min(max(place.column - 1, 0), len(text))
        word = re.match(r"\w+|.", text[begun:])
        length = word.end() if word is not None else 0
        return types.Range(start, types.Position(row - 1, self.units(text, begun + length)))

"""The rows that reports show: read again when a finding needs them, each file once."""

from __future__ import annotations

import os
from collections.abc import Callable

from losslint.sources.source import Source, UnreadableSource
from losslint.vocabulary.places import Place

#: How standard input is called when it has no file's name.
NAMELESS = "<stdin>"


class Texts:
    """Rows of the files of a run, by the names that places bear. `read` gives the source that a shown name means."""

    def __init__(self, read: Callable[[str], Source | None]) -> None:
        self._read = read
        self._rows: dict[str, dict[tuple[int | None, int], str]] = {}
        self._names: dict[str, str] = {}

    def row(self, place: Place, row: int = 0) -> str | None:
        """The text of a place's first row (or of another row of the same file or cell), None when it is not there."""
        return self._of(place.filename).get((place.cell, row or place.row))

    def name(self, place: Place) -> str:
        """The name of a file in its project, with `/` between the parts; its shown one when it cannot be read."""
        self._of(place.filename)
        return self._names.get(place.filename) or place.filename.replace(os.sep, "/")

    def _of(self, filename: str) -> dict[tuple[int | None, int], str]:
        rows = self._rows.get(filename)
        if rows is not None:
            return rows
        rows = self._rows[filename] = {}
        try:
            source = self._read(filename)
        except UnreadableSource:
            source = None
        if source is None:
            return rows
        self._names[filename] = source.name
        for number, text in enumerate(source.text.split("\n"), 1):
            place = source.place(number)
            indent = source.indents[number - 1] if number <= len(source.indents) else 0
            rows[(place.cell, place.row)] = " " * indent + text
        return rows

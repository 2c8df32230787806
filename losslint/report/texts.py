"""The rows that reports show: read again when a finding needs them, each file once."""

from __future__ import annotations

from collections.abc import Callable

from losslint.sources.source import Source, UnreadableSource
from losslint.vocabulary.places import Place


class Texts:
    """Rows of the files of a run, by the names that places bear. `read` gives the source that a shown name means."""

    def __init__(self, read: Callable[[str], Source | None]) -> None:
        self._read = read
        self._rows: dict[str, dict[tuple[int | None, int], str]] = {}

    def row(self, place: Place, row: int = 0) -> str | None:
        """The text of a place's first row (or of another row of the same file or cell), None when it is not there."""
        rows = self._rows.get(place.filename)
        if rows is None:
            rows = self._rows[place.filename] = self._of(place.filename)
        return rows.get((place.cell, row or place.row))

    def _of(self, filename: str) -> dict[tuple[int | None, int], str]:
        try:
            source = self._read(filename)
        except UnreadableSource:
            source = None
        if source is None:
            return {}
        rows: dict[tuple[int | None, int], str] = {}
        for number, text in enumerate(source.text.split("\n"), 1):
            place = source.place(number)
            indent = source.indents[number - 1] if number <= len(source.indents) else 0
            rows[(place.cell, place.row)] = " " * indent + text
        return rows

"""Places as the client knows them: addresses of texts, rows and columns as it counts them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from lsprotocol import types
from pygls.uris import from_fs_path

from losslint.app.server.analysis import Result
from losslint.app.server.buffers import Buffer, Notebook
from losslint.app.server.texts import Columns, rows_of
from losslint.app.texts import Named
from losslint.sources.python import decode
from losslint.sources.read import DOCUMENTS
from losslint.sources.source import UnreadableSource
from losslint.vocabulary.places import Place


@dataclass(slots=True)
class Places:
    """The places of one project's run. A file is read again when somebody points at it, each once."""

    result: Result
    columns: Columns
    _rows: dict[str, list[str]] = field(default_factory=dict)
    _named: Named | None = None

    def location(self, place: Place) -> types.Location:
        """Where a place is. In a notebook that is not open, where cells have no address, it is the notebook."""
        opened = self.result.opened.get(place.filename)
        if isinstance(opened, Notebook):
            if place.cell is not None and place.cell <= len(opened.cells):
                cell = opened.cells[place.cell - 1]
                return types.Location(cell.uri, self.columns.range(rows_of(cell.text), place))
            return types.Location(opened.uri, _BEGINNING)
        uri = opened.uri if isinstance(opened, Buffer) else from_fs_path(os.path.abspath(place.filename)) or ""
        if place.cell is not None:
            return types.Location(uri, _BEGINNING)
        return types.Location(uri, self.columns.range(self.rows(place.filename), place))

    def points(self, place: Place) -> bool:
        """Whether the client can be shown a place itself."""
        return place.cell is None or isinstance(self.result.opened.get(place.filename), Notebook)

    def rows(self, shown: str) -> list[str]:
        """The rows of a file as it was read."""
        if shown not in self._rows:
            self._rows[shown] = rows_of(self._text(shown))
        return self._rows[shown]

    def _text(self, shown: str) -> str:
        if self._named is None:
            self._named = Named([self.result.job])
        found = self._named(shown)
        if found is None:
            return ""
        opened = self.result.opened.get(shown)
        if isinstance(opened, Buffer) and found[1] not in self.result.stale:
            return opened.text
        try:
            data = self.result.job.tree.read(found[1])
            if shown.lower().endswith(DOCUMENTS):
                return data.decode("utf-8-sig", "replace")
            return decode(data, shown)
        except (OSError, UnreadableSource):
            return ""


#: A place in a text of which only the text is known.
_BEGINNING = types.Range(types.Position(0, 0), types.Position(0, 0))

"""Findings that the client asks for: what it was told of each text, so that it is told nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from lsprotocol import types

Report = types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport

#: The answer where nothing is known.
NOTHING: Report = types.RelatedFullDocumentDiagnosticReport(items=[])


class Pulling:
    """What there is to say of the texts that are open, and what a client that asks for it has been told. `texts` says
    that it asks for all texts but the cells of notebooks: of these nobody knows before it does."""

    def __init__(self, texts: bool) -> None:
        self._texts = texts
        self._now: dict[str, tuple[str, list[types.Diagnostic]]] = {}
        self._told: dict[str, str] = {}
        self._asking: Counter[str] = Counter()
        self._count = 0

    def asks_for(self, uri: str, is_cell: bool) -> bool:
        """Whether the client asks for what there is to say of an open text: it is not sent that unasked, too."""
        return uri in self._told or (self._texts and not is_cell)

    @contextmanager
    def asking(self, uri: str) -> Iterator[None]:
        """Somebody waits for an answer on a text."""
        self._asking[uri] += 1
        try:
            yield
        finally:
            self._asking[uri] -= 1

    def found(self, diagnostics: Mapping[str, list[types.Diagnostic]], opened: Collection[str]) -> bool:
        """Take what a run has found; whether somebody has been told something else of an open text, and does not ask
        already."""
        for uri in [uri for uri in self._now if uri not in opened]:
            del self._now[uri]
            self._told.pop(uri, None)
        for uri in opened:
            listed = diagnostics.get(uri, [])
            if uri not in self._now or self._now[uri][1] != listed:
                self._count += 1
                self._now[uri] = str(self._count), listed
        return any(self._now[uri][0] != number and not self._asking[uri] for uri, number in self._told.items())

    def answer(self, uri: str, before: str | None) -> Report:
        """What there is to say of a text. `before` is the number of the answer that the client has."""
        if uri not in self._now:
            return NOTHING
        number, listed = self._now[uri]
        self._told[uri] = number
        if number == before:
            return types.RelatedUnchangedDocumentDiagnosticReport(result_id=number)
        return types.RelatedFullDocumentDiagnosticReport(items=listed, result_id=number)

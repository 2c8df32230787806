"""Findings as the client shows them."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types

from losslint.app.server.places import Places
from losslint.vocabulary.findings import Finding, Severity

SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.ADVICE: types.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with the address of its text, and what the client is told of it."""

    uri: str
    finding: Finding
    diagnostic: types.Diagnostic
    places: Places


def shown(places: Places, related: bool) -> list[Shown]:
    """The findings of a run that the client can be shown. `related` says that it takes other places, too."""
    found = []
    for finding in places.result.findings:
        if places.points(finding.place):  # a cell of a notebook that is not open has no address
            location = places.location(finding.place)
            found.append(Shown(location.uri, finding, _diagnostic(finding, location.range, places, related), places))
    return found


def _diagnostic(finding: Finding, where: types.Range, places: Places, related: bool) -> types.Diagnostic:
    steps = None
    if related and finding.evidence:
        # The last step is the finding's own place, which the client shows anyway.
        evidence = finding.evidence[:-1] if finding.evidence[-1].place == finding.place else finding.evidence
        steps = [
            types.DiagnosticRelatedInformation(places.location(step.place), f"{_cell(step.place.cell)}{step.message}")
            for step in evidence
        ]
    return types.Diagnostic(
        range=where,
        severity=SEVERITIES[finding.severity],
        code=finding.code,
        source="losslint",
        message=finding.message,
        related_information=steps or None,
    )


def _cell(cell: int | None) -> str:
    return f"cell {cell}: " if cell is not None else ""

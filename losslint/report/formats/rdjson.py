"""The rdjson format: diagnostics for reviewdog, with fixes as suggestions."""

from __future__ import annotations

import json
import os

from losslint.report.material import Material
from losslint.report.rows import cell_before, file_row, utf8_column
from losslint.report.texts import Texts
from losslint.report.uris import characters
from losslint.vocabulary.findings import Finding, Severity
from losslint.vocabulary.places import Place

#: A suggestion is shown as a whole, and goes over so many rows at most.
MOST_ROWS = 10

SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.ADVICE: "INFO"}


def render(material: Material) -> str:
    """The findings as one DiagnosticResult. Columns are bytes of UTF-8, as reviewdog counts them."""
    result = {
        "source": {"name": "losslint"},
        "severity": "WARNING",
        "diagnostics": [_diagnostic(finding, material) for finding in material.findings],
    }
    return json.dumps(result, indent=2, ensure_ascii=True) + "\n"


def _diagnostic(finding: Finding, material: Material) -> dict[str, object]:
    place = finding.place
    said: dict[str, object] = {
        "message": characters(cell_before(place) + finding.message),
        "location": _location(place, material.texts),
        "severity": SEVERITIES[finding.severity],
        "code": {"value": finding.code},
    }
    related = [
        {
            "message": characters(cell_before(step.place) + step.message),
            "location": _location(step.place, material.texts),
        }
        for step in finding.evidence
        if step.place != place
    ]
    if related:
        said["related_locations"] = related
    suggestions = _suggestions(finding, material)
    if suggestions:
        said["suggestions"] = suggestions
    return said


def _suggestions(finding: Finding, material: Material) -> list[dict[str, object]]:
    """A fix as one replacement. reviewdog offers each by itself and in the file of its diagnostic: a fix that changes
    another file, or rows far apart, would come apart."""
    fix, plans = material.fix(finding), material.planned()
    if fix is None or plans is None:
        return []
    edits = [(plans.place(finding, edit), edit.content) for edit in fix.edits]
    first, last = edits[0][0], edits[-1][0]
    if any(place.cell is not None or place.filename != finding.place.filename for place, _ in edits):
        return []
    if last.end_row - first.row >= MOST_ROWS:
        return []
    parts, at = [], (first.row, first.column)
    for place, content in edits:
        between = _between(at, (place.row, place.column), first, material.texts)
        if between is None:
            return []
        parts += [between, content]
        at = (place.end_row, place.end_column)
    whole = Place(first.filename, first.row, first.column, last.end_row, last.end_column)
    return [{"range": _range(whole, material.texts), "text": characters("".join(parts))}]


def _between(start: tuple[int, int], end: tuple[int, int], place: Place, texts: Texts) -> str | None:
    """The text of a file from one row and column to another, None when it is not there any more."""
    rows = [texts.row(place, number) for number in range(start[0], end[0] + 1)]
    known = [row for row in rows if row is not None]
    if len(known) < len(rows):
        return None
    known[-1] = known[-1][: end[1] - 1]
    known[0] = known[0][start[1] - 1 :]
    return "\n".join(known)


def _location(place: Place, texts: Texts) -> dict[str, object]:
    path = characters(place.filename.replace(os.sep, "/"))
    # A cell's rows are not those of the file: the message names the cell, as in the formats beside this one.
    return {"path": path, "range": _range(place, texts) if place.cell is None else {"start": {"line": file_row(place)}}}


def _range(place: Place, texts: Texts) -> dict[str, object]:
    end_row, end_column = (place.end_row, place.end_column) if place.end_row else (place.row, place.column)
    return {
        "start": {"line": place.row, "column": utf8_column(texts.row(place), place.column)},
        "end": {"line": end_row, "column": utf8_column(texts.row(place, end_row), end_column)},
    }

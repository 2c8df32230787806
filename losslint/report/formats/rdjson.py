"""The rdjson format: diagnostics for reviewdog, with fixes as suggestions."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from losslint.report.material import Material
from losslint.report.rows import cell_before, utf8_column
from losslint.report.texts import Texts
from losslint.report.uris import characters
from losslint.vocabulary.findings import Finding, Severity
from losslint.vocabulary.places import Place

if TYPE_CHECKING:
    from losslint.fixes.plan import Plans

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
    """The edits of a fix. reviewdog offers each by itself and in the file of its diagnostic: a fix that takes several,
    or changes another file, would come apart."""
    fix = material.fix(finding)
    if fix is None or len(fix.edits) != 1:
        return []
    plans: Plans | None = material.planned()
    assert plans is not None
    (edit,) = fix.edits
    place = plans.place(finding, edit)
    if place.filename != finding.place.filename or place.cell is not None:
        return []
    return [{"range": _range(place, material.texts), "text": characters(edit.content)}]


def _location(place: Place, texts: Texts) -> dict[str, object]:
    path = characters(place.filename.replace(os.sep, "/"))
    return {"path": path, "range": _range(place, texts)} if place.cell is None else {"path": path}


def _range(place: Place, texts: Texts) -> dict[str, object]:
    end_row, end_column = (place.end_row, place.end_column) if place.end_row else (place.row, place.column)
    return {
        "start": {"line": place.row, "column": utf8_column(texts.row(place), place.column)},
        "end": {"line": end_row, "column": utf8_column(texts.row(place, end_row), end_column)},
    }

"""The JSON format: a list of objects whose fields mean what they mean in ruff's, and the evidence beside them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from losslint.report.fingerprints import fingerprints
from losslint.report.material import Material
from losslint.report.summary import counted
from losslint.report.texts import NAMELESS, Texts
from losslint.rules.rule import pages
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.places import Place

if TYPE_CHECKING:
    from losslint.fixes.plan import Plans

#: `--statistics` takes the place of the findings.
COUNTS = True


def render(material: Material) -> str:
    """The findings, or how often each rule spoke."""
    if material.statistics:
        return statistics_as_json(material.findings)
    return as_json(material.findings, material.texts, pages(), material.planned())


def as_json(findings: tuple[Finding, ...], texts: Texts, url: str | None = None, plans: Plans | None = None) -> str:
    """Every finding as an object; `url` is what a rule's name is put behind to give its page.

    Without it the field is null: as long as the pages are not published, a link would lead nowhere, or to somebody
    else's. `plans` say what mends a finding; `fix` is null where nothing does.
    """
    listed = objects(findings, texts, url, plans)
    return json.dumps(listed, indent=2, ensure_ascii=True) + "\n"


def objects(
    findings: tuple[Finding, ...], texts: Texts, url: str | None = None, plans: Plans | None = None
) -> list[dict[str, object]]:
    """Every finding as what JSON calls an object."""
    listed: list[dict[str, object]] = []
    for finding, fingerprint in zip(findings, fingerprints(findings, texts), strict=True):
        place = finding.place
        listed.append(
            {
                "code": finding.code,
                "name": finding.name,
                "severity": finding.severity.value,
                "message": finding.message,
                "filename": _filename(place),
                "cell": place.cell,
                "location": _start(place),
                "end_location": _end(place),
                "evidence": [
                    {
                        "filename": _filename(step.place),
                        "cell": step.place.cell,
                        "location": _start(step.place),
                        "message": step.message,
                    }
                    for step in finding.evidence
                ],
                "fix": _fix(finding, plans) if plans is not None and finding.repair is not None else None,
                "fingerprint": fingerprint,
                "url": None if url is None else f"{url}{finding.name}/",
            }
        )
    return listed


def statistics_as_json(findings: tuple[Finding, ...]) -> str:
    """How often each rule spoke, as objects."""
    listed = [{"code": code, "name": name, "count": count} for code, name, count in counted(findings)]
    return json.dumps(listed, indent=2, ensure_ascii=True) + "\n"


def _fix(finding: Finding, plans: Plans) -> dict[str, object] | None:
    from losslint.fixes.edits import Fix

    fix = plans.fix(finding)
    if not isinstance(fix, Fix):
        return None
    return {
        "applicability": fix.applicability.value,
        "message": fix.message,
        "edits": [
            {
                "filename": _filename(place),
                "cell": place.cell,
                "location": _start(place),
                "end_location": _end(place),
                "content": edit.content,
            }
            for edit, place in ((edit, plans.place(finding, edit)) for edit in fix.edits)
        ],
    }


def _filename(place: Place) -> str:
    # Standard input without a name is called as in ruff's.
    return "-" if place.filename == NAMELESS else os.path.abspath(place.filename)


def _start(place: Place) -> dict[str, int]:
    return {"row": place.row, "column": place.column}


def _end(place: Place) -> dict[str, int]:
    return {"row": place.end_row or place.row, "column": place.end_column or place.column}

"""The GitLab format: a Code Quality report, which GitLab shows in merge requests."""

from __future__ import annotations

import json
import os

from losslint.report.fingerprints import fingerprints
from losslint.report.material import Material
from losslint.report.rows import cell_before, file_row
from losslint.report.uris import characters
from losslint.vocabulary.findings import Finding, Severity

#: What GitLab knows of severities: info, minor, major, critical, blocker.
SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.ADVICE: "info"}


def render(material: Material) -> str:
    """The findings as a list of issues. Their paths are those of the run: it is to be started at the root of the
    repository."""
    findings = material.findings
    marks = fingerprints(findings, material.texts)
    listed = [_issue(finding, mark) for finding, mark in zip(findings, marks, strict=True)]
    return json.dumps(listed, indent=2, ensure_ascii=True) + "\n"


def _issue(finding: Finding, fingerprint: str) -> dict[str, object]:
    place = finding.place
    first = file_row(place)
    last = place.end_row or first if place.cell is None else first
    return {
        "description": characters(f"{finding.code} {finding.name}: {cell_before(place)}{finding.message}"),
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": SEVERITIES[finding.severity],
        "location": {
            "path": characters(place.filename.replace(os.sep, "/")),
            "lines": {"begin": first, "end": last},
        },
    }

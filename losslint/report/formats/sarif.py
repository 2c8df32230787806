"""The SARIF format, version 2.1.0: for code scanning of GitHub, and editors and servers that read it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from losslint import __version__
from losslint.report.fingerprints import fingerprints
from losslint.report.material import Material
from losslint.report.rows import cell_before
from losslint.report.texts import NAMELESS
from losslint.report.uris import characters, uri
from losslint.vocabulary.findings import Finding, Severity
from losslint.vocabulary.places import Place
from losslint.vocabulary.suppressed import By, Suppressed

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}

#: The folder that relative names begin at. Where it lies is for whoever reads the report to say.
ROOT = "%SRCROOT%"

#: What readers of a message would take for a link.
_LINK = re.compile(r"\[([^\[\]]*)\](?=\()")

_Object = dict[str, Any]


def render(material: Material) -> str:
    """One run: its rules, its results and what it could not look at. Nothing in it depends on the machine or the time:
    the same findings give the same text."""
    every = (*material.findings, *dict.fromkeys(each.finding for each in material.suppressed))
    codes = sorted({finding.code for finding in every})
    numbers = {code: number for number, code in enumerate(codes)}
    said: dict[Finding, list[Suppressed]] = {}
    for each in material.suppressed:
        said.setdefault(each.finding, []).append(each)
    results = []
    for number, (finding, mark) in enumerate(zip(every, fingerprints(every, material.texts), strict=True)):
        result = _result(finding, mark, numbers[finding.code], material)
        if material.suppressed:
            # Without the key, a reader could not know whether anybody has looked.
            here = said[finding] if number >= len(material.findings) else []
            result["suppressions"] = [_suppression(each) for each in here]
        results.append(result)
    run = {
        "tool": {
            "driver": {
                "name": "losslint",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(code) for code in codes],
            }
        },
        "invocations": [_invocation(material)],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder in which losslint was started."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=True) + "\n"


def _rule(code: str) -> _Object:
    from losslint.rules.registry import load

    rule = load(code)
    title = rule.documentation.strip().split("\n", 1)[0]
    # As long as the pages are not published, a link would lead nowhere, or to somebody else.
    page = {} if rule.url is None else {"helpUri": rule.url}
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.documentation.strip(), "markdown": rule.documentation.strip()},
        **page,
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"problem.severity": _problem(rule.severity), "tags": ["correctness", "pytorch"]},
    }


def _problem(severity: Severity) -> str:
    """GitHub's word for a severity."""
    return "recommendation" if severity is Severity.ADVICE else severity.value


def _invocation(material: Material) -> _Object:
    notifications = [
        {"level": "error", "message": _message(text), "descriptor": {"id": sort}}
        for sort, texts in (("not-checked", material.unread), ("internal-error", material.failures))
        for text in texts
    ]
    return {"executionSuccessful": material.complete and not notifications, "toolExecutionNotifications": notifications}


def _suppression(suppressed: Suppressed) -> _Object:
    said: _Object = {"kind": "inSource" if suppressed.by is By.COMMENT else "external"}
    if suppressed.reason:
        said["justification"] = characters(suppressed.reason)
    return said


def _result(finding: Finding, fingerprint: str, rule: int, material: Material) -> _Object:
    result: _Object = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": _message(cell_before(finding.place) + finding.message),
        "locations": [_location(finding.place)],
        "partialFingerprints": {"losslint/v1": fingerprint},
    }
    if finding.evidence:
        flow = [{"location": _location(step.place, step.message)} for step in finding.evidence]
        result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    related = [step for step in finding.evidence if step.place != finding.place]
    if related:
        result["relatedLocations"] = [
            {"id": number, **_location(step.place, step.message)} for number, step in enumerate(related, 1)
        ]
    fixes = _fixes(finding, material)
    if fixes:
        result["fixes"] = fixes
    return result


def _message(text: str) -> Mapping[str, str]:
    return {"text": _LINK.sub(r"\\[\1\\]", characters(text))}


def _location(place: Place, message: str = "") -> _Object:
    """A place. What stands in a cell of a notebook has rows of its own, which are no rows of the file."""
    said: _Object = {"physicalLocation": {"artifactLocation": _artifact(place.filename), "region": _region(place)}}
    if place.cell is not None:
        name = f"cell {place.cell}"
        said["logicalLocations"] = [
            {"name": name, "fullyQualifiedName": f"{characters(place.filename)}#{name}", "kind": "cell"}
        ]
        said["properties"] = {"cell": place.cell, "cellRegion": _rows_and_columns(place)}
    if message:
        said["message"] = _message(cell_before(place) + message)
    return said


def _artifact(filename: str) -> _Object:
    relative = filename != NAMELESS and not os.path.isabs(filename)
    return {"uri": uri(filename), "uriBaseId": ROOT} if relative else {"uri": uri(filename)}


def _region(place: Place) -> _Object:
    return _rows_and_columns(place) if place.cell is None else {"startLine": 1}


def _rows_and_columns(place: Place) -> _Object:
    if not place.end_row:
        return {"startLine": place.row, "startColumn": place.column}
    return {
        "startLine": place.row,
        "startColumn": place.column,
        "endLine": place.end_row,
        "endColumn": max(place.end_column, 1),
    }


def _fixes(finding: Finding, material: Material) -> list[_Object]:
    """What mends a finding, unless it is in a notebook, where no region of the file says which text goes."""
    fix, plans = material.fix(finding), material.planned()
    if fix is None or plans is None:
        return []
    changes: dict[str, list[_Object]] = {}
    for edit in fix.edits:
        place = plans.place(finding, edit)
        if place.cell is not None:
            return []
        changes.setdefault(place.filename, []).append(
            {"deletedRegion": _rows_and_columns(place), "insertedContent": {"text": characters(edit.content)}}
        )
    return [
        {
            "description": {"text": f"{characters(fix.message)} ({fix.applicability.value})"},
            "artifactChanges": list(_changes(changes.items())),
        }
    ]


def _changes(changes: Iterable[tuple[str, list[_Object]]]) -> Iterable[_Object]:
    for filename, replacements in changes:
        yield {"artifactLocation": _artifact(filename), "replacements": replacements}

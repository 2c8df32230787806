"""The JUnit format: a suite of tests for each file, a failure for each finding."""

from __future__ import annotations

import re
from itertools import groupby

from losslint.report.escape import escaped
from losslint.report.material import Material
from losslint.report.sentences import sentence, steps_told
from losslint.report.uris import characters
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.places import Place

#: What XML 1.0 cannot hold, however it is written.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_WRITTEN = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\t": "&#9;", "\n": "&#10;"}
_SPECIAL = re.compile("[&<>\"'\t\n]")


def render(material: Material) -> str:
    """XML that continuous integration reads as the result of tests; one that passed, where nothing was found."""
    findings = material.findings
    failures, tests = len(findings), max(len(findings), 1)
    rows = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="losslint" tests="{tests}" failures="{failures}" errors="0">',
    ]
    for filename, group in groupby(findings, key=lambda finding: finding.place.filename):
        rows += _suite(filename, list(group))
    if not findings:
        rows += [
            '  <testsuite name="losslint" tests="1" failures="0" errors="0">',
            '    <testcase name="no problems found" classname="losslint"/>',
            "  </testsuite>",
        ]
    return "\n".join([*rows, "</testsuites>"]) + "\n"


def _suite(filename: str, findings: list[Finding]) -> list[str]:
    count = len(findings)
    rows = [f'  <testsuite name="{_attribute(filename)}" tests="{count}" failures="{count}" errors="0">']
    for finding in findings:
        name = f"{finding.code} {finding.name} {_where(finding.place)}"
        row = "" if finding.place.cell is not None else f' line="{finding.place.row}"'
        rows += [
            f'    <testcase name="{_attribute(name)}" classname="{_attribute(filename)}" '
            f'file="{_attribute(filename)}"{row}>',
            f'      <failure type="{finding.severity.value}" message="{_attribute(sentence(finding))}">'
            f"{_text(finding)}</failure>",
            "    </testcase>",
        ]
    return [*rows, "  </testsuite>"]


def _where(place: Place) -> str:
    cell = f"cell {place.cell}:" if place.cell is not None else ""
    return f"{cell}{place.row}:{place.column}"


def _text(finding: Finding) -> str:
    rows = [f"{finding.place.filename}:{_where(finding.place)}: {finding.message}", *steps_told(finding)]
    return "\n".join(_attribute(escaped(row)) for row in rows)


def _attribute(text: str) -> str:
    """Text as XML holds it; what XML cannot hold is shown as its escape, as in a terminal."""
    possible = _IMPOSSIBLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), characters(text))
    return _SPECIAL.sub(lambda found: _WRITTEN[found[0]], possible.replace("\r", "\\r"))

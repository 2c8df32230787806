"""The grouped format: the findings of each file below its name."""

from __future__ import annotations

from itertools import groupby

from losslint.report.around import with_summary
from losslint.report.escape import escaped, width
from losslint.report.material import Material
from losslint.report.style import Style
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.places import Place

#: `--statistics` takes the place of the findings.
COUNTS = FOR_TERMINALS = True


def render(material: Material) -> str:
    """The findings, and the summary below them."""
    return with_summary(material, lambda: grouped(material.findings, material.style))


def grouped(findings: tuple[Finding, ...], style: Style) -> str:
    """The name of each file, its findings with their rows and columns, and a blank line."""
    parts = []
    for filename, group in groupby(findings, key=lambda finding: finding.place.filename):
        listed = [(_where(finding.place), finding) for finding in group]
        wide = max(width(where) for where, _ in listed)
        parts.append(f"{style.bold(escaped(filename))}:\n")
        for where, finding in listed:
            code = style.red(finding.code)
            parts.append(f"  {where:<{wide}}  {code} {escaped(finding.message)}\n")
        parts.append("\n")
    return "".join(parts)


def _where(place: Place) -> str:
    cell = f"cell {place.cell}:" if place.cell is not None else ""
    return f"{cell}{place.row}:{place.column}"

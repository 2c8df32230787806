"""The GitHub format: workflow commands, which GitHub Actions shows beside the rows of a change."""

from __future__ import annotations

from losslint.report.escape import escaped
from losslint.report.material import Material
from losslint.report.rows import cell_before, file_row
from losslint.report.sentences import steps_told
from losslint.vocabulary.findings import Finding, Severity

#: What GitHub knows of severities.
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def render(material: Material) -> str:
    """`::error file=…,line=…,endLine=…,col=…,endColumn=…,title=…::message`, a line a finding."""
    return "".join(_command(finding) + "\n" for finding in material.findings)


def _command(finding: Finding) -> str:
    place = finding.place
    said = {"file": place.filename, "line": str(file_row(place))}
    if place.cell is None:
        end = place.end_row or place.row
        said["endLine"] = str(end)
        if end == place.row:
            # GitHub shows no columns of what goes over several rows.
            said |= {"col": str(place.column), "endColumn": str(place.end_column or place.column)}
    said["title"] = f"losslint {finding.code} {finding.name}"
    properties = ",".join(f"{key}={_property(value)}" for key, value in said.items())
    told = "\n".join([cell_before(place) + finding.message, *steps_told(finding)])
    return f"::{LEVELS[finding.severity]} {properties}::{_data(told)}"


def _data(text: str) -> str:
    """A message: what would end the line is escaped as the commands want it, the rest as a terminal does."""
    return "%0A".join(escaped(row).replace("%", "%25") for row in text.split("\n"))


def _property(text: str) -> str:
    """The same for a property, in which a comma and a colon mean something, and a line end is part of a name."""
    plain = text.encode("utf-8", "backslashreplace").decode()
    written = plain.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped(written.replace(":", "%3A").replace(",", "%2C"))

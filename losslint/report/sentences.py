"""How a finding is divided where its parts are shown apart: the message, the steps, the help."""

from __future__ import annotations

from losslint.vocabulary.findings import Finding
from losslint.vocabulary.places import Place, Step


def sentence(finding: Finding) -> str:
    """The message without the help that stands below."""
    if finding.mend and finding.message.endswith(finding.mend):
        return finding.message.removesuffix(finding.mend).rstrip()
    return finding.message


def steps_before(finding: Finding) -> tuple[Step, ...]:
    """The evidence without its last step, which is the finding's own place."""
    evidence = finding.evidence
    if evidence and evidence[-1].place == finding.place:
        return evidence[:-1]
    return evidence


def steps_told(finding: Finding) -> list[str]:
    """A row for each step of the evidence: `1. net.py:3:16: made here`. Nothing is escaped."""
    return [f"{number}. {_where(step.place)}: {step.message}" for number, step in enumerate(steps_before(finding), 1)]


def _where(place: Place) -> str:
    cell = f":cell {place.cell}" if place.cell is not None else ""
    return f"{place.filename}{cell}:{place.row}:{place.column}"

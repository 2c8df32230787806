"""One thing to mend is one finding, however many makers there are of what a loss is given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from losslint.vocabulary.findings import Finding
from losslint.vocabulary.places import Place, Step

#: Makers that a message names; all of them are in the evidence.
MOST_NAMED = 4


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Findings at one place that say the same, and are mended in the same way, as one that names all sources: three
    models that a loss may be given are three runs of it. Where each source has to be mended by itself, each is told."""
    alike: dict[object, list[Finding]] = {}
    for finding in findings:
        key = (finding.code, finding.place, _said(finding), finding.repair, finding.floor)
        alike.setdefault(key, []).append(finding)
    return [_one(sorted(group, key=_source_key)) for group in alike.values()]


def _source(finding: Finding) -> Place:
    return finding.evidence[0].place if finding.evidence else finding.place


def _source_key(finding: Finding) -> tuple[str, int, int, int]:
    place = _source(finding)
    return (place.filename, place.cell or 0, place.row, place.column)


def _named(place: Place) -> str:
    cell = "" if place.cell is None else f" cell {place.cell}"
    return f"{place.filename}{cell}:{place.row}"


def _at(finding: Finding) -> re.Pattern[str]:
    """Where a message names the source of its finding."""
    return re.compile(rf"(?<= at ){re.escape(_named(_source(finding)))}(?!\d)")


def _said(finding: Finding) -> str:
    return _at(finding).sub("", finding.message)


def _one(group: Sequence[Finding]) -> Finding:
    first, *others = group
    if not others:
        return first
    named = list(dict.fromkeys(_named(_source(finding)) for finding in group))
    left = len(named) - MOST_NAMED
    if left > 0:
        named = [*named[:MOST_NAMED], f"{left} other place" + "s" * (left > 1)]
    listed = ", ".join(named[:-1]) + f" and {named[-1]}" if len(named) > 1 else named[0]
    at = _at(first)
    known = {step.place for step in first.evidence}
    makers = [finding.evidence[0] for finding in others if finding.evidence]
    also = [Step(step.place, f"in other runs: {step.message}") for step in makers if step.place not in known]
    return replace(
        first,
        message=at.sub(lambda _: listed, first.message),
        mend=at.sub(lambda _: listed, first.mend),
        evidence=(*first.evidence[:1], *dict.fromkeys(also), *first.evidence[1:]),
    )

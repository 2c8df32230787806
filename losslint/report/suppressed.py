"""Findings that are kept back, for people."""

from __future__ import annotations

from collections.abc import Sequence

from losslint.report.escape import escaped
from losslint.report.frames import where
from losslint.report.style import Style
from losslint.vocabulary.suppressed import By, Suppressed


def kept_back(suppressed: Sequence[Suppressed], style: Style) -> str:
    """The findings that are not reported, a line each, with what keeps them back."""
    rows = []
    for each in sorted(suppressed, key=lambda each: each.finding.sort_key()):
        reason = f": {escaped(each.reason)}" if each.reason else ""
        by = "a comment" if each.by is By.COMMENT else "the baseline"
        finding = each.finding
        rows.append(
            f"{style.bold(where(finding.place))}: {finding.code} {finding.name} is suppressed by {by}{reason}\n"
        )
    return "".join(rows)

"""What the formats for a terminal have in common: the counts below the findings, or in their place."""

from __future__ import annotations

from collections.abc import Callable

from losslint.report import summary
from losslint.report.material import Material


def with_summary(material: Material, shown: Callable[[], str], fixes: bool = False) -> str:
    """What is kept back, the findings as a format shows them, the undecided calls and the summary, as far as they are
    asked for. `fixes` says whether the format shows fixes: then it is also said how many there are."""
    report, style = material.report, material.style
    parts = [suppressed(material)]
    if material.statistics:
        parts.append(summary.statistics(report.findings))
        if not material.show_undecided:
            parts.append(summary.reasons(report.judgements))
    elif report.findings:
        parts.append(shown())
    if material.show_undecided:
        parts.append(summary.undecided(report.judgements, style))
    if not material.quiet:
        plans = material.planned() if fixes and report.findings and not material.statistics else None
        if plans is not None:
            from losslint.report.fixes import fixable, how_many

            parts.append(how_many(*fixable(plans, report.findings)))
        parts.append(summary.summary(report, style))
    return "".join(parts) + mended(material)


def suppressed(material: Material) -> str:
    """What is kept back, if that is asked for."""
    if not material.show_suppressed:
        return ""
    from losslint.report.suppressed import kept_back

    return kept_back(material.suppressed, material.style)


def mended(material: Material) -> str:
    """What `--fix` has mended."""
    if material.mended is None:
        return ""
    from losslint.report.fixes import made, made_where

    told = "" if material.quiet else made([finding for finding, _ in material.mended], material.style)
    return told + made_where(material.mended) if material.show_fixes else told

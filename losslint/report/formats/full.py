"""The full format: the message, the loss call in a frame, and each step that led there with its own code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.report.around import with_summary
from losslint.report.escape import escaped
from losslint.report.frames import frame, where
from losslint.report.material import Material
from losslint.report.sentences import sentence, steps_before
from losslint.report.style import Style
from losslint.report.texts import Texts
from losslint.vocabulary.findings import Finding, Severity

if TYPE_CHECKING:
    from losslint.fixes.plan import Plans

#: `--statistics` takes the place of the findings.
COUNTS = FOR_TERMINALS = True


def render(material: Material) -> str:
    """The findings, and the summary below them."""
    return with_summary(
        material, lambda: full(material.findings, material.texts, material.style, material.planned()), fixes=True
    )


def full(findings: tuple[Finding, ...], texts: Texts, style: Style, plans: Plans | None = None) -> str:
    """Every finding with its evidence and what would mend it, a blank line behind each."""
    return "".join(_shown(finding, texts, style, plans) + "\n" for finding in findings)


def _shown(finding: Finding, texts: Texts, style: Style, plans: Plans | None) -> str:
    place = finding.place
    steps = steps_before(finding)
    gutter = max(len(str(row)) for row in (place.row, *(step.place.row for step in steps)))
    code = style.yellow(finding.code) if finding.severity is not Severity.ERROR else style.red(finding.code)
    arrow = style.blue("-->")
    rows = [f"{code} {style.bold(finding.name)}: {escaped(sentence(finding))}"]
    rows.append(f"{' ' * gutter}{arrow} {where(place)}")
    rows += frame(texts, place, style, gutter)
    if steps:
        rows.append(f"{' ' * gutter} {style.blue('=')} how it gets there:")
    for number, step in enumerate(steps, 1):
        rows.append(f"{' ' * gutter} {number}. {where(step.place)}: {escaped(step.message)}")
        # What happens at one place, step after step, shares its code.
        if number == len(steps) or steps[number].place != step.place:
            rows += frame(texts, step.place, style, gutter)
    if finding.mend:
        rows.append(f"{' ' * gutter} {style.blue('=')} {style.green('help')}: {escaped(finding.mend)}")
    if plans is not None and finding.repair is not None:
        rows += _fix(finding, plans, style, gutter)
    return "\n".join(rows) + "\n"


def _fix(finding: Finding, plans: Plans, style: Style, gutter: int) -> list[str]:
    from losslint.fixes.edits import Fix
    from losslint.report.fixes import offered

    fix = plans.fix(finding)
    if fix is None:
        return []
    return offered(fix, plans.rows(finding, fix) if isinstance(fix, Fix) else (), style, gutter)

"""A finding as a card: what is wrong, the way from the source to the loss, what would mend it."""

from __future__ import annotations

from losslint.report.material import Material
from losslint.report.page.code import code
from losslint.report.page.plot import plot
from losslint.report.page.text import plain, prose, where
from losslint.report.sentences import sentence
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.places import Step


def card(finding: Finding, fingerprint: str, material: Material) -> str:
    """The card. `fingerprint` is its anchor, so that a link to it survives the next run."""
    severity = finding.severity.value
    rule = f"{finding.code} {finding.name}"
    parts = [
        f'<article class="finding {severity}" id="f-{fingerprint}" data-severity="{severity}" '
        f'data-rule="{plain(rule)}" data-file="{plain(finding.place.filename)}">',
        f'<header><span class="badge">{severity}</span>'
        f'<h3><a href="#rule-{plain(finding.code)}">{plain(finding.code)}</a> {plain(finding.name)}</h3>'
        f'<a class="at" href="#f-{fingerprint}"><code>{where(finding.place)}</code></a></header>',
        f'<p class="message">{prose(sentence(finding))}</p>',
        _path(finding, material),
    ]
    if finding.mend:
        parts.append(f'<p class="help">{prose(finding.mend)}</p>')
    parts.append(_fix(finding, material))
    if finding.floor is not None:
        parts.append(f"<h4>How low the loss can get</h4>{plot(finding.floor)}")
    return "".join([*parts, "</article>\n"])


def _path(finding: Finding, material: Material) -> str:
    steps = finding.evidence
    if not steps or steps[-1].place != finding.place:
        steps = (*steps, Step(finding.place, "reported here"))
    title = "From the source to the loss" if len(steps) > 1 else "Where"
    rows = []
    for number, step in enumerate(steps):
        # What happens at one place, step after step, shares its code.
        shared = number + 1 < len(steps) and steps[number + 1].place == step.place
        shown = "" if shared else code(step.place, material.texts)
        rows.append(
            f'<li><p class="step">{prose(step.message)}<span class="place">{where(step.place)}</span></p>{shown}</li>'
        )
    return f'<h4>{title}</h4><ol class="path">{"".join(rows)}</ol>'


def _fix(finding: Finding, material: Material) -> str:
    if finding.repair is None:
        return ""
    plans = material.planned()
    fix = plans.fix(finding) if plans is not None else None
    if plans is None or fix is None:
        return ""
    from losslint.fixes.plan import Refusal

    if isinstance(fix, Refusal):
        at = f" ({where(fix.place)})" if fix.place is not None else ""
        return f'<p class="faint">No fix: {prose(fix.reason)}{at}</p>'
    options = "--fix" if fix.applicability.value == "safe" else "--fix --unsafe-fixes"
    changes = "" if fix.applicability.value == "safe" else ": it changes what is computed"
    parts = [f"<h4>Fix (<code>{options}</code>{changes})</h4><p>{prose(fix.message)}</p>"]
    for each in plans.rows(finding, fix):
        wide = max(len(str(number)) for _, number, _ in each.rows)
        rows = "".join(
            f'<span class="{"minus" if sign == "-" else "plus"}"><span class="n">{number:>{wide}} {sign}</span>'
            f"{plain(text.expandtabs(4).rstrip())}\n</span>"
            for sign, number, text in each.rows
        )
        name = f'<span class="place">{plain(each.filename)}</span>'
        parts.append(
            f'{name}<pre class="diff" tabindex="0" role="group" aria-label="difference"><code>{rows}</code></pre>'
        )
    return "".join(parts)

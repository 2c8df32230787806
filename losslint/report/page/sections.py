"""The parts of the page around the findings: numbers, filters, the undecided, the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from losslint.report.material import Material
from losslint.report.page.documents import document
from losslint.report.page.text import plain, prose, where
from losslint.report.summary import counted
from losslint.vocabulary.findings import Finding, Severity, Verdict


def numbers(material: Material) -> str:
    """What came of the run, in numbers, and a bar of the verdicts."""
    report = material.report
    verdicts = Counter(judgement.verdict for judgement in report.judgements)
    files = len({finding.place.filename for finding in report.findings})
    cells = [
        ("", "problems", len(report.findings)),
        ("", "files with problems", files),
        ("", "files read", report.files_read),
        ("", "loss calls", len(report.judgements)),
        *((verdict.value, verdict.value, verdicts[verdict]) for verdict in Verdict),
    ]
    listed = "".join(f'<div class="{name}"><dt>{said}</dt><dd>{count}</dd></div>' for name, said, count in cells)
    return f'<dl class="numbers">{listed}</dl>{_bar(verdicts)}'


def _bar(verdicts: Counter[Verdict]) -> str:
    total = verdicts.total()
    if not total:
        return ""
    parts, at = [], 0.0
    for verdict in Verdict:
        share = 100 * verdicts[verdict] / total
        parts.append(f'<rect class="{verdict.value}" x="{at:.3f}" y="0" width="{share:.3f}" height="10"/>')
        at += share
    said = ", ".join(f"{verdicts[verdict]} {verdict.value}" for verdict in Verdict)
    return (
        '<svg class="verdicts" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" '
        f'aria-label="loss calls: {said}">{"".join(parts)}</svg>'
    )


def by_rule(findings: tuple[Finding, ...]) -> str:
    """How often each rule spoke."""
    if not findings:
        return ""
    rows = "".join(
        f'<tr><td class="count">{count}</td><td><a href="#rule-{plain(code)}">{plain(code)}</a> {plain(name)}</td>'
        f'<td><button class="small" type="button" hidden data-only="{plain(f"{code} {name}")}" '
        f'aria-label="show only {plain(code)}">show only</button></td></tr>'
        for code, name, count in counted(findings)
    )
    head = '<tr><th class="count" scope="col">count</th><th scope="col">rule</th><td></td></tr>'
    table = f'<table class="rules"><thead>{head}</thead><tbody>{rows}</tbody></table>'
    return f'<h2>By rule</h2><div class="scroll">{table}</div>'


def filters(findings: tuple[Finding, ...]) -> str:
    """The form that chooses among the findings; hidden until there is a script to serve it."""
    if not findings:
        return ""
    rules = sorted({f"{finding.code} {finding.name}" for finding in findings})
    files = list(dict.fromkeys(finding.place.filename for finding in findings))
    present = {finding.severity for finding in findings}
    boxes = "".join(
        f'<label><input type="checkbox" name="severity" value="{severity.value}" checked> {severity.value}</label>'
        for severity in Severity
        if severity in present
    )
    return (
        '<form class="filters" hidden aria-label="choose findings">'
        '<label>Text<input type="search" name="text" placeholder="softmax train.py" autocomplete="off"></label>'
        f'<label>Rule<select name="rule"><option value="">all</option>{_options(rules)}</select></label>'
        f'<label>File<select name="file"><option value="">all</option>{_options(files)}</select></label>'
        '<label>Group by<select name="group"><option value="file">file</option><option value="rule">rule</option>'
        "</select></label>"
        f"<fieldset><legend>Severity</legend>{boxes}</fieldset>"
        '<button type="reset">Reset</button><output aria-live="polite"></output></form>'
    )


def _options(values: Iterable[str]) -> str:
    return "".join(f'<option value="{plain(value)}">{plain(value)}</option>' for value in values)


def undecided(material: Material) -> str:
    """The loss calls about which nothing is said, each with the reason."""
    listed = [judgement for judgement in material.report.judgements if judgement.verdict is Verdict.UNDECIDED]
    if not listed:
        return ""
    rows = "".join(
        f"<tr><td><code>{where(judgement.place)}</code></td><td>{plain(judgement.loss)}</td>"
        f"<td>{prose(judgement.reason)}</td></tr>"
        for judgement in listed
    )
    head = '<tr><th scope="col">where</th><th scope="col">loss</th><th scope="col">why</th></tr>'
    table = f'<table class="undecided"><thead>{head}</thead><tbody>{rows}</tbody></table>'
    return (
        f'<h2 id="undecided">Undecided</h2><p class="faint">Of these calls the code does not say what they are given. '
        "Nothing is wrong with them as far as is known, and nothing was found to be right.</p>"
        f'<details class="rule"><summary>{len(listed)} loss call{"" if len(listed) == 1 else "s"}</summary>'
        f'<div class="scroll">{table}</div></details>'
    )


def not_checked(material: Material) -> str:
    """What could not be looked at."""
    problems = (*material.unread, *(f"internal error: {failure}" for failure in material.failures))
    if not problems:
        return ""
    return f"<h2>Not checked</h2><ul>{''.join(f'<li>{prose(problem)}</li>' for problem in problems)}</ul>"


def suppressed(material: Material) -> str:
    """The findings that somebody has suppressed."""
    if not material.suppressed:
        return ""
    rows = "".join(
        f"<li>{plain(each.finding.code)} <code>{where(each.finding.place)}</code>"
        f"{': ' + plain(each.reason) if each.reason else ''}</li>"
        for each in material.suppressed
    )
    count = len(material.suppressed)
    return f'<h2>Suppressed</h2><details class="rule"><summary>{count}</summary><ul>{rows}</ul></details>'


def rules(findings: tuple[Finding, ...]) -> str:
    """What the rules say of themselves that have found something."""
    from losslint.rules.registry import load

    codes = sorted({finding.code for finding in findings})
    if not codes:
        return ""
    parts = ["<h2>The rules</h2>"]
    for each in codes:
        rule = load(each)
        title, _, rest = rule.documentation.strip().partition("\n")
        parts.append(
            f'<details class="rule" id="rule-{plain(each)}"><summary><strong>{plain(each)}</strong> {plain(rule.name)}'
            f' <span class="faint">{plain(title)}</span></summary>{document(rest)}</details>'
        )
    return "".join(parts)

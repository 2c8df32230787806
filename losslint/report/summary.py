"""The last lines of a run: how many loss calls were seen, and what became of them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from losslint.report.escape import escaped
from losslint.report.frames import where
from losslint.report.style import Style
from losslint.vocabulary.findings import Finding, Judgement, Report, Verdict


def summary(report: Report, style: Style) -> str:
    """`61 loss calls: 3 misused, 44 clean, 14 undecided.`"""
    found = len(report.findings)
    kept_back = f" ({len(report.suppressed)} suppressed)" if report.suppressed else ""
    problems = f"{found or 'No'} problem{'' if found == 1 else 's'} found{kept_back}."
    calls = len(report.judgements)
    if not calls:
        return style.bold(problems) + "\n"
    counts = Counter(judgement.verdict for judgement in report.judgements)
    told = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict)
    return f"{style.bold(problems)} {calls} loss call{'s' if calls != 1 else ''}: {told}.\n"


def undecided(judgements: tuple[Judgement, ...], style: Style) -> str:
    """The loss calls about which nothing is said, each with the reason."""
    return "".join(
        f"{style.bold(where(judgement.place))}: undecided: {judgement.loss}: {escaped(judgement.reason)}\n"
        for judgement in judgements
        if judgement.verdict is Verdict.UNDECIDED
    )


def counted(findings: tuple[Finding, ...]) -> list[tuple[str, str, int]]:
    """The code, the name and the number of findings of each rule that spoke, the most frequent first."""
    counts = Counter((finding.code, finding.name) for finding in findings)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(code, name, count) for (code, name), count in ordered]


def statistics(findings: tuple[Finding, ...]) -> str:
    """How often each rule spoke."""
    rows = counted(findings)
    if not rows:
        return ""
    wide = len(str(rows[0][2]))
    return "".join(f"{count:>{wide}}  {code}  {name}\n" for code, name, count in rows)


def reasons(judgements: tuple[Judgement, ...]) -> str:
    """Why loss calls stayed undecided, the most frequent reason first; names differ within a reason, and the most
    frequent of them are told."""
    named: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for judgement in judgements:
        if judgement.verdict is Verdict.UNDECIDED:
            names = _QUOTED.findall(judgement.reason)
            named[_QUOTED.sub("`…`", judgement.reason)][", ".join(names)] += 1
    ordered = sorted(named.items(), key=lambda item: (-item[1].total(), item[0]))
    if not ordered:
        return ""
    wide = len(str(ordered[0][1].total()))
    return "undecided, because\n" + "".join(
        f"{names.total():>{wide}}  {escaped(reason)}{_examples(names)}\n" for reason, names in ordered
    )


#: A name in a reason.
_QUOTED = re.compile(r"`[^`]*`")
#: So many names are told with a reason.
_EXAMPLES = 3


def _examples(names: Counter[str]) -> str:
    ordered = [name for name, _ in sorted(names.items(), key=lambda item: (-item[1], item[0])) if name]
    if not ordered:
        return ""
    more = ", …" if len(ordered) > _EXAMPLES else ""
    return f" ({', '.join(escaped(name) for name in ordered[:_EXAMPLES])}{more})"

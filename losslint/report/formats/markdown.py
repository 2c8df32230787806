"""The Markdown format: a summary for the pages of continuous integration, such as `$GITHUB_STEP_SUMMARY`."""

from __future__ import annotations

import re
from collections import Counter
from html import escape

from losslint.report.escape import escaped
from losslint.report.frames import WIDEST
from losslint.report.material import Material
from losslint.report.sentences import sentence
from losslint.report.summary import counted
from losslint.report.texts import Texts
from losslint.vocabulary.findings import Finding, Severity, Verdict
from losslint.vocabulary.places import Place

#: More findings than this are only counted: GitHub takes a megabyte for a step, and readers take less.
MOST = 100

SIGNS = {Severity.ERROR: "🔴", Severity.WARNING: "🟠", Severity.ADVICE: "🔵"}

#: What Markdown would make something else of in the middle of a row.
_SPECIAL = re.compile(r"[\\`*_\[\]|<>~$&]")

#: What names, references and addresses begin with.
_LINKED = re.compile(r"@|#|://|www(?=\.)|mailto:|xmpp:", re.IGNORECASE)
_RUN = re.compile("`+")


def render(material: Material) -> str:
    """What came of the run, a table of the findings, and how each comes about below it."""
    findings, judgements = material.findings, material.report.judgements
    counts = Counter(judgement.verdict for judgement in judgements)
    said = f"**{_problems(len(findings))}** {len(judgements)} loss call{'' if len(judgements) == 1 else 's'}: "
    said += ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict) + "."
    parts = ["## losslint", "", said if judgements else f"**{_problems(len(findings))}**", ""]
    for problem in (*material.unread, *material.failures):
        parts += [f"⚠️ Not checked: {text(problem)}", ""]
    if findings:
        parts += ["| | rule | where | what |", "|---|---|---|---|"]
        parts += [_row(finding) for finding in findings[:MOST]]
        parts.append("")
        if len(findings) > MOST:
            rest = ", ".join(f"{count} × {code}" for code, _, count in counted(findings[MOST:]))
            parts += [f"And {len(findings) - MOST} more: {rest}.", ""]
        for finding in findings[:MOST]:
            parts += _details(finding, material) if finding.evidence else []
    return "\n".join(parts)


def _problems(count: int) -> str:
    return "No problems found." if not count else f"{count} problem{'' if count == 1 else 's'} found."


def _row(finding: Finding) -> str:
    place = finding.place
    cells = (
        f"{SIGNS[finding.severity]} {finding.severity.value}",
        f"{finding.code} {text(finding.name)}",
        code(_where(place), in_table=True),
        text(sentence(finding), in_table=True),
    )
    return f"| {' | '.join(cells)} |"


def _details(finding: Finding, material: Material) -> list[str]:
    """How it comes about, folded."""
    where = _in_html(_where(finding.place))
    rows = [f"<details><summary>{finding.code} {where}</summary>", ""]
    for number, step in enumerate(finding.evidence, 1):
        rows.append(f"{number}. {code(_where(step.place))}: {text(step.message)}{_shown(step.place, material.texts)}")
    rows.append("")
    if finding.mend:
        rows += [text(finding.mend), ""]
    return [*rows, "</details>", ""]


def _shown(place: Place, texts: Texts) -> str:
    row = (texts.row(place) or "").strip()
    if not row:
        return ""
    shown = row.expandtabs(4)
    return f"<br>{code(shown if len(shown) <= WIDEST else shown[:WIDEST] + '…')}"


def _where(place: Place) -> str:
    cell = f":cell {place.cell}" if place.cell is not None else ""
    return f"{place.filename}{cell}:{place.row}:{place.column}"


def text(plain: str, in_table: bool = False) -> str:
    """Text as Markdown shows it: nothing in it is formatted, a link, HTML, somebody's name or a reference. What stands
    between backticks goes on standing in code."""
    shown = escaped(plain)
    parts = shown.split("`")
    if len(parts) % 2 == 0:
        return _apart(_SPECIAL.sub(r"\\\g<0>", shown))
    return "".join(
        code(part, in_table) if number % 2 and part else _apart(_SPECIAL.sub(r"\\\g<0>", part))
        for number, part in enumerate(parts)
    )


def _apart(written: str) -> str:
    """What pages make links of after they have read the Markdown is taken apart by a comment."""
    return _LINKED.sub(r"\g<0><!-- -->", written)


def _in_html(plain: str) -> str:
    """Text inside HTML, where Markdown's own escapes mean nothing."""
    return _apart(escape(escaped(plain)).replace("|", "&#124;"))


def code(plain: str, in_table: bool = False) -> str:
    """Text as a piece of code, on one line."""
    shown = escaped(plain)
    longest = max((len(run) for run in _RUN.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if shown[:1] in ("`", " ") or shown[-1:] in ("`", " ") else ""
    written = f"{fence}{space}{shown}{space}{fence}"
    return written.replace("|", "\\|") if in_table else written

"""Fixes for people: what one would change, why there is none, how many there are, and which were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from losslint.fixes.diffs import Rows
from losslint.fixes.edits import Fix
from losslint.fixes.plan import Plans, Refusal
from losslint.report.escape import escaped
from losslint.report.frames import WIDEST, where
from losslint.report.style import Style
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.repairs import Applicability


def offered(fix: Fix | Refusal, changed: Sequence[Rows], style: Style, gutter: int) -> list[str]:
    """The rows of the full format that tell of a fix, with its diff, or of what stands in its way."""
    space = " " * gutter
    if isinstance(fix, Refusal):
        at = f" ({where(fix.place)})" if fix.place is not None else ""
        return [f"{space} {style.blue('=')} no fix: {escaped(fix.reason)}{at}"]
    sort = "" if fix.applicability is Applicability.SAFE else " (unsafe: it changes what is computed)"
    rows = [f"{space} {style.blue('=')} {style.green('fix')}: {escaped(fix.message)}{sort}"]
    for each in changed:
        rows.append(f"{space} {style.bold(escaped(each.filename))}")
        wide = max(len(str(number)) for _, number, _ in each.rows)
        for sign, number, text in each.rows:
            written = escaped(text.expandtabs(4).rstrip())
            if len(written) > WIDEST:
                written = f"{written[:WIDEST]}…"
            row = style.encodable(f"{number:>{wide}} {sign} {written}".rstrip())
            rows.append(f"{space} {style.red(row) if sign == '-' else style.green(row)}")
    return rows


def fixable(plans: Plans, findings: Iterable[Finding]) -> tuple[int, int]:
    """How many findings have a safe fix, and how many an unsafe one."""
    counts = Counter(fix.applicability for fix in map(plans.fix, findings) if isinstance(fix, Fix))
    return counts[Applicability.SAFE], counts[Applicability.UNSAFE]


def how_many(safe: int, unsafe: int) -> str:
    """`2 can be fixed with --fix, 3 more with --fix --unsafe-fixes.`"""
    if not safe and not unsafe:
        return ""
    if not unsafe:
        return f"{safe} can be fixed with --fix.\n"
    if not safe:
        return f"{unsafe} can be fixed with --fix --unsafe-fixes.\n"
    return f"{safe} can be fixed with --fix, {unsafe} more with --fix --unsafe-fixes.\n"


def made(findings: Sequence[Finding], style: Style) -> str:
    """`3 problems fixed.`"""
    count = len(findings)
    return style.bold(f"{count} problem{'' if count == 1 else 's'} fixed.") + "\n" if count else ""


def made_where(fixed: Iterable[tuple[Finding, Iterable[str]]]) -> str:
    """Which findings were fixed, by the files that were changed for them."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for finding, filenames in fixed:
        for filename in filenames:
            counts[filename, finding.code, finding.name] += 1
    parts: list[str] = []
    for filename in sorted({filename for filename, _, _ in counts}):
        parts.append(f"{escaped(filename)}:\n")
        parts += [
            f"    {count} x {code} ({name})\n"
            for (changed, code, name), count in sorted(counts.items())
            if changed == filename
        ]
    return "".join(parts)

"""What is kept of findings for later runs, and what is told of those that are kept back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from losslint.app.lint import Outcome
from losslint.app.telling import Telling
from losslint.app.terminal import complain, write
from losslint.report.escape import escaped
from losslint.report.frames import where
from losslint.vocabulary.suppressed import By, Suppressed

if TYPE_CHECKING:
    from losslint.report.style import Style


def kept_for_later(telling: Telling, outcome: Outcome) -> bool:
    """Write findings down, as a baseline or as comments; whether that went well."""
    assert telling.wanted is not None
    findings = outcome.report.findings
    count = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
    path = telling.wanted.write_baseline
    if path is None:
        from losslint.app.suppressions.adding import add_noqa

        added, problems = add_noqa(telling.jobs, findings)
        for problem in problems:
            complain(problem)
        write(f"{added} comment{'' if added == 1 else 's'} added for {count}.\n", None)
        return not problems
    from losslint.app.baseline import BaselineError, keep, written

    try:
        keep(path, written(findings, telling.jobs, path))
    except BaselineError as error:
        complain(str(error))
        return False
    write(f"{count} written to {escaped(path)}.\n", None)
    return True


def gone(telling: Telling) -> bool:
    """Tell which entries of the baseline are not found any more, and drop them if that is asked for; whether that went
    well."""
    baseline, wanted = telling.baseline, telling.wanted
    assert baseline is not None
    count = baseline.gone.total()
    if not count:
        return True
    entries = f"{count} {'entry' if count == 1 else 'entries'}"
    if wanted is None or not wanted.update_baseline:
        complain(f"{baseline.path}: {entries} not found any more: --update-baseline drops them", "note")
        return True
    from losslint.app.baseline import BaselineError, keep

    try:
        keep(baseline.path, baseline.shrunk())
    except BaselineError as error:
        complain(str(error))
        return False
    complain(f"{baseline.path}: {entries} dropped", "note")
    return True


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

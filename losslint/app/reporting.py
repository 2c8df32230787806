"""What a run of `check` has to say, put into one of the formats."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from losslint.app.terminal import safe

if TYPE_CHECKING:
    from losslint.app.fixing import Result
    from losslint.app.lint import Job, Outcome
    from losslint.fixes.plan import Plans
    from losslint.report.style import Style
    from losslint.report.texts import Texts
    from losslint.vocabulary.findings import Finding


def report_of(
    outcome: Outcome,
    jobs: list[Job],
    output_format: str,
    statistics: bool,
    show_undecided: bool,
    quiet: bool,
    style: Style,
) -> str:
    """What was found, in one format."""
    report = outcome.report
    if output_format == "json":
        from losslint.report.as_json import as_json, statistics_as_json

        if statistics:
            return statistics_as_json(report.findings)
        return as_json(report.findings, texts_of(jobs), plans=plans_of(jobs, report.findings))
    from losslint.report import summary

    parts = []
    plans = None
    if statistics:
        parts.append(summary.statistics(report.findings))
        if not show_undecided:
            parts.append(summary.reasons(report.judgements))
    elif report.findings and output_format == "full":
        from losslint.report.full import full

        plans = plans_of(jobs, report.findings)
        parts.append(full(report.findings, texts_of(jobs), style, plans))
    elif report.findings:
        from losslint.report.concise import concise

        parts.append(concise(report.findings, style))
    if show_undecided:
        parts.append(summary.undecided(report.judgements, style))
    if not quiet:
        if plans is not None:
            from losslint.app.fixing import fixable
            from losslint.report.fixes import how_many

            parts.append(how_many(*fixable(plans, report.findings)))
        parts.append(summary.summary(report, style))
    return "".join(parts)


def plans_of(jobs: list[Job], findings: tuple[Finding, ...]) -> Plans | None:
    """What mends findings, if any of them can be mended: nothing of it is imported otherwise."""
    if not any(finding.repair is not None for finding in findings):
        return None
    from losslint.fixes.plan import Plans

    return Plans([(job.tree, job.asked) for job in jobs], findings)


def mended_of(result: Result, show_fixes: bool, quiet: bool, style: Style) -> str:
    """What was mended."""
    from losslint.report.fixes import made, made_where

    findings = [mended.finding for mended in result.mended]
    told = "" if quiet else made(findings, style)
    if show_fixes:
        told += made_where(
            (mended.finding, dict.fromkeys(edit.filename for edit in mended.fix.edits)) for mended in result.mended
        )
    return told


def difference(jobs: list[Job], result: Result, output_file: str | None) -> str:
    """What fixing would change, as a unified diff; escaped only on its way to a terminal."""
    from losslint.fixes.diffs import unified
    from losslint.sources.python import as_written

    parts = []
    for job, files in zip(jobs, result.files, strict=True):
        for name, data in sorted(files.items()):
            shown = job.tree.shown(name)
            (before, _, _), (after, _, _) = as_written(job.tree.read(name), shown), as_written(data, shown)
            parts.append(unified(before, after, shown))
    text = "".join(parts)
    on_terminal = output_file is None and sys.stdout is not None and sys.stdout.isatty()
    return safe(text, keep="\n\t") if on_terminal else text


def texts_of(jobs: list[Job]) -> Texts:
    """Reads the files of the run again by the names that people see."""
    from losslint.report.texts import Texts
    from losslint.sources.read import read_source
    from losslint.sources.source import Source

    names: dict[str, tuple[Job, str]] = {}

    def read(shown: str) -> Source | None:
        if not names:
            for job in jobs:
                for name in (*job.asked, *job.tree.names()):
                    names.setdefault(job.tree.shown(name), (job, name))
        found = names.get(shown)
        return read_source(found[0].tree, found[1]) if found is not None else None

    return Texts(read)

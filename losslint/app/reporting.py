"""What a run of `check` has to say, put into the formats that were asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from losslint.app.terminal import safe, style

if TYPE_CHECKING:
    from losslint.app.fixing import Result
    from losslint.app.lint import Job, Outcome
    from losslint.app.outputs import Output
    from losslint.fixes.plan import Plans
    from losslint.report.material import Material
    from losslint.vocabulary.findings import Finding


def material_of(
    outcome: Outcome,
    jobs: Sequence[Job],
    *,
    complete: bool,
    result: Result | None = None,
    statistics: bool = False,
    show_undecided: bool = False,
    show_suppressed: bool = False,
    show_fixes: bool = False,
    quiet: bool = False,
) -> Material:
    """What the reports of a run are made from; the fields of the material say what each argument means."""
    from losslint.app.texts import texts_of
    from losslint.report.material import Material

    findings = outcome.report.findings
    mended = None
    if result is not None:
        mended = tuple(
            (each.finding, tuple(dict.fromkeys(edit.filename for edit in each.fix.edits))) for each in result.mended
        )
    return Material(
        outcome.report,
        texts_of(jobs),
        planned=cache(lambda: plans_of(jobs, findings)),
        unread=outcome.unread,
        failures=outcome.failures,
        complete=complete,
        statistics=statistics,
        show_undecided=show_undecided,
        show_suppressed=show_suppressed,
        quiet=quiet,
        mended=mended,
        show_fixes=show_fixes,
    )


def reports(
    material: Material, outputs: Sequence[Output], color: str, only_mended: bool = False
) -> Iterator[tuple[str, str | None]]:
    """The text of each report, and where it goes. `only_mended` leaves the findings out: `--fix-only`."""
    from dataclasses import replace

    from losslint.report.formats import has, renderer

    for output in outputs:
        painted = replace(material, style=style(color, output.path))
        if only_mended:
            from losslint.report.around import mended, suppressed

            # The others are for findings.
            shown = suppressed(painted) + mended(painted) if has(output.format, "FOR_TERMINALS") else ""
            yield shown, output.path
        else:
            yield renderer(output.format)(painted), output.path


def plans_of(jobs: Sequence[Job], findings: tuple[Finding, ...]) -> Plans | None:
    """What mends findings, if any of them can be mended: nothing of it is imported otherwise."""
    if not any(finding.repair is not None for finding in findings):
        return None
    from losslint.fixes.plan import Plans

    return Plans([(job.tree, job.asked) for job in jobs], findings)


def only_unsafe(jobs: Sequence[Job], findings: tuple[Finding, ...]) -> str:
    """Why nothing would change though something can be mended; empty where nothing can. `findings` are those of files
    in which nothing was changed."""
    from losslint.report.fixes import fixable, how_many

    plans = plans_of(jobs, findings)
    return how_many(*fixable(plans, findings)) if plans is not None else ""


def difference(jobs: Sequence[Job], result: Result, output_file: str | None) -> str:
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

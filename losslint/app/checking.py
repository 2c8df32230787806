"""The steps of `check`: options that do not go together, linting or fixing, and what could not be done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from losslint.app.lint import Job, Outcome, lint
from losslint.app.telling import Telling, Wanted
from losslint.app.terminal import complain

if TYPE_CHECKING:
    from losslint.app.cache.folder import Folder
    from losslint.app.fixing import Result
    from losslint.app.observations import Observations
    from losslint.app.progress import Watcher


def check_options(
    paths: Sequence[str],
    select: Sequence[str],
    ignore: Sequence[str],
    advice: bool,
    more_outputs: Sequence[str],
    fix: bool,
    fix_only: bool,
    diff: bool,
    observations: Sequence[str],
    wanted: Wanted,
    watch: bool,
) -> None:
    """Raises click.UsageError for rules that do not exist, and for options that do not go together."""
    from losslint.rules.registry import UnknownSelector
    from losslint.rules.selection import selected

    try:
        selected(select, ignore, advice)
    except UnknownSelector as error:
        raise click.UsageError(str(error)) from None
    if more_outputs:
        if fix_only:
            raise click.UsageError("--fix-only writes no report: leave --output out, or take --fix")
        if diff:
            raise click.UsageError("--diff writes a difference, and no report: --output-file says where to")
        if wanted.only_keeps:
            option = "--write-baseline" if wanted.write_baseline is not None else "--add-noqa"
            raise click.UsageError(f"{option} writes no report: leave --output out")
    if diff and wanted.only_keeps:
        option = "--write-baseline" if wanted.write_baseline is not None else "--add-noqa"
        raise click.UsageError(f"--diff changes nothing, and {option} writes: leave one of them out")
    if fix or fix_only or diff:
        if observations:
            raise click.UsageError("--observations is for reports: code is not changed for what a run has shown")
        if "-" in paths and not diff:
            raise click.UsageError("standard input cannot be fixed: use --diff")
    if watch:
        if fix or fix_only or diff or wanted.only_keeps or wanted.update_baseline:
            # Somebody is at work on these files just now.
            raise click.UsageError(
                "--watch only looks and reports: it goes with nothing that changes or keeps something"
            )
        if "-" in paths:
            raise click.UsageError("standard input cannot be watched: name files or folders")


def linted(
    told: Telling,
    processes: int | None,
    cache: Folder | None,
    located: bool,
    observed: Sequence[Observations],
    watcher: Watcher | None,
) -> tuple[Outcome, Sequence[str]]:
    """What is told of the projects, and notes for people. `observed` decides what the code leaves open; `watcher` looks
    on; `located` says whether the places of undecided calls are shown."""
    codes, explicit = told.codes, told.explicit
    outcome = lint(told.jobs, codes, explicit, processes, cache, located or bool(observed), watcher)
    notes: Sequence[str] = ()
    if observed:
        from losslint.app.deciding import decided
        from losslint.app.texts import texts_of

        found = decided(outcome.report, observed, texts_of(told.jobs).row, codes, explicit)
        outcome, notes = replace(outcome, report=found.report), found.notes
    return told(outcome), notes


def fixed(told: Telling, processes: int | None, unsafe: bool, located: bool) -> Result:
    """What fixing what is told comes to, in memory."""
    from losslint.app.fixing import Fixing

    codes, explicit = told.codes, told.explicit
    return Fixing(told.jobs, codes, explicit, processes, unsafe=unsafe, located=located, told=told).run()


def made(jobs: Sequence[Job], result: Result, written: bool) -> bool:
    """Write what fixing changed, if it is to be `written`, and tell which fixes were not made; whether every file
    could be written."""
    from losslint.app.fixing import write

    for problem in result.dropped:
        complain(problem, "warning")
    not_written = write(jobs, result) if written else []
    for problem in not_written:
        complain(problem)
    return not not_written


def looked_at_all(outcome: Outcome, jobs: Sequence[Job], notes: Iterable[str]) -> bool:
    """Tell what could not be looked at, and what else is worth a word; whether everything could."""
    nothing_read = not outcome.report.files_read and any(job.asked for job in jobs)
    if nothing_read:
        complain("no file could be read")
    for note in notes:
        complain(note, "warning")
    for unread in outcome.unread:
        complain(f"not checked: {unread}")
    for failure in outcome.failures:
        complain(f"internal error, please report it: {failure}")
    return not (nothing_read or outcome.unread or outcome.failures)

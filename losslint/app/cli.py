"""The command: options in, a report and an exit status out."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import nullcontext
from io import StringIO
from itertools import chain, pairwise
from time import perf_counter
from typing import TYPE_CHECKING

import click

from losslint import __version__
from losslint.app.config_command import config as config_command
from losslint.app.options import configurations, rules_and_report, what_is_told
from losslint.app.run_command import run
from losslint.app.terminal import complain as _complain
from losslint.app.terminal import safe as _safe
from losslint.app.terminal import tell as _tell
from losslint.app.terminal import write as _write

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from losslint.app.cache.folder import Folder
    from losslint.app.configuration import Given
    from losslint.app.lint import Job, Outcome
    from losslint.app.observations import Observations
    from losslint.app.progress import Watcher
    from losslint.rules.rule import Rule

#: Exit statuses: nothing found, findings, the job could not be done, interrupted.
CLEAN, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130


class _Commands(click.Group):
    """`losslint PATHS` means `losslint check PATHS`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("--version", "-h", "--help")):
            args = ["check", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", message="losslint %(version)s")
def cli() -> None:
    """Find PyTorch losses that are fed the wrong thing.

    `losslint [PATHS]` is short for `losslint check [PATHS]`: see `losslint check --help` for its options.
    """


def _profiled(context: click.Context, _: click.Parameter, path: str | None) -> None:
    if path is not None:
        from losslint.app.profiling import start

        start(context, path)


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=str))
@rules_and_report
@configurations
@what_is_told
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when something was found.")
@click.option(
    "--show-undecided",
    is_flag=True,
    help="List the loss calls about which nothing can be said, and why, in the formats for people.",
)
@click.option("--fix", "fix", is_flag=True, help="Mend what can be mended without changing what is computed.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also what changes what is computed.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--fix-only", is_flag=True, help="Mend, and do not report what is left.")
@click.option("--show-fixes", is_flag=True, help="List what was mended.")
@click.option("--statistics", is_flag=True, help="Count findings by rule and the undecided by reason.")
@click.option(
    "-j", "--jobs", "processes", type=click.IntRange(1), metavar="N", help="At most N processes (by default: as pays)."
)
@click.option("--no-cache", is_flag=True, help="Neither use what earlier runs found nor keep what this one finds.")
@click.option(
    "--cache-dir",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=str),
    help="Where to keep it (by default LOSSLINT_CACHE_DIR, or the user's folder for caches).",
)
@click.option("--stdin-filename", metavar="FILE", help="The name of what is read from standard input (path `-`).")
@click.option(
    "--observations",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=str),
    help="What `losslint run --write-observations` wrote: decides what the code leaves open.",
)
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="Colour."
)
@click.option("-q", "--quiet", is_flag=True, help="Only findings, no summary.")
@click.option("-v", "--verbose", is_flag=True, help="Tell where the time went, on standard error.")
@click.option(
    "--profile",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=str),
    expose_value=False,
    is_eager=True,
    callback=_profiled,
    help="Write a profile of this process, for `python -m pstats FILE`.",
)
def check(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    advice: bool,
    output_format: str | None,
    output_file: str | None,
    more_outputs: tuple[str, ...],
    exit_zero: bool,
    show_undecided: bool,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    fix_only: bool,
    show_fixes: bool,
    statistics: bool,
    processes: int | None,
    no_cache: bool,
    cache_dir: str | None,
    stdin_filename: str | None,
    observations: tuple[str, ...],
    color: str,
    quiet: bool,
    verbose: bool,
    config: tuple[str, ...],
    isolated: bool,
    **wanted: Any,
) -> int:
    """Lint files and folders (by default the current one); `-` reads standard input.

    \b
    Exit status: 0 nothing found; 1 something found (a file that cannot be parsed, too); 2 the job could not be done
    (unknown option, missing path, a wrong configuration, a folder that cannot be looked into); 130 interrupted.
    With --fix, what is left counts; with --fix-only, nothing does; with --diff, 1 says that there is one.
    """
    from losslint.app.configuration import ConfigurationError, Given
    from losslint.app.telling import Rules, Unusable, Wanted
    from losslint.rules.registry import UnknownSelector
    from losslint.rules.selection import selected

    try:
        selected(select, ignore, advice)
    except UnknownSelector as error:
        raise click.UsageError(str(error)) from None
    from losslint.app.outputs import outputs, write_all
    from losslint.app.reporting import material_of, reports
    from losslint.report.formats import has

    say = Wanted(**wanted)
    for option, given, instead in (
        ("--fix-only", fix_only, "leave --output out, or take --fix"),
        ("--write-baseline", say.write_baseline is not None, "leave --output out"),
        ("--add-noqa", say.add_noqa, "leave --output out"),
    ):
        if given and more_outputs:
            raise click.UsageError(f"{option} writes no report: {instead}")
    if diff and more_outputs:
        raise click.UsageError("--diff writes a difference, and no report: --output-file says where to")
    times = [perf_counter()]
    try:
        jobs, notes, could_not = _jobs(paths or (".",), stdin_filename, Given(config, isolated))
        rules = [Rules(job.says, select, ignore, advice) for job in jobs]
        kept = None if no_cache else _cache(cache_dir, jobs)
        told = say.telling(jobs, rules, kept, processes)
    except (ConfigurationError, Unusable) as error:
        _complain(str(error))
        return FAILED
    report_to = outputs(more_outputs, output_format, output_file, statistics, _usual_format(jobs))
    located = show_undecided or any(has(each.format, "SHOWS_UNDECIDED") for each in report_to)
    codes, explicit = told.codes, told.explicit
    times.append(perf_counter())
    watcher, waiting = _watched(verbose, quiet)
    result = None
    if fix or fix_only or diff:
        from losslint.app.fixing import Fixing, write

        if observations:
            raise click.UsageError("--observations is for reports: code is not changed for what a run has shown")
        if "-" in paths and not diff:
            raise click.UsageError("standard input cannot be fixed: use --diff")
        fixing = Fixing(jobs, codes, explicit, processes, unsafe=unsafe_fixes, located=located, told=told)
        with waiting:
            result = fixing.run()
        not_written = [] if diff else write(jobs, result)
        for problem in (*result.dropped, *not_written):
            _complain(problem, "error" if problem in not_written else "warning")
        could_not = could_not or bool(not_written)
        outcome = result.outcome
    else:
        from losslint.app.lint import lint

        observed = _observed(jobs, observations)
        if observed is None:
            return FAILED
        located = located or bool(observed)
        with waiting:
            outcome = lint(jobs, codes, explicit, processes, kept, located, watcher)
            if observed:
                outcome, more = _decided(outcome, jobs, observed, codes, explicit)
                notes.append(more)
            outcome = told(outcome)
    times.append(perf_counter())
    if not outcome.report.files_read and any(job.asked for job in jobs):
        _complain("no file could be read")
        could_not = True
    for note in chain.from_iterable(notes):
        _complain(note, "warning")
    for unread in outcome.unread:
        _complain(f"not checked: {unread}")
        could_not = True
    for failure in outcome.failures:
        _complain(f"internal error, please report it: {failure}")
        could_not = True
    if told.only_keeps:
        from losslint.app.keeping import kept_for_later

        return FAILED if not kept_for_later(told, outcome) or could_not else CLEAN
    if told.baseline is not None:
        from losslint.app.keeping import gone

        could_not = not gone(told) or could_not
    if result is not None and diff:
        from losslint.app.reporting import difference

        (output,) = report_to
        differences = difference(jobs, result, output.path)
        _write(differences, output.path)
        return FAILED if could_not else FINDINGS if differences and not exit_zero else CLEAN
    material = material_of(
        outcome,
        jobs,
        complete=not could_not,
        result=result,
        statistics=statistics,
        show_undecided=show_undecided,
        show_suppressed=told.shows_suppressed,
        show_fixes=show_fixes,
        quiet=quiet,
    )
    write_all(reports(material, report_to, color, fix_only))
    if watcher is not None and verbose:
        from losslint.app.progress import timings

        times.append(perf_counter())
        _tell(timings(watcher, *(after - before for before, after in pairwise(times))))
    if could_not:
        return FAILED
    return FINDINGS if outcome.report.findings and not exit_zero and not fix_only else CLEAN


def _usual_format(jobs: Sequence[Job]) -> str | None:
    """The format of the first configuration that names one."""
    named = (job.says.value("output-format") for job in jobs if job.says is not None)
    return next((str(value) for value in named if value is not None), None)


def _observed(jobs: list[Job], paths: tuple[str, ...]) -> list[Observations] | None:
    """What the files of observations hold that options and configurations name; None, and a word on it, when one of
    them cannot be used. Without any, nothing is imported for it."""
    if not paths and not any(job.observations for job in jobs):
        return []
    from losslint.app.observations import ObservationsError, given

    try:
        return given(jobs, paths)
    except ObservationsError as error:
        _complain(str(error))
        return None


def _decided(
    outcome: Outcome, jobs: list[Job], observed: list[Observations], codes: Collection[str], explicit: Collection[str]
) -> tuple[Outcome, list[str]]:
    """What a run found, with what observations say of the calls that it leaves open, and what is worth a word."""
    from dataclasses import replace

    from losslint.app.deciding import decided
    from losslint.app.texts import texts_of

    found = decided(outcome.report, observed, texts_of(jobs).row, codes, explicit)
    return replace(outcome, report=found.report), list(found.notes)


def _watched(verbose: bool, quiet: bool) -> tuple[Watcher | None, AbstractContextManager[None]]:
    """Who looks on while a run lints, and what is shown to somebody who waits for it at a terminal."""
    waits = not quiet and sys.stderr is not None and sys.stderr.isatty()
    if not (waits or verbose):
        return None, nullcontext()
    from losslint.app.progress import Watcher, for_people, progress

    watcher = Watcher(timed=verbose)
    return watcher, progress(watcher) if waits and for_people() else nullcontext()


cli.add_command(run)
cli.add_command(config_command)


def _cache(folder: str | None, jobs: Sequence[Job] = ()) -> Folder | None:
    """The cache's folder: the one that the command line names, a configuration, or the user's."""
    from losslint.app.cache.folder import Folder, default_folder

    named = (job.says.path("cache-dir") for job in jobs if job.says is not None and job.says.layers)
    path = folder or next(filter(None, named), None) or default_folder()
    return Folder(path) if path is not None else None


@cli.command()
@click.option("--cache-dir", metavar="DIR", type=click.Path(file_okay=False, path_type=str), help="As in `check`.")
def clean(cache_dir: str | None) -> int:
    """Remove what earlier runs found from the cache."""
    folder = _cache(cache_dir)
    try:
        removed = folder.clean() if folder is not None else 0
    except OSError as error:
        raise click.ClickException(f"cannot clean the cache: {error.strerror or error}: {error.filename}") from None
    _write(f"{removed} {'answer' if removed == 1 else 'answers'} removed from the cache.\n", None)
    return CLEAN


@cli.command()
@click.argument("selector", required=False, metavar="CODE|NAME")
@click.option("--all", "everything", is_flag=True, help="Every rule.")
@click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to show it."
)
def rule(selector: str | None, everything: bool, output_format: str) -> int:
    """Explain a rule: what it finds, why that is bad, and what to write instead."""
    from losslint.rules.registry import UnknownSelector, all_rules, load, resolve

    if everything == (selector is not None):
        raise click.UsageError("give one rule, by its code or its name, or --all")
    try:
        rules = all_rules() if everything else tuple(load(code) for code in sorted(resolve(selector or "")))
    except UnknownSelector as error:
        raise click.UsageError(str(error)) from None
    if output_format == "json":
        import json

        _write(json.dumps([_described(each) for each in rules], indent=2) + "\n", None)
    else:
        _write("\n\n".join(_explained(each) for each in rules), None)
    return CLEAN


def _described(each: Rule) -> dict[str, str | None]:
    return {
        "code": each.code,
        "name": each.name,
        "severity": each.severity.value,
        "summary": each.summary,
        "explanation": each.documentation,
        "fix": each.fix,
        "url": None,  # until the pages are published
    }


def _explained(each: Rule) -> str:
    return f"# {each.name} ({each.code}, {each.severity.value})\n\n{each.documentation.strip()}\n"


# ---------------------------------------------------------------- what to lint


def _jobs(paths: tuple[str, ...], stdin_filename: str | None, given: Given) -> tuple[list[Job], list[list[str]], bool]:
    """The projects to lint; what will be noted about each; whether some of what was asked for cannot be looked at."""
    from losslint.app.projects import projects

    if "-" in paths:
        if len(paths) > 1:
            raise click.UsageError("`-` reads standard input: it cannot be combined with paths")
        job, stdin_notes = _stdin_job(stdin_filename, given)
        return [job], [stdin_notes], False
    if stdin_filename is not None:
        raise click.UsageError("--stdin-filename goes with the path `-`")
    found, jobs = projects(paths, given)
    for path in found.missing:
        _complain(f"no such file or folder: {path}")
    for path, why in found.problems:
        _complain(f"{path}: {why}")
    if found.missing and not found.asked:
        sys.exit(FAILED)
    if not found.asked and not found.problems:
        _complain("no Python files found here", "warning")
    return jobs, [project.notes for project in found.projects], bool(found.missing or found.problems)


def _stdin_job(filename: str | None, given: Given) -> tuple[Job, list[str]]:
    from losslint.app.stdin import standard_input

    if filename is not None and (not os.path.basename(filename) or os.path.isdir(filename)):
        raise click.UsageError("--stdin-filename names a folder")
    if sys.stdin is None:
        raise click.UsageError("standard input is closed")
    return standard_input(sys.stdin.buffer.read(), filename, given)


# ---------------------------------------------------------------- the way in


def main() -> None:
    """Run the command and exit with its status."""
    # A run is short and keeps nearly all that it makes: whoever lets go of much looks for garbage himself.
    gc.disable()
    try:
        status = cli.main(prog_name="losslint", standalone_mode=False)
    except click.ClickException as error:
        shown = StringIO()
        error.show(shown)
        if sys.stderr is not None:
            sys.stderr.write(_safe(shown.getvalue(), keep="\n"))
        status = FAILED
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted")
        status = INTERRUPTED
    except Exception as error:
        if os.environ.get("LOSSLINT_DEBUG"):
            raise
        # An exit status of 1 would say that something was found.
        _complain(f"internal error, please report it: {type(error).__name__}: {error} (LOSSLINT_DEBUG=1 shows where)")
        status = FAILED
    sys.exit(status if isinstance(status, int) else CLEAN)

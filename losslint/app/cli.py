"""The command: options in, a report and an exit status out."""

from __future__ import annotations

import gc
import os
import sys
from io import StringIO
from itertools import chain
from typing import TYPE_CHECKING

import click

from losslint import __version__
from losslint.app.config_command import config as config_command
from losslint.app.options import configurations, rules_and_report, what_is_told
from losslint.app.run_command import run
from losslint.app.server_command import server as server_command
from losslint.app.terminal import complain as _complain
from losslint.app.terminal import safe as _safe
from losslint.app.terminal import style as _style
from losslint.app.terminal import write as _write

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from losslint.app.cache.folder import Folder
    from losslint.app.configuration import Given
    from losslint.app.fixing import Result
    from losslint.app.lint import Job, Outcome
    from losslint.app.observations import Observations
    from losslint.fixes.plan import Plans
    from losslint.report.style import Style
    from losslint.rules.rule import Rule
    from losslint.vocabulary.findings import Finding

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


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=str))
@rules_and_report
@configurations
@what_is_told
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when something was found.")
@click.option(
    "--show-undecided", is_flag=True, help="List the loss calls about which nothing can be said, and why (not in JSON)."
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
def check(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    advice: bool,
    output_format: str,
    output_file: str | None,
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
    try:
        jobs, notes, could_not = _jobs(paths or (".",), stdin_filename, Given(config, isolated))
        rules = [Rules(job.says, select, ignore, advice) for job in jobs]
        kept = None if no_cache else _cache(cache_dir, jobs)
        told = Wanted(**wanted).telling(jobs, rules, kept, processes)
    except (ConfigurationError, Unusable) as error:
        _complain(str(error))
        return FAILED
    output_format = _output_format(output_format, jobs)
    codes, explicit = told.codes, told.explicit
    result = None
    if fix or fix_only or diff:
        from losslint.app.fixing import Fixing, write

        if observations:
            raise click.UsageError("--observations is for reports: code is not changed for what a run has shown")
        if "-" in paths and not diff:
            raise click.UsageError("standard input cannot be fixed: use --diff")
        fixing = Fixing(jobs, codes, explicit, processes, unsafe=unsafe_fixes, located=show_undecided, told=told)
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
        located = show_undecided or bool(observed)
        outcome = lint(jobs, codes, explicit, processes, kept, located)
        if observed:
            outcome = _decided(outcome, jobs, observed, codes, explicit)
        outcome = told(outcome)
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
    style = _style(color, output_file)
    if told.only_keeps:
        from losslint.app.keeping import kept_for_later

        return FAILED if not kept_for_later(told, outcome) or could_not else CLEAN
    if told.baseline is not None:
        from losslint.app.keeping import gone

        could_not = not gone(told) or could_not
    if result is not None and diff:
        differences = _diff(jobs, result, output_file)
        _write(differences, output_file)
        return FAILED if could_not else FINDINGS if differences and not exit_zero else CLEAN
    report = ""
    if not fix_only:
        report = _report(outcome, jobs, output_format, statistics, show_undecided, quiet, style)
    if told.shows_suppressed and output_format != "json":
        from losslint.app.keeping import kept_back

        report = kept_back(outcome.report.suppressed, style) + report
    if result is not None and output_format != "json":
        report += _fixed(result, show_fixes, quiet, style)
    _write(report, output_file)
    if could_not:
        return FAILED
    return FINDINGS if outcome.report.findings and not exit_zero and not fix_only else CLEAN


def _output_format(given: str, jobs: Sequence[Job]) -> str:
    """The format that the command line names, or else the first configuration that does."""
    source = click.get_current_context().get_parameter_source("output_format")
    if source is not None and source.name == "DEFAULT":
        values = (job.says.value("output-format") for job in jobs if job.says is not None)
        return next((str(value) for value in values if value is not None), given)
    return given


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
) -> Outcome:
    """What a run found, with what observations say of the calls that it leaves open."""
    from dataclasses import replace

    from losslint.app.deciding import decided
    from losslint.app.texts import texts_of

    found = decided(outcome.report, observed, texts_of(jobs).row, codes, explicit)
    for note in found.notes:
        _complain(note, "warning")
    return replace(outcome, report=found.report)


cli.add_command(run)
cli.add_command(config_command)
cli.add_command(server_command)


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


# ---------------------------------------------------------------- what to say


def _report(
    outcome: Outcome,
    jobs: list[Job],
    output_format: str,
    statistics: bool,
    show_undecided: bool,
    quiet: bool,
    style: Style,
) -> str:
    report = outcome.report
    if output_format == "json":
        from losslint.app.texts import texts_of
        from losslint.report.as_json import as_json, statistics_as_json

        if statistics:
            return statistics_as_json(report.findings)
        return as_json(report.findings, texts_of(jobs), plans=_plans(jobs, report.findings))
    from losslint.report import summary

    parts = []
    plans = None
    if statistics:
        parts.append(summary.statistics(report.findings))
        if not show_undecided:
            parts.append(summary.reasons(report.judgements))
    elif report.findings and output_format == "full":
        from losslint.app.texts import texts_of
        from losslint.report.full import full

        plans = _plans(jobs, report.findings)
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


def _plans(jobs: list[Job], findings: tuple[Finding, ...]) -> Plans | None:
    """What mends findings, if any of them can be mended: nothing of it is imported otherwise."""
    if not any(finding.repair is not None for finding in findings):
        return None
    from losslint.fixes.plan import Plans

    return Plans([(job.tree, job.asked) for job in jobs], findings)


def _fixed(result: Result, show_fixes: bool, quiet: bool, style: Style) -> str:
    """What was mended."""
    from losslint.report.fixes import made, made_where

    findings = [mended.finding for mended in result.mended]
    told = "" if quiet else made(findings, style)
    if show_fixes:
        told += made_where(
            (mended.finding, dict.fromkeys(edit.filename for edit in mended.fix.edits)) for mended in result.mended
        )
    return told


def _diff(jobs: list[Job], result: Result, output_file: str | None) -> str:
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
    return _safe(text, keep="\n\t") if on_terminal else text


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

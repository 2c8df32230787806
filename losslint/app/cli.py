"""The command: options in, a report and an exit status out."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from io import StringIO
from itertools import chain
from typing import TYPE_CHECKING

import click

from losslint import __version__

if TYPE_CHECKING:
    from losslint.app.cache.folder import Folder
    from losslint.app.lint import Job, Outcome
    from losslint.report.style import Style
    from losslint.report.texts import Texts
    from losslint.rules.rule import Rule

#: Exit statuses: nothing found, findings, the job could not be done, interrupted.
CLEAN, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130


#: How often Python looks for garbage, before losslint says otherwise for its own run.
_USUAL = gc.get_threshold()


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
@click.option("--select", multiple=True, metavar="CODES", help="Rules to run: codes, beginnings of codes, or names.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Rules to leave out.")
@click.option("--advice", is_flag=True, help="Also tell what works but could be better.")
@click.option(
    "--output-format",
    type=click.Choice(["full", "concise", "json"]),
    default="full",
    show_default=True,
    help="How to report.",
)
@click.option("-o", "--output-file", type=click.Path(dir_okay=False, path_type=str), help="Write the report to a file.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when something was found.")
@click.option(
    "--show-undecided", is_flag=True, help="List the loss calls about which nothing can be said, and why (not in JSON)."
)
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
    statistics: bool,
    processes: int | None,
    no_cache: bool,
    cache_dir: str | None,
    stdin_filename: str | None,
    color: str,
    quiet: bool,
) -> int:
    """Lint files and folders (by default the current one); `-` reads standard input.

    \b
    Exit status: 0 nothing found; 1 something found (a file that cannot be parsed, too); 2 the job could not be done
    (unknown option, missing path, a wrong configuration, a folder that cannot be looked into); 130 interrupted.
    """
    from losslint.rules.registry import UnknownSelector
    from losslint.rules.selection import selected

    try:
        codes, explicit = selected(select, ignore, advice)
    except UnknownSelector as error:
        raise click.UsageError(str(error)) from None
    from losslint.app.configuration import ConfigurationError

    try:
        jobs, notes, could_not = _jobs(paths or (".",), stdin_filename)
    except ConfigurationError as error:
        _complain(str(error))
        return FAILED
    from losslint.app.lint import lint

    outcome = lint(jobs, codes, explicit, processes, None if no_cache else _cache(cache_dir), show_undecided)
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
    report = _report(outcome, jobs, output_format, statistics, show_undecided, quiet, _style(color, output_file))
    _write(report, output_file)
    if could_not:
        return FAILED
    return FINDINGS if outcome.report.findings and not exit_zero else CLEAN


class _Run(click.Command):
    """What follows the script, or `-m` and its module, is the program's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from losslint.app.running import split

        names = {name for each in self.params for name in each.opts if isinstance(each, click.Option)}
        valued = {
            name for each in self.params if isinstance(each, click.Option) and not each.is_flag for name in each.opts
        }
        return super().parse_args(ctx, split(args, lambda argument: argument in names & valued))


@cli.command(cls=_Run)
@click.argument("program", nargs=-1, type=click.UNPROCESSED, metavar="SCRIPT|-m MODULE [ARGS]...")
@click.option("--module", hidden=True)
@click.option("--select", multiple=True, metavar="CODES", help="Rules to run: codes, beginnings of codes, or names.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Rules to leave out.")
@click.option("--advice", is_flag=True, help="Also tell what works but could be better.")
@click.option(
    "--output-format",
    type=click.Choice(["full", "concise", "json"]),
    default="full",
    show_default=True,
    help="How to report.",
)
@click.option("-o", "--output-file", type=click.Path(dir_okay=False, path_type=str), help="Write the report to a file.")
@click.option("--fail-on-findings", is_flag=True, help="Exit with 1 if something was found and the program gave 0.")
@click.option(
    "--values/--no-values",
    default=True,
    show_default=True,
    help="Look at the values of the first calls of each line, and of 1 in 100 later.",
)
def run(
    program: tuple[str, ...],
    module: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    advice: bool,
    output_format: str,
    output_file: str | None,
    fail_on_findings: bool,
    values: bool,
) -> int:
    """Run a program and watch the losses that it computes: `losslint run train.py ARGS`, `losslint run -m package.train
    ARGS`. It needs torch.

    The report goes to standard error or to a file, when the program has ended. The exit status is the program's.
    Processes that it starts warn of what they find, at the line (they get LOSSLINT in their environment).
    """
    from losslint.app.running import Program, ended, reported
    from losslint.rules.registry import UnknownSelector

    if module is None and not program:
        raise click.UsageError("give a script, or -m and a module")
    if module is None and not os.path.exists(program[0]):
        raise click.UsageError(f"no such file or folder: {program[0]}")
    folder = os.getcwd()
    try:
        from losslint.runtime.environment import handed_on
        from losslint.runtime.watching import watch
    except ImportError as error:
        raise click.ClickException(f"torch cannot be imported, and watching a program needs it: {error}") from None
    what = Program(None, module, program) if module is not None else Program(program[0], None, program[1:])
    gc.set_threshold(*_USUAL)  # the program's own garbage is collected as ever
    try:
        watched = watch("record", select=select, ignore=ignore, advice=advice, values=values)
        with watched as session, handed_on(select, ignore, advice, values):
            status = ended(what)
    except UnknownSelector as error:
        raise click.UsageError(str(error)) from None
    for failure in session.failures:
        _complain(f"internal error, please report it: {failure}")
    report = session.report()
    text = reported(report, output_format, _style("auto", output_file or os.devnull), folder)
    if output_file is not None:
        _write(text, os.path.join(folder, output_file))
    elif sys.stderr is not None:
        encoding = sys.stderr.encoding or "utf-8"
        sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
    return FINDINGS if fail_on_findings and report.findings and not status else status


def _cache(folder: str | None) -> Folder | None:
    from losslint.app.cache.folder import Folder, default_folder

    path = folder or default_folder()
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


def _jobs(paths: tuple[str, ...], stdin_filename: str | None) -> tuple[list[Job], list[list[str]], bool]:
    """The projects to lint; what will be noted about each; whether some of what was asked for cannot be looked at."""
    from losslint.app.configuration import configured
    from losslint.app.discovery import discover
    from losslint.app.lint import Job

    if "-" in paths:
        if len(paths) > 1:
            raise click.UsageError("`-` reads standard input: it cannot be combined with paths")
        job, stdin_notes = _stdin_job(stdin_filename)
        return [job], [stdin_notes], False
    if stdin_filename is not None:
        raise click.UsageError("--stdin-filename goes with the path `-`")
    found = discover(paths)
    given = {os.path.abspath(path) for path in paths}
    for path in found.missing:
        _complain(f"no such file or folder: {path}")
    for path, why in found.problems:
        _complain(f"{path}: {why}")
    if found.missing and not found.asked:
        sys.exit(FAILED)
    if not found.asked and not found.problems:
        _complain("no Python files found here", "warning")
    jobs = [
        Job(
            project.tree,
            project.asked,
            frozenset(name for name in project.asked if os.path.join(project.root, *name.split("/")) in given),
            configured(project.root),
        )
        for project in found.projects
    ]
    return jobs, [project.notes for project in found.projects], bool(found.missing or found.problems)


def _stdin_job(filename: str | None) -> tuple[Job, list[str]]:
    from losslint.app.stdin import standard_input

    if filename is not None and (not os.path.basename(filename) or os.path.isdir(filename)):
        raise click.UsageError("--stdin-filename names a folder")
    if sys.stdin is None:
        raise click.UsageError("standard input is closed")
    return standard_input(sys.stdin.buffer.read(), filename)


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
        from losslint.report.as_json import as_json, statistics_as_json

        if statistics:
            return statistics_as_json(report.findings)
        return as_json(report.findings, _texts(jobs))
    from losslint.report import summary

    parts = []
    if statistics:
        parts.append(summary.statistics(report.findings))
        if not show_undecided:
            parts.append(summary.reasons(report.judgements))
    elif report.findings and output_format == "full":
        from losslint.report.full import full

        parts.append(full(report.findings, _texts(jobs), style))
    elif report.findings:
        from losslint.report.concise import concise

        parts.append(concise(report.findings, style))
    if show_undecided:
        parts.append(summary.undecided(report.judgements, style))
    if not quiet:
        parts.append(summary.summary(report, style))
    return "".join(parts)


def _texts(jobs: list[Job]) -> Texts:
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


def _style(color: str, output_file: str | None) -> Style:
    """Colour on a terminal that wants it."""
    from losslint.report.style import Style

    stream = None if output_file is not None else sys.stdout
    if color != "auto":
        colourful = color == "always"
    elif output_file is not None or os.environ.get("NO_COLOR"):
        colourful = False
    elif os.environ.get("FORCE_COLOR"):
        colourful = True
    else:
        colourful = stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    return Style(colourful, (stream.encoding if stream is not None else None) or "utf-8")


def _write(text: str, output_file: str | None) -> None:
    """Write a report as it is: what the terminal's encoding does not have is escaped."""
    if output_file is not None:
        try:
            with open(output_file, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
        except OSError as error:
            raise click.UsageError(f"cannot write {_safe(output_file)}: {error.strerror or error}") from None
        return
    if sys.stdout is None:
        raise click.ClickException("cannot write the report: standard output is closed")
    encoding = sys.stdout.encoding or "utf-8"
    safe = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        sys.stdout.write(safe)
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads any more: there is nobody to tell, and the exit status says what was found.
        _drop_output()
    except OSError as error:
        _drop_output()
        raise click.ClickException(f"cannot write the report: {error.strerror or error}") from None


def _drop_output() -> None:
    """What could not be written is not tried once more when the interpreter ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(message: str, sort: str = "error") -> None:
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "utf-8"
    text = f"losslint: {sort}: {_safe(message)}\n"
    sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _safe(text: str, keep: str = "") -> str:
    from losslint.report.escape import escaped

    return escaped(text, keep)


# ---------------------------------------------------------------- the way in


def main() -> None:
    """Run the command and exit with its status."""
    # A run is short and keeps nearly all that it makes: looking for garbage after every 700 objects only costs.
    gc.set_threshold(100_000)
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

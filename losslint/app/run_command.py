"""The command that watches a program: `losslint run`."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from losslint.app.options import configurations, no_suppressions, rules_and_report
from losslint.app.terminal import complain, safe, style, tell, write
from losslint.vocabulary.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Collection

    from losslint.app.configuration import Given
    from losslint.vocabulary.findings import Judgement
    from losslint.vocabulary.observed import Account

#: The exit status that says that something was found, where it is asked for.
FOUND = 1

#: How often Python looks for garbage, before losslint says otherwise for its own run.
_USUAL = gc.get_threshold()


class _Run(click.Command):
    """What follows the script, or `-m` and its module, is the program's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from losslint.app.running import split

        valued = {
            name for each in self.params if isinstance(each, click.Option) and not each.is_flag for name in each.opts
        }
        return super().parse_args(ctx, split(args, valued.__contains__))


@click.command(cls=_Run, short_help="Run a program and watch its losses.")
@click.argument("program", nargs=-1, type=click.UNPROCESSED, metavar="SCRIPT|-m MODULE [ARGS]...")
@click.option("--module", hidden=True)
@rules_and_report
@configurations
@click.option("--fail-on-findings", is_flag=True, help="Exit with 1 if something was found and the program gave 0.")
@click.option(
    "--values/--no-values",
    default=True,
    show_default=True,
    help="Look at the values of the first calls of each line, and of 1 in 200 later.",
)
@click.option(
    "--undecided",
    is_flag=True,
    help="Read the code first, and tell people what was observed of each loss call that it leaves open.",
)
@no_suppressions
@click.option(
    "--write-observations",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=str),
    help="Write what was observed to a file, for `losslint check --observations FILE`.",
)
def run(
    program: tuple[str, ...],
    module: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    advice: bool,
    output_format: str | None,
    output_file: str | None,
    more_outputs: tuple[str, ...],
    fail_on_findings: bool,
    values: bool,
    undecided: bool,
    no_suppressions: bool,
    write_observations: str | None,
    config: tuple[str, ...],
    isolated: bool,
) -> int:
    """Run a program and watch the losses that it computes: `losslint run train.py ARGS`, `losslint run -m package.train
    ARGS`. It needs torch.

    The report goes to standard error or to a file, when the program has ended. The exit status is the program's. What
    the processes see that it starts is in the report, too. In each file, the rules of its project's configuration
    count.
    """
    from time import time_ns

    from losslint.app.configuration import ConfigurationError, Given
    from losslint.app.observations import written
    from losslint.app.observing import compared, has_torch, observed
    from losslint.app.outputs import outputs, write_all
    from losslint.app.running import Program, reported, texts_of_program
    from losslint.app.seen import SeenRules
    from losslint.report.formats import has
    from losslint.rules.registry import UnknownSelector

    if module is None and not program:
        raise click.UsageError("give a script, or -m and a module")
    if module is None and not os.path.exists(program[0]):
        raise click.UsageError(f"no such file or folder: {program[0]}")
    if write_observations is not None and (select or ignore):
        raise click.UsageError("observations are those of all rules: --select and --ignore are options of `check`")
    if write_observations is not None and not os.path.isdir(os.path.dirname(os.path.abspath(write_observations))):
        # Better now than when the program has run for a day.
        raise click.UsageError(f"cannot write {safe(write_observations)}: there is no such folder")
    wanted = outputs(more_outputs, output_format, output_file)
    what = Program(None, module, program) if module is not None else Program(program[0], None, program[1:])
    from losslint.app.watchlist import project_of

    root = project_of(what)
    given = Given(config, isolated)
    rules = SeenRules(given, select, ignore, advice)
    try:
        own = rules.of_project(root)
    except UnknownSelector as error:
        raise click.UsageError(str(error)) from None
    except ConfigurationError as error:
        # Better now than when the program has run for a day.
        raise click.ClickException(str(error)) from None
    if not has_torch():
        raise click.ClickException("torch cannot be imported, and watching a program needs it: it is not installed")
    folder, started = os.getcwd(), time_ns()
    watched = _watch_list(root, own.codes, own.spoken, given) if undecided else None
    # The program's own garbage is collected as ever.
    gc.set_threshold(*_USUAL)
    gc.enable()
    try:
        # Advice, too: whether it is wanted, each file's project says.
        status, seen = observed(what, select, ignore, True, values)
    except ImportError as error:
        raise click.ClickException(f"torch cannot be imported, and watching a program needs it: {error}") from None
    if seen is None:
        return status
    for failure in seen.failures:
        complain(f"internal error, please report it: {failure}")
    report = rules.told(seen.report(), folder)
    for problem in rules.problems:
        complain(problem, "warning")
    if report.findings and not no_suppressions:
        from losslint.app.suppressions.applied import seen_at_run_time

        report = seen_at_run_time(report, folder)
    texts = texts_of_program(folder)

    def say(text: str, path: str | None) -> None:
        # Standard output is the program's.
        tell(text) if path is None else write(text, os.path.join(folder, path))

    told = []
    for output in wanted:
        paint = style("auto", output.path or os.devnull)
        text = reported(report, output.format, paint, texts)
        if watched is not None and has(output.format, "FOR_TERMINALS"):
            text = compared(watched, seen, folder, paint) + text
        told.append((text, output.path))
    write_all(told, say)
    if write_observations is not None:
        path = os.path.join(folder, write_observations)
        text, changed = written(_without_advice(seen, advice), path, root, folder, texts.row, started)
        for file in changed:
            complain(f"nothing is written of {file}: it has changed since the program was started", "warning")
        write(text, path)
    return FOUND if fail_on_findings and report.findings and not status else status


def _without_advice(seen: Account, wanted: bool) -> Account:
    """What was seen, with the advice only where it is `wanted`."""
    findings = tuple(each for each in seen.findings if wanted or each.severity is not Severity.ADVICE)
    return replace(seen, findings=findings)


def _watch_list(root: str, codes: Collection[str], explicit: Collection[str], given: Given) -> tuple[Judgement, ...]:
    """What the code of a project leaves open. Ends the command when its configuration cannot be followed."""
    from losslint.app.configuration import ConfigurationError
    from losslint.app.watchlist import watch_list

    try:
        found = watch_list(root, codes, explicit, given)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    for problem in found.problems:
        complain(problem, "warning")
    return found.judgements

"""The command that lints: `losslint check`, which is meant where no command is named."""

from __future__ import annotations

from itertools import chain, pairwise
from time import perf_counter
from typing import TYPE_CHECKING

import click

from losslint.app.options import (
    configurations,
    fixes_and_counts,
    how_it_is_done,
    rules_and_report,
    what_is_told,
)
from losslint.app.statuses import CLEAN, FAILED, FINDINGS
from losslint.app.terminal import complain, tell

if TYPE_CHECKING:
    from typing import Any


@click.command(short_help="Lint files and folders (the default).")
@click.argument("paths", nargs=-1, type=click.Path(path_type=str))
@rules_and_report
@configurations
@what_is_told
@fixes_and_counts
@how_it_is_done
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
    force_exclude: bool | None,
    doctests: bool | None,
    observations: tuple[str, ...],
    color: str,
    watch: bool,
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
    from losslint.app.checking import check_options, fixed, linted, looked_at_all, made
    from losslint.app.configuration import ConfigurationError, Given
    from losslint.app.outputs import outputs, write_all
    from losslint.app.preparing import cache_of, jobs_of, observed_of, usual_format, watched
    from losslint.app.reporting import material_of, reports
    from losslint.app.telling import Rules, Unusable, Wanted
    from losslint.report.formats import has

    say = Wanted(**wanted)
    check_options(paths, select, ignore, advice, more_outputs, fix, fix_only, diff, observations, say, watch)
    if watch:
        from losslint.app.again import again

        return again(click.get_current_context())
    times = [perf_counter()]
    try:
        jobs, notes, could_not = jobs_of(
            paths or (".",), stdin_filename, Given(config, isolated, force_exclude, doctests)
        )
        rules = [Rules(job.says, select, ignore, advice) for job in jobs]
        cache = None if no_cache else cache_of(cache_dir, jobs)
        told = say.telling(jobs, rules, cache, processes)
    except (ConfigurationError, Unusable) as error:
        complain(str(error))
        return FAILED
    report_to = outputs(more_outputs, output_format, output_file, statistics, usual_format(jobs))
    located = show_undecided or any(has(each.format, "SHOWS_UNDECIDED") for each in report_to)
    times.append(perf_counter())
    watcher, waiting = watched(verbose, quiet)
    result = None
    if fix or fix_only or diff:
        with waiting:
            result = fixed(told, processes, unsafe_fixes, located)
        could_not = not made(jobs, result, written=not diff) or could_not
        outcome = result.outcome
    else:
        observed = observed_of(jobs, observations)
        if observed is None:
            return FAILED
        with waiting:
            outcome, more = linted(told, processes, cache, located, observed, watcher)
        notes.append(list(more))
    times.append(perf_counter())
    could_not = not looked_at_all(outcome, jobs, chain.from_iterable(notes)) or could_not
    if told.only_keeps:
        from losslint.app.keeping import kept_for_later

        return FAILED if not kept_for_later(told, outcome) or could_not else CLEAN
    if told.baseline is not None:
        from losslint.app.keeping import gone

        could_not = not gone(told) or could_not
    if result is not None and diff:
        from losslint.app.reporting import difference
        from losslint.app.terminal import write

        (output,) = report_to
        differences = difference(jobs, result, output.path)
        write(differences, output.path)
        if not differences and not unsafe_fixes and not quiet:
            from losslint.app.reporting import only_unsafe

            tell(only_unsafe(jobs, outcome.report.findings))
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
        tell(timings(watcher, *(after - before for before, after in pairwise(times))))
    if could_not:
        return FAILED
    return FINDINGS if outcome.report.findings and not exit_zero and not fix_only else CLEAN

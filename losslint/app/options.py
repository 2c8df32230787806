"""The options of the commands, in the groups in which help shows them; several commands share some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from losslint.app.completion import rules
from losslint.report.formats import names

_Command = TypeVar("_Command", bound=Callable[..., Any])


if TYPE_CHECKING:
    _Parameter = click.ParamType[str]
else:
    _Parameter = click.ParamType  # older versions of click cannot be told what it holds


class _Format(_Parameter):
    """The name of a format. The names are looked for when somebody asks: a start does not need them."""

    name = "format"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """How help shows it."""
        return f"[{'|'.join(names())}]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as it is, or an error that says which there are."""
        if value not in names():
            from losslint.app.outputs import unknown

            self.fail(unknown(value), param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """The names that begin so."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(each) for each in names() if each.startswith(incomplete)]


def _with(command: _Command, options: Sequence[Callable[[Any], Any]]) -> _Command:
    """A command with some options more, which its help lists in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def rules_and_report(command: _Command) -> _Command:
    """`--select`, `--ignore`, `--advice`, `--output-format`, `--output-file` and `--output`, in this order."""
    options = (
        click.option(
            "--select",
            multiple=True,
            metavar="CODES",
            shell_complete=rules,
            help="Rules to run: codes, beginnings of codes, or names.",
        ),
        click.option("--ignore", multiple=True, metavar="CODES", shell_complete=rules, help="Rules to leave out."),
        click.option("--advice", is_flag=True, help="Also tell what works but could be better."),
        click.option("--output-format", type=_Format(), help="How to report.  [default: full]"),
        click.option(
            "-o",
            "--output-file",
            type=click.Path(dir_okay=False, allow_dash=True, path_type=str),
            help="Write the report to a file.",
        ),
        click.option(
            "--output",
            "more_outputs",
            multiple=True,
            metavar="FORMAT[:FILE]",
            help="Several reports in one run: may be given more than once; without FILE, to standard output.",
        ),
    )
    return _with(command, options)


def no_suppressions(command: _Command) -> _Command:
    """`--no-suppressions`, which ruff calls `--ignore-noqa`."""
    return click.option(
        "--no-suppressions",
        "--ignore-noqa",
        "no_suppressions",
        is_flag=True,
        help="Also report what comments (# noqa, # losslint: ignore) suppress.",
    )(command)


def configurations(command: _Command) -> _Command:
    """`--config` and `--isolated`."""
    options = (
        click.option(
            "--config",
            "config",
            multiple=True,
            metavar="FILE|KEY=VALUE",
            help="A configuration instead of the one that would be found, or one entry of it, as TOML.",
        ),
        click.option("--isolated", is_flag=True, help="Follow no configuration that is found."),
    )
    return _with(command, options)


def what_is_told(command: _Command) -> _Command:
    """What of the findings is told, and what is kept for later runs."""
    options = (
        click.option(
            "--since", metavar="REV", help="Only what concerns rows that have changed since a revision of git."
        ),
        click.option("--baseline", metavar="FILE", type=_file(), help="Findings that are known, and not reported."),
        click.option("--write-baseline", metavar="FILE", type=_file(), help="Write all findings to a baseline."),
        click.option("--update-baseline", is_flag=True, help="Drop from the baseline what is not found any more."),
        no_suppressions,
        click.option("--show-suppressed", is_flag=True, help="List what is suppressed, in the formats for people."),
        click.option("--add-noqa", is_flag=True, help="Add a # noqa comment for each finding, and report nothing."),
    )
    return _with(command, options)


def fixes_and_counts(command: _Command) -> _Command:
    """What is mended, what is counted in place of the findings, and what counts for the exit status."""
    options = (
        click.option("--exit-zero", is_flag=True, help="Exit with 0 even when something was found."),
        click.option(
            "--show-undecided",
            is_flag=True,
            help="List the loss calls about which nothing can be said, and why, in the formats for people.",
        ),
        click.option("--fix", is_flag=True, help="Mend what can be mended without changing what is computed."),
        click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also what changes what is computed."),
        click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing."),
        click.option("--fix-only", is_flag=True, help="Mend, and do not report what is left."),
        click.option("--show-fixes", is_flag=True, help="List what was mended."),
        click.option("--statistics", is_flag=True, help="Count findings by rule and the undecided by reason."),
    )
    return _with(command, options)


def how_it_is_done(command: _Command) -> _Command:
    """What a run uses beside the files, and how it looks to whoever has started it."""
    options = (
        click.option(
            "-j",
            "--jobs",
            "processes",
            type=click.IntRange(1),
            metavar="N",
            help="At most N processes (by default: as pays).",
        ),
        click.option(
            "--no-cache", is_flag=True, help="Neither use what earlier runs found nor keep what this one finds."
        ),
        click.option(
            "--cache-dir",
            metavar="DIR",
            type=click.Path(file_okay=False, path_type=str),
            help="Where to keep it (by default LOSSLINT_CACHE_DIR, or the user's folder for caches).",
        ),
        click.option(
            "--stdin-filename", metavar="FILE", help="The name of what is read from standard input (path `-`)."
        ),
        click.option(
            "--force-exclude/--no-force-exclude",
            default=None,
            help="Leave out what the configuration excludes even when it is given by its name.",
        ),
        click.option("--doctests/--no-doctests", default=None, help="Also look at the examples (>>> …) of docstrings."),
        click.option(
            "--observations",
            multiple=True,
            metavar="FILE",
            type=click.Path(path_type=str),
            help="What `losslint run --write-observations` wrote: decides what the code leaves open.",
        ),
        click.option(
            "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="Colour."
        ),
        click.option("--watch", is_flag=True, help="Lint again whenever a file changes, until Ctrl-C."),
        click.option("-q", "--quiet", is_flag=True, help="Only findings, no summary."),
        click.option("-v", "--verbose", is_flag=True, help="Tell where the time went, on standard error."),
        click.option(
            "--profile",
            metavar="FILE",
            type=_file(),
            expose_value=False,
            is_eager=True,
            callback=_profiled,
            help="Write a profile of this process, for `python -m pstats FILE`.",
        ),
    )
    return _with(command, options)


def _profiled(context: click.Context, _: click.Parameter, path: str | None) -> None:
    if path is not None:
        from losslint.app.profiling import start

        start(context, path)


def _file() -> click.Path:
    return click.Path(dir_okay=False, path_type=str)

"""Options that the commands share: which rules there are, and how to report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from losslint.app.completion import rules

_Command = TypeVar("_Command", bound=Callable[..., Any])


def rules_and_report(command: _Command) -> _Command:
    """`--select`, `--ignore`, `--advice`, `--output-format` and `--output-file`, in this order."""
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
        click.option(
            "--output-format",
            type=click.Choice(["full", "concise", "json"]),
            default="full",
            show_default=True,
            help="How to report.",
        ),
        click.option(
            "-o", "--output-file", type=click.Path(dir_okay=False, path_type=str), help="Write the report to a file."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


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
    for option in reversed(options):
        command = option(command)
    return command


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
        click.option("--show-suppressed", is_flag=True, help="List what is suppressed, and by what (not in JSON)."),
        click.option("--add-noqa", is_flag=True, help="Add a # noqa comment for each finding, and report nothing."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _file() -> click.Path:
    return click.Path(dir_okay=False, path_type=str)

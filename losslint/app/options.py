"""Options that the commands share: which rules there are, and how to report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def rules_and_report(command: _Command) -> _Command:
    """`--select`, `--ignore`, `--advice`, `--output-format` and `--output-file`, in this order."""
    options = (
        click.option(
            "--select", multiple=True, metavar="CODES", help="Rules to run: codes, beginnings of codes, or names."
        ),
        click.option("--ignore", multiple=True, metavar="CODES", help="Rules to leave out."),
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

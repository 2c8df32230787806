"""Options that the commands share: which rules there are, and how to report."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

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


def rules_and_report(command: _Command) -> _Command:
    """`--select`, `--ignore`, `--advice`, `--output-format`, `--output-file` and `--output`, in this order."""
    options = (
        click.option(
            "--select", multiple=True, metavar="CODES", help="Rules to run: codes, beginnings of codes, or names."
        ),
        click.option("--ignore", multiple=True, metavar="CODES", help="Rules to leave out."),
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
    for option in reversed(options):
        command = option(command)
    return command

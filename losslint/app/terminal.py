"""What a person sees: reports and complaints, as the place where they go can show them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from losslint.report.style import Style


def style(color: str, output_file: str | None) -> Style:
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


def write(text: str, output_file: str | None) -> None:
    """Write a report as it is: what the terminal's encoding does not have is escaped."""
    if output_file is not None:
        from losslint.app.saving import save

        try:
            save(output_file, text.replace("\n", os.linesep).encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise click.UsageError(f"cannot write {safe(output_file)}: {error.strerror or error}") from None
        return
    if sys.stdout is None:
        raise click.ClickException("cannot write the report: standard output is closed")
    try:
        sys.stdout.write(_encodable(text, sys.stdout))
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


def complain(message: str, sort: str = "error") -> None:
    """Say on standard error what went wrong, or is worth a word."""
    tell(f"losslint: {sort}: {safe(message)}\n")


def tell(text: str) -> None:
    """Write to standard error, where there is one: what its encoding does not have is escaped."""
    if sys.stderr is not None:
        sys.stderr.write(_encodable(text, sys.stderr))


def _encodable(text: str, stream: TextIO) -> str:
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def safe(text: str, keep: str = "") -> str:
    """Text with escapes for what a terminal would obey; what is in `keep` stays."""
    from losslint.report.escape import escaped

    return escaped(text, keep)

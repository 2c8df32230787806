"""Which reports a run writes, and where to: `--output-format`, `--output-file` and `--output`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import click

from losslint.app.terminal import complain, safe, write
from losslint.report.formats import DEFAULT, has, names


@dataclass(frozen=True, slots=True)
class Output:
    """One report: its format, and the file that it goes to (None: standard output)."""

    format: str
    path: str | None = None


def outputs(
    given: Sequence[str],
    output_format: str | None,
    output_file: str | None,
    statistics: bool = False,
    usual: str | None = None,
) -> tuple[Output, ...]:
    """The reports that options ask for. Without `--output` there is one. `usual` is the format where none is named, of
    a configuration. Raises click.UsageError for two that go to the same place, for a file in a folder that does not
    exist, and for `--statistics` where no report would show them."""
    found = []
    if output_format is not None or output_file is not None or not given:
        found.append(Output(output_format or usual or DEFAULT, _path(output_file)))
    found += [_output(each) for each in given]
    places: set[str | None] = set()
    for each in found:
        if each.path is not None and not os.path.isdir(os.path.dirname(os.path.abspath(each.path))):
            # Better now than when everything is linted.
            raise click.UsageError(f"cannot write {safe(each.path)}: there is no such folder, create it first")
        place = os.path.realpath(each.path) if each.path is not None else None
        if place in places:
            where = "standard output" if each.path is None else safe(each.path)
            raise click.UsageError(
                f"two reports cannot both go to {where}: give one of them a file, `--output FORMAT:FILE`"
            )
        places.add(place)
    if statistics and not any(has(each.format, "COUNTS") for each in found):
        raise click.UsageError(f"--statistics does not go with the format {found[0].format}, which is for the findings")
    return tuple(found)


def _output(text: str) -> Output:
    name, _, path = text.partition(":")
    if name not in names():
        raise click.UsageError(unknown(name))
    return Output(name, _path(path))


def _path(text: str | None) -> str | None:
    return None if text in (None, "", "-") else text


def unknown(name: str) -> str:
    """The sentence that says that there is no such format, and which one was meant."""
    from difflib import get_close_matches

    near = get_close_matches(name, names(), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}"
    return f"no format is called {safe(repr(name))} ({hint})"


def write_all(reports: Iterable[tuple[str, str | None]], write_one: Callable[[str, str | None], None] = write) -> None:
    """Write texts to their files, and None to standard output. One that cannot be written does not keep the others
    from being written. Raises click.ClickException."""
    failed: list[click.ClickException] = []
    for text, path in reports:
        try:
            write_one(text, path)
        except click.ClickException as error:
            failed.append(error)
    for other in failed[1:]:
        complain(other.message)
    if failed:
        raise failed[0]

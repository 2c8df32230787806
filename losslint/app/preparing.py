"""What a run of `check` has before it lints: projects, a cache, a format, observations, and who looks on."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from losslint.app.statuses import FAILED
from losslint.app.terminal import complain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from losslint.app.cache.folder import Folder
    from losslint.app.configuration import Given
    from losslint.app.lint import Job
    from losslint.app.observations import Observations
    from losslint.app.progress import Watcher


#: So many paths are named, where something is to be said of all.
MOST_NAMED = 3


def jobs_of(
    paths: tuple[str, ...], stdin_filename: str | None, given: Given
) -> tuple[list[Job], list[list[str]], bool]:
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
        complain(f"no such file or folder: {path}{_meant(path)}")
    for path, why in found.problems:
        complain(f"{path}: {why}")
    if found.missing and not found.asked:
        sys.exit(FAILED)
    if not found.asked and not found.problems:
        few = f"in {', '.join(paths)}" if len(paths) <= MOST_NAMED else f"in the {len(paths)} paths that were given"
        where = "here" if paths == (".",) else few
        complain(
            f"no Python file, notebook or Markdown page found {where}; what git ignores, or a configuration excludes, "
            "is not looked for",
            "warning",
        )
    return jobs, [project.notes for project in found.projects], bool(found.missing or found.problems)


#: What people type for something that losslint calls otherwise.
_OTHER_WORDS = {"help": "--help", "version": "--version", "lint": "check", "explain": "rule", "rules": "rule --all"}


def _meant(path: str) -> str:
    """What to say of a path that does not exist, but is nearly the name of a command."""
    from difflib import get_close_matches

    root = click.get_current_context().find_root()
    known = root.command.list_commands(root) if isinstance(root.command, click.Group) else []
    near = [_OTHER_WORDS[path]] if path in _OTHER_WORDS else get_close_matches(path, known, n=1, cutoff=0.75)
    return f" (did you mean `losslint {near[0]}`?)" if near else ""


def _stdin_job(filename: str | None, given: Given) -> tuple[Job, list[str]]:
    from losslint.app.stdin import standard_input

    if filename is not None and (not os.path.basename(filename) or os.path.isdir(filename)):
        raise click.UsageError("--stdin-filename names a folder")
    if sys.stdin is None:
        raise click.UsageError("standard input is closed")
    return standard_input(sys.stdin.buffer.read(), filename, given)


def cache_of(folder: str | None, jobs: Sequence[Job] = ()) -> Folder | None:
    """The cache's folder: the one that the command line names, a configuration, or the user's."""
    from losslint.app.cache.folder import Folder, default_folder

    named = (job.says.path("cache-dir") for job in jobs if job.says is not None and job.says.layers)
    path = folder or next(filter(None, named), None) or default_folder()
    return Folder(path) if path is not None else None


def usual_format(jobs: Sequence[Job]) -> str | None:
    """The format of the first configuration that names one."""
    named = (job.says.value("output-format") for job in jobs if job.says is not None)
    return next((str(value) for value in named if value is not None), None)


def observed_of(jobs: list[Job], paths: tuple[str, ...]) -> list[Observations] | None:
    """What the files of observations hold that options and configurations name; None, and a word on it, when one of
    them cannot be used. Without any, nothing is imported for it."""
    if not paths and not any(job.observations for job in jobs):
        return []
    from losslint.app.observations import ObservationsError, given

    try:
        return given(jobs, paths)
    except ObservationsError as error:
        complain(str(error))
        return None


def watched(verbose: bool, quiet: bool) -> tuple[Watcher | None, AbstractContextManager[None]]:
    """Who looks on while a run lints, and what is shown to somebody who waits for it at a terminal."""
    waits = not quiet and sys.stderr is not None and sys.stderr.isatty()
    if not (waits or verbose):
        return None, nullcontext()
    from losslint.app.progress import Watcher, for_people, progress

    watcher = Watcher(timed=verbose)
    return watcher, progress(watcher) if waits and for_people() else nullcontext()

"""`losslint run --undecided`: what the code of a program leaves open, worked out before the program runs."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass

from losslint.app.cache.folder import Folder, default_folder
from losslint.app.configuration import Given
from losslint.app.discovery import project_root
from losslint.app.lint import lint
from losslint.app.projects import projects
from losslint.app.running import Program
from losslint.vocabulary.findings import Judgement


@dataclass(frozen=True, slots=True)
class WatchList:
    """The loss calls of a project, and what kept losslint from looking at some of it."""

    judgements: tuple[Judgement, ...]
    problems: tuple[str, ...] = ()


def project_of(program: Program) -> str:
    """The folder of a program's project, in full: that of the script, or of where a module is looked for."""
    if program.script is None:
        return project_root(os.getcwd())[0]
    script = os.path.abspath(program.script)
    return project_root(script if os.path.isdir(script) else os.path.dirname(script))[0]


def watch_list(root: str, codes: Collection[str], explicit: Collection[str], given: Given) -> WatchList:
    """What the static observer says of a project's files: those that `check` looks for there, without the examples of
    docstrings, which no program runs. Raises ConfigurationError. Nothing is imported."""
    found, jobs = projects([root], Given(given.options, given.isolated, doctests=False))
    kept = default_folder()
    outcome = lint(jobs, codes, explicit, cache=Folder(kept) if kept is not None else None)
    problems = [f"{path}: {why}" for path, why in found.problems]
    problems += [f"internal error, please report it: {failure}" for failure in outcome.failures]
    return WatchList(outcome.report.judgements, tuple(problems))

"""The projects that paths stand for, each with what its configuration says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from losslint.app.configuration import Configuration, Given, configuration
from losslint.app.discovery import SKIPPED_FOLDERS, Discovered, Excludes, discover
from losslint.app.lint import Job

if TYPE_CHECKING:
    from losslint.app.discovery import FoundProject


def projects(paths: Sequence[str], given: Given) -> tuple[Discovered, list[Job]]:
    """What paths stand for, and the jobs that come of it. Raises ConfigurationError."""
    known: dict[str, Configuration] = {}

    def says(root: str) -> Configuration:
        if root not in known:
            known[root] = configuration(root, given)
        return known[root]

    found = discover(paths, lambda root: excludes(says(root), given))
    named = {os.path.abspath(path) for path in paths}
    return found, [_job(project, says(project.root), named, given) for project in found.projects]


def _job(project: FoundProject, says: Configuration, named_paths: set[str], given: Given) -> Job:
    named = frozenset(name for name in project.asked if os.path.join(project.root, *name.split("/")) in named_paths)
    job = Job(project.tree, project.asked, named, says.contracts, says.observations, project.root, says=says)
    return as_asked(job, given)


def as_asked(job: Job, given: Given | None) -> Job:
    """A job with what the command line, or else its configuration, asks for beside files."""
    wanted = given.doctests if given is not None else None
    if wanted is None:
        wanted = job.says is not None and job.says.value("doctests") is True
    if not wanted:
        return job
    from losslint.app.docstrings import with_docstrings

    return with_docstrings(job)


def excludes(says: Configuration, given: Given | None = None) -> Excludes:
    """What a configuration, and the command line before it, say of what is not looked for."""
    force = given.force_exclude if given is not None else None
    if force is None:
        force = says.value("force-exclude") is True
    forced = tuple(layer.base for layer in says.layers) if force else None
    if not says.layers:
        return Excludes(forced=forced)
    instead = says.layer("exclude")
    patterns = [(layer.base, _texts(layer.entries["exclude"])) for layer in (instead,) if layer is not None]
    patterns += [
        (layer.base, _texts(layer.entries["extend-exclude"]))
        for layer in says.layers
        if "extend-exclude" in layer.entries
    ]
    return Excludes(tuple(patterns), SKIPPED_FOLDERS if instead is None else frozenset({".git"}), forced)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()

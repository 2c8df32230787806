"""Standard input as a file of a project."""

from __future__ import annotations

import os
from collections.abc import Sequence

from losslint.app.configuration import Given, configuration
from losslint.app.discovery import FoundProject, discover, forced_out, project_root
from losslint.app.lint import Job
from losslint.app.projects import as_asked, excludes
from losslint.report.texts import NAMELESS
from losslint.sources.tree import Tree


def standard_input(data: bytes, filename: str | None, given: Given | None = None) -> tuple[Job, list[str]]:
    """Standard input as a job, and the notes that will be made about its project.

    The file's name says what the text is and which project it belongs to: there it stands for the file on the disk.
    """
    if filename is None:
        return _alone(data, "stdin.py", NAMELESS, os.getcwd(), given), []
    path = os.path.abspath(filename)
    project = _project(path)
    if project is None:
        return _alone(data, os.path.basename(path), filename, os.path.dirname(path), given), []
    name = os.path.relpath(path, project.root).replace(os.sep, "/")
    tree = WithStandardInput(project.tree, name, data, project.tree.shown(name))
    says = configuration(project.root, given)
    asked = () if forced_out(project.root, excludes(says, given), path) else (name,)
    job = Job(tree, asked, frozenset(asked), says.contracts, says.observations, project.root, says=says)
    return as_asked(job, given), project.notes


def _alone(data: bytes, name: str, shown: str, folder: str, given: Given | None) -> Job:
    says = configuration(folder, given)
    tree = WithStandardInput(None, name, data, shown)
    named = frozenset({name})
    job = Job(tree, (name,), named, says.contracts, says.observations, folder, placed=False, says=says)
    return as_asked(job, given)


def _project(path: str) -> FoundProject | None:
    """The project of a file, which need not be there yet, nor its folder."""
    start = path
    if not os.path.isfile(path):
        start = os.path.dirname(path)
        while not os.path.isdir(start) and os.path.dirname(start) != start:
            start = os.path.dirname(start)
        if start != os.path.dirname(path) and not project_root(start)[1]:
            return None
    projects = discover([start]).projects
    return projects[0] if projects else None


class WithStandardInput:
    """A tree in which one file's bytes are those of standard input."""

    def __init__(self, tree: Tree | None, name: str, data: bytes, shown: str) -> None:
        self._tree = tree
        self._name = name
        self._data = data
        self._shown = shown

    def names(self) -> Sequence[str]:
        """The tree's names, and the one that standard input stands for."""
        names = list(self._tree.names()) if self._tree is not None else []
        return names if self._name in names else sorted([*names, self._name])

    def read(self, name: str) -> bytes:
        """Standard input for its own name, the file for every other. Raises OSError when that cannot be read."""
        if name == self._name:
            return self._data
        if self._tree is None:
            raise FileNotFoundError(name)
        return self._tree.read(name)

    def shown(self, name: str) -> str:
        """A file's name for people."""
        if name == self._name or self._tree is None:
            return self._shown
        return self._tree.shown(name)

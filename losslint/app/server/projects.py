"""Which project a file belongs to, and what is known of it until something on the disk changes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from losslint.app.configuration import Configuration, ConfigurationError, configuration
from losslint.app.discovery import excluded, project_root, whole
from losslint.app.projects import excludes
from losslint.app.server.buffers import name_in
from losslint.sources.disk import DiskTree

#: Where packages are installed.
_INSTALLED = frozenset({"site-packages", "dist-packages"})


@dataclass(frozen=True, slots=True)
class Project:
    """A project's folder, its files on the disk, and what its configuration says."""

    root: str
    tree: DiskTree
    says: Configuration


class Projects:
    """The projects of one session."""

    def __init__(self, folders: Sequence[str] = ()) -> None:
        """`folders` are those that the editor has opened."""
        self.folders = list(folders)
        self._roots: dict[str, str] = {}
        self._known: dict[str, Project] = {}
        #: what was in force for each before somebody began to change it
        self._before: dict[str, Configuration] = {}

    def forget(self) -> None:
        """Something on the disk has changed: look again."""
        self._roots.clear()
        self._known.clear()

    def root(self, path: str) -> str:
        """The folder of the project that a file, which need not be there yet, belongs to: that of the nearest marker
        above it, as for the command; without one, what the editor has opened."""
        folder = os.path.dirname(path)
        if folder not in self._roots:
            root, marked = project_root(folder)
            if not marked:
                around = [each for each in self.folders if path.startswith(os.path.join(each, ""))]
                root = min(around, key=len, default=root)
            self._roots[folder] = root
        return self._roots[folder]

    def project(self, root: str) -> tuple[Project, str | None]:
        """The project of a folder, and what is wrong with its configuration: then it is what it was before. Raises
        ConfigurationError where it never was right."""
        if root in self._known:
            return self._known[root], None
        problem = None
        try:
            says = self._before[root] = configuration(root)
        except ConfigurationError as error:
            if root not in self._before:
                raise
            says, problem = self._before[root], str(error)
        project = Project(root, whole(root, excludes(says)).tree, says)
        if problem is None:
            self._known[root] = project
        return project, problem

    def looks_at(self, root: str, path: str) -> bool:
        """Whether a file of a project is one that people want to be told of: not what the configuration excludes, nor
        other people's code, which one opens to read it. Raises ConfigurationError."""
        if not _INSTALLED.isdisjoint(path.split(os.sep)):
            return False
        return not excluded(root, excludes(self.project(root)[0].says), name_in(root, path))

    def configuration(self) -> Configuration:
        """What is in force for a text that is kept nowhere. Raises ConfigurationError."""
        return configuration(self.folders[0] if self.folders else os.getcwd())

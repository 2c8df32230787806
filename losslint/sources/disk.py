"""The files of one project on the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence


class DiskTree:
    """A tree below a folder: names relative to it, with `/` between the parts.

    `names` are known already; `others` finds the rest of the project when somebody asks for all names, which a run
    without a single loss call never does.
    """

    def __init__(self, root: str, names: Iterable[str], others: Callable[[], Iterable[str]] | None = None) -> None:
        self.root = os.path.abspath(root)
        self._known = frozenset(names)
        self._others = others
        self._names: Sequence[str] | None = None
        self._front = _with_separator(self.root)
        self._cwd = _with_separator(_current_directory())

    def names(self) -> Sequence[str]:
        """Every file that may be read, sorted."""
        if self._names is None:
            others = self._others() if self._others is not None else ()
            self._names = sorted(self._known.union(others))
        return self._names

    def read(self, name: str) -> bytes:
        """The file's bytes. Raises OSError when it cannot be read."""
        with open(self.path(name), "rb") as file:
            return file.read()

    def stamp(self, name: str) -> tuple[int, int]:
        """The file's size, and when it was changed, in nanoseconds. Raises OSError when it cannot be looked at."""
        found = os.stat(self.path(name))
        return found.st_size, found.st_mtime_ns

    def path(self, name: str) -> str:
        """The file's absolute path."""
        return self._front + (name if os.sep == "/" else name.replace("/", os.sep))

    def shown(self, name: str) -> str:
        """The file's path relative to the current directory, or in full when it is not below it."""
        path = self.path(name)
        below = os.path.normcase(path).startswith(os.path.normcase(self._cwd))
        return path[len(self._cwd) :] if below else path


def _with_separator(folder: str) -> str:
    """A folder's path, ready to be put before a name: only that of the file system's root has its separator."""
    return folder if folder.endswith(os.sep) else folder + os.sep


def _current_directory() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return os.path.abspath(os.sep)

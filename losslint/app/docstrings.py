"""`--doctests`: the docstrings of the files that are asked for, as files beside them.

Nothing here is imported by a run that does not ask for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from losslint.app.lint import Job
from losslint.sources.disk import DiskTree
from losslint.sources.doctests import count
from losslint.sources.tree import Tree, docstrings, file_of


class Docstrings:
    """A tree in which some docstrings have names, too: theirs are the bytes of their files."""

    def __init__(self, tree: Tree, more: Sequence[str]) -> None:
        self.tree = tree
        self.more = tuple(more)

    def names(self) -> Sequence[str]:
        """The tree's names, and behind them those of the docstrings."""
        return [*self.tree.names(), *self.more]

    def read(self, name: str) -> bytes:
        """The file's bytes. Raises OSError when it cannot be read."""
        return self.tree.read(file_of(name))

    def shown(self, name: str) -> str:
        """The file's name for people: that of a docstring is where it stands."""
        return self.tree.shown(file_of(name))


class _OnDisk(Docstrings, DiskTree):
    """The same on the disk, for who looks at files there. It keeps nothing of its own."""

    def __init__(self, tree: DiskTree, more: Sequence[str]) -> None:
        Docstrings.__init__(self, tree, more)
        self.root = tree.root
        self._disk = tree

    def stamp(self, name: str) -> tuple[int, int]:
        """The file's size, and when it was changed. Raises OSError when it cannot be looked at."""
        return self._disk.stamp(file_of(name))

    def path(self, name: str) -> str:
        """The file's absolute path."""
        return self._disk.path(file_of(name))


def with_docstrings(job: Job) -> Job:
    """A job that is asked for the docstrings of its files, too."""
    more: list[str] = []
    for name in job.asked:
        try:
            data = job.tree.read(name)
        except OSError:
            continue  # the run says so
        more += docstrings(name, count(data, name))
    if not more:
        return job
    tree = _OnDisk(job.tree, more) if isinstance(job.tree, DiskTree) else Docstrings(job.tree, more)
    return job._replace(tree=tree, asked=(*job.asked, *more))

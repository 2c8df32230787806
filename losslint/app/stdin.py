"""Standard input as a file of a project."""

from __future__ import annotations

from collections.abc import Sequence

from losslint.sources.tree import Tree


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

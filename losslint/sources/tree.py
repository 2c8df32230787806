"""Where files come from: the disk, or memory. The observers ask a tree, never the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Tree(Protocol):
    """The files of one project, by names relative to its root with `/` between the parts."""

    def names(self) -> Sequence[str]:
        """Every file that may be read, in a fixed order."""

    def read(self, name: str) -> bytes:
        """The file's bytes. Raises OSError when it cannot be read."""

    def shown(self, name: str) -> str:
        """The file's name as a person should see it (relative to the current directory, native separators)."""


class MemoryTree:
    """A tree given as a mapping from name to bytes."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = dict(files)

    def names(self) -> Sequence[str]:
        """Every file, in the order of their names."""
        return sorted(self._files)

    def read(self, name: str) -> bytes:
        """The file's bytes; FileNotFoundError for an unknown name."""
        try:
            return self._files[name]
        except KeyError:
            raise FileNotFoundError(name) from None

    def shown(self, name: str) -> str:
        """In memory a file is shown under its name."""
        return name

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


#: What stands between the name of a file and the number of a docstring (from 1) with examples in it. Such a name has
#: the bytes of its file; no file on a disk can have it.
_DOCSTRING = "\0docstring "


def docstrings(name: str, count: int) -> list[str]:
    """What the docstrings of a file are called."""
    return [f"{name}{_DOCSTRING}{number}" for number in range(1, count + 1)]


def is_docstring(name: str) -> bool:
    """Whether a name is that of a docstring."""
    return _DOCSTRING in name


def file_of(name: str) -> str:
    """The file that a docstring stands in; a file's own name is that."""
    return name.partition(_DOCSTRING)[0]


def docstring_number(name: str) -> int:
    """Which of its file's docstrings a name means; 0 for none."""
    number = name.partition(_DOCSTRING)[2]
    return int(number) if number.isdecimal() else 0


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

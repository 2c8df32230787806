"""What is open in the editor, as it was at one moment, and the files of a project with that in their place."""

from __future__ import annotations

import io
import json
import os
import tokenize
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from losslint.sources.doctests import count
from losslint.sources.tree import Tree, docstrings, file_of

#: What the clients call Python.
PYTHON = "python"
#: What they call Markdown: plain, Quarto's, that of R and MyST's.
MARKDOWN = frozenset({"markdown", "quarto", "rmd", "mystmd"})


@dataclass(frozen=True, slots=True)
class Buffer:
    """An open text. `path` is where it is kept, in full; None for one that is kept nowhere yet."""

    uri: str
    path: str | None
    text: str
    version: int | None
    language: str = PYTHON

    def data(self) -> bytes:
        """The bytes that saving it would write."""
        return _encoded(self.text)


@dataclass(frozen=True, slots=True)
class Notebook:
    """An open notebook with all of its cells; those that hold no code are known by their language."""

    uri: str
    path: str | None
    cells: tuple[Buffer, ...]
    code: tuple[bool, ...]
    version: int | None

    def data(self) -> bytes:
        """The notebook as a file, with as much in it as is read."""
        cells = [
            {
                "cell_type": "code" if code else "markdown",
                "metadata": {"vscode": {"languageId": cell.language}} if cell.language else {},
                "source": cell.text,
            }
            for cell, code in zip(self.cells, self.code, strict=True)
        ]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


Opened = Buffer | Notebook


def _encoded(text: str) -> bytes:
    """The bytes of a text, in the encoding that it declares."""
    data = text.encode("utf-8", "surrogatepass")
    if b"coding" not in data[:400]:
        return data
    try:
        return text.encode(tokenize.detect_encoding(io.BytesIO(data).readline)[0])
    except (SyntaxError, LookupError, UnicodeError):
        return data  # what is wrong with it is told when it is read


def nothing() -> None:
    """What is done between the steps of a run that nobody stops."""


class Overlay:
    """A tree in which what is open stands for the files on the disk. `between` is called when a file is read: what it
    raises ends the run. Without a tree it holds what is open, and nothing else."""

    def __init__(
        self,
        tree: Tree | None,
        files: Mapping[str, bytes],
        between: Callable[[], None],
        shown: Mapping[str, str] | None = None,
    ) -> None:
        self._tree = tree
        self.files = dict(files)
        self.between = between
        self._shown = shown or {}
        #: the docstrings that are asked for, as files beside those that they stand in
        self.examples: tuple[str, ...] = ()

    def with_examples(self) -> None:
        """Have the docstrings of what is open as files of their own, where they hold examples."""
        counted = ((name, count(data, name)) for name, data in sorted(self.files.items()))
        self.examples = tuple(each for name, number in counted for each in docstrings(name, number))

    def but(self, files: Mapping[str, bytes]) -> Overlay:
        """The same tree with other contents of some of what is open."""
        return Overlay(self._tree, {**self.files, **files}, self.between, self._shown)

    def names(self) -> Sequence[str]:
        """The tree's names, and those of what is open."""
        self.between()
        names = self._tree.names() if self._tree is not None else []
        more = set(self.files).difference(names)
        return [*(sorted([*names, *more]) if more else names), *self.examples]

    def read(self, name: str) -> bytes:
        """What is open under a name, or the file's bytes. Raises OSError when it cannot be read."""
        self.between()
        name = file_of(name)
        data = self.files.get(name)
        if data is not None:
            return data
        if self._tree is None:
            raise FileNotFoundError(name)
        return self._tree.read(name)

    def shown(self, name: str) -> str:
        """The file's name for people: that of a docstring is where it stands."""
        name = file_of(name)
        if name in self._shown or self._tree is None:
            return self._shown.get(name, name)
        return self._tree.shown(name)


def name_in(root: str, path: str) -> str:
    """A path's name in the tree of a folder."""
    return os.path.relpath(path, root).replace(os.sep, "/")

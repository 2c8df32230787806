"""A tree that remembers what was read of the files that a run is asked about."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from losslint.sources.tree import Tree

_COOKIE = re.compile(rb"coding[:=][ \t]*utf-?8\b", re.IGNORECASE)


class Watched:
    """A tree that notes the size of each asked file that was read, and which of them may not be decodable.

    The observer looks for losses in bytes. A file without one is not decoded at all, so nobody would notice that
    nothing can be said of it.
    """

    def __init__(self, tree: Tree, asked: Collection[str]) -> None:
        self._tree = tree
        self._asked = frozenset(asked)
        self.sizes: dict[str, int] = {}
        self.doubtful: list[str] = []
        #: asked files in which a comment may stand that losslint could object to
        self.commented: list[str] = []

    def names(self) -> Sequence[str]:
        """The tree's names."""
        return self._tree.names()

    def read(self, name: str) -> bytes:
        """The file's bytes. Raises OSError when it cannot be read."""
        data = self._tree.read(name)
        if name in self._asked and name not in self.sizes:
            self.sizes[name] = len(data)
            if not surely_decodable(data):
                self.doubtful.append(name)
            if may_be_wrong(data):
                self.commented.append(name)
        return data

    def shown(self, name: str) -> str:
        """The file's name for people."""
        return self._tree.shown(name)


#: A comment that is losslint's, or names one of its codes. Bounded: a long row must not take long.
_COMMENT = re.compile(rb"losslint[ \t]{0,9}:|(?:noqa|NOQA)[ \t]{0,9}:[^\r\n#]{0,200}LL[0-9]")


def may_be_wrong(data: bytes) -> bool:
    """Whether some bytes may hold a comment on findings that is wrong by itself: unused, or of a code that does not
    exist. Told quickly, for nearly no file does."""
    if b"losslint" not in data and (b"LL" not in data or (b"noqa" not in data and b"NOQA" not in data)):
        return False
    return _COMMENT.search(data) is not None


def surely_decodable(data: bytes) -> bool:
    """Whether some bytes are UTF-8 and say nothing else of themselves: nearly all files, told quickly."""
    if b"\0" in data:
        return False
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            return False
    second = data.find(b"\n", data.find(b"\n") + 1)
    head = data[:second] if second >= 0 else data
    return b"coding" not in head or _COOKIE.search(head) is not None

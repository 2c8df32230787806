"""Which files hold a word: asked so often in a large project that all words are looked up at once then."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

#: The bytes that names consist of.
_IN_WORDS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")

#: Every byte as it is if names consist of it, and as a blank otherwise: what is left can be split into words, in half
#: the time that an expression takes to find them.
_WORDS_ALONE = bytes(byte if byte in _IN_WORDS else ord(" ") for byte in range(256))

#: After so many words that were searched for one by one, the words of all files are collected: about as many searches
#: cost what collecting does.
FEW_WORDS = 24

#: How an attribute is set, as people write it.
SET_BY = (" =", "=", " +=", " -=", " *=")

#: An attribute with one of these behind it.
_SET = re.compile(rb"\.\w+(?: ?=| [-+*]=)")


def is_name(word: str) -> bool:
    """Whether something is looked for as a whole word: a name, and nothing beside it."""
    return word.isidentifier() and word.isascii()


def holds(data: bytes, word: str) -> bool:
    """Whether some bytes hold a word: a name as a whole, anything else wherever it stands."""
    needle = word.encode("utf-8", "surrogateescape")
    return _holds_whole(data, needle) if is_name(word) else needle in data


def _holds_whole(data: bytes, word: bytes) -> bool:
    return next(places(data, word), -1) >= 0


def places(data: bytes, word: bytes) -> Iterator[int]:
    """Where a name stands in some bytes, with no letter, digit or underscore beside it. An expression that looks behind
    cannot jump to where the name stands, and takes many times as long."""
    at = data.find(word)
    while at >= 0:
        end = at + len(word)
        if end == len(data) or data[end] not in _IN_WORDS:
            if at == 0 or data[at - 1] not in _IN_WORDS or (data[at - 2 : at] in _ESCAPES and _is_notebook(data)):
                yield at
        at = data.find(word, at + 1)


#: What a notebook writes for the blanks in its cells.
_ESCAPES = frozenset({b"\\n", b"\\t", b"\\r"})


def _is_notebook(data: bytes) -> bool:
    """Whether some bytes are those of a notebook, whose text stands in strings."""
    return data[:64].lstrip()[:1] == b"{"


class Words:
    """The files of a project that hold a word, as a whole one. `read` gives the bytes of a file."""

    def __init__(self, names: Sequence[str], read: Callable[[str], bytes]) -> None:
        self._names = names
        self._read = read
        self._asked = 0
        #: the numbers of the files by the words in them, once it is made
        self._files: dict[bytes, int | list[int]] | None = None
        #: the same by the attributes that are set in them, with the sign that sets them
        self._setting: dict[bytes, list[int]] | None = None

    def holding(self, word: bytes) -> tuple[str, ...]:
        """The names of the files that hold a word, in the project's order."""
        if self._files is None:
            self._asked += 1
            if self._asked <= FEW_WORDS:
                return self._searched(word)
            self._files = self._collected()
        found = self._files.get(word, [])
        return (self._names[found],) if isinstance(found, int) else tuple(self._names[number] for number in found)

    def holding_any(self, words: Collection[bytes]) -> frozenset[str]:
        """The names of the files that hold at least one of many words."""
        if self._files is None:
            self._files = self._collected()
        found: set[int] = set()
        for word in words:
            numbers = self._files.get(word, [])
            found.update([numbers] if isinstance(numbers, int) else numbers)
        return frozenset(self._names[number] for number in found)

    def setting(self, needle: bytes) -> tuple[str, ...]:
        """The names of the files that hold an attribute with one of `SET_BY` behind it: `.weight =`."""
        if not needle.isascii():
            return tuple(name for name in self._names if needle in self._read(name))
        if self._setting is None:
            self._setting = {}
            for number, name in enumerate(self._names):
                for written in set(_SET.findall(self._read(name))):
                    self._setting.setdefault(written, []).append(number)
        return tuple(self._names[number] for number in self._setting.get(needle, ()))

    def _searched(self, word: bytes) -> tuple[str, ...]:
        found = []
        for name in self._names:
            data = self._read(name)
            if word in data and _holds_whole(data, word):
                found.append(name)
        return tuple(found)

    def _collected(self) -> dict[bytes, int | list[int]]:
        files: dict[bytes, int | list[int]] = {}
        for number, name in enumerate(self._names):
            data = self._read(name)
            if _is_notebook(data):
                for escape in _ESCAPES:
                    data = data.replace(escape, b" ")
            for word in set(data.translate(_WORDS_ALONE).split()):
                earlier = files.get(word)
                if earlier is None:
                    files[word] = number  # most words stand in one file
                elif isinstance(earlier, int):
                    files[word] = [earlier, number]
                else:
                    earlier.append(number)
        return files

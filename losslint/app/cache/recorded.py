"""What a run read, taken down while it reads, and whether that is still so in a later run."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b

from losslint.app.cache.stored import Answer, Stamp
from losslint.app.watched import may_be_wrong, surely_decodable
from losslint.sources.disk import DiskTree
from losslint.static.files.trace import Trace

#: A file that was changed so shortly before it was read may be changed again without a newer time.
TICK = 2_000_000_000


class Recorded:
    """A tree on the disk that takes down what it gave: the digest of all names, and of the bytes of each file."""

    def __init__(self, tree: DiskTree) -> None:
        self._tree = tree
        self.names_digest: str | None = None
        self.files: dict[str, tuple[int, int, bytes]] = {}
        #: whether something could not be read: what was found then may be found otherwise by the next run
        self.failed = False

    def names(self) -> Sequence[str]:
        """The tree's names."""
        names = self._tree.names()
        if self.names_digest is None:
            self.names_digest = digest_of_names(names)
        return names

    def read(self, name: str) -> bytes:
        """The file's bytes. Raises OSError when it cannot be read."""
        try:
            # Looked at before it is read: a change in between leaves a time that the next run does not find.
            size, changed = self._tree.stamp(name)
            data = self._tree.read(name)
        except OSError:
            self.failed = True
            raise
        fresh = time.time_ns() - changed < TICK
        self.files.setdefault(name, (size, 0 if fresh else changed, data))
        return data

    def shown(self, name: str) -> str:
        """The file's name for people."""
        return self._tree.shown(name)

    def stamps(self, trace: Trace) -> dict[str, Stamp]:
        """Each file that was read, with what the searches saw of it."""
        words = {word: number for number, word in enumerate(sorted(trace.words))}
        holding: dict[str, list[int]] = {}
        for word, names in trace.words.items():
            for name in names:
                holding.setdefault(name, []).append(words[word])
        stamps = {}
        traits: _Traits | None = None
        for name, (size, changed, data) in self.files.items():
            seen = None
            if name not in trace.files:
                traits = traits or _Traits(trace.held)
                seen = traits.of(data, sorted(holding.get(name, ())))
            stamps[name] = Stamp(size, changed, digest(data), seen)
        return stamps


class _Traits:
    """What the searches see of a file that nobody looks into."""

    def __init__(self, held: Collection[str]) -> None:
        from losslint.static.files.seeds import traits

        self._traits = traits(held)

    def of(self, data: bytes, words: Sequence[int]) -> str:
        """The same text for files that are alike to all searches."""
        signs = f"{int(surely_decodable(data))}{int(may_be_wrong(data))}"
        return f"{self._traits(data)}:{signs}:{digest(repr(list(words)).encode())}"


def still_so(answer: Answer, tree: DiskTree, asked: Collection[str]) -> Mapping[str, Stamp] | None:
    """The files that an answer depends on, with the stamps that they have now; None when it is out of date."""
    # Only names of the project are looked at, whatever the cache says.
    known = set(asked)
    if answer.names is not None:
        names = tree.names()
        if digest_of_names(names) != answer.names:
            return None
        known.update(names)
    if not known.issuperset(answer.files) or not set(asked).issubset(answer.files):
        return None
    from losslint.static.files.words import holds

    traits: _Traits | None = None
    stamps = dict(answer.files)
    try:
        for name, stamp in answer.files.items():
            size, changed = tree.stamp(name)
            if changed == stamp.changed and size == stamp.size:
                continue
            data = tree.read(name)
            content = digest(data)
            if content != stamp.digest:
                if stamp.seen is None:
                    return None
                traits = traits or _Traits(answer.held)
                held = [number for number, word in enumerate(answer.words) if holds(data, word)]
                if traits.of(data, held) != stamp.seen:
                    return None
            fresh = time.time_ns() - changed < TICK
            stamps[name] = Stamp(size, 0 if fresh else changed, content, stamp.seen)
    except OSError:
        return None
    return stamps


def digest(data: bytes) -> str:
    """The digest of some bytes."""
    return blake2b(data, digest_size=16).hexdigest()


def digest_of_names(names: Sequence[str]) -> str:
    """The digest of all names of a project."""
    return digest("\0".join(names).encode(errors="surrogateescape"))

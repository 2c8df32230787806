"""The files of a project as the observer sees them: texts and indexes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, MutableMapping
from typing import TYPE_CHECKING

from losslint.sources.source import UnreadableSource
from losslint.sources.tree import Tree
from losslint.static.files.file import BUGS, File
from losslint.static.files.imports import Imports
from losslint.static.files.trace import Trace
from losslint.static.files.words import SET_BY, Words, is_name

if TYPE_CHECKING:
    from losslint.static.files.index import ClassDefinition, Index

#: So many bytes of files are divided among processes to be read: a tenth of a second's work.
MUCH_TO_READ = 700_000

#: Does the same work for each of some names, by as many processes as pay, and gives what came of it. What it leaves out
#: is done by whoever asks for it.
Spread = Callable[[list[str], "Callable[[str], Index | None]"], "dict[str, Index | None]"]


class Project:
    """All files of a tree, read and indexed on demand."""

    def __init__(
        self,
        tree: Tree,
        asked: Collection[str] = (),
        trace: Trace | None = None,
        indexes: MutableMapping[str, Index] | None = None,
    ) -> None:
        """`indexes` are those of texts that were read before, for who reads the same files again and again."""
        self.tree = tree
        self.imports = Imports(self)
        self.indexes = indexes
        self.trace = trace if trace is not None else Trace()
        self.asked = frozenset(asked)
        #: indexes that others have made of files that nobody has asked for yet
        self.ahead: dict[str, Index] = {}
        self._files: dict[str, File | None] = {}
        self._data: dict[str, bytes] = {}
        self._names: list[str] | None = None
        self._words: Words | None = None
        #: parts of files that were left out because they cannot be parsed
        self.left_out: list[tuple[str, UnreadableSource]] = []
        #: what could not be read, by file name
        self.unreadable: dict[str, UnreadableSource] = {}

    @property
    def names(self) -> list[str]:
        """Every file's name."""
        if self._names is None:
            self._names = list(self.tree.names())
        return self._names

    def data(self, name: str) -> bytes:
        """A file's bytes, for an answer that depends on them; empty when it cannot be read (which is noted)."""
        self.trace.files.add(name)
        return self.scanned(name)

    def scanned(self, name: str) -> bytes:
        """A file's bytes, for one of the searches that `Trace` keeps."""
        data = self._data.get(name)
        if data is None:
            try:
                data = self.tree.read(name)
            except OSError as error:
                from losslint.vocabulary.places import Place

                message = f"cannot be read: {error.strerror or error}"
                self.unreadable.setdefault(name, UnreadableSource(message, Place(self.tree.shown(name), 1)))
                data = b""
            self._data[name] = data
        return data

    def file(self, name: str) -> File | None:
        """A file with its index, or None when it cannot be read (which is noted)."""
        self.trace.files.add(name)
        if name in self._files:
            return self._files[name]
        file: File | None = None
        try:
            from losslint.sources.read import read_source, source_of

            data = self._data.get(name) if name not in self.unreadable else None
            if data is None:
                source = read_source(self.tree, name)
            else:
                source = source_of(data, name, self.tree.shown(name))  # a file is read once
            self.left_out += [(name, problem) for problem in source.problems]
            file = File(self, source)
            assert file.index is not None
        except UnreadableSource as error:
            self.unreadable.setdefault(name, error)
            file = None
        except OSError as error:
            from losslint.vocabulary.places import Place

            message = f"cannot be read: {error.strerror or error}"
            self.unreadable.setdefault(name, UnreadableSource(message, Place(self.tree.shown(name), 1)))
        self._files[name] = file
        return file

    def has_read(self, name: str) -> bool:
        """Whether a file was asked for before."""
        return name in self._files

    def read_ahead(self, names: Iterable[str], spread: Spread) -> None:
        """Make the indexes of files that will all be asked for, by several processes at once where that pays."""
        wanted = [name for name in names if name not in self._files and name not in self.ahead]
        if self.indexes is None and sum(len(self.scanned(name)) for name in wanted) >= MUCH_TO_READ:
            self.ahead.update((name, index) for name, index in spread(wanted, self._indexed).items() if index)

    def _indexed(self, name: str) -> Index | None:
        """The index of a file that is read without further ado; of any other, somebody will ask in time."""
        from losslint.sources.read import source_of
        from losslint.static.files.indexing import index_text

        try:
            return index_text(source_of(self.scanned(name), name, name).text)
        except (UnreadableSource, SyntaxError, ValueError, RecursionError, MemoryError, *BUGS):
            return None

    def forget(self) -> None:
        """Let go of what can be read again. Nobody may hold forms or frames of the project any more."""
        for file in self._files.values():
            if file is not None:
                file.forget()

    def mentioning(self, word: str, part: str = "") -> tuple[str, ...]:
        """The names of the files whose bytes hold a word: a name as a whole, anything else wherever it stands. For
        anything else `part` is a name in it, or what has been looked for already, which limits the files that are
        searched."""
        needle = word.encode("utf-8", "surrogateescape")
        found = self.trace.words.get(needle)
        if found is None:
            if is_name(word):
                found = self.words.holding(needle)
            else:
                names = self.mentioning(part) if part else self.names
                found = tuple(name for name in names if needle in self.scanned(name))
            self.trace.words[needle] = found
        return found

    def setting(self, attribute: str) -> tuple[str, ...]:
        """The names of the files in which an attribute of that name is set on something, as people write it."""
        found: dict[str, None] = {}
        for sign in SET_BY:
            needle = f".{attribute}{sign}".encode("utf-8", "surrogateescape")
            files = self.trace.words.get(needle)
            if files is None:
                files = self.trace.words[needle] = self.words.setting(needle)
            found |= dict.fromkeys(files)
        return tuple(found)

    @property
    def words(self) -> Words:
        """Which files hold a word, for a search that `Trace` keeps in another way."""
        if self._words is None:
            self._words = Words(self.names, self.scanned)
        return self._words

    def classes_named(self, name: str) -> Iterator[tuple[File, ClassDefinition]]:
        """Every class of the project that bears a name."""
        for file_name in self.mentioning(f"class {name}", name):
            file = self.file(file_name)
            if file is None:
                continue
            for definition in file.index.classes.values():
                if definition.name == name:
                    yield file, definition

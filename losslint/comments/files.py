"""What the comments of a file keep back, whoever found it: a reader of the code, or a run of the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from losslint.comments.reading import ANY_COMMENT, Comments, Directive, Word, comments_of
from losslint.rules.registry import names
from losslint.sources.read import source_of
from losslint.sources.source import Source, UnreadableSource
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.places import Place
from losslint.vocabulary.suppressed import By, Suppressed

#: What is said of comments themselves.
UNUSED, UNKNOWN = "LL901", "LL902"
#: Words of comments of which it is remembered what they mean.
KNOWN_WORDS = 4096


@dataclass(slots=True)
class Commented:
    """One file with its comments, and which of their words have kept something back (None: a whole comment).

    `parts` are its docstrings that were asked for: their comments count inside of them, beside those of the file.
    """

    source: Source
    comments: Comments
    used: set[tuple[Directive, Word | None]] = field(default_factory=set)
    rows: Mapping[tuple[int | None, int], int] = field(default_factory=dict)
    #: the numbers of the directives by their rows (0: for the whole file), once somebody asks
    by_row: dict[int, list[int]] | None = None
    parts: list[Commented] = field(default_factory=list)

    @classmethod
    def of(cls, data: bytes, name: str, shown: str, inside: Iterable[str] = ()) -> Commented | None:
        """None for a file without comments on findings. `inside` are the names of its docstrings."""
        if not ANY_COMMENT.search(data):
            return None
        parts = [part for each in inside if (part := cls.of(data, each, shown)) is not None]
        try:
            source = source_of(data, name, shown)
        except UnreadableSource:
            return None
        comments = comments_of(source.text)
        if not comments.directives and not parts:
            return None
        return cls(source, comments, rows={where: row for row, where in enumerate(source.cells, 1)}, parts=parts)

    @property
    def all_parts(self) -> list[Commented]:
        """The file and its docstrings."""
        return [self, *self.parts]

    def span(self, place: Place) -> tuple[int, int]:
        """The rows of the text that a place begins and ends in."""
        first = self.rows.get((place.cell, place.row), place.row)
        return first, first + max(place.end_row - place.row, 0)

    def concerned(self, place: Place) -> Iterator[Directive]:
        """The directives that speak of what stands at a place: those of its own rows, of the first and the last row of
        its statement, losslint's own in the comment above either, and those for the whole file."""
        first, last = self.span(place)
        begin = self.comments.statements.get(first, (first, last))[0]
        end = self.comments.statements.get(last, (first, last))[1]
        rows = {begin, end, *range(first, last + 1)}
        above = {*self._above(first), *self._above(begin)}
        for number in sorted(self._numbers(rows, above)):
            directive = self.comments.directives[number]
            if directive.whole_file:
                if directive.alone:
                    yield directive
            elif directive.row in rows or (directive.own and directive.row in above):
                yield directive

    def _numbers(self, *rows: Iterable[int]) -> set[int]:
        """The numbers of the directives in some rows, and of those for the whole file."""
        if self.by_row is None:
            self.by_row = {}
            for number, directive in enumerate(self.comments.directives):
                self.by_row.setdefault(0 if directive.whole_file else directive.row, []).append(number)
        by_row = self.by_row
        return {number for row in (0, *chain.from_iterable(rows)) for number in by_row.get(row, ())}

    def _above(self, row: int) -> Iterator[int]:
        """The rows of the comment that stands right above a row."""
        cells = self.source.cells
        while row > 1 and row - 1 in self.comments.bare and (not cells or cells[row - 2][0] == cells[row - 1][0]):
            row -= 1
            yield row

    def suppressed(self, finding: Finding) -> Suppressed | None:
        """The finding as one that is kept back, if a comment does so."""
        kept_back = [each for part in self.parts if (each := part.suppressed(finding)) is not None]
        if kept_back:
            return kept_back[0]
        found: list[Directive] = []
        for directive in self.concerned(finding.place):
            if directive.words is None:
                if finding.code not in (UNUSED, UNKNOWN):  # it would keep back what is said of itself
                    found.append(directive)
                    self.used.add((directive, None))
                continue
            for word in directive.words:
                if finding.code in codes_of(word.text, directive):
                    found.append(directive)
                    self.used.add((directive, word))
        if not found:
            return None
        return Suppressed(finding, By.COMMENT, next((each.reason for each in found if each.reason), ""))


def codes_of(word: str, directive: Directive) -> frozenset[str]:
    """The codes that a word of a comment means. None at all for other tools' codes, and for what does not exist."""
    return _codes_of(word, directive.sort)


@lru_cache(KNOWN_WORDS)
def _codes_of(word: str, sort: str) -> frozenset[str]:
    upper = word if sort == "noqa" else word.upper()
    if upper.startswith("LL") and (len(upper) == 2 or upper[2:].isdigit()):
        return frozenset(code for code in names() if code.startswith(upper))
    if sort == "noqa":
        return frozenset()
    return frozenset(code for code, name in names().items() if name == word.lower())

"""What comments say about findings: `# noqa: LL101`, `# losslint: ignore[LL101] reason`, and those for whole files.

`noqa` is read as ruff reads it, with the one difference that the beginning of a code stands for all codes that begin so
(which is flake8's way). Where ruff refuses a comment (`# noqa: because`), nothing is kept back here either.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field

#: What has to be in a file's bytes before it is worth looking for comments that concern a finding in it.
ANY_COMMENT = re.compile(rb"noqa|losslint", re.IGNORECASE)

_DIRECTIVE = re.compile(
    r"#\s*(?:(?:(?P<tool>losslint|flake8)\s*:\s*)?(?P<noqa>noqa)|losslint\s*:\s*(?P<ignore>ignore-file|ignore)(?![\w-]))",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*\[([^\]#]*)\]?")
_COLON = re.compile(r"\s*:")
_BARE = re.compile(r"[ \t]+(LL[0-9]+(?:[ \t]*,[ \t]*LL[0-9]+)*)(?![\w-])")
_CODE = re.compile(r"[A-Z]+[0-9]+")
_BETWEEN = re.compile(r"[\s,]*")
_WORD = re.compile(r"[^\s,]+")
#: Where the next thing begins that a comment says; `#12` is part of a reason. A long row must not take long.
_NEXT = re.compile(r"#(?!\d)")
_DASH = " \t-–—:"


@dataclass(frozen=True, slots=True)
class Word:
    """A code or a name in a comment, and its columns (from 0) in the row."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Directive:
    """One thing that a comment says about findings.

    `row` is the row of the source's text (from 1), `start` and `end` are columns from 0 and hold the reason, too; those
    of the whole comment are `comment`. `words` is None where every finding is meant. `alone` says that no code stands
    before the comment, `sort` how it is written: "noqa" or "ignore". Each is only the same as itself.
    """

    sort: str
    whole_file: bool
    row: int
    start: int
    end: int
    comment: tuple[int, int]
    alone: bool
    words: tuple[Word, ...] | None = None
    reason: str = ""
    #: whether it is losslint's own, and not shared with other tools
    own: bool = True


@dataclass(slots=True)
class Comments:
    """What the comments of one file say, and what is known of its rows (from 1)."""

    directives: list[Directive] = field(default_factory=list)
    #: the first and the last row of the statement that a row belongs to
    statements: dict[int, tuple[int, int]] = field(default_factory=dict)
    #: rows that hold a comment and nothing else
    bare: set[int] = field(default_factory=set)


def comments_of(text: str) -> Comments:
    """What the comments of a Python text say. Of a text that cannot be read to its end: what was said up to there."""
    found = Comments()
    rows = text.split("\n")
    first = 0  # of the statement that is being read
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            row = token.start[0]
            if token.type == tokenize.COMMENT:
                start, end = token.start[1], token.end[1]
                alone = not rows[row - 1][:start].strip()
                if alone:
                    found.bare.add(row)
                found.directives += _said(token.string, row, start, end, alone)
            elif token.type == tokenize.NEWLINE:
                found.statements |= dict.fromkeys(range(first or row, row + 1), (first or row, row))
                first = 0
            elif token.type not in _NOTHING and not first:
                first = row
    except (tokenize.TokenError, SyntaxError):
        pass  # LL900 tells of it
    return found


_NOTHING = frozenset({tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER})


def _said(comment: str, row: int, start: int, end: int, alone: bool) -> Iterator[Directive]:
    """The directives of one comment, from the left."""
    at = 0
    for match in _DIRECTIVE.finditer(comment):
        if match.start() < at:
            continue
        is_noqa = match["noqa"] is not None
        read = _noqa_words(comment, match.end()) if is_noqa else _ignore_words(comment, match.end())
        if read is None:
            continue
        words, at = read
        stop = _NEXT.search(comment, at)
        rest = comment[at : stop.start() if stop is not None else None].rstrip()
        tool = (match["tool"] or "losslint").lower()
        # flake8's comment for a file switches everything off when it names no code, as it does in ruff.
        yield Directive(
            sort="noqa" if is_noqa else "ignore",
            whole_file=bool(match["tool"]) if is_noqa else match["ignore"].lower() == "ignore-file",
            row=row,
            start=start + match.start(),
            end=start + at + len(rest),
            comment=(start, end),
            alone=alone,
            words=None if words is None else tuple(Word(w.text, w.start + start, w.end + start) for w in words),
            reason=rest.strip(_DASH),
            own=tool == "losslint" and (not is_noqa or match["tool"] is not None),
        )
        at += len(rest)


#: What a directive names (None: everything), and where that ends in the comment.
_Read = tuple["list[Word] | None", int]


def _noqa_words(comment: str, at: int) -> _Read | None:
    """What follows `noqa`; None when it is not written as ruff wants it, and so says nothing."""
    colon = _COLON.match(comment, at)
    if colon is None:
        after = comment[at : at + 1]
        return (None, at) if not after or after.isspace() or after == "#" else None
    words: list[Word] = []
    at = end = colon.end()
    while True:
        between = _BETWEEN.match(comment, at)
        at = between.end() if between is not None else at
        code = _CODE.match(comment, at)
        if code is None:
            break
        at = end = code.end()
        words.append(Word(code[0], code.start(), at))
        after = comment[at : at + 1]
        if after and not (after.isspace() or after in ",#" or after.isupper()):
            return None  # `LL101-why`: nobody can say where the code ends
    return (words, end) if words else None


def _ignore_words(comment: str, at: int) -> _Read:
    """What follows `losslint: ignore`: codes and names in brackets, or codes without."""
    listed = _BRACKETS.match(comment, at) or _BARE.match(comment, at)
    if listed is None:
        return None, at
    words = [
        Word(word[0], word.start(), word.end()) for word in _WORD.finditer(comment, listed.start(1), listed.end(1))
    ]
    return words, listed.end()

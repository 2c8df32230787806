"""The Python fences of a Markdown document, as one text with the document's rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from losslint.sources.magics import without_magics
from losslint.sources.pieces import Piece, leave_out_broken
from losslint.sources.python import decode_as, normalised
from losslint.sources.source import Source, UnreadableSource
from losslint.vocabulary.places import Place

_PYTHON = frozenset(
    ["python", "python3", "py", "py3", "pycon", "pycon3", "ipython", "ipython3", "python-repl", "python-console"]
)
_DIRECTIVES = frozenset(["code", "code-block", "code-cell", "sourcecode", "testcode"])
#: Whether a document can hold a Python fence at all; bounded, so that no document makes it slow.
_PROMISING = re.compile(rb"(?:```|~~~)[ \t{.]{0,80}(?:i?py|code|sourcecode|testcode)", re.IGNORECASE)

#: What can hold a fence: a block quote, or an item of a list that is this many columns wide.
_QUOTE = 0
#: Nobody writes lists in lists, or quotes in quotes, as deep as this: each row would be looked at for each of them.
MOST_CONTAINERS = 100
_QUOTE_MARK = re.compile(r" {0,3}>[ \t]?")
_ITEM_MARK = re.compile(r"( {0,3}(?:[-*+]|\d{1,9}[.)]))(?:([ \t]+)(?=\S)|[ \t]*$)")
#: Admonitions and tabs of MkDocs hold what is indented below them.
_FLAP_MARK = re.compile(r" {0,3}(?:!!!|\?\?\?\+?|===[+!]?)[ \t]+\S")
_HEADING = re.compile(r" {0,3}(?:#{1,6}(?:[ \t]|$)|<!--|([-*_])(?:[ \t]*\1){2,}[ \t]*$)")
_ANY_FENCE = re.compile(r" {0,3}(?:`{3}|~{3})")
_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})(.*)$")
_LANGUAGE = re.compile(r"\{?[ \t]*\.?([\w-]+)\}?[ \t]*([\w-]*)")
_OPTION = re.compile(r"[ \t]*:[\w-]+:")


def markdown_source(data: bytes, name: str, shown: str) -> Source:
    """The Python of a document's fences, everything else blank. Raises UnreadableSource when it cannot be decoded.

    Fences of one document build on each other, so they are read as one module. What does not parse is left out
    without a word: a document may show half a program.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableSource("cannot be decoded: it is UTF-16; save it as UTF-8", Place(shown, 1))
    if not _PROMISING.search(data):
        return Source(name, shown, "")
    try:
        text = normalised(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        # Only a document with code in it has to be decodable.
        if not any(True for _ in _fences(normalised(data.decode("utf-8", "replace")).split("\n"))):
            return Source(name, shown, "")
        text = decode_as("utf-8", data, shown)
    rows = text.split("\n")
    fences = _python(rows)
    leave_out_broken([piece for _, piece in fences])
    plain = [""] * len(rows)
    indents = [0] * len(rows)
    for first, piece in fences:
        plain[first : first + len(piece.rows)] = piece.rows
        indents[first : first + len(piece.rows)] = piece.indents
    return Source(name, shown, "\n".join(plain), indents=tuple(indents) if any(indents) else ())


def is_whole(text: str) -> bool:
    """Whether every Python fence of a document (with `\\n` line ends) is read: none shows half a program."""
    return not leave_out_broken([piece for _, piece in _python(text.split("\n"))])


def _python(rows: list[str]) -> list[tuple[int, Piece]]:
    """The Python of every fence: the index of its first row, and its rows without indentation and prompts."""
    fences = list(_fences(rows))
    for _, piece in fences:
        piece.dedent()
        piece.strip_prompts()
        piece.rows = without_magics(piece.rows)
    return fences


def _fences(rows: list[str]) -> Iterator[tuple[int, Piece]]:
    """Every Python fence that has rows: the index of its first row, and what it holds.

    The part of CommonMark that decides where a fence begins and ends: block quotes, list items, fences, comments.
    """
    containers: list[int] = []
    fence = ""  # the characters that opened the fence we are in
    margin = 0  # the columns by which it is indented
    found: Piece | None = None  # its rows, if it holds Python
    first = 0
    in_comment = False
    in_paragraph = False
    for number, row in enumerate(rows):
        matched, position = _inside(row, containers)
        if fence:
            if matched == len(containers):
                if not _closes(row, position, fence):
                    if found is not None:
                        start = _skip(row, position, margin)
                        found.rows.append(row[start:])
                        found.indents.append(start)
                    continue
                fence = ""
            if found is not None and found.rows:
                yield first, _without_options(found)
            found = None
            if not fence:
                continue
            fence = ""  # its container ended: this row is an ordinary one
            in_paragraph = False
        if in_comment:
            in_comment = "-->" not in row
            continue
        if in_paragraph and matched < len(containers) and _goes_on(row, position):
            continue  # a paragraph's further rows need no indentation, and leave its list or quote open
        del containers[matched:]
        position = _open_containers(row, position, containers)
        if row.startswith("<!--", position):
            in_comment = "-->" not in row[position:]
            continue
        opening = _FENCE.match(row, position)
        in_paragraph = opening is None and bool(row[position:].strip()) and not _HEADING.match(row, position)
        if opening is None or (opening[2][0] == "`" and "`" in opening[3]):
            continue
        margin = _columns(row, position, opening.end(1))
        if margin > 3:
            continue
        fence = opening[2]
        in_paragraph = False
        first = number + 1
        found = Piece([]) if _holds_python(opening[3].strip()) else None
    if fence and found is not None and found.rows:
        yield first, _without_options(found)


def _inside(row: str, containers: list[int]) -> tuple[int, int]:
    """How many of the open containers a row belongs to, and where its own text begins."""
    position = 0
    for matched, container in enumerate(containers):
        if container == _QUOTE:
            mark = _QUOTE_MARK.match(row, position)
            if mark is None:
                return matched, position
            position = mark.end()
        elif row[position:].strip():
            if _columns(row, position, len(row) - len(row[position:].lstrip(" \t"))) < container:
                return matched, position
            position = _skip(row, position, container)
    return len(containers), position


def _open_containers(row: str, position: int, containers: list[int]) -> int:
    """Open the containers that a row begins; where its own text begins."""
    while len(containers) < MOST_CONTAINERS:
        mark = _QUOTE_MARK.match(row, position)
        if mark is not None:
            containers.append(_QUOTE)
            position = mark.end()
            continue
        mark = _ITEM_MARK.match(row, position)
        if mark is not None:
            width = _columns(row, position, mark.end())
            marker = mark.end(1) - position
            # Five columns or more after the marker are an indented code block of the item.
            containers.append(width if mark[2] and width - marker < 5 else marker + 1)
            position = mark.end() if mark[2] and width - marker < 5 else min(position + marker + 1, len(row))
            if position >= len(row):
                return position
            continue
        if _FLAP_MARK.match(row, position):
            containers.append(4)
        return position
    return position


def _goes_on(row: str, position: int) -> bool:
    """Whether a row can belong to the paragraph before it: it is not blank and begins nothing of its own."""
    begins = (_QUOTE_MARK, _ITEM_MARK, _FLAP_MARK, _HEADING, _ANY_FENCE)
    return bool(row[position:].strip()) and not any(mark.match(row, position) for mark in begins)


def _closes(row: str, position: int, fence: str) -> bool:
    """Whether a row ends the fence that was opened with these characters."""
    closing = _FENCE.match(row, position)
    return (
        closing is not None
        and closing[2][0] == fence[0]
        and len(closing[2]) >= len(fence)
        and not closing[3].strip(" \t")
        and _columns(row, position, closing.end(1)) <= 3
    )


def _columns(row: str, start: int, end: int) -> int:
    """How many columns some characters of a row take; tabs stop at every fourth."""
    if "\t" not in row[:end]:
        return end - start
    return len(row[:end].expandtabs(4)) - len(row[:start].expandtabs(4))


def _skip(row: str, position: int, columns: int) -> int:
    """The position after as much white space as fits in some columns."""
    end = position
    while end < len(row) and row[end] in " \t" and _columns(row, position, end + 1) <= columns:
        end += 1
    return end


def _holds_python(info: str) -> bool:
    """Whether what follows a fence says that it holds Python: `python`, `py title="x"`, `{python}`, `{.python}`."""
    language = _LANGUAGE.match(info)
    if language is None:
        return False
    name = language[1].lower()
    if info.startswith("{") and name in _DIRECTIVES:
        return language[2].lower() in _PYTHON or (not language[2] and name in ("code-cell", "testcode"))
    return name in _PYTHON


def _without_options(piece: Piece) -> Piece:
    """Blank the options (`:tags: x`) that MyST's directives take in their first rows."""
    for number, row in enumerate(piece.rows):
        if not _OPTION.match(row):
            break
        piece.rows[number] = ""
    return piece

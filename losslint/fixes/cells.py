"""Edits of a notebook: only the text of its cells changes, everything else of the JSON stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]

from losslint.fixes.edits import Edit, Overlap
from losslint.sources.notebook import notebook_source
from losslint.sources.source import Source, UnreadableSource
from losslint.vocabulary.places import Place

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[-+.\w]+")
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class _Literal:
    """A string of the JSON: where it stands with its quotes, and where each of its characters begins."""

    start: int
    end: int
    text: str
    characters: tuple[int, ...]


def changed_notebook(data: bytes, edits: Iterable[Edit], shown: str) -> bytes:
    """A notebook's bytes with edits made; they count rows and columns as `notebook_source` does. Raises
    UnreadableSource for cells that cannot be written as they were."""
    source = notebook_source(data, shown, shown)
    mark = data[:3] if data.startswith(b"\xef\xbb\xbf") else b""
    raw = data[len(mark) :].decode("utf-8")
    cells = list(_cells(raw))
    splices: list[tuple[int, int, str]] = []
    for edit in set(edits):
        splices += _splices(source, cells, edit, raw)
    splices.sort()
    parts: list[str] = []
    position = 0
    for start, end, content in splices:
        if start < position:
            raise Overlap(shown)
        parts += [raw[position:start], content]
        position = end
    parts.append(raw[position:])
    return mark + "".join(parts).encode("utf-8")


def _splices(source: Source, cells: list[list[_Literal]], edit: Edit, raw: str) -> Iterator[tuple[int, int, str]]:
    """What an edit changes in the JSON: where, and what comes there."""
    cell, first = source.cells[edit.row - 1]
    end_row = min(edit.end_row, len(source.cells))
    end_cell, last = source.cells[end_row - 1]
    literals = cells[cell - 1] if cell <= len(cells) else []
    text = "".join(literal.text for literal in literals)
    rows = text.split("\n")
    if end_cell != cell or end_row != edit.end_row or "\r" in text:
        raise UnreadableSource("has a change at the end of a cell", source.place(edit.row))
    plain = source.text.split("\n")
    for row in range(edit.row, end_row + 1):
        if rows[source.cells[row - 1][1] - 1][_indent(source, row) :] != plain[row - 1]:
            raise UnreadableSource("has something else than Python where it would be changed", source.place(row))
    start = _offset(rows, first, edit.column + _indent(source, edit.row))
    end = _offset(rows, last, edit.end_column + _indent(source, end_row))
    written = json.dumps(edit.content, ensure_ascii=raw.isascii())[1:-1]
    before = 0
    for place, literal in enumerate(literals):
        after = before + len(literal.text)
        low, high = max(start, before), min(end, after)
        is_last = place + 1 == len(literals)
        here = before <= start < after or (is_last and start >= before and bool(written))
        if low < high or (here and written):
            content, written = (written, "") if here else ("", written)
            if not content and (low, high) == (before, after) and not is_last:
                yield literal.start, literals[place + 1].start, ""  # a row that goes takes its string along
            else:
                yield literal.characters[low - before], literal.characters[max(low, high) - before], content
        before = after


def _indent(source: Source, row: int) -> int:
    return source.indents[row - 1] if source.indents else 0


def _offset(rows: list[str], row: int, column: int) -> int:
    return sum(len(each) + 1 for each in rows[: row - 1]) + column - 1


# ---------------------------------------------------------------- where strings stand in JSON


def _cells(raw: str) -> Iterator[list[_Literal]]:
    """The strings that the source of each cell consists of, in order."""
    found: dict[int, list[_Literal]] = {}
    count = 0
    for path, literal in _strings(raw):
        if path[:1] != ("cells",) or len(path) < 3 or not isinstance(path[1], int):
            if path[:1] == ("worksheets",):
                raise UnreadableSource("is written in an old format, which is not edited", Place("", 1))
            continue
        count = max(count, path[1] + 1)
        if path[2] == "source" and len(path) <= 4:
            found.setdefault(path[1], []).append(literal)
    for number in range(count):
        yield found.get(number, [])


def _strings(raw: str) -> Iterator[tuple[tuple[str | int, ...], _Literal]]:
    """Every string value of a JSON text that is known to be well-formed, with the keys that lead to it. Goes without
    recursion: a notebook's outputs may be nested deeply."""
    stack: list[list[str | int | None]] = []  # for each object its current key, for each list its current place
    at = 0
    while at < len(raw):
        at = _SPACE.match(raw, at).end()  # type: ignore[union-attr]
        if at >= len(raw):
            return
        character = raw[at]
        if character in "{[":
            stack.append([None if character == "{" else 0])
            at += 1
        elif character in "}]":
            stack.pop()
            at += 1
        elif character == ",":
            top = stack[-1][0]
            stack[-1][0] = top + 1 if isinstance(top, int) else None
            at += 1
        elif character == ":":
            at += 1
        elif character == '"':
            text, end = scanstring(raw, at + 1, False)
            if stack and stack[-1][0] is None:
                stack[-1][0] = text
            else:
                keys = tuple(each[0] for each in stack if each[0] is not None)
                if keys[:1] == ("cells",) and "source" in keys[2:3]:
                    yield keys, _literal(raw, at, end, text)
                elif keys[:1] in (("cells",), ("worksheets",)):
                    yield keys, _Literal(at, end, "", ())
            at = end
        else:
            at = _SCALAR.match(raw, at).end()  # type: ignore[union-attr]


def _literal(raw: str, start: int, end: int, text: str) -> _Literal:
    characters = [match.start() for match in _ESCAPE.finditer(raw, start + 1, end - 1)]
    if len(characters) != len(text):
        raise UnreadableSource("holds half a character (a surrogate)", Place("", 1))
    return _Literal(start, end, text, (*characters, end - 1))

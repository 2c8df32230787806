"""Edits of the examples of docstrings: what follows the prompts changes, the prompts and everything else stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from losslint.fixes.edits import Edit, changed, changed_text
from losslint.fixes.syntax import NoFix
from losslint.sources.doctests import docstring_source, examples
from losslint.sources.python import decode
from losslint.sources.source import Source
from losslint.sources.tree import docstring_number, file_of

_PROMPT = re.compile(r"(?:>>>|\.\.\.)(?:[ \t]+(\S?)|$)")
_QUOTES = re.compile(r"\"\"\"|'''")


def in_file(source: Source, data: bytes, edit: Edit) -> Edit:
    """An edit of a docstring's `source` in the rows and columns of its file, whose bytes are `data`. Raises NoFix where
    it would write beside the examples, or where they may need something else than what it does."""
    rows, plain = decode(data, source.shown).split("\n"), source.text.split("\n")
    for row in range(edit.row, edit.end_row + 1):
        if not plain[row - 1].strip() or not rows[row - 1][source.indents[row - 1] :].startswith(plain[row - 1]):
            raise NoFix("what would be changed is no row of an example", source.place(row))
    if "\n" in edit.content or edit.row != edit.end_row:
        raise NoFix("a row of an example would come or go", source.place(edit.row))
    if not set(edit.content).isdisjoint("\\\"'"):
        raise NoFix("quotes and backslashes may mean something else in a docstring", source.place(edit.row))
    for row, is_read in _beside(source, rows, plain):
        if not is_read:
            raise NoFix("examples of the docstring are not read", source.place(row))
        if row > edit.row:
            raise NoFix("what an example is shown to print may be another then", source.place(row))
    indent = source.indents[edit.row - 1]
    return replace(edit, name=file_of(edit.name), column=edit.column + indent, end_column=edit.end_column + indent)


def as_meant(before: Source, data: bytes, edits: Sequence[Edit], meant: Sequence[Edit]) -> bool:
    """Whether a docstring is read, after the `edits` of its file, as what is `meant` by those of itself."""
    after = docstring_source(changed(data, edits, before.shown), before.name, before.shown)
    return _said(after.text) == _said(changed_text(before.text, meant, before.shown))


def _said(text: str) -> list[str]:
    """The rows that say something: edits of the code above a docstring move it."""
    return [row for row in text.split("\n") if row.strip()]


def _beside(source: Source, rows: list[str], plain: list[str]) -> Iterator[tuple[int, bool]]:
    """The rows (from 1) of a docstring that examples are shown to print (True), and those of examples that are left out
    (False)."""
    found = examples("\n".join(rows))[docstring_number(source.name) - 1]
    end = found.first + len(found.piece.rows)
    entered = False
    for number in range(found.first, end):
        row = rows[number][found.piece.indents[0] :] if number == found.first else rows[number]
        text = (_QUOTES.split(row)[0] if number == end - 1 else row).strip()
        prompt = _PROMPT.match(text)
        if prompt is not None and (entered or text.startswith(">>>")):
            if prompt[1] and not plain[number].strip():
                yield number + 1, False
            entered = True
        elif entered and text:
            yield number + 1, True
        else:
            entered = False

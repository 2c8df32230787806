"""Edits of a Markdown document: only the text inside its Python fences changes, everything else stays as it is."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import replace

from losslint.fixes.edits import Edit, changed_text
from losslint.sources.markdown import is_whole, markdown_source
from losslint.sources.python import normalised
from losslint.sources.source import Source, UnreadableSource
from losslint.vocabulary.places import Place


def changed_document(data: bytes, edits: Iterable[Edit], shown: str) -> bytes:
    """A document's bytes with edits made; they count rows and columns as `markdown_source` does. Raises
    UnreadableSource for what cannot be written as it was, or would not be read as it is meant."""
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        text = data[len(mark) :].decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableSource("is not UTF-8", Place(shown, 1)) from None
    source = markdown_source(data, shown, shown)
    plain, rows = source.text.split("\n"), normalised(text).split("\n")
    wanted = list(edits)
    after = mark + changed_text(text, [_in_document(source, plain, rows, edit) for edit in wanted], shown).encode()
    # A fence that does not parse any more would be passed over in silence: what is read has to be what was meant.
    if markdown_source(after, shown, shown).text != changed_text(source.text, wanted, shown):
        raise UnreadableSource("would not be read as it is meant", source.place(wanted[0].row))
    return after


def only_parts_are_read(data: bytes) -> bool:
    """Whether a document has Python fences that are passed over."""
    return not is_whole(normalised(data.decode("utf-8-sig", "replace")))


def _in_document(source: Source, plain: list[str], rows: list[str], edit: Edit) -> Edit:
    """The same edit in the rows and columns of the document."""
    if (edit.column, edit.end_column, edit.content) == (1, 1, ""):
        return edit  # rows that go, with all that stands before them
    for row in range(edit.row, edit.end_row + 1):
        if rows[row - 1][_indent(source, row) :] != plain[row - 1]:
            raise UnreadableSource("has something else than Python where it would be changed", source.place(row))
    before = rows[edit.row - 1][: _indent(source, edit.row)]
    if "\n" in edit.content and before.strip(" \t>"):
        raise UnreadableSource("has a prompt where rows would be added", source.place(edit.row))
    return replace(
        edit,
        column=edit.column + _indent(source, edit.row),
        end_column=edit.end_column + _indent(source, edit.end_row),
        content=edit.content.replace("\n", "\n" + before),
    )


def _indent(source: Source, row: int) -> int:
    return source.indents[row - 1] if source.indents else 0

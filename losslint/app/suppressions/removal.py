"""How a comment is taken away, or some of what it names: everything else of its row stays to the byte."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from losslint.comments.reading import Directive, Word
from losslint.sources.source import Source
from losslint.sources.tree import is_docstring
from losslint.vocabulary.places import Place
from losslint.vocabulary.repairs import Action, Applicability, Change, Repair


def removal(source: Source, directive: Directive, unused: Collection[Word]) -> Repair:
    """What takes some words out of a directive; all of it, when nothing is left that it names."""
    row = source.text.split("\n")[directive.row - 1]
    words = directive.words or ()
    kept = [word for word in words if word not in unused]
    if kept:
        listed = "".join(_with_separator(row, words, word, kept) for word in kept)
        change = _change(source, directive.row, words[0].start, directive.row, words[-1].end, listed)
        names = " and ".join(f"`{word.text}`" for word in dict.fromkeys(unused))
        return Repair(Applicability.SAFE, f"Remove {names} from the comment", (change,))
    return Repair(Applicability.SAFE, "Remove the comment", (_whole(source, directive, row),))


def _with_separator(row: str, words: Sequence[Word], word: Word, kept: Sequence[Word]) -> str:
    """A word that stays, with what separates it from the next one that does."""
    if word is kept[-1]:
        return word.text
    following = words[words.index(word) + 1]
    return word.text + (row[word.end : following.start] or ", ")


def _whole(source: Source, directive: Directive, row: str) -> Change:
    """The change that takes a directive away: with its comment, where that says nothing else."""
    start, end = directive.comment
    before, after = row[start : directive.start].strip(), row[directive.end : end].strip()
    number = directive.row
    if before:
        return _change(source, number, start + len(row[start : directive.start].rstrip()), number, directive.end)
    if after:
        behind = row[directive.end : end]
        return _change(source, number, directive.start, number, directive.end + len(behind) - len(behind.lstrip()))
    if not directive.alone or is_docstring(source.name):  # a prompt stays where it is
        return _change(source, number, len(row[:start].rstrip()), number, end)
    rows = source.text.split("\n")
    if number < len(rows) and _same_cell(source, number, number + 1):
        return _change(source, number, 0, number + 1, 0)
    if number > 1 and _same_cell(source, number, number - 1):
        return _change(source, number - 1, len(rows[number - 2]), number, len(row))
    return _change(source, number, 0, number, len(row))


def _same_cell(source: Source, row: int, other: int) -> bool:
    return not source.cells or source.cells[row - 1][0] == source.cells[other - 1][0]


def _change(source: Source, row: int, column: int, end_row: int, end_column: int, content: str = "") -> Change:
    place: Place = source.place(row, column + 1, end_row, end_column + 1)
    return Change(Action.TEXT, place, value=content)

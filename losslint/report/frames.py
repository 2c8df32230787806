"""Code frames: a row of code with its number, and a mark under what is meant."""

from __future__ import annotations

from losslint.report.escape import escaped, width
from losslint.report.style import Style
from losslint.report.texts import Texts
from losslint.vocabulary.places import Place

#: Columns of code that are shown of one row.
WIDEST = 110


def where(place: Place) -> str:
    """`file:row:column`, with the cell of a notebook."""
    cell = f":cell {place.cell}" if place.cell is not None else ""
    return f"{escaped(place.filename)}{cell}:{place.row}:{place.column}"


def frame(texts: Texts, place: Place, style: Style, gutter: int) -> list[str]:
    """The rows of a code frame; empty when the file cannot be read any more."""
    text = texts.row(place)
    if text is None:
        return []
    start = min(place.column - 1, len(text))
    single = place.end_row in (0, place.row)
    end = place.end_column - 1 if single and place.end_column else len(text.rstrip())
    end = max(min(end, len(text)), start + 1)
    text, start, end = _cut(text, start, end)
    # Escapes are wider than what they stand for: the mark is counted out under what is really written.
    before, marked, after = (
        style.encodable(escaped(part.expandtabs(4))) for part in (text[:start], text[start:end], text[end:])
    )
    bar = style.blue("|")
    number = style.blue(f"{place.row:>{gutter}}")
    mark = " " * width(before) + "^" * max(width(marked), 1)
    return [f"{number} {bar} {before}{marked}{after}".rstrip(), f"{' ' * gutter} {bar} {style.red(mark)}"]


def _cut(text: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a long row around the mark."""
    text = text.rstrip()
    indent = len(text) - len(text.lstrip())
    cut = min(indent, start)
    text, start, end = text[cut:], start - cut, end - cut
    if len(text) <= WIDEST:
        return text, start, end
    left = max(0, min(start - 20, len(text) - WIDEST))
    right = left + WIDEST
    shown = ("…" if left else "") + text[left:right] + ("…" if right < len(text) else "")
    shift = left - (1 if left else 0)
    return shown, start - shift, min(end - shift, len(shown))

"""The rows of code around a place, with what is meant marked."""

from __future__ import annotations

from losslint.report.page.text import plain
from losslint.report.texts import Texts
from losslint.vocabulary.places import Place

#: Rows that are shown before and behind.
AROUND = 2
#: Rows of a long place that are shown.
MOST_ROWS = 12
#: Characters of a row that are shown: minified code is no help to anybody.
WIDEST = 400


def code(place: Place, texts: Texts) -> str:
    """A block of code; empty when the file cannot be read any more."""
    last = place.end_row or place.row
    shown_last = min(last, place.row + MOST_ROWS - 1)
    rows: list[tuple[int, str]] = []
    for number in range(max(1, place.row - AROUND), shown_last + AROUND + 1):
        text = texts.row(place, number)
        if text is not None:
            rows.append((number, text.rstrip()))
    if not any(number == place.row for number, _ in rows):
        return ""
    while rows[0][0] < place.row and not rows[0][1]:
        del rows[0]
    while rows[-1][0] > shown_last and not rows[-1][1]:
        del rows[-1]
    indent = min((len(text) - len(text.lstrip()) for _, text in rows if text), default=0)
    wide = len(str(rows[-1][0]))
    written = [_row(number, text, place, last, indent, wide) for number, text in rows]
    return f'<pre tabindex="0" role="group" aria-label="code"><code>{"".join(written)}</code></pre>'


def _row(number: int, text: str, place: Place, last: int, indent: int, wide: int) -> str:
    inside = place.row <= number <= last
    gutter = f'<span class="n">{number:>{wide}}</span>'
    if not inside:
        return f'<span class="r">{gutter}{_part(text[indent:])}</span>\n'
    begin = max(place.column - 1, indent) if number == place.row else len(text) - len(text.lstrip())
    end = place.end_column - 1 if number == last and place.end_column else len(text)
    begin = min(begin, len(text))
    end = max(min(end, len(text)), begin)
    marked = f"<mark>{_part(text[begin:end])}</mark>" if end > begin else ""
    before = text[min(indent, begin) : begin]
    return f'<span class="r here">{gutter}{_part(before, tail=True)}{marked}{_part(text[end:])}</span>\n'


def _part(text: str, tail: bool = False) -> str:
    text = text.expandtabs(4)
    if len(text) > WIDEST:
        text = f"…{text[-WIDEST:]}" if tail else f"{text[:WIDEST]}…"
    return plain(text)

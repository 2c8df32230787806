"""Text on its way into HTML: nothing in it is markup, and nothing in it is invisible."""

from __future__ import annotations

from html import escape

from losslint.report.escape import escaped
from losslint.vocabulary.places import Place


def plain(text: str, keep: str = "") -> str:
    """Text between tags or in a quoted attribute. What would be invisible, or would turn the writing direction, is
    shown as an escape, as in a terminal; characters of `keep` stay."""
    return escape(escaped(text, keep), quote=True)


def prose(text: str) -> str:
    """A sentence; what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(
        f"<code>{plain(part)}</code>" if number % 2 and part else plain(part) for number, part in enumerate(parts)
    )


def where(place: Place) -> str:
    """`file:row:column`, ready for HTML, with the cell of a notebook."""
    cell = f" cell {place.cell}" if place.cell is not None else ""
    return f"{plain(place.filename)}{cell}:{place.row}:{place.column}"

"""Places for formats that know nothing of cells."""

from __future__ import annotations

from losslint.vocabulary.places import Place


def file_row(place: Place) -> int:
    """The row of a file in which a place begins. A cell's rows are not those of the notebook's JSON, so what stands in
    one is said to be in the first: the message names the cell."""
    return place.row if place.cell is None else 1


def cell_before(place: Place) -> str:
    """What comes before a message where the row cannot say it: `cell 3, 2:5: `."""
    return f"cell {place.cell}, {place.row}:{place.column}: " if place.cell is not None else ""


def utf8_column(row: str | None, column: int) -> int:
    """A column, from 1, counted in bytes of UTF-8. `row` is the text of the row, None where it is not known."""
    if row is None:
        return column
    return len(row[: column - 1].encode("utf-8", "surrogatepass")) + 1 + max(column - 1 - len(row), 0)

"""The code cells of a Jupyter notebook, joined into one text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losslint.sources.magics import without_magics
from losslint.sources.pieces import Piece, leave_out_broken
from losslint.sources.python import normalised
from losslint.sources.source import Source, UnreadableSource
from losslint.vocabulary.places import Place


def notebook_source(data: bytes, name: str, shown: str) -> Source:
    """The Python of a notebook's bytes. Raises UnreadableSource when they hold no notebook.

    Cells of another language are left out, and so are cells that do not parse, which `Source.problems` tells of.
    """
    if not data.strip():
        return Source(name, shown, "")  # an empty file holds nothing that could be missed
    notebook = _notebook(data, shown)
    if not _is_python(notebook):
        return Source(name, shown, "")
    numbers: list[int] = []
    cells: list[tuple[int, int]] = []
    pieces: list[Piece] = []
    for number, code in _code_cells(notebook, shown):
        piece = Piece(normalised(code).split("\n"))
        piece.dedent()
        piece.strip_prompts()
        piece.rows = without_magics(piece.rows)
        numbers.append(number)
        cells += [(number, row) for row in range(1, len(piece.rows) + 1)]
        pieces.append(piece)
    problems = [
        UnreadableSource(message, Place(shown, row, column, cell=numbers[index]))
        for index, message, row, column in leave_out_broken(pieces)
    ]
    indents = tuple(indent for piece in pieces for indent in piece.indents)
    return Source(
        name,
        shown,
        "\n".join(piece.text for piece in pieces),
        tuple(cells),
        indents if any(indents) else (),
        tuple(problems),
    )


def _notebook(data: bytes, shown: str) -> dict[str, Any]:
    """The JSON object that a notebook is."""
    import json

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        byte = data[error.start : error.start + 1].hex()
        raise UnreadableSource(f"is no notebook: byte 0x{byte} is not valid UTF-8", Place(shown, row, column)) from None
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"is no notebook: invalid JSON, {error.msg[:1].lower()}{error.msg[1:]}"
        raise UnreadableSource(message, Place(shown, error.lineno, error.colno)) from None
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(f"is no notebook: {error}", Place(shown, 1)) from None
    if not isinstance(notebook, dict):
        raise UnreadableSource("is no notebook: its JSON is no object", Place(shown, 1))
    return notebook


def _is_python(notebook: dict[str, Any]) -> bool:
    """Whether the notebook's kernel speaks Python; one that does not say so does."""
    metadata = _object(notebook.get("metadata"))
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        language = _object(metadata.get(key)).get(field)
        if isinstance(language, str) and language:
            return "python" in language.lower()
    return True


def _code_cells(notebook: dict[str, Any], shown: str) -> Iterator[tuple[int, str]]:
    """The number (from 1, among all cells) and the text of every cell that holds Python."""
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):  # nbformat 3 and older
        cells = [cell for sheet in notebook["worksheets"] for cell in _list(_object(sheet).get("cells"))]
    if not isinstance(cells, list):
        raise UnreadableSource("is no notebook: it has no list of cells", Place(shown, 1))
    for number, cell in enumerate(map(_object, cells), 1):
        if cell.get("cell_type") != "code":
            continue
        editor = _object(_object(cell.get("metadata")).get("vscode")).get("languageId")
        language = cell.get("language") or editor
        if isinstance(language, str) and "python" not in language.lower():
            continue
        code = cell.get("source", cell.get("input", ""))
        if isinstance(code, list):
            code = "".join(part for part in code if isinstance(part, str))
        if isinstance(code, str) and code:
            yield number, _whole_characters(code)


def _whole_characters(code: str) -> str:
    """JSON can hold halves of characters, which no parser takes."""
    return code if code.isascii() else code.encode("utf-8", "replace").decode("utf-8")


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []

"""The examples of docstrings (`>>> …`), each docstring as a text of its own with the file's rows.

doctest runs the examples of one docstring one after another, in what the module has bound by then, and each docstring
apart from the others. So each is read as a small module that begins with all of its file's names, and is a file of its
own in a tree, beside the one that it stands in.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from losslint.sources.pieces import Piece, leave_out_broken
from losslint.sources.python import decode
from losslint.sources.source import Source, UnreadableSource
from losslint.sources.tree import docstring_number, file_of

#: What a file has to hold before it is worth a look.
PROMPT = b">>>"

#: So many blank rows are no burden.
FEW = 3

_OPENING = re.compile(r"([rRuU]?)(\"\"\"|''')")


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples of one docstring: the index of the first row (from 0), and the rows without prompts."""

    first: int
    piece: Piece


def count(data: bytes, name: str) -> int:
    """How many docstrings of a file have examples; none of one that cannot be read."""
    if PROMPT not in data or not name.endswith(".py"):
        return 0
    try:
        return len(examples(decode(data, name)))
    except UnreadableSource:
        return 0


def docstring_source(data: bytes, name: str, shown: str) -> Source:
    """The examples of one docstring, everything else blank. Raises UnreadableSource when the file cannot be decoded."""
    text, number = decode(data, shown), docstring_number(name)
    listed = examples(text)
    if not 1 <= number <= len(listed):
        return Source(name, shown, "")  # the file has changed since it was looked through
    found = listed[number - 1]
    plain = [*_above(found.first, _names_of(file_of(name))), *found.piece.rows]
    indents = [*([0] * found.first), *found.piece.indents]
    if not plain[0]:
        plain[0] = _names_of(file_of(name))
    return Source(name, shown, "\n".join(plain), indents=tuple(indents))


def _above(count: int, names: str) -> list[str]:
    """The rows above a docstring: nothing but the statement that gives it the `names` of its file. They are put into
    one string: a parser keeps each blank row for itself, and a file with many docstrings has them above each."""
    if count < FEW:
        return [names, *([""] * (count - 1))] if count else []
    return [f'{names}; """' if names else '"""', *([""] * (count - 2)), '"""']


def _names_of(file: str) -> str:
    """The statement that gives a text what a file beside it has bound, with what begins with an underscore."""
    stem = file.rpartition("/")[2].removesuffix(".py")
    if stem == "__init__":
        return "from . import *"
    return f"from .{stem} import *" if stem.isidentifier() else ""


@lru_cache(maxsize=8)  # one file is asked for as often as it has docstrings
def examples(text: str) -> Sequence[Examples]:
    """The examples of each docstring that has any, from the top. What does not parse is left out without a word: only
    doctest could say whether it is meant to."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is not ours to tell
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    lines = text.split("\n")
    found = []
    for node in _docstrings(tree):
        first = node.lineno - 1
        piece = _piece(lines, node)
        if piece is not None:
            leave_out_broken([piece])
            if any(row.strip() for row in piece.rows):
                found.append(Examples(first, piece))
    return tuple(found)


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    """The docstrings in which doctest looks: those of the module, and of its classes and functions, but not of what
    functions define inside of them."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            head = node.body[0] if node.body else None
            if (
                isinstance(head, ast.Expr)
                and isinstance(head.value, ast.Constant)
                and isinstance(head.value.value, str)
            ):
                if ">>>" in head.value.value:
                    yield head.value
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
        if isinstance(node, (ast.stmt, ast.Module, ast.ExceptHandler)):
            pending += reversed([each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.expr)])


def _piece(lines: list[str], node: ast.Constant) -> Piece | None:
    """The rows of a docstring, its examples without prompts and all else blank; None for one that is written so that
    its rows are not those of the file."""
    last = (node.end_lineno or node.lineno) - 1
    rows = lines[node.lineno - 1 : last + 1]
    start = len(rows[0].encode()[: node.col_offset].decode())
    opening = _OPENING.match(rows[0], start)
    if opening is None:
        return None
    end = len(rows[-1].encode()[: node.end_col_offset].decode()) - 3
    rows[-1] = rows[-1][:end]  # before the first row is cut: it may be the same one
    rows[0] = rows[0][opening.end() :]
    if opening[2] in "\n".join(rows):
        return None  # two strings beside each other
    piece = Piece(rows)
    piece.indents[0] = opening.end()
    piece.keep_examples(raw=opening[1] in ("r", "R"))
    return piece if any(piece.rows) else None

"""Runs of rows that stand in something else: a notebook's cells, a document's fences."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

#: The prompts of the Python console, of doctests and of IPython.
_FIRST_PROMPT = re.compile(r"[ \t]*(?:>>>(?= |$) ?|In \[\d*\]: ?)")
_DOCTEST = re.compile(r"[ \t]*>>>(?= |$) ?")
_NEXT_PROMPT = re.compile(r"[ \t]*(?:\.\.\.(?= |$) ?|\.\.\.+: ?)")
#: What is printed when a statement raises.
_RAISED = re.compile(r"[ \t]*Traceback \((?:most recent call|innermost) last\):")


@dataclass(slots=True)
class Piece:
    """Rows, and how many characters were taken from the front of each."""

    rows: list[str]
    indents: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.indents = self.indents or [0] * len(self.rows)

    @property
    def text(self) -> str:
        """The rows as one text."""
        return "\n".join(self.rows)

    def blank(self) -> None:
        """Leave all of it out."""
        self.rows[:] = [""] * len(self.rows)

    def dedent(self) -> None:
        """Take the indentation of the first row from every row that has it, as IPython does."""
        first = next((row for row in self.rows if row.strip()), "")
        indent = first[: len(first) - len(first.lstrip(" \t"))]
        if indent:
            for number, row in enumerate(self.rows):
                if row.startswith(indent):
                    self._cut(number, len(indent))

    def strip_prompts(self) -> None:
        """Where the first row has a console's prompt: keep what follows prompts, leave out what was printed."""
        if _FIRST_PROMPT.match(next((row for row in self.rows if row.strip()), "")):
            self._keep_prompted(_FIRST_PROMPT)

    def keep_examples(self, raw: bool) -> None:
        """Of a docstring's rows, keep what doctest runs. Without `raw`, a backslash means something else in the file
        than in the docstring: all from there on is left out."""
        first = next((number for number, row in enumerate(self.rows) if not raw and _is_escaping(row)), None)
        self._keep_prompted(_DOCTEST)
        if first is not None:
            self.rows[first:] = [""] * (len(self.rows) - first)

    def _keep_prompted(self, first_prompt: re.Pattern[str]) -> None:
        """Keep what follows prompts. A statement that is shown to raise is left out with what it prints: it is there
        to say that it is wrong."""
        entered = False
        first = 0  # of the statement at hand
        for number, row in enumerate(self.rows):
            prompt = first_prompt.match(row)
            if prompt is not None:
                first = number
            elif entered:
                prompt = _NEXT_PROMPT.match(row)
            if prompt is not None:
                self._cut(number, prompt.end())
            else:
                if entered and _RAISED.match(row):
                    self.rows[first:number] = [""] * (number - first)
                self.rows[number] = ""
            entered = prompt is not None

    def _cut(self, number: int, count: int) -> None:
        self.rows[number] = self.rows[number][count:]
        self.indents[number] += count


def _is_escaping(row: str) -> bool:
    return "\\" in row and (_DOCTEST.match(row) is not None or _NEXT_PROMPT.match(row) is not None)


def syntax_error(text: str) -> tuple[str, int, int] | None:
    """What the interpreter has against a text, at which row and column; None when it parses."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape is not ours to tell
        try:
            ast.parse(text)
        except SyntaxError as error:
            return f"syntax error: {error.msg}", max(error.lineno or 1, 1), max(error.offset or 1, 1)
        except ValueError as error:
            return str(error), 1, 1
        except (RecursionError, MemoryError):
            return "nested too deeply to be read", 1, 1
    return None


def leave_out_broken(pieces: Sequence[Piece]) -> list[tuple[int, str, int, int]]:
    """Blank the pieces that do not parse by themselves, if the whole does not parse.

    Tells of each: its number (from 0), what is wrong, and at which of its rows and columns.
    """
    broken: list[tuple[int, str, int, int]] = []
    if syntax_error("\n".join(piece.text for piece in pieces)) is None:
        return broken
    for number, piece in enumerate(pieces):
        wrong = syntax_error(piece.text)
        if wrong is not None:
            message, row, column = wrong
            row = min(row, len(piece.rows))
            broken.append((number, message, row, column + piece.indents[row - 1]))
            piece.blank()
    return broken

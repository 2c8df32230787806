"""Units: the pieces of a file that are parsed and lowered one at a time, when somebody asks for them."""

from __future__ import annotations

import sys
from collections.abc import Hashable
from typing import TYPE_CHECKING

from losslint.static.files.index import MODULE, Index
from losslint.static.lowering.forms import Form
from losslint.vocabulary.places import Place

if TYPE_CHECKING:
    from losslint.static.files.file import File
    from losslint.static.lowering.forms import Graph
    from losslint.static.lowering.lowering import Written
    from losslint.static.lowering.positions import Range


class Unit:
    """A function, a method, a class body or the module part of a file."""

    __slots__ = ("_cut", "_graph", "_places", "file", "first", "last", "owner", "qualname", "sort")

    def __init__(self, file: File, qualname: str, sort: str, first: int, last: int, owner: str = "") -> None:
        self.file = file
        self.qualname = qualname
        self.sort = sort  # "function", "class" or "module"
        self.first = first
        self.last = last
        self.owner = owner
        #: how many characters were cut from the front of a row, up to a form feed that begins its indentation anew
        self._cut: dict[int, int] = {}
        self._graph: Graph | None = None
        self._places: list[Range] | None = None

    @property
    def name(self) -> str:
        """The unit's own name."""
        return self.qualname.rpartition(".")[2] or self.file.name

    def graph(self) -> Graph:
        """What the unit computes, lowered on first use."""
        if self._graph is None:
            self._graph = self._lowered()
        return self._graph

    def _lowered(self) -> Graph:
        from losslint.static.files.nesting import too_deep, too_large
        from losslint.static.lowering.forms import Graph

        message = "nested too deeply to be read"
        text = self.text()[0]
        if too_large(text):
            message = "too large to be followed"
        elif not too_deep(text):
            # Nothing is parsed before it was looked at: a parser may take the process along when the stack ends.
            from losslint.static.lowering.lowering import NotParsed, lower

            try:
                return lower(self)
            except NotParsed as error:
                message = f"not understood by libcst: {error}"
            except RecursionError:
                pass
        self.file.leave_out(message, self.first)
        return Graph(self, None)

    def written(self) -> list[Written]:
        """Every expression of the unit. What it computes is lowered anew, so that the forms are those of `graph()` from
        here on: nobody may hold those of before. Empty for what cannot be parsed."""
        from losslint.static.files.nesting import too_deep

        if too_deep(self.text()[0]):
            return []
        from losslint.static.lowering.lowering import NotParsed, written

        try:
            self._graph, found = written(self)
        except (NotParsed, RecursionError):
            return []
        return found

    def text(self) -> tuple[str, int]:
        """The unit's text as a parsable module, and how many rows to add to a row of it to get a row of the file."""
        lines = self.file.lines
        if "\f" in self.file.source.text:
            lines = [self._without_form_feed(row, line) for row, line in enumerate(lines, 1)]
        if self.sort == "module":
            blank = set[int]()
            for first, last in self.file.index.blanked:
                blank.update(range(first, last + 1))
            if not blank:
                return "\n".join(lines), 0
            kept = ["" if row in blank else line for row, line in enumerate(lines, 1)]
            # A definition inside an `if` or `try` of the module part may have been its whole body.
            for first, last in self.file.index.blanked:
                line = lines[first - 1]
                indent = line[: len(line) - len(line.lstrip())]
                if indent:
                    kept[first - 1] = indent + "pass"
                elif first == last and ":" in line and not line.lstrip().startswith(("def", "class", "async", "@")):
                    kept[first - 1] = ""
            for row, (name, _) in self.file.index.repeated.items():
                # Which definition a statement means depends on where it stands: each leaves its name in its place.
                line = lines[row - 1]
                kept[row - 1] = line[: len(line) - len(line.lstrip())] + f"def {name}(): pass"
            return "\n".join(kept) + "\n", 0
        piece = lines[self.first - 1 : self.last]
        if self.sort == "class":
            self._blank_methods(piece)
        head = piece[0]
        if head[:1] in (" ", "\t"):
            return "if 1:\n" + "\n".join(piece) + "\n", self.first - 2
        return "\n".join(piece) + "\n", self.first - 1

    def _without_form_feed(self, row: int, line: str) -> str:
        """A row whose indentation begins anew behind a form feed, as it does for CPython."""
        indent = line[: len(line) - len(line.lstrip(" \t\f"))]
        cut = indent.rfind("\f") + 1
        if cut:
            self._cut[row] = cut
        return line[cut:]

    def _blank_methods(self, piece: list[str]) -> None:
        """A class body is read without its methods, which are units of their own."""
        for method in self.file.index.functions.values():
            if method.owner != self.qualname:
                continue
            line = self.file.lines[method.first - 1]
            for row in range(method.first, method.last + 1):
                piece[row - self.first] = ""
            piece[method.first - self.first] = line[: len(line) - len(line.lstrip())] + "pass"

    def locate(self, form: Form) -> tuple[Place, str]:
        """The place of a form and its text: the unit is lowered once more, now with positions."""
        found = self.range(form)
        if found is None:
            return self.file.source.place(self.first), ""
        row, column, end_row, end_column = self.in_file(found)
        lines = self.file.lines
        if row == end_row:
            text = lines[row - 1][column - 1 : end_column - 1]
        else:
            text = lines[row - 1][column - 1 :] + " …"
        return self.file.source.place(row, column, end_row, end_column), text

    def in_file(self, found: Range) -> Range:
        """A range of the text that is read as one of the file's text."""
        row, column, end_row, end_column = found
        return row, column + self._cut.get(row, 0), end_row, end_column + self._cut.get(end_row, 0)

    def range(self, form: Form) -> Range | None:
        """The rows and columns of a form in the text that is read, from 1: row, column, end row, end column."""
        if self._places is None:
            from losslint.static.files.nesting import MOST_PYTHON_FRAMES
            from losslint.static.lowering.lowering import locate_all

            # Places are asked for when the observer has long gone on, or is done.
            limit = sys.getrecursionlimit()
            sys.setrecursionlimit(max(limit, MOST_PYTHON_FRAMES))
            try:
                self._places = locate_all(self)
            finally:
                sys.setrecursionlimit(limit)
        return self._places[form.seq] if form.seq < len(self._places) else None


#: Behind every form of a unit.
THE_END = 1 << 60


class FormSpot:
    """The spot of a form: its place is worked out when a finding needs it."""

    __slots__ = ("form",)

    def __init__(self, form: Form) -> None:
        self.form = form

    @property
    def filename(self) -> str:
        """The file that the form stands in."""
        return self.form.unit.file.source.shown

    def key(self) -> Hashable:
        """What tells the form from all others: its file, its unit and its number there."""
        return self.filename, self.form.unit.qualname, self.form.seq

    def place(self) -> Place:
        """Where the form stands."""
        return self.form.unit.locate(self.form)[0]

    def text(self) -> str:
        """How the form is written."""
        return self.form.unit.locate(self.form)[1]


def module_unit(file: File) -> Unit:
    """The unit of a file's module part."""
    return Unit(file, MODULE, "module", 1, len(file.lines))


def function_unit(file: File, qualname: str, index: Index) -> Unit:
    """The unit of a function or method that the index knows."""
    definition = index.functions[qualname]
    return Unit(file, qualname, "function", definition.first, definition.last, definition.owner)


def class_unit(file: File, qualname: str, index: Index) -> Unit:
    """The unit of a class body."""
    definition = index.classes[qualname]
    return Unit(file, qualname, "class", definition.first, definition.last)

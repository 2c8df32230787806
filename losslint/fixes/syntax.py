"""One file as libcst sees it: its nodes by the places where they stand, their text, and what is around them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from losslint.fixes.edits import Edit
from losslint.sources.source import Source
from losslint.static.files.nesting import MOST_PYTHON_FRAMES, too_deep
from losslint.vocabulary.places import Place

#: Row and column (from 1) of the start, and of the end, which is not included.
Range = tuple[int, int, int, int]

#: Expressions that can stand anywhere without parentheses.
_ATOMS = (
    cst.Name,
    cst.Attribute,
    cst.Call,
    cst.Subscript,
    cst.Integer,
    cst.Float,
    cst.SimpleString,
    cst.List,
    cst.Dict,
    cst.Set,
)


class NoFix(Exception):
    """Why nothing can be done, in words for people, with the place that is in the way where there is one."""

    def __init__(self, reason: str, place: Place | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


class Syntax:
    """The tree of a file. Raises NoFix for a file that libcst does not understand."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.rows = source.text.split("\n")
        if too_deep(source.text):
            raise NoFix("the file is nested too deeply to be edited")
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, MOST_PYTHON_FRAMES))
        try:
            self.module = cst.parse_module(source.text)
            self._positions = MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)
        except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError):
            raise NoFix("the file is not understood well enough to be edited") from None
        finally:
            sys.setrecursionlimit(limit)
        self._parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self._at: dict[Range, list[cst.CSTNode]] = {}
        pending: list[cst.CSTNode] = [self.module]
        while pending:
            node = pending.pop()
            position = self._positions.get(node)
            if isinstance(position, CodeRange):
                self._at.setdefault(_range(position), []).append(node)
            for child in node.children:
                self._parents[child] = node
                pending.append(child)

    def range(self, node: cst.CSTNode) -> Range:
        """Where a node stands, without its parentheses."""
        position = self._positions[node]
        assert isinstance(position, CodeRange)
        return _range(position)

    def whole(self, node: cst.BaseExpression) -> Range:
        """Where an expression stands, with its parentheses."""
        if not node.lpar:
            return self.range(node)
        first, last = self.range(node.lpar[0]), self.range(node.rpar[-1])
        return first[0], first[1], last[2], last[3]

    def text(self, where: Range) -> str:
        """The text of a range."""
        row, column, end_row, end_column = where
        if row == end_row:
            return self.rows[row - 1][column - 1 : end_column - 1]
        between = self.rows[row : end_row - 1]
        return "\n".join([self.rows[row - 1][column - 1 :], *between, self.rows[end_row - 1][: end_column - 1]])

    def code(self, node: cst.BaseExpression) -> str:
        """An expression as it is written, with its parentheses."""
        return self.text(self.whole(node))

    def node(self, place: Place, *sorts: type[cst.CSTNode]) -> cst.CSTNode | None:
        """A node of some sorts that stands exactly at a place."""
        row = text_row(self.source, place)
        end_row = row + place.end_row - place.row
        indents = self.source.indents
        cut, end_cut = (indents[row - 1], indents[end_row - 1]) if indents else (0, 0)
        where = (row, place.column - cut, end_row, place.end_column - end_cut)
        return next((node for node in self._at.get(where, ()) if isinstance(node, sorts)), None)

    def call(self, place: Place) -> cst.Call:
        """The call that stands at a place. Raises NoFix when there is none."""
        found = self.node(place, cst.Call)
        if not isinstance(found, cst.Call):
            raise NoFix("what is meant is not written as a call there", place)
        return found

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """What a node is a direct part of."""
        return self._parents.get(node)

    def around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """All that a node is a part of, from the inside."""
        parent = self._parents.get(node)
        while parent is not None:
            yield parent
            parent = self._parents.get(parent)

    def statement(self, node: cst.CSTNode) -> cst.CSTNode:
        """The statement (or its row) that a node is a part of."""
        for each in self.around(node):
            if isinstance(each, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
                return each
        return self.module

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The function that a node stands in."""
        return next((each for each in self.around(node) if isinstance(each, cst.FunctionDef)), None)

    def within(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """A node and all of its parts."""
        pending = [node]
        while pending:
            each = pending.pop()
            yield each
            pending.extend(each.children)

    def edit(self, where: Range, content: str) -> Edit:
        """The edit that puts some text in the place of a range."""
        return Edit(self.source.name, *where, content, self.source.shown)

    def before(self, node: cst.BaseExpression, content: str) -> Edit:
        """The edit that puts some text in front of an expression."""
        row, column, _, _ = self.whole(node)
        return self.edit((row, column, row, column), content)

    def behind(self, node: cst.BaseExpression, content: str) -> Edit:
        """The edit that puts some text behind an expression."""
        _, _, row, column = self.whole(node)
        return self.edit((row, column, row, column), content)

    def instead(self, node: cst.BaseExpression, content: cst.BaseExpression) -> list[Edit]:
        """The edits that leave only a part of an expression: what stands around the part goes."""
        outer, inner = self.range(node), self.whole(content)
        if self._comments(outer) != self._comments(inner):
            raise NoFix("a comment stands in what would be taken away")
        front, back = "", ""
        if not content.lpar and not self._stands_alone(node, content):
            front, back = "(", ")"
        return [
            edit
            for edit in (
                self.edit((outer[0], outer[1], inner[0], inner[1]), front),
                self.edit((inner[2], inner[3], outer[2], outer[3]), back),
            )
            if edit.content or (edit.row, edit.column) != (edit.end_row, edit.end_column)
        ]

    def _stands_alone(self, node: cst.BaseExpression, content: cst.BaseExpression) -> bool:
        """Whether a part can stand where the whole does without parentheses."""
        inner = self.whole(content)
        if inner[0] != inner[2] and not node.lpar and not self._in_brackets(node) and not _parses(self.text(inner)):
            return False  # it goes over several rows, which only the brackets around it allowed
        if isinstance(content, _ATOMS):
            return not isinstance(content, (cst.Integer, cst.Float))
        if isinstance(content, cst.Tuple):
            return False
        if node.lpar:
            return True
        parent = self.parent(node)
        if isinstance(parent, cst.Arg):
            return not parent.star and not isinstance(content, (cst.GeneratorExp, cst.NamedExpr))
        return isinstance(parent, (cst.Assign, cst.AnnAssign, cst.Return, cst.Expr, cst.Index)) and not isinstance(
            content, (cst.NamedExpr, cst.Yield)
        )

    def _in_brackets(self, node: cst.CSTNode) -> bool:
        for each in self.around(node):
            if isinstance(each, (cst.Call, cst.Subscript, cst.List, cst.Dict, cst.Set)):
                return True
            if isinstance(each, cst.BaseExpression) and each.lpar:
                return True
            if isinstance(each, cst.BaseStatement):
                return False
        return False

    def _comments(self, where: Range) -> int:
        """How many comments a range holds."""
        row, column, end_row, end_column = where
        return sum(
            isinstance(node, cst.Comment)
            for (at_row, at_column, _, _), nodes in self._at.items()
            if (row, column) <= (at_row, at_column) < (end_row, end_column)
            for node in nodes
        )

    def has_comment(self, where: Range) -> bool:
        """Whether a comment stands in a range."""
        return self._comments(where) > 0


def text_row(source: Source, place: Place) -> int:
    """The row of a source's text that a place begins in."""
    if not source.cells or place.cell is None:
        return place.row
    where = (place.cell, place.row)
    return source.cells.index(where) + 1 if where in source.cells else 1


def is_atom(node: cst.BaseExpression) -> bool:
    """Whether something can follow an expression (`.float()`) without parentheses around it."""
    return bool(node.lpar) or (isinstance(node, _ATOMS) and not isinstance(node, cst.Integer))


def dotted(node: cst.CSTNode | None) -> str:
    """`a.b.c` of a name or attribute chain, "" for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Name):
        parts.append(node.value)
        return ".".join(reversed(parts))
    return ""


def positional(call: cst.Call) -> list[cst.Arg]:
    """The arguments that are given by position. Raises NoFix where some are spread."""
    if any(arg.star for arg in call.args):
        raise NoFix("arguments are passed through `*` or `**`")
    return [arg for arg in call.args if arg.keyword is None]


def keyword(call: cst.Call, *names: str) -> cst.Arg | None:
    """The argument that is given by one of some names."""
    return next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value in names), None)


def _parses(text: str) -> bool:
    try:
        cst.parse_expression(text)
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return False
    return True


def _range(position: CodeRange) -> Range:
    start, end = position.start, position.end
    return start.line, start.column + 1, end.line, end.column + 1

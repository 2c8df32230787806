"""Lowering: a walk over the tree of a definition makes the graph that the evaluator walks.

The tree is the one that CPython's own parser makes, which takes a tenth of the time that a tree with all blanks and
comments does; what that parser refuses as too new is read with libcst and brought into the same form (`newer`). The
walk goes through statements in order with an environment of what each name is bound to. Its pieces stand on one
another: a walk with its scopes (`scope`), names that are read (`names`), places that are written (`bindings`),
`expressions`, `functions`, `statements`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from losslint.static.files.syntax_trees import parse
from losslint.static.lowering.forms import Defined, Form, Graph, Imported, Path
from losslint.static.lowering.positions import Positions, Range
from losslint.static.lowering.statements import Statements
from losslint.static.lowering.syntax import DEFINITIONS
from losslint.static.lowering.units import Unit


class NotParsed(Exception):
    """Neither CPython nor libcst understands a text."""


def lower(unit: Unit) -> Graph:
    """The graph of a unit. Raises NotParsed, and RecursionError for what is nested too deeply."""
    return _Lowering(unit, recording=False).run()


def locate_all(unit: Unit) -> list[Range]:
    """For each form of the unit, by its number: row, column, end row and end column in the file, from 1."""
    lowering = _Lowering(unit, recording=True)
    lowering.run()
    head = (unit.first, 1, unit.first, 1)
    return [place if place is not None else head for place in lowering.places()]


class Recorded(NamedTuple):
    """A unit lowered anew: its graph, every form of it in order, and the range of each, as `locate_all` gives it (None
    for a form that nothing in the text stands for)."""

    graph: Graph
    forms: list[Form]
    ranges: list[Range | None]


def recorded(unit: Unit) -> Recorded:
    """A unit with all of its forms. Raises NotParsed, and RecursionError for what is nested too deeply."""
    lowering = _Lowering(unit, recording=True)
    graph = lowering.run()
    return Recorded(graph, lowering.forms, lowering.places())


class Written(NamedTuple):
    """An expression of a unit, or a name that something is bound to: what it is, in which function, under which
    conditions, and where it stands in the file (row, column, end row, end column, from 1). `call` is the call that an
    expression is the callee of."""

    form: Form
    graph: Graph
    path: Path
    range: Range
    call: Form | None = None


def written(unit: Unit) -> tuple[Graph, list[Written]]:
    """A unit lowered anew: its graph, and every expression in it. Raises NotParsed, and RecursionError for what is
    nested too deeply."""
    lowering = _Noting(unit, recording=True)
    graph = lowering.run()
    return graph, list(lowering.written())


class _Lowering(Statements):
    """The walk through one unit."""

    def __init__(self, unit: Unit, recording: bool) -> None:
        super().__init__(unit, recording)
        self.text, self.offset = unit.text()
        self.body = _parsed(self.text)
        self.positions = Positions(self.text, self.offset)

    def run(self) -> Graph:
        unit, graph = self.unit, self.scope.graph
        body: Iterable[ast.stmt] = self.body
        if self.offset == unit.first - 2 and unit.sort != "module":  # the `if 1:` that holds an indented definition
            wrapper = self.body[0]
            assert isinstance(wrapper, ast.If)
            body = wrapper.body
        if unit.sort == "module":
            for name, bound in unit.file.index.names.items():
                if isinstance(bound, str):
                    if bound:
                        bound = next((q for known, q in unit.file.index.repeated.values() if known == name), bound)
                        defined = self._new(Defined(bound), None)
                        self.scope.env[name] = defined
                else:
                    self.scope.env[name] = self._new(Imported(bound.module, bound.attribute, bound.level), None)
            self._finish_body(body)
        elif unit.sort == "class":
            definition = _last_compound(body)
            if isinstance(definition, ast.ClassDef):
                self._finish_body(definition.body)
        else:
            definition = _last_compound(body)
            if isinstance(definition, DEFINITIONS):
                graph.decorators = tuple(self.expression(decorator) for decorator in definition.decorator_list)
                self._parameters(definition.args)
                self._finish_body(definition.body)
        return graph

    def _formatted_expressions(self, node: ast.JoinedStr) -> list[ast.expr]:
        expressions = super()._formatted_expressions(node)
        return self.positions.in_text(node, expressions) if self.recording else expressions

    def places(self) -> list[Range | None]:
        """Where each form that was recorded stands, None for one that nothing in the text stands for."""
        return [self.positions.of(node) if node is not None else None for node in self.nodes]


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return parse(text).body
    except (SyntaxError, ValueError, MemoryError):
        from losslint.static.lowering.newer import tree_of

        tree, message = tree_of(text)
        if tree is None:
            raise NotParsed(message) from None
        return tree.body


class _Noting(_Lowering):
    """The walk that takes down every expression, which nobody but a person's cursor asks for: most are read by one form
    and a name of a parameter by none of its own."""

    def __init__(self, unit: Unit, recording: bool) -> None:
        super().__init__(unit, recording)
        self._noted: list[tuple[ast.AST, Form, Graph, Path]] = []

    def expression(self, node: ast.expr) -> Form:
        """What an expression is."""
        form = super().expression(node)
        self._note(node, form)
        return form

    def assign(self, target: ast.expr, value: Form) -> None:
        """What stands at a target is a value from here on."""
        super().assign(target, value)
        if isinstance(target, (ast.Name, ast.Attribute)):
            self._note(target, value)

    def _parameters(self, params: ast.arguments) -> None:
        super()._parameters(params)
        for param in (*params.posonlyargs, *params.args, *params.kwonlyargs):
            self._note(param, self.scope.env[param.arg])

    def _note(self, node: ast.AST, form: Form) -> None:
        self._noted.append((node, form, self.scope.graph, self.scope.path))

    def written(self) -> Iterator[Written]:
        """Every expression, with its place."""
        called = {id(node.func): form for node, form, _, _ in self._noted if isinstance(node, ast.Call)}
        for node, form, graph, path in self._noted:
            place = self.positions.of(node)
            if place is not None:
                yield Written(form, graph, path, self.unit.in_file(place), called.get(id(node)))


def _last_compound(body: Iterable[ast.stmt]) -> ast.stmt | None:
    found = None
    for node in body:
        if isinstance(node, (*DEFINITIONS, ast.ClassDef)):
            found = node
    return found

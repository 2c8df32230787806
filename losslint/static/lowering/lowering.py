"""Lowering: a libcst visitor turns a definition into the graph that the evaluator walks.

The visitor dispatches on the node's class itself instead of going through `CSTNode.visit`, which rebuilds every node
it passes. It walks statements in order with an environment of what each name is bound to. Its pieces stand on one
another: a walk with its scopes (`scope`), names that are read (`names`), places that are written (`bindings`),
`expressions`, `functions`, `statements`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from losslint.static.lowering.forms import Defined, Form, Graph, Imported, Path
from losslint.static.lowering.statements import Statements
from losslint.static.lowering.units import Unit


class NotParsed(Exception):
    """libcst does not understand what CPython's own parser does."""


def lower(unit: Unit) -> Graph:
    """The graph of a unit. Raises NotParsed, and RecursionError for what is nested too deeply."""
    try:
        return _Lowering(unit, recording=False).run()
    except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
        raise NotParsed(getattr(error, "message", str(error))) from None


def locate_all(unit: Unit) -> list[tuple[int, int, int, int]]:
    """For each form of the unit, by its number: row, column, end row and end column in the file, from 1."""
    lowering = _Lowering(unit, recording=True)
    lowering.run()
    return lowering.places()


class Recorded(NamedTuple):
    """A unit lowered anew: its graph, every form of it in order, and the range of each, as `locate_all` gives it (None
    for a form that nothing in the text stands for)."""

    graph: Graph
    forms: list[Form]
    ranges: list[tuple[int, int, int, int] | None]


def recorded(unit: Unit) -> Recorded:
    """A unit with all of its forms. Raises NotParsed, and RecursionError for what is nested too deeply."""
    lowering = _Lowering(unit, recording=True)
    try:
        graph = lowering.run()
    except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
        raise NotParsed(getattr(error, "message", str(error))) from None
    written = [
        place if node is not None else None for place, node in zip(lowering.places(), lowering.nodes, strict=True)
    ]
    return Recorded(graph, lowering.forms, written)


class Written(NamedTuple):
    """An expression of a unit, or a name that something is bound to: what it is, in which function, under which
    conditions, and where it stands in the file (row, column, end row, end column, from 1). `call` is the call that an
    expression is the callee of."""

    form: Form
    graph: Graph
    path: Path
    range: tuple[int, int, int, int]
    call: Form | None = None


def written(unit: Unit) -> tuple[Graph, list[Written]]:
    """A unit lowered anew: its graph, and every expression in it. Raises NotParsed, and RecursionError for what is
    nested too deeply."""
    try:
        lowering = _Noting(unit, recording=True)
        graph = lowering.run()
    except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
        raise NotParsed(getattr(error, "message", str(error))) from None
    return graph, list(lowering.written())


class _Lowering(Statements):
    """The walk through one unit."""

    def __init__(self, unit: Unit, recording: bool) -> None:
        super().__init__(unit, recording)
        self.module, self.offset = _parsed(unit, gaps=recording)  # without positions nobody asks for rows

    def run(self) -> Graph:
        unit, graph = self.unit, self.scope.graph
        body: Iterable[cst.CSTNode] = self.module.body
        if self.offset == unit.first - 2 and unit.sort != "module":  # the `if 1:` that holds an indented definition
            wrapper = self.module.body[0]
            assert isinstance(wrapper, cst.If)
            body = wrapper.body.body
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
            if isinstance(definition, cst.ClassDef):
                self._finish_body(definition.body.body)
        else:
            definition = _last_compound(body)
            if isinstance(definition, cst.FunctionDef):
                graph.decorators = tuple(self.expression(d.decorator) for d in definition.decorators)
                self._parameters(definition.params)
                self._finish_body(definition.body.body)
        return graph

    def places(self) -> list[tuple[int, int, int, int]]:
        """Where each form that was recorded stands."""
        positions = MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)
        unit, offset = self.unit, self.offset
        places = []
        for node in self.nodes:
            position = positions.get(node) if node is not None else None
            if position is None:
                places.append((unit.first, 1, unit.first, 1))
                continue
            start, end = position.start, position.end
            places.append((start.line + offset, start.column + 1, end.line + offset, end.column + 1))
        return places


def _parsed(unit: Unit, gaps: bool) -> tuple[cst.Module, int]:
    text, offset = unit.text(gaps)
    try:
        return cst.parse_module(text), offset
    except cst.ParserSyntaxError:
        if gaps:
            raise
        return _parsed(unit, gaps=True)  # which says the row


class _Noting(_Lowering):
    """The walk that takes down every expression, which nobody but a person's cursor asks for: most are read by one form
    and a name of a parameter by none of its own."""

    def __init__(self, unit: Unit, recording: bool) -> None:
        super().__init__(unit, recording)
        self._noted: list[tuple[cst.CSTNode, Form, Graph, Path]] = []

    def expression(self, node: cst.BaseExpression) -> Form:
        """What an expression is."""
        form = super().expression(node)
        self._note(node, form)
        return form

    def assign(self, target: cst.BaseExpression, value: Form) -> None:
        """What stands at a target is a value from here on."""
        super().assign(target, value)
        if isinstance(target, (cst.Name, cst.Attribute)):
            self._note(target, value)

    def _parameters(self, params: cst.Parameters) -> None:
        super()._parameters(params)
        for param in (*params.posonly_params, *params.params, *params.kwonly_params):
            self._note(param.name, self.scope.env[param.name.value])

    def _note(self, node: cst.CSTNode, form: Form) -> None:
        self._noted.append((node, form, self.scope.graph, self.scope.path))

    def written(self) -> Iterator[Written]:
        """Every expression, with its place."""
        positions = MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)
        called = {id(node.func): form for node, form, _, _ in self._noted if isinstance(node, cst.Call)}
        for node, form, graph, path in self._noted:
            position = positions.get(node)
            if position is not None:
                start, end = position.start, position.end
                place = (start.line + self.offset, start.column + 1, end.line + self.offset, end.column + 1)
                yield Written(form, graph, path, self.unit.in_file(place), called.get(id(node)))


def _last_compound(body: Iterable[cst.CSTNode]) -> cst.CSTNode | None:
    found = None
    for node in body:
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            found = node
    return found

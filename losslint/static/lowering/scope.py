"""What a walk through syntax keeps: the names in force, the conditions around, and the forms made so far."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from losslint.static.lowering.forms import Carried, Form, Function, Graph, Loop, Path
from losslint.static.lowering.syntax import bound_in
from losslint.static.lowering.units import Unit

Env = dict[str, Form]


class Jump(NamedTuple):
    """A `break` or `continue`: under which conditions, and what the names are there."""

    ends: bool
    path: Path
    env: Env


class Turns:
    """A loop whose body is walked through, and what its names were in the round before."""

    __slots__ = ("_binds", "_body", "carried", "loop", "reads")

    def __init__(self, loop: Loop, body: Iterable[ast.stmt]) -> None:
        self.loop = loop
        self._body = body
        self._binds: frozenset[str] | None = None
        #: names that were read where this round has not bound them
        self.carried: dict[str, Carried] = {}
        #: each time, and the conditions that it was under
        self.reads: list[tuple[str, Path]] = []

    def binds(self, name: str) -> bool:
        """Whether the body binds a name somewhere."""
        if self._binds is None:
            self._binds = bound_in(self._body)
        return name in self._binds


class Scope:
    """What a function's lowering keeps: its graph, the names in force, the conditions and blocks around."""

    def __init__(self, graph: Graph, outer: Scope | None) -> None:
        self.graph = graph
        self.outer = outer
        self.env: Env = {}
        self.path: Path = ()
        self.blocks: tuple[Form, ...] = ()
        self.returns: list[tuple[Path, Form]] = []
        self.yields: list[Form] = []
        self.deferred: list[Callable[[], None]] = []
        #: for each loop around, how its rounds are cut short
        self.jumps: list[list[Jump]] = []
        #: each loop around
        self.turns: list[Turns] = []
        #: names that a statement says to belong to somebody else: `global net`
        self.of_others: set[str] = set()
        #: parameters that were handed to a call: what they are behind it depends on what was done there
        self.handed: set[str] = set()
        #: the last branch of each chain that is meant to leave no case out, and the names that all of its branches bind
        self.exhaustive: dict[ast.If, frozenset[str]] = {}
        self.tries = 0  # bodies of `try` around
        self.visible: Env | None = None  # the enclosing function's names where this one was defined
        self.defined_under: Path = ()  # the conditions around it there
        self.function: Function | None = None  # what it is in the enclosing function
        #: the names in force where each nested function is called first
        self.called: dict[Function, Env] = {}
        self.bodies: list[list[ast.stmt] | ast.expr] = []  # those of the functions nested in it


class Walk(ABC):
    """The forms of one unit, in the order in which they are made. What goes round in a circle, as statements in
    functions in expressions do, is declared here and defined by the classes below."""

    def __init__(self, unit: Unit, recording: bool) -> None:
        self.unit = unit
        self.count = 0
        self.recording = recording
        #: each form, and what it was made of, if that is recorded
        self.nodes: list[ast.AST | None] = []
        self.forms: list[Form] = []
        #: how often each nested function was read under its name so far
        self.functions_read: Counter[Function] = Counter()
        #: how often each name of the module part was defined so far
        self.redefined: dict[str, int] = {}
        self.scope = Scope(Graph(unit, None), None)

    def _new(self, form: Any, node: ast.AST | None) -> Any:
        form.unit = self.unit
        form.seq = self.count
        self.count += 1
        if self.recording:
            self.nodes.append(node)
            self.forms.append(form)
        return form

    @abstractmethod
    def expression(self, node: ast.expr) -> Form:
        """What an expression is."""

    @abstractmethod
    def block(self, body: Iterable[ast.stmt]) -> bool:
        """Lower statements in order; whether the end of the block is reached."""

    @abstractmethod
    def _key(self, node: ast.Subscript) -> Form:
        """What stands in the brackets of `base[key]`."""

    @abstractmethod
    def _nested(self, name: str, params: ast.arguments, body: Iterable[ast.stmt] | ast.expr, node: ast.AST) -> Form:
        """A function inside the one that is walked through."""

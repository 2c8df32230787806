"""Lowering: a libcst visitor turns a definition into the graph that the evaluator walks.

The visitor dispatches on the node's class itself instead of going through `CSTNode.visit`, which rebuilds every node
it passes. It walks statements in order with an environment of what each name is bound to.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Sequence as Many
from typing import Any, NamedTuple

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from losslint.static.files.index import SOME_NAME, Import
from losslint.static.lowering.aliases import OF_SHAPE, Aliases
from losslint.static.lowering.forms import (
    HOOKS,
    Argument,
    Attr,
    Binary,
    Boolean,
    Call,
    Carried,
    Choice,
    Compare,
    Comprehension,
    Const,
    Defined,
    Element,
    Form,
    Function,
    Global,
    Graph,
    Imported,
    Item,
    Loop,
    LoopOut,
    Mapping,
    Mutated,
    Named,
    Opaque,
    Outer,
    Param,
    Parameter,
    Path,
    Result,
    Sequence,
    SetAttr,
    SetItem,
    Skip,
    Slice,
    Unary,
    Unpacked,
    Within,
    Yielded,
    bare,
)
from losslint.static.lowering.rebound import behind
from losslint.static.lowering.units import Unit

Env = dict[str, Form]

#: Methods that change what they are called on. The name is rebound to what it is afterwards.
MUTATORS = frozenset(
    {
        "append", "extend", "insert", "appendleft", "update", "setdefault", "add_module", "register_module",
        "register_buffer", "register_parameter", "__setitem__", "__setattr__",
        "pop", "popitem", "popleft", "remove", "clear", "reverse", "sort",
    }
)  # fmt: skip

#: Where a module keeps its attributes.
DICTS = frozenset({"__dict__", "_modules", "_parameters", "_buffers"})

BINARY = {
    cst.Add: "+", cst.Subtract: "-", cst.Multiply: "*", cst.Divide: "/", cst.FloorDivide: "//", cst.Modulo: "%",
    cst.Power: "**", cst.MatrixMultiply: "@", cst.BitAnd: "&", cst.BitOr: "|", cst.BitXor: "^",
    cst.LeftShift: "<<", cst.RightShift: ">>",
    cst.AddAssign: "+", cst.SubtractAssign: "-", cst.MultiplyAssign: "*", cst.DivideAssign: "/",
    cst.FloorDivideAssign: "//", cst.ModuloAssign: "%", cst.PowerAssign: "**", cst.MatrixMultiplyAssign: "@",
    cst.BitAndAssign: "&", cst.BitOrAssign: "|", cst.BitXorAssign: "^", cst.LeftShiftAssign: "<<",
    cst.RightShiftAssign: ">>",
}  # fmt: skip
COMPARE = {
    cst.Equal: "==", cst.NotEqual: "!=", cst.LessThan: "<", cst.LessThanEqual: "<=", cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=", cst.Is: "is", cst.IsNot: "is not", cst.In: "in", cst.NotIn: "not in",
}  # fmt: skip
NAMED_CONSTANTS = {"True": True, "False": False, "None": None}
UNARY = {cst.Not: "not", cst.Minus: "-", cst.Plus: "+", cst.BitInvert: "~"}


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


class _Jump(NamedTuple):
    """A `break` or `continue`: under which conditions, and what the names are there."""

    ends: bool
    path: Path
    env: Env


class _Scope:
    """What a function's lowering keeps: its graph, the names in force, the conditions and blocks around."""

    def __init__(self, graph: Graph, outer: _Scope | None) -> None:
        self.graph = graph
        self.outer = outer
        self.env: Env = {}
        self.path: Path = ()
        self.blocks: tuple[Form, ...] = ()
        self.returns: list[tuple[Path, Form]] = []
        self.yields: list[Form] = []
        self.deferred: list[Callable[[], None]] = []
        #: for each loop around, how its rounds are cut short
        self.jumps: list[list[_Jump]] = []
        #: parameters that were handed to a call: what they are behind it depends on what was done there
        self.handed: set[str] = set()
        self.tries = 0  # bodies of `try` around
        self.visible: Env | None = None  # the enclosing function's names where this one was defined
        self.defined_under: Path = ()  # the conditions around it there


class _Lowering:
    def __init__(self, unit: Unit, recording: bool) -> None:
        self.unit = unit
        self.count = 0
        self.recording = recording
        self.nodes: list[cst.CSTNode | None] = []
        self.forms: list[Form] = []
        self.redefined: dict[str, int] = {}
        text, self.offset = unit.text()
        self.module = cst.parse_module(text)
        self.scope = _Scope(Graph(unit, None), None)

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

    # ---------------------------------------------------------------- bookkeeping

    def _new(self, form: Any, node: cst.CSTNode | None) -> Any:
        form.unit = self.unit
        form.seq = self.count
        self.count += 1
        if self.recording:
            self.nodes.append(node)
            self.forms.append(form)
        return form

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

    def _finish_body(self, body: Iterable[cst.CSTNode]) -> None:
        scope = self.scope
        reached = self.block(body)
        if reached:
            scope.returns.append((scope.path, self._new(Const(None), None)))
        scope.graph.bindings = scope.env
        position = 0
        while position < len(scope.deferred):
            scope.deferred[position]()
            position += 1
        if scope.yields:
            scope.graph.result = self._new(Yielded(tuple(scope.yields)), None)
        else:
            scope.graph.result = self._new(Result(tuple(scope.returns)), None)

    def _parameters(self, params: cst.Parameters) -> None:
        scope = self.scope
        listed: list[Parameter] = []

        def add(param: cst.Param, sort: str, keyword_only: bool) -> None:
            default = None
            if param.default is not None:
                # Defaults are evaluated where the function is defined.
                default = self._in_outer(param.default)
            annotation = _dotted(param.annotation.annotation) if param.annotation is not None else ""
            listed.append(Parameter(param.name.value, sort, default, keyword_only, annotation))
            scope.env[param.name.value] = self._new(Param(param.name.value), param)

        for param in (*params.posonly_params, *params.params):
            add(param, "", False)
        if isinstance(params.star_arg, cst.Param):
            add(params.star_arg, "*", False)
        for param in params.kwonly_params:
            add(param, "", True)
        if params.star_kwarg is not None:
            add(params.star_kwarg, "**", True)
        scope.graph.parameters = tuple(listed)

    def _in_outer(self, node: cst.BaseExpression) -> Form:
        scope = self.scope
        if scope.outer is None:
            return self.expression(node)
        self.scope = scope.outer
        try:
            outer: Form = self._new(Outer(self.expression(node)), node)
        finally:
            self.scope = scope
        return outer

    # ---------------------------------------------------------------- statements

    def block(self, body: Iterable[cst.CSTNode]) -> bool:
        """Lower statements in order; whether the end of the block is reached."""
        return all(self.statement(statement) for statement in body)

    def statement(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.SimpleStatementLine):
            return all(self.small(part) for part in node.body)
        handler = _STATEMENTS.get(type(node))
        if handler is not None:
            return handler(self, node)
        if isinstance(node, cst.BaseSmallStatement):
            return self.small(node)
        return True

    def small(self, node: cst.BaseSmallStatement) -> bool:
        if isinstance(node, cst.Assign):
            value = self.expression(node.value)
            for target in node.targets:
                self.assign(target.target, value)
        elif isinstance(node, cst.Expr):
            self._expression_statement(node.value)
        elif isinstance(node, cst.Return):
            value = self.expression(node.value) if node.value is not None else self._new(Const(None), node)
            self.scope.returns.append((self.scope.path, value))
            return False
        elif isinstance(node, cst.AugAssign):
            left = self.expression(node.target)
            right = self.expression(node.value)
            operator = BINARY.get(type(node.operator), "?")
            changed: Binary = self._new(Binary(operator, left, right), node)
            if operator in ("*", "/"):
                self.scope.graph.arithmetic.append(changed)
            elif operator == "+":
                self.scope.graph.sums.append((changed, self.scope.blocks))
            self.assign(node.target, changed)
        elif isinstance(node, cst.AnnAssign):
            if node.value is not None:
                self.assign(node.target, self.expression(node.value))
        elif isinstance(node, (cst.Raise, cst.Break, cst.Continue)):
            if isinstance(node, cst.Raise) and node.exc is not None:
                self.expression(node.exc)
            elif self.scope.jumps and not isinstance(node, cst.Raise):
                jump = _Jump(isinstance(node, cst.Break), self.scope.path, dict(self.scope.env))
                self.scope.jumps[-1].append(jump)
            return False
        elif isinstance(node, cst.Import):
            for alias in node.names:
                module = _dotted(alias.name)
                bound = alias.evaluated_alias
                if bound:
                    self.scope.env[bound] = self._new(Imported(module, "", 0), alias)
                else:
                    first = module.partition(".")[0]
                    self.scope.env[first] = self._new(Imported(first, "", 0), alias)
        elif isinstance(node, cst.ImportFrom):
            module = _dotted(node.module) if node.module is not None else ""
            if not isinstance(node.names, cst.ImportStar):
                for alias in node.names:
                    name = alias.evaluated_name
                    self.scope.env[alias.evaluated_alias or name] = self._new(
                        Imported(module, name, len(node.relative)), alias
                    )
        elif isinstance(node, cst.Assert):
            self.expression(node.test)
        elif isinstance(node, cst.Del):
            if isinstance(node.target, cst.Name):
                self.scope.env.pop(node.target.value, None)
            elif isinstance(node.target, cst.Subscript):
                key = Argument(self._key(node.target), "", "")
                base = self.expression(node.target.value)
                self._rebind(node.target.value, base, self._new(Mutated(base, "__delitem__", (key,)), node))
            elif isinstance(node.target, cst.Attribute):
                self.assign(node.target, self._new(Opaque("it is deleted"), node))
        return True

    def _expression_statement(self, value: cst.BaseExpression) -> None:
        form = self.expression(value)
        if isinstance(value, cst.Await):
            value = value.expression
        if not isinstance(value, cst.Call) or not isinstance(form, Call):
            return
        self.scope.graph.statements.append(form)
        function = value.func
        if isinstance(function, cst.Attribute):
            method = function.attr.value
            if method == "update" and _attributes_of(function.value) is not None:
                self._set_somehow(_attributes_of(function.value), None, value)
            elif method in MUTATORS:
                base = self.expression(function.value)
                self._rebind(function.value, base, self._new(Mutated(base, method, form.arguments), value))
            elif _in_place(method) and self._is_of_torch(function.value):
                # `torch.sigmoid_(x)`; what `nn.init` writes are weights
                if value.args and "init" not in _dotted(function.value).split("."):
                    self._written(value.args[0].value, form)
            elif _in_place(method):
                # `x.squeeze_(3).squeeze_(2)`: every operation of the chain is on the same tensor
                changed = _changed(function.value)
                if method not in OF_SHAPE:
                    self._rebind(changed, self.expression(changed), form)
                elif isinstance(changed, (cst.Name, cst.Attribute, cst.Subscript)):
                    self.assign(changed, form)
        elif isinstance(function, cst.Name) and function.value == "setattr" and len(value.args) == 3:
            name = bare(form.arguments[1].form)
            place = value.args[0].value
            base = form.arguments[0].form
            if isinstance(name, Const) and isinstance(name.value, str):
                self._set(place, base, name.value, form.arguments[2].form, value)
            else:
                self._set_somehow(place, form.arguments[2].form, value)
        elif isinstance(function, cst.Name) and function.value == "delattr" and len(value.args) == 2:
            name = bare(form.arguments[1].form)
            if isinstance(name, Const) and isinstance(name.value, str):
                deleted = self._new(Opaque("it is deleted"), value)
                self._set(value.args[0].value, form.arguments[0].form, name.value, deleted, value)

    def _is_of_torch(self, node: cst.BaseExpression) -> bool:
        """Whether an expression is a module that torch consists of: `F`, `torch`, `nn.init`."""
        first = _dotted(node).partition(".")[0]
        if not first or not isinstance(bare(self._name(cst.Name(first))), (Global, Imported)):
            return False
        bound = self.unit.file.index.names.get(first)
        return first in ("torch", "nn", "F") if bound is None else isinstance(bound, Import)

    def _written(self, place: cst.BaseExpression, call: Call) -> None:
        """What a function of torch gives in the place of its first argument."""
        if isinstance(place, (cst.Name, cst.Attribute, cst.Subscript)):
            self._rebind(place, call.arguments[0].form, call)

    def assign(self, target: cst.BaseExpression, value: Form) -> None:
        if isinstance(target, cst.Name):
            before = self.scope.env.get(target.value)
            if isinstance(before, Call) and before is not value:
                self.scope.graph.rebound.append((before, value, target.value))
            self.scope.env[target.value] = value
        elif isinstance(target, cst.Attribute):
            self._set(target.value, self.expression(target.value), target.attr.value, value, target)
        elif isinstance(target, cst.Subscript):
            holder = _attributes_of(target.value)
            key = self._key(target)
            if holder is not None and isinstance(key, Const) and isinstance(key.value, str):
                self._set(holder, self.expression(holder), key.value, value, target)
            elif holder is not None:
                self._set_somehow(holder, value, target)
            else:
                base = self.expression(target.value)
                place = (f"[{key.value!r}]",) if isinstance(key, Const) else ()
                self._rebind(target.value, base, self._new(SetItem(base, key, value), target), place)
        elif isinstance(target, (cst.Tuple, cst.List)):
            elements = target.elements
            star = next((i for i, e in enumerate(elements) if isinstance(e, cst.StarredElement)), None)
            for position, element in enumerate(elements):
                if position == star:
                    behind = len(elements) - 1 - position
                    lower = self._new(Const(position), None)
                    upper = self._new(Const(-behind), None) if behind else None
                    rest = self._new(Slice(lower, upper, None), None)
                    self.assign(element.value, self._new(Item(value, rest), element.value))
                elif star is not None and position > star:
                    index = len(elements) - position
                    part = self._new(Unpacked(value, index, len(elements), True), element.value)
                    self.assign(element.value, part)
                else:
                    count = -1 if star is not None else len(elements)
                    part = self._new(Unpacked(value, position, count, False), element.value)
                    self.assign(element.value, part)

    def _set(self, place: cst.BaseExpression, base: Form, name: str, value: Form, node: cst.CSTNode) -> None:
        """`place.name = value`"""
        self.scope.graph.sets.add(name)
        self._rebind(place, base, self._new(SetAttr(base, name, value), node), (name,))

    def _set_somehow(self, place: cst.BaseExpression | None, value: Form | None, node: cst.CSTNode) -> None:
        """Attributes of names that are worked out are set on what stands at a place."""
        if place is not None:
            base = self.expression(place)
            given = (Argument(value, "", ""),) if value is not None else ()
            self._rebind(place, base, self._new(Within(base, SOME_NAME, given), node), (SOME_NAME,), given)

    def _rebind(
        self,
        target: cst.BaseExpression,
        before: Form,
        value: Form,
        path: tuple[str, ...] = (),
        arguments: tuple[Argument, ...] = (),
    ) -> None:
        """What stands at a place has become another: the place, and all that holds the same object."""
        if isinstance(target, cst.Attribute):
            base = self.expression(target.value)
            changed = self._new(SetAttr(base, target.attr.value, value), target)
            held = _kept_as(base, target.attr.value)
            if held is not None:
                # `self.model = model; self.model.head = …`: the parameter is changed as well
                self._aliases(path, arguments).changed(held, value)
            self._rebind(target.value, base, changed, (target.attr.value, *path), arguments)
        elif isinstance(target, cst.Subscript):
            self.assign(target, value)
        elif isinstance(target, cst.Name):
            self.scope.env[target.value] = value
            self._aliases(path, arguments).changed(before, value)
        elif path or isinstance(value, Call):
            # `model.children()[0].dim = 1`, `x.view(-1).log_()`: the place has no name, but somebody holds it
            self._aliases(path, arguments).changed(before, value)

    def _aliases(self, path: tuple[str, ...], arguments: tuple[Argument, ...]) -> Aliases:
        return Aliases(self.scope.env, self.scope.graph, lambda form: self._new(form, None), path, arguments)

    def _if(self, node: cst.If) -> bool:
        condition = self.expression(node.test)
        scope = self.scope
        before, path = scope.env, scope.path
        scope.env = dict(before)
        scope.path = (*path, (condition, True))
        then_reached = self.block(node.body.body)
        then_env, then_path = scope.env, scope.path
        scope.env = dict(before)
        scope.path = (*path, (condition, False))
        other_reached = True
        if node.orelse is not None:
            if isinstance(node.orelse, cst.Else):
                other_reached = self.block(node.orelse.body.body)
            else:
                other_reached = self._if(node.orelse)
        other_env, other_path = scope.env, scope.path
        if then_reached and other_reached:
            scope.env = self._join(condition, then_env, other_env, node)
            scope.path = path
            return True
        if then_reached:
            scope.env, scope.path = then_env, then_path
        elif other_reached:
            scope.env, scope.path = other_env, other_path
        else:
            scope.env, scope.path = before, path
            return False
        return True

    def _join(self, condition: Form, then: Env, other: Env, node: cst.CSTNode) -> Env:
        joined = dict(then)
        for name in {**then, **other}:
            left, right = then.get(name), other.get(name)
            if left is right:
                continue
            if left is None or right is None:
                # Bound on one side only: reading it later means that this side was taken.
                bound = left if left is not None else right
                assert bound is not None
                joined[name] = bound
            else:
                joined[name] = self._new(Choice(condition, left, right), node)
        return joined

    def _for(self, node: cst.For) -> bool:
        iterable = self.expression(node.iter)
        loop: Loop = self._new(Loop(iterable), node.iter)
        self._loop(loop, node.body.body, node, node.target)
        if node.orelse is not None:
            return self.block(node.orelse.body.body)
        return True

    def _while(self, node: cst.While) -> bool:
        condition = self.expression(node.test)
        loop: Loop = self._new(Loop(None), node.test)
        self._loop(loop, node.body.body, node, None)
        endless = isinstance(condition, Const) and bool(condition.value)
        escapes = any(isinstance(part, cst.Break) for part in _statements(node.body.body))
        return not endless or escapes

    def _loop(
        self, loop: Loop, body: Iterable[cst.CSTNode], node: cst.CSTNode, target: cst.BaseExpression | None
    ) -> None:
        scope = self.scope
        before, path = scope.env, scope.path
        loop.first = self.count
        scope.env = dict(before)
        carried = [name for name in _rebound(body) if name in before]
        for name in carried:
            scope.env[name] = self._new(Carried(loop, name, before[name]), node)
        if target is not None:
            self.assign(target, self._new(Element(loop), target))
        scope.jumps.append([])
        self.block(body)
        for jump in reversed(scope.jumps.pop()):
            self._cut_short(loop, jump, path, node)
        after = scope.env
        loop.last = self.count
        joined = dict(before)
        for name, form in after.items():
            earlier = before.get(name)
            if earlier is form or (isinstance(form, Carried) and form.loop is loop):
                continue
            loop.after[name] = form
            joined[name] = self._new(LoopOut(loop, name, earlier if earlier is not None else form), node)
        scope.env, scope.path = joined, path

    def _cut_short(self, loop: Loop, jump: _Jump, path: Path, node: cst.CSTNode) -> None:
        """The names at the end of a round that a jump may have ended before."""
        condition: Form | None = None
        for tested, wanted in jump.path[len(path) :]:
            held: Form = tested if wanted else self._new(Unary("not", tested), None)
            condition = held if condition is None else self._new(Boolean("and", condition, held), None)
        if condition is None:
            return
        if jump.ends:
            loop.breaks.append(condition)
        env = self.scope.env
        for name, after in list(env.items()):
            before = jump.env.get(name)
            if before is not None and before is not after:
                env[name] = self._new(Skip(condition, before, after), node)

    def _with(self, node: cst.With) -> bool:
        scope = self.scope
        blocks = scope.blocks
        for item in node.items:
            form = self.expression(item.item)
            scope.blocks = (*scope.blocks, form)
            if item.asname is not None:
                self.assign(item.asname.name, form)
        reached = self.block(node.body.body)
        scope.blocks = blocks
        return reached

    def _try(self, node: cst.Try | cst.TryStar) -> bool:
        scope = self.scope
        before, path = dict(scope.env), scope.path
        scope.tries += 1
        reached = self.block(node.body.body)
        scope.tries -= 1
        if reached and node.orelse is not None:
            reached = self.block(node.orelse.body.body)
        env = scope.env
        after_path = scope.path
        for handler in node.handlers:
            scope.env = dict(before)
            scope.path = path
            if handler.name is not None:
                self.assign(handler.name.name, self._new(Opaque("an exception"), handler))
            handled = self.block(handler.body.body)
            if handled and not reached:
                env, reached, after_path = scope.env, True, path
            elif handled:
                # What only the handler binds exists afterwards too; otherwise the body is taken to have succeeded.
                for name, form in scope.env.items():
                    env.setdefault(name, form)
        scope.env, scope.path = env, after_path
        if node.finalbody is not None:
            reached = self.block(node.finalbody.body.body) and reached
        return reached

    def _match(self, node: cst.Match) -> bool:
        subject = self.expression(node.subject)
        scope = self.scope
        before, path = scope.env, scope.path
        joined: Env | None = None
        reached = False
        taken: Path = path
        for case in node.cases:
            condition = self._case(subject, case)
            scope.env = dict(before)
            scope.path = (*taken, (condition, True)) if condition is not None else taken
            if condition is not None:
                taken = (*taken, (condition, False))
            if self.block(case.body.body):
                reached = True
                if joined is None:
                    joined = scope.env
                else:
                    test = condition if condition is not None else self._new(Opaque("a match pattern"), case)
                    joined = self._join(test, scope.env, joined, node)
        scope.env, scope.path = (joined if joined is not None else before), path
        return reached or joined is None

    def _case(self, subject: Form, case: cst.MatchCase) -> Form | None:
        pattern = case.pattern
        if isinstance(pattern, cst.MatchValue):
            form: Form = self._new(Compare("==", subject, self.expression(pattern.value)), pattern)
            return form
        if isinstance(pattern, cst.MatchAs) and pattern.pattern is None and case.guard is None:
            return None
        opaque: Form = self._new(Opaque("a match pattern"), pattern)
        return opaque

    def _function_statement(self, node: cst.FunctionDef) -> bool:
        if self.unit.sort == "module" and self.scope.outer is None:
            name = node.name.value
            again = [qualname for known, qualname in self.unit.file.index.repeated.values() if known == name]
            position = self.redefined.get(name, 0)
            self.redefined[name] = position + 1
            if position < len(again):
                self.scope.env[name] = self._new(Defined(again[position]), node)
            return True
        for decorator in node.decorators:
            self.expression(decorator.decorator)
        self.scope.env[node.name.value] = self._nested(node.name.value, node.params, node.body.body, node)
        return True

    def _class_statement(self, node: cst.ClassDef) -> bool:
        if self.unit.sort == "class":
            qualname = f"{self.unit.qualname}.{node.name.value}"
        else:
            qualname = f"{self.unit.qualname}.<locals>.{node.name.value}"
        self.scope.env[node.name.value] = self._new(Defined(qualname), node)
        return True

    def _nested(
        self, name: str, params: cst.Parameters, body: Iterable[cst.CSTNode] | cst.BaseExpression, node: cst.CSTNode
    ) -> Form:
        function: Function = self._new(Function(name), node)
        parent = self.scope
        scope = _Scope(Graph(self.unit, parent.graph), parent)
        scope.graph.name = name
        scope.graph.reads = parent.graph.reads
        function.graph = scope.graph
        parent.graph.nested.append(scope.graph)
        self.scope = scope
        self._parameters(params)
        self.scope = parent
        seen, path = dict(parent.env), parent.path

        def later() -> None:
            scope.visible = seen
            scope.defined_under = path
            previous, self.scope = self.scope, scope
            if isinstance(body, cst.BaseExpression):
                scope.returns.append(((), self.expression(body)))
                self._finish_deferred(scope)
            else:
                self._finish_body(body)
            self.scope = previous

        parent.deferred.append(later)
        return function

    def _finish_deferred(self, scope: _Scope) -> None:
        scope.graph.bindings = scope.env
        position = 0
        while position < len(scope.deferred):
            scope.deferred[position]()
            position += 1
        scope.graph.result = self._new(Result(tuple(scope.returns)), None)

    # ---------------------------------------------------------------- expressions

    def expression(self, node: cst.BaseExpression) -> Form:
        handler = _EXPRESSIONS.get(type(node))
        if handler is None:
            form: Form = self._new(Opaque("an expression that is not followed"), node)
            return form
        return handler(self, node)

    def _name(self, node: cst.Name) -> Form:
        name = node.value
        if name in NAMED_CONSTANTS:
            constant: Form = self._new(Const(NAMED_CONSTANTS[name]), node)
            return constant
        bound = self._lookup(self.scope, name)
        if bound is None:
            form: Form = self._new(Global(name), node)
            return form
        if isinstance(bound, Param) and bound.name == name and name not in self.scope.handed:
            return bound
        self.scope.graph.reads.forms.add(bound)
        named: Form = self._new(Named(bound, name), node)
        return named

    def _lookup(self, scope: _Scope, name: str) -> Form | None:
        bound = scope.env.get(name)
        if bound is not None:
            return bound
        if scope.outer is None:
            return None
        found = (scope.visible or {}).get(name)
        # The module part is no enclosing function: its names are globals.
        if scope.outer.outer is None and self.unit.sort == "module":
            return None
        if found is not None:
            found = self._when_called(found, scope.outer.env.get(name), name, scope.defined_under)
        else:
            found = self._lookup(scope.outer, name)
        if found is None:
            return None
        reads = self.scope.graph.reads
        reads.forms.add(found)
        reads.closed.add(name)
        wrapped: Form = self._new(Outer(found), None)
        return wrapped

    def _when_called(self, seen: Form, at_the_end: Form | None, name: str, path: Path) -> Form:
        """A name of the enclosing function: a nested one reads it when it is called, not when it is defined."""
        changes = behind(seen, at_the_end, path)
        if changes is None:
            opaque: Form = self._new(Opaque(f"`{name}` is bound anew behind the function that reads it"), None)
            return opaque
        for change in changes:
            if isinstance(change, SetAttr):
                reason = f"`{change.name}` is set behind the function that reads it"
                seen = self._new(SetAttr(seen, change.name, self._new(Opaque(reason), None)), None)
            elif isinstance(change, Within):
                seen = self._new(Within(seen, change.name, change.arguments), None)
            else:
                seen = self._new(Within(seen, "", ()), None)
        return seen

    def _attribute(self, node: cst.Attribute) -> Form:
        base = self.expression(node.value)
        form: Form = self._new(Attr(base, node.attr.value), node)
        return form

    def _call(self, node: cst.Call) -> Form:
        function = self.expression(node.func)
        arguments = tuple(
            Argument(self.expression(a.value), a.keyword.value if a.keyword is not None else "", a.star)
            for a in node.args
        )
        call: Call = self._new(Call(function, arguments, self.scope.path, self.scope.blocks), node)
        self.scope.graph.calls.append(call)
        self.scope.handed.update(a.form.name for a in arguments if isinstance(a.form, Param) and not a.star)
        if isinstance(function, Attr) and (
            function.name in HOOKS or (function.name == "apply" and len(arguments) == 1)
        ):
            changed = self._new(Within(function.base, function.name, arguments), node)
            if isinstance(node.func, cst.Attribute):
                self._rebind(node.func.value, function.base, changed, (function.name,), arguments)
        if self.scope.tries:
            self.scope.graph.guarded.add(call)
        if self.unit.sort == "module" and self.scope.outer is None:
            named = function
            while isinstance(named, Named):
                named = named.form
            if isinstance(named, Defined):
                self.scope.graph.standing[call] = dict(self.scope.env)
        if (
            isinstance(node.func, cst.Attribute)
            and isinstance(function, Attr)
            and any(a.keyword == "inplace" and isinstance(a.form, Const) and a.form.value is True for a in arguments)
            and function.name[:1].islower()
            and not arguments[0].keyword
            and self._is_of_torch(node.func.value)
        ):
            self._written(node.args[0].value, call)
        for argument in node.args:
            if (
                argument.keyword is not None
                and argument.keyword.value == "out"
                and isinstance(argument.value, cst.Name)
            ):
                self.assign(argument.value, call)  # the result is written there as well
        return call

    def _subscript(self, node: cst.Subscript) -> Form:
        base = self.expression(node.value)
        form: Form = self._new(Item(base, self._key(node)), node)
        return form

    def _key(self, node: cst.Subscript) -> Form:
        parts = [self._slice_part(element.slice) for element in node.slice]
        if len(parts) == 1 and not (len(node.slice) == 1 and isinstance(node.slice[0].comma, cst.Comma)):
            return parts[0]
        form: Form = self._new(Sequence("tuple", tuple(parts), (False,) * len(parts)), node)
        return form

    def _slice_part(self, part: cst.BaseSlice) -> Form:
        if isinstance(part, cst.Index):
            return self.expression(part.value)
        assert isinstance(part, cst.Slice)
        lower = self.expression(part.lower) if part.lower is not None else None
        upper = self.expression(part.upper) if part.upper is not None else None
        step = self.expression(part.step) if part.step is not None else None
        form: Form = self._new(Slice(lower, upper, step), None)
        return form

    def _literal(self, node: cst.Integer | cst.Float | cst.Imaginary | cst.SimpleString) -> Form:
        try:
            value = ast.literal_eval(node.value)
        except (ValueError, SyntaxError, MemoryError):
            value = None
            opaque: Form = self._new(Opaque("a literal that is not read"), node)
            return opaque
        form: Form = self._new(Const(value), node)
        return form

    def _ellipsis(self, node: cst.Ellipsis) -> Form:
        form: Form = self._new(Const(...), node)
        return form

    def _concatenated(self, node: cst.ConcatenatedString) -> Form:
        left, right = self.expression(node.left), self.expression(node.right)
        if (
            isinstance(left, Const)
            and isinstance(right, Const)
            and isinstance(left.value, str)
            and isinstance(right.value, str)
        ):
            form: Form = self._new(Const(left.value + right.value), node)
            return form
        opaque: Form = self._new(Opaque("a formatted string"), node)
        return opaque

    def _formatted(self, node: cst.FormattedString) -> Form:
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                self.expression(part.expression)
        form: Form = self._new(Opaque("a formatted string"), node)
        return form

    def _sequence(self, node: cst.Tuple | cst.List | cst.Set) -> Form:
        sort = {cst.Tuple: "tuple", cst.List: "list", cst.Set: "set"}[type(node)]
        elements = tuple(self.expression(element.value) for element in node.elements)
        starred = tuple(isinstance(element, cst.StarredElement) for element in node.elements)
        form: Form = self._new(Sequence(sort, elements, starred), node)
        return form

    def _dict(self, node: cst.Dict) -> Form:
        items: list[tuple[Form | None, Form]] = []
        for element in node.elements:
            if isinstance(element, cst.DictElement):
                items.append((self.expression(element.key), self.expression(element.value)))
            else:
                items.append((None, self.expression(element.value)))
        form: Form = self._new(Mapping(tuple(items)), node)
        return form

    def _binary(self, node: cst.BinaryOperation) -> Form:
        left, right = self.expression(node.left), self.expression(node.right)
        form: Binary = self._new(Binary(BINARY.get(type(node.operator), "?"), left, right), node)
        if form.operator in ("-", "*", "/", "**"):
            self.scope.graph.arithmetic.append(form)
        elif form.operator == "+":
            self.scope.graph.sums.append((form, self.scope.blocks))
        return form

    def _unary(self, node: cst.UnaryOperation) -> Form:
        operand = self.expression(node.expression)
        form: Form = self._new(Unary(UNARY[type(node.operator)], operand), node)
        return form

    def _comparison(self, node: cst.Comparison) -> Form:
        left = self.expression(node.left)
        whole: Form | None = None
        for part in node.comparisons:
            right = self.expression(part.comparator)
            compare: Form = self._new(Compare(COMPARE[type(part.operator)], left, right), node)
            whole = compare if whole is None else self._new(Boolean("and", whole, compare), node)
            left = right
        assert whole is not None
        return whole

    def _boolean(self, node: cst.BooleanOperation) -> Form:
        left, right = self.expression(node.left), self.expression(node.right)
        operator = "and" if isinstance(node.operator, cst.And) else "or"
        form: Form = self._new(Boolean(operator, left, right), node)
        return form

    def _conditional(self, node: cst.IfExp) -> Form:
        condition = self.expression(node.test)
        path = self.scope.path
        self.scope.path = (*path, (condition, True))
        then = self.expression(node.body)
        self.scope.path = (*path, (condition, False))
        other = self.expression(node.orelse)
        self.scope.path = path
        form: Form = self._new(Choice(condition, then, other), node)
        return form

    def _lambda(self, node: cst.Lambda) -> Form:
        return self._nested("<lambda>", node.params, node.body, node)

    def _comprehension(self, node: cst.ListComp | cst.GeneratorExp | cst.SetComp | cst.DictComp) -> Form:
        scope = self.scope
        before = scope.env
        scope.env = dict(before)
        loops: list[Loop] = []
        filtered = False
        part: cst.CompFor | None = node.for_in
        while part is not None:
            iterable = self.expression(part.iter)
            loop: Loop = self._new(Loop(iterable), part.iter)
            loop.first = self.count
            self.assign(part.target, self._new(Element(loop), part.target))
            for condition in part.ifs:
                self.expression(condition.test)
                filtered = True
            loops.append(loop)
            part = part.inner_for_in
        if isinstance(node, cst.DictComp):
            key: Form | None = self.expression(node.key)
            element = self.expression(node.value)
            sort = "dict"
        else:
            key = None
            element = self.expression(node.elt)
            sort = "set" if isinstance(node, cst.SetComp) else "list"
        for loop in loops:
            loop.last = self.count
        scope.env = before
        form: Form = self._new(Comprehension(sort, element, key, tuple(loops), filtered), node)
        return form

    def _await(self, node: cst.Await) -> Form:
        return self.expression(node.expression)

    def _yield(self, node: cst.Yield) -> Form:
        value = node.value
        if isinstance(value, cst.From):
            self.expression(value.item)
        elif value is not None:
            self.scope.yields.append(self.expression(value))
        form: Form = self._new(Opaque("what a generator is sent"), node)
        return form

    def _named(self, node: cst.NamedExpr) -> Form:
        value = self.expression(node.value)
        self.assign(node.target, value)
        return value


_EXPRESSIONS: dict[type[cst.CSTNode], Callable[[_Lowering, Any], Form]] = {
    cst.Name: _Lowering._name,
    cst.Attribute: _Lowering._attribute,
    cst.Call: _Lowering._call,
    cst.Subscript: _Lowering._subscript,
    cst.Integer: _Lowering._literal,
    cst.Float: _Lowering._literal,
    cst.Imaginary: _Lowering._literal,
    cst.SimpleString: _Lowering._literal,
    cst.Ellipsis: _Lowering._ellipsis,
    cst.ConcatenatedString: _Lowering._concatenated,
    cst.FormattedString: _Lowering._formatted,
    cst.Tuple: _Lowering._sequence,
    cst.List: _Lowering._sequence,
    cst.Set: _Lowering._sequence,
    cst.Dict: _Lowering._dict,
    cst.BinaryOperation: _Lowering._binary,
    cst.UnaryOperation: _Lowering._unary,
    cst.Comparison: _Lowering._comparison,
    cst.BooleanOperation: _Lowering._boolean,
    cst.IfExp: _Lowering._conditional,
    cst.Lambda: _Lowering._lambda,
    cst.ListComp: _Lowering._comprehension,
    cst.GeneratorExp: _Lowering._comprehension,
    cst.SetComp: _Lowering._comprehension,
    cst.DictComp: _Lowering._comprehension,
    cst.Await: _Lowering._await,
    cst.Yield: _Lowering._yield,
    cst.NamedExpr: _Lowering._named,
}

_STATEMENTS: dict[type[cst.CSTNode], Callable[[_Lowering, Any], bool]] = {
    cst.If: _Lowering._if,
    cst.For: _Lowering._for,
    cst.While: _Lowering._while,
    cst.With: _Lowering._with,
    cst.Try: _Lowering._try,
    cst.TryStar: _Lowering._try,
    cst.Match: _Lowering._match,
    cst.FunctionDef: _Lowering._function_statement,
    cst.ClassDef: _Lowering._class_statement,
}


def _dotted(node: cst.BaseExpression | None) -> str:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Subscript):  # Optional[nn.Module] and the like: the last name inside
        inner = node.slice[0].slice
        return _dotted(inner.value) if isinstance(inner, cst.Index) else ""
    if isinstance(node, cst.Name):
        parts.append(node.value)
        return ".".join(reversed(parts))
    if isinstance(node, cst.SimpleString):
        value = node.raw_value
        return value if value.replace(".", "_").isidentifier() else ""
    return ""


def _last_compound(body: Iterable[cst.CSTNode]) -> cst.CSTNode | None:
    found = None
    for node in body:
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            found = node
    return found


def _statements(body: Iterable[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """Every statement below, those of nested functions and classes excluded."""
    for node in body:
        if isinstance(node, cst.SimpleStatementLine):
            yield from node.body
            continue
        yield node
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            continue
        yield from _statements(_children(node))


def _children(node: cst.CSTNode) -> Many[cst.CSTNode]:
    parts: list[cst.CSTNode] = []
    for name in ("body", "orelse", "finalbody"):
        child = getattr(node, name, None)
        if isinstance(child, (cst.IndentedBlock, cst.SimpleStatementSuite)):
            parts.extend(child.body)
        elif isinstance(child, cst.CSTNode):
            parts.append(child)
    for handler in getattr(node, "handlers", ()):
        parts.extend(handler.body.body)
    for case in getattr(node, "cases", ()):
        parts.extend(case.body.body)
    return parts


def _in_place(method: str) -> bool:
    """Whether a method changes the tensor that it is called on."""
    return method.endswith("_") and not method.endswith("__") and method != "requires_grad_"


def _kept_as(form: Form, name: str) -> Form | None:
    """What was set under an attribute before, in the same function."""
    while True:
        if isinstance(form, Named):
            form = form.form
        elif isinstance(form, SetAttr):
            if form.name == name:
                return form.value
            form = form.base
        elif isinstance(form, (Mutated, Within)):
            form = form.base
        else:
            return None


def _attributes_of(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The object whose attributes an expression holds: `x` of `x.__dict__`, `x._modules` and `vars(x)`."""
    if isinstance(node, cst.Attribute) and node.attr.value in DICTS:
        return node.value
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "vars" and node.args:
        return node.args[0].value
    return None


def _changed(node: cst.BaseExpression) -> cst.BaseExpression:
    """What a chain of operations in place changes."""
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and _in_place(node.func.attr.value):
        node = node.func.value
    return node


def _rebound(body: Iterable[cst.CSTNode]) -> list[str]:
    """The names that statements rebind, in order: what a loop may carry from one round to the next."""
    names: dict[str, None] = {}

    def target(node: cst.CSTNode | None) -> None:
        while isinstance(node, (cst.Attribute, cst.Subscript)):
            node = node.value
        if isinstance(node, cst.Name):
            names[node.value] = None
        elif isinstance(node, (cst.Tuple, cst.List)):
            for element in node.elements:
                target(element.value)

    for node in _statements(body):
        if isinstance(node, cst.Assign):
            for assigned in node.targets:
                target(assigned.target)
        elif isinstance(node, (cst.AugAssign, cst.AnnAssign, cst.For)):
            target(node.target)
        elif isinstance(node, cst.With):
            for item in node.items:
                if item.asname is not None:
                    target(item.asname.name)
        elif isinstance(node, cst.Expr) and isinstance(node.value, cst.Call):
            function = node.value.func
            if isinstance(function, cst.Attribute) and (
                function.attr.value in MUTATORS or function.attr.value.endswith("_")
            ):
                target(_changed(function.value))
    return list(names)

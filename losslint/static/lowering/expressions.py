"""Expressions as forms."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from losslint.static.lowering.forms import (
    HOOKS,
    Argument,
    Attr,
    Binary,
    Boolean,
    Call,
    Choice,
    Compare,
    Comprehension,
    Const,
    Defined,
    Element,
    Form,
    Function,
    Item,
    Loop,
    Mapping,
    Named,
    Opaque,
    Param,
    Sequence,
    Slice,
    Text,
    Unary,
    Within,
)
from losslint.static.lowering.mapped import Mapped
from losslint.static.lowering.syntax import Given, all_arguments

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
}  # fmt: skip
COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
UNARY: dict[type[ast.unaryop], str] = {ast.Not: "not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}


class Expressions(Mapped):
    """Expressions, each by its node's class."""

    def expression(self, node: ast.expr) -> Form:
        """What an expression is; opaque where its syntax is not followed."""
        handler = _EXPRESSIONS.get(type(node))
        if handler is None:
            form: Form = self._new(Opaque("an expression that is not followed"), node)
            return form
        return handler(self, node)

    def _attribute(self, node: ast.Attribute) -> Form:
        base = self.expression(node.value)
        form: Form = self._new(Attr(base, node.attr), node)
        return form

    def _call(self, node: ast.Call) -> Form:
        applied = self._mapped(node)
        if applied is not None:
            return applied
        function = self.expression(node.func)
        if isinstance(node.func, ast.Subscript) and isinstance(function, Item):
            self._taken_out(node.func.slice, function.key)  # `NETS[config.pop("type")](**config)`
        written = all_arguments(node)
        arguments = tuple(self._argument(each) for each in written)
        call: Call = self._new(Call(function, arguments, self.scope.path, self.scope.blocks), node)
        self.scope.graph.calls.append(call)
        if isinstance(function, Named) and isinstance(function.form, Function):
            self.scope.called.setdefault(function.form, dict(self.scope.env))
        self.scope.handed.update(a.form.name for a in arguments if isinstance(a.form, Param) and not a.star)
        if isinstance(function, Attr) and (
            function.name in HOOKS or (function.name == "apply" and len(arguments) == 1)
        ):
            changed = self._new(Within(function.base, function.name, arguments), node)
            if isinstance(node.func, ast.Attribute):
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
            isinstance(node.func, ast.Attribute)
            and isinstance(function, Attr)
            and any(a.keyword == "inplace" and isinstance(a.form, Const) and a.form.value is True for a in arguments)
            and function.name[:1].islower()
            and not arguments[0].keyword
            and self._is_of_torch(node.func.value)
        ):
            self._written(written[0].value, call)
        for given in written:
            if given.keyword == "out" and isinstance(given.value, ast.Name):
                self.assign(given.value, call)  # the result is written there as well
        return call

    def _argument(self, given: Given) -> Argument:
        form = self.expression(given.value)
        self._taken_out(given.value, form)  # `build(config.pop("type"), **config)`
        return Argument(form, given.keyword, given.star)

    def _subscript(self, node: ast.Subscript) -> Form:
        base = self.expression(node.value)
        form: Form = self._new(Item(base, self._key(node)), node)
        return form

    def _key(self, node: ast.Subscript) -> Form:
        if not isinstance(node.slice, ast.Tuple):
            return self.expression(node.slice)
        elements = node.slice.elts
        starred = tuple(isinstance(element, ast.Starred) for element in elements)
        parts = tuple(self.expression(element) for element in elements)
        form: Form = self._new(Sequence("tuple", parts, starred), node)
        return form

    def _starred(self, node: ast.Starred) -> Form:
        return self.expression(node.value)

    def _slice(self, part: ast.Slice) -> Form:
        lower = self.expression(part.lower) if part.lower is not None else None
        upper = self.expression(part.upper) if part.upper is not None else None
        step = self.expression(part.step) if part.step is not None else None
        form: Form = self._new(Slice(lower, upper, step), None)
        return form

    def _constant(self, node: ast.Constant) -> Form:
        form: Form = self._new(Const(node.value), node)
        return form

    def _formatted(self, node: ast.JoinedStr) -> Form:
        arithmetic = self.scope.graph.arithmetic
        before = len(arithmetic)
        expressions = iter([self.expression(each) for each in self._formatted_expressions(node)])
        for quotient in list(arithmetic)[before:]:
            del arithmetic[quotient]  # a number in a text is looked at, and nothing else becomes of it
        parts: list[tuple[Form, str | None]] = []
        text = ""  # pieces that stand beside each other may be parsed as one, or by themselves
        for part in [*node.values, ast.Constant("")]:
            if isinstance(part, ast.Constant) and part.value:
                text += str(part.value)
                continue
            if text:
                parts.append((self._new(Const(text), None), ""))
                text = ""
            if isinstance(part, ast.FormattedValue):
                parts.append((next(expressions), _format_of(part)))
        form: Form = self._new(Text(tuple(parts)), node)
        return form

    def _formatted_expressions(self, node: ast.JoinedStr) -> list[ast.expr]:
        return [part.value for part in node.values if isinstance(part, ast.FormattedValue)]

    def _sequence(self, node: ast.Tuple | ast.List | ast.Set) -> Form:
        sort = {ast.Tuple: "tuple", ast.List: "list", ast.Set: "set"}[type(node)]
        elements = tuple(self.expression(element) for element in node.elts)
        starred = tuple(isinstance(element, ast.Starred) for element in node.elts)
        form: Form = self._new(Sequence(sort, elements, starred), node)
        return form

    def _dict(self, node: ast.Dict) -> Form:
        items = tuple(
            (self.expression(key) if key is not None else None, self.expression(value))
            for key, value in zip(node.keys, node.values, strict=True)
        )
        form: Form = self._new(Mapping(items), node)
        return form

    def _binary(self, node: ast.BinOp) -> Form:
        left, right = self.expression(node.left), self.expression(node.right)
        form: Binary = self._new(Binary(BINARY[type(node.op)], left, right), node)
        if form.operator in ("-", "*", "/", "**"):
            self.scope.graph.arithmetic[form] = self.scope.path
        elif form.operator == "+":
            self.scope.graph.sums.append((form, self.scope.blocks))
        return form

    def _unary(self, node: ast.UnaryOp) -> Form:
        operand = self.expression(node.operand)
        form: Form = self._new(Unary(UNARY[type(node.op)], operand), node)
        return form

    def _comparison(self, node: ast.Compare) -> Form:
        left = self.expression(node.left)
        whole: Form | None = None
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.expression(comparator)
            compare: Form = self._new(Compare(COMPARE[type(operator)], left, right), node)
            whole = compare if whole is None else self._new(Boolean("and", whole, compare), node)
            left = right
        assert whole is not None
        return whole

    def _boolean(self, node: ast.BoolOp) -> Form:
        operator = "and" if isinstance(node.op, ast.And) else "or"
        form = self.expression(node.values[0])
        for value in node.values[1:]:
            form = self._new(Boolean(operator, form, self.expression(value)), node)
        return form

    def _conditional(self, node: ast.IfExp) -> Form:
        condition = self.expression(node.test)
        path = self.scope.path
        self.scope.path = (*path, (condition, True))
        then = self.expression(node.body)
        self.scope.path = (*path, (condition, False))
        other = self.expression(node.orelse)
        self.scope.path = path
        form: Form = self._new(Choice(condition, then, other), node)
        return form

    def _lambda(self, node: ast.Lambda) -> Form:
        return self._nested("<lambda>", node.args, node.body, node)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp) -> Form:
        scope = self.scope
        before = scope.env
        scope.env = dict(before)
        loops: list[Loop] = []
        filters: list[Form] = []
        for part in node.generators:
            iterable = self.expression(part.iter)
            loop: Loop = self._new(Loop(iterable), part.iter)
            loop.first = self.count
            self.assign(part.target, self._new(Element(loop), part.target))
            for condition in part.ifs:
                filters.append(self.expression(condition))
            loops.append(loop)
        if isinstance(node, ast.DictComp):
            key: Form | None = self.expression(node.key)
            element = self.expression(node.value)
            sort = "dict"
        else:
            key = None
            element = self.expression(node.elt)
            sort = "set" if isinstance(node, ast.SetComp) else "list"
        for loop in loops:
            loop.last = self.count
        scope.env = before
        form: Form = self._new(Comprehension(sort, element, key, tuple(loops), tuple(filters)), node)
        return form

    def _await(self, node: ast.Await) -> Form:
        return self.expression(node.value)

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Form:
        if isinstance(node, ast.YieldFrom):
            self.expression(node.value)
        elif node.value is not None:
            self.scope.yields.append(self.expression(node.value))
        form: Form = self._new(Opaque("what a generator is sent"), node)
        return form

    def _named(self, node: ast.NamedExpr) -> Form:
        value = self.expression(node.value)
        self.assign(node.target, value)
        return value


def _format_of(part: ast.FormattedValue) -> str | None:
    """What stands behind an expression in a formatted string; None where it is worked out, or more than a format."""
    if part.conversion not in (-1, ord("s")):
        return None
    spec = part.format_spec
    if spec is None:
        return ""
    written = spec.values if isinstance(spec, ast.JoinedStr) else []
    plain = [each.value for each in written if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return "".join(plain) if len(plain) == len(written) else None


_EXPRESSIONS: dict[type[ast.AST], Callable[[Expressions, Any], Form]] = {
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.Call: Expressions._call,
    ast.Subscript: Expressions._subscript,
    ast.Slice: Expressions._slice,
    ast.Starred: Expressions._starred,
    ast.Constant: Expressions._constant,
    ast.JoinedStr: Expressions._formatted,
    ast.Tuple: Expressions._sequence,
    ast.List: Expressions._sequence,
    ast.Set: Expressions._sequence,
    ast.Dict: Expressions._dict,
    ast.BinOp: Expressions._binary,
    ast.UnaryOp: Expressions._unary,
    ast.Compare: Expressions._comparison,
    ast.BoolOp: Expressions._boolean,
    ast.IfExp: Expressions._conditional,
    ast.Lambda: Expressions._lambda,
    ast.ListComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.SetComp: Expressions._comprehension,
    ast.DictComp: Expressions._comprehension,
    ast.Await: Expressions._await,
    ast.Yield: Expressions._yield,
    ast.YieldFrom: Expressions._yield,
    ast.NamedExpr: Expressions._named,
}

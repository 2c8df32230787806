"""Expressions as forms."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from typing import Any

import libcst as cst

from losslint.static.lowering.bindings import Bindings
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
    Item,
    Loop,
    Mapping,
    Named,
    Opaque,
    Param,
    Sequence,
    Slice,
    Unary,
    Within,
)

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
UNARY = {cst.Not: "not", cst.Minus: "-", cst.Plus: "+", cst.BitInvert: "~"}


class Expressions(Bindings):
    """Expressions, each by its node's class."""

    def expression(self, node: cst.BaseExpression) -> Form:
        """What an expression is; opaque where its syntax is not followed."""
        handler = _EXPRESSIONS.get(type(node))
        if handler is None:
            form: Form = self._new(Opaque("an expression that is not followed"), node)
            return form
        return handler(self, node)

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
            # CPython warns of odd escapes, which are not ours to tell.
            value = _quietly(node.value) if "\\" in node.value else ast.literal_eval(node.value)
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
        arithmetic = self.scope.graph.arithmetic
        before = len(arithmetic)
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                self.expression(part.expression)
        del arithmetic[before:]  # a number in a text is looked at, and nothing else becomes of it
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


_EXPRESSIONS: dict[type[cst.CSTNode], Callable[[Expressions, Any], Form]] = {
    cst.Name: Expressions._name,
    cst.Attribute: Expressions._attribute,
    cst.Call: Expressions._call,
    cst.Subscript: Expressions._subscript,
    cst.Integer: Expressions._literal,
    cst.Float: Expressions._literal,
    cst.Imaginary: Expressions._literal,
    cst.SimpleString: Expressions._literal,
    cst.Ellipsis: Expressions._ellipsis,
    cst.ConcatenatedString: Expressions._concatenated,
    cst.FormattedString: Expressions._formatted,
    cst.Tuple: Expressions._sequence,
    cst.List: Expressions._sequence,
    cst.Set: Expressions._sequence,
    cst.Dict: Expressions._dict,
    cst.BinaryOperation: Expressions._binary,
    cst.UnaryOperation: Expressions._unary,
    cst.Comparison: Expressions._comparison,
    cst.BooleanOperation: Expressions._boolean,
    cst.IfExp: Expressions._conditional,
    cst.Lambda: Expressions._lambda,
    cst.ListComp: Expressions._comprehension,
    cst.GeneratorExp: Expressions._comprehension,
    cst.SetComp: Expressions._comprehension,
    cst.DictComp: Expressions._comprehension,
    cst.Await: Expressions._await,
    cst.Yield: Expressions._yield,
    cst.NamedExpr: Expressions._named,
}


def _quietly(literal: str) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value: object = ast.literal_eval(literal)
        return value

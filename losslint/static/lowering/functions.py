"""Functions: their parameters, their bodies, and the functions inside them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from losslint.static.lowering.expressions import Expressions
from losslint.static.lowering.forms import Const, Form, Function, Graph, Outer, Param, Parameter, Result, Yielded
from losslint.static.lowering.scope import Scope
from losslint.static.lowering.syntax import dotted


class Functions(Expressions):
    """Bodies of functions. One inside another is walked through when the outer one is at its end."""

    def _parameters(self, params: ast.arguments) -> None:
        scope = self.scope
        listed: list[Parameter] = []

        def add(param: ast.arg, given: ast.expr | None, sort: str, keyword_only: bool) -> None:
            # Defaults are evaluated where the function is defined.
            default = self._in_outer(given) if given is not None else None
            listed.append(Parameter(param.arg, sort, default, keyword_only, dotted(param.annotation)))
            scope.env[param.arg] = self._new(Param(param.arg), param)

        positional = [*params.posonlyargs, *params.args]
        without = len(positional) - len(params.defaults)
        for position, param in enumerate(positional):
            add(param, params.defaults[position - without] if position >= without else None, "", False)
        if params.vararg is not None:
            add(params.vararg, None, "*", False)
        for param, given in zip(params.kwonlyargs, params.kw_defaults, strict=True):
            add(param, given, "", True)
        if params.kwarg is not None:
            add(params.kwarg, None, "**", True)
        scope.graph.parameters = tuple(listed)

    def _in_outer(self, node: ast.expr) -> Form:
        scope = self.scope
        if scope.outer is None:
            return self.expression(node)
        self.scope = scope.outer
        try:
            outer: Form = self._new(Outer(self.expression(node)), node)
        finally:
            self.scope = scope
        return outer

    def _finish_body(self, body: Iterable[ast.stmt]) -> None:
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

    def _nested(self, name: str, params: ast.arguments, body: Iterable[ast.stmt] | ast.expr, node: ast.AST) -> Form:
        function: Function = self._new(Function(name), node)
        parent = self.scope
        scope = Scope(Graph(self.unit, parent.graph), parent)
        scope.function = function
        scope.graph.name = name
        scope.graph.reads = parent.graph.reads
        function.graph = scope.graph
        parent.graph.nested.append(scope.graph)
        parent.bodies.append(body if isinstance(body, ast.expr) else list(body))
        self.scope = scope
        self._parameters(params)
        self.scope = parent
        seen, path = dict(parent.env), parent.path

        def later() -> None:
            scope.visible = seen
            scope.defined_under = path
            previous, self.scope = self.scope, scope
            if isinstance(body, ast.expr):
                scope.returns.append(((), self.expression(body)))
                self._finish_deferred(scope)
            else:
                self._finish_body(body)
            self.scope = previous

        parent.deferred.append(later)
        return function

    def _finish_deferred(self, scope: Scope) -> None:
        scope.graph.bindings = scope.env
        position = 0
        while position < len(scope.deferred):
            scope.deferred[position]()
            position += 1
        scope.graph.result = self._new(Result(tuple(scope.returns)), None)

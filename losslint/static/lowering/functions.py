"""Functions: their parameters, their bodies, and the functions inside them."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from losslint.static.lowering.expressions import Expressions
from losslint.static.lowering.forms import Const, Form, Function, Graph, Outer, Param, Parameter, Result, Yielded
from losslint.static.lowering.scope import Scope
from losslint.static.lowering.syntax import dotted


class Functions(Expressions):
    """Bodies of functions. One inside another is walked through when the outer one is at its end."""

    def _parameters(self, params: cst.Parameters) -> None:
        scope = self.scope
        listed: list[Parameter] = []

        def add(param: cst.Param, sort: str, keyword_only: bool) -> None:
            default = None
            if param.default is not None:
                # Defaults are evaluated where the function is defined.
                default = self._in_outer(param.default)
            annotation = dotted(param.annotation.annotation) if param.annotation is not None else ""
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

    def _nested(
        self, name: str, params: cst.Parameters, body: Iterable[cst.CSTNode] | cst.BaseExpression, node: cst.CSTNode
    ) -> Form:
        function: Function = self._new(Function(name), node)
        parent = self.scope
        scope = Scope(Graph(self.unit, parent.graph), parent)
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

    def _finish_deferred(self, scope: Scope) -> None:
        scope.graph.bindings = scope.env
        position = 0
        while position < len(scope.deferred):
            scope.deferred[position]()
            position += 1
        scope.graph.result = self._new(Result(tuple(scope.returns)), None)

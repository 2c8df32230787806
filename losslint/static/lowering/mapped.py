"""Functions that Python calls for each item: `map(f, xs)` is what `[f(x) for x in xs]` is."""

from __future__ import annotations

import ast

from losslint.static.files.index import APPLYING, Import
from losslint.static.lowering.bindings import Bindings
from losslint.static.lowering.forms import (
    Argument,
    Call,
    Comprehension,
    Element,
    Form,
    Imported,
    Loop,
    Opaque,
    Unpacked,
    bare,
)
from losslint.static.lowering.syntax import dotted


class Mapped(Bindings):
    """`map`, `starmap` and `reduce`, where they are Python's."""

    def _mapped(self, node: ast.Call) -> Form | None:
        """A list of what a function gives for each item; None where nothing of that kind is called."""
        called, written = node.func, node.args
        name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
        if name not in APPLYING or len(written) < 2 or node.keywords:
            return None
        if any(isinstance(each, ast.Starred) for each in written) or not self._is_of_python(node.func, name):
            return None
        if name != "map" and len(written) > 2 + (name == "reduce"):
            return None
        function = self.expression(written[0])
        items = [self.expression(each) for each in written[1:]]
        source, several = items[0], name == "map" and len(items) > 1
        if several:
            beside = tuple(Argument(each, "", "") for each in items)
            source = self._new(Call(self._read("zip", None), beside, self.scope.path, self.scope.blocks), node)
        loop: Loop = self._new(Loop(source), written[1])
        loop.first = self.count
        element: Form = self._new(Element(loop), written[1])
        parts = [element]
        if several:
            parts = [self._new(Unpacked(element, at, len(items), False), written[1 + at]) for at in range(len(items))]
        elif name == "reduce":
            parts = [self._new(Opaque("what came of those before"), written[1]), element]
        arguments = tuple(Argument(each, "", "*" if name == "starmap" else "") for each in parts)
        call: Call = self._new(Call(function, arguments, self.scope.path, self.scope.blocks), node)
        self.scope.graph.calls.append(call)
        loop.last = self.count
        if name == "reduce":
            form: Form = self._new(Opaque("what `reduce` gives"), node)
        else:
            form = self._new(Comprehension("list", call, None, (loop,), ()), node)
        return form

    def _is_of_python(self, function: ast.expr, name: str) -> bool:
        """Whether a name is what Python has under it, and not something of the file."""
        module = APPLYING[name]
        names = self.unit.file.index.names
        if isinstance(function, ast.Attribute):
            bound = names.get(dotted(function.value))
            return isinstance(bound, Import) and (bound.module, bound.attribute) == (module, "")
        local = self._lookup(self.scope, name)
        if local is not None:
            form = bare(local)
            return isinstance(form, Imported) and (form.module, form.attribute) == (module, name)
        bound = names.get(name)
        if not module:
            return bound is None
        return isinstance(bound, Import) and (bound.module, bound.attribute) == (module, name)

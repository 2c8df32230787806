"""What a name is where it is read: bound in the function itself, in one around it, or a global of the file."""

from __future__ import annotations

import ast

from losslint.static.lowering.forms import (
    Carried,
    Form,
    Function,
    Global,
    Named,
    Opaque,
    Outer,
    Param,
    SetAttr,
    Within,
)
from losslint.static.lowering.rebound import behind
from losslint.static.lowering.scope import Scope, Walk


def names_in(body: list[ast.stmt] | ast.expr) -> set[str]:
    """The names that the body of a function reads or binds."""
    parts = [body] if isinstance(body, ast.expr) else body
    return {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}


class Names(Walk):
    """Names that are read."""

    def _name(self, node: ast.Name) -> Form:
        return self._read(node.id, node)

    def _read(self, name: str, node: ast.AST | None) -> Form:
        """What a name is, where a node reads it."""
        bound = self._lookup(self.scope, name)
        if bound is None and self.scope.turns:
            bound = self._of_the_round_before(name)
        if bound is None:
            form: Form = self._new(Global(name), node)
            return form
        if isinstance(bound, Param) and bound.name == name and name not in self.scope.handed:
            return bound
        self.scope.graph.reads.forms.add(bound)
        named: Form = self._new(Named(bound, name), node)
        return named

    def _of_the_round_before(self, name: str) -> Form | None:
        """A name that a function binds nowhere but in the body of the loop around, where this round has not come to it:
        what it was in the round before."""
        turns = self.scope.turns[-1]
        is_local = self.unit.sort == "function" or self.scope.outer is not None
        if not is_local or name in self.scope.of_others or not turns.binds(name):
            return None
        carried = turns.carried.get(name)
        if carried is None:
            unbound = self._new(Opaque(f"`{name}` is not bound yet"), None)
            carried = turns.carried[name] = self._new(Carried(turns.loop, name, unbound), None)
            turns.loop.flagged = True
        turns.reads.append((name, self.scope.path))
        return carried

    def _lookup(self, scope: Scope, name: str) -> Form | None:
        bound = scope.env.get(name)
        if bound is not None:
            if bound.__class__ is Function:
                assert isinstance(bound, Function)
                self.functions_read[bound] += 1
            return bound
        if scope.outer is None:
            return None
        found = (scope.visible or {}).get(name)
        # The module part is no enclosing function: its names are globals.
        if scope.outer.outer is None and self.unit.sort == "module":
            return None
        if found is not None:
            found = self._when_called(found, scope, scope.outer, name)
        else:
            found = self._at_its_only_call(scope, scope.outer, name) or self._lookup(scope.outer, name)
        if found is None:
            return None
        reads = self.scope.graph.reads
        reads.forms.add(found)
        reads.closed.add(name)
        wrapped: Form = self._new(Outer(found), None)
        return wrapped

    def _at_its_only_call(self, scope: Scope, outer: Scope, name: str) -> Form | None:
        """What a name of the enclosing function was where this one is called, if it is called once and nothing else is
        done with it: `model = resumed(path)`, of a `resumed` that reads `model`."""
        function = scope.function
        known = outer.called.get(function) if function is not None else None
        if function is None or known is None or name not in known or self.functions_read[function] != 1:
            return None
        if any(function.name in names_in(body) for body in outer.bodies):
            return None  # others that are nested there may call it, too, or it itself
        return known[name]

    def _when_called(self, seen: Form, scope: Scope, outer: Scope, name: str) -> Form:
        """A name of the enclosing function: a nested one reads it when it is called, not when it is defined."""
        changes = behind(seen, outer.env.get(name), scope.defined_under)
        if changes is None:
            at_the_call = self._at_its_only_call(scope, outer, name)
            if at_the_call is not None:
                return at_the_call
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

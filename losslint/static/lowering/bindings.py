"""What assignments and calls change: the name or place itself, and whatever else holds the same object."""

from __future__ import annotations

import ast

from losslint.static.files.index import SOME_NAME, Import
from losslint.static.lowering.aliases import OF_SHAPE, Aliases
from losslint.static.lowering.forms import (
    Argument,
    Call,
    Const,
    Form,
    Global,
    Imported,
    Item,
    Mutated,
    Named,
    Opaque,
    SetAttr,
    SetItem,
    Slice,
    Unpacked,
    Within,
    bare,
)
from losslint.static.lowering.names import Names
from losslint.static.lowering.syntax import MUTATORS, all_arguments, attributes_of, changed_by, dotted, in_place


class Bindings(Names):
    """Places that are written, by a target of an assignment or by what is called."""

    def assign(self, target: ast.expr, value: Form) -> None:
        """What stands at a target, or at each part of it, is a value from here on."""
        if isinstance(target, ast.Name):
            self._bind(target.id, value)
        elif isinstance(target, ast.Attribute):
            self._set(target.value, self.expression(target.value), target.attr, value, target)
        elif isinstance(target, ast.Subscript):
            holder = attributes_of(target.value)
            key = self._key(target)
            if holder is not None and isinstance(key, Const) and isinstance(key.value, str):
                self._set(holder, self.expression(holder), key.value, value, target)
            elif holder is not None:
                self._set_somehow(holder, value, target)
            else:
                base = self.expression(target.value)
                place = (f"[{key.value!r}]",) if isinstance(key, Const) else ()
                self._rebind(target.value, base, self._new(SetItem(base, key, value), target), place)
        elif isinstance(target, (ast.Tuple, ast.List)):
            elements = target.elts
            star = next((i for i, e in enumerate(elements) if isinstance(e, ast.Starred)), None)
            whole = bare(value)
            if star is None and isinstance(whole, Call):
                whole.parts = len(elements)
            for position, element in enumerate(elements):
                if isinstance(element, ast.Starred):
                    behind = len(elements) - 1 - position
                    lower = self._new(Const(position), None)
                    upper = self._new(Const(-behind), None) if behind else None
                    rest = self._new(Slice(lower, upper, None), None)
                    self.assign(element.value, self._new(Item(value, rest), element.value))
                elif star is not None and position > star:
                    index = len(elements) - position
                    part = self._new(Unpacked(value, index, len(elements), True), element)
                    self.assign(element, part)
                else:
                    count = -1 if star is not None else len(elements)
                    part = self._new(Unpacked(value, position, count, False), element)
                    self.assign(element, part)

    def _bind(self, name: str, value: Form) -> None:
        """A name is a value from here on."""
        before = self.scope.env.get(name)
        if isinstance(before, Call) and before is not value:
            self.scope.graph.rebound.append((before, value, name))
        self.scope.env[name] = value

    def _set(self, place: ast.expr, base: Form, name: str, value: Form, node: ast.AST) -> None:
        """`place.name = value`"""
        self.scope.graph.sets.add(name)
        self._rebind(place, base, self._new(SetAttr(base, name, value), node), (name,))

    def _set_somehow(self, place: ast.expr | None, value: Form | None, node: ast.AST) -> None:
        """Attributes of names that are worked out are set on what stands at a place."""
        if place is not None:
            base = self.expression(place)
            given = (Argument(value, "", ""),) if value is not None else ()
            self._rebind(place, base, self._new(Within(base, SOME_NAME, given), node), (SOME_NAME,), given)

    def _rebind(
        self,
        target: ast.expr,
        before: Form,
        value: Form,
        path: tuple[str, ...] = (),
        arguments: tuple[Argument, ...] = (),
    ) -> None:
        """What stands at a place has become another: the place, and all that holds the same object."""
        if isinstance(target, ast.Attribute):
            base = self.expression(target.value)
            changed = self._new(SetAttr(base, target.attr, value), target)
            held = _kept_as(base, target.attr)
            if held is not None:
                # `self.model = model; self.model.head = …`: the parameter is changed as well
                self._aliases(path, arguments).changed(held, value)
            self._rebind(target.value, base, changed, (target.attr, *path), arguments)
        elif isinstance(target, ast.Subscript):
            self.assign(target, value)
        elif isinstance(target, ast.Name):
            self.scope.env[target.id] = value
            self._aliases(path, arguments).changed(before, value)
        elif path or isinstance(value, Call):
            # `model.children()[0].dim = 1`, `x.view(-1).log_()`: the place has no name, but somebody holds it
            self._aliases(path, arguments).changed(before, value)

    def _aliases(self, path: tuple[str, ...], arguments: tuple[Argument, ...]) -> Aliases:
        return Aliases(self.scope.env, self.scope.graph, lambda form: self._new(form, None), path, arguments)

    def _expression_statement(self, value: ast.expr) -> None:
        form = self.expression(value)
        if isinstance(value, ast.Await):
            value = value.value
        if not isinstance(value, ast.Call) or not isinstance(form, Call):
            return
        self.scope.graph.statements.append(form)
        function = value.func
        if isinstance(function, ast.Attribute):
            method = function.attr
            if method == "update" and attributes_of(function.value) is not None:
                self._set_somehow(attributes_of(function.value), None, value)
            elif method in MODES:
                self._switched(function.value, form, value)
            elif method == "requires_grad_" and isinstance(function.value, ast.Name):
                self._collects_gradients(function.value, form, value)
            elif method in MUTATORS:
                base = self.expression(function.value)
                self._rebind(function.value, base, self._new(Mutated(base, method, form.arguments), value))
            elif in_place(method) and self._is_of_torch(function.value):
                # `torch.sigmoid_(x)`; what `nn.init` writes are weights
                if form.arguments and "init" not in dotted(function.value).split("."):
                    self._written(all_arguments(value)[0].value, form)
            elif in_place(method):
                # `x.squeeze_(3).squeeze_(2)`: every operation of the chain is on the same tensor
                changed = changed_by(function.value)
                if method not in OF_SHAPE:
                    self._rebind(changed, self.expression(changed), form)
                elif isinstance(changed, (ast.Name, ast.Attribute, ast.Subscript)):
                    self.assign(changed, form)
        elif isinstance(function, ast.Name) and function.id == "setattr" and len(form.arguments) == 3:
            name = bare(form.arguments[1].form)
            place = all_arguments(value)[0].value
            base = form.arguments[0].form
            if isinstance(name, Const) and isinstance(name.value, str):
                self._set(place, base, name.value, form.arguments[2].form, value)
            else:
                self._set_somehow(place, form.arguments[2].form, value)
        elif isinstance(function, ast.Name) and function.id == "delattr" and len(form.arguments) == 2:
            name = bare(form.arguments[1].form)
            if isinstance(name, Const) and isinstance(name.value, str):
                deleted = self._new(Opaque("it is deleted"), value)
                self._set(all_arguments(value)[0].value, form.arguments[0].form, name.value, deleted, value)

    def _taken_out(self, value: ast.expr, form: Form) -> None:
        """`kind = config.pop("type")`: what is bound is not in there any more."""
        if not isinstance(form, Call) or not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
            return
        key = bare(form.arguments[0].form) if value.func.attr == "pop" and form.arguments else None
        if isinstance(key, Const) and isinstance(key.value, str):
            base = self.expression(value.func.value)
            self._rebind(value.func.value, base, self._new(Mutated(base, "pop", form.arguments), value))

    def _collects_gradients(self, place: ast.Name, call: Call, node: ast.Call) -> None:
        """`x.requires_grad_()`: gradients are collected for it from here on, whatever it was made of."""
        asked = bare(call.arguments[0].form) if call.arguments else Const(True)
        if isinstance(asked, Const) and asked.value is True:
            self._set(place, self.expression(place), "requires_grad", self._new(Const(True), None), node)

    def _switched(self, place: ast.expr, call: Call, node: ast.Call) -> None:
        """`net.eval()`, in projects whose modules ask which mode they are in."""
        if not isinstance(place, (ast.Name, ast.Attribute)) or not self.unit.file.project.mentioning(
            "self.training", "training"
        ):
            return
        mode = bare(call.arguments[0].form) if call.arguments else Const(MODES[call.callee_name])
        if isinstance(mode, Const) and isinstance(mode.value, bool):
            self._set(place, self.expression(place), "training", self._new(Const(mode.value), node), node)
        elif len(call.arguments) == 1 and not isinstance(mode, Const):
            # `net.train(phase == "train")`; whether it is a mode at all, its value tells
            self._set(place, self.expression(place), "training", call.arguments[0].form, node)

    def _is_of_torch(self, node: ast.expr) -> bool:
        """Whether an expression is a module that torch consists of: `F`, `torch`, `nn.init`."""
        first = dotted(node).partition(".")[0]
        if not first or not isinstance(bare(self._read(first, None)), (Global, Imported)):
            return False
        bound = self.unit.file.index.names.get(first)
        return first in ("torch", "nn", "F") if bound is None else isinstance(bound, Import)

    def _written(self, place: ast.expr, call: Call) -> None:
        """What a function of torch gives in the place of its first argument."""
        if isinstance(place, (ast.Name, ast.Attribute, ast.Subscript)):
            self._rebind(place, call.arguments[0].form, call)


#: Methods of a module that say which mode it is in, and the mode when they are given none.
MODES = {"train": True, "eval": False}


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

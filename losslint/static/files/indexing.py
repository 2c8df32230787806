"""Indexing a file: its syntax tree is walked once and dropped at once."""

from __future__ import annotations

import ast

from losslint.static.files.holding import FILLING, named, note, note_filled, note_given, note_statement, returned
from losslint.static.files.index import (
    APPLYING,
    MODULE,
    OWN_CLASS,
    PASSED_AS,
    SOME_NAME,
    ClassDefinition,
    Definition,
    Import,
    Index,
)
from losslint.static.files.syntax_trees import (
    decorator,
    dotted,
    hooked,
    is_globals,
    is_own_class,
    names_bound,
    parse,
    push_children,
    rows_of,
    sets_by_name,
    targets_of,
)


def index_text(text: str) -> Index:
    """The index of a file's text."""
    return index_tree(parse(text))


def index_tree(tree: ast.Module) -> Index:
    """The index of a parsed file."""
    index = Index()
    _Indexer(index).module(tree)
    return index


#: Functions and methods that change what they are given or called on.
_CHANGING = frozenset(
    {
        "setattr", "delattr", "exec", "update", "append", "extend", "insert", "pop", "clear", "remove", "setdefault",
        "add_module", "register_module", "register_buffer", "register_parameter", "register_forward_hook",
        "register_forward_pre_hook", "apply",
    }
)  # fmt: skip

#: Collections that are written out.
_WRITTEN_OUT = (ast.List, ast.Tuple, ast.Dict)


class _Indexer:
    """Walks a tree once. A unit is a top-level function, a method, a class body or the module part."""

    def __init__(self, index: Index) -> None:
        self.index = index
        #: inside the handler of an exception
        self._handling = False
        #: of the function at hand, what it binds beside names, and its calls that may
        self._binding: list[ast.AST] = []
        #: the names of all functions' parameters
        self._parameters: set[str] = set()
        #: classes without bases whose methods have no object, and the names on which methods are called
        self._namespaces: list[ClassDefinition] = []
        self._called_on: set[str] = set()
        #: names that functions return, by their first and last parts, and the functions
        self._returned: list[tuple[str, str, str]] = []

    def module(self, tree: ast.Module) -> None:
        index = self.index
        self._body(tree.body, unit=MODULE, top=True)
        given = self._parameters.union(*(index.taken_as.get(name, ()) for name in self._parameters))
        index.called_parameters = given & index.calls.keys()
        for first, last, function in self._returned:
            if first in index.names:
                index.returned.setdefault(last, set()).add(function)
        for definition in self._namespaces:
            if definition.name in self._called_on:
                for method in definition.methods.values():
                    method.decorators = (*method.decorators, "staticmethod")

    def _body(self, body: list[ast.stmt], unit: str, top: bool) -> None:
        for statement in body:
            self._statement(statement, unit, top)

    def _statement(self, node: ast.stmt, unit: str, top: bool) -> None:
        index = self.index
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if top:
                qualname = self._defined(node)
                self._function(node, qualname)
                self._binds(node, qualname)
                index.blanked.append(rows_of(node))
            else:
                self._nested(node, unit)
            return
        if isinstance(node, ast.ClassDef):
            qualname = self._defined(node) if top else f"{unit}.<locals>.{node.name}"
            self._class(node, qualname)
            if top:
                self._binds(node, qualname)
                index.blanked.append(rows_of(node))
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                index.imported.add((alias.name, 0))
                if top:
                    if alias.asname:
                        index.names[alias.asname] = Import(alias.name, "", 0)
                    else:
                        first_part = alias.name.partition(".")[0]
                        index.names[first_part] = Import(first_part, "", 0)
            return
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            index.imported.add((module, node.level))
            for alias in node.names:
                if not top and alias.asname and alias.asname != alias.name:
                    index.taken_as.setdefault(alias.name, set()).add(alias.asname)
                if alias.name == "*":
                    if top:
                        index.star_imports.append(Import(module, "*", node.level))
                    continue
                index.imported.add((f"{module}.{alias.name}" if module else alias.name, node.level))
                if top:
                    index.names[alias.asname or alias.name] = Import(module, alias.name, node.level)
            return
        if isinstance(node, ast.Global) and unit:
            for name in node.names:
                index.globals_bound.setdefault(name, set()).add(unit)
            return
        if isinstance(node, ast.Expr):
            self._expression(node.value, unit)
            return
        if isinstance(node, ast.Return) and node.value is not None:
            self._returned.extend((first, last, unit.rpartition(".")[2]) for first, last in returned(node.value))
        targets = targets_of(node)
        if targets:
            note_statement(index, node)
        for target in node.targets if isinstance(node, ast.Delete) else targets:
            self._sets(target, unit)
            if target.__class__ is not ast.Name:
                self._binding.append(target)
        if top:
            for target in targets:
                for name in names_bound(target):
                    if not isinstance(index.names.get(name), Import) or not self._stands_in(node):
                        self._rebinds(name)
        children: list[ast.AST] = []
        push_children(node, children)
        for child in children:
            if isinstance(child, ast.stmt):
                self._statement(child, unit, top)
            elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
                outside, self._handling = self._handling, self._handling or isinstance(child, ast.ExceptHandler)
                self._body(child.body, unit, top)
                self._handling = outside
                if isinstance(child, ast.ExceptHandler) and child.type is not None:
                    self._expression(child.type, unit)
            elif isinstance(child, ast.withitem):
                self._expression(child.context_expr, unit)
                if child.optional_vars is not None:
                    self._binding.append(child.optional_vars)
                    for name in names_bound(child.optional_vars) if top else ():
                        self._rebinds(name)
            elif isinstance(child, ast.expr):
                self._expression(child, unit)

    def _binds(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, qualname: str) -> None:
        """A definition of the module part takes its name, whatever had it before."""
        index = self.index
        if index.names.get(node.name, qualname) == "":
            # Bound by a statement further up: which of the two is meant depends on where it is read.
            index.repeated[rows_of(node)[0]] = (node.name, qualname)
        index.names[node.name] = qualname

    def _rebinds(self, name: str) -> None:
        """A statement of the module part takes a name, whatever had it before."""
        index = self.index
        earlier = index.names.get(name)
        if isinstance(earlier, str) and earlier:
            # Defined further up: what stands in between means the definition.
            definition = index.functions.get(earlier) or index.classes.get(earlier)
            if definition is not None:
                index.repeated.setdefault(definition.first, (name, earlier))
        index.names[name] = ""

    def _stands_in(self, node: ast.stmt) -> bool:
        """Whether a statement binds an imported name for want of the import: `tqdm = None`."""
        return self._handling or isinstance(getattr(node, "value", None), (ast.Constant, type(None)))

    def _defined(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
        """A qualified name for a definition of the module part: the second of a name gets a number."""
        index, name = self.index, node.name
        earlier = index.names.get(name)
        if not isinstance(earlier, str):
            return name
        earlier = earlier or name  # bound by a statement since, which leaves the definition before it as it is
        definition = index.functions.get(earlier) or index.classes.get(earlier)
        if definition is None:
            return name
        index.repeated.setdefault(definition.first, (name, earlier))
        qualname = f"{name}:{len(index.repeated) + 1}"
        index.repeated[rows_of(node)[0]] = (name, qualname)
        return qualname

    def _expression(self, node: ast.AST, unit: str) -> None:
        pending = [node]
        calls = self.index.calls
        while pending:
            here = pending.pop()
            if here.__class__ is ast.Call:
                assert isinstance(here, ast.Call)
                function = here.func
                while isinstance(function, ast.Subscript):
                    function = function.value
                if isinstance(function, ast.Attribute):
                    name = function.attr
                    if function.value.__class__ is ast.Name:
                        self._called_on.add(function.value.id)
                elif isinstance(function, ast.Name):
                    name = function.id
                else:
                    name = "()"
                calls.setdefault(name, {})[unit] = None
                if name in _CHANGING:
                    self._changing(here, name, unit)
                    self._binding.append(here)
                elif name.endswith("_hook"):
                    self._binding.append(here)
                for keyword in here.keywords:
                    if keyword.arg and isinstance(keyword.value, (ast.Call, *_WRITTEN_OUT)):
                        note(self.index, (keyword.arg,), keyword.value)
                if name in FILLING:
                    note_filled(self.index, here)
                note_given(self.index, name, here, self._parameters)
                passed_on = here.args
                if here.keywords:
                    passed_on = [*passed_on, *(k.value for k in here.keywords if k.arg in PASSED_AS)]
                for argument in passed_on:
                    if isinstance(argument, _WRITTEN_OUT):
                        note(self.index, (), argument)  # `apply([nn.MSELoss(), nn.L1Loss()], x, y)`
                    # A function that is passed on is called by somebody else: the unit mentions it.
                    passed = (
                        dotted(argument).rpartition(".")[2] if isinstance(argument, (ast.Name, ast.Attribute)) else ""
                    )
                    if passed:
                        calls.setdefault("&" + passed, {})[unit] = None
                        if name in APPLYING and argument is passed_on[0]:
                            calls.setdefault(passed, {})[unit] = None  # `map(criterion, outputs, targets)`
            elif here.__class__ is ast.comprehension:
                assert isinstance(here, ast.comprehension)
                self._binding.append(here.target)
                note(self.index, named(here.target), here.iter)
            push_children(here, pending)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, qualname: str, owner: ClassDefinition | None = None
    ) -> Definition:
        first, last = rows_of(node)
        decorators = tuple(decorator(d) for d in node.decorator_list)
        parameters = tuple(each.arg for each in (*node.args.posonlyargs, *node.args.args))
        of_class = owner.qualname if owner else ""
        definition = Definition(node.name, qualname, first, last, decorators, of_class, parameters)
        self.index.functions[qualname] = definition
        around, self._binding = self._binding, []
        self._nested(node, qualname)
        if owner is not None:
            self._stores(node, owner)
        around += self._binding
        self._binding = around
        return definition

    def _nested(self, node: ast.FunctionDef | ast.AsyncFunctionDef, unit: str) -> None:
        arguments = node.args
        for default in (*arguments.defaults, *arguments.kw_defaults, *node.decorator_list):
            if default is not None:
                self._expression(default, unit)
        positional = [*arguments.posonlyargs, *arguments.args]
        for parameter, default in zip(reversed(positional), reversed(arguments.defaults), strict=False):
            if isinstance(default, ast.Call):
                note(self.index, (parameter.arg,), default)
        self._parameters.update(parameter.arg for parameter in (*positional, *arguments.kwonlyargs))
        self._body(node.body, unit, top=False)

    def _class(self, node: ast.ClassDef, qualname: str) -> None:
        first, last = rows_of(node)
        definition = ClassDefinition(
            node.name,
            qualname,
            first,
            last,
            tuple(decorator(d) for d in node.decorator_list),
            bases=tuple(dotted(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases),
        )
        self.index.classes[qualname] = definition
        for statement in node.body:
            self._member(statement, definition)
        if _is_namespace(node) and not definition.stores:
            self._namespaces.append(definition)

    def _member(self, statement: ast.stmt, owner: ClassDefinition) -> None:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            qualname = f"{owner.qualname}.{statement.name}"
            decorators = [decorator(d) for d in statement.decorator_list]
            if any(name.endswith((".setter", ".deleter")) for name in decorators):
                qualname += ":setter"
            method = self._function(statement, qualname, owner)
            if not qualname.endswith(":setter") and "overload" not in "".join(decorators):
                owner.methods[statement.name] = method
        elif isinstance(statement, ast.ClassDef):
            self._class(statement, f"{owner.qualname}.{statement.name}")
            owner.names.add(statement.name)
        else:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                owner.fields[statement.target.id] = statement.value is not None
            for target in targets_of(statement):
                owner.names.update(names_bound(target))
            if isinstance(statement, (ast.If, ast.Try, ast.With)):
                for child in ast.iter_child_nodes(statement):
                    if isinstance(child, ast.stmt):
                        self._member(child, owner)
                return
            self._statement(statement, owner.qualname, top=False)

    def _stores(self, method: ast.FunctionDef | ast.AsyncFunctionDef, owner: ClassDefinition) -> None:
        """Which attributes of its first argument a method binds, which was just walked through."""
        parameters = [*method.args.posonlyargs, *method.args.args]
        if not parameters:
            return
        first = parameters[0].arg
        name = method.name
        pending = list(self._binding)
        while pending:
            node = pending.pop()
            sort = node.__class__
            push_children(node, pending)
            if sort is not ast.Attribute and sort is not ast.Subscript and sort is not ast.Call:
                continue
            attribute = None
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                attribute = node
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                inner: ast.expr = node.value
                attribute = inner if isinstance(inner, ast.Attribute) else None
            if attribute is None:
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == first
                    and node.func.attr in ("add_module", "register_module", "register_buffer", "register_parameter")
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                    and isinstance(node.args[0].value, str)
                ):
                    _append(owner.stores, node.args[0].value, name)
                elif isinstance(node, ast.Call) and hooked(node, first):
                    _append(owner.stores, hooked(node, first), name)
                elif isinstance(node, ast.Call) and sets_by_name(node, first):
                    _append(owner.stores, SOME_NAME, name)
                continue
            # `self.a.b = x` changes what `self.a` is, too
            chain: ast.expr = attribute
            while isinstance(chain, (ast.Attribute, ast.Subscript)):
                if isinstance(chain, ast.Attribute) and isinstance(chain.value, ast.Name) and chain.value.id == first:
                    _append(owner.stores, chain.attr, name)
                chain = chain.value

    def _changing(self, call: ast.Call, name: str, unit: str) -> None:
        """What a call changes of something that has a name: `setattr(x, …)`, `x.update(…)`, `exec(…)`."""
        function = call.func
        index = self.index
        if isinstance(function, ast.Name):
            if name == "exec":
                index.bound_by_name.add(SOME_NAME)
            elif name in ("setattr", "delattr") and len(call.args) > 1:
                self._changes(call.args[0], unit)
                holder, attribute = dotted(call.args[0]), call.args[1]
                known = isinstance(attribute, ast.Constant) and isinstance(attribute.value, str)
                if holder:
                    index.set_on.setdefault(attribute.value if known else SOME_NAME, set()).add(holder)  # type: ignore[attr-defined]
        elif isinstance(function, ast.Attribute):
            if name == "update" and is_globals(function.value, unit):
                index.bound_by_name.add(SOME_NAME)
            self._changes(function.value, unit)

    def _changes(self, place: ast.expr, unit: str) -> None:
        while isinstance(place, (ast.Attribute, ast.Subscript)):
            place = place.value
        if isinstance(place, ast.Name) and place.id != "self":
            self.index.changed.setdefault(place.id, set()).add(unit)

    def _sets(self, target: ast.expr, unit: str) -> None:
        """What an assignment to an attribute or an item changes."""
        if isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self._sets(element, unit)
        elif isinstance(target, ast.Attribute):
            holder = OWN_CLASS if is_own_class(target.value) else dotted(target.value)
            if holder and holder != "self":
                self.index.set_on.setdefault(target.attr, set()).add(holder)
            self._changes(target.value, unit)
        elif isinstance(target, ast.Subscript):
            if is_globals(target.value, unit):
                key = target.slice
                known = isinstance(key, ast.Constant) and isinstance(key.value, str)
                self.index.bound_by_name.add(key.value if known else SOME_NAME)  # type: ignore[attr-defined]
            self._changes(target.value, unit)


#: What the first parameter of a method goes by.
_RECEIVERS = frozenset({"self", "cls", "this", "me", "_self", "slf", "klass", "mcs", "_"})


def _is_namespace(node: ast.ClassDef) -> bool:
    """Whether a class only holds functions, which are called on the class itself: `Trainer.train(model, loader)`, where
    `def train(model, loader)` says nothing of an object."""
    methods = [each for each in node.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
    if node.bases or node.keywords or not methods:
        return False
    for method in methods:
        first = [*method.args.posonlyargs, *method.args.args][:1]
        if method.name.startswith("__") or method.decorator_list or not first or first[0].arg in _RECEIVERS:
            return False
    return True


def _append(stores: dict[str, list[str]], attribute: str, method: str) -> None:
    methods = stores.setdefault(attribute, [])
    if method not in methods:
        methods.append(method)

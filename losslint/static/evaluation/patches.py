"""Patches: classes, functions of torch and objects of a module that other code changes.

`Net.forward = other`, `F.softmax = other`, `model.head = …` in a function that uses the module's `model`: when they
happen is not followed, so what they change is not known from the start.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.values import ClassV, ConstV, ExternalV, FunctionV, UnknownV, Value
from losslint.static.files.file import File
from losslint.static.files.index import MODULE, OWN_CLASS, SOME_NAME
from losslint.static.files.mentions import may_set, may_set_by_name
from losslint.static.files.project import Project
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Files that are searched for what changes one object of a module.
MOST_FILES = 24

#: An assignment to something of torch, or to something under one of its usual names: what stands in each row is looked
#: for behind the end of the one before it, to which an expression can jump.
_OF_TORCH = re.compile(rb"\n[ \t]*(?!torch\.backends)(?:torch|nn|F|functional)(?:\.\w+)+[ \t]*=[^=]")
_SET_BY_NAME = re.compile(rb"setattr\((?:torch|nn|F)\b")

#: What registers a hook for every module there is.
_ON_ALL_MODULES = ("register_module_forward_hook", "register_module_forward_pre_hook")


class Patches:
    """Answers what of the project's classes and of torch is set by other code, each once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._of_classes: dict[tuple[str, str, str], bool] = {}
        self._outside: frozenset[str] | None = None
        self._hooked: bool | None = None
        self._changes: dict[tuple[str, str], set[tuple[str, ...]]] = {}

    # ---------------------------------------------------------------- classes

    def of_class(self, ev: Evaluator, cls: ClassV, name: str) -> bool:
        """Whether an attribute of a class is set from outside: `Net.forward = other`."""
        key = (*cls.key, name)
        known = self._of_classes.get(key)
        if known is None:
            shown = cls.definition.name
            if name == SOME_NAME:
                setting = frozenset(self.project.mentioning("setattr("))
                files = dict.fromkeys(each for each in self.project.mentioning(shown) if each in setting)
            else:
                self.project.mentioning(f"{shown}.", shown)  # few files, in which each of its attributes is looked for
                files = dict.fromkeys(
                    (
                        *self.project.mentioning(f"{shown}.{name}", f"{shown}."),
                        *self.project.mentioning(f"setattr({shown}", shown),
                    )
                )
            files[cls.file.name] = None

            def may_set_it(each: str) -> bool:
                data = self.project.data(each)
                return (
                    each == cls.file.name  # where the class may go by another name: `type(self)`
                    or (may_set_by_name(data, shown) if name == SOME_NAME else may_set(data, shown, name))
                )

            known = self._of_classes[key] = any(
                self._is_class(ev, file, holder, cls) or (holder == "cls" and _by_own_method(file, cls, name))
                for file in map(self.project.file, filter(may_set_it, files))
                if file is not None
                for holder in sorted(file.index.set_on.get(name, ()))
            ) or any(_sets_on_class(ev, cls, decorator, name) for decorator in cls.definition.decorators)
        return known

    def _is_class(self, ev: Evaluator, file: File, holder: str, cls: ClassV) -> bool:
        if holder == OWN_CLASS:
            return file is cls.file
        if holder.rpartition(".")[2] != cls.definition.name:
            return False
        bound = ev.classes.resolve(file, holder)
        return bound is None or bound == (cls.file, cls.definition.qualname)

    # ---------------------------------------------------------------- what is not of the project

    def outside(self, ev: Evaluator, name: str) -> bool:
        """Whether something outside the project is replaced: `F.softmax = other`."""
        if self._outside is None:
            self._outside = frozenset(self._replaced(ev))
        return name in self._outside

    def hooked(self, ev: Evaluator) -> bool:
        """Whether the project registers a hook for every module that changes what modules return."""
        if self._hooked is None:
            self._hooked = False  # while it is looked for
            with ev.outside():
                self._hooked = any(self._hooks_all(ev, hook) for hook in _ON_ALL_MODULES)
        return self._hooked

    def _hooks_all(self, ev: Evaluator, hook: str) -> bool:
        from losslint.static.evaluation import handing

        for file in map(self.project.file, self.project.mentioning(hook)):
            units = file.index.calls.get(hook, ()) if file is not None else ()
            for graph in graphs_of(file, units) if file is not None else ():
                for call in graph.calls:
                    if call.callee_name != hook or for_a_while(graph):
                        continue
                    function = ev.force(call.function, ev.generic(graph))
                    if isinstance(function, ExternalV) and handing.changes_output(
                        ev, call.arguments, ev.generic(graph)
                    ):
                        return True
        return False

    def _replaced(self, ev: Evaluator) -> Iterator[str]:
        from losslint.contracts.lookup import canonical

        for name in self.project.mentioning("torch"):
            if not _may_replace(self.project.data(name)):
                continue
            file = self.project.file(name)
            for attribute, holders in file.index.set_on.items() if file is not None else ():
                for holder in holders:
                    bound = ev.classes.resolve(file, holder) if file is not None else None
                    if isinstance(bound, str):
                        yield canonical(f"{canonical(bound)}.{attribute}")

    # ---------------------------------------------------------------- objects of a module

    def changed(self, ev: Evaluator, value: Value, file: File, name: str) -> Value:
        """An object that a variable of a module holds: what functions and other modules set on it may be anything."""
        from losslint.static.evaluation import handing

        if not isinstance(value, handing.CHANGEABLE):
            return value
        paths = self._changes.get((file.name, name))
        if paths is None:
            paths = self._changes[file.name, name] = set(self._paths(file, name))
        return handing.with_unknown(ev, value, paths, "a function that uses it") if paths else value

    def _paths(self, file: File, name: str) -> Iterator[tuple[str, ...]]:
        for graph in graphs_of(file, file.index.changed.get(name, set()) - {MODULE}):
            for root, path in graph.changes:
                if isinstance(root, f.Global) and root.name == name:
                    yield path
        for other in self._importers(file, name):
            for held, units in other.index.changed.items():
                bound = self.project.imports.module_name(other, held)
                skip = 0 if bound == (file, f"={name}") else 1 if bound == file else -1
                for graph in graphs_of(other, units) if skip >= 0 else ():
                    for root, path in graph.changes:
                        if isinstance(root, (f.Global, f.Imported)) and _name_of(root) in (held, name, _stem(file)):
                            if skip == 0:
                                yield path
                            elif path[:1] == (name,):
                                yield path[1:]

    def _importers(self, file: File, name: str) -> list[File]:
        """The files that may have an object of another one."""
        stem = _stem(file).encode("utf-8", "surrogateescape")
        found = [
            each for each in self.project.mentioning(name) if each != file.name and stem in self.project.data(each)
        ]
        return [other for other in map(self.project.file, found[:MOST_FILES]) if other is not None]


def _by_own_method(file: File, cls: ClassV, name: str) -> bool:
    """Whether a class method sets an attribute of its class: `cls.count = n`."""
    rows = file.lines[cls.definition.first - 1 : cls.definition.last]
    return file is cls.file and any(f"cls.{name}" in row for row in rows)


def _may_replace(data: bytes) -> bool:
    """Whether something of torch may be replaced somewhere in a file."""
    return _OF_TORCH.search(b"\n" + data) is not None or _SET_BY_NAME.search(data) is not None


#: How tests replace something for a while: `mock.patch.object(…)`, `mocker.patch(…)`, `monkeypatch.setattr(…)`.
REPLACING = frozenset({"patch", "object", "multiple", "dict", "setattr", "setitem"})


def for_a_while(graph: f.Graph | None) -> bool:
    """Whether a function replaces something while it runs, as tests do."""
    while graph is not None:
        if any(map(_replaces, graph.calls)) or any(isinstance(d, f.Call) and _replaces(d) for d in graph.decorators):
            return True
        graph = graph.outer
    return False


def _replaces(call: f.Call) -> bool:
    if call.callee_name not in REPLACING:
        return False
    parts = f.written(call.function).split(".")
    return "patch" in parts or "monkeypatch" in parts


def _stem(file: File) -> str:
    return file.name.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]


def _name_of(root: f.Global | f.Imported) -> str:
    return root.name if isinstance(root, f.Global) else root.attribute or root.module


def graphs_of(file: File, units: Collection[str]) -> Iterator[f.Graph]:
    """The graphs of some units of a file, and those of the functions nested in them."""
    from losslint.static.evaluation.searching import graphs

    for qualname in sorted(units):
        if file.unit(qualname) is not None:
            yield from graphs(file, qualname)


def _sets_on_class(ev: Evaluator, cls: ClassV, decorator: str, name: str) -> bool:
    """Whether a decorator of a class sets one of its attributes."""
    function = ev.bound(ev.classes.resolve(cls.file, decorator)) if decorator else None
    if not isinstance(function, FunctionV):
        return False
    return any(
        isinstance(root, f.Param) and path[:1] == (name,)
        for graph in (function.graph, *function.graph.nested)
        for root, path in graph.changes
    )


def of_class(ev: Evaluator, cls: ClassV, name: str) -> Value | None:
    """What an attribute of a class is when other code sets it there, None when none does."""
    if ev.patches.of_class(ev, cls, name):
        reason = f"`{cls.definition.name}.{name}` is set from outside the class"
        return UnknownV(reason, symbol=("patched", cls.key, name))
    return None


def by_name(ev: Evaluator, cls: ClassV, name: str, value: Value) -> Value:
    """A setting of a class that may be set by its name."""
    if isinstance(value, ConstV) and ev.patches.of_class(ev, cls, SOME_NAME):
        return UnknownV(f"`{cls.definition.name}.{name}` may be set by its name", symbol=("patched", cls.key, name))
    return value

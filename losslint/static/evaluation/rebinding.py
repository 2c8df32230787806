"""Globals: names of the module, or builtins. A function sees what they are where it is called.

The module part may bind a name several times: the cells of a notebook, or the parts of a long script, use the same
names again (`model`, `loss_fn`, `X`). A function that reads them is called between, and what they are at the end
concerns it only if nothing calls it before.
"""

from __future__ import annotations

import builtins
import re
from typing import TYPE_CHECKING

from losslint.static.evaluation import handing
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.meeting import merged
from losslint.static.evaluation.values import ConstV, ContainerV, ExternalV, UnknownV, Value, is_object
from losslint.static.files.file import File
from losslint.static.files.index import SOME_NAME, Import
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import origin

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: What documents and answers on the web leave out: names that mean the same wherever PyTorch is spoken of, and that
#: would be NameErrors otherwise.
CONVENTIONS = {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "np": "numpy"}

#: So many functions are looked through on the way from a call of the module part to a function.
MOST_FUNCTIONS = 40


def force_global(ev: Evaluator, form: f.Global, frame: Frame) -> Value:
    """A global of the module, or a builtin."""
    name = form.name
    if name == "__name__":
        return ConstV("__main__")
    file = form.unit.file
    bound = ev.project.imports.module_name(file, name)
    if bound == (file, f"={name}"):
        return _variable(ev, file, name, frame)
    value = ev.bound(bound)
    if value is not None:
        again = [row for row, (known, _) in file.index.repeated.items() if known == name]
        return _defined_again(ev, file, name, frame, again, value) if again else value
    imported = file.index.names.get(name)
    if isinstance(imported, Import) and not imported.level:
        from losslint.static.behaviour import library_models

        value = library_models.by_name(ev, f"{imported.module}.{imported.attribute}")
        if value is not None:
            return value
    if hasattr(builtins, name):
        return ExternalV(f"builtins.{name}")
    if name in CONVENTIONS and not file.index.star_imports:
        return ExternalV(CONVENTIONS[name])
    return UnknownV(f"`{name}` is not found", symbol=("global", file.name, name))


def _defined_again(ev: Evaluator, file: File, name: str, frame: Frame, rows: list[int], last: Value) -> Value:
    """A function or class that the module part defines several times, at these rows, for a function that reads it."""
    module = ev.module_frame(file)
    unit = frame.graph.unit
    if frame.graph is module.graph or unit.file is not file or max(rows) < unit.first:
        return last
    if name in module.graph.bindings and _calls(ev, module, frame):
        return _variable(ev, file, name, frame)
    return UnknownV(f"`{name}` is defined several times", symbol=("defined again", file.name, name))


def is_flag(ev: Evaluator, file: File, name: str) -> bool:
    """Whether a function, or another module, binds a constant of a module anew."""
    index = file.index
    if index.globals_bound.get(name) or name in index.bound_by_name or SOME_NAME in index.bound_by_name:
        return True
    known = ev.notes.flags.get((file.name, name))
    if known is None:
        known = ev.notes.flags[file.name, name] = _is_set_on(ev, file, name) or _is_set_on(ev, file, SOME_NAME)
    return known


def is_rebound(ev: Evaluator, file: File, name: str, value: Value) -> bool:
    """Whether a function binds an object of a module to another one: `global head; head = nn.Identity()`."""
    if not is_object(value) and not isinstance(value, ContainerV):
        return False
    for qualname in sorted(file.index.globals_bound.get(name, ())):
        unit = file.unit(qualname)
        bound = unit.graph().bindings.get(name) if unit is not None else None
        if unit is not None and bound is not None and not isinstance(origin(bound), f.Global):
            other = ev.force(bound, ev.generic(unit.graph()))
            if merged(value, other) is None and not isinstance(other, UnknownV):
                return True
    return False


def _that_may_set(ev: Evaluator, name: str) -> list[str]:
    """The files whose bytes may set an attribute of that name: one that many files read is not worth looking into all
    of them."""
    if name == SOME_NAME:
        return list(ev.project.mentioning("setattr("))
    word = name.encode()
    setting = re.compile(
        rb"\." + word + rb"\s*(?:=[^=]|[-+*/%&|^@<>]{1,3}=|[,)\]\n]|$)|attr\([^,\n]{0,400},\s*[\"']" + word + rb"[\"']"
    )
    return [each for each in ev.project.mentioning(name) if setting.search(ev.project.data(each)) is not None]


def _is_set_on(ev: Evaluator, file: File, name: str) -> bool:
    """Whether an attribute of a module is set: under its name, or (SOME_NAME) under one that is worked out."""
    if name == SOME_NAME:
        known = ev.notes.flags.get((file.name, name))
        if known is not None:
            return known
    known = any(
        ev.classes.resolve(other, holder) == file
        for other in map(ev.project.file, _that_may_set(ev, name))
        if other is not None and other is not file
        for holder in sorted(other.index.set_on.get(name, ()))
    )
    if name == SOME_NAME:
        ev.notes.flags[file.name, name] = known
    return known


def _variable(ev: Evaluator, file: File, name: str, frame: Frame) -> Value:
    """A variable of the module, for a function that reads it."""
    module = ev.module_frame(file)
    graph = module.graph
    if frame.graph is graph or len({id(names.get(name)) for names in _all(graph)}) < 2:
        return ev.module_variable(file, name)
    calls = _calls(ev, module, frame)
    bound = {call: graph.standing[call].get(name) for call in calls}
    # Where it is not bound yet, the call fails, or the names are not bound as it looks.
    found = [(call, form) for call, form in bound.items() if form is not None]
    if not found:
        return ev.module_variable(file, name)
    call, form = found[-1]
    if any(other is not form for _, other in found) and not _alike(ev, [other for _, other in found], module):
        return UnknownV(f"`{name}` is not the same at each call of `{frame.graph.name}`")
    value = handing.afterwards(ev, ev.force(form, module), form, module, call.seq)
    if isinstance(value, ConstV) and value.value is None:
        # A place for what a function binds as a global.
        return ev.module_variable(file, name)
    return ev.patches.changed(ev, value, file, name)


def _alike(ev: Evaluator, bound: list[f.Form], module: Frame) -> bool:
    """Whether it is the same each time: `criterion = nn.CrossEntropyLoss()` in one cell after the other."""
    values = [ev.force(form, module) for form in dict.fromkeys(bound)]
    return all(merged(values[0], other) is not None for other in values[1:])


def _all(graph: f.Graph) -> list[dict[str, f.Form]]:
    return [*graph.standing.values(), graph.bindings]


def _calls(ev: Evaluator, module: Frame, frame: Frame) -> list[f.Call]:
    """The calls of the module part through which a function is reached, as far as they are known."""
    standing = module.graph.standing
    at: Frame | None = frame
    while at is not None:
        if at.call in standing:
            return [at.call]
        frame, at = at, at.caller
    graph = frame.graph
    while graph.outer is not None and graph.outer is not module.graph:
        graph = graph.outer
    unit = graph.unit
    if unit.file is not module.graph.unit.file:
        return []
    return [call for call in standing if unit.qualname in _reached(ev, unit.file, _called(call))]


def _called(call: f.Call) -> str:
    form = call.function
    while isinstance(form, f.Named):
        form = form.form
    return form.qualname if isinstance(form, f.Defined) else ""


def _reached(ev: Evaluator, file: File, qualname: str) -> set[str]:
    """The functions of a file that a function calls by their names, and itself."""
    reached: set[str] = set()
    pending = [qualname]
    while pending and len(reached) < MOST_FUNCTIONS:
        name = pending.pop()
        unit = file.function(name)
        if name in reached or unit is None:
            continue
        reached.add(name)
        for call in unit.graph().calls:
            form = call.function
            while isinstance(form, f.Named):
                form = form.form
            if isinstance(form, f.Global):
                bound = ev.project.imports.module_name(file, form.name)
                if isinstance(bound, tuple) and bound[0] is file:
                    pending.append(bound[1])
    return reached

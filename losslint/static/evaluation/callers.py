"""Who calls a function: found by name in the index, and believed only when the call evaluates to that function."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation import choices, decorators, looked_at, patches, registries, testing
from losslint.static.evaluation.constructors import receiver_frame
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.sites import MOST_CALLERS, SPAWNERS, Caller
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    DictV,
    FunctionV,
    InstanceV,
    MethodV,
    SuperV,
    UnknownV,
    Value,
    given,
)
from losslint.static.files.file import File
from losslint.static.files.holding import under_other_names
from losslint.static.files.imports import shared_folders
from losslint.static.files.index import PASSED_AS
from losslint.static.files.mentions import may_be_called, may_be_handed_on, may_be_renamed
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Names under which models are held everywhere.
USUAL_NAMES = (
    "model", "net", "network", "self", "module", "generator", "discriminator", "encoder", "decoder", "backbone", "head",
    "classifier", "criterion", "crit", "loss_fn", "loss_func", "loss_function", "loss", "policy", "actor", "critic",
)  # fmt: skip

#: Files that are searched for the calls of one function: a name that more of them mention says little.
MOST_FILES = 24
FEW_FILES = 8

#: Calls of one function that are made in the runs that choose it.
MOST_OPTIONS = 8


def find(ev: Evaluator, graph: f.Graph, made: ClassV | None = None) -> list[Caller]:
    """The call sites of a function, nearest first; of a constructor those that make objects of one class, if it is
    given."""
    unit = graph.unit
    if graph.outer is not None:
        return list(_within(ev, graph))
    definition = unit.file.index.functions.get(unit.qualname)
    if definition is None or (definition.decorators and decorators.changing(ev, graph)):
        return []  # what its callers give may not be what it gets
    if not unit.owner:
        return _limited(_of_function(ev, graph, definition.name))
    owner = unit.file.index.classes.get(unit.owner)
    if owner is None:
        return []
    cls = ClassV(unit.file, owner)
    if definition.name == "__init__":
        return _limited(_constructions(ev, cls, made or cls))
    if definition.name in ("forward", "__call__"):
        return _limited(_instance_calls(ev, graph, cls, definition.name))
    return _limited(_method_calls(ev, graph, cls, definition.name))


def _limited(found: Iterator[Caller]) -> list[Caller]:
    callers: list[Caller] = []
    options: list[Caller] = []
    seen: set[f.Call] = set()
    for caller in found:
        form, graph = caller.form, caller.frame.graph
        if form in seen or patches.for_a_while(graph):
            continue
        if testing.is_to_fail(form, graph) or testing.is_checked(form, graph):
            continue
        if looked_at.is_of_the_same_twice(form, graph):
            continue
        seen.add(caller.form)
        (options if caller.option else callers).append(caller)
        if len(callers) >= MOST_CALLERS:
            break
    return callers + options[:MOST_OPTIONS]


# ---------------------------------------------------------------- where to look


def _files(
    ev: Evaluator, near: File, word: str, may: Callable[[bytes, str], bool] | None = None, owner: str = ""
) -> list[File]:
    """The files that mention a word: the function's own first, then by how much of the path they share. `may` says by
    a file's bytes whether it can have what is looked for; `owner` is the class whose method bears the name."""
    found = ev.project.mentioning(word)
    if len(found) > FEW_FILES:
        # A name that many files use: those that can know this one also name its class or module, or stand beside it.
        parts = near.name.removesuffix(".py").removesuffix("/__init__").split("/")
        folder = "/".join(parts[:-1])
        named = {*ev.project.mentioning(parts[-1]), *(ev.project.mentioning(owner) if owner else ())}
        knowing = tuple(name for name in found if name.rpartition("/")[0] == folder or name in named)
        if all(name == near.name or name.endswith("__init__.py") for name in knowing) and len(parts) > 1:
            # A package hands on what its modules define: `from package import name`.
            named = {*knowing, *ev.project.mentioning(parts[-2])}
            knowing = tuple(name for name in found if name in named)
        found = knowing
    names = sorted(found, key=lambda name: (name != near.name, -shared_folders(name, near.name), name))
    names = [name for name in names[:MOST_FILES] if may is None or may(ev.project.data(name), word)]
    return [file for file in map(ev.project.file, names) if file is not None]


def _may_call(data: bytes, name: str) -> bool:
    return may_be_called(data, name) or may_be_renamed(data, name)


def _may_hand_on(data: bytes, name: str) -> bool:
    return may_be_handed_on(data, name) or may_be_renamed(data, name)


def _names(file: File, name: str) -> set[str]:
    """A name, and what a file imports it as."""
    return {name, *file.index.aliases({name})}


def graphs(file: File, qualname: str) -> Iterator[f.Graph]:
    """The graph of a unit and those of the functions nested in it."""
    unit = file.unit(qualname)
    if unit is not None:
        yield from unit.graph().with_nested()


def _calls(file: File, name: str) -> Iterator[tuple[f.Call, f.Graph]]:
    for qualname in file.index.calls.get(name or "()", ()):
        for graph in graphs(file, qualname):
            for call in graph.calls:
                if call.callee_name == name:
                    yield call, graph


def makers(ev: Evaluator, cls: ClassV) -> Iterator[tuple[f.Call, Frame, bool]]:
    """The calls that make objects of a class, whether or not it has a constructor of its own, and whether they do so
    only in the runs that choose it."""
    name = cls.definition.name
    for file in _files(ev, cls.file, name, may_be_handed_on):
        own = _names(file, name)
        for written in sorted(own):
            for call, other in _calls(file, written):
                frame = ev.generic(other)
                # `from trainers import lwf as trainer` on one of two branches: `trainer.Trainer(model)`
                value, is_option = choices.in_some_run(ev, call.function, frame, lambda it: _is_class(it, cls))
                if _is_class(value, cls):
                    yield call, frame, is_option
        yield from _made_of_several(ev, cls, file, own)


def _made_of_several(ev: Evaluator, cls: ClassV, file: File, own: set[str]) -> Iterator[tuple[f.Call, Frame, bool]]:
    """`TRAINERS[args.name](model)`, where a dict or list of that name holds the class."""
    for held in sorted(under_other_names(file.index, own) - own):
        for near in (file, *(each for each in _files(ev, file, held, _may_hand_on) if each is not file)):
            for call, other in _calls(near, held):
                if not isinstance(call.function, f.Item):
                    continue
                frame = ev.generic(other)
                value, is_option = choices.in_some_run(ev, call.function, frame, lambda it: _is_class(it, cls))
                if _is_class(value, cls):
                    yield call, frame, is_option


def _is_class(value: Value, cls: ClassV) -> bool:
    return isinstance(value, ClassV) and value.key == cls.key


# ---------------------------------------------------------------- what is found


def _within(ev: Evaluator, graph: f.Graph) -> Iterator[Caller]:
    """A nested function is called by the function around it, or by others nested there."""
    for other in graphs(graph.unit.file, graph.unit.qualname):
        for call in other.calls:
            if call.callee_name != graph.name:
                continue
            frame = ev.generic(other)
            value = ev.force(call.function, frame)
            if choices.is_function(value, graph):
                yield Caller(call, frame, None, 0)


def _of_function(ev: Evaluator, graph: f.Graph, name: str) -> Iterator[Caller]:
    for file in _files(ev, graph.unit.file, name, _may_hand_on):
        for written in sorted(_names(file, name)):
            for call, other in _calls(file, written):
                found = _called(ev, call, ev.generic(other), graph)
                if found is not None:
                    yield found
            yield from _spawned(ev, graph, file, written)
            yield from _under_other_names(ev, graph, file, written)
    yield from _out_of_a_dict(ev, graph, graph.unit.file)


def _out_of_a_dict(ev: Evaluator, graph: f.Graph, file: File) -> Iterator[Caller]:
    """`STEPS[args.step](model, batch)`, where a module keeps the function in a dict of that name."""

    # Looked for only where it stands behind a key.
    entry = re.compile(rb":\s{0,9}" + re.escape(graph.name.encode()) + rb"\s{0,9}[,}]")
    if entry.search(ev.project.data(file.name)) is None:
        return
    for name, bound in file.index.names.items():
        users = _files(ev, file, name, _may_hand_on) if bound == "" and name not in USUAL_NAMES else ()
        if not any(name in user.index.calls for user in users):
            continue
        held = ev.module_variable(file, name)
        if not isinstance(held, DictV) or not any(
            choices.is_function(ev.value(lazy), graph) for lazy in held.items.values()
        ):
            continue
        for user in users:
            for call, other in _calls(user, name):
                found = _called(ev, call, ev.generic(other), graph)
                if found is not None:
                    yield found


def _under_other_names(ev: Evaluator, graph: f.Graph, file: File, name: str) -> Iterator[Caller]:
    """`step = self._train_step`, and then `step(batch)`; also where `step` may be one of several."""

    for held in sorted(file.index.taken_as.get(name, ())):
        if held == name:
            continue  # those calls have been looked at
        for call, other in _calls(file, held):
            found = _called(ev, call, ev.generic(other), graph)
            if found is not None:
                yield found


def _called(ev: Evaluator, call: f.Call, frame: Frame, graph: f.Graph) -> Caller | None:
    """A call as one of a function: in every run, or in those that choose it."""
    value, is_option = choices.in_some_run(ev, call.function, frame, lambda it: choices.is_function(it, graph))
    return _bound(call, frame, value)._replace(option=is_option) if choices.is_function(value, graph) else None


def _spawned(ev: Evaluator, graph: f.Graph, file: File, name: str) -> Iterator[Caller]:
    """`mp.spawn(main, args=(…))`"""
    from losslint.static.evaluation.loops import items_of

    for qualname in file.index.calls.get("&" + name, ()):
        for other in graphs(file, qualname):
            frame = ev.generic(other)
            for call in other.calls:
                if call.callee_name not in SPAWNERS or not call.arguments:
                    continue
                worker = next((each for each in call.arguments if each.keyword in PASSED_AS), call.arguments[0])
                value = ev.force(worker.form, frame)
                if not isinstance(value, FunctionV) or value.graph is not graph:
                    continue
                for position, argument in enumerate(call.arguments):
                    if argument.keyword == "args" or (not argument.keyword and position == 1):
                        items = items_of(ev, ev.force(argument.form, frame))
                        if items is None:
                            continue
                        rank = [given(UnknownV("the number of the process"))] if "spawn" in call.callee_name else []
                        yield Caller(call, frame, Bindings((*rank, *items)), 0)


def _constructions(ev: Evaluator, cls: ClassV, made: ClassV) -> Iterator[Caller]:
    """The places where a class, or a subclass that has no constructor of its own, is made; `cls` has the constructor
    that is looked for, and `made` is it, or one of its subclasses."""
    kinds = [made, *ev.classes.subclasses(made)]
    for each in kinds:
        found = ev.classes.method(each, "__init__")
        if found is None or found[0].key != cls.key:
            continue
        for call, frame, is_option in makers(ev, each):
            yield Caller(call, frame, None, 1, each, option=is_option)
    for each in kinds[made.key == cls.key :]:
        for call, other in _calls(each.file, "__init__"):
            if other.unit.owner != each.definition.qualname or not isinstance(call.function, f.Attr):
                continue
            frame = ev.generic(other)
            base = ev.force(call.function.base, frame)
            if isinstance(base, SuperV):
                above = ev.classes.method(each, "__init__", after=base.cls)
                if above is not None and above[0].key == cls.key:
                    yield Caller(call, frame, None, 1, each, False)
            elif isinstance(base, ClassV) and base.key == cls.key:
                yield Caller(call, frame, None, 0, each, False)


def _instance_calls(ev: Evaluator, graph: f.Graph, cls: ClassV, method: str) -> Iterator[Caller]:
    """The places where an object of a class is called."""
    family = {cls.key, *(each.key for each in ev.classes.subclasses(cls))}
    held: dict[str, None] = {}
    files: dict[str, File] = {}

    def holds(file: File, maker: str) -> None:
        files.setdefault(file.name, file)
        names = under_other_names(file.index, file.index.held_as.get(maker, ()))
        held.update(dict.fromkeys(sorted(names)))

    aliases: set[str] = set()
    for key in sorted(family):
        name = key[1].rpartition(".")[2]
        for file in _files(ev, cls.file, name):
            for alias in sorted(_names(file, name)):
                aliases.add(alias)
                holds(file, alias)
                for maker in file.index.calls.get(alias, ()):
                    last = maker.rpartition(".")[2]
                    if last:
                        aliases.add(last)
                        for near in _files(ev, file, last)[:MOST_FILES]:
                            holds(near, last)
    makers, registered = _makers(ev, cls)
    for file in makers.values():
        files.setdefault(file.name, file)
    held.update(registered)
    names = [*held, *(name for name in USUAL_NAMES if name not in held)]
    if len(ev.project.names) <= MOST_FILES:
        for name in ev.project.names:
            any_file = ev.project.file(name)
            if any_file is not None and name not in files:
                files[name] = any_file
    handed = _hand_on(ev, files, aliases, set(held) - {"self"})
    for file in list(files.values())[:MOST_FILES]:
        for name in dict.fromkeys((*names, *sorted(handed.get(file.name, ())))):
            for call, other in _calls(file, name):
                frame = ev.generic(other)
                value = ev.force(call.function, frame)
                is_option = not registered and isinstance(value, UnknownV) and choices.is_option(value)
                if isinstance(value, UnknownV) and (registered or is_option):
                    value = choices.chosen(
                        ev, call.function, frame, lambda it: isinstance(it, InstanceV) and it.cls.key in family
                    )
                if isinstance(value, InstanceV) and (value.cls.key in family or ev.classes.derives(value.cls, cls)):
                    found = ev.classes.method(value.cls, method)
                    if found is not None and found[0].key == cls.key:
                        if is_option:
                            yield _optional(call, frame, cls)
                        else:
                            yield Caller(call, frame, None, 1, value.cls, value.origin is not None, value.origin)
        for call, other in _calls(file, method):
            frame = ev.generic(other)
            value = ev.force(call.function, frame)
            is_option = not registered and isinstance(value, UnknownV) and choices.is_option(value)
            if isinstance(value, UnknownV) and (registered or is_option):
                value = choices.chosen_function(ev, call.function, frame, graph)
            if choices.is_function(value, graph):
                yield _optional(call, frame, cls) if is_option else _bound(call, frame, value)
        yield from _called_at_once(ev, file, cls, family, method)


def _hand_on(ev: Evaluator, files: dict[str, File], makers: set[str], held: set[str]) -> dict[str, set[str]]:
    """The names of parameters under which functions and classes are handed what is made by some names, or held under
    others, by file; the files are added to those that are known. One file makes a loss, and another trains with it."""
    handed: dict[str, set[str]] = {}
    pending = list(files.values())
    while pending and len(files) < MOST_FILES:
        file = pending.pop(0)
        names = held | handed.get(file.name, set())
        calls = file.index.calls
        units = {unit for name in names for unit in calls.get("&" + name, ())}
        units.update(unit for name in makers for unit in calls.get(name, ()))
        for unit in sorted(units):
            for graph in graphs(file, unit):
                for call in graph.calls:
                    for place, argument in enumerate(call.arguments):
                        made = f.bare(argument.form)
                        is_made = isinstance(made, f.Call) and made.callee_name in makers
                        if not is_made and f.written(argument.form).rpartition(".")[2] not in names:
                            continue
                        other, name = _parameter(ev, call, graph, argument.keyword or place)
                        if other is None or name in handed.setdefault(other.name, set()):
                            continue
                        handed[other.name] |= under_other_names(other.index, (name,))
                        files.setdefault(other.name, other)
                        pending.append(other)
    return handed


def _parameter(ev: Evaluator, call: f.Call, graph: f.Graph, at: int | str) -> tuple[File | None, str]:
    """The parameter that a call of something of the project gives an argument to, and the file where it is defined."""
    value = ev.force(call.function, ev.generic(graph))
    skips = 0
    if isinstance(value, ClassV):
        made = ev.classes.graph(value, "__init__")
        value, skips = (FunctionV(made) if made is not None else value), 1
    elif isinstance(value, FunctionV):
        skips = 1 if value.bound is not None else 0
    if not isinstance(value, FunctionV):
        return None, ""
    plain = [each.name for each in value.graph.parameters if not each.sort and not each.keyword_only][skips:]
    name = at if isinstance(at, str) else plain[at] if at < len(plain) else ""
    return (value.graph.unit.file, name) if name else (None, "")


def _makers(ev: Evaluator, cls: ClassV) -> tuple[dict[str, File], dict[str, None]]:
    """Where a class is made that a registry holds alone: the files that call the functions which are given the
    registry, and the names under which what those return is held. Which of several trainers is given which of several
    models, only the configuration says."""
    files: dict[str, File] = {}
    held: dict[str, None] = {}
    for registry, count in dict(registries.holders(ev, cls)).items():
        for file in _files(ev, cls.file, registry) if count == 1 else ():
            for unit in (*file.index.calls.get("&" + registry, ()), *file.index.changed.get(registry, ())):
                maker = unit.rpartition(".")[2]
                for near in _files(ev, file, maker) if maker else (file,):
                    files[near.name] = near
                    held.update(dict.fromkeys(sorted(near.index.held_as.get(maker, ()))))
    return files, held


def _called_at_once(
    ev: Evaluator, file: File, cls: ClassV, family: set[tuple[str, str]], method: str
) -> Iterator[Caller]:
    """`FocalLoss(gamma)(scores, labels)`"""
    made = {alias for _, name in sorted(family) for alias in _names(file, name.rpartition(".")[2])}
    if made.isdisjoint(file.index.calls):
        return
    for call, other in _calls(file, ""):
        if not isinstance(call.function, f.Call) or call.function.callee_name not in made:
            continue
        frame = ev.generic(other)
        value = ev.force(call.function, frame)
        if isinstance(value, InstanceV) and value.cls.key in family:
            found = ev.classes.method(value.cls, method)
            if found is not None and found[0].key == cls.key:
                yield Caller(call, frame, None, 1, value.cls, value.origin is not None, value.origin)


def _bound(call: f.Call, frame: Frame, function: FunctionV) -> Caller:
    """The call of a method, read from an object or from its class."""
    bound = function.bound
    if isinstance(bound, InstanceV):
        return Caller(call, frame, None, 1, bound.cls, bound.origin is not None, bound.origin)
    return Caller(call, frame, None, 1 if bound is not None else 0)


def _optional(call: f.Call, frame: Frame, cls: ClassV) -> Caller:
    """The call of a method in the runs that choose an object of this class, or of one of its subclasses."""
    return Caller(call, frame, None, 1, cls, False, option=True)


def _method_calls(ev: Evaluator, graph: f.Graph, cls: ClassV, name: str) -> Iterator[Caller]:
    alone = None
    for file in _files(ev, cls.file, name, _may_call, cls.definition.name):
        for call, other in _calls(file, name):
            frame = ev.generic(other)
            value = ev.force(call.function, frame)
            if choices.is_function(value, graph):
                yield _bound(call, frame, value)
                continue
            if isinstance(value, UnknownV) and choices.is_option(value):
                meant = choices.chosen_function(ev, call.function, frame, graph)
                if choices.is_function(meant, graph) and meant.bound is not None:
                    # Where all classes to choose from inherit this method, every run calls it.
                    always = choices.always(ev, call.function, frame, graph)
                    yield Caller(call, frame, None, 1) if always else _optional(call, frame, cls)
                    continue
            if not isinstance(call.function, f.Attr):
                continue
            receiver = ev.force(call.function.base, frame)
            if isinstance(receiver, InstanceV) and receiver.origin is None and ev.classes.derives(cls, receiver.cls):
                # A base's method calls what the subclass defines, unless that defines another one in its place.
                if not choices.replaces(ev, cls, other):
                    yield Caller(call, receiver_frame(ev, other, InstanceV(cls)), None, 1)
            elif isinstance(receiver, UnknownV) and not isinstance(value, (FunctionV, MethodV)):
                if alone is None:
                    alone = _only_one(ev, name)
                if alone:
                    yield Caller(call, frame, None, 1)
        yield from _under_other_names(ev, graph, file, name)


def _only_one(ev: Evaluator, name: str) -> bool:
    """Whether one class alone has a method of that name, and nothing else of the project bears it."""
    if len(name) < 6 or name in ("forward", "update", "append", "extend", "backward", "predict"):
        return False
    needle = f"def {name}".encode()
    count = sum(ev.project.data(file_name).count(needle) for file_name in ev.project.mentioning(f"def {name}", name))
    return count == 1

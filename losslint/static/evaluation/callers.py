"""Who calls a function: found by name in the index, and believed only when the call evaluates to that function."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation import choices, closures, decorators, looked_at, patches, registries, spawned, testing
from losslint.static.evaluation.arguments import with_held
from losslint.static.evaluation.constructors import receiver_frame
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.handed_on import handed_on
from losslint.static.evaluation.makers import makers, others
from losslint.static.evaluation.repeated import distinct_first
from losslint.static.evaluation.searching import (
    MOST_FILES,
    calls_of,
    files_with,
    graphs,
    may_call,
    may_hand_on,
    names_in,
)
from losslint.static.evaluation.sites import MOST_CALLERS, Caller
from losslint.static.evaluation.values import (
    ClassV,
    DictV,
    FunctionV,
    InstanceV,
    MethodV,
    SuperV,
    UnknownV,
    whole,
)
from losslint.static.files.file import File
from losslint.static.files.holding import under_other_names
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Names under which models are held everywhere.
USUAL_NAMES = (
    "model", "net", "network", "self", "module", "generator", "discriminator", "encoder", "decoder", "backbone", "head",
    "classifier", "criterion", "crit", "loss_fn", "loss_func", "loss_function", "loss", "policy", "actor", "critic",
)  # fmt: skip

#: Call sites of one function among which those are picked that are looked at.
MOST_FOUND = 64

#: Calls of one function that are made in the runs that choose it.
MOST_OPTIONS = 8


def find(ev: Evaluator, graph: f.Graph, made: ClassV | None = None) -> list[Caller]:
    """The call sites of a function, nearest first; of a constructor those that make objects of one class, if it is
    given."""
    unit = graph.unit
    if graph.outer is not None:
        return _limited(ev, graph, _of_nested(ev, graph))
    definition = unit.file.index.functions.get(unit.qualname)
    if definition is None or (definition.decorators and decorators.changing(ev, graph)):
        return []  # what its callers give may not be what it gets
    if not unit.owner:
        return _limited(ev, graph, _of_function(ev, graph, definition.name))
    owner = unit.file.index.classes.get(unit.owner)
    if owner is None:
        return []
    cls = ClassV(unit.file, owner)
    if definition.name == "__init__":
        return _limited(ev, graph, _constructions(ev, cls, made or cls))
    if definition.name in ("forward", "__call__"):
        return _limited(ev, graph, _instance_calls(ev, graph, cls, definition.name))
    return _limited(ev, graph, _method_calls(ev, graph, cls, definition.name))


def _limited(ev: Evaluator, graph: f.Graph, found: Iterator[Caller]) -> list[Caller]:
    callers: list[Caller] = []
    options: list[Caller] = []
    seen: set[f.Call] = set()
    for caller in found:
        form, around = caller.form, caller.frame.graph
        if form in seen or patches.for_a_while(around):
            continue
        if testing.is_to_fail(form, around) or testing.is_checked(form, around):
            continue
        if looked_at.is_of_the_same_twice(form, around):
            continue
        seen.add(caller.form)
        (options if caller.option else callers).append(caller)
        if len(callers) >= MOST_FOUND:
            ev.notes.crowded.add(graph)
            break
    if len(callers) > MOST_CALLERS:
        callers, distinct = distinct_first(callers)
        if distinct > MOST_CALLERS:
            ev.notes.crowded.add(graph)
    return callers[:MOST_CALLERS] + options[:MOST_OPTIONS]


def _of_nested(ev: Evaluator, graph: f.Graph) -> Iterator[Caller]:
    """A nested function is called by the function around it, by others nested there, or by whom it is returned to."""
    for other in graphs(graph.unit.file, graph.unit.qualname):
        for call in other.calls:
            # A lambda is called where it stands: `map(lambda out: loss(out, y), outs)`.
            if call.callee_name != graph.name and not isinstance(call.function, f.Function):
                continue
            frame = ev.generic(other)
            value = ev.force(call.function, frame)
            if choices.is_function(value, graph):
                yield Caller(call, frame, None, 0)
    yield from spawned.callers(ev, graph, graphs(graph.unit.file, graph.unit.qualname))
    yield from closures.callers(ev, graph)


def _of_function(ev: Evaluator, graph: f.Graph, name: str) -> Iterator[Caller]:
    for file in files_with(ev, graph.unit.file, name, may_hand_on):
        for written in sorted(names_in(file, name)):
            for call, other in calls_of(file, written):
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
        users = files_with(ev, file, name, may_hand_on) if bound == "" and name not in USUAL_NAMES else ()
        if not any(name in user.index.calls for user in users):
            continue
        held = ev.module_variable(file, name)
        if not isinstance(held, DictV) or not any(
            choices.is_function(ev.value(lazy), graph) for lazy in held.items.values()
        ):
            continue
        for user in users:
            for call, other in calls_of(user, name):
                found = _called(ev, call, ev.generic(other), graph)
                if found is not None:
                    yield found


def _under_other_names(ev: Evaluator, graph: f.Graph, file: File, name: str) -> Iterator[Caller]:
    """`step = self._train_step`, and then `step(batch)`; also where `step` may be one of several, or goes through a
    list: `self.terms = [self.data_term, self.smoothness]`, and then `for term in self.terms`."""

    for held in sorted(under_other_names(file.index, (name,)) - {name}):  # those calls have been looked at
        for call, other in calls_of(file, held):
            found = _called(ev, call, ev.generic(other), graph)
            if found is not None:
                yield found


def _called(ev: Evaluator, call: f.Call, frame: Frame, graph: f.Graph) -> Caller | None:
    """A call as one of a function: in every run, or in those that choose it."""
    value, is_option = choices.in_some_run(ev, call.function, frame, lambda it: choices.is_function(whole(it), graph))
    function = whole(value)
    if not choices.is_function(function, graph):
        return None
    arguments = with_held(ev, value, call, frame)
    return _bound(call, frame, function)._replace(arguments=arguments, option=is_option)


def _spawned(ev: Evaluator, graph: f.Graph, file: File, name: str) -> Iterator[Caller]:
    """`mp.spawn(main, args=(…))`, `pool.submit(main, …)`"""
    units = (other for qualname in file.index.calls.get("&" + name, ()) for other in graphs(file, qualname))
    yield from spawned.callers(ev, graph, units)


def _constructions(ev: Evaluator, cls: ClassV, made: ClassV) -> Iterator[Caller]:
    """The places where a class, or a subclass that has no constructor of its own, is made; `cls` has the constructor
    that is looked for, and `made` is it, or one of its subclasses."""
    kinds = [made, *ev.classes.subclasses(made)]
    for each in kinds:
        found = ev.classes.method(each, "__init__")
        if found is None or found[0].key != cls.key:
            continue
        for found_at in makers(ev, each):
            yield Caller(found_at.call, found_at.frame, found_at.arguments, 1, each, option=found_at.option)
    for each in kinds[made.key == cls.key :]:
        for call, other in calls_of(each.file, "__init__"):
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
        for file in files_with(ev, cls.file, name):
            for alias in sorted(names_in(file, name)):
                aliases.add(alias)
                holds(file, alias)
                for kept in sorted(under_other_names(file.index, (alias,)) - {alias}):
                    # `LOSSES = {"kd": SoftTarget}`, and then `criterion = LOSSES[name](temperature)`
                    for near in (file, *others(ev, file, kept)):
                        holds(near, kept)
                        held.update(dict.fromkeys(sorted(under_other_names(near.index, (kept,)))))
                for maker in file.index.calls.get(alias, ()):
                    last = maker.rpartition(".")[2]
                    if last:
                        aliases.add(last)
                        for near in files_with(ev, file, last)[:MOST_FILES]:
                            holds(near, last)
    makers_of, registered = _makers(ev, cls)
    for file in makers_of.values():
        files.setdefault(file.name, file)
    held.update(registered)
    names = [*held, *(name for name in USUAL_NAMES if name not in held)]
    if len(ev.project.names) <= MOST_FILES:
        for name in ev.project.names:
            any_file = ev.project.file(name)
            if any_file is not None and name not in files:
                files[name] = any_file
    handed = handed_on(ev, files, aliases, set(held) - {"self"})
    for file in list(files.values())[:MOST_FILES]:
        for name in dict.fromkeys((*names, *sorted(handed.get(file.name, ())))):
            for call, other in calls_of(file, name):
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
        for call, other in calls_of(file, method):
            frame = ev.generic(other)
            value = ev.force(call.function, frame)
            is_option = not registered and isinstance(value, UnknownV) and choices.is_option(value)
            if isinstance(value, UnknownV) and (registered or is_option):
                value = choices.chosen_function(ev, call.function, frame, graph)
            if choices.is_function(value, graph):
                yield _optional(call, frame, cls) if is_option else _bound(call, frame, value)
        yield from _called_at_once(ev, file, cls, family, method)


def _makers(ev: Evaluator, cls: ClassV) -> tuple[dict[str, File], dict[str, None]]:
    """Where a class is made that a registry holds alone: the files that call the functions which are given the
    registry, and the names under which what those return is held. Which of several trainers is given which of several
    models, only the configuration says."""
    files: dict[str, File] = {}
    held: dict[str, None] = {}
    for registry, count in dict(registries.holders(ev, cls)).items():
        for file in files_with(ev, cls.file, registry) if count == 1 else ():
            for unit in (*file.index.calls.get("&" + registry, ()), *file.index.changed.get(registry, ())):
                maker = unit.rpartition(".")[2]
                for near in files_with(ev, file, maker) if maker else (file,):
                    files[near.name] = near
                    held.update(dict.fromkeys(sorted(near.index.held_as.get(maker, ()))))
    return files, held


def _called_at_once(
    ev: Evaluator, file: File, cls: ClassV, family: set[tuple[str, str]], method: str
) -> Iterator[Caller]:
    """`FocalLoss(gamma)(scores, labels)`"""
    made = {alias for _, name in sorted(family) for alias in names_in(file, name.rpartition(".")[2])}
    if made.isdisjoint(file.index.calls):
        return
    for call, other in calls_of(file, ""):
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
    for file in files_with(ev, cls.file, name, may_call, cls.definition.name):
        for call, other in calls_of(file, name):
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
        yield from _spawned(ev, graph, file, name)
        yield from _under_other_names(ev, graph, file, name)


def _only_one(ev: Evaluator, name: str) -> bool:
    """Whether one class alone has a method of that name, and nothing else of the project bears it."""
    if len(name) < 6 or name in ("forward", "update", "append", "extend", "backward", "predict"):
        return False
    needle = f"def {name}".encode()
    count = sum(ev.project.data(file_name).count(needle) for file_name in ev.project.mentioning(f"def {name}", name))
    return count == 1

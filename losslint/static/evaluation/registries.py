"""Registries: classes and functions that a decorator enters into a dict, to be looked up by a name from the
configuration.

`NETS = Registry("net")`, `@NETS.register` above a class, or above a function that makes a model, `NETS.get(cfg.type)`
elsewhere: which of them it is, is chosen by a name that the code does not hold, and each of them is a run of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    DictV,
    FunctionV,
    InstanceV,
    Lazy,
    ObjectV,
    RegistryV,
    UnknownV,
    Value,
    given,
)
from losslint.static.files.file import File
from losslint.static.files.index import MODULE, Definition
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


class Entered(NamedTuple):
    """A definition below a decorator, and where it stands."""

    file: File
    definition: Definition
    value: Value


#: What a registry derives from that is a dict.
_DICTS = frozenset({"?dict", "builtins.dict", "collections.OrderedDict", "collections.UserDict", "typing.Dict"})

#: Files that are searched for what one registry holds.
MOST_FILES = 64

#: Entries of one registry that are looked at one by one: of more, nobody could say which of them belong together.
MOST_ENTRIES = 8

#: Rows above a definition that are searched for what a decorator is given.
MOST_DECORATORS = 12


def filled(ev: Evaluator, registry: InstanceV, attribute: str, value: Value) -> Value:
    """The dict of a registry, with what its methods enter into it as decorators."""
    if not isinstance(value, DictV) or value.items or value.rest or not _fills(registry.cls, attribute):
        return value
    return _with_entries(value, members(ev, registry))


def filled_by_functions(ev: Evaluator, file: File, name: str, value: Value) -> Value:
    """A dict of a module, with what a function of the module enters into it as a decorator."""
    if not isinstance(value, DictV) or value.items or value.rest:
        return value
    found: dict[object, Lazy] = {}
    for qualname in sorted(file.index.changed.get(name, ())):
        definition = file.index.functions.get(qualname)
        unit = file.unit(qualname) if definition is not None and not definition.owner else None
        if unit is None or not any(_enters(graph, name) for graph in unit.graph().with_nested()):
            continue
        for entered, written in _decorated(ev, qualname):
            decorator = _resolved(ev, entered.file, written)
            if isinstance(decorator, FunctionV) and decorator.graph is unit.graph():
                _enter(found, entered, written)
    return _with_entries(value, found)


def members(ev: Evaluator, registry: InstanceV | ObjectV) -> dict[object, Lazy]:
    """What is decorated by a method of an object that a module holds."""
    known = ev.notes.registered.get(registry.origin) if registry.origin is not None else None
    if known is not None:
        return known
    found: dict[object, Lazy] = {}
    if registry.origin is None:
        return found
    ev.notes.registered[registry.origin] = found
    with ev.outside():
        for name in _names(registry):
            for entered, written in _decorated(ev, name, holder=True):
                holder = _resolved(ev, entered.file, written.rpartition(".")[0])
                if isinstance(holder, (InstanceV, ObjectV)) and holder.origin is registry.origin:
                    _enter(found, entered, written)
    return found


def as_dict(ev: Evaluator, registry: InstanceV) -> DictV | None:
    """A registry that is a dict itself (`class Registry(dict)`), with what its methods enter as decorators;
    None for another object, and where none are."""
    if _DICTS.isdisjoint(ev.classes.outside_bases(registry.cls)):
        return None
    held = _with_entries(DictV({}, False), members(ev, registry))
    return held if held.items else None


def is_registry(value: Value) -> bool:
    """Whether an object is a registry of a library (mmcv, mmengine, fvcore)."""
    return isinstance(value, ObjectV) and value.name.rpartition(".")[2] == "Registry"


def entry(ev: Evaluator, registry: ObjectV, key: Value, form: f.Call, frame: Frame) -> Value:
    """What a library's registry holds under a name."""
    from losslint.static.evaluation import items

    held = _with_entries(DictV({}, False), members(ev, registry))
    found = items.entry(ev, held, key, form, frame)
    return found if found is not None else UnknownV("an entry that is not known", symbol=("call", id(form), id(frame)))


def built(ev: Evaluator, registry: ObjectV, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """`NETS.build(cfg)`, `build_from_cfg(cfg, NETS)`: an object of the class that `cfg` names."""
    from losslint.static.behaviour.modules import construct
    from losslint.static.evaluation.attributes import attribute

    lazy = arguments.get(0, "cfg")
    config = ev.value(lazy) if lazy is not None else UnknownV("no configuration is given")
    key = attribute(ev, config, "type")
    settings = Bindings(complete=False)
    if isinstance(config, DictV):
        key = ev.value(config.items["type"]) if "type" in config.items else UnknownV("a type that is not known")
        given_ones = {str(name): each for name, each in config.items.items() if name != "type"}
        settings = Bindings((), given_ones, config.complete)
    cls = entry(ev, registry, key, form, frame)
    return construct(ev, cls, settings, form, frame, False) if isinstance(cls, ClassV) else cls


def holders(ev: Evaluator, cls: ClassV) -> Iterator[tuple[str, int]]:
    """The names of the registries that a class is entered into, and how many classes each holds."""
    for written in cls.definition.decorators:
        holder = _resolved(ev, cls.file, written.rpartition(".")[0])
        if isinstance(holder, (InstanceV, ObjectV)) and holder.origin is not None:
            for name in _names(holder):
                yield name, len(members(ev, holder))


def _enter(found: dict[object, Lazy], entered: Entered, written: str) -> None:
    """Enter a definition under the text that its decorator is given, or under its name, where no other one of that name
    is there before it."""
    file, definition, value = entered
    rows = file.lines[definition.first - 1 : definition.last][:MOST_DECORATORS]
    given_to = re.search(rf"@{re.escape(written)}\(\s*(?:\w+\s*=\s*)?(['\"])([^'\"\n]+)\1", "\n".join(rows))
    key = given_to.group(2) if given_to is not None else definition.name
    found[key if key not in found else (file.name, definition.qualname)] = given(value)


def _with_entries(value: DictV, found: dict[object, Lazy]) -> DictV:
    """Entered under names that are not looked at: any key that is not known may lead to any of them."""
    if not found:
        return value
    # Of many, only one that the code names can be told.
    others = (given(UnknownV("one of many in a registry")),) if len(found) > MOST_ENTRIES else ()
    return RegistryV(found, False, others, value.trail)


def _fills(cls: ClassV, attribute: str) -> bool:
    """Whether a method of a class, not its constructor, puts something into a dict of the object."""
    return any(each != "__init__" for each in cls.definition.stores.get(attribute, ()))


def _enters(graph: f.Graph, name: str) -> bool:
    """Whether a function puts something into a dict of its module."""
    return any(
        isinstance(root, f.Global) and root.name == name and (not path or path[0].startswith("["))
        for root, path in graph.changes
    )


def _names(registry: InstanceV | ObjectV) -> list[str]:
    """The names that a module binds an object to where it makes it."""
    origin = registry.origin
    unit = origin.unit if origin is not None else None
    if origin is None or unit is None or unit.qualname != MODULE:
        return []
    bound = unit.graph().bindings
    return [name for name, form in bound.items() if f.bare(form) is origin]


def _decorated(ev: Evaluator, name: str, holder: bool = False) -> Iterator[tuple[Entered, str]]:
    """Classes, and functions of modules, with a decorator of that name, or with one that is a method of something of
    that name."""
    # Not beside every decorator stands one of these, and only then is the file worth reading.
    decorator = rb"@[\w.]*\b" + name.encode() + rb"\b(?:(?!\n[ \t]*(?:async )?def ).){0,600}?\n"
    above = re.compile(decorator + rb"(?:[ \t]*class |def )", re.DOTALL)
    for file_name in ev.project.mentioning(f"{name}." if holder else name, name)[:MOST_FILES]:
        if not above.search(ev.project.data(file_name)):
            continue
        file = ev.project.file(file_name)
        if file is None:
            continue
        functions = (each for qualname, each in file.index.functions.items() if "." not in qualname)
        for definition in (*file.index.classes.values(), *functions):
            for written in definition.decorators:
                parts = written.split(".")
                if parts[-2:-1] == [name] if holder else parts[-1] == name:
                    value = ev.definition(file, definition.qualname)
                    if value is not None:
                        yield Entered(file, definition, value), written


def _resolved(ev: Evaluator, file: File, written: str) -> Value:
    """What a dotted name is in a file."""
    from losslint.static.evaluation.attributes import attribute

    first, *rest = written.split(".")
    value = ev.bound(ev.project.imports.module_name(file, first)) if first else None
    for part in rest:
        value = attribute(ev, value, part) if value is not None else None
    return value if value is not None else UnknownV(f"`{written}` is not found")

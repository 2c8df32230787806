"""Modules that are asked for something under a name which the configuration gives.

`models.__dict__[args.arch]()`, `getattr(losses, config["loss"])`: the module is the list of what there is to choose
from, each a run of its own, as the entries of a dict are. What its own file uses as a part of something else is no
choice, and where other files ask for a definition by its name nobody says that it is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.values import ClassV, DictV, FunctionV, Lazy, ModuleV, UnknownV, Value, given
from losslint.static.files.file import File
from losslint.static.files.index import MODULE

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.files.imports import Bound
    from losslint.static.lowering.units import Unit

#: Definitions that are looked at one by one: of more, nobody could say which of them belong together.
MOST_ENTRIES = 8

#: Parts with shorter names are not told in longer ones: `Net`, `CNN`.
SHORTEST_PART = 5


def of(ev: Evaluator, module: ModuleV, unit: Unit | None = None) -> DictV:
    """The models and functions of a module under their names, but for the function of it that chooses among them, if
    `unit` has that or is in that."""
    place = (module.file.name, (unit.file.name, unit.qualname) if unit is not None else None)
    known = ev.notes.namespaces.get(place)
    if known is None:
        found: dict[object, Lazy] = {}
        others: tuple[Lazy, ...] = ()
        parts: set[str] = set()
        with ev.outside():
            bound = {name: ev.project.imports.module_name(module.file, name) for name in _names(ev, module.file)}
            choosing = _choosing(unit) if unit is not None else frozenset()
            own = [name for name, each in bound.items() if each in choosing]
            reader = bool(own) or (unit is not None and unit.file is module.file and unit.qualname != MODULE)
            for name in sorted(bound.keys() - set(own)):
                value = ev.bound(bound[name])
                uses = _uses(ev, value, module.file)
                if uses is None and isinstance(value, ClassV) and _is_part(value):
                    parts.add(name)
                if value is None or uses is None or (uses and reader and isinstance(value, FunctionV)):
                    continue  # a function beside the one that chooses is there for those who ask for it
                if uses or len(found) == MOST_ENTRIES:
                    others = (given(UnknownV("one of many in a module")),)
                    break
                found[name] = given(value)
        found = {name: entry for name, entry in found.items() if not _is_variant_of_a_part(str(name), parts)}
        known = ev.notes.namespaces[place] = DictV(found, False, others)
    return known


def _choosing(unit: Unit) -> frozenset[Bound]:
    """The function that chooses, and those of its file that have it choose."""
    users = unit.file.index.calls.get(unit.qualname, {})
    return frozenset((unit.file, name) for name in (unit.qualname, *users) if name != MODULE)


def _is_part(cls: ClassV) -> bool:
    """Whether another class of its file makes objects of a class."""
    index, qualname = cls.file.index, cls.definition.qualname
    makers = {user.partition(".")[0] for user in index.calls.get(qualname, {})}
    return any(maker != qualname and maker in index.classes for maker in makers)


def _is_variant_of_a_part(name: str, parts: set[str]) -> bool:
    """Whether something goes by the name of a part and more: `MRCNN_SHHS`, which somebody may write in the place of the
    `MRCNN` that a model of the module is made of."""
    return any(
        len(part) >= SHORTEST_PART and name != part and (name.startswith(part) or name.endswith(part)) for part in parts
    )


def _names(ev: Evaluator, file: File) -> set[str]:
    """The public names that a module defines, or has from other modules of the project."""
    names = set(file.index.names)
    for star in file.index.star_imports:
        source = ev.project.imports.resolve_module(file, star.module, star.level)
        if isinstance(source, File) and source is not file:
            names.update(source.index.names)
    return {name for name in names if not name.startswith("_")}


def _uses(ev: Evaluator, value: Value | None, module: File) -> bool | None:
    """Whether other files ask for a model or function by its name. None for what is neither, and for what its own file,
    or the module that has it from there, makes something else of."""
    if isinstance(value, ClassV):
        if not any("Module" in base for base in ev.classes.outside_bases(value)):
            return None
        file, qualname = value.file, value.definition.qualname
    elif isinstance(value, FunctionV):
        file, qualname = value.graph.unit.file, value.graph.unit.qualname
    else:
        return None
    name = qualname.rpartition(".")[2]
    if isinstance(value, ClassV) and ev.classes.subclasses(value):
        return None
    for asking in {file.name: file, module.name: module}.values():
        for written in (name, *sorted(asking.index.aliases({name}))):
            users = {**asking.index.calls.get(written, {}), **asking.index.calls.get(f"&{written}", {})}
            if any(user != MODULE and user.partition(".")[0] != qualname for user in users):
                return None
    for other_name in ev.project.mentioning(name):
        other = ev.project.file(other_name) if other_name != file.name else None
        if other is None or _has_its_own(ev, other, name, (file, qualname)):
            continue
        if {name, f"&{name}", *other.index.aliases({name})} & other.index.calls.keys():
            return True
    return False


def _has_its_own(ev: Evaluator, other: File, name: str, asked: tuple[File, str]) -> bool:
    """Whether a file calls something else by the name of a definition: `def resnet20` of its own."""
    bound = ev.project.imports.module_name(other, name)
    return isinstance(bound, tuple) and bound != asked and f".{name}" not in other.source.text

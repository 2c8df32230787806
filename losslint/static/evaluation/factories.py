"""Classes that a function derives from one that it is given: `def logged(base): class Logged(base): …`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.values import ClassV, FunctionV
from losslint.static.files.index import ClassDefinition

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: The call, or the list of bases, that a name stands in: nothing but names may stand before it there.
_OPENED = re.compile(rb"(class\s+)?\b(\w+)\(\s*(?:[\w.]+\s*,\s*)*(?:\w+\.)*$")

#: So many bytes before a name are looked at.
NEAR = 120

#: Functions that are given a class to ask something about it.
ASKING = frozenset({b"super", b"isinstance", b"issubclass", b"cast", b"TypeVar"})


def overrides(ev: Evaluator, cls: ClassV, name: str) -> bool:
    """Whether a function that is given a class, or one that derives from it, derives another from it which has a method
    or a variable of that name."""
    return any(
        name in definition.methods or name in definition.names or name in definition.stores
        for each in (cls, *ev.classes.subclasses(cls))
        for definition in _derived(ev, each)
    )


def _derived(ev: Evaluator, cls: ClassV) -> tuple[ClassDefinition, ...]:
    known = ev.classes.of_factories.get(cls.key)
    if known is None:
        ev.classes.of_factories[cls.key] = ()  # while they are looked for, there are none
        with ev.outside():
            known = ev.classes.of_factories[cls.key] = tuple(_found(ev, cls))
    return known


def _found(ev: Evaluator, cls: ClassV) -> Iterator[ClassDefinition]:
    from losslint.static.evaluation.searching import graphs

    name = cls.definition.name
    for mentioning in ev.project.mentioning(name):
        file = ev.project.file(mentioning) if _hands_on(ev.project.data(mentioning), name) else None
        units = file.index.calls.get("&" + name, ()) if file is not None else ()
        if file is None:
            continue
        for graph in (graph for qualname in units for graph in graphs(file, qualname)):
            frame = ev.generic(graph)
            for call in graph.calls:
                for position, argument in enumerate(call.arguments):
                    if argument.star or argument.keyword:
                        continue
                    given = ev.force(argument.form, frame)
                    function = ev.force(call.function, frame) if isinstance(given, ClassV) else None
                    if isinstance(given, ClassV) and given.key == cls.key and isinstance(function, FunctionV):
                        yield from _with_base(function, position)


def _hands_on(data: bytes, name: str) -> bool:
    """Whether some bytes may hold a call of something else than `super` and its like that is given a class by
    position."""
    for match in re.finditer(name.encode() + rb"\s*[,)]", data):
        before = data[max(0, match.start() - NEAR) : match.start()]
        opened = _OPENED.search(before)
        if opened is not None and opened[2] not in ASKING and not opened[1]:
            return True
    return False


def _with_base(function: FunctionV, position: int) -> Iterator[ClassDefinition]:
    """The classes that a function derives from one of its parameters."""
    graph = function.graph
    plain = [parameter.name for parameter in graph.parameters if not parameter.sort]
    place = position + (1 if function.bound is not None else 0)
    if graph.outer is not None or place >= len(plain):
        return
    inside = f"{graph.unit.qualname}.<locals>."
    for qualname, definition in graph.unit.file.index.classes.items():
        if qualname.startswith(inside) and plain[place] in definition.bases:
            yield definition

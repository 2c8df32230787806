"""Effects: what the methods that a function calls on an object make of an attribute that the function has set.

`self.labels = []`, then `self.read(path)`, then `torch.tensor(self.labels)`: what is read last is not what the function
itself has put there, when `read` appends to it or sets another list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.meeting import meet
from losslint.static.evaluation.values import (
    ClassV,
    ContainerV,
    DictV,
    FunctionV,
    InstanceV,
    Open,
    SeqV,
    UnknownV,
    Value,
    given,
    identity,
)
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import origin
from losslint.static.lowering.attribute_changes import history

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods that call each other are followed so far.
FURTHEST = 4

#: Calls between a write and a read that are looked at.
MOST_CALLS = 16


def read(ev: Evaluator, base: f.Form, name: str, frame: Frame, until: int) -> Value:
    """An attribute of an object at one place of a function: what the function has set it to, and what the methods made
    of it that it called since then."""
    from losslint.static.evaluation.reading import read_attribute

    value = read_attribute(ev, base, name, frame)
    if name not in frame.graph.sets:
        return value
    since = _written(ev, base, name)
    return value if since is None else _afterwards(ev, value, name, origin(base), frame, since, until)


def _afterwards(ev: Evaluator, value: Value, name: str, root: f.Form, frame: Frame, since: int, until: int) -> Value:
    """An attribute of an object after the methods that were called on it between two places."""
    looked_at = 0
    for call in _called_on(ev, frame.graph).get(root, ()):
        if not since < call.seq < until or looked_at == MOST_CALLS:
            continue
        looked_at += 1
        function = ev.force(call.function, frame)
        if not isinstance(function, FunctionV) or not isinstance(function.bound, InstanceV):
            continue
        if function.graph is frame.graph or not _may_write(ev, function.bound.cls, function.graph, name):
            continue
        value = _after_call(ev, value, name, function, function.bound, call, frame)
    return value


def _after_call(
    ev: Evaluator, value: Value, name: str, function: FunctionV, bound: InstanceV, call: f.Call, frame: Frame
) -> Value:
    from losslint.static.evaluation.changes import with_attribute
    from losslint.static.evaluation.conditions import truth
    from losslint.static.evaluation.parameters import bind, bindings

    question: Open | None = None
    for condition, wanted in call.path:
        held = truth(ev, condition, frame)
        if isinstance(held, Open):
            question = held
        elif held is not wanted:
            return value
    graph = function.graph
    own = graph.parameters[0].name if graph.parameters else ""
    final = graph.bindings.get(own)
    place = ("effect", call, frame, graph, name, identity(value))
    if final is None or _by_nested(graph, name) or not ev.reads(place):
        return loosened(value, f"`{graph.name}` may change it")
    try:
        inner = ev.frames.get(place)
        if inner is None:
            holder = with_attribute(ev, bound, name, given(value))
            named = bind(ev, graph, bindings(ev, call, frame), 1, call)
            inner = ev.frames[place] = Frame(graph, named, holder, function.parent, call, frame)
        if ev.touches(final, name):
            new = read(ev, final, name, inner, final.seq + 1)
        else:
            new = _afterwards(ev, value, name, origin(final), inner, -1, final.seq + 1)
    finally:
        ev.has_read(place)
    return new if question is None or new is value else meet(value, new, question)


def loosened(value: Value, reason: str) -> Value:
    """What something may be after others had it: of a list it is not known any more what is in it."""
    if isinstance(value, SeqV):
        return SeqV(value.sort, value.items, False, value.trail)
    if isinstance(value, DictV):
        return DictV({}, False, (), value.trail)
    if isinstance(value, ContainerV):
        return ContainerV(value.sort, value.children, False, value.trail)
    return UnknownV(reason)


def _written(ev: Evaluator, base: f.Form, name: str) -> int | None:
    """Where a function sets an attribute last on the way to a form; None where it does not."""
    known = ev.written.get((base, name))
    if known is None:
        places = [here.seq for here in history(base) if isinstance(here, f.SetAttr) and here.name == name]
        known = ev.written[base, name] = max(places, default=-1)
    return known if known >= 0 else None


def _called_on(ev: Evaluator, graph: f.Graph) -> dict[f.Form, list[f.Call]]:
    """The calls of methods in a function, by the object that they are called on."""
    known = ev.called_on.get(graph)
    if known is None:
        known = ev.called_on[graph] = {}
        for call in graph.calls:
            function = f.bare(call.function)
            if isinstance(function, f.Attr):
                known.setdefault(origin(function.base), []).append(call)
    return known


def _may_write(ev: Evaluator, cls: ClassV, graph: f.Graph, name: str, depth: int = FURTHEST) -> bool:
    """Whether a method sets or changes an attribute of its object, itself or by another method that it calls."""
    key = (cls.key, graph, name)
    known = ev.may_write.get(key)
    if known is not None:
        return known
    ev.may_write[key] = False  # a method that calls itself does nothing more
    own = graph.parameters[0] if graph.parameters else None
    final = graph.bindings.get(own.name) if own is not None else None
    found = own is not None and ((final is not None and ev.touches(final, name)) or _by_nested(graph, name))
    for root, calls in _called_on(ev, graph).items() if own is not None and not found and depth else ():
        if not isinstance(root, f.Param) or own is None or root.name != own.name:
            continue
        for callee in {call.callee_name for call in calls}:
            method = ev.classes.method(cls, callee)
            unit = method[0].file.function(method[1].qualname) if method is not None else None
            if unit is not None and _may_write(ev, cls, unit.graph(), name, depth - 1):
                found = True
                break
    ev.may_write[key] = found
    return found


def _by_nested(graph: f.Graph, name: str) -> bool:
    """Whether a function inside a method changes an attribute of the method's object."""
    if not graph.nested or not graph.parameters:
        return False
    own = graph.parameters[0].name
    return any(
        isinstance(root, f.Outer)
        and isinstance(holder := origin(root.form), f.Param)
        and holder.name == own
        and path[:1] in ((name,), ())
        for inner in graph.nested
        for root, path in inner.changes
    )

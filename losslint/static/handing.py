"""Objects that are handed to a function which changes them: what they are afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static import forms as f
from losslint.static.attributes import instance_key
from losslint.static.frames import Frame
from losslint.static.parameters import bind, bindings
from losslint.static.values import ContainerV, DictV, FunctionV, InstanceV, ObjectV, SeqV, Value

if TYPE_CHECKING:
    from losslint.static.evaluator import Evaluator

#: Values that a function can change for its caller.
CHANGEABLE = (InstanceV, ContainerV, ObjectV, SeqV, DictV)


def afterwards(ev: Evaluator, value: Value, bound: f.Form, frame: Frame, until: int) -> Value:
    """A value that was bound by one form, at a later one: changed by the functions that it was handed to between."""
    if not isinstance(value, CHANGEABLE):
        return value
    for call, position in _handed(ev, frame.graph).get(bound, ()):
        if bound.seq < call.seq < until:
            value = _changed(ev, value, call, position, frame)
    return value


def _handed(ev: Evaluator, graph: f.Graph) -> dict[f.Form, list[tuple[f.Call, int]]]:
    """The calls of a function to which a local variable is given, by the form that is bound to it."""
    known = ev.handed.get(graph)
    if known is None:
        known = ev.handed[graph] = {}
        for call in graph.calls:
            for position, argument in enumerate(call.arguments):
                if isinstance(argument.form, f.Named) and not argument.star:
                    known.setdefault(argument.form.form, []).append((call, position))
    return known


def _changed(ev: Evaluator, value: Value, call: f.Call, position: int, frame: Frame) -> Value:
    function = ev.force(call.function, frame)
    if not isinstance(function, FunctionV) or function.graph is frame.graph:
        return value
    graph = function.graph
    skips = 1 if function.bound is not None else 0
    keyword = call.arguments[position].keyword
    plain = [parameter.name for parameter in graph.parameters if not parameter.sort and not parameter.keyword_only][
        skips:
    ]
    name = keyword or (plain[position] if position < len(plain) else "")
    final = graph.bindings.get(name)
    if final is None or not _mutates(final, name):
        return value
    key = ("call", call, frame, graph, instance_key(function.bound))
    inner = ev.frames.get(key)
    if inner is None:
        named = bind(ev, graph, bindings(ev, call, frame), skips, call)
        inner = ev.frames[key] = Frame(graph, named, function.bound, function.parent, call, frame)
    return ev.force(final, inner)


def _mutates(final: f.Form, name: str) -> bool:
    """Whether a parameter is at the end the object that was given, changed: not another one under the same name."""
    changed = False
    pending, seen = [final], set[f.Form]()
    while pending:
        form = pending.pop()
        if form in seen:
            continue
        seen.add(form)
        if isinstance(form, f.Named):
            pending.append(form.form)
        elif isinstance(form, (f.SetAttr, f.SetItem, f.Mutated)):
            changed = True
            pending.append(form.base)
        elif isinstance(form, f.Choice):
            pending += (form.then, form.other)
        elif isinstance(form, (f.LoopOut, f.Carried)):
            pending.append(form.before)
            after = form.loop.after.get(form.name)
            if after is not None:
                pending.append(after)
        elif not isinstance(form, f.Param) or form.name != name:
            return False
    return changed

"""Objects that are handed to a function which changes them: what they are afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static import forms as f
from losslint.static.attributes import instance_key
from losslint.static.frames import Frame
from losslint.static.parameters import bind, bindings
from losslint.static.values import (
    ConstV,
    ContainerV,
    DictV,
    ExternalV,
    FunctionV,
    InstanceV,
    ObjectV,
    SeqV,
    UnknownV,
    Value,
)

if TYPE_CHECKING:
    from losslint.static.evaluator import Evaluator

#: Methods that put a function between a module and what its callers get.
HOOKS = frozenset({"register_forward_hook", "register_module_forward_hook", "register_full_forward_hook"})

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
            if call.callee_name in HOOKS and isinstance(call.function, f.Attr):
                hooked = call.function.base
                if isinstance(hooked, f.Named):
                    known.setdefault(hooked.form, []).append((call, -1))
            for position, argument in enumerate(call.arguments):
                if isinstance(argument.form, f.Named) and not argument.star:
                    known.setdefault(argument.form.form, []).append((call, position))
    return known


def _changed(ev: Evaluator, value: Value, call: f.Call, position: int, frame: Frame) -> Value:
    if position < 0:
        return UnknownV("a forward hook may change what it returns") if _changes_output(ev, call, frame) else value
    function = ev.force(call.function, frame)
    if isinstance(function, ExternalV) and function.name == "builtins.setattr" and position == 0:
        return _with_some_attribute(ev, value, call, frame)
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
    if _sets_some_attribute(graph, name):
        return UnknownV(f"`{graph.name}` sets attributes of it whose names are not known")
    if final is None or not _mutates(final, name):
        return value
    key = ("call", call, frame, graph, instance_key(function.bound))
    inner = ev.frames.get(key)
    if inner is None:
        named = bind(ev, graph, bindings(ev, call, frame), skips, call)
        inner = ev.frames[key] = Frame(graph, named, function.bound, function.parent, call, frame)
    return ev.force(final, inner)


def _changes_output(ev: Evaluator, call: f.Call, frame: Frame) -> bool:
    """Whether a hook gives something back: one that only looks on changes nothing."""
    if not call.arguments:
        return False
    hook = ev.force(call.arguments[0].form, frame)
    if not isinstance(hook, FunctionV) or hook.graph.result is None:
        return True
    result = hook.graph.result
    if not isinstance(result, f.Result):
        return not (isinstance(result, f.Const) and result.value is None)
    return any(not (isinstance(form, f.Const) and form.value is None) for _, form in result.returns)


def _with_some_attribute(ev: Evaluator, value: Value, call: f.Call, frame: Frame) -> Value:
    """An object after `setattr(value, name, x)`: a name that is known is a plain assignment."""
    if len(call.arguments) < 3:
        return value
    name = ev.force(call.arguments[1].form, frame)
    if isinstance(name, ConstV) and isinstance(name.value, str):
        from losslint.static.changes import with_attribute
        from losslint.static.values import Lazy

        return with_attribute(ev, value, name.value, Lazy(call.arguments[2].form, frame))
    return UnknownV("an attribute whose name is not known was set on it")


def _sets_some_attribute(graph: f.Graph, parameter: str) -> bool:
    """Whether a function sets attributes of a parameter by names that it works out."""
    for call in graph.calls:
        if isinstance(call.function, f.Global) and call.function.name == "setattr" and len(call.arguments) == 3:
            given = call.arguments[0].form
            while isinstance(given, f.Named):
                given = given.form
            if isinstance(given, f.Param) and given.name == parameter:
                return not isinstance(call.arguments[1].form, f.Const)
    return False


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

"""Objects after the methods that were called on them: after `net.add_head(3)` a model has a layer more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.arguments import bind, bindings
from losslint.static.evaluation.effects import FURTHEST, calls_between, happens, own_methods
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import instance_key
from losslint.static.evaluation.values import ClassV, InstanceV, Lazy, UnknownV, Value, given
from losslint.static.files.file import File
from losslint.static.files.index import MODULE, SOME_NAME
from losslint.static.files.mentions import may_set_any
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import OF_TRAINING, origin
from losslint.static.lowering.attribute_changes import history
from losslint.static.lowering.units import THE_END

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Files that are looked at for who else changes something: what more of them mention says little.
MOST_FILES = 24

#: Behind an attribute that is set, alone or in place.
_SET = re.compile(r"\s{0,9}(?:=[^=]|[-+*/]=)")


def is_called_on(ev: Evaluator, form: f.Named, frame: Frame) -> bool:
    """Whether methods were called on an object before it is read."""
    made = f.bare(form.form)
    return isinstance(made, f.Call) and any(calls_between(ev, origin(made), frame.graph, made.seq, form.seq))


def on_global(ev: Evaluator, form: f.Global, frame: Frame) -> Value:
    """A variable of the module, after the methods that the function which reads it has called on it."""
    value = ev.force(form, frame)
    return on_object(ev, value, form, frame, -1, form.seq) if isinstance(value, InstanceV) else value


def on_parameter(ev: Evaluator, form: f.Param, value: InstanceV, frame: Frame) -> InstanceV:
    """An object that a function is given and calls methods on: what they set may be another thing by now."""
    from losslint.static.evaluation.changes import matters, with_attribute
    from losslint.static.evaluation.receivers import is_receiver

    if value.origin is None or is_receiver(frame.graph, form.name):
        return value
    changed: Value = value
    for call in calls_between(ev, form, frame.graph, -1, THE_END):
        graph = ev.classes.graph(value.cls, call.callee_name)
        for name in _sets(ev, value.cls, graph) if graph is not None and graph is not frame.graph else ():
            if name == SOME_NAME or matters(ev, name):
                unknown = UnknownV(f"`{call.callee_name}` may change it", symbol=("changed", call, frame, name))
                changed = with_attribute(ev, changed, name, given(unknown))
    return changed if isinstance(changed, InstanceV) else value


def on_object(ev: Evaluator, value: InstanceV, root: f.Form, frame: Frame, since: int, until: int) -> InstanceV:
    """An object that a function holds, after the methods that were called on it between two places: its attributes are
    what they leave in them."""
    if value.origin is None:
        return value
    for call in calls_between(ev, root, frame.graph, since, until):
        graph = ev.classes.graph(value.cls, call.callee_name)
        if graph is not None and graph is not frame.graph and not _is_called_elsewhere(ev, call, frame.graph):
            value = _with_sets(ev, value, graph, call, frame)
    return value


def _is_called_elsewhere(ev: Evaluator, call: f.Call, graph: f.Graph) -> bool:
    """Whether other functions call methods of that name too: those that are handed the object may change it again, and
    what is known of the class says that it may be either."""
    key = (call.callee_name, graph.unit)
    known = ev.notes.called_elsewhere.get(key)
    if known is None:
        mentioning = ev.project.mentioning(f".{call.callee_name}(", call.callee_name)
        files = map(ev.project.file, mentioning[:MOST_FILES])
        known = ev.notes.called_elsewhere[key] = len(mentioning) > MOST_FILES or any(
            file is not graph.unit.file or qualname != graph.unit.qualname
            for file in files
            if file is not None
            for qualname in file.index.calls.get(call.callee_name, ())
            if not qualname.endswith(".__init__")
        )
    return known


def set_by_others(ev: Evaluator, name: str) -> frozenset[str]:
    """The functions by whose code an attribute of that name is set on something that is not their own object."""
    known = ev.notes.set_by_others.get(name)
    if known is None:
        mentioning = [each for each in ev.project.setting(name) if may_set_any(ev.project.data(each), name)]
        files = map(ev.project.file, mentioning[:MOST_FILES])
        known = ev.notes.set_by_others[name] = frozenset(
            setter
            for file in files
            if file is not None and name in file.index.set_on
            for setter in _setters(file, name)
        )
    return known


def _setters(file: File, name: str) -> Iterator[str]:
    """The functions of a file in whose rows an attribute is set on something that is not `self`, and MODULE for it."""
    text, word, at, rows = file.source.text, f".{name}", 0, list[int]()
    while (at := text.find(word, at)) >= 0:  # an expression that looks behind takes many times as long
        if not text.endswith("self", 0, at) and _SET.match(text, at + len(word)):
            rows.append(1 + text.count("\n", 0, at))
        at += 1
    for definition in file.index.functions.values():
        if any(definition.first <= row <= definition.last for row in rows):
            yield definition.name
    yield MODULE


def _with_sets(ev: Evaluator, value: InstanceV, graph: f.Graph, call: f.Call, frame: Frame) -> InstanceV:
    from losslint.static.evaluation.changes import matters, with_attribute

    names = {
        name: left
        for name, left in _sets(ev, value.cls, graph).items()
        if name == SOME_NAME or (matters(ev, name) and not set_by_others(ev, name))
    }
    held = happens(ev, call, frame) if names else False
    if held is False:
        return value
    place = ("effects", call, frame, graph, instance_key(value))
    inner = ev.notes.frames.get(place)
    if inner is None:
        named = bind(ev, graph, bindings(ev, call, frame), 1, call)
        inner = ev.notes.frames[place] = Frame(graph, named, value, None, call, frame)
    else:
        entered, holder = inner, value
        ev.does(lambda: setattr(entered, "receiver", holder))
    changed: Value = value
    for name, left in sorted(names.items(), key=lambda each: each[0]):
        unknown = UnknownV(f"`{graph.name}` may change it", symbol=("changed", call, frame, name))
        changed = with_attribute(
            ev, changed, name, Lazy(left, inner) if left is not None and held is True else given(unknown)
        )
    return changed if isinstance(changed, InstanceV) else value


def _sets(ev: Evaluator, cls: ClassV, graph: f.Graph, depth: int = FURTHEST) -> dict[str, f.Left | None]:
    """The attributes that a method sets or changes on its object, with what it leaves in them; None for those that
    another method sets that it calls."""
    key = (cls.key, graph)
    known = ev.notes.sets_of.get(key)
    if known is not None:
        return known
    known = ev.notes.sets_of[key] = {}
    final = graph.object_at_the_end()
    if isinstance(graph.result, f.Yielded):
        return known  # what it sets, it sets for the time of a `with` block
    for here in history(final):
        if final is not None and isinstance(here, f.SetAttr) and here.name not in OF_TRAINING:
            known.setdefault(here.name, f.Left(final, here.name))
        elif isinstance(here, f.Within) and here.name == SOME_NAME:
            known[SOME_NAME] = None
    for other in own_methods(ev, cls, graph) if depth else ():
        known.update(dict.fromkeys(_sets(ev, cls, other, depth - 1)))
    return known

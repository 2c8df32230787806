"""Attributes that code outside a class sets on its objects: `agent.steps += 1`, `trainer.criterion = nn.BCELoss()`.

What the constructor sets is then one of several things that the object's own methods may find.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.meeting import merged
from losslint.static.evaluation.patches import for_a_while, graphs_of
from losslint.static.evaluation.values import ClassV, ConstV, InstanceV, Open, UnknownV, Value
from losslint.static.evaluation.wrapped import unmoved
from losslint.static.files.file import File
from losslint.static.files.tests import is_named_so
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import origin
from losslint.static.lowering.attribute_changes import history

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: What begins the key of the question which of several things an attribute was set to.
SET = "set outside"

#: Files that are searched for what sets one attribute: a name that more of them set says little.
MOST_FILES = 8

#: Different things that are set.
MOST_VALUES = 4


class Setting(NamedTuple):
    """An assignment to an attribute of an object that a function holds, or to attributes of what that attribute is."""

    form: f.SetAttr | f.Within
    frame: Frame
    inside: frozenset[tuple[str, ...]] = frozenset()


def joined(ev: Evaluator, instance: InstanceV, name: str, value: Value | None) -> Value | None:
    """What an attribute of some object of a class is, given what the class itself sets."""
    from losslint.static.evaluation.handing import with_unknown

    found: list[Value] = []
    inside: set[tuple[str, ...]] = set()
    for setting in _settings(ev, instance, name):
        inside |= setting.inside
        if not isinstance(setting.form, f.SetAttr):
            continue
        if _counts(setting.form):
            return UnknownV(f"`{name}` is counted outside the class", symbol=("counted", instance.cls.key, name))
        later = ev.force(setting.form.value, setting.frame)
        if isinstance(later, ConstV) and later.value is None:
            continue
        if isinstance(later, UnknownV) and value is not None and not isinstance(value, ConstV):
            continue
        if not any(merged(later, other) is not None for other in (*found, *([value] if value is not None else []))):
            found.append(later)
    if value is not None and inside:
        # `trainer.net.head = nn.Identity()`
        value = with_unknown(ev, value, inside, f"code outside `{instance.cls.definition.name}`")
    if not found:
        return value
    if value is None and any(
        not isinstance(base, str) and (name in base.definition.names or name in base.definition.methods)
        for base in ev.classes.order(instance.cls)
    ):
        shown = instance.cls.definition.name
        return UnknownV(f"`{name}` of `{shown}` is set on its objects", symbol=("outside", instance.cls.key, name))
    if value is not None and not (isinstance(value, ConstV) and value.value is None):
        found.insert(0, value)
    if len(found) == 1:
        return found[0]
    key = (SET, instance.cls.key, name)
    answer = ev.answer(key)
    if answer is not None and answer < len(found):
        return found[answer]
    return UnknownV(
        f"`{name}` is set outside the class `{instance.cls.definition.name}`",
        Open(key, min(len(found), MOST_VALUES), may=False),
        ("outside", instance.cls.key, name),
    )


def _settings(ev: Evaluator, instance: InstanceV, name: str) -> list[Setting]:
    """Who sets an attribute on objects of a class, or of one that is derived from it."""
    cls = instance.cls
    key = (*cls.key, name)
    known = ev.notes.outsiders.get(key)
    if known is None:
        ev.notes.outsiders[key] = []  # while it is looked for
        names = {cls.definition.name, *(each.definition.name for each in ev.classes.subclasses(cls))}
        names |= _makers(cls, names)
        steps, ev.steps = ev.steps, 0  # the search is for all worlds, and uses up none of this one's
        with ev.outside():
            known = ev.notes.outsiders[key] = [
                setting
                for setting in _all(ev, cls.file, names, name)
                if _is_made(setting, names)
                and isinstance(held := ev.force(setting.form.base, setting.frame), InstanceV)
                and (held.cls.key == cls.key or ev.classes.derives(held.cls, cls))
            ]
        ev.steps = steps
    return known


def _makers(cls: ClassV, names: Collection[str]) -> set[str]:
    """The functions of the file of a class that make something by one of its names."""
    calls, functions = cls.file.index.calls, cls.file.index.functions
    units = {unit for name in names for unit in calls.get(name, ()) if unit in functions}
    return {functions[unit].name for unit in units if not functions[unit].owner}


def _is_made(setting: Setting, names: Collection[str]) -> bool:
    """Whether the object is made there, by the name of a class or of a function that makes such: what else it may be is
    not looked for, which leads far."""
    made = unmoved(origin(setting.form.base))
    return isinstance(made, f.Call) and f.written(made.function).rpartition(".")[2] in names


def _all(ev: Evaluator, near: File, names: Collection[str], name: str) -> Iterator[Setting]:
    """The assignments to attributes of that name, and to attributes of theirs, of something that has a name itself and
    is not `self`, in files that mention a class of some names."""
    makers = frozenset().union(*map(ev.project.mentioning, names))
    word = re.escape(name.encode())
    written = re.compile(rb"\." + word + rb"(?:\.\w+)?[ \t]*(?:[-+*/]?=(?!=)|,)")
    files = [
        each
        for each in ev.project.mentioning(name)
        if each in makers and written.search(ev.project.data(each)) is not None
    ]
    if not is_named_so(near.name):  # tests set what they look at
        files = [each for each in files if not is_named_so(each)]
    for file in map(ev.project.file, files) if len(files) <= MOST_FILES else ():
        for holder, inside in sorted(_holders(file, name).items()) if file is not None else ():
            assert file is not None
            for graph in graphs_of(file, file.index.changed.get(holder, ())):
                if not for_a_while(graph):
                    yield from _within(ev, graph, holder, name, frozenset(inside))


def _holders(file: File, name: str) -> dict[str, set[tuple[str, ...]]]:
    """The names of a file on which an attribute is set, and which attributes of that attribute are set there."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for attribute, holders in file.index.set_on.items():
        for holder in holders:
            root, _, inner = holder.partition(".")
            if attribute == name and not inner:
                found.setdefault(root, set())
            elif inner == name:
                found.setdefault(root, set()).add((attribute,))
    found.pop("self", None)
    return found


def _within(
    ev: Evaluator, graph: f.Graph, holder: str, name: str, inside: frozenset[tuple[str, ...]]
) -> Iterator[Setting]:
    """The assignments of one function: all that its names were until the end is looked through."""
    for here in history(graph.bindings.get(holder)):
        if (isinstance(here, f.SetAttr) and here.name == name) or (
            isinstance(here, f.Within) and here.name == name and inside
        ):
            yield Setting(here, ev.generic(graph), inside)


def _counts(form: f.SetAttr) -> bool:
    """`agent.steps += 1`"""
    changed = f.bare(form.value)
    if not isinstance(changed, f.Binary) or changed.operator not in "+-":
        return False
    before = f.bare(changed.left)
    return isinstance(before, f.Attr) and before.name == form.name and origin(before.base) is origin(form.base)

"""Lists and arrays that an object is made with empty, and that are filled afterwards: by its methods, or by who holds
it.

A replay buffer, the rewards of an episode: the constructor says only that there is a list. What is put into it by
`self.rewards.append(reward)` in another method, or by `agent.rewards.append(reward)` in another function, says what is
in it; how much of it, nobody knows. Of `self.rewards = np.zeros(size)` and `self.rewards[i] = reward` only the shape
stays.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.constructors import receiver_frame
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import instance_key
from losslint.static.evaluation.values import DictV, InstanceV, Lazy, SeqV, TensorV, Value, given
from losslint.static.files.file import File
from losslint.static.lowering import forms as f
from losslint.static.lowering.attribute_changes import history
from losslint.vocabulary.kinds import Kind

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods of a list that put one thing into it, and where it stands among the arguments.
PUTTING = {"append": 0, "appendleft": 0, "insert": 1}

#: Files, and functions of each, that are searched for those who fill the list of an object that they hold.
MOST_FILES = 4
MOST_UNITS = 8

#: Things that are put into one list.
MOST_ITEMS = 16


def filled(ev: Evaluator, instance: InstanceV, name: str, value: Value) -> Value:
    """An attribute that is an empty list when the object is made, with what is put into it later."""
    from losslint.static.evaluation.changes import rewritten

    if isinstance(value, TensorV) and value.meaning.kind is Kind.CONSTANT:
        return rewritten(value, "another method writes to it") if _is_written_to(ev, instance, name) else value
    if isinstance(value, DictV) and _has_empty_lists(value.items.values()):
        # `{"x": [], "y": []}`, whose lists are filled one by one
        if not _is_filled_within(ev, instance, name):
            return value
        unfilled = {key: given(_NOT_EMPTY) if _is_empty_list(lazy) else lazy for key, lazy in value.items.items()}
        return DictV(unfilled, value.complete, value.rest, value.trail)
    if not isinstance(value, SeqV) or not value.complete or value.sort != "list":
        return value
    if _has_empty_lists(value.items) and _is_filled_within(ev, instance, name):
        items = tuple(given(_NOT_EMPTY) if _is_empty_list(lazy) else lazy for lazy in value.items)
        return SeqV(value.sort, items, True, value.trail)
    if value.items:
        # A vocabulary that begins with one word: how many there will be, nobody knows.
        return SeqV(value.sort, value.items, False, value.trail) if _is_put_into(ev, instance, name) else value
    place = (instance_key(instance), name, "filled")
    if not ev.reads(place):
        return SeqV(value.sort, (), False, value.trail)
    try:
        found = [*_by_methods(ev, instance, name)] or [*_by_holders(ev, instance, name)]
    finally:
        ev.has_read(place)
    return SeqV(value.sort, tuple(found[:MOST_ITEMS]), False, value.trail)


#: A list of which nobody knows what is in it.
_NOT_EMPTY = SeqV("list", (), False)


def _has_empty_lists(items: Collection[Lazy]) -> bool:
    """Whether lists stand in it that are filled later: what somebody writes so is short."""
    return len(items) <= MOST_ITEMS and any(map(_is_empty_list, items))


def _is_empty_list(lazy: Lazy) -> bool:
    form = f.bare(lazy.form) if lazy.form is not None else None
    return isinstance(form, f.Sequence) and form.sort == "list" and not form.elements


def _is_filled_within(ev: Evaluator, instance: InstanceV, name: str) -> bool:
    """Whether somebody puts something into a list that stands in an attribute of that name: `self.data["x"].append(x)`,
    `self.data[key] += rows`."""
    fills = re.compile(rf"\.{re.escape(name)}\s{{0,9}}\[[^\n]{{0,200}}?\]\s{{0,9}}(?:\.(?:append|extend|insert)\(|\+=)")
    own = any(
        fills.search(row)
        for base in ev.classes.order(instance.cls)
        if not isinstance(base, str)
        for row in base.file.lines[base.definition.first - 1 : base.definition.last]
    )
    if own:
        return True
    files = map(ev.project.file, ev.project.mentioning(f".{name}[", name)[:MOST_FILES])
    return any(fills.search(row) for file in files if file is not None for row in file.lines)


def _is_written_to(ev: Evaluator, instance: InstanceV, name: str) -> bool:
    """Whether a method of its class sets entries of an array."""
    writes = _writing(name)
    return any(
        writes.search(row)
        for base in ev.classes.order(instance.cls)
        if not isinstance(base, str)
        for row in base.file.lines[base.definition.first - 1 : base.definition.last]
    )


def _is_put_into(ev: Evaluator, instance: InstanceV, name: str) -> bool:
    """Whether a method of its class, the constructor apart, appends to a list."""
    puts = _putting(name)
    return any(
        puts.search(row)
        for base in ev.classes.order(instance.cls)
        if not isinstance(base, str)
        for method, definition in base.definition.methods.items()
        if method != "__init__"
        for row in base.file.lines[definition.first - 1 : definition.last]
    )


def _by_methods(ev: Evaluator, instance: InstanceV, name: str) -> Iterator[Lazy]:
    """What the methods of its class put into it."""
    puts, writes = _putting(name), _writing(name)
    for base in ev.classes.order(instance.cls):
        if isinstance(base, str):
            continue
        for definition in base.definition.methods.values():
            rows = base.file.lines[definition.first - 1 : definition.last]
            if definition.name == "__init__" or not any(puts.search(row) or writes.search(row) for row in rows):
                continue
            unit = base.file.function(definition.qualname)
            graph = unit.graph() if unit is not None else None
            if graph is None or not graph.parameters:
                continue
            final = graph.object_at_the_end()
            for item in _entered(final, name) if final is not None else ():
                yield Lazy(item, receiver_frame(ev, graph, instance))


def _entered(final: f.Form, name: str) -> Iterator[f.Form]:
    """What a method puts into a list of its object: `self.items.append(x)`, `self.items[at] = x`."""
    for here in history(final, into=name):
        if isinstance(here, f.SetItem):
            if not _is_none(here.value) and not isinstance(here.key, f.Slice):
                yield here.value
        elif isinstance(here, f.Mutated):
            place = PUTTING.get(here.method, -1)
            if 0 <= place < len(here.arguments) and not here.arguments[place].star:
                item = here.arguments[place].form
                if not _is_none(item):  # a place for what is put there next
                    yield item


def _is_none(form: f.Form) -> bool:
    form = f.bare(form)
    return isinstance(form, f.Const) and form.value is None


def _by_holders(ev: Evaluator, instance: InstanceV, name: str) -> Iterator[Lazy]:
    """What functions put into it that hold the object."""
    puts = _putting(name)
    for filename in ev.project.mentioning(f".{name}.append(", name)[:MOST_FILES]:
        file = ev.project.file(filename)
        if file is None:
            continue
        for qualname in [*file.index.calls.get("append", ())][:MOST_UNITS]:
            graph = _graph(file, qualname, puts)
            if graph is None:
                continue
            frame: Frame = ev.generic(graph)
            for holder, item in _put(graph, name):
                held = ev.force(holder, frame)
                if isinstance(held, InstanceV) and held.cls.key == instance.cls.key:
                    yield Lazy(item, frame)


def _graph(file: File, qualname: str, puts: re.Pattern[str]) -> f.Graph | None:
    """A function or the module part of a file, if a row of it puts something into a list of that name."""
    definition = file.index.functions.get(qualname)
    if definition is not None and not any(map(puts.search, file.lines[definition.first - 1 : definition.last])):
        return None
    unit = file.unit(qualname)
    return unit.graph() if unit is not None else None


def _writing(name: str) -> re.Pattern[str]:
    # bounded: a row may be megabytes long
    return re.compile(rf"\.{re.escape(name)}\s{{0,9}}\[.{{0,200}}?\]\s{{0,9}}(?:[-+*/]=|=[^=])")


def _putting(name: str) -> re.Pattern[str]:
    return re.compile(rf"\.{re.escape(name)}\.(?:{'|'.join(PUTTING)})\(")


def _put(graph: f.Graph, name: str) -> Iterator[tuple[f.Form, f.Form]]:
    """Who holds the list of that name, and what is put into it."""
    for call in graph.calls:
        function = call.function
        if not isinstance(function, f.Attr) or function.name not in PUTTING:
            continue
        written = f.bare(function.base)
        place = PUTTING[function.name]
        if isinstance(written, f.Attr) and written.name == name and len(call.arguments) == place + 1:
            argument = call.arguments[place]
            if not argument.star and not argument.keyword:
                yield written.base, argument.form

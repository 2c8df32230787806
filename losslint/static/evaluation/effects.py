"""Effects: what the methods that a function calls on an object make of its attributes.

`self.labels = []`, then `self.read(path)`, then `torch.tensor(self.labels)`: what is read last is not what the function
itself has put there, when `read` appends to it or sets another list.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.arguments import bind, bindings
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import instance_key
from losslint.static.evaluation.meeting import meet
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
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
from losslint.static.files.index import SOME_NAME
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import origin
from losslint.static.lowering.attribute_changes import history
from losslint.static.lowering.operands import is_of_several
from losslint.static.lowering.units import THE_END

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

    graph = frame.graph
    if name not in graph.sets:
        # A constructor may go on with what it does not bind itself: `self.layers.append(…)`.
        final = graph.object_at_the_end() if graph.name == "__init__" else None
        if final is None or not ev.touches(final, name):
            return read_attribute(ev, base, name, frame)
    since = _written(ev, base, name)
    if since is None and graph.name == "__init__":
        before = _left_by_others(ev, base, name, frame)
        if before is not None:
            return before
    value = read_attribute(ev, base, name, frame)
    return value if since is None else _afterwards(ev, value, name, origin(base), frame, since, until)


def _left_by_others(ev: Evaluator, base: f.Form, name: str, frame: Frame) -> Value | None:
    """What a constructor finds in an attribute of its object that it goes on with: what its bases have left there."""
    from losslint.static.evaluation.stored import before_constructor

    graph, holder = frame.graph, origin(base)
    unit = graph.unit
    if not unit.owner or graph.outer is not None or not isinstance(frame.receiver, InstanceV):
        return None
    if not isinstance(holder, f.Param) or not graph.parameters or holder.name != graph.parameters[0].name:
        return None
    final = graph.bindings.get(holder.name)
    if name in frame.receiver.attributes or final is None or not ev.touches(final, name):
        return None
    place = (instance_key(frame.receiver), name, unit.qualname, "before")
    if not ev.reads(place):
        return None
    try:
        cls = ClassV(unit.file, unit.file.index.classes[unit.owner])
        return before_constructor(ev, frame.receiver, cls, name)
    finally:
        ev.has_read(place)


def force_left(ev: Evaluator, form: f.Left, frame: Frame) -> Value:
    """What a method leaves in an attribute of its object."""
    return read(ev, form.base, form.name, frame, THE_END)


def _written(ev: Evaluator, base: f.Form, name: str) -> int | None:
    """Where a function sets an attribute last on the way to a form; None where it does not."""
    known = ev.notes.written.get((base, name))
    if known is None:
        places = [here.seq for here in history(base) if isinstance(here, f.SetAttr) and here.name == name]
        known = ev.notes.written[base, name] = max(places, default=-1)
    return known if known >= 0 else None


def _afterwards(ev: Evaluator, value: Value, name: str, root: f.Form, frame: Frame, since: int, until: int) -> Value:
    """An attribute of an object after the methods that were called on it between two places."""
    if frame.graph.nested and _by_nested(frame.graph, name):
        inner = {each.name for each in frame.graph.nested}
        if any(call.callee_name in inner and since < call.seq < until for call in frame.graph.calls):
            value = loosened(value, "a function inside this one may change it")
    for call in calls_between(ev, root, frame.graph, since, until):
        function = ev.force(call.function, frame)
        if not isinstance(function, FunctionV) or not isinstance(function.bound, InstanceV):
            continue
        if function.graph is frame.graph:
            continue
        # What is set by a name that is worked out makes a constant unknown, and leaves everything else (`by_name`).
        names = (name, SOME_NAME) if isinstance(value, ConstV) else (name,)
        if not any(_may_write(ev, function.bound.cls, function.graph, each) for each in names):
            continue
        value = _after_call(ev, value, name, function, function.bound, call, frame)
    for call, position in _handed_on(ev, frame.graph).get(_key(root), ()):
        if since < call.seq < until:
            value = _after_handing(ev, value, name, call, position, frame)
    for call in frame.graph.statements:
        if since < call.seq < until and _sets_on_others(ev, call, name) and _sets_on_held(ev, call, name, frame):
            value = loosened(value, f"`{call.callee_name}` may change it")
    return value


def _sets_on_held(ev: Evaluator, call: f.Call, name: str, frame: Frame) -> bool:
    """Whether a method is called that sets an attribute on something that its own object holds, as
    `self.trainer.target = …` in `self.stage.run()`."""
    function = ev.force(call.function, frame)
    if (
        not isinstance(function, FunctionV)
        or not isinstance(function.bound, InstanceV)
        or not function.graph.parameters
    ):
        return False
    own = function.graph.parameters[0].name
    return any(
        isinstance(root, f.Param) and root.name == own and len(path) > 1 and path[-1] == name
        for root, path in function.graph.changes
    )


def _after_handing(ev: Evaluator, value: Value, name: str, call: f.Call, position: int, frame: Frame) -> Value:
    """An attribute of an object after a function of the project was given the object: `fill(self, path)`."""
    from losslint.static.evaluation.handing import changed_paths, parameter_of
    from losslint.static.evaluation.objects import by_name

    function = ev.force(call.function, frame)
    if isinstance(function, UnknownV) and _sets_on_others(ev, call, name):
        return loosened(value, f"`{call.callee_name or 'what is called'}` may change it")
    if not isinstance(function, FunctionV) or function.graph is frame.graph or happens(ev, call, frame) is False:
        return value
    paths = changed_paths(ev, function.graph, parameter_of(function, call, position))
    if any(path[:1] == (name,) for path in paths):
        return loosened(value, f"`{function.graph.name}` may change it")
    return by_name(value, name) if any(path[:1] == (SOME_NAME,) for path in paths) else value


def _after_call(
    ev: Evaluator, value: Value, name: str, function: FunctionV, bound: InstanceV, call: f.Call, frame: Frame
) -> Value:
    from losslint.static.evaluation.changes import with_attribute
    from losslint.static.evaluation.objects import by_name

    held = happens(ev, call, frame)
    if held is False:
        return value
    graph = function.graph
    final = graph.object_at_the_end()
    if final is not None and ev.touches(final, SOME_NAME):
        value = by_name(value, name)
    place = ("effect", call, frame, graph, name, identity(value))
    if final is None or _by_nested(graph, name) or not ev.reads(place):
        return loosened(value, f"`{graph.name}` may change it")
    try:
        inner = ev.notes.frames.get(place)
        if inner is None:
            holder = with_attribute(ev, bound, name, given(value))
            named = bind(ev, graph, bindings(ev, call, frame), 1, call)
            inner = ev.notes.frames[place] = Frame(graph, named, holder, function.parent, call, frame)
        if ev.touches(final, name):
            new = read(ev, final, name, inner, THE_END)
        else:
            new = _afterwards(ev, value, name, origin(final), inner, -1, THE_END)
    finally:
        ev.has_read(place)
    return new if held is True or new is value else meet(value, new, held)


def _may_write(ev: Evaluator, cls: ClassV, graph: f.Graph, name: str, depth: int = FURTHEST) -> bool:
    """Whether a method sets or changes an attribute of its object, itself or by another method that it calls."""
    key = (cls.key, graph, name)
    known = ev.notes.may_write.get(key)
    if known is None:
        ev.notes.may_write[key] = False  # a method that calls itself does nothing more
        final = graph.object_at_the_end()
        known = (final is not None and ev.touches(final, name)) or _by_nested(graph, name)
        known = known or any(
            _may_write(ev, cls, other, name, depth - 1) for other in own_methods(ev, cls, graph) if depth
        )
        # `callback.after_step(self)`
        own = graph.parameters[0].name if graph.parameters and graph.unit.owner else ""
        handed = _handed_on(ev, graph).get((f.Param, own), ())
        known = known or any(_sets_on_others(ev, call, name) for call, _ in handed)
        ev.notes.may_write[key] = known
    return known


def _sets_on_others(ev: Evaluator, call: f.Call, name: str) -> bool:
    """Whether a function that is called by a name, or by one that is worked out, may set an attribute of an object that
    it is given: some function of that name does."""
    from losslint.static.evaluation.object_effects import set_by_others

    setters = set_by_others(ev, name)
    return bool(setters) and (is_of_several(call) or call.callee_name in setters)


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


# ---------------------------------------------------------------- calls that may change an object


def calls_between(ev: Evaluator, root: f.Form, graph: f.Graph, since: int, until: int) -> Iterator[f.Call]:
    """The methods that a function calls on an object between two places."""
    found = (call for call in _called_on(ev, graph).get(_key(root), ()) if since < call.seq < until)
    for _, call in zip(range(MOST_CALLS), found, strict=False):
        yield call


def _called_on(ev: Evaluator, graph: f.Graph) -> dict[Hashable, list[f.Call]]:
    """The calls of methods in a function, by the object that they are called on."""
    known = ev.notes.called_on.get(graph)
    if known is None:
        known = ev.notes.called_on[graph] = {}
        for call in graph.calls:
            function = f.bare(call.function)
            if isinstance(function, f.Attr):
                known.setdefault(_key(origin(function.base)), []).append(call)
    return known


def _handed_on(ev: Evaluator, graph: f.Graph) -> dict[Hashable, list[tuple[f.Call, int]]]:
    """The calls of a function that are given an object, by the object."""
    known = ev.notes.handed_on.get(graph)
    if known is None:
        known = ev.notes.handed_on[graph] = {}
        for call in graph.calls:
            for position, argument in enumerate(call.arguments):
                if not argument.star and isinstance(argument.form, (f.Named, f.Param)):
                    known.setdefault(_key(origin(argument.form)), []).append((call, position))
    return known


def _key(root: f.Form) -> Hashable:
    """What tells an object from others in one function."""
    return (type(root), root.name) if isinstance(root, (f.Param, f.Global)) else root


def own_methods(ev: Evaluator, cls: ClassV, graph: f.Graph) -> Iterator[f.Graph]:
    """The methods of the same object that a method calls."""
    own = graph.parameters[0].name if graph.parameters else ""
    for call in _called_on(ev, graph).get((f.Param, own), ()):
        other = ev.classes.graph(cls, call.callee_name)
        if other is not None and other is not graph:
            yield other


def happens(ev: Evaluator, call: f.Call, frame: Frame) -> bool | Open:
    """Whether a run gets to a call, as far as it is known."""
    from losslint.static.evaluation.conditions import truth

    question: Open | None = None
    for condition, wanted in call.path:
        held = truth(ev, condition, frame)
        if isinstance(held, Open):
            question = held
        elif held is not wanted:
            return False
    return question if question is not None else True


def loosened(value: Value, reason: str) -> Value:
    """What something may be after others had it: of a list it is not known any more what is in it."""
    if isinstance(value, SeqV):
        return SeqV(value.sort, value.items, False, value.trail)
    if isinstance(value, DictV):
        return DictV({}, False, (), value.trail)
    if isinstance(value, ContainerV):
        return value.holding(value.children, False)
    return UnknownV(reason)

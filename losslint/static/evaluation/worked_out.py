"""Attributes that a constructor sets under names that it works out: `self.add_module(f"fc{i}", layer)` in a loop,
`setattr(self, head, layer)`, or `self.__dict__.update(settings)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.constructors import init_frames
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.loops import rounds_of
from losslint.static.evaluation.values import ConstV, DictV, InstanceV, Lazy, Value
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import origin
from losslint.static.lowering.attribute_changes import REGISTERING, history

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: A call that sets an attribute, the name that it works out, and what it sets it to; None in the place of the name
#: where a dict has both.
Setting = tuple[f.Call, f.Form | None, f.Form]

#: Rounds of loops inside each other that are looked at.
MOST_ROUNDS = 64


def attribute(ev: Evaluator, instance: InstanceV, name: str) -> Value | None:
    """What an attribute is that the constructors of an object set under a name that turns out to be this one."""
    place = ("worked out", instance.cls.key, name)
    if not ev.reads(place):
        return None
    try:
        for _, frame in init_frames(ev, instance):
            found = _set_in(ev, frame, name)
            if found is not None:
                return ev.value(found)
    finally:
        ev.has_read(place)
    return None


def _set_in(ev: Evaluator, frame: Frame, name: str) -> Lazy | None:
    graph = frame.graph
    settings = ev.notes.worked_out.get(graph)
    if settings is None:
        settings = ev.notes.worked_out[graph] = _settings(graph)
    if not settings:
        return None
    loops = {form.loop for form in history(graph.object_at_the_end()) if isinstance(form, (f.LoopOut, f.Carried))}
    found: Lazy | None = None
    for call, key, value in settings:
        around = [loop for loop in loops if loop.first <= call.seq < loop.last]
        for inner in _rounds(ev, sorted(around, key=lambda loop: loop.first), frame):
            known = ev.force(key if key is not None else value, inner)
            if isinstance(known, ConstV) and key is not None and known.value == name:
                found = Lazy(value, inner)  # the last one stays
            elif isinstance(known, DictV) and key is None and name in known.items:
                found = known.items[name]
    return found


def _settings(graph: f.Graph) -> list[Setting]:
    """The calls of a constructor that set attributes so."""
    if not graph.parameters:
        return []
    own = graph.parameters[0].name
    return [named for call in graph.calls if (named := _named(call, own)) is not None]


def _named(call: f.Call, own: str) -> Setting | None:
    """A call that sets an attribute of the object itself under a name that is not written there: with the name, and
    with what it is set to."""
    given = [argument.form for argument in call.arguments if not argument.keyword and not argument.star]
    function = f.bare(call.function)
    if isinstance(function, f.Global) and function.name == "setattr" and len(given) == 3:
        holder, *given = given
    elif isinstance(function, f.Attr) and function.name in REGISTERING:
        holder = function.base
    elif isinstance(function, f.Attr) and function.name == "update" and len(given) == len(call.arguments) == 1:
        of = _whose_attributes(f.bare(function.base))
        return (call, None, given[0]) if isinstance(of, f.Param) and of.name == own else None
    else:
        return None
    holder = origin(holder)
    if len(given) < 2 or not isinstance(holder, f.Param) or holder.name != own or isinstance(f.bare(given[0]), f.Const):
        return None
    return call, given[0], given[1]


def _whose_attributes(form: f.Form) -> f.Form | None:
    """The object whose attributes a form holds: of `self.__dict__` and `vars(self)`."""
    if isinstance(form, f.Attr) and form.name == "__dict__":
        return origin(form.base)
    if isinstance(form, f.Call) and f.last_name(form.function) == "vars" and len(form.arguments) == 1:
        return origin(form.arguments[0].form)
    return None


def _rounds(ev: Evaluator, loops: list[f.Loop], frame: Frame) -> list[Frame]:
    """The rounds of loops inside each other."""
    frames = [frame]
    for loop in loops:
        frames = [each for outer in frames for each in rounds_of(ev, loop, outer)][:MOST_ROUNDS]
    return frames

"""`self`: of which class the object of a method is, and which call sites can be calls on it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.results import callers_of
from losslint.static.evaluation.sites import Caller, call_sites, is_for_callers
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    FunctionV,
    InstanceV,
    ObjectV,
    Value,
)
from losslint.static.lowering import forms as f
from losslint.static.lowering.operands import computed_from

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def is_receiver(graph: f.Graph, name: str) -> bool:
    """Whether a parameter is a method's `self` (or a class method's `cls`)."""
    unit = graph.unit
    if graph.outer is not None or not unit.owner or not graph.parameters or graph.parameters[0].name != name:
        return False
    definition = unit.file.index.functions.get(unit.qualname)
    return definition is None or "staticmethod" not in definition.decorators


def receiver_class(ev: Evaluator, frame: Frame) -> ClassV | None:
    """The class of the object whose method is looked at, as far as it is known in this world."""
    graph = frame.graph
    if isinstance(frame.receiver, InstanceV):
        return frame.receiver.cls
    if graph.outer is not None or not graph.parameters or not is_receiver(graph, graph.parameters[0].name):
        return None
    cls = ClassV(graph.unit.file, graph.unit.file.index.classes[graph.unit.owner])
    ev.asked.add(("subclass", cls.key))
    if ("subclass", cls.key) not in ev.answers:
        return cls
    found = some_object(ev, cls)
    return found.cls if isinstance(found, InstanceV) else None


def fits(ev: Evaluator, caller: Caller, cls: ClassV) -> bool:
    """Whether the object at a call site can be one of this class: a sibling's call says nothing about it."""
    of = caller.of
    if of is None or of.key == cls.key:
        return True
    if ev.classes.derives(of, cls):
        return not _is_chosen(ev, cls)  # an object of a subclass is none of the class itself
    return not caller.exact and ev.classes.derives(cls, of)


def is_of_a_subclass(ev: Evaluator, caller: Caller, cls: ClassV) -> bool:
    """Whether a call is one on an object of a subclass, where it is not asked yet of which class the object is."""
    of = caller.of
    if of is None or not caller.exact or of.key == cls.key or _is_chosen(ev, cls):
        return False
    return ev.classes.derives(of, cls)


def _is_chosen(ev: Evaluator, cls: ClassV) -> bool:
    """Whether this world says of which class an object is that some class may have."""
    return ev.answer(("subclass", cls.key)) is not None


def same_object(
    ev: Evaluator, graph: f.Graph, callers: tuple[Caller, ...]
) -> tuple[tuple[Caller, ...], Hashable] | None:
    """The call sites of a method whose object was made where this world takes it to be made, and of a constructor, the
    places where the object of the call that this world looks at was made. None when the world says nothing of it. Where
    the only call that is read is one on another object, there are none left: this one is called by code that is not."""
    constructs = graph.name == "__init__"
    if constructs and len(callers) == 1:
        return None
    unit = graph.unit
    ev.asked.update(callers_of(file, owner) for file, owner in _family(ev, unit.file.name, unit.owner))
    for known, made in _made_in_this_world(ev, graph):
        answer = ev.answer(known)
        fitting = tuple(c for c in callers if (c.form if constructs else c.made) in (made, None))
        if len(fitting) < len(callers) and (fitting or len(callers) == 1):
            return fitting, (known, answer)
    return None


#: Subclasses of a class of which methods are taken to be methods of its objects: of a framework's base there are many.
MOST_RELATED = 8

#: What begins the key of a question which of several things an attribute of an object is.
_STATES = frozenset({"set outside", "constructed", "stored"})


def is_called_otherwise(ev: Evaluator, call: f.Call, graph: f.Graph, frame: Frame) -> bool:
    """Whether this world takes an attribute of a method's object for something that it is at no call of the method:
    `criterion = make(); criterion.from_scores = True; criterion(scores, target)`, in the world where it is False."""
    if not graph.parameters or not is_receiver(graph, graph.parameters[0].name):
        return False
    cls = ClassV(graph.unit.file, graph.unit.file.index.classes[graph.unit.owner])
    names = {str(key[-1]) for key in ev.answers if isinstance(key, tuple) and key[0] in _STATES and key[1] == cls.key}
    names |= _asked_on_the_way(call, graph)
    if not names:
        return False
    with ev.aside():
        return any(_is_nowhere(ev, graph, cls, frame.receiver, name) for name in sorted(names))


def _asked_on_the_way(call: f.Call, graph: f.Graph) -> set[str]:
    """The attributes of its object that a method asks for on the way to a loss, and that the loss is."""
    asked = [part for condition, _ in call.path for part in computed_from(condition)]
    return {
        part.name
        for part in (*asked, f.bare(call.function))
        if isinstance(part, f.Attr) and isinstance(part.base, f.Param) and part.base.name == graph.parameters[0].name
    }


def _is_nowhere(ev: Evaluator, graph: f.Graph, cls: ClassV, receiver: Value | None, name: str) -> bool:
    from losslint.static.evaluation.objects import instance_attribute
    from losslint.static.evaluation.parameters import sites_of_the_world

    taken = receiver if isinstance(receiver, InstanceV) else some_object(ev, cls)
    callers = sites_of_the_world(ev, graph)
    if not callers or not isinstance(taken, InstanceV):
        return False
    value = instance_attribute(ev, taken, name)
    return all(_are_apart(value, _state_at(ev, caller, name)) for caller in callers)


def _are_apart(value: Value, other: Value | None) -> bool:
    """Whether two values are known, and different: two settings, or two losses."""
    if isinstance(value, ConstV) and isinstance(other, ConstV):
        return bool(value.value != other.value)
    return isinstance(value, ObjectV) and isinstance(other, ObjectV) and value.name != other.name


def _state_at(ev: Evaluator, caller: Caller, name: str) -> Value | None:
    """An attribute of the object that a method is called on at one place; None for an object that is not known."""
    from losslint.static.evaluation.objects import instance_attribute

    held = ev.force(caller.form.function, caller.frame)
    if isinstance(held, FunctionV):
        held = held.bound if held.bound is not None else held
    if not isinstance(held, InstanceV) or held.origin is None:
        return None
    return instance_attribute(ev, held, name)


def made_at(ev: Evaluator, graph: f.Graph) -> f.Form | None:
    """The call that this world takes the object of a method to be made by, if it says anything of it."""
    return next((made for _, made in _made_in_this_world(ev, graph)), None)


def _made_in_this_world(ev: Evaluator, graph: f.Graph) -> Iterator[tuple[Hashable, f.Form]]:
    """The calls that the object of a method is made by in this world, with the question that says so: which call of the
    constructor is looked at, or which of another method, on an object of which it is known where it was made. The
    constructor may be that of a base, and the method one that a subclass adds."""
    unit = graph.unit
    family = _family(ev, unit.file.name, unit.owner)
    for known in [key for key in ev.answers if is_for_callers(key) and key[1] is not graph]:  # type: ignore[index]
        other: f.Graph = known[1]  # type: ignore[index]
        place = (other.unit.file.name, other.unit.owner)
        if other.outer is not None or place not in family:
            continue
        sites = call_sites(ev, other)
        answer = ev.answers[known]
        if answer < len(sites):
            site = sites[answer]
            if place != (unit.file.name, unit.owner) and (site.of is None or not _is_one_of(ev, site.of, graph)):
                continue
            made = site.form if other.name == "__init__" else site.made
            if made is not None:
                yield known, made


def _is_one_of(ev: Evaluator, cls: ClassV, graph: f.Graph) -> bool:
    """Whether an object of a class has a method, as it is written or under one of its own."""
    own = ClassV(graph.unit.file, graph.unit.file.index.classes[graph.unit.owner])
    return cls.key == own.key or ev.classes.derives(cls, own)


def _family(ev: Evaluator, file: str, owner: str) -> frozenset[tuple[str, str]]:
    """The classes of which an object may be that has the methods of a class: it, its bases, and what derives from it,
    as long as that are few."""
    known = ev.notes.families.get((file, owner))
    if known is None:
        found = {(file, owner)}
        read = ev.project.file(file)
        definition = read.index.classes.get(owner) if read is not None else None
        if read is not None and definition is not None:
            cls = ClassV(read, definition)
            subclasses = ev.classes.subclasses(cls)
            near = [each for each in ev.classes.order(cls) if not isinstance(each, str)]
            near += subclasses if len(subclasses) <= MOST_RELATED else ()
            found |= {(each.file.name, each.definition.qualname) for each in near}
        known = ev.notes.families[file, owner] = frozenset(found)
    return known


def some_object(ev: Evaluator, cls: ClassV) -> Value:
    """The `self` of a method that is looked at by itself."""
    subclasses = ev.classes.subclasses(cls)
    if not subclasses:
        return InstanceV(cls)
    answer = ev.answer(("subclass", cls.key))
    return InstanceV((cls, *subclasses)[answer] if answer is not None else cls)

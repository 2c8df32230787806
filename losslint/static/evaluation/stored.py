"""What an attribute of an object is set to, by its own methods and by whoever has the object."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from losslint.static.evaluation import outsiders
from losslint.static.evaluation.arguments import bindings
from losslint.static.evaluation.constructors import called_by_init, init_frames, receiver_frame
from losslint.static.evaluation.counters import counts
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import instance_key
from losslint.static.evaluation.meeting import merged, or_none
from losslint.static.evaluation.sites import call_sites
from losslint.static.evaluation.values import (
    MODULES,
    ClassV,
    ConstV,
    DictV,
    InstanceV,
    ObjectV,
    Open,
    TensorV,
    UnknownV,
    Value,
)
from losslint.static.evaluation.wrapped import only_changes, only_wraps, works_on
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import origin
from losslint.static.lowering.attribute_changes import history, root
from losslint.static.lowering.operands import computed_from
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: States of one object in each of which the same attribute is asked for, to work it out in the one before.
MOST_STATES = 2


def stored(ev: Evaluator, instance: InstanceV, name: str) -> Value | None:
    """What an attribute is set to: by the object's own methods, and for some object of a class by whoever has one."""
    place = (instance_key(instance), name)
    if not ev.reads(place):
        return ev.found_so_far.get(place)  # `self.x.y = z` reads `self.x` to say what it became
    level = _level(ev, instance, name)
    try:
        if level is None:
            return None
        value = _set_by_methods(ev, instance, name)
        return outsiders.joined(ev, instance, name, value) if instance.origin is None else value
    finally:
        ev.has_read(place)
        if level is not None:
            ev.has_read(level)


def _level(ev: Evaluator, instance: InstanceV, name: str) -> Hashable:
    """Note that an attribute is worked out for one state of an object; None where this is on the way to the same
    attribute in several other states already. A constructor that branches on what it may have set itself would lead
    from each state to the next, without end."""
    made = (instance.cls.key, id(instance.origin), id(instance.frame), name)
    for number in range(MOST_STATES):
        level = ("state", *made, number)
        if ev.reads(level):
            return level
    return None


def class_variable(ev: Evaluator, cls: ClassV, name: str) -> Value | None:
    """What the body of one class binds a name to."""
    if name not in cls.definition.names:
        return None
    nested = cls.file.index.classes.get(f"{cls.definition.qualname}.{name}")
    if nested is not None:
        return ClassV(cls.file, nested)
    graph = cls.file.class_body(cls.definition.qualname).graph()
    form = graph.bindings.get(name)
    return ev.force(form, ev.generic(graph)) if form is not None else None


def field_of(ev: Evaluator, instance: InstanceV, base: ClassV, name: str) -> Value | None:
    """A field of a dataclass or NamedTuple, from the call that made the object."""
    if name not in base.definition.fields:
        return None
    decorators = " ".join(base.definition.decorators)
    outside = ev.classes.outside_bases(instance.cls)
    if not any(word in decorators for word in ("dataclass", "attr", "define", "frozen")) and not any(
        outer.endswith(("NamedTuple", "BaseModel", "ModelOutput", "TypedDict")) for outer in outside
    ):
        return None
    if instance.origin is None or instance.frame is None:
        return None
    arguments = instance.arguments or bindings(ev, instance.origin, instance.frame)
    names: list[str] = []
    for cls in reversed(ev.classes.order(instance.cls)):
        if not isinstance(cls, str):
            names += [each for each in cls.definition.fields if each not in names]
    lazy = arguments.get(names.index(name), name)
    return ev.value(lazy) if lazy is not None else None


def _set_by_methods(ev: Evaluator, instance: InstanceV, name: str, after: ClassV | None = None) -> Value | None:
    """What the methods of an object's classes set an attribute to; `after` is a class of which only the bases count."""
    none: Value | None = None
    for base in ev.classes.order(instance.cls) if after is None else _bases_of(ev, instance, after):
        if isinstance(base, str):
            continue
        methods = base.definition.stores.get(name) or (["__init__"] if _adds_to(ev, base, name) else [])
        if not methods:
            continue
        if "__init__" in methods:
            value = _from_constructor(ev, instance, base, name)
            if value is not None and not (isinstance(value, ConstV) and value.value is None):
                return _unless_set_later(ev, instance, base, name, methods, value)
            none = value if value is not None else none
        others = [each for each in methods if each != "__init__"]
        if others:
            first = _of_class(ev, instance, name)
            if first is not None and not (isinstance(first, ConstV) and first.value is None):
                return _unless_set_later(ev, instance, base, name, methods, first)
            held = _held_before(ev, instance, base, name, others) or _made_by_a_base(ev, instance, base, name, others)
            if held is not None and not (isinstance(held, ConstV) and held.value is None):
                return _unless_set_later(ev, instance, base, name, methods, held)
            value = _from_methods(ev, instance, base, name, others)
            if value is not None and not (isinstance(value, ConstV) and value.value is None):
                is_open = (none or first) is not None and not _are_called_by_init(ev, instance, base, others)
                return or_none(value) if is_open else value
            none = value if value is not None else none
    return none


def _held_before(ev: Evaluator, instance: InstanceV, base: ClassV, name: str, methods: list[str]) -> Value | None:
    """What the bases of a class have put into an attribute, in which its own methods only change something:
    `self.net = copy.deepcopy(self.net)`, `self.net.task = 3`. None where one of them sets it anew."""
    units = (base.file.function(f"{base.definition.qualname}.{each}") for each in methods)
    for graph in (unit.graph() if unit is not None else None for unit in units):
        final = graph.object_at_the_end() if graph is not None else None
        if graph is None or final is None or not only_changes(ev, final, name, receiver_frame(ev, graph, instance)):
            return None
    return _set_by_methods(ev, instance, name, after=base)


def _made_by_a_base(ev: Evaluator, instance: InstanceV, base: ClassV, name: str, methods: list[str]) -> Value | None:
    """The setting that the constructors of the bases of a class put into an attribute, before its own methods set it
    anew. None where no constructor of theirs does, where one calls such a method, and of anything but a constant: the
    network that a subclass sets takes the place of its base's."""
    bases = (each for each in _bases_of(ev, instance, base) if not isinstance(each, str))
    made = any("__init__" in each.definition.stores.get(name, ()) for each in bases)
    if not made or _are_called_by_init(ev, instance, base, methods):
        return None
    value = _set_by_methods(ev, instance, name, after=base)
    return value if isinstance(value, (ConstV, UnknownV)) else None


def _bases_of(ev: Evaluator, instance: InstanceV, cls: ClassV) -> tuple[ClassV | str, ...]:
    """The classes that come after one in the order in which the classes of an object are asked."""
    order = ev.classes.order(instance.cls)
    return order[1 + next((at for at, each in enumerate(order) if _is(each, cls)), len(order)) :]


def _is(base: ClassV | str, cls: ClassV) -> bool:
    return not isinstance(base, str) and base.key == cls.key


def _from_constructor(ev: Evaluator, instance: InstanceV, base: ClassV, name: str) -> Value | None:
    """What the constructor of a class leaves in an attribute, also where it goes on with what another method that it
    calls, or a base, has put there."""
    before = before_constructor(ev, instance, base, name)
    if before is None:
        return from_init(ev, instance, base, name)
    with _being(ev, (instance_key(instance), name), before):
        return from_init(ev, instance, base, name)


def before_constructor(ev: Evaluator, instance: InstanceV, base: ClassV, name: str) -> Value | None:
    """What an attribute is where the constructor of a class goes on with it; None where it does not."""
    final = _object_at_the_end(base)
    if final is None or not _goes_on(ev, final, name):
        return None
    methods = [each for each in base.definition.stores.get(name, ()) if each != "__init__"]
    if methods and works_on(ev, final, name):
        # `self.build()`, and then `self.net = nn.DataParallel(self.net)`
        built = _from_methods(ev, instance, base, name, methods)
        if built is not None:
            return built
    # `super().__init__()`, and then `self.net.append(nn.Linear(64, 10))`
    return _set_by_methods(ev, instance, name, after=base)


def _object_at_the_end(base: ClassV) -> f.Form | None:
    """The object at the end of the constructor that a class defines."""
    definition = base.definition.methods.get("__init__")
    unit = base.file.function(definition.qualname) if definition is not None else None
    graph = unit.graph() if unit is not None else None
    return graph.object_at_the_end() if graph is not None else None


def _goes_on(ev: Evaluator, final: f.Form, name: str) -> bool:
    """Whether a constructor makes an attribute of what it was before."""
    known = ev.notes.goes_on.get((final, name))
    if known is None:
        owner = root(final)
        known = ev.notes.goes_on[final, name] = works_on(ev, final, name) or any(
            isinstance(begun := origin(here.value), f.Attr) and begun.name == name and root(begun.base) is owner
            for here in history(final)
            if isinstance(here, f.SetAttr) and here.name == name
        )
    return known


def _adds_to(ev: Evaluator, base: ClassV, name: str) -> bool:
    """Whether the constructor of a class puts something into an attribute that a base has made."""
    known = ev.notes.adds_to.get((base.key, name))
    if known is None:
        known = ev.notes.adds_to[base.key, name] = _is_added_to(ev, base, name)
    return known


def _is_added_to(ev: Evaluator, base: ClassV, name: str) -> bool:
    definition = base.definition.methods.get("__init__")
    if definition is None:
        return False
    rows = base.file.lines[definition.first - 1 : definition.last]
    if not any(f".{name}." in row or f".{name}[" in row for row in rows):
        return False
    final = _object_at_the_end(base)
    return final is not None and ev.touches(final, name) and _goes_on(ev, final, name)


def is_set_later(ev: Evaluator, instance: InstanceV, name: str) -> bool:
    """Whether an attribute is not there when an object is made: none of its constructors sets it, nor does the body of
    a class, but other methods do, which no constructor calls."""
    setters = [
        (base, methods)
        for base in ev.classes.order(instance.cls)
        if not isinstance(base, str) and (methods := base.definition.stores.get(name))
    ]
    if not setters or name in instance.attributes or _of_class(ev, instance, name) is not None:
        return False
    return not any(
        "__init__" in methods or _are_called_by_init(ev, instance, base, methods) for base, methods in setters
    )


def _of_class(ev: Evaluator, instance: InstanceV, name: str) -> Value | None:
    """What an attribute is before any method sets it: what the body of the class binds it to, or the field that the
    object was made with."""
    for base in ev.classes.order(instance.cls):
        if not isinstance(base, str):
            found = field_of(ev, instance, base, name) or class_variable(ev, base, name)
            if found is not None:
                return found
    return None


def _are_called_by_init(ev: Evaluator, instance: InstanceV, base: ClassV, methods: list[str]) -> bool:
    """Whether the constructor itself calls one of some methods."""
    for each in methods:
        unit = base.file.function(f"{base.definition.qualname}.{each}")
        if unit is not None and called_by_init(ev, instance, unit.graph(), each).caller is not None:
            return True
    return False


def from_init(ev: Evaluator, instance: InstanceV, base: ClassV, name: str) -> Value | None:
    """What the constructor of one of an object's classes leaves in an attribute."""
    for owner, frame in init_frames(ev, instance):
        if owner.key == base.key:
            return stored_by(ev, frame, name)
    # A base's constructor that is reached in a way that is not followed: by itself, then.
    definition = base.definition.methods.get("__init__")
    unit = base.file.function(definition.qualname) if definition is not None else None
    if unit is None:
        return None
    return stored_by(ev, receiver_frame(ev, unit.graph(), instance), name)


def stored_by(ev: Evaluator, frame: Frame, name: str) -> Value | None:
    """What a method leaves in an attribute of its object, None when it does not set it."""
    from losslint.static.evaluation import effects
    from losslint.static.lowering.units import THE_END

    final = frame.graph.object_at_the_end()
    if final is None or not ev.touches(final, name):
        return None
    return effects.read(ev, final, name, frame, THE_END)


def _unless_set_later(
    ev: Evaluator, instance: InstanceV, base: ClassV, name: str, methods: list[str], value: Value
) -> Value:
    """What the constructor sets, if no other method is known to set something else."""
    others = [each for each in methods if each != "__init__" and ev.classes.may_be_called(base, each)]
    inside, others = _inside(base, name, others)
    if inside:
        from losslint.static.evaluation.handing import with_unknown

        value = with_unknown(ev, value, inside, f"a method of `{base.definition.name}`")
    later = _from_methods(ev, instance, base, name, others) if others else None
    if later is None or merged(value, later) is not None:
        return value
    if isinstance(later, UnknownV) and later.reason.endswith("for a while"):
        return later
    of_several = isinstance(later, UnknownV) and later.open is not None and later.open.key == ("stored", base.key, name)
    is_switch = isinstance(value, ConstV) and isinstance(value.value, (bool, str))
    is_switch = is_switch or (isinstance(value, ConstV) and any(counts(base, each, name) for each in others))
    if isinstance(later, UnknownV) and not of_several and not is_switch and not _is_loss(ev, value):
        if isinstance(value, ConstV) and type(value.value) is int:
            # A count that begins, or a place for it: how many there are, the other method knows.
            number = Meaning(shape=Shape(()), reason=later.reason)
            return UnknownV(later.reason, symbol=("attr", instance_key(instance), name), tensor=number)
        if isinstance(value, DictV) and any(_adds_entries(base, each, name) for each in others):
            return DictV(value.items, False, value.rest, value.trail)
        return later if _is_empty(value) else value
    key = ("constructed", base.key, name)
    answer = ev.answer(key)
    if answer is not None:
        return value if answer == 0 else later
    return UnknownV(
        f"`self.{name}` is set anew by another method", Open(key, 2, may=False), ("attr", instance_key(instance), name)
    )


def _is_loss(ev: Evaluator, value: Value) -> bool:
    """Whether an attribute holds a loss: which one is given to `set_criterion`, `compile` or `setup` is another's
    choice, and takes the place of the constructor's."""
    from losslint.static.behaviour.modules import loss_of

    return isinstance(value, ObjectV) and loss_of(ev, value) is not None


def _adds_entries(base: ClassV, method: str, name: str) -> bool:
    """Whether a method puts something into a dict of its object under a key that is worked out: `self.index[word] = n`
    of a vocabulary."""
    unit = base.file.function(f"{base.definition.qualname}.{method}")
    graph = unit.graph() if unit is not None else None
    final = graph.object_at_the_end() if graph is not None else None
    return any(
        isinstance(here, f.SetItem) and not isinstance(f.bare(here.key), f.Const) for here in history(final, into=name)
    )


def _is_empty(value: Value) -> bool:
    """Whether a tensor has no elements: a place for what another method sets, as None is."""
    shape = value.meaning.shape if isinstance(value, TensorV) else None
    return shape is not None and 0 in shape.sizes


def _inside(base: ClassV, name: str, methods: list[str]) -> tuple[set[tuple[str, ...]], list[str]]:
    """What methods set within an attribute (`self.model.head = …`), and the methods that set the attribute itself."""
    paths: set[tuple[str, ...]] = set()
    others: list[str] = []
    for each in methods:
        unit = base.file.function(f"{base.definition.qualname}.{each}")
        graph = unit.graph() if unit is not None else None
        own = graph.parameters[0].name if graph is not None and graph.parameters else ""
        found = {
            path
            for root, path in (graph.changes if graph is not None else ())
            if isinstance(root, f.Param) and root.name == own and path[:1] == (name,)
        }
        paths |= {path[1:] for path in found if len(path) > 1}
        if not found or (name,) in found:
            others.append(each)
    return paths, others


def _from_methods(ev: Evaluator, instance: InstanceV, base: ClassV, name: str, methods: list[str]) -> Value | None:
    """What the methods of a class set an attribute to."""
    found: list[Value] = []
    working: list[f.Graph] = []
    for each in methods:
        for qualname in (f"{base.definition.qualname}.{each}", f"{base.definition.qualname}.{each}:setter"):
            unit = base.file.function(qualname)
            if unit is None:
                continue
            graph = unit.graph()
            if isinstance(graph.result, f.Yielded):
                # What it sets for the time of a `with` block is another thing than what it leaves.
                final = graph.object_at_the_end()
                if final is not None and ev.touches(final, name):
                    found.append(UnknownV(f"`{each}` sets `self.{name}` for a while"))
                continue
            frame = called_by_init(ev, instance, graph, each)
            if frame.caller is not None and _is_called_with_others(ev, graph, name):
                found.append(UnknownV(f"`{each}` is called with other arguments too", symbol=("again", graph, name)))
                continue
            own = graph.object_at_the_end()
            if len(methods) > 1 and own is not None:
                if only_wraps(ev, own, name, frame):
                    continue
                # What a dataclass puts right behind its constructor is a setting as a rule.
                is_later = each != "__post_init__" and frame is receiver_frame(ev, graph, instance)
                if is_later and works_on(ev, own, name):
                    working.append(graph)
                    continue
            _add(found, stored_by(ev, frame, name))
    if working:
        _work_on(ev, instance, name, found, working)
    if not found:
        return None
    if len(found) == 1:
        return found[0]
    key = ("stored", base.key, name)
    answer = ev.answer(key)
    if answer is not None and answer < len(found):
        return found[answer]
    return UnknownV(
        f"`self.{name}` is set in several places",
        Open(key, len(found), may=False),
        ("attr", instance_key(instance), name),
    )


def _is_called_with_others(ev: Evaluator, graph: f.Graph, name: str) -> bool:
    """Whether a method that the constructor calls sets an attribute by its arguments, and is called with others later:
    `self.build(1)` in the constructor, and `net.build(3)`."""
    final = graph.object_at_the_end() if len(graph.parameters) > 1 else None
    depends = any(
        isinstance(part, f.Param) and part.name != graph.parameters[0].name
        for here in history(final)
        if isinstance(here, f.SetAttr) and here.name == name
        for part in _all_of(here.value)
    )
    return depends and len(call_sites(ev, graph)) > 1


def _all_of(value: f.Form) -> Iterator[f.Form]:
    """What a value is computed from, the conditions that pick one of two values among it."""
    for part in computed_from(value):
        yield part
        if isinstance(part, f.Choice):
            yield from computed_from(part.condition)


def _add(found: list[Value], value: Value | None) -> None:
    if value is None or (isinstance(value, ConstV) and value.value is None):
        return
    if not any(merged(value, other) is not None for other in found):
        found.append(value)


def _work_on(ev: Evaluator, instance: InstanceV, name: str, found: list[Value], working: list[f.Graph]) -> None:
    """Add what methods make of an attribute that others set. Of settings, which a configuration puts right in a dozen
    places, only what they are at first is looked at."""
    place = (instance_key(instance), name)
    if not found and _of_class(ev, instance, name) is None:
        for graph in working:
            _add(found, stored_by(ev, receiver_frame(ev, graph, instance), name))
        return
    for number, value in enumerate(list(found)):
        for graph in working if isinstance(value, (TensorV, *MODULES)) else ():
            key = ("working on", graph, instance_key(instance), number)
            frame = ev.notes.frames.get(key)
            if frame is None:
                frame = ev.notes.frames[key] = Frame(graph, None, instance)
            with _being(ev, place, value):
                _add(found, stored_by(ev, frame, name))


@contextmanager
def _being(ev: Evaluator, place: Hashable, value: Value) -> Iterator[None]:
    """Have an attribute be something for whoever asks for it while it is being worked out."""
    before = ev.found_so_far.get(place)
    ev.found_so_far[place] = value
    try:
        yield
    finally:
        if before is None:
            del ev.found_so_far[place]
        else:
            ev.found_so_far[place] = before

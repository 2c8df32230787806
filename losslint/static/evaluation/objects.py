"""Classes of the project and their objects: what `self.x` is, and who set it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from losslint.static.behaviour import environments, loss_settings
from losslint.static.evaluation import appended, enumerations, factories, outsiders, patches, registries, worked_out
from losslint.static.evaluation.classes import BARE, OF_FRAMEWORKS
from losslint.static.evaluation.counters import counts
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.meeting import merged
from losslint.static.evaluation.parameters import bind, bindings
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    ConstV,
    DictV,
    ExternalV,
    FunctionV,
    InstanceV,
    Lazy,
    Open,
    SuperV,
    TensorV,
    UnknownV,
    Value,
    identity,
    interned,
    passed_on,
)
from losslint.static.evaluation.wrapped import only_wraps, works_on
from losslint.static.files.index import SOME_NAME
from losslint.static.lowering import forms as f
from losslint.static.lowering.attribute_changes import history, root
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def by_name(value: Value, name: str) -> Value:
    """A constant that may be another one by now: attributes are set by names that are worked out."""
    if isinstance(value, ConstV):
        return UnknownV(f"`{name}` may be set by its name", symbol=("by name", name))
    return value


def class_of(value: Value) -> ClassV | None:
    if isinstance(value, InstanceV):
        return value.cls
    return value if isinstance(value, ClassV) else None


def method(ev: Evaluator, owner: ClassV, qualname: str, instance: Value) -> Value:
    """A method as it is read from an object: bound, called if it is a property."""
    unit = owner.file.function(qualname)
    if unit is None:
        return UnknownV(f"`{qualname}` is not found")
    definition = owner.file.index.functions[qualname]
    decorators = {decorator.rpartition(".")[2] for decorator in definition.decorators}
    graph = unit.graph()
    if decorators & {"property", "cached_property", "lazy_property"}:
        from losslint.static.evaluation.calls import run

        frame = receiver_frame(ev, graph, instance)
        return run(ev, graph, frame)
    if "staticmethod" in decorators:
        return FunctionV(graph)
    if "classmethod" in decorators:
        cls = class_of(instance)
        return FunctionV(graph, None, cls if cls is not None else owner)
    return FunctionV(graph, None, instance, instance.trail if isinstance(instance, InstanceV) else None)


def class_attribute(ev: Evaluator, cls: ClassV, name: str) -> Value:
    """`Class.name`"""
    if name == "__name__":
        return ConstV(cls.definition.name)
    for base in ev.classes.order(cls):
        if isinstance(base, str):
            continue
        patched = patches.of_class(ev, base, name)
        if patched is not None:
            return patched
        definition = base.definition.methods.get(name)
        if definition is not None:
            found = method(ev, base, definition.qualname, cls)
            # Read from the class a method is a plain function.
            if isinstance(found, FunctionV) and found.bound is cls and "classmethod" not in definition.decorators:
                return FunctionV(found.graph)
            return found
        value = class_variable(ev, base, name)
        if value is not None:
            return enumerations.member(ev, base, name, value) or patches.by_name(ev, base, name, value)
    return UnknownV(f"`{cls.definition.name}.{name}` is not found", symbol=("class", cls.key, name))


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


def instance_key(instance: Value | None) -> Hashable:
    """Equal for two values only when they are the same object, in whichever world they were evaluated."""
    if isinstance(instance, InstanceV):
        changed = tuple((name, lazy_key(lazy)) for name, lazy in instance.attributes.items())
        return interned(
            (instance.cls.key, id(instance.origin), id(instance.frame), bindings_key(instance.arguments), changed)
        )
    if isinstance(instance, ClassV):
        return ("class", instance.key)
    if isinstance(instance, UnknownV) and instance.symbol is not None:
        return ("unknown", instance.symbol)
    return ("value", identity(instance)) if instance is not None else None


def lazy_key(lazy: Lazy) -> Hashable:
    """What tells one lazy value from another."""
    if lazy.form is not None:
        return (id(lazy.form), id(lazy.frame))
    value = lazy.value
    if isinstance(value, ConstV):
        return ("constant", type(value.value), repr(value.value))
    return instance_key(value)


def bindings_key(arguments: Bindings | None) -> Hashable:
    """What tells the arguments of one call from those of another."""
    if arguments is None:
        return None
    return (
        tuple(map(lazy_key, arguments.positional)),
        tuple((name, lazy_key(lazy)) for name, lazy in arguments.keywords.items()),
    )


def receiver_frame(ev: Evaluator, graph: f.Graph, instance: Value) -> Frame:
    """A method of one object, in a call that is not known."""
    key = ("receiver", graph, instance_key(instance))
    frame = ev.frames.get(key)
    if frame is None:
        frame = ev.frames[key] = Frame(graph, None, instance)
    return frame


def init_frames(ev: Evaluator, instance: InstanceV) -> list[tuple[ClassV, Frame]]:
    """The constructors that run when an object is made, the object's own first."""
    key = ("inits", instance_key(instance))
    known = ev.inits.get(key)
    if known is not None:
        return known
    frames: list[tuple[ClassV, Frame]] = []
    ev.inits[key] = frames
    found = ev.classes.method(instance.cls, "__init__")
    if found is None:
        return frames
    owner, definition = found
    unit = owner.file.function(definition.qualname)
    if unit is None:
        return frames
    graph = unit.graph()
    if instance.origin is None or instance.frame is None:
        frame = receiver_frame(ev, graph, instance)
    else:
        arguments = instance.arguments or bindings(ev, instance.origin, instance.frame)
        named = bind(ev, graph, arguments, 1, instance.origin)
        frame = Frame(graph, named, instance, None, instance.origin, instance.frame)
    frames.append((owner, frame))
    for _ in range(8):
        following = _super_init(ev, frame, instance)
        if following is None or any(following[1].graph is other.graph for _, other in frames):
            break
        frames.append(following)
        frame = following[1]
    return frames


def super_arguments(ev: Evaluator, frame: Frame) -> tuple[f.Call, Value] | None:
    """The call of a base's constructor inside a constructor: the call, and `super()` or the base."""
    for call in frame.graph.calls:
        function = call.function
        if isinstance(function, f.Attr) and function.name == "__init__":
            base = ev.force(function.base, frame)
            if isinstance(base, (SuperV, ClassV, ExternalV)):
                return call, base
    return None


def _super_init(ev: Evaluator, frame: Frame, instance: InstanceV) -> tuple[ClassV, Frame] | None:
    called = super_arguments(ev, frame)
    if called is None:
        return None
    call, base = called
    arguments = bindings(ev, call, frame)
    skips = 1
    if isinstance(base, SuperV):
        found = ev.classes.method(instance.cls, "__init__", after=base.cls)
    elif isinstance(base, ClassV):
        found = ev.classes.method(base, "__init__")
        arguments = Bindings(arguments.positional[1:], arguments.keywords, arguments.complete)
    else:
        return None
    if found is None:
        return None
    owner, definition = found
    unit = owner.file.function(definition.qualname)
    if unit is None:
        return None
    graph = unit.graph()
    return owner, Frame(graph, bind(ev, graph, arguments, skips, call), instance, None, call, frame)


def instance_attribute(ev: Evaluator, instance: InstanceV, name: str) -> Value:
    """`object.name`"""
    lazy = instance.attributes.get(name)
    if lazy is not None:
        order = list(instance.attributes)
        behind = SOME_NAME in instance.attributes and order.index(SOME_NAME) > order.index(name)
        return by_name(ev.value(lazy), name) if behind else ev.value(lazy)
    if SOME_NAME in instance.attributes:
        as_made = {other: each for other, each in instance.attributes.items() if other != SOME_NAME}
        plain = InstanceV(instance.cls, instance.origin, instance.frame, as_made, instance.trail, instance.arguments)
        return by_name(instance_attribute(ev, plain, name), name)
    if instance.origin is None and ev.classes.overridden(instance.cls, name):
        # Nobody makes an object of the class itself: what it has of that name is not what is used.
        return UnknownV(
            f"`{name}` is given by the subclasses of `{instance.cls.definition.name}`",
            Open(("subclass", instance.cls.key), 1 + len(ev.classes.subclasses(instance.cls)), may=True),
            ("attr", instance_key(instance), name),
        )
    if instance.origin is None and factories.overrides(ev, instance.cls, name):
        return UnknownV(
            f"`{name}` is given by a class that a function derives from `{instance.cls.definition.name}`",
            symbol=("attr", instance_key(instance), name),
        )
    if name == "__class__":
        return instance.cls
    value = _stored(ev, instance, name)
    if value is not None:
        value = appended.filled(ev, instance, name, registries.filled(ev, instance, name, value))
        return passed_on(value, instance) if instance.origin is not None else value
    for base in ev.classes.order(instance.cls):
        if isinstance(base, str):
            continue
        patched = patches.of_class(ev, base, name)
        if patched is not None:
            return patched
        definition = base.definition.methods.get(name)
        if definition is not None:
            return method(ev, base, definition.qualname, instance)
        value = class_variable(ev, base, name)
        if value is not None:
            value = patches.by_name(ev, base, name, value)
            if SOME_NAME in instance.cls.definition.stores:
                value = by_name(value, name)
        if value is not None and not (isinstance(value, ConstV) and name in base.definition.fields):
            return value
        field = _field(ev, instance, base, name)
        if field is not None:
            return field
        if value is not None and instance.origin is not None:
            return value
    if name == "training":
        return ConstV(True)
    named = worked_out.attribute(ev, instance, name)
    if named is not None:
        return named
    outside = ev.classes.outside_bases(instance.cls)
    step = environments.inherited(outside, name)
    if step is not None:
        return step
    setting = loss_settings.inherited(ev, instance, outside, name)
    if setting is not None:
        return setting
    if name == "module":
        return instance
    if instance.origin is None:
        options = ev.classes.subclasses(instance.cls)
        if options:
            return UnknownV(
                f"`{name}` is given by the subclasses of `{instance.cls.definition.name}`",
                Open(("subclass", instance.cls.key), 1 + len(options), may=True),
                ("attr", instance_key(instance), name),
            )
    return UnknownV(
        f"`{instance.cls.definition.name}.{name}` is not set in code that is read",
        symbol=("attr", instance_key(instance), name),
        unset=BARE.issuperset(outside) and not instance.attributes,
        missing=OF_FRAMEWORKS.issuperset(outside) and not instance.attributes,
    )


def _stored(ev: Evaluator, instance: InstanceV, name: str) -> Value | None:
    """What an attribute is set to: by the object's own methods, and for some object of a class by whoever has one."""
    place = (instance_key(instance), name)
    if not ev.reads(place):
        return ev.found_so_far.get(place)  # `self.x.y = z` reads `self.x` to say what it became
    try:
        value = _set_by_methods(ev, instance, name)
        return outsiders.joined(ev, instance, name, value) if instance.origin is None else value
    finally:
        ev.has_read(place)


def _set_by_methods(ev: Evaluator, instance: InstanceV, name: str) -> Value | None:
    none: Value | None = None
    for base in ev.classes.order(instance.cls):
        if isinstance(base, str):
            continue
        methods = base.definition.stores.get(name)
        if not methods:
            continue
        if "__init__" in methods:
            value = _built_and_wrapped(ev, instance, base, name, methods) or from_init(ev, instance, base, name)
            if value is not None and not (isinstance(value, ConstV) and value.value is None):
                return _unless_set_later(ev, instance, base, name, methods, value)
            none = value if value is not None else none
        others = [each for each in methods if each != "__init__"]
        if others:
            value = _from_methods(ev, instance, base, name, others)
            if value is not None and not (isinstance(value, ConstV) and value.value is None):
                return value
            none = value if value is not None else none
    return none


def _built_and_wrapped(ev: Evaluator, instance: InstanceV, base: ClassV, name: str, methods: list[str]) -> Value | None:
    """What a constructor makes of an attribute that a method sets which it calls: `self.build()`, and then
    `self.net = nn.DataParallel(self.net)`."""
    definition = base.definition.methods.get("__init__")
    unit = base.file.function(definition.qualname) if definition is not None and len(methods) > 1 else None
    graph = unit.graph() if unit is not None else None
    final = graph.bindings.get(graph.parameters[0].name) if graph is not None and graph.parameters else None
    if final is None or not works_on(final, name):
        return None
    built = _from_methods(ev, instance, base, name, [each for each in methods if each != "__init__"])
    if built is None:
        return None
    with _being(ev, (instance_key(instance), name), built):
        return from_init(ev, instance, base, name)


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
    from losslint.static.evaluation.reading import read_attribute

    parameters = frame.graph.parameters
    if not parameters:
        return None
    final = frame.graph.bindings.get(parameters[0].name)
    if final is None or not ev.touches(final, name):
        return None
    return read_attribute(ev, final, name, frame)


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
    if isinstance(later, UnknownV) and not of_several and not is_switch:
        if isinstance(value, ConstV) and value.value in (0, 1):
            # A count that begins: how many there are, the other method knows.
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


def _adds_entries(base: ClassV, method: str, name: str) -> bool:
    """Whether a method puts something into a dict of its object under a key that is worked out: `self.index[word] = n`
    of a vocabulary."""
    unit = base.file.function(f"{base.definition.qualname}.{method}")
    graph = unit.graph() if unit is not None else None
    final = graph.bindings.get(graph.parameters[0].name) if graph is not None and graph.parameters else None
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
                final = graph.bindings.get(graph.parameters[0].name) if graph.parameters else None
                if final is not None and ev.touches(final, name):
                    found.append(UnknownV(f"`{each}` sets `self.{name}` for a while"))
                continue
            frame = _called_frame(ev, instance, graph, each)
            own = graph.bindings.get(graph.parameters[0].name) if graph.parameters else None
            if len(methods) > 1 and own is not None:
                if only_wraps(ev, own, name, frame):
                    continue
                if works_on(own, name) and frame is receiver_frame(ev, graph, instance):
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


def _add(found: list[Value], value: Value | None) -> None:
    if value is None or (isinstance(value, ConstV) and value.value is None):
        return
    if not any(merged(value, other) is not None for other in found):
        found.append(value)


def _work_on(ev: Evaluator, instance: InstanceV, name: str, found: list[Value], working: list[f.Graph]) -> None:
    """Add what methods make of an attribute that others set."""
    place = (instance_key(instance), name)
    if not found:
        for graph in working:
            _add(found, stored_by(ev, receiver_frame(ev, graph, instance), name))
        return
    for number, value in enumerate(list(found)):
        for graph in working:
            key = ("working on", graph, instance_key(instance), number)
            frame = ev.frames.get(key)
            if frame is None:
                frame = ev.frames[key] = Frame(graph, None, instance)
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


def _called_frame(ev: Evaluator, instance: InstanceV, graph: f.Graph, name: str) -> Frame:
    """A method that the constructor itself calls is read in that call."""
    for _, frame in init_frames(ev, instance):
        for call in frame.graph.calls:
            function = call.function
            if isinstance(function, f.Attr) and function.name == name and isinstance(root(function.base), f.Param):
                self_form = root(function.base)
                own = frame.graph.parameters[0].name if frame.graph.parameters else ""
                if isinstance(self_form, f.Param) and self_form.name == own:
                    key = ("from init", call, frame, graph)
                    known = ev.frames.get(key)
                    if known is None:
                        named = bind(ev, graph, bindings(ev, call, frame), 1, None)
                        known = ev.frames[key] = Frame(graph, named, instance, None, call, frame)
                    return known
    return receiver_frame(ev, graph, instance)


def _field(ev: Evaluator, instance: InstanceV, base: ClassV, name: str) -> Value | None:
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

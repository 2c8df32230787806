"""Modules: containers, objects of the project's classes, layers and losses, and what calling them gives."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from losslint.contracts import lookup, wrappers
from losslint.contracts.schema import LossContract
from losslint.static.behaviour.loss_settings import LEGACY
from losslint.static.evaluation import enumerations, objects, patches
from losslint.static.evaluation.arguments import bindings, refuses
from losslint.static.evaluation.constructors import init_frames, super_arguments
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    REFUSED,
    Bindings,
    ClassV,
    ContainerV,
    DictV,
    ExternalV,
    FunctionV,
    InstanceV,
    Lazy,
    MethodV,
    ObjectV,
    Open,
    PartialV,
    SeqV,
    SuperV,
    TensorV,
    UnknownV,
    Value,
    given,
    opened,
    stepped,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

CONTAINERS = {
    "torch.nn.Sequential": "sequential",
    "torch.nn.ModuleList": "list",
    "torch.nn.ModuleDict": "dict",
    "torch.nn.ParameterList": "list",
}


#: What "makes" the result of a loss.
A_LOSS = "a loss"


class Loss(NamedTuple):
    """A loss that is about to be called: its contract, its constructor's arguments if it is an object."""

    contract: LossContract
    settings: Bindings | None  # None for a functional loss
    trail: Trail | None
    bound: Bindings | None  # what a partial gives already
    declared: Mapping[str, str] | None = None  # the words of the configuration for its arguments
    in_vain: Mapping[str, Lazy] = MappingProxyType({})  # what was set on the object, where the loss does not read it


def loss_of(ev: Evaluator, value: Value) -> Loss | None:
    """The loss that calling a value computes."""
    if isinstance(value, MethodV) and value.name in ("forward", "__call__"):
        receiver = value.receiver
        if isinstance(receiver, SuperV):
            # `super().forward(x, y)` in a class of the project whose base is a loss
            return _of_a_base(ev, receiver.instance) if isinstance(receiver.instance, InstanceV) else None
        return loss_of(ev, receiver)
    if ev.declared is not None:
        found = ev.declared.loss(ev, value)
        if found is not None:
            loss, known = found
            if isinstance(value, ExternalV) and value.name.rpartition(".")[2][:1].isupper():
                return None  # a class of another package: called, it makes a loss
            words = {name: word for name, word in (("input", loss.input), ("target", loss.target)) if word}
            made = Bindings() if isinstance(value, (ObjectV, InstanceV)) else None
            return Loss(known, made, value.trail, None, words)
    if isinstance(value, ObjectV):
        contract = lookup.loss_by_module(value.name)
        if contract is None:
            return None
        settings = value.arguments
        unread = LEGACY if value.name.startswith("torch.") else ()
        if value.attributes:
            # What is set on the object counts as if it had been given.
            kept = {
                name: lazy
                for name, lazy in value.attributes.items()
                if contract.modes or (name in contract.constructor and name not in unread)
            }
            settings = Bindings((), {**settings.by_name(contract.constructor), **kept}, settings.complete)
        old = {name: lazy for name, lazy in value.attributes.items() if name in unread and name in contract.constructor}
        return Loss(contract, settings, value.trail, None, in_vain=old)
    if isinstance(value, ExternalV):
        contract = lookup.loss_by_function(value.name)
        return Loss(contract, None, value.trail, None) if contract is not None else None
    if isinstance(value, PartialV):
        inner = loss_of(ev, value.function)
        if inner is not None and inner.settings is None:
            return Loss(inner.contract, None, value.trail or inner.trail, value.arguments, inner.declared)
        return None
    if isinstance(value, InstanceV):
        if "forward" in value.attributes or ev.classes.method(value.cls, "forward") is not None:
            return None
        if ev.classes.method(value.cls, "__call__") is not None:
            return None
        return _of_a_base(ev, value)
    return None


def _of_a_base(ev: Evaluator, value: InstanceV) -> Loss | None:
    """The loss that the outside base of an object's class computes."""
    for base in ev.classes.outside_bases(value.cls):
        contract = lookup.loss_by_module(base)
        if contract is not None:
            return Loss(contract, base_arguments(ev, value), value.trail, None)
    return None


def base_arguments(ev: Evaluator, instance: InstanceV) -> Bindings:
    """What the constructor of an outside base is given."""
    frames = init_frames(ev, instance)
    for _, frame in reversed(frames):
        called = super_arguments(ev, frame)
        if called is not None:
            call, base = called
            arguments = bindings(ev, call, frame)
            if isinstance(base, (ClassV, ExternalV)):
                return Bindings(arguments.positional[1:], arguments.keywords, arguments.complete)
            return arguments
        return Bindings()
    if instance.arguments is not None:
        return instance.arguments
    if instance.origin is None or instance.frame is None:
        return Bindings(complete=False)
    return bindings(ev, instance.origin, instance.frame)


#: Why a container is not known before a question is answered.
UNSAID = "what the container holds depends on who makes it"


def make_container(ev: Evaluator, name: str, arguments: Bindings, trail: Trail | None) -> Value:
    """`nn.Sequential(…)`, `nn.ModuleList(…)`, `nn.ModuleDict(…)`"""
    from losslint.static.evaluation.loops import items_of

    sort = CONTAINERS[name]
    lazies = list(arguments.positional)
    if sort == "dict" or (sort == "sequential" and len(lazies) == 1):
        first = ev.value(lazies[0]) if lazies else DictV({})
        if isinstance(first, DictV):
            children = tuple((str(key), lazy) for key, lazy in first.items.items())
            return ContainerV(sort, children, first.complete, trail)
        if sort == "dict":
            asked = opened(first)
            return ContainerV(sort, (), False, trail) if asked is None else UnknownV(UNSAID, asked)
    if sort == "list":
        first = ev.value(lazies[0]) if lazies else SeqV("list", ())
        if opened(first) is not None:
            return UnknownV(UNSAID, opened(first))
        items = items_of(ev, first)
        if items is None:
            partly = first.items if isinstance(first, SeqV) else ()
            return ContainerV(sort, tuple((str(i), lazy) for i, lazy in enumerate(partly)), False, trail)
        return ContainerV(sort, tuple((str(i), lazy) for i, lazy in enumerate(items)), True, trail)
    return ContainerV(sort, tuple((str(i), lazy) for i, lazy in enumerate(lazies)), arguments.complete, trail)


def sequential_arguments(ev: Evaluator, form: f.Call, frame: Frame) -> Bindings:
    """The layers of `nn.Sequential(*layers, head)`: what is not known stands as one layer that is not known."""
    from losslint.static.evaluation.loops import items_of

    lazies: list[Lazy] = []
    for argument in form.arguments:
        lazy = Lazy(argument.form, frame)
        if argument.star == "*":
            value = ev.value(lazy)
            items = items_of(ev, value)
            if items is not None:
                lazies += items
            elif isinstance(value, SeqV) and value.items:
                # Some number of layers like these: the last is what counts.
                lazies.append(given(UnknownV("an unknown number of layers")))
                lazies.append(value.items[-1])
            else:
                reason = value.reason if isinstance(value, UnknownV) else "an unknown number of layers"
                lazies.append(given(UnknownV(reason)))
        elif not argument.star and not argument.keyword:
            lazies.append(lazy)
    return Bindings(tuple(lazies))


def call_container(ev: Evaluator, container: ContainerV, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """Call an `nn.Sequential`: each child on what the one before gave."""
    from losslint.static.behaviour.tensors import through
    from losslint.static.evaluation.calls import call

    if container.sort != "sequential":
        return UnknownV("a list of modules is called", symbol=("call", id(form), id(frame)))
    if not container.children and not container.complete:
        return UnknownV("the layers of a Sequential are not known", symbol=("call", id(form), id(frame)))
    values = arguments
    result: Value = (
        UnknownV("a Sequential without layers") if not arguments.positional else ev.sparing(arguments.positional[0])
    )
    for _, lazy in container.children:
        child = ev.value(lazy)
        result = call(ev, child, values, form, frame, direct=False)
        values = Bindings((given(result),))
    return through(result, container.trail)


def call_held(ev: Evaluator, held: ContainerV | UnknownV, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """Call an object of a class that derives from a container, as far as it is known what it holds."""
    return call_container(ev, held, arguments, form, frame) if isinstance(held, ContainerV) else held


def in_place_of_forward(
    ev: Evaluator, instance: InstanceV | ObjectV, arguments: Bindings, form: f.Call, frame: Frame
) -> Value | None:
    """What calling a module gives where its class's `forward` does not say: a function that was set on it in its place,
    or what the configuration says of it."""
    from losslint.static.evaluation.calls import call

    patched = instance.attributes.get("forward")
    if patched is not None:
        return call(ev, ev.value(patched), arguments, form, frame, direct=False)
    declared = ev.declared.model(ev, instance) if ev.declared is not None else None
    if declared is None:
        return None
    from losslint.static.behaviour.declared import returned

    return returned(ev, declared, instance, form, frame)


def call_instance(
    ev: Evaluator, instance: InstanceV, arguments: Bindings, form: f.Call, frame: Frame, direct: bool
) -> Value:
    """Call an object of a class of the project."""
    from losslint.static.behaviour.container_classes import held_by
    from losslint.static.behaviour.tensors import through
    from losslint.static.evaluation.calls import call

    replaced = in_place_of_forward(ev, instance, arguments, form, frame)
    if replaced is not None:
        return replaced
    if _hooks_itself(ev, instance):
        return UnknownV("a forward hook may change what it returns", symbol=("call", id(form), id(frame)))
    known = _as_the_library_says(ev, instance, arguments, form, frame)
    if known is not None:
        return known
    for name in ("__call__", "forward"):
        found = ev.classes.method(instance.cls, name)
        if instance.origin is None and (
            ev.classes.overridden(instance.cls, name) or objects.is_open(ev, instance, name)
        ):
            return _of_subclasses(ev, instance, name, form, frame)
        if found is not None:
            owner, definition = found
            replaced = patches.of_class(ev, owner, name) or patches.of_class(ev, instance.cls, name)
            if replaced is not None:
                return call(ev, replaced, arguments, form, frame, direct=False)
            unit = owner.file.function(definition.qualname)
            if unit is None:
                break
            function = FunctionV(unit.graph(), None, instance)
            if instance.origin is None and _never_returns(function.graph) and ev.classes.subclasses(instance.cls):
                return _of_subclasses(ev, instance, name, form, frame)
            result = through(call(ev, function, arguments, form, frame, direct=direct), instance.trail)
            if _is_placeholder(instance, function.graph):
                name = instance.cls.definition.name
                return UnknownV(f"`{name}` is still to be written", symbol=("call", id(form), id(frame)))
            return result
    symbol = ("call", id(form), id(frame))
    name = instance.cls.definition.name
    held = held_by(ev, instance)
    if held is not None:
        return call_held(ev, held, arguments, form, frame)
    loss = loss_of(ev, instance)
    if loss is not None:
        from losslint.static.behaviour import unreduced

        return unreduced.result(ev, loss, arguments, form, frame)
    for base in ev.classes.outside_bases(instance.cls):
        layer = lookup.layer(base)
        if layer is not None:
            from losslint.static.behaviour.tensors import call_layer

            settings = base_arguments(ev, instance)
            return call_layer(
                ev, layer, ObjectV(base, settings, instance.origin, instance.trail), arguments, form, frame, settings
            )
    if instance.origin is None:
        if ev.classes.subclasses(instance.cls):
            return _of_subclasses(ev, instance, "forward", form, frame)
    return UnknownV(f"`{name}` has no `forward` that is read", symbol=symbol)


def _of_subclasses(ev: Evaluator, instance: InstanceV, method: str, form: f.Call, frame: Frame) -> Value:
    """What a call of some object gives whose class leaves that to the classes derived from it."""
    cls = instance.cls
    question = Open(("subclass", cls.key), 1 + len(ev.classes.subclasses(cls)), may=True)
    reason = f"`{method}` is given by the subclasses of `{cls.definition.name}`"
    return UnknownV(reason, question, ("call", id(form), id(frame)))


def _as_the_library_says(
    ev: Evaluator, instance: InstanceV, arguments: Bindings, form: f.Call, frame: Frame
) -> Value | None:
    """What a table says that an object of a library returns, where the project is that library: its code sums over the
    neighbours in a graph, which is not followed. None when no table knows the class."""
    from losslint.static.behaviour import library_models
    from losslint.static.evaluation.arguments import bindings

    name = library_models.name_of(instance.cls)
    if name is None or instance.origin is None or instance.frame is None or instance.attributes:
        return None
    made = instance.arguments or bindings(ev, instance.origin, instance.frame)
    found = library_models.called(ev, ObjectV(name, made, instance.origin, instance.trail), arguments, form, frame)
    return found if isinstance(found, TensorV) else None


def _is_placeholder(instance: InstanceV, graph: f.Graph) -> bool:
    """Whether a model is still to be written: it holds nothing, and gives back what it is given."""
    if instance.cls.definition.stores or graph.calls or not isinstance(graph.result, f.Result):
        return False
    return all(isinstance(f.bare(returned), f.Param) for _, returned in graph.result.returns)


def _never_returns(graph: f.Graph) -> bool:
    """Whether a function does nothing but raise: `raise NotImplementedError`."""
    return isinstance(graph.result, f.Result) and not graph.result.returns


def _hooks_itself(ev: Evaluator, instance: InstanceV) -> bool:
    """Whether a constructor registers a hook on its own object that changes what that returns."""
    from losslint.static.evaluation.handing import changes_output

    for _, frame in init_frames(ev, instance):
        if not any(len(path) == 1 and path[0] in f.HOOKS for _, path in frame.graph.changes):
            continue
        final: f.Form | None = frame.graph.object_at_the_end()
        while isinstance(final, (f.Named, f.SetAttr, f.Mutated, f.Within)):
            if isinstance(final, f.Within) and final.name in f.HOOKS and changes_output(ev, final.arguments, frame):
                return True
            final = final.form if isinstance(final, f.Named) else final.base
    return False


def scalar(form: f.Form, frame: Frame) -> TensorV:
    """What a loss returns, as far as other losses care."""
    return TensorV(Meaning(kind=Kind.REAL, dtype="float", made_by=A_LOSS, identity=("made", id(form), id(frame), -1)))


def construct(ev: Evaluator, cls: ClassV, arguments: Bindings, form: f.Call, frame: Frame, direct: bool) -> Value:
    """`Class(…)`"""
    if enumerations.is_enumeration(ev, cls):
        return UnknownV(f"a member of `{cls.definition.name}`", symbol=("call", id(form), id(frame)))
    wrapped = _made_parallel(ev, cls, arguments)
    if wrapped is not None:
        return stepped(wrapped, ev.spot(form), f"wrapped by `{cls.definition.name}`")
    if direct and _refuses(ev, cls, arguments):
        return UnknownV(f"`{cls.definition.name}` {REFUSED}", symbol=("call", id(form), id(frame)))
    made = Trail(ev.spot(form), f"`{cls.definition.name}` is made here", cls.trail)
    return InstanceV(cls, form, frame, None, made, None if direct else arguments)


def _refuses(ev: Evaluator, cls: ClassV, arguments: Bindings) -> bool:
    """Whether the constructor of a class does not take some arguments."""
    found = ev.classes.method(cls, "__init__")
    if found is None or ev.classes.method(cls, "__new__") is not None:
        return False
    owner, definition = found
    unit = owner.file.function(definition.qualname)
    return unit is not None and refuses(unit.graph(), arguments, 1)


def _made_parallel(ev: Evaluator, cls: ClassV, arguments: Bindings) -> Value | None:
    """The model that a class of the project, derived from `nn.DataParallel`, is given: to call it is to call the model,
    as long as it has no `forward` of its own."""
    if wrappers.PARALLEL.isdisjoint(ev.classes.outside_bases(cls)):
        return None
    if any(ev.classes.method(cls, name) is not None for name in ("forward", "__call__")):
        return None
    for lazy in (*arguments.positional, *arguments.keywords.values()):
        value = ev.value(lazy)
        if isinstance(value, (InstanceV, ContainerV)):
            return value
    return None


def children(ev: Evaluator, value: Value) -> Value:
    """`module.children()`"""
    if isinstance(value, ContainerV):
        return SeqV("list", tuple(lazy for _, lazy in value.children), value.complete, value.trail)
    return UnknownV("the children of a module that is not a container")

"""The constructors that run when an object is made, and the frames that its methods run in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.arguments import bind, bindings
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import instance_key
from losslint.static.evaluation.values import Bindings, ClassV, ExternalV, InstanceV, SuperV, Value
from losslint.static.lowering import forms as f
from losslint.static.lowering.attribute_changes import root

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def receiver_frame(ev: Evaluator, graph: f.Graph, instance: Value) -> Frame:
    """A method of one object, in a call that is not known."""
    key = ("receiver", graph, instance_key(instance))
    frame = ev.notes.frames.get(key)
    if frame is None:
        frame = ev.notes.frames[key] = Frame(graph, None, instance)
    return frame


def constructor(ev: Evaluator, cls: ClassV, after: ClassV | None = None) -> tuple[ClassV, f.Graph] | None:
    """The constructor of a class, from the class itself on or behind one of its bases, and the class that has it."""
    found = ev.classes.method(cls, "__init__", after=after)
    unit = found[0].file.function(found[1].qualname) if found is not None else None
    return (found[0], unit.graph()) if found is not None and unit is not None else None


def init_frames(ev: Evaluator, instance: InstanceV) -> list[tuple[ClassV, Frame]]:
    """The constructors that run when an object is made, the object's own first."""
    key = ("inits", instance_key(instance))
    known = ev.notes.inits.get(key)
    if known is not None:
        return known
    frames: list[tuple[ClassV, Frame]] = []
    ev.notes.inits[key] = frames
    found = constructor(ev, instance.cls)
    if found is None:
        return frames
    owner, graph = found
    if instance.arguments is not None and instance.origin is None:
        frame = Frame(graph, bind(ev, graph, instance.arguments, 1, None), instance)
    elif instance.origin is None or instance.frame is None:
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
    if isinstance(base, SuperV):
        found = constructor(ev, instance.cls, after=base.cls)
    elif isinstance(base, ClassV):
        found = constructor(ev, base)
        arguments = Bindings(arguments.positional[1:], arguments.keywords, arguments.complete)
    else:
        return None
    if found is None:
        return None
    owner, graph = found
    return owner, Frame(graph, bind(ev, graph, arguments, 1, call), instance, None, call, frame)


def called_by_init(ev: Evaluator, instance: InstanceV, graph: f.Graph, name: str) -> Frame:
    """A method that the constructor itself calls is read in that call."""
    for _, frame in init_frames(ev, instance):
        for call in frame.graph.calls:
            function = call.function
            if isinstance(function, f.Attr) and function.name == name and isinstance(root(function.base), f.Param):
                self_form = root(function.base)
                own = frame.graph.parameters[0].name if frame.graph.parameters else ""
                if isinstance(self_form, f.Param) and self_form.name == own:
                    key = ("from init", call, frame, graph)
                    known = ev.notes.frames.get(key)
                    if known is None:
                        named = bind(ev, graph, bindings(ev, call, frame), 1, None)
                        known = ev.notes.frames[key] = Frame(graph, named, instance, None, call, frame)
                    return known
    return receiver_frame(ev, graph, instance)

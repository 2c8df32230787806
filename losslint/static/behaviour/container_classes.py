"""Objects of classes that derive from `nn.Sequential` or `nn.ModuleList`: the containers that their constructors fill.

A constructor is followed once more with the container in place of its object, so that what it adds under an `if` or
in a loop counts as it does for a container that no class is derived from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.behaviour.modules import CONTAINERS, make_container, sequential_arguments
from losslint.static.evaluation.arguments import bindings
from losslint.static.evaluation.changes import with_attribute
from losslint.static.evaluation.constructors import init_frames, super_arguments
from losslint.static.evaluation.effects import own_methods
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import lazy_key
from losslint.static.evaluation.values import Bindings, ClassV, ContainerV, ExternalV, InstanceV, UnknownV, Value
from losslint.static.lowering import forms as f
from losslint.static.lowering.attribute_changes import history, root

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods that add children to a container.
ADDING = frozenset({"add_module", "register_module", "append", "extend", "insert"})


def container_of(ev: Evaluator, instance: InstanceV) -> ContainerV | None:
    """An object of a class that derives from a container, as that container; None also where it is not known."""
    held = held_by(ev, instance)
    return held if isinstance(held, ContainerV) else None


def held_by(ev: Evaluator, instance: InstanceV) -> ContainerV | UnknownV | None:
    """What an object holds whose class derives from a container; None where it derives from none."""
    base = next((each for each in ev.classes.outside_bases(instance.cls) if each in CONTAINERS), None)
    frames = init_frames(ev, instance) if base is not None else []
    arguments = _of_the_base(ev, base, instance, frames[-1][1] if frames else None) if base is not None else None
    if base is None or arguments is None:
        return None
    held = make_container(ev, base, arguments, instance.trail)
    if not isinstance(held, ContainerV):
        return held if isinstance(held, UnknownV) else None
    filled: Value = ContainerV(held.sort, held.children, held.complete, held.trail, instance)
    for _, frame in reversed(frames):
        filled = _filled(ev, filled, frame) if isinstance(filled, ContainerV) else filled
    for name, lazy in instance.attributes.items():
        filled = with_attribute(ev, filled, name, lazy)
    if not isinstance(filled, ContainerV):
        return filled if isinstance(filled, UnknownV) else UnknownV("what the container holds is not followed")
    return ContainerV(filled.sort, filled.children, filled.complete, filled.trail)


def _of_the_base(ev: Evaluator, base: str, instance: InstanceV, frame: Frame | None) -> Bindings | None:
    """What the constructor of the container is given: by the constructor in some frame, or by who makes the object."""
    read = sequential_arguments if base == "torch.nn.Sequential" else bindings
    if frame is None:
        return read(ev, instance.origin, instance.frame) if instance.origin is not None and instance.frame else None
    called = super_arguments(ev, frame)
    if called is None:
        return None
    call, explicit = called
    arguments = read(ev, call, frame)
    if isinstance(explicit, (ClassV, ExternalV)):
        return Bindings(arguments.positional[1:], arguments.keywords, arguments.complete)
    return arguments


def _filled(ev: Evaluator, container: ContainerV, frame: Frame) -> Value:
    """A container after a constructor of its owner."""
    graph = frame.graph
    final = graph.object_at_the_end()
    assert container.owner is not None
    if final is None:
        return container
    if any(_adds(other) for other in own_methods(ev, container.owner.cls, graph)):
        return UnknownV(f"`{graph.unit.owner}` is filled by another method")
    children = tuple((name, lazy_key(lazy)) for name, lazy in container.children)
    key = ("filling", frame, container.complete, children)
    inner = ev.notes.frames.get(key)
    if inner is None:
        inner = Frame(graph, frame.arguments, frame.receiver, frame.parent, frame.call, frame.caller)
        inner.memo[root(final)] = container
        ev.notes.frames[key] = inner
    return ev.force(final, inner)


def _adds(graph: f.Graph) -> bool:
    """Whether a method adds children to its own object."""
    return any(isinstance(here, f.Mutated) and here.method in ADDING for here in history(graph.object_at_the_end()))

"""What objects of the project give that say themselves how they are iterated over: `__iter__`, `__next__`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.constructors import receiver_frame
from losslint.static.evaluation.loops import sample
from losslint.static.evaluation.values import InstanceV, UnknownV, Value
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def has_its_own(ev: Evaluator, value: InstanceV) -> bool:
    """Whether the class of an object says how it is iterated over."""
    return ev.classes.method(value.cls, "__iter__") is not None


def element(ev: Evaluator, value: InstanceV) -> Value:
    """What one round over such an object gets. Of several `yield`s nobody says which one a round comes from."""
    unknown = UnknownV(f"what iterating over `{value.cls.definition.name}` gives is not followed")
    graph = ev.classes.graph(value.cls, "__iter__")
    if graph is None or graph.result is None or _yields_several(graph):
        return unknown
    iterator = _run(ev, graph, value)
    if isinstance(graph.result, f.Yielded):
        return sample(ev, iterator)
    if not isinstance(iterator, InstanceV):
        return unknown if isinstance(iterator, UnknownV) else sample(ev, iterator)
    following = ev.classes.graph(iterator.cls, "__next__")
    if following is not None:
        return _run(ev, following, iterator)
    return element(ev, iterator) if iterator.cls.key != value.cls.key and has_its_own(ev, iterator) else unknown


def _yields_several(graph: f.Graph) -> bool:
    return isinstance(graph.result, f.Yielded) and len(graph.result.forms) > 1


def _run(ev: Evaluator, graph: f.Graph, value: InstanceV) -> Value:
    from losslint.static.evaluation.calls import run

    return run(ev, graph, receiver_frame(ev, graph, value))

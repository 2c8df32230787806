"""Flags that a test at run time sets: `self.use_logits = not is_probability(model(x))`.

Whoever picks a loss by such a flag picks it by what the model gives: which of the two it is, only a run tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.receivers import is_receiver, receiver_class
from losslint.static.lowering import forms as f
from losslint.static.lowering.attribute_changes import history
from losslint.static.lowering.operands import computed_from

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Functions that ask what sort of object something is, or of a setting, and not for the values of a tensor.
_OF_NO_VALUES = frozenset({"isinstance", "issubclass", "hasattr", "getattr", "callable", "str", "int", "bool", "get"})

#: Functions and methods that nobody calls for anything but values.
_OF_VALUES = frozenset({"allclose", "isclose"})


def is_set_by_a_test(ev: Evaluator, condition: f.Form, frame: Frame) -> bool:
    """Whether a condition reads an attribute of the object that a method sets by what a function says of values."""
    names = {
        part.name
        for part in computed_from(condition)
        if isinstance(part, f.Attr)
        and isinstance(holder := f.bare(part.base), f.Param)
        and is_receiver(frame.graph, holder.name)
    }
    cls = receiver_class(ev, frame) if names else None
    if cls is None:
        return False
    for base in ev.classes.order(cls):
        if isinstance(base, str):
            continue
        for name in names:
            for method in base.definition.stores.get(name, ()):
                graph = ev.classes.graph(base, method)
                # What a constructor is given is a setting, as a rule.
                if graph is not None and any(
                    _tests_values(each, graph, of_parameters=method != "__init__") for each in _deciding(graph, name)
                ):
                    return True
    return False


def _deciding(graph: f.Graph, name: str) -> Iterator[f.Form]:
    """What an attribute is set to in a method, and the conditions that it is set under."""
    for form in history(graph.object_at_the_end()):
        if isinstance(form, f.Choice):
            if any(isinstance(side, f.SetAttr) and side.name == name for side in map(f.bare, (form.then, form.other))):
                yield form.condition
        elif isinstance(form, f.SetAttr) and form.name == name:
            yield form.value


def _tests_values(form: f.Form, graph: f.Graph, of_parameters: bool) -> bool:
    """Whether something hangs on what a function says of what a call gives, or of what the method is given."""
    for part in computed_from(form):
        if not isinstance(part, f.Call) or part.callee_name in _OF_NO_VALUES:
            continue
        if part.callee_name in _OF_VALUES:
            return True
        for argument in part.arguments:
            given = f.bare(argument.form)
            if isinstance(given, f.Call) or (
                of_parameters and isinstance(given, f.Param) and not is_receiver(graph, given.name)
            ):
                return True
    return False

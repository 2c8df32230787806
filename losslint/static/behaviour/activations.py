"""What puts an activation on scores, or none: layers and functions of torch, and functions of the project that do no
more than that. Which of them stands behind a model is a branch: one that nobody chooses may be among them."""

from __future__ import annotations

from collections.abc import Iterable

from losslint.contracts import lookup
from losslint.contracts.schema import Effect
from losslint.static.evaluation.values import Bindings, ExternalV, FunctionV, ObjectV, PartialV, Value
from losslint.static.files.seeds import ACTIVATIONS
from losslint.static.lowering import forms as f

#: Activations, whether they are written as classes or as functions.
_NAMES = frozenset(name.lower() for name in ACTIVATIONS)
_NONE = frozenset({"identity"})

#: Calls in one function that are looked at.
_MOST_CALLS = 8


def are_activations(values: Iterable[Value]) -> bool:
    """Whether a table is one of activations: one of them tells what the others are there for. What does nothing, as a
    layer, also stands in tables of models."""
    return any(is_activation(value) and not _is_of_torch(value, _NONE) for value in values)


def is_activation(value: Value) -> bool:
    """Whether something is an activation, the one that does nothing, or what makes one."""
    if isinstance(value, (FunctionV, PartialV)):
        return _activates(value, Bindings())
    return _is_of_torch(value, _NAMES | _NONE)


def _is_of_torch(value: Value, names: frozenset[str]) -> bool:
    return isinstance(value, (ObjectV, ExternalV)) and value.name.startswith("torch.") and _named(value.name) in names


def _named(name: str) -> str:
    return name.rpartition(".")[2].lower().replace("_", "")


def _activates(value: FunctionV | PartialV, held: Bindings) -> bool:
    """Whether a function gives back the one tensor that it takes, activated or not (`lambda z: z.softmax(1)`), or makes
    a layer that does (`lambda: nn.Softmax(1)`): what it calls are activations, and operations that keep what is meant.
    `held` is what it was given before."""
    if isinstance(value, PartialV):
        inner = value.function
        return _activates(inner, value.arguments) if isinstance(inner, FunctionV) else is_activation(inner)
    graph = value.graph
    if not isinstance(graph.result, f.Result) or not graph.result.returns or len(graph.calls) > _MOST_CALLS:
        return False
    first = len(held.positional) + (value.bound is not None)
    needed = [one for one in graph.parameters[first:] if one.default is None and one.name not in held.keywords]
    if len(needed) > 1 or any(one.sort for one in needed) or not all(map(_is_one_or_keeps, graph.calls)):
        return False
    return all(_is_taken_or_made(form) for _, form in graph.result.returns)


def _is_taken_or_made(form: f.Form) -> bool:
    form = f.bare(form)
    if isinstance(form, f.Choice):
        return _is_taken_or_made(form.then) and _is_taken_or_made(form.other)
    return isinstance(form, (f.Param, f.Call, f.Binary))


def _is_one_or_keeps(call: f.Call) -> bool:
    name = f.written(call.function)
    if _named(name) in _NAMES | _NONE:
        return True
    operation = lookup.operation_by_method(name.rpartition(".")[2])
    return operation is not None and operation.effect is Effect.KEEP

"""One tensor that a function uses as raw scores and as probabilities: whatever it is given, one of the two is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.behaviour.modules import loss_of
from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation import calls
from losslint.static.evaluation.conditions import exclusive
from losslint.static.evaluation.testing import is_to_fail
from losslint.static.evaluation.values import ExternalV, MethodV, ObjectV
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs import overlaps
from losslint.static.signs.patterns import complement, unguarded
from losslint.vocabulary.kinds import Kind

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Layers and functions that make probabilities of scores.
_SIGMOIDS = frozenset({"torch.sigmoid", "torch.nn.functional.sigmoid", "torch.special.expit", "torch.nn.Sigmoid"})

#: What people call the layers.
_NAMES = frozenset({"sigmoid", "expit", "Sigmoid", "sig", "activation", "act", ""})


def as_probability(
    ev: Evaluator, graph: f.Graph, call: f.Call, given: f.Form, target: f.Form, frame: Frame
) -> f.Form | None:
    """Where the function uses as a probability what a loss takes for scores."""
    use = _probability_use(graph, call, given, target) or overlaps.of_scores(ev, graph, call, given, target, frame)
    if use is None and meaning_of(ev.force(given, frame)).kind is Kind.UNKNOWN:
        for other in _others(graph, call, given):
            # Not NLLLoss: of log-probabilities the softmax in a cross-entropy changes nothing.
            loss = loss_of(ev, calls.callee(ev, other, frame)) if len(other.arguments) > 1 else None
            if loss is not None and loss.contract.name == "BCELoss":
                return other
    return use


def as_scores(ev: Evaluator, graph: f.Graph, call: f.Call, given: f.Form, frame: Frame) -> f.Form | None:
    """Where the function applies a sigmoid to what a loss takes for probabilities, and nobody knows what it is."""
    if meaning_of(ev.force(given, frame)).kind is not Kind.UNKNOWN:
        return None
    return next((other for other in _others(graph, call, given) if _is_sigmoid(ev, other, frame)), None)


def source_as_probability(
    ev: Evaluator, graph: f.Graph, call: f.Call, given: f.Form, target: f.Form, frame: Frame
) -> f.Form | None:
    """Where the function uses as a probability what it applies a sigmoid to for a loss."""
    sigmoid = overlaps.flat(given)
    if not isinstance(sigmoid, f.Call) or not _is_sigmoid(ev, sigmoid, frame):
        return None
    source = _operand(sigmoid)
    return overlaps.of_scores(ev, graph, call, source, target, frame) if source is not None else None


def _others(graph: f.Graph, call: f.Call, given: f.Form) -> Iterator[f.Call]:
    """The other calls that are given the very same tensor in every run that comes to the loss."""
    tensor = overlaps.flat(given)
    if isinstance(tensor, f.Const) or call in graph.guarded or is_to_fail(call, graph):
        return
    for other in graph.calls:
        operand = _operand(other)
        if operand is None or other is call or overlaps.flat(operand) is not tensor:
            continue
        if other not in graph.guarded and _within(call.path, other.path):
            yield other


def _within(path: f.Path, other: f.Path) -> bool:
    """Whether all conditions of one path are on another too."""
    return all(any(condition is each and wanted is value for each, value in path) for condition, wanted in other)


def _operand(call: f.Call) -> f.Form | None:
    """What a call is given first: `x` of `f(x, …)` and `x.f()`."""
    if call.arguments:
        first = call.arguments[0]
        return first.form if not first.star and first.keyword in ("", "input") else None
    return call.function.base if isinstance(call.function, f.Attr) else None


def _is_sigmoid(ev: Evaluator, call: f.Call, frame: Frame) -> bool:
    if call.callee_name not in _NAMES or len(call.arguments) > 1:
        return False
    function = calls.callee(ev, call, frame)
    if isinstance(function, MethodV):
        return function.name == "sigmoid"
    return isinstance(function, (ExternalV, ObjectV)) and function.name in _SIGMOIDS


def _probability_use(graph: f.Graph, call: f.Call, given: f.Form, target: f.Form) -> f.Form | None:
    """`(1 - x) * (1 - y)` or `log(x)`, of the very tensor that a loss takes for scores."""
    scores, labels = bare(given), bare(target)
    if isinstance(scores, f.Const):
        return None
    for form in graph.arithmetic:
        if form.operator != "*":
            continue
        sides = (complement(form.left), complement(form.right))
        if None not in sides and {id(side) for side in sides} == {id(scores), id(labels)}:
            return form
    for other in graph.calls:
        if exclusive(call.path, other.path):
            continue
        if other.callee_name == "log" and other is not call and isinstance(other.function, f.Attr):
            taken = other.arguments[0].form if len(other.arguments) == 1 else other.function.base
            if unguarded(taken) is scores or complement(taken) is scores:
                return other
    return None

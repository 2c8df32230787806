"""Jensen-Shannon divergences whose halves are measured from the mean of two distributions, not to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.behaviour.modules import loss_of
from losslint.static.evaluation import calls
from losslint.static.evaluation.values import FunctionV
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.patterns import argument_of, number
from losslint.vocabulary.observations import OperationCall

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Words of a name that promise this divergence. Without one the same calls may be meant: networks that learn from their
#: common mean.
PROMISES = frozenset({"js", "jsd", "jsdiv", "jsloss", "jsdloss", "jensen", "jenson", "jensenshannon"})

#: The words of `js_div`, `JSDiv` and `pairwiseJSD`.
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

#: A helper of this many losses is no divergence of two distributions.
MOST_LOSSES = 4


def measured_from_the_mean(ev: Evaluator, graph: f.Graph) -> Iterator[OperationCall]:
    """The divergences of a function that takes its name from Jensen and Shannon, where they start at the mean."""
    if PROMISES.isdisjoint(word.lower() for word in WORDS.findall(graph.unit.qualname)):
        return
    ev.enter({})
    frame = ev.generic(graph)
    for call in graph.calls:
        mean = [argument for argument in call.arguments if _is_mean_of_two(_without_logarithm(argument.form))]
        if not mean:
            continue
        function = calls.callee(ev, call, frame)
        if isinstance(function, FunctionV):
            role = _role_in(ev, function, call, mean[0])
        else:
            role = _is_from_target(ev, call, frame, mean[0])
        if role:
            yield OperationCall("divergence", f.written(call.function), ev.spot(call), ())


def _is_mean_of_two(form: f.Form) -> bool:
    """`0.5 * (p + q)`, `(p + q) / 2` and `p * 0.5 + q * 0.5`, of tensors, not numbers."""
    if not isinstance(form, f.Binary):
        return False
    left, right = bare(form.left), bare(form.right)
    if form.operator == "*":
        return (number(left) == 0.5 and _is_sum(right)) or (number(right) == 0.5 and _is_sum(left))
    if form.operator == "/":
        return number(right) == 2 and _is_sum(left)
    return form.operator == "+" and _is_half(left) and _is_half(right)


def _is_sum(form: f.Form) -> bool:
    """`p + q`, and nothing that is a number or a result of a loss."""
    return isinstance(form, f.Binary) and form.operator == "+" and _is_named(form.left) and _is_named(form.right)


def _is_half(form: f.Form) -> bool:
    if not isinstance(form, f.Binary):
        return False
    left, right = bare(form.left), bare(form.right)
    if form.operator == "*":
        return (number(left) == 0.5 and _is_named(right)) or (number(right) == 0.5 and _is_named(left))
    return form.operator == "/" and number(right) == 2 and _is_named(left)


def _is_named(form: f.Form) -> bool:
    """A variable or the result of an activation: not a number, not the sum that is half of a divergence."""
    form = bare(form)
    if isinstance(form, f.Call):
        return form.callee_name in ("softmax", "sigmoid", "exp", "clamp", "clamp_min", "detach", "float", "to")
    return number(form) is None


def _without_logarithm(form: f.Form) -> f.Form:
    """`m` of `m.log()`, as a target is given where `log_target` says so."""
    form = bare(form)
    if isinstance(form, f.Call) and form.callee_name == "log" and isinstance(form.function, f.Attr):
        return bare(form.arguments[0].form if form.arguments else form.function.base)
    return form


def _is_from_target(ev: Evaluator, call: f.Call, frame: Frame, mean: f.Argument) -> bool:
    """Whether a call of the loss is given the mean second, and a distribution's logarithm first."""
    loss = loss_of(ev, calls.callee(ev, call, frame))
    if loss is None or loss.contract.name != "KLDivLoss":
        return False
    given, target = argument_of(call, 0, "input"), argument_of(call, 1, "target")
    return target is mean and given is not None and _is_logarithm(given.form)


def _is_logarithm(form: f.Form) -> bool:
    form = bare(form)
    return isinstance(form, f.Call) and form.callee_name in ("log", "log_softmax", "logsigmoid")


def _role_in(ev: Evaluator, function: FunctionV, call: f.Call, mean: f.Argument) -> bool:
    """The same through a helper: `kl(p, m)` with `def kl(a, b): return F.kl_div(a.log(), b)`."""
    graph = function.graph
    named = _parameter(graph, function, call, mean)
    if named is None:
        return False
    found = [each for each in graph.calls if len(each.arguments) >= 2 and not any(one.star for one in each.arguments)]
    if not 0 < len(found) <= MOST_LOSSES:
        return False
    inner = ev.generic(graph)
    for each in found:
        loss = loss_of(ev, calls.callee(ev, each, inner))
        if loss is None or loss.contract.name != "KLDivLoss":
            continue
        given, target = argument_of(each, 0, "input"), argument_of(each, 1, "target")
        if given is None or target is None or not _is_logarithm(given.form):
            return False
        return _comes_from(target.form, named)
    return False


def _parameter(graph: f.Graph, function: FunctionV, call: f.Call, mean: f.Argument) -> str | None:
    """The parameter that a helper is given the mean as."""
    if any(argument.star for argument in call.arguments):
        return None
    if mean.keyword:
        return mean.keyword
    names = graph.parameters[1:] if function.bound is not None else graph.parameters
    place = call.arguments.index(mean)
    return names[place].name if place < len(names) else None


def _comes_from(form: f.Form, name: str) -> bool:
    """Whether a form is a parameter, or a part of it, whatever the way."""
    seen: set[f.Form] = set()
    pending = [form]
    while pending:
        here = bare(pending.pop())
        if here in seen:
            continue
        seen.add(here)
        if isinstance(here, f.Choice):
            pending += [here.then, here.other]
        elif isinstance(here, f.Item):
            pending.append(here.base)
        elif not (isinstance(here, f.Param) and here.name == name):
            return False
    return True

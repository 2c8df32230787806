"""Focal losses written by hand: a loss that is weighed by a power of `1 - exp(-loss)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation import calls
from losslint.static.evaluation.values import FunctionV
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.averages import of_one_sample
from losslint.static.signs.patterns import complement, factors, powered, taken, unsigned

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Losses whose exponential, negated, is the probability of the right class.
WEIGHED = frozenset({"CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss"})

#: Branches within branches behind which a loss is looked for.
MOST_BRANCHES = 4


def weight(ev: Evaluator, graph: f.Graph, call: f.Call, frame: Frame) -> f.Form | None:
    """The exponential in `(1 - exp(-loss)) ** gamma * loss`, for the loss of a call that is no single sample's: in the
    function that calls the loss, or in one that it hands the loss to."""
    if of_one_sample(call):
        return None
    found = _weighed(graph, call)
    if found is not None:
        return found
    for other in graph.calls:
        for position, argument in enumerate(other.arguments):
            if argument.star:
                break
            if bare(argument.form) is call:
                found = _weighed_where_given(ev, other, argument.keyword, position, frame)
                if found is not None:
                    return found
    return None


def _weighed_where_given(ev: Evaluator, call: f.Call, keyword: str, position: int, frame: Frame) -> f.Form | None:
    """The exponential in a function of the project that is called with a loss."""
    function = calls.callee(ev, call, frame)
    if not isinstance(function, FunctionV) or function.graph.unit.owner:
        return None
    graph = function.graph
    names = [parameter.name for parameter in graph.parameters if parameter.sort == ""]
    name = keyword or (names[position] if position < len(names) else "")
    given = graph.bindings.get(name)
    return _weighed(graph, given) if isinstance(given, f.Param) and given.name == name else None


def _weighed(graph: f.Graph, loss: f.Form) -> f.Form | None:
    for product in graph.arithmetic:
        if product.operator != "*":
            continue
        parts = list(factors(product))
        if not any(_is_scaled(part, loss) for part in parts):
            continue
        for part in parts:
            exponential = _exponential(part, loss)
            if exponential is not None:
                return exponential
    return None


def _is_scaled(form: f.Form, loss: f.Form, depth: int = MOST_BRANCHES) -> bool:
    """Whether something is a loss whichever way a branch goes, or a multiple of it: `if alpha: loss *= alpha`."""
    form, _ = unsigned(form)
    if isinstance(form, f.Choice) and depth:
        return _is_scaled(form.then, loss, depth - 1) and _is_scaled(form.other, loss, depth - 1)
    return any(unsigned(part)[0] is loss for part in factors(form))


def _exponential(part: f.Form, loss: f.Form) -> f.Form | None:
    """`exp(-loss)` of `(1 - exp(-loss)) ** gamma`, also of `torch.pow(1 - exp(-loss), gamma)`."""
    probability = complement(powered(part) or part)
    operand = taken(probability, "exp") if probability is not None else None
    if operand is None:
        return None
    inner, sign = unsigned(operand)
    return bare(probability) if inner is loss and sign < 0 and probability is not None else None

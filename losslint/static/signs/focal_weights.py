"""Focal losses written by hand: a loss that is weighed by a power of `1 - exp(-loss)`."""

from __future__ import annotations

from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.averages import of_one_sample
from losslint.static.signs.patterns import complement, factors, powered, taken, unsigned

#: Losses whose exponential, negated, is the probability of the right class.
WEIGHED = frozenset({"CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss"})


def weight(graph: f.Graph, call: f.Call) -> f.Form | None:
    """The exponential in `(1 - exp(-loss)) ** gamma * loss`, for the loss of a call that is no single sample's."""
    if of_one_sample(call):
        return None
    for product in graph.arithmetic:
        if product.operator != "*":
            continue
        parts = list(factors(product))
        if not any(part is call for part in parts):
            continue
        for part in parts:
            exponential = _exponential(part, call)
            if exponential is not None:
                return exponential
    return None


def _exponential(part: f.Form, call: f.Call) -> f.Form | None:
    """`exp(-loss)` of `(1 - exp(-loss)) ** gamma`, also of `torch.pow(1 - exp(-loss), gamma)`."""
    probability = complement(powered(part) or part)
    operand = taken(probability, "exp") if probability is not None else None
    if operand is None:
        return None
    inner, sign = unsigned(operand)
    return bare(probability) if inner is call and sign < 0 and probability is not None else None

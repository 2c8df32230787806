"""Contrastive losses written by hand: the same exponent with a temperature above the line and without one below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.unchanged import MOVED, SHAPED
from losslint.vocabulary.observations import OperationCall

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Terms and factors that are looked through.
MOST_PARTS = 16

#: What may stand between a sum and its terms: it changes the shape, not the values.
RESHAPED = MOVED | SHAPED | {"sum", "expand", "t"}


def unequal_temperatures(ev: Evaluator, graph: f.Graph) -> Iterator[OperationCall]:
    """The quotients `exp(a / t) / (exp(a) + …)` of a function."""
    for form in graph.arithmetic:
        if form.operator != "/":
            continue
        above = _exponents(form.left)
        if not above:
            continue
        below = _exponents(form.right)
        for exponent in above:
            similarity, scaled = _scaled(exponent)
            for other in below:
                same, other_scaled = _scaled(other)
                if same is similarity and scaled != other_scaled:
                    missing = "in the denominator" if scaled else "in the numerator"
                    yield OperationCall("contrastive quotient", "a quotient", ev.spot(form), (), missing)
                    return


def _exponents(form: f.Form) -> list[f.Form]:
    """The `a` of each `exp(a)` in a sum."""
    found: list[f.Form] = []
    pending = [form]
    for _ in range(MOST_PARTS):
        if not pending:
            break
        here = bare(pending.pop())
        if isinstance(here, f.Binary) and here.operator == "+":
            pending += [here.left, here.right]
        elif isinstance(here, f.Call):
            function = bare(here.function)
            if not isinstance(function, f.Attr):
                continue
            # `torch.exp(a)` has an argument, `a.exp()` has none
            of = here.arguments[0].form if here.arguments and not here.arguments[0].star else function.base
            if function.name == "exp":
                found.append(bare(of))
            elif function.name in RESHAPED:
                is_function = isinstance(bare(function.base), (f.Imported, f.Global))
                pending.append(of if is_function else function.base)
    return found


def _scaled(form: f.Form) -> tuple[f.Form, bool]:
    """What is scaled by a temperature, and whether it is."""
    if isinstance(form, f.Binary) and form.operator == "/":
        return bare(form.left), True
    if isinstance(form, f.Binary) and form.operator == "*":
        left, right = bare(form.left), bare(form.right)
        return (right, True) if isinstance(left, (f.Const, f.Attr, f.Param)) else (left, True)
    return form, False

"""Overlaps of a prediction with labels, as the Dice loss and the Jaccard loss take them: `(p * y).sum() / p.sum()`.

They are fractions of probabilities. Of the raw scores that the cross-entropy beside them is given, they are fractions
of anything: below 0, above 1, or divided by nearly nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation import calls
from losslint.static.evaluation.conditions import exclusive
from losslint.static.evaluation.values import FunctionV, InstanceV
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.patterns import multiplied
from losslint.static.signs.unchanged import MOVED, SHAPED

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Methods that leave the values as they are, in whatever shape.
_SAME = MOVED | SHAPED - {"unsqueeze"}

#: Sums over pixels.
SUMS = frozenset({"sum", "mean"})

#: Parts of one formula that are looked at.
MOST_PARTS = 48

#: Whether a form is one of the two tensors.
Test = Callable[[f.Form], bool]


def of_scores(
    ev: Evaluator, graph: f.Graph, call: f.Call, given: f.Form, target: f.Form, frame: Frame
) -> f.Form | None:
    """The overlap of the very tensors that a loss is given for scores and labels, in the function that calls the loss
    or in another one that this hands them to."""
    scores, labels = flat(given), flat(target)
    if isinstance(scores, f.Const) or scores is labels:
        return None
    found = _overlap(graph, lambda form: flat(form) is scores, lambda form: flat(form) is labels)
    if found is not None:
        return found
    for other in graph.calls:
        if other is call or len(other.arguments) < 2 or exclusive(call.path, other.path):
            continue
        places = [_place(other, scores), _place(other, labels)]
        if None in places:
            continue
        inner = _called(ev, other, frame)
        names = [_parameter(inner, place) for place in places] if inner is not None else []
        if inner is not None and len(names) == 2 and all(names):
            found = _overlap(inner[0], _is_parameter(names[0]), _is_parameter(names[1]))
            if found is not None:
                return found
    return None


def _overlap(graph: f.Graph, scores: Test, labels: Test) -> f.Form | None:
    """A quotient of the sum of a product of both and a sum that holds the scores' own."""
    for quotient in graph.arithmetic:
        if quotient.operator != "/":
            continue
        above = [_factors(summed) for summed in _summed(quotient.left)]
        if not any(len(pair) == 2 and _are(pair, scores, labels) for pair in above):
            continue
        below = [_factors(summed) for summed in _summed(quotient.right)]
        if any(all(map(scores, own)) for own in below if own):
            return quotient
    return None


def _are(pair: list[f.Form], scores: Test, labels: Test) -> bool:
    return (scores(pair[0]) and labels(pair[1])) or (scores(pair[1]) and labels(pair[0]))


def _factors(form: f.Form) -> list[f.Form]:
    return [*multiplied(form)]


def _summed(form: f.Form) -> Iterator[f.Form]:
    """What is summed up in a formula: `x * y` of `(2 * (x * y).sum() + 1)`."""
    pending = [form]
    for _ in range(MOST_PARTS):
        if not pending:
            return
        here = bare(pending.pop())
        if isinstance(here, f.Binary) and here.operator in "+-*":
            pending += (here.left, here.right)
        elif isinstance(here, f.Call) and here.callee_name in SUMS and isinstance(here.function, f.Attr):
            of_module = isinstance(bare(here.function.base), (f.Imported, f.Global)) and here.arguments
            yield flat(here.arguments[0].form if of_module else here.function.base)
        elif isinstance(here, f.Call) and here.callee_name in _SAME and isinstance(here.function, f.Attr):
            pending.append(here.function.base)


def flat(form: f.Form) -> f.Form:
    """A form without what changes its shape alone."""
    while True:
        form = bare(form)
        row = bare(form.base) if isinstance(form, f.Unpacked) and not form.from_end else None
        if isinstance(form, f.Unpacked) and isinstance(row, f.Sequence) and not any(row.starred[: form.index + 1]):
            form = row.elements[form.index]  # `p, y = p.view(-1), y.view(-1)`
        elif isinstance(form, f.Call) and isinstance(form.function, f.Attr) and form.callee_name in _SAME:
            of_module = isinstance(bare(form.function.base), (f.Imported, f.Global)) and form.arguments
            form = form.arguments[0].form if of_module else form.function.base
        else:
            return form


def _place(call: f.Call, wanted: f.Form) -> int | str | None:
    """Where a call is given a form: the position, or the name."""
    for position, argument in enumerate(call.arguments):
        if argument.star:
            return None
        if flat(argument.form) is wanted:
            return argument.keyword or position
    return None


def _called(ev: Evaluator, call: f.Call, frame: Frame) -> tuple[f.Graph, int] | None:
    """The function of the project that a call runs, and how many of its parameters come before the arguments."""
    function = calls.callee(ev, call, frame)
    if isinstance(function, InstanceV):
        graph = ev.classes.graph(function.cls, "forward")
        return (graph, 1) if graph is not None else None
    if isinstance(function, FunctionV):
        return function.graph, 1 if function.bound is not None else 0
    return None


def _parameter(inner: tuple[f.Graph, int] | None, place: int | str | None) -> str:
    if inner is None or place is None:
        return ""
    if isinstance(place, str):
        return place
    graph, skips = inner
    plain = [each.name for each in graph.parameters if not each.sort and not each.keyword_only][skips:]
    return plain[place] if place < len(plain) else ""


def _is_parameter(name: str) -> Test:
    def test(form: f.Form) -> bool:
        here = flat(form)
        return isinstance(here, f.Param) and here.name == name

    return test

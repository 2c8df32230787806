"""A loss that is called on both sides of a condition: `if one_hot: criterion(out, onehot) else: criterion(out, y)`.

Where another condition picks the loss, which of the calls suits which loss is not said by the code.
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.contracts.schema import LossContract, Role
from losslint.static.evaluation.meeting import same_form
from losslint.static.lowering import forms as f
from losslint.static.signs.patterns import argument_of


def on_the_other_side(call: f.Call, graph: f.Graph) -> Iterator[f.Call]:
    """The calls of the same loss where a condition that a call stands under does not hold."""
    otherwise = {(condition, not wanted) for condition, wanted in call.path}
    name = f.written(call.function)
    for other in graph.calls:
        if other is not call and other.arguments and not otherwise.isdisjoint(other.path):
            if name and f.written(other.function) == name:
                yield other


def given_something_else(call: f.Call, others: list[f.Call], contract: LossContract) -> frozenset[str]:
    """The arguments of a loss that are something else in other calls of it: of the input it matters which model or
    function gives it, of the others all that is written."""
    found: set[str] = set()
    for argument in contract.arguments if others else ():
        at = [each.name for each in contract.arguments].index(argument.name)
        one = argument_of(call, at, argument.name)
        for other in others:
            two = argument_of(other, at, argument.name)
            if one is None or two is None:
                continue
            makers = argument.role is Role.INPUT and _are_made_alike(one.form, two.form)
            if not makers and not _are_written_alike(one.form, two.form):
                found.add(argument.name)
    return frozenset(found)


def _are_made_alike(one: f.Form, two: f.Form) -> bool:
    """Whether the same model or function is called for both."""
    one, two = f.bare(one), f.bare(two)
    if not isinstance(one, f.Call) or not isinstance(two, f.Call):
        return False
    name = f.written(one.function)
    return bool(name) and f.written(two.function) == name


def _are_given_the_same(call: f.Call, other: f.Call) -> bool:
    """Whether two calls have the same arguments, as they are written, those with names apart."""
    one, two = ([each.form for each in given.arguments if not each.keyword] for given in (call, other))
    return len(one) == len(two) and all(map(_are_written_alike, one, two))


def _are_written_alike(one: f.Form, two: f.Form) -> bool:
    one, two = f.bare(one), f.bare(two)
    if same_form(one, two):
        return True
    if isinstance(one, f.Call) and isinstance(two, f.Call):
        return (
            bool(f.written(one.function))
            and f.written(one.function) == f.written(two.function)
            and (_are_given_the_same(one, two))
        )
    return False

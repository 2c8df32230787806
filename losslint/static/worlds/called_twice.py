"""A loss that is called on both sides of a condition: `if one_hot: criterion(out, onehot) else: criterion(out, y)`.

Where another condition picks the loss, which of the calls suits which loss is not said by the code.
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.contracts.schema import LossContract, Role
from losslint.static.evaluation.meeting import same_form
from losslint.static.files.seeds import may_be_loss
from losslint.static.lowering import forms as f
from losslint.static.signs.patterns import argument_of


def on_the_other_side(call: f.Call, graph: f.Graph) -> Iterator[f.Call]:
    """The calls that are reached where a condition that a call stands under does not hold."""
    otherwise = {(condition, not wanted) for condition, wanted in call.path}
    for other in graph.calls:
        if other is not call and other.arguments and not otherwise.isdisjoint(other.path):
            yield other


def calls_of_the_same(call: f.Call, graph: f.Graph) -> Iterator[f.Call]:
    """Those of them that call the same loss."""
    name = f.written(call.function)
    return (other for other in on_the_other_side(call, graph) if name and f.written(other.function) == name)


def is_one_of_several(call: f.Call, graph: f.Graph) -> bool:
    """Whether a condition that a loss stands under leads to another loss where it does not hold."""
    names = {_name_of_loss(other) for other in on_the_other_side(call, graph)} - {_name_of_loss(call)}
    return any(map(may_be_loss, names))


def is_given_to_another(call: f.Call, graph: f.Graph) -> bool:
    """Whether what a function is given goes to another one where a condition that the call stands under does not
    hold: `if cfg["multi"]: exclusive(out, y) else: binary(out, y)`."""
    given = {f.bare(argument.form) for argument in call.arguments}
    return any(f.bare(each.form) in given for other in on_the_other_side(call, graph) for each in other.arguments)


def _name_of_loss(call: f.Call) -> str:
    """The name that a loss goes by where it is called, or made and called at once: `nn.BCELoss()(x, y)`."""
    made = f.bare(call.function)
    return made.callee_name if isinstance(made, f.Call) else call.callee_name


def given_something_else(call: f.Call, others: list[f.Call], contract: LossContract) -> frozenset[str]:
    """The arguments of a loss that are something else in other calls of it: of the input it matters which model or
    function gives it, of the others all that is written."""
    found: set[str] = set()
    for place, argument in enumerate(contract.arguments) if others else ():
        one = argument_of(call, place, argument.name)
        for other in others:
            two = argument_of(other, place, argument.name)
            if one is None or two is None:
                continue
            makers = argument.role is Role.INPUT and _are_made_alike(one.form, two.form)
            if not makers and not _are_written_alike(one.form, two.form):
                found.add(argument.name)
    return frozenset(found)


def _are_made_alike(one: f.Form, two: f.Form) -> bool:
    """Whether the same model or function is called for both."""
    return _calls_alike(one, two) is not None


def _calls_alike(one: f.Form, two: f.Form) -> tuple[f.Call, f.Call] | None:
    one, two = f.bare(one), f.bare(two)
    if not isinstance(one, f.Call) or not isinstance(two, f.Call):
        return None
    name = f.written(one.function)
    return (one, two) if name and f.written(two.function) == name else None


def _are_written_alike(one: f.Form, two: f.Form) -> bool:
    """Whether two arguments are the same, as they are written; of calls in them, arguments with names apart."""
    if same_form(one, two):
        return True
    calls = _calls_alike(one, two)
    if calls is None:
        return False
    given, others = ([each.form for each in call.arguments if not each.keyword] for call in calls)
    return len(given) == len(others) and all(map(_are_written_alike, given, others))

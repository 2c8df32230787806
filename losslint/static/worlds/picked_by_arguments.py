"""Losses that are picked by what they are given: `if labels.dim() == 1: cross_entropy(…) else: bce(…)`.

Where such a test is open, nobody knows which of the tensors that arrive at a function take which branch. What is asked
of them is not held against the loss in a branch: neither dtype nor shape of the prediction, nor what the target is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.contracts.schema import Role
from losslint.static.behaviour.modules import Loss
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.pairing import is_open
from losslint.static.evaluation.values import TensorV, UnknownV, Value
from losslint.static.files.seeds import may_be_loss
from losslint.static.lowering import forms as f
from losslint.static.lowering.operands import computed_from
from losslint.static.signs.patterns import argument_of
from losslint.static.worlds.tested_flags import is_set_by_a_test

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Why nothing is known of what such a loss is given.
REASON = "which loss is picked hangs on what it is given"

#: Attributes and methods that say which sort of tensor it is, and not only whether there is something in it.
_OF_ITS_SORT = frozenset(
    {"shape", "dtype", "ndim", "size", "dim", "ndimension", "type", "is_floating_point", "max", "min", "unique"}
)

#: Those of them that say which values are in it.
_OF_ITS_VALUES = frozenset({"max", "min", "unique"})

#: The same, where it is compared with another tensor's: with a number it tells an empty one from others.
_OF_ITS_SIZE = frozenset({"numel", "len"})

#: Operations behind each other on one tensor.
_FURTHEST = 16

#: Changes of an object that are looked through for the conditions that they stand under.
_MOST_CHANGES = 64


def without_what_is_asked(
    ev: Evaluator, loss: Loss, call: f.Call, frame: Frame, tensors: dict[str, Value]
) -> dict[str, Value]:
    """The tensors of a loss call without what an open test on the way to it asks of them."""
    if not call.path:
        return tensors
    given = {_root(argument.form) for argument in call.arguments}
    tests = [(condition, wanted) for condition, wanted in call.path if _asks(ev, condition, frame, given)]
    if not any(is_open(ev, condition, frame) for condition, _ in tests) or not any(
        _leads_to_another(frame.graph, call, condition, not wanted) for condition, wanted in tests
    ):
        return _without_what_a_flag_says(ev, loss, call, frame, tensors)
    asked_for_values = {
        _root(part.base)
        for condition, _ in tests
        for part in computed_from(condition)
        if isinstance(part, f.Attr) and part.name in _OF_ITS_VALUES
    }
    found: dict[str, Value] = {}
    for place, argument in enumerate(loss.contract.arguments):
        name, written = argument.name, argument_of(call, place, argument.name)
        value = tensors.get(name)
        if value is None:
            continue
        of_values = written is not None and _root(written.form) in asked_for_values
        if argument.role is Role.TARGET or of_values:
            found[name] = UnknownV(REASON)
        elif isinstance(value, TensorV):
            found[name] = TensorV(value.meaning.but(shape=None, dtype=None), value.open)
        else:
            found[name] = value
    return {**tensors, **found}


def _without_what_a_flag_says(
    ev: Evaluator, loss: Loss, call: f.Call, frame: Frame, tensors: dict[str, Value]
) -> dict[str, Value]:
    """The tensors of a loss call that a flag picks, where a test of such tensors has set that flag."""
    if not any(
        _leads_to_another(frame.graph, call, condition, not wanted)
        and is_open(ev, condition, frame)
        and is_set_by_a_test(ev, condition, frame)
        for condition, wanted in call.path
    ):
        return tensors
    return {**tensors, **{each.name: UnknownV(REASON) for each in loss.contract.arguments if each.name in tensors}}


def _leads_to_another(graph: f.Graph, call: f.Call, condition: f.Form, wanted: bool) -> bool:
    """Whether another loss is called where a condition is as it is wanted: where none is, or the same, somebody only
    makes sure of something."""
    own = _called(call)
    return any(
        (condition, wanted) in other.path and (name := _called(other)) != own and may_be_loss(name)
        for other in graph.calls
        if other.arguments
    )


def _called(call: f.Call) -> str:
    """The name of what is called: of `nn.MSELoss()(x, y)` that of the loss."""
    made = f.bare(call.function)
    return made.callee_name if isinstance(made, f.Call) else call.callee_name


def _root(form: f.Form) -> f.Form:
    """What a tensor was before the methods that were called on it: `labels` of `labels.view(-1).long()`."""
    for _ in range(_FURTHEST):
        form = f.bare(form)
        if not isinstance(form, f.Call) or not isinstance(form.function, f.Attr):
            break
        if lookup.operation_by_method(form.function.name) is None:
            break
        form = form.function.base
    return form


def _asks(ev: Evaluator, condition: f.Form, frame: Frame, given: set[f.Form]) -> bool:
    """Whether a condition asks which sort of tensor one of the given ones is."""
    for part in computed_from(condition):
        if isinstance(part, f.Attr) and part.name in _OF_ITS_SORT and _root(part.base) in given:
            return part.name != "dtype" or not _is_known(ev, part, frame)
        if isinstance(part, f.Call) and part.callee_name == "isinstance" and part.arguments:
            if _root(part.arguments[0].form) in given:
                return True
        if isinstance(part, f.Compare) and not any(
            isinstance(f.bare(side), f.Const) for side in (part.left, part.right)
        ):
            if any(_is_size(side, given) for side in (part.left, part.right)):
                return True
    # `if labels.dtype == torch.long: config.problem_type = "single"`, and then `if config.problem_type == "multi"`
    return any(
        isinstance(part, f.Attr) and part.name in _OF_ITS_SORT and _root(part.base) in given
        for earlier in _that_set(condition)
        for part in computed_from(earlier)
    )


def _that_set(condition: f.Form) -> Iterator[f.Form]:
    """The conditions under which the attributes that a condition reads were set in the same function."""
    pending = [part.base for part in computed_from(condition) if isinstance(part, f.Attr)]
    seen: set[f.Form] = set()
    while pending and len(seen) < _MOST_CHANGES:
        form = f.bare(pending.pop())
        if form in seen:
            continue
        seen.add(form)
        if isinstance(form, f.Choice):
            yield form.condition
            pending += [form.then, form.other]
        elif isinstance(form, f.SetAttr):
            pending += [form.base, form.value]
        elif isinstance(form, (f.Attr, f.Within, f.Mutated)):
            pending.append(form.base)


def _is_known(ev: Evaluator, dtype: f.Attr, frame: Frame) -> bool:
    """Whether the dtype of a tensor is known at least by its family: then a test of it says nothing else."""
    with ev.aside():
        tensor = ev.force(dtype.base, frame)
    return isinstance(tensor, TensorV) and tensor.meaning.dtype is not None


def _is_size(form: f.Form, given: set[f.Form]) -> bool:
    form = f.bare(form)
    if not isinstance(form, f.Call) or form.callee_name not in _OF_ITS_SIZE:
        return False
    of = form.function.base if isinstance(form.function, f.Attr) else form.arguments[0].form if form.arguments else form
    return _root(of) in given

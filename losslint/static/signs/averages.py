"""Means that are divided once more: a loss that averages over the batch, divided by the batch size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from losslint.static.behaviour.modules import Loss, loss_of
from losslint.static.behaviour.tensors import plain
from losslint.static.evaluation import calls, out_of_graph
from losslint.static.evaluation.arguments import bindings
from losslint.static.evaluation.conditions import holds
from losslint.static.evaluation.frames import Frame
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.patterns import is_one, number
from losslint.static.signs.shown import only_shown
from losslint.vocabulary.observations import OperationCall

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Names that say of a number that it is the batch size.
BATCH_SIZES = re.compile(r"(?i)^(?:.*_)?(?:batch_?size|bsz|batchsz)$")

#: The settings with which a loss averages over the batch.
MEANS: dict[str, tuple[object, ...]] = {
    "reduction": ("mean", "batchmean", "elementwise_mean"),
    "size_average": (None, True),
    "reduce": (None, True),
}

#: What leaves a number as it is.
IDLE = frozenset({"sum", "mean"})


def averaged_again(ev: Evaluator, graph: f.Graph, losses: Sequence[f.Call]) -> Iterator[OperationCall]:
    """The quotients of a function that divide a mean loss by the batch size."""
    if not losses or not graph.arithmetic:
        return
    known = set(losses)
    for form, path in graph.arithmetic.items():
        if form.operator not in "*/":
            continue
        call = _loss(form.left, known)
        divisor: f.Form | None = form.right
        if form.operator == "*":
            # `(1 / n) * loss`
            call, divisor = (call, _reciprocal(form.right)) if call is not None else (
                _loss(form.right, known), _reciprocal(form.left)
            )  # fmt: skip
        if call is None or divisor is None or not _is_batch_size(divisor, call) or of_one_sample(call):
            continue
        if only_shown(form, graph):
            continue
        ev.enter({})
        frame = ev.generic(graph)
        if not _surely_runs(ev, path, call, frame):
            continue
        loss = loss_of(ev, calls.callee(ev, call, frame))
        if loss is not None and _is_mean(ev, loss, call, frame) and not out_of_graph.kept_out_by(ev, call, frame):
            yield OperationCall("quotient", "a quotient", ev.spot(form), (), loss.contract.name)


def _surely_runs(ev: Evaluator, path: f.Path, call: f.Call, frame: Frame) -> bool:
    """Whether a quotient is reached wherever its loss is: `if reduction == "sum"` is there for sums."""
    return all(step in call.path or holds(ev, step[0], frame) is step[1] for step in path)


def _loss(form: f.Form, known: set[f.Call]) -> f.Call | None:
    """The loss call behind a form, with nothing between them that changes a number."""
    form = bare(form)
    while isinstance(form, f.Call) and form not in known:
        function = bare(form.function)
        if not isinstance(function, f.Attr) or function.name not in IDLE or len(form.arguments) > 1:
            return None
        # `loss.sum()` and `torch.sum(loss)`
        form = bare(form.arguments[0].form if form.arguments else function.base)
    return form if isinstance(form, f.Call) else None


def _reciprocal(form: f.Form) -> f.Form | None:
    """`n` of `1 / n`."""
    form = bare(form)
    if isinstance(form, f.Binary) and form.operator == "/":
        if is_one(form.left):
            return form.right
    return None


def _is_batch_size(form: f.Form, call: f.Call) -> bool:
    """Whether a number is surely the size of the first dimension."""
    named = form.name if isinstance(form, f.Named) else ""
    form = bare(form)
    if isinstance(form, (f.Attr, f.Param, f.Global)):
        return BATCH_SIZES.match(form.name) is not None
    if isinstance(form, f.Item):
        key, base = bare(form.key), bare(form.base)
        first = isinstance(key, f.Const) and key.value == 0
        if isinstance(base, f.Call):
            base = base.function if not base.arguments else base
        return first and isinstance(base, f.Attr) and base.name in ("shape", "size") and _is_of_batch(base.base, call)
    if isinstance(form, f.Call):
        function = form.function
        if isinstance(function, f.Attr) and function.name == "size" and len(form.arguments) == 1:
            dim = bare(form.arguments[0].form)
            return isinstance(dim, f.Const) and dim.value == 0 and _is_of_batch(function.base, call)
        if isinstance(function, f.Global) and function.name == "len" and len(form.arguments) == 1:
            counted = bare(form.arguments[0].form)
            given = [bare(argument.form) for argument in call.arguments]
            return counted in given or any(_is_fed(each, counted) for each in given)
    return bool(named) and not isinstance(form, f.Const) and BATCH_SIZES.match(named) is not None


def _is_of_batch(form: f.Form, call: f.Call) -> bool:
    """Whether the first dimension of something may be the batch: not that of what an object holds, unless the loss is
    given it."""
    form = bare(form)
    return not isinstance(form, f.Attr) or any(
        f.written(bare(given.form)) == f.written(form) for given in call.arguments
    )


def _is_fed(form: f.Form, counted: f.Form) -> bool:
    """Whether what goes into a loss is what a model makes of something: `model(x)`, `self.model(x)`."""
    if not isinstance(form, f.Call):
        return False
    function = bare(form.function)
    if isinstance(function, f.Attr):
        receiver = bare(function.base)
        if not (isinstance(receiver, f.Param) and receiver.name == "self"):
            return False  # `torch.cat(parts)`: as many as there are parts
    return any(bare(argument.form) is counted for argument in form.arguments)


def of_one_sample(call: f.Call) -> bool:
    """Whether a loss is given single samples, picked out in a loop: their sum has to be divided."""
    pending = [argument.form for argument in call.arguments]
    while pending:
        form = bare(pending.pop())
        if isinstance(form, f.Unpacked) and isinstance(whole := bare(form.base), f.Sequence):
            pending += whole.elements[form.index : form.index + 1]  # `x, y = x[i].unsqueeze(0), y[i].unsqueeze(0)`
            continue
        if isinstance(form, f.Unpacked):
            form = bare(form.base)
        if isinstance(form, f.Unpacked):  # `for i, (x, y) in enumerate(…)`
            form = bare(form.base)
        if isinstance(form, f.Element) and _of_samples(form.loop):
            return True
        if isinstance(form, f.Item):
            if _moves(form.key):
                return True
            pending.append(form.base)
        elif isinstance(form, f.Attr):
            pending.append(form.base)
        elif isinstance(form, f.Call) and isinstance(form.function, f.Attr):
            if form.callee_name == "unsqueeze" and form.arguments and number(form.arguments[0].form) == 0:
                return True
            pending.append(form.function.base)
    return False


def _of_samples(loop: f.Loop) -> bool:
    """Whether a loop goes through lists side by side: batches come from a loader."""
    pending = [loop.iterable]
    while pending:
        form = pending.pop()
        if form is None:
            continue
        form = bare(form)
        if isinstance(form, f.Call):
            if isinstance(form.function, f.Global) and form.function.name in ("zip", "range"):
                return True
            pending += [argument.form for argument in form.arguments[:1]]
    return False


def _moves(form: f.Form) -> bool:
    """Whether an index changes from round to round."""
    form = bare(form)
    if isinstance(form, f.Unpacked):
        form = bare(form.base)
    if isinstance(form, f.Sequence):
        return any(map(_moves, form.elements))
    if isinstance(form, f.Slice):
        return any(_moves(part) for part in (form.lower, form.upper) if part is not None)
    if isinstance(form, f.Binary):
        return _moves(form.left) or _moves(form.right)
    return isinstance(form, (f.Element, f.Carried))


def _is_mean(ev: Evaluator, loss: Loss, call: f.Call, frame: Frame) -> bool:
    """Whether a loss averages over the batch by itself."""
    contract = loss.contract
    if contract.library:
        return False  # some of them are not reduced unless that is asked for
    given = (
        bindings(ev, call, frame).by_name(contract.function_parameters)
        if loss.settings is None
        else loss.settings.by_name(contract.constructor)
    )
    if contract.name == "KLDivLoss" and "reduction" not in given:
        return False  # its mean is another one
    return all(plain(ev, ev.value(given[name]), False) in MEANS[name] for name in MEANS if name in given)

"""What `nn.DataParallel` is made of, written out: a model's replicas, the parts of a batch, and their outputs.

Source: torch 2.13, `torch/nn/parallel/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.behaviour.builtin import Builtin, first, unknown
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.loops import sample
from losslint.static.evaluation.values import Bindings, SeqV, TensorV, UnknownV, Value, given
from losslint.static.lowering import forms as f
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def _parts(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """One for each device, all of them alike."""
    value = first(ev, arguments)
    if value is None or isinstance(value, UnknownV):
        return unknown("what is spread over devices is not known", form, frame, value)
    return SeqV("list", (given(_part(value)),), False)


def _part(value: Value) -> Value:
    """A part of a batch: of how many samples, nobody knows."""
    shape = value.meaning.shape if isinstance(value, TensorV) else None
    if not isinstance(value, TensorV) or shape is None or shape.open or not shape.sizes:
        return value
    return TensorV(value.meaning.but(shape=Shape((None, *shape.sizes[1:])), identity=None), value.open)


def _applied(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """Each replica of what it is given: a tensor, or a tuple of arguments."""
    from losslint.static.evaluation import calls

    if len(arguments.positional) < 2:
        return unknown("what the replicas are given is not known", form, frame)
    models, inputs = (ev.value(lazy) for lazy in arguments.positional[:2])
    if not isinstance(models, SeqV) or not models.items:
        return unknown("which replicas there are is not known", form, frame, models)
    given_to = sample(ev, inputs)
    spread = given_to.items if isinstance(given_to, SeqV) and given_to.complete else (given(given_to),)
    made = calls.call(ev, sample(ev, models), Bindings(spread), form, frame, direct=False)
    return made if isinstance(made, UnknownV) else SeqV("list", (given(made),), False)


def _gathered(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """What the replicas give, as one batch."""
    outputs = first(ev, arguments)
    if isinstance(outputs, UnknownV):
        return outputs
    if not isinstance(outputs, SeqV) or outputs.complete or not outputs.items:
        return unknown("what is gathered is not known", form, frame)
    return _part(sample(ev, outputs))


REPLICAS: dict[str, Builtin] = {
    f"torch.nn.parallel.{module}{name}": function
    for name, module_of, function in (
        ("replicate", "replicate.", _parts),
        ("scatter", "scatter_gather.", _parts),
        ("parallel_apply", "parallel_apply.", _applied),
        ("gather", "scatter_gather.", _gathered),
    )
    for module in ("", module_of)
}

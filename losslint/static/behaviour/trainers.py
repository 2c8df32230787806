"""Models and losses that a trainer of a library brings together: what it computes when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.contracts.trainers import Trainer, trainer_of
from losslint.static.behaviour.modules import Loss, construct, loss_of
from losslint.static.evaluation.arguments import bindings
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    ExternalV,
    Lazy,
    ObjectV,
    SeqV,
    UnknownV,
    Value,
    given,
    passed_on,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def trained(ev: Evaluator, function: Value, call: f.Call, frame: Frame) -> tuple[Loss, Bindings] | None:
    """The loss that a trainer computes which is made in a call, and what it gives the loss."""
    trainer = trainer_of(function.name) if isinstance(function, ExternalV) else None
    if trainer is None:
        return None
    arguments = bindings(ev, call, frame)
    model, loss = arguments.get(*trainer.model), arguments.get(*trainer.loss)
    if model is None or (loss is None and (not trainer.usual or not arguments.complete)):
        return None
    if any(arguments.get(*place) is not None for place in trainer.between):
        return None
    computed = _loss(ev, trainer, loss, arguments, call)
    if computed is None or (trainer.logarithm and computed.contract.name == "NLLLoss"):
        return None
    output = _output(ev, trainer, ev.value(model), arguments, call, frame)
    return computed, Bindings((given(output), given(UnknownV("the trainer gives it"))))


def _loss(ev: Evaluator, trainer: Trainer, lazy: Lazy | None, arguments: Bindings, call: f.Call) -> Loss | None:
    value = ev.value(lazy) if lazy is not None else ExternalV(trainer.usual)
    if isinstance(value, ExternalV) and lookup.loss_by_module(value.name) is not None:
        handed_on = _handed_on(arguments, trainer.loss_prefix)
        value = ObjectV(value.name, handed_on, call, Trail(ev.spot(call), f"`{value.name}` is made here"))
    return loss_of(ev, value)


def _output(ev: Evaluator, trainer: Trainer, model: Value, arguments: Bindings, call: f.Call, frame: Frame) -> Value:
    from losslint.static.evaluation import calls

    if isinstance(model, ClassV):
        model = construct(ev, model, _handed_on(arguments, trainer.model_prefix), call, frame, direct=False)
    batch = UnknownV("a batch of the loader", symbol=("batch of", id(call), id(frame)))
    output = calls.call(ev, model, Bindings((given(batch),)), call, frame, direct=False)
    if isinstance(output, SeqV) and output.items:
        return passed_on(ev.value(output.items[0]), output)
    return output


def _handed_on(arguments: Bindings, prefix: str) -> Bindings:
    """The keywords that begin with a prefix, without it."""
    if not prefix:
        return Bindings(complete=False)
    keywords = {name.removeprefix(prefix): lazy for name, lazy in arguments.keywords.items() if name.startswith(prefix)}
    return Bindings((), keywords, arguments.complete)

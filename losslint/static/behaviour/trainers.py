"""Models and losses that a trainer of a library brings together: what it computes when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.contracts.trainers import Trainer, trainer_of
from losslint.static.behaviour.modules import Loss, construct, loss_of
from losslint.static.behaviour.tensors import meaning_of, operate
from losslint.static.evaluation.arguments import bindings
from losslint.static.evaluation.constructors import init_frames, super_arguments
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    ExternalV,
    InstanceV,
    Lazy,
    ObjectV,
    SeqV,
    SuperV,
    UnknownV,
    Value,
    given,
    passed_on,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def trained(ev: Evaluator, function: Value, call: f.Call, frame: Frame) -> tuple[Loss, Bindings] | None:
    """The loss that a trainer computes which is made in a call, and what it gives the loss."""
    found = _made(ev, function, call, frame)
    if found is None:
        return None
    trainer, arguments = found
    model, loss = arguments.get(*trainer.model), arguments.get(*trainer.loss)
    if model is None or (loss is None and (not trainer.usual or not arguments.complete)):
        return None
    if any(arguments.get(*place) is not None for place in trainer.between):
        return None
    computed = _loss(ev, trainer, loss, arguments, call)
    if computed is None:
        return None
    output = _output(ev, trainer, ev.value(model), arguments, call, frame)
    if trainer.logarithm and computed.contract.name == "NLLLoss":
        logarithm = _logarithm(ev, output, call, frame)
        if logarithm is None:
            return None
        output = logarithm
    return computed, Bindings((given(output), given(UnknownV("the trainer gives it"))))


def _made(ev: Evaluator, function: Value, call: f.Call, frame: Frame) -> tuple[Trainer, Bindings] | None:
    """The trainer that a call makes, and what its constructor is given."""
    if isinstance(function, ExternalV):
        trainer = trainer_of(function.name)
        return (trainer, bindings(ev, call, frame)) if trainer is not None else None
    if not isinstance(function, ClassV):
        return None
    order = ev.classes.order(function)
    derived = next((known for base in order if isinstance(base, str) and (known := trainer_of(base))), None)
    own = (name for base in order if not isinstance(base, str) for name in base.definition.methods)
    if derived is None or not derived.steps or not derived.steps.isdisjoint(own):
        return None
    inside = init_frames(ev, InstanceV(function, call, frame))
    if not inside:
        return derived, bindings(ev, call, frame)
    last = inside[-1][1]
    handed = super_arguments(ev, last)
    if handed is None:
        return None
    arguments = bindings(ev, handed[0], last)
    itself = 0 if isinstance(handed[1], SuperV) else 1
    return derived, Bindings(arguments.positional[itself:], arguments.keywords, arguments.complete)


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


def _logarithm(ev: Evaluator, output: Value, call: f.Call, frame: Frame) -> Value | None:
    """The logarithm that a trainer takes of what a model returns: of probabilities, as it should be, or of what has
    none. What else may be wrong would be said of a logarithm that nobody wrote."""
    operation = lookup.operation_by_function("torch.log")
    if operation is None:
        return None
    value = operate(ev, operation, "the trainer's `log`", Bindings((given(output),)), call, frame, None)
    return value if meaning_of(value).kind in (Kind.LOG_PROBABILITIES, Kind.LOG, Kind.UNKNOWN) else None


def _handed_on(arguments: Bindings, prefix: str) -> Bindings:
    """The keywords that begin with a prefix, without it."""
    if not prefix:
        return Bindings(complete=False)
    keywords = {name.removeprefix(prefix): lazy for name, lazy in arguments.keywords.items() if name.startswith(prefix)}
    return Bindings((), keywords, arguments.complete)

"""What a loss returns that is not reduced: one value a sample, or an element, of which the shape may be known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts.transfer import shapes
from losslint.static.behaviour.modules import Loss, scalar
from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import REFUSED, Bindings, ConstV, Lazy, TensorV, UnknownV, Value
from losslint.static.lowering import forms as f
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import OVER_CLASSES
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Losses of one value for each element of what they compare.
OVER_ELEMENTS = frozenset(
    {"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "PoissonNLLLoss", "BCELoss", "BCEWithLogitsLoss", "KLDivLoss"}
)

#: What each loss of torch's is given.
COMPARED = ("input", "target")


def result(ev: Evaluator, loss: Loss, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """What the call of a loss gives."""
    value = scalar(form, frame)
    if _is_given_too_little(loss, arguments):
        return UnknownV(f"`{loss.contract.name}` {REFUSED}", symbol=("call", id(form), id(frame)))
    contract, settings = loss.contract, loss.settings
    if loss.declared is not None or loss.bound is not None or not arguments.complete:
        return value
    if contract.name not in OVER_ELEMENTS and contract.name not in OVER_CLASSES:
        return value
    named = arguments.by_name(contract.function_parameters if settings is None else COMPARED)
    held = settings.by_name(contract.constructor) if settings is not None and settings.complete else named
    if not _is_asked_for(ev, held) or "input" not in named or "target" not in named:
        return value
    given, target = (meaning_of(ev.value(named[name])) for name in ("input", "target"))
    over_classes = contract.name in OVER_CLASSES
    shape = _over_classes(given, target) if over_classes else shapes.broadcast(given.shape, target.shape)
    return TensorV(value.meaning.but(shape=shape)) if shape is not None else value


def _is_given_too_little(loss: Loss, arguments: Bindings) -> bool:
    """Whether a loss of torch's compares what it is given with nothing: an object that is called like a model. Source:
    torch 2.13, `forward` of the losses, of which each has two tensors without a default."""
    if loss.settings is None or loss.declared is not None or loss.bound is not None or loss.contract.library:
        return False
    return arguments.complete and len(arguments.positional) + len(arguments.keywords) < len(COMPARED)


def _is_asked_for(ev: Evaluator, settings: dict[str, Lazy]) -> bool:
    """Whether a loss is told not to reduce, in one of the two ways of saying so."""
    known = {name: ev.value(settings[name]) for name in ("reduction", "reduce", "size_average") if name in settings}
    values = {name: value.value if isinstance(value, ConstV) else settings for name, value in known.items()}
    if values.get("reduce") is not None or values.get("size_average") is not None:
        return values.get("reduce") is False
    return values.get("reduction") == "none"


def _over_classes(given: Meaning, target: Meaning) -> Shape | None:
    """The shape of the scores without the dimension of the classes, or that of the class indices."""
    if given.shape is not None and given.rank is not None and given.rank > 1:
        return Shape((given.shape.sizes[0], *given.shape.sizes[2:]))
    indices = target.is_integral and target.rank is not None and target.rank > 0
    return target.shape if indices else None

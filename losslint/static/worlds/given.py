"""What a loss is given in a call: its tensors and its settings, under the names of its contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import library_losses
from losslint.contracts.schema import LossContract
from losslint.static.behaviour.modules import Loss
from losslint.static.behaviour.tensors import plain
from losslint.static.evaluation.values import Bindings, ExternalV, UnknownV, Value
from losslint.vocabulary.observations import UNSETTLED, Whose

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def takes(loss: Loss, arguments: Bindings) -> bool:
    """Whether a loss has parameters of the names that it is called with."""
    contract = loss.contract
    named = [argument.name for argument in contract.arguments]
    known = contract.function_parameters if loss.settings is None else (contract.forward_parameters or named)
    return not known or arguments.keywords.keys() <= set(known)


def sorted_out(ev: Evaluator, loss: Loss, arguments: Bindings) -> tuple[dict[str, Value], dict[str, object]]:
    """The tensors and the settings of a loss call, under the contract's names."""
    contract = loss.contract
    names = [argument.name for argument in contract.arguments]
    tensors: dict[str, Value] = {}
    settings: dict[str, object] = {}
    known = arguments.complete
    if loss.settings is None:
        parameters = contract.function_parameters
        in_function = names if set(names) <= set(parameters) else list(contract.forward_parameters)
        for name, lazy in arguments.by_name(parameters).items():
            if name in in_function:
                tensors[names[in_function.index(name)]] = ev.value(lazy)
            else:
                settings[name] = _setting(ev, ev.value(lazy))
    else:
        written = contract.forward_parameters or tuple(names)
        for name, lazy in arguments.by_name(written).items():
            position = written.index(name) if name in written else -1
            if 0 <= position < len(names):
                tensors[names[position]] = ev.value(lazy)
        for name, lazy in loss.settings.by_name(contract.constructor).items():
            settings[name] = _setting(ev, ev.value(lazy))
        known = loss.settings.complete
    if not known:
        for mode in contract.modes:
            for name in mode.when:
                settings.setdefault(name, UNSETTLED)
    if not arguments.complete:
        for name in names:
            tensors.setdefault(name, UnknownV("it is passed through `*` or `**`"))
    return tensors, settings


def _setting(ev: Evaluator, value: Value) -> object:
    known = plain(ev, value, False)
    if known is UNSETTLED and isinstance(value, ExternalV):
        return library_losses.constant(value.name, known)
    return known


def whose(loss: Loss) -> Whose:
    """Who wrote a loss."""
    if loss.declared is not None:
        return Whose.DECLARED
    return Whose.LIBRARY if loss.contract.library else Whose.TORCH


def spelled(contract: LossContract) -> str:
    """A loss that is an object, for people."""
    return contract.name if contract.library else f"nn.{contract.name}"

"""Mixed precision: the `with autocast(…)` blocks that a call stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.arguments import bindings
from losslint.static.evaluation.values import Bindings, ConstV, ExternalV
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Contexts of one device, by their qualified names, under both places that torch has them in.
OF_DEVICE = {
    "torch.cuda.amp.autocast": "cuda",
    "torch.cuda.amp.autocast_mode.autocast": "cuda",
    "torch.cpu.amp.autocast": "cpu",
    "torch.cpu.amp.autocast_mode.autocast": "cpu",
}

#: Contexts that are told their device.
TOLD = frozenset({"torch.autocast", "torch.amp.autocast", "torch.amp.autocast_mode.autocast"})

#: Where the parameter `enabled` stands in them.
_OF_DEVICE = ("enabled", "dtype", "cache_enabled")
_TOLD = ("device_type", "dtype", "enabled", "cache_enabled")


def region(ev: Evaluator, call: f.Call, frame: Frame) -> str | None:
    """The device whose mixed precision is on where a call stands, from the innermost block outwards and on to the call
    of its function; None where none is known to be: a block of the project's own may turn it off again."""
    for written in reversed(call.blocks):
        block = f.bare(written)
        entered = ev.force(block.function, frame) if isinstance(block, f.Call) else None
        if not isinstance(entered, ExternalV) or not isinstance(block, f.Call):
            return None
        if entered.name in OF_DEVICE:
            known = bindings(ev, block, frame)
            return OF_DEVICE[entered.name] if _is_on(ev, known, _OF_DEVICE) else None
        if entered.name in TOLD:
            known = bindings(ev, block, frame)
            told = known.by_name(_TOLD).get("device_type")
            device = ev.value(told) if told is not None else None
            on = isinstance(device, ConstV) and isinstance(device.value, str) and _is_on(ev, known, _TOLD)
            return device.value if on and isinstance(device, ConstV) and isinstance(device.value, str) else None
        if "autocast" in entered.name:
            return None
    if frame.call is None or frame.caller is None or frame.graph.decorators:
        return None
    return region(ev, frame.call, frame.caller)


def _is_on(ev: Evaluator, known: Bindings, parameters: tuple[str, ...]) -> bool:
    if not known.complete:
        return False
    given = known.by_name(parameters).get("enabled")
    if given is None:
        return True
    value = ev.value(given)
    return isinstance(value, ConstV) and value.value is True

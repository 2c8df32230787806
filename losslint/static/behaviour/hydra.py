"""Objects that Hydra makes of a configuration which names its class: `instantiate({"_target_": "torch.nn.MSELoss"})`.

Source: hydra 1.3, `hydra/_internal/instantiate/_instantiate2.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.behaviour.builtin import Builtin, unknown
from losslint.static.evaluation.attributes import attribute
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    Bindings,
    ConstV,
    DictV,
    ExternalV,
    Lazy,
    ModuleV,
    PartialV,
    Value,
    given,
    is_object,
)
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: The key that names what is called, and the ones that say how.
_TARGET, _PARTIAL = "_target_", "_partial_"
_HARMLESS = frozenset({_TARGET, _PARTIAL, "_recursive_", "_convert_"})

#: What a class or function is named by.
_QUALIFIED = re.compile(r"[^\W\d]\w{0,99}(?:\.[^\W\d]\w{0,99}){1,9}")


def instantiate(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """What is made of a configuration that stands in the code. A file says more than can be read of it here: which
    others it is put together with, and what the command line replaces."""
    config = arguments.get(0, "config")
    written = ev.value(config) if config is not None else None
    if not isinstance(written, DictV) or not arguments.complete:
        return unknown("the configuration is not known", form, frame)
    more = {name: lazy for name, lazy in arguments.keywords.items() if name != "config"}
    return _made(ev, written, Bindings(arguments.positional[1:], more), form, frame)


def _made(ev: Evaluator, config: DictV, more: Bindings, form: f.Call, frame: Frame) -> Value:
    keywords = {key: lazy for key, lazy in config.items.items() if isinstance(key, str)}
    keywords.update(more.keywords)
    function = _named(ev, keywords, frame)
    special = {key for key in keywords if key.startswith("_") and key.endswith("_")}
    if function is None or not config.complete or len(keywords) < len(config.items) or special - _HARMLESS:
        return unknown("the configuration is not known", form, frame)
    inner = {key: _inside(ev, lazy, form, frame) for key, lazy in keywords.items() if key not in special}
    bound = Bindings(more.positional, inner)
    partial = ev.value(keywords[_PARTIAL]) if _PARTIAL in keywords else ConstV(False)
    if isinstance(partial, ConstV) and not partial.value:
        from losslint.static.evaluation.calls import call

        return call(ev, function, bound, form, frame, direct=False)
    if isinstance(partial, ConstV):
        return PartialV(function, bound)
    return unknown("whether the configuration makes an object is not known", form, frame)


def _named(ev: Evaluator, keywords: dict[str, Lazy], frame: Frame) -> Value | None:
    """The class or function that a configuration names."""
    target = ev.value(keywords[_TARGET]) if _TARGET in keywords else None
    if target is not None and is_object(target):
        return target
    if not isinstance(target, ConstV) or not isinstance(target.value, str) or not _QUALIFIED.fullmatch(target.value):
        return None
    module, _, name = target.value.rpartition(".")
    found = ev.bound(ev.project.imports.resolve_module(frame.graph.unit.file, module, 0))
    value = attribute(ev, found, name) if isinstance(found, (ModuleV, ExternalV)) else None
    return value if value is not None and is_object(value) else None


def _inside(ev: Evaluator, lazy: Lazy, form: f.Call, frame: Frame) -> Lazy:
    """An argument, which is made of its own configuration where it is one."""
    value = ev.value(lazy)
    if isinstance(value, DictV) and _TARGET in value.items:
        return given(_made(ev, value, Bindings(), form, frame))
    return lazy


HYDRA: dict[str, Builtin] = {"hydra.utils.instantiate": instantiate, "hydra.utils.call": instantiate}

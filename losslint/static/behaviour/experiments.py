"""Settings that a program hands to wandb and reads from there again: `wandb.init(config=defaults)`, `wandb.config.lr`.

Source: wandb 0.16, `wandb/sdk/wandb_init.py` and `wandb/sdk/wandb_config.py`: an entry is read by brackets and as an
attribute. A sweep and a later update change what the dict says: then nothing is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.behaviour.builtin import Builtin
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.searching import calls_of
from losslint.static.evaluation.values import Bindings, DictV, ExternalV, Lazy, ObjectV, UnknownV, Value
from losslint.static.files.file import File
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: What starts a run, and under which name the settings of the last one are read.
_INIT, _CONFIG = "wandb.init", "wandb.config"

#: What gives a run other settings than those that it is started with.
_CHANGED = re.compile(
    rb"\b(?:wandb\.(?:sweep|agent)|config\.(?:update|setdefaults))\s{0,9}\(|\b(?:wandb|run)\.config(?:\.\w+|\[[^\]\n]{1,99}\])\s{0,9}=(?!=)"
)


def of_the_run(ev: Evaluator, value: ExternalV, file: File) -> Value:
    """`wandb.config`: the dict that the only run which a file starts is given; the name itself where that is not
    known."""
    if value.name != _CONFIG:
        return value
    started = [(call, graph) for call, graph in calls_of(file, "init") if _starts(ev, call, graph)]
    if len(started) != 1:
        return value
    call, graph = started[0]
    config = next((argument.form for argument in call.arguments if argument.keyword == "config"), None)
    if config is None:
        return value
    settings = _settings(ev, Lazy(config, ev.generic(graph)), file)
    return settings if settings is not None else value


def attribute(ev: Evaluator, base: ObjectV, name: str) -> Value | None:
    """`run.config`, None for what else is read of an object."""
    if base.name != _INIT or name != "config" or base.origin is None:
        return None
    config, unit = base.arguments.keywords.get("config"), base.origin.unit
    settings = _settings(ev, config, unit.file) if config is not None and unit is not None else None
    return settings if settings is not None else UnknownV("settings of a run", symbol=("run", id(base.origin)))


def _starts(ev: Evaluator, call: f.Call, graph: f.Graph) -> bool:
    function = ev.force(call.function, ev.generic(graph))
    return isinstance(function, ExternalV) and function.name == _INIT


def _settings(ev: Evaluator, config: Lazy, file: File) -> DictV | None:
    """What a run is given, if nothing changes that."""
    if _CHANGED.search(ev.project.data(file.name)) is not None:
        return None
    value = ev.value(config)
    return DictV(value.items, value.complete, value.rest) if isinstance(value, DictV) else None


def _init(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """A run, which has the settings that it is given."""
    return ObjectV(_INIT, arguments, form)


EXPERIMENTS: dict[str, Builtin] = {_INIT: _init}

"""Dicts that Python's functions make: dict, OrderedDict, defaultdict, namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.behaviour.builtin import Builtin, first
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.loops import items_of
from losslint.static.evaluation.values import Bindings, ConstV, DictV, Lazy, SeqV, Value, given, is_object
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def _dict(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    items: dict[object, Lazy] = {}
    complete = arguments.complete
    rest: tuple[Lazy, ...] = ()
    value = first(ev, arguments)
    if isinstance(value, DictV):
        items.update(value.items)
        complete = complete and value.complete
        rest = value.rest
    elif value is not None:
        pairs = items_of(ev, value)
        if pairs is None:
            complete = False
            pairs = list(value.items) if isinstance(value, SeqV) else []
        for lazy in pairs:
            pair = ev.value(lazy)
            if isinstance(pair, SeqV) and len(pair.items) == 2:
                key = ev.value(pair.items[0])
                if isinstance(key, ConstV) and isinstance(key.value, (str, int, tuple)):
                    items[key.value] = pair.items[1]
                    continue
                rest += (pair.items[1],)
            complete = False
    items.update(arguments.keywords)
    return DictV(items, complete, rest)


def _of_keys(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """`dict.fromkeys(keys, value)`"""
    value = arguments.get(1, "value") or given(ConstV(None))
    keys = first(ev, arguments)
    items = items_of(ev, keys) if keys is not None else None
    if items is None:
        return DictV({}, False, (value,))
    known = [ev.value(lazy) for lazy in items]
    constants = [key.value for key in known if isinstance(key, ConstV) and isinstance(key.value, (str, int, tuple))]
    filled: dict[object, Lazy] = dict.fromkeys(constants, value)
    return DictV(filled) if len(constants) == len(known) else DictV(filled, False, (value,))


def _with_a_default(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """`defaultdict(nn.MSELoss)`: under every key that nobody has set there is a loss. What else is made there, lists as
    a rule, is filled in ways that are not followed."""
    from losslint.static.behaviour.modules import loss_of
    from losslint.static.evaluation.calls import call

    filled = _dict(ev, Bindings(arguments.positional[1:2], arguments.keywords), form, frame)
    made = first(ev, arguments)
    value = call(ev, made, Bindings(), form, frame) if made is not None and is_object(made) else None
    rest = (given(value),) if value is not None and loss_of(ev, value) is not None else ()
    return DictV(filled.items, False, rest) if isinstance(filled, DictV) else filled


DICTS: dict[str, Builtin] = {
    "builtins.dict": _dict,
    "builtins.dict.fromkeys": _of_keys,
    "collections.OrderedDict": _dict,
    "collections.defaultdict": _with_a_default,
    "easydict.EasyDict": _dict,
    "munch.Munch": _dict,
    "munch.munchify": _dict,
    "types.SimpleNamespace": _dict,
    "argparse.Namespace": _dict,
}

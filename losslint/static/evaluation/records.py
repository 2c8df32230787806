"""Tables of which a run reads one entry: of records (`MODELS[name]` gives a class and a size), of classes beside a list
of their names, and enumerations of classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from losslint.static.behaviour.activations import are_activations
from losslint.static.evaluation import enumerations
from losslint.static.evaluation.loops import items_of
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    DictV,
    Lazy,
    MemberV,
    SeqV,
    Value,
    given,
    is_object,
)
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Parts of one record that are looked at.
MOST_PARTS = 16

#: Records inside each other.
DEEPEST = 2


def are_records(ev: Evaluator, values: Sequence[Value]) -> bool:
    """Whether each entry of a table holds objects that belong together: a class and its settings, a model and its loss.
    Numbers and texts alone are settings of a run, which nobody has to know."""
    return all(_is_record(value) and any(map(is_object, objects_in(ev, value))) for value in values)


def hold_activations(ev: Evaluator, values: Sequence[Value]) -> bool:
    """Whether what is chosen, or a part of it, is an activation."""
    return are_activations(part for value in values for part in objects_in(ev, value))


def _is_record(value: Value) -> bool:
    if isinstance(value, SeqV):
        return value.complete and value.sort in ("tuple", "list") and len(value.items) <= MOST_PARTS
    return type(value) is DictV and value.complete and len(value.items) <= MOST_PARTS


def objects_in(ev: Evaluator, value: Value, depth: int = DEEPEST) -> Iterator[Value]:
    """A value, or the parts of a record."""
    if not depth or not _is_record(value):
        yield value
        return
    parts = value.items if isinstance(value, SeqV) else value.items.values() if isinstance(value, DictV) else ()
    for lazy in parts:
        yield from objects_in(ev, ev.value(lazy), depth - 1)


def beside_its_names(ev: Evaluator, base: Value, key: f.Form, frame: Frame) -> tuple[DictV, Value] | None:
    """`MODELS[NAMES.index(args.model)]`: the table that two lists make, and what is looked up in it."""
    call = f.bare(key)
    if not isinstance(call, f.Call) or call.callee_name != "index" or len(call.arguments) != 1:
        return None
    if not isinstance(base, SeqV) or not base.complete or not isinstance(call.function, f.Attr):
        return None
    names = items_of(ev, ev.force(call.function.base, frame))
    if names is None or len(names) != len(base.items):
        return None
    keys = [ev.value(lazy) for lazy in names]
    known = [each.value for each in keys if isinstance(each, ConstV) and isinstance(each.value, str)]
    if len(set(known)) != len(base.items):
        return None
    return DictV(dict(zip(known, base.items, strict=True)), True, trail=base.trail), ev.force(
        call.arguments[0].form, frame
    )


def enumerated(ev: Evaluator, cls: ClassV) -> DictV | None:
    """An enumeration of classes as a table: `Arch[args.model].value()`."""
    from losslint.static.evaluation.objects import class_attribute

    if not enumerations.is_enumeration(ev, cls):
        return None
    members: dict[object, Lazy] = {}
    for name in sorted(cls.definition.names):
        if name.startswith("_"):
            continue
        value = class_attribute(ev, cls, name)
        held = value.holds if isinstance(value, MemberV) else value
        if not (is_object(held) or are_records(ev, [held])):
            return None  # members are compared with, or nobody knows what they are
        members[name] = given(DictV({"name": given(ConstV(name)), "value": given(held)}, True))
    return DictV(members, True) if members else None

"""Attributes as a function reads them: what was set on something in the same function first, then what it had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.behaviour import experiments
from losslint.static.behaviour.rows import some_setting
from losslint.static.evaluation import effects, global_effects, object_effects
from losslint.static.evaluation.attributes import attribute
from losslint.static.evaluation.conditions import truth
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import instance_key
from losslint.static.evaluation.meeting import meet, or_none
from losslint.static.evaluation.objects import by_name
from losslint.static.evaluation.stored import from_init
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    ContainerV,
    ExternalV,
    InstanceV,
    Open,
    TensorV,
    UnknownV,
    Value,
    stepped,
)
from losslint.static.files.index import SOME_NAME
from losslint.static.lowering import forms as f
from losslint.static.lowering.attribute_changes import (
    REGISTERING,
    is_configuration,
    registers,
    root,
    untouched_by_rounds,
)

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def force_attr(ev: Evaluator, form: f.Attr, frame: Frame) -> Value:
    """`base.name`"""
    value = effects.read(ev, form.base, form.name, frame, form.seq)
    if type(value) is ExternalV:
        return experiments.of_the_run(ev, value, frame.graph.unit.file)
    if type(value) is UnknownV and is_configuration(form.base):
        # It may be a text or a list, but where a tensor is multiplied by it, it is a number.
        return UnknownV(
            value.reason,
            value.open,
            ("configuration", form.name),
            tensor=value.tensor or some_setting(value.reason),
            optional=value.optional,
            unset=value.unset,
        )
    return value


def read_attribute(
    ev: Evaluator, base: f.Form, name: str, frame: Frame, read: dict[f.Form, Value] | None = None
) -> Value:
    """An attribute of what a form is: what was set on it in the same function first, then what it had.

    `read` holds what it is behind each open condition that was looked at already: both ways out of one lead to the same
    conditions before it, and each of them is looked at once.
    """
    read = {} if read is None else read
    while True:
        if isinstance(base, f.Named):
            changed = _changed_by_others(ev, base, frame)
            if changed is not None:
                return attribute(ev, changed, name)
            base = base.form
        elif isinstance(base, f.SetAttr):
            if base.name == name:
                return _kept(ev, base, frame)
            base = base.base
        elif isinstance(base, f.Mutated):
            registered = registers(base, name)
            if registered is not None:
                value = ev.force(registered, frame)
                if isinstance(value, TensorV) and value.meaning.device is not None:
                    # A buffer moves along with its module.
                    return TensorV(value.meaning.but(device=None), value.open)
                return value
            base = base.base
        elif isinstance(base, f.Within):
            return within(ev, base, read_attribute(ev, base.base, name, frame, read), name, frame)
        elif isinstance(base, f.Choice) and (ev.touches(base.then, name) or ev.touches(base.other, name)):
            decided = truth(ev, base.condition, frame)
            if not isinstance(decided, Open):
                base = base.then if decided else base.other
                continue
            if base not in read:
                then, other = (read_attribute(ev, way, name, frame, read) for way in (base.then, base.other))
                if _is_left_out(ev, other, name, frame):
                    read[base] = or_none(then)
                elif _is_left_out(ev, then, name, frame):
                    read[base] = or_none(other)
                else:
                    read[base] = meet(then, other, decided)
            return read[base]
        elif isinstance(base, (f.Choice, f.LoopOut, f.Carried)):
            # An object of which other attributes were set on some way is still that object.
            same = _same_object(ev, base)
            if same is None:
                return attribute(ev, ev.force(base, frame), name)
            if not ev.touches(base, name):
                base = same
            elif not isinstance(base, f.Choice) and untouched_by_rounds(base, name):
                base = base.before
            else:
                return attribute(ev, ev.force(base, frame), name)
        else:
            whole = object_effects.on_global(ev, base, frame) if isinstance(base, f.Global) else ev.force(base, frame)
            return attribute(ev, whole, name)


def _is_left_out(ev: Evaluator, value: Value, name: str, frame: Frame) -> bool:
    """Whether a method leaves an attribute of its object unset on some way, and nobody else sets it to anything but
    None: reading it later means that the other way was taken, as it does for a name."""
    receiver, unit = frame.receiver, frame.graph.unit
    if type(value) is not UnknownV or not value.missing or not isinstance(receiver, InstanceV):
        return False
    if ev.classes.method(receiver.cls, "__getattr__") is not None:
        return False
    # Of two constructors that each set it on some way only, each would ask for what the other leaves.
    asked = ("left out", instance_key(receiver), name)
    if not ev.reads(asked):
        return False
    try:
        return not any(
            _sets_something(ev, receiver, base, method, name)
            for base in ev.classes.order(receiver.cls)
            if not isinstance(base, str)
            for method in base.definition.stores.get(name, ())
            if unit.file is not base.file or unit.qualname != f"{base.definition.qualname}.{method}"
        )
    finally:
        ev.has_read(asked)


def _sets_something(ev: Evaluator, receiver: InstanceV, base: ClassV, method: str, name: str) -> bool:
    """Whether a method of one of an object's classes may set an attribute to something else than None."""
    first = from_init(ev, receiver, base, name) if method == "__init__" else None
    return not isinstance(first, ConstV) or first.value is not None


def _changed_by_others(ev: Evaluator, form: f.Named, frame: Frame) -> Value | None:
    """An object that was handed to what changed it, None when nothing did."""
    from losslint.static.evaluation import handing

    if global_effects.may_matter(form, frame):
        before = ev.force(form.form, frame)
        after = global_effects.afterwards(ev, before, form, frame)
        if after is not before:
            return after
    is_handed = frame.graph.name != "__init__" and handing.is_handed(ev, form, frame)
    if not is_handed and not object_effects.is_called_on(ev, form, frame):
        return None
    before = ev.force(form.form, frame)
    after = handing.afterwards(ev, before, form.form, frame, form.seq)
    return after if after is not before else None


def _kept(ev: Evaluator, form: f.SetAttr, frame: Frame) -> Value:
    value = ev.force(form.value, frame)
    holder = root(form.base)
    shown = holder.name if isinstance(holder, f.Param) else ""
    return stepped(value, ev.spot(form), f"kept as `{shown}.{form.name}`" if shown else f"set as `.{form.name}`")


def _same_object(ev: Evaluator, form: f.Form, within: f.Loop | None = None) -> f.Form | None:
    """What a form was before its attributes were set, on every way to it; None when it may be something else."""
    asked: list[f.Form] = []
    found: f.Form | None
    while True:
        if (form, within) in ev.notes.same:
            found = ev.notes.same[form, within]
            break
        asked.append(form)
        if isinstance(form, f.Named):
            form = form.form
        elif isinstance(form, (f.SetAttr, f.Within)) or (isinstance(form, f.Mutated) and form.method in REGISTERING):
            form = form.base
        elif isinstance(form, f.Choice):
            then, other = _same_object(ev, form.then, within), _same_object(ev, form.other, within)
            found = then if then is other else None
            break
        elif isinstance(form, f.Carried) and form.loop is within:
            found = form
            break
        elif isinstance(form, (f.Carried, f.LoopOut)):
            after = form.loop.after.get(form.name)
            if after is not None:
                ev.notes.same[form, within] = None  # loops inside each other may ask again
                at_the_end = _same_object(ev, after, form.loop)
                if not isinstance(at_the_end, f.Carried) or at_the_end.loop is not form.loop:
                    found = None
                    break
            form = form.before
        else:
            found = form
            break
    for each in asked:
        ev.notes.same[each, within] = found
    return found


def within(ev: Evaluator, change: f.Within, value: Value, name: str, frame: Frame) -> Value:
    """An attribute of what was changed in a way that is not followed."""
    from losslint.static.evaluation import changes, handing

    if change.name == "apply":
        return handing.applied(ev, value, change.arguments, frame)
    if change.name in f.HOOKS:
        return value  # what is hooked is the call of the whole
    if change.name == name:
        return UnknownV(f"`{name}` is set where it is not followed")
    if change.name == SOME_NAME:
        return by_name(value, name) if changes.sets_constants(ev, change, frame) else value
    if isinstance(value, (InstanceV, ContainerV)) and changes.matters(ev, change.name):
        return UnknownV(f"`{change.name}` of something within it is set where it is not followed")
    return value

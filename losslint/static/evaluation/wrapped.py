"""Attributes that are set to what they hold, moved, wrapped or worked on: `self.net = self.net.to(device)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from losslint.contracts import wrappers
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import ExternalV
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import OF_TRAINING, origin
from losslint.static.lowering.attribute_changes import history, root, touches
from losslint.static.lowering.operands import computed_from

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def unmoved(form: f.Form) -> f.Form:
    """What was there before methods that hand back what they are called on: `Net()` of `Net().to(device)`."""
    form = f.bare(form)
    while isinstance(form, f.Call) and form.callee_name in wrappers.METHODS_THAT_KEEP:
        if not isinstance(form.function, f.Attr):
            break
        form = f.bare(form.function.base)
    return form


def only_wraps(ev: Evaluator, final: f.Form, name: str, frame: Frame) -> bool:
    """Whether all that a function sets an attribute to is the attribute itself, moved or wrapped. `final` is the object
    at its end."""
    return _is_all(final, name, lambda value, owner: _wraps(ev, value, name, owner, frame))


def only_changes(ev: Evaluator, final: f.Form, name: str, frame: Frame) -> bool:
    """Whether all that a function sets an attribute to is the attribute itself, moved, wrapped, or with something
    changed in it: `self.net.head = nn.Linear(8, 3)`."""
    return _is_all(final, name, lambda value, owner: _wraps(ev, origin(value), name, owner, frame))


def _is_all(final: f.Form, name: str, is_so: Callable[[f.Form, f.Form], bool]) -> bool:
    """Whether something is so of each value that a function sets an attribute of an object to, and it does set it."""
    found = False
    for here in history(final):
        if isinstance(here, f.SetAttr) and here.name == name:
            if not is_so(here.value, origin(here.base)):
                return False
            found = True
    return found


def works_on(ev: Evaluator, final: f.Form, name: str) -> bool:
    """Whether a function sets an attribute to something that it computes from what the attribute was before:
    `self.fake = self.fake[:, :3]`. `final` is the object at its end."""
    known = ev.notes.works_on.get((final, name))
    if known is None:
        known = ev.notes.works_on[final, name] = _works_on(final, name)
    return known


def _works_on(final: f.Form, name: str) -> bool:
    owner = root(final)
    return any(
        isinstance(part, f.Attr) and part.name == name and root(part.base) is owner and not touches(part.base, name)
        for here in history(final)
        if isinstance(here, f.SetAttr) and here.name == name
        for part in computed_from(here.value)
    )


def _wraps(ev: Evaluator, form: f.Form, name: str, owner: f.Form, frame: Frame) -> bool:
    form = f.bare(form)
    while isinstance(form, f.SetAttr) and form.name in OF_TRAINING:  # `self.head.weight.data[-3:] *= 0.5`
        form = f.bare(form.base)
    while isinstance(form, f.Call):
        function = f.bare(form.function)
        if isinstance(function, f.Attr) and function.name in wrappers.METHODS_THAT_KEEP:
            form = f.bare(function.base)
            continue
        value = ev.force(function, frame) if form.arguments else None
        if not isinstance(value, ExternalV) or value.name not in wrappers.KEEPS_FIRST:
            return False
        form = f.bare(form.arguments[0].form)
    return isinstance(form, f.Attr) and form.name == name and origin(form.base) is owner

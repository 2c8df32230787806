"""Environments: the rewards that they give are numbers, so that a list of them is a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from losslint.contracts import environments
from losslint.static.behaviour.rows import some_number
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import Bindings, ConstV, MethodV, ObjectV, UnknownV, Value
from losslint.static.lowering import forms as f
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def made(name: str, arguments: Bindings, form: f.Call) -> Value | None:
    """The environment that a function makes, None when it makes none."""
    return ObjectV(environments.ENVIRONMENT, arguments, form) if name in environments.MAKERS else None


def _is_one(value: ObjectV) -> bool:
    if value.name == environments.ENVIRONMENT:
        return True
    return value.name.startswith(environments.WRAPPERS) and "ector" not in value.name


def attribute(base: ObjectV, name: str) -> Value | None:
    """The environment inside one."""
    return base if _is_one(base) and name in environments.INSIDE else None


def method(base: ObjectV, name: str, form: f.Call) -> Value | None:
    """A step in an environment, None for what else is called on it."""
    if name != "step" or not _is_one(base):
        return None
    # A wrapper may show something else than the environment inside it.
    whose = base.arguments if base.name == environments.ENVIRONMENT else Bindings()
    return ObjectV(environments.STEP, whose, form)


def inherited(bases: Iterable[str], name: str) -> Value | None:
    """The step of a wrapper of the project's own, which leaves that to the environment inside."""
    if name != "step" or not any(base in environments.BASES for base in bases):
        return None
    return MethodV(ObjectV(environments.ENVIRONMENT, Bindings(), None), name)


def part(ev: Evaluator, base: ObjectV, position: int, count: int, form: f.Form, frame: Frame) -> Value | None:
    """One of the things that a step gives, of `count` where it is unpacked (-1 where it is not)."""
    if base.name != environments.STEP:
        return None
    numbers = environments.NUMBERS_OF_FIVE if count == 5 else environments.NUMBERS
    what = numbers.get(position)
    symbol = ("step", position, id(form), id(frame))
    if what is None:
        shown = "what an environment shows"
        return UnknownV(shown, symbol=symbol, tensor=_row(shown) if position == 0 and _shows_a_row(ev, base) else None)
    return UnknownV(what, symbol=symbol, tensor=some_number(what))


def _shows_a_row(ev: Evaluator, step: ObjectV) -> bool:
    name = step.arguments.get(0, "id")
    value = ev.value(name) if name is not None else None
    return isinstance(value, ConstV) and isinstance(value.value, str) and environments.shows_a_row(value.value)


def _row(reason: str) -> Meaning:
    return Meaning(shape=Shape((None,)), reason=reason)

"""Loops that look for something: what is bound in the round that a `break` ends.

`for cls in MODELS:`, `if cls.name == args.model: model = cls(); break`: which round that is, each run chooses, as it
chooses between branches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.branches import of_two
from losslint.static.evaluation.conditions import Truth, truth
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import ConstV, InstanceV, Open, UnknownV, Value
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Rounds that are looked at one by one where each binds something else.
MOST_ENDS = 8


def found(ev: Evaluator, form: f.LoopOut, rounds: list[Frame], frame: Frame) -> Value:
    """A variable after a loop of which only the last round binds it."""
    bound = form.loop.found[form.name]
    if not rounds or (rounds[-1].round is not None and rounds[-1].round.stands_for_all):
        return ev.force(bound, rounds[-1] if rounds else frame)
    ends: list[tuple[Value, Open]] = []
    for each in rounds:
        ended = _is_ended(ev, form.loop, each)
        if isinstance(ended, Open):
            ends.append((ev.force(bound, each), ended))
        elif ended:
            return _first_of(ev, ends, ev.force(bound, each))
    # Somebody reads it: one of the rounds has bound it.
    return _first_of(ev, ends[:-1], ends[-1][0]) if ends else UnknownV(f"`{form.name}` is bound in no round")


def _is_ended(ev: Evaluator, loop: f.Loop, frame: Frame) -> Truth:
    """Whether a round is the last one."""
    ended: Truth = False
    for condition in loop.breaks:
        here = truth(ev, condition, frame)
        if here is True:
            return True
        ended = here if ended is False else ended
    return ended


def _first_of(ev: Evaluator, ends: list[tuple[Value, Open]], last: Value) -> Value:
    """What is bound in the first round that ends the loop, or else in the last."""
    different = [(value, question) for value, question in ends if not _are_alike(value, last)]
    if len(different) > MOST_ENDS:
        return UnknownV("which of many rounds ends a loop is not known")
    for value, question in reversed(ends if different else []):
        last = of_two(ev, value, last, question)
    return last


def _are_alike(one: Value, other: Value) -> bool:
    """Whether it makes no difference which of two values it is."""
    if isinstance(one, InstanceV) and isinstance(other, InstanceV):
        return one.cls.key == other.cls.key and one.origin is other.origin and not one.arguments and not other.arguments
    return isinstance(one, ConstV) and isinstance(other, ConstV) and one.value == other.value

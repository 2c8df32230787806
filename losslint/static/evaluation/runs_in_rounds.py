"""Loops whose rounds are runs of their own: losses side by side with outputs, tasks that pick theirs, phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.loops import items_of, sample, told_apart
from losslint.static.evaluation.values import (
    ConstV,
    DictV,
    ExternalV,
    IterV,
    Lazy,
    ObjectV,
    Open,
    SeqV,
    UnknownV,
    Value,
    given,
)
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Rounds that are looked at one by one where each has a loss of its own.
MOST_LOSSES = 6


def element(ev: Evaluator, loop: f.Loop, frame: Frame, iterable: Value) -> Value | None:
    """The element of a round, where each of a few rounds has a loss of its own or is a run of its own: which round it
    is, is asked, and what stands beside the loss is of the same round. None where nothing says that they differ."""
    items = _rows(ev, loop, iterable) if not ev.nearby else None
    if items is None or not 1 < len(items) <= MOST_LOSSES:
        return None
    names = {name for lazy in items for name in _losses_in(ev, ev.value(lazy))}
    if len(names) < 2 and not _are_modes(ev, items) and not _picks_losses(ev, loop, frame):
        return None
    key = ("round", loop, frame)
    answer = ev.answer(key)
    if answer is not None and answer < len(items):
        return ev.value(items[answer])
    return UnknownV("each round has a run of its own", Open(key, len(items), may=True), ("in the round", loop, frame))


def _rows(ev: Evaluator, loop: f.Loop, iterable: Value) -> list[Lazy] | None:
    """What each round gets. Beside a list that is known there may be one that is not: targets, weights."""
    if not isinstance(iterable, IterV) or iterable.sort != "zip":
        return items_of(ev, iterable)
    lists = [items_of(ev, part) for part in iterable.parts]
    count = min((len(each) for each in lists if each is not None), default=0)
    if not 1 < count <= MOST_LOSSES:
        return None
    columns = [
        each
        if each is not None
        else [given(told_apart(ev, sample(ev, part), ("in the round", id(loop), at))) for at in range(count)]
        for each, part in zip(lists, iterable.parts, strict=True)
    ]
    return [given(SeqV("tuple", row)) for row in zip(*columns, strict=False)]


def _are_modes(ev: Evaluator, items: list[Lazy]) -> bool:
    """Whether the rounds are runs that go by a name or a flag: `for phase in ("train", "val")`, `for name in NETS`."""
    values = [ev.value(lazy) for lazy in items]
    known = {value.value for value in values if isinstance(value, ConstV) and isinstance(value.value, (str, bool))}
    return len(known) == len(items)


def _picks_losses(ev: Evaluator, loop: f.Loop, frame: Frame) -> bool:
    """Whether the loss of a round is looked up by what is iterated over: `losses[task](outputs[task], targets[task])`
    for each task."""
    for call in frame.graph.calls:
        function = f.bare(call.function)
        if not isinstance(function, f.Item):
            continue
        key = f.bare(function.key)
        key = f.bare(key.base) if isinstance(key, f.Unpacked) else key
        if not isinstance(key, f.Element) or key.loop is not loop:
            continue
        held = ev.force(function.base, frame)
        if (
            isinstance(held, DictV)
            and len({n for lazy in held.items.values() for n in _losses_in(ev, ev.value(lazy))}) > 1
        ):
            return True
    return False


def _losses_in(ev: Evaluator, value: Value) -> list[str]:
    """The losses that an element is, or that stand in it."""
    if isinstance(value, SeqV) and value.sort == "tuple" and len(value.items) <= MOST_LOSSES:
        return [name for lazy in value.items for name in _losses_in(ev, ev.value(lazy))]
    if not isinstance(value, (ObjectV, ExternalV)):
        return []
    from losslint.static.behaviour.modules import loss_of

    loss = loss_of(ev, value)
    return [loss.contract.name] if loss is not None else []

"""Loops whose rounds are runs of their own: losses side by side with outputs, tasks that pick theirs, phases."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, TypeGuard

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.loops import items_of, sample, told_apart
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    DictV,
    ExternalV,
    FunctionV,
    InstanceV,
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
    if (
        len(names) < 2
        and not _are_modes(ev, items)
        and not _picks_losses(ev, loop, frame)
        and not _are_different(ev, items)
    ):
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
    """Whether the rounds are runs that go by a name or a flag: `for phase in ("train", "val")`, `for name in NETS`,
    `for name, head in HEADS.items()`."""
    values = [ev.value(lazy) for lazy in items]
    named = [ev.value(value.items[0]) if _is_a_pair(value) else value for value in values]
    known = {value.value for value in named if isinstance(value, ConstV) and isinstance(value.value, (str, bool))}
    return len(known) == len(items)


def _is_a_pair(value: Value) -> TypeGuard[SeqV]:
    return isinstance(value, SeqV) and value.sort == "tuple" and len(value.items) > 1


def _are_different(ev: Evaluator, items: list[Lazy]) -> bool:
    """Whether the rounds call different functions or objects of the project: `for term in (data_term, smoothness)`,
    `for callback in self.callbacks`, or an own loss beside one of torch's."""
    return len({each for lazy in items if (each := _callee_in(ev, ev.value(lazy))) is not None}) > 1


def _callee_in(ev: Evaluator, value: Value) -> Hashable:
    """What tells the function, class or object that an element is, or that stands in it, from others; None where
    nothing of it is one of the project or a loss."""
    if isinstance(value, FunctionV):
        return value.graph
    if isinstance(value, ClassV):
        return value.key
    if isinstance(value, InstanceV):
        return (value.cls.key, value.origin)
    if isinstance(value, SeqV) and value.sort == "tuple" and len(value.items) <= MOST_LOSSES:
        inside = tuple(_callee_in(ev, ev.value(lazy)) for lazy in value.items)
        return inside if any(each is not None for each in inside) else None
    return next(iter(_losses_in(ev, value)), None)


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
        if isinstance(held, DictV) and _are_different(ev, list(held.items.values())):
            return True
    return False


def _losses_in(ev: Evaluator, value: Value) -> list[str]:
    """The losses that an element is, or that stand in it: `{"head": head, "loss": nn.NLLLoss()}`."""
    if isinstance(value, (SeqV, DictV)) and len(value.items) <= MOST_LOSSES:
        if isinstance(value, DictV):
            held = [*value.items.values()]
        else:
            held = [*value.items] if value.sort == "tuple" else []
        return [name for lazy in held for name in _losses_in(ev, ev.value(lazy))]
    if not isinstance(value, (ObjectV, ExternalV)):
        return []
    from losslint.static.behaviour.modules import loss_of

    loss = loss_of(ev, value)
    return [loss.contract.name] if loss is not None else []

"""Changes: what an object, a list or a module is after something was set on it or added to it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from losslint.static import forms as f
from losslint.static.attributes import REGISTERING
from losslint.static.frames import Frame
from losslint.static.values import (
    ConstV,
    ContainerV,
    DictV,
    InstanceV,
    Lazy,
    ObjectV,
    SeqV,
    TensorV,
    UnknownV,
    Value,
)

if TYPE_CHECKING:
    from losslint.static.evaluator import Evaluator


#: Methods (and `del`) that take something out of a collection, or put it in another order.
TAKING = frozenset({"pop", "popitem", "popleft", "remove", "clear", "reverse", "sort", "__delitem__"})


def force_set_attr(ev: Evaluator, form: f.SetAttr, frame: Frame) -> Value:
    """An object after one of its attributes was set."""
    base = ev.force(form.base, frame)
    return with_attribute(
        ev, base, form.name, Lazy(form.value, frame).with_step(ev.spot(form), f"set as `.{form.name}`")
    )


def with_attribute(ev: Evaluator, base: Value, name: str, value: Lazy) -> Value:
    """An object of which one attribute is another."""
    if isinstance(base, InstanceV):
        return InstanceV(
            base.cls, base.origin, base.frame, {**base.attributes, name: value}, base.trail, base.arguments
        )
    if isinstance(base, ObjectV):
        return ObjectV(base.name, base.arguments, base.origin, base.trail, {**base.attributes, name: value})
    if isinstance(base, ContainerV):
        names = [child for child, _ in base.children]
        if name in names:
            children = tuple((child, value if child == name else lazy) for child, lazy in base.children)
            return ContainerV(base.sort, children, base.complete, base.trail)
    if isinstance(base, TensorV) and name in ("data", "requires_grad") and base.meaning.detached_by is not None:
        # `x.requires_grad = True`: gradients are collected for it from here on
        return TensorV(base.meaning.but(detached_by=None), base.open)
    return base


def force_mutated(ev: Evaluator, form: f.Mutated, frame: Frame) -> Value:
    """A list, dict or module after a method that changes it."""
    base = ev.force(form.base, frame)
    arguments = [Lazy(argument.form, frame) for argument in form.arguments if not argument.star]
    starred = any(argument.star for argument in form.arguments)
    method_name = form.method
    if method_name in TAKING:
        return _shrunk(ev, base, method_name, arguments)
    if not arguments or starred:
        return base
    if method_name in REGISTERING:
        name = ev.value(arguments[0])
        if len(arguments) < 2:
            return base
        if isinstance(base, ContainerV):
            shown = str(name.value) if isinstance(name, ConstV) else f"?{len(base.children)}"
            return ContainerV(base.sort, (*base.children, (shown, arguments[1])), base.complete, base.trail)
        if isinstance(name, ConstV) and isinstance(name.value, str):
            return with_attribute(ev, base, name.value, arguments[1])
        return base
    return _grown(ev, base, method_name, arguments)


def _shrunk(ev: Evaluator, base: Value, method_name: str, arguments: list[Lazy]) -> Value:
    """A list, dict or container of layers after something was taken out of it, or put in another order."""
    if not isinstance(base, (SeqV, DictV, ContainerV)):
        return base
    key = ev.value(arguments[0]) if arguments else ConstV(-1)
    if method_name in ("pop", "__delitem__") and isinstance(key, ConstV):
        if isinstance(base, DictV) and key.value in base.items:
            return DictV({k: v for k, v in base.items.items() if k != key.value}, base.complete, base.rest, base.trail)
        if isinstance(key.value, (int, slice)) and isinstance(base, (SeqV, ContainerV)) and base.complete:
            if isinstance(base, SeqV):
                items = list(base.items)
                with suppress(IndexError, TypeError, ValueError):
                    del items[key.value]
                    return SeqV(base.sort, tuple(items), True, base.trail)
            else:
                children = list(base.children)
                with suppress(IndexError, TypeError, ValueError):
                    del children[key.value]
                    return ContainerV(base.sort, tuple(children), True, base.trail)
    if method_name == "clear" and isinstance(base, SeqV):
        return SeqV(base.sort, (), True, base.trail)
    return UnknownV("a collection out of which something was taken")


def _grown(ev: Evaluator, base: Value, method_name: str, arguments: list[Lazy]) -> Value:
    from losslint.static.loops import items_of

    if method_name in ("append", "appendleft", "extend", "insert"):
        added: tuple[Lazy, ...] = (arguments[-1],)
        complete = True
        if method_name == "extend":
            items = items_of(ev, ev.value(arguments[0]))
            added, complete = (tuple(items), True) if items is not None else ((), False)
        position: int | None = None
        if method_name == "appendleft":
            position = 0
        elif method_name == "insert":
            where = ev.value(arguments[0])
            position = where.value if isinstance(where, ConstV) and isinstance(where.value, int) else None
            complete = position is not None
        if isinstance(base, SeqV):
            at = len(base.items) if position is None else position
            return SeqV(base.sort, base.items[:at] + added + base.items[at:], base.complete and complete, base.trail)
        if isinstance(base, ContainerV):
            lazies = [lazy for _, lazy in base.children]
            at = len(lazies) if position is None else position
            lazies[at:at] = added
            if position is None:
                children = base.children + tuple((str(len(base.children) + i), lazy) for i, lazy in enumerate(added))
            else:
                children = tuple((str(i), lazy) for i, lazy in enumerate(lazies))
            return ContainerV(base.sort, children, base.complete and complete, base.trail)
        return base
    if method_name == "update" and isinstance(base, DictV):
        other = ev.value(arguments[0])
        if isinstance(other, DictV):
            return DictV({**base.items, **other.items}, base.complete and other.complete, base.rest + other.rest)
        return DictV(base.items, False, base.rest)
    if method_name == "setdefault" and isinstance(base, DictV) and len(arguments) == 2:
        key = ev.value(arguments[0])
        if isinstance(key, ConstV) and key.value not in base.items:
            return DictV({**base.items, key.value: arguments[1]}, base.complete, base.rest)
    return base

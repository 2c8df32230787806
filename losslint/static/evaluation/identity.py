"""What tells one object of the linted code from another, in whichever world it was evaluated."""

from __future__ import annotations

from collections.abc import Hashable

from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    ConstV,
    InstanceV,
    Lazy,
    UnknownV,
    Value,
    identity,
    interned,
)


def instance_key(instance: Value | None) -> Hashable:
    """Equal for two values only when they are the same object, in whichever world they were evaluated."""
    if isinstance(instance, InstanceV):
        changed = tuple((name, lazy_key(lazy)) for name, lazy in instance.attributes.items())
        return interned(
            (instance.cls.key, id(instance.origin), id(instance.frame), bindings_key(instance.arguments), changed)
        )
    if isinstance(instance, ClassV):
        return ("class", instance.key)
    if isinstance(instance, UnknownV) and instance.symbol is not None:
        return ("unknown", instance.symbol)
    return ("value", identity(instance)) if instance is not None else None


def lazy_key(lazy: Lazy) -> Hashable:
    """What tells one lazy value from another."""
    if lazy.form is not None:
        return (id(lazy.form), id(lazy.frame))
    value = lazy.value
    if isinstance(value, ConstV):
        return ("constant", type(value.value), repr(value.value))
    return instance_key(value)


def bindings_key(arguments: Bindings | None) -> Hashable:
    """What tells the arguments of one call from those of another."""
    if arguments is None:
        return None
    return (
        tuple(map(lazy_key, arguments.positional)),
        tuple((name, lazy_key(lazy)) for name, lazy in arguments.keywords.items()),
    )

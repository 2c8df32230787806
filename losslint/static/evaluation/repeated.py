"""Call sites that give what another one gives: where there are more than are looked at, they come last."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.sites import Caller

#: Calls within each other that are compared.
DEEPEST = 4


def distinct_first(callers: list[Caller]) -> tuple[list[Caller], int]:
    """Call sites in another order, those that give something of their own in front; and how many these are."""
    seen: set[Hashable] = set()
    distinct: list[Caller] = []
    repeated: list[Caller] = []
    for caller in callers:
        gives = _gives(caller)
        (repeated if gives in seen else distinct).append(caller)
        seen.add(gives)
    return distinct + repeated, len(distinct)


def _gives(caller: Caller) -> Hashable:
    """What tells a call site from others that give something else, or call a function on another object."""
    held = id(caller.arguments) if caller.arguments is not None else None
    return (
        _arguments(caller.form, 0),
        held,
        caller.of.key if caller.of is not None else None,
        id(caller.made) if caller.made is not None else None,
    )


def _arguments(call: f.Call, depth: int) -> Hashable:
    return tuple((argument.keyword, argument.star, _spelling(argument.form, depth)) for argument in call.arguments)


def _spelling(form: f.Form, depth: int) -> Hashable:
    """What two forms share that are written alike of the same names; no two others do."""
    form = f.bare(form)
    if isinstance(form, f.Const):
        return ("constant", type(form.value), repr(form.value))
    if isinstance(form, f.Global):
        return ("global", form.unit.file.name, form.name)
    if isinstance(form, f.Param):
        return ("parameter", form.unit.file.name, form.unit.qualname, form.name)
    if depth < DEEPEST:
        if isinstance(form, f.Outer):
            return _spelling(form.form, depth + 1)
        if isinstance(form, f.Attr):
            return ("attribute", form.name, _spelling(form.base, depth + 1))
        if isinstance(form, f.Call):
            return ("call", _spelling(form.function, depth + 1), _arguments(form, depth + 1))
    return id(form)

"""Under which names a file holds what its calls make, and what has a name already."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from losslint.static.files.index import Index
from losslint.static.files.syntax_trees import dotted, targets_of

#: Methods that put something into a container.
FILLING = frozenset({"append", "extend", "insert", "add_module", "setdefault", "update"})

#: Functions whose result holds what they are given, or goes through it.
_HOLDING = frozenset(
    {
        "ModuleList", "ModuleDict", "Sequential", "list", "tuple", "dict", "enumerate", "zip", "reversed", "sorted",
        "iter", "fromkeys", "defaultdict",
    }
)  # fmt: skip

#: Methods that give the entries of what they are called on.
_ENTRIES = frozenset({"items", "values", "get", "pop", "children"})


def note_statement(index: Index, node: ast.stmt) -> None:
    """What an assignment, or the head of a loop, binds to which names."""
    if isinstance(node, (ast.For, ast.AsyncFor)):
        note(index, named(node.target), node.iter)
    elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        for target in targets_of(node):
            _note_target(index, target, node.value)


def _note_target(index: Index, target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        # `adversarial, auxiliary = nn.BCELoss(), nn.CrossEntropyLoss()`
        for one, its_value in zip(target.elts, value.elts, strict=True):
            _note_target(index, one, its_value)
    else:
        note(index, named(target), value)


def note_filled(index: Index, call: ast.Call) -> None:
    """`criteria.append(nn.CrossEntropyLoss())`"""
    if isinstance(call.func, ast.Attribute):
        for argument in call.args:
            note(index, named(call.func.value), argument)


def note_given(index: Index, callee: str, call: ast.Call, parameters: Collection[str]) -> None:
    """`Trainer(net, nn.CrossEntropyLoss())`, and `Weighted(base, 0.5)` where `base` is a parameter."""
    arguments = call.args
    if callee == "partial" and arguments:
        callee, arguments = dotted(arguments[0]).rpartition(".")[2], arguments[1:]
    for place, argument in enumerate(arguments):
        if argument.__class__ is ast.Starred:
            return
        if isinstance(argument, ast.Call):
            given = _made(argument) or ""
            is_followed = given[:1].isupper() and callee not in _HOLDING
        else:
            given = argument.id if isinstance(argument, ast.Name) else ""
            is_followed = given in parameters and callee[:1].isupper()
        if is_followed:
            index.given_to.setdefault(given, set()).add((callee, place))


def note(index: Index, names: Iterable[str], value: ast.expr) -> None:
    """Some names are bound to a value, or to parts of it."""
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Call):
            chosen = _chosen(part)
            if chosen is not None:
                pending.append(chosen)
                continue
            made = _made(part)
            if made is None:
                continue
            if made == "partial":
                pending += part.args[:1]
            elif made in _HOLDING:
                pending += [*part.args, *(keyword.value for keyword in part.keywords)]
            elif made in _ENTRIES and isinstance(part.func, ast.Attribute):
                pending.append(part.func.value)
            else:
                index.held_as.setdefault(made, set()).update(names)
        elif isinstance(part, (ast.Name, ast.Attribute)):
            taken = part.id if isinstance(part, ast.Name) else part.attr
            others = [name for name in names if name != taken]
            if others:
                index.taken_as.setdefault(taken, set()).update(others)
        elif isinstance(part, (ast.Subscript, ast.Starred)):
            pending.append(part.value)
        elif isinstance(part, ast.IfExp):
            pending += (part.body, part.orelse)
        elif isinstance(part, (ast.Tuple, ast.List, ast.Set)):
            pending += part.elts
        elif isinstance(part, ast.Dict):
            pending += part.values
        elif isinstance(part, (ast.ListComp, ast.GeneratorExp)):
            pending.append(part.elt)
        elif isinstance(part, ast.DictComp):
            pending.append(part.value)


def _chosen(call: ast.Call) -> ast.expr | None:
    """What a class is taken out of that is called at once: `LOSSES` of `LOSSES["ce"]().to(device)`, and of
    `LOSSES.get("ce")()`."""
    function = call.func
    while isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call):
        function = function.value.func
    if isinstance(function, ast.Subscript):
        return function.value
    is_entry = (
        isinstance(function, ast.Call) and isinstance(function.func, ast.Attribute) and function.func.attr == "get"
    )
    return function if is_entry else None


def _made(call: ast.Call) -> str | None:
    """The last name of what a call makes, before methods that return what they are called on: `Net` of
    `models.Net().to(device)`."""
    while isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        call = call.func.value
    return dotted(call.func).rpartition(".")[2] or None


def named(target: ast.expr) -> tuple[str, ...]:
    """The last names that something is bound to: `criterion` of `self.criterion`, and of `criterion["ce"]`."""
    if isinstance(target, ast.Name):
        return (target.id,)
    if isinstance(target, ast.Attribute):
        return (target.attr,)
    if isinstance(target, (ast.Subscript, ast.Starred)):
        return named(target.value)
    if isinstance(target, (ast.Tuple, ast.List)):
        return tuple(name for element in target.elts for name in named(element))
    return ()


def returned(value: ast.expr) -> Iterator[tuple[str, str]]:
    """The names that a function returns as they are, or an item of: the first part of each, and the last one."""
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, (ast.Name, ast.Attribute)):
            first, _, rest = dotted(part).partition(".")
            if first:
                yield first, rest.rpartition(".")[2] or first
        elif isinstance(part, ast.Call):
            function, chosen = part.func, _chosen(part)
            if chosen is not None:
                pending.append(chosen)  # an object of what is taken out of it
            elif isinstance(function, ast.Attribute) and function.attr == "get":
                pending.append(function.value)
        elif isinstance(part, ast.Subscript):
            pending.append(part.value)
        elif isinstance(part, ast.IfExp):
            pending += (part.body, part.orelse)
        elif isinstance(part, ast.Dict):
            pending += part.values


#: What is passed on and put into containers is followed by name so many times.
_MOST_TIMES = 3


def under_other_names(index: Index, names: Iterable[str]) -> set[str]:
    """Some names, and those that what they stand for, or items of it, are bound to in a file."""
    found = set(names)
    fresh = found
    for _ in range(_MOST_TIMES):
        fresh = {other for name in fresh for other in index.taken_as.get(name, ())} - found
        if not fresh:
            break
        found = found | fresh
    return found

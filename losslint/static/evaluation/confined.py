"""Objects that never leave the function that makes them: a test that makes a model to look at the shape of its output
shows no run of the model's training step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.pairing import OF_EVERY_MODULE
from losslint.static.evaluation.receivers import is_receiver
from losslint.static.evaluation.sites import Caller, call_sites, is_of_the_class
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import THE_SAME, origin

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods of one object that call each other, one above the other.
DEEPEST = 4

#: Functions that keep nothing of what they are given.
ASKING = frozenset({"isinstance", "print", "hasattr", "type", "repr", "str", "callable", "len", "summary"})

#: Under another name, or changed: still the object.
_STILL = (f.Named, f.SetAttr, f.Within, f.Carried, f.LoopOut, f.Choice)


def nobody_runs(ev: Evaluator, graph: f.Graph) -> bool:
    """Whether this world takes the object that a method runs on to be one that it is never run on. All who call the
    method do so on objects that are made elsewhere. Or nobody who is read calls it, and the object is of a class that
    has another one of that name, or the function that made it neither calls it nor lets anybody else have the object.
    Where that is so of all objects that are made, the method is there for somebody who is not read, and nothing is said
    of them."""
    unit = graph.unit
    if not unit.owner or graph.outer is not None:
        return False
    chosen = _chosen(ev, graph)
    if chosen is None:
        return False
    sites, answer = chosen
    if _is_called_on_others(ev, sites[answer], graph):
        return True
    # Whether anybody calls the method is looked for last: it may lead through many files.
    return (
        _is_apart(ev, sites[answer], graph)
        and not all(_is_apart(ev, site, graph) for site in sites)
        and _is_called_by_none(ev, graph)
    )


def _chosen(ev: Evaluator, graph: f.Graph) -> tuple[tuple[Caller, ...], int] | None:
    """The calls of the constructor, of which this world has chosen one."""
    for key, answer in list(ev.answers.items()):
        if is_of_the_class(key, graph):
            constructor: f.Graph = key[1]  # type: ignore[index]
            if constructor.name == "__init__":
                sites = call_sites(ev, constructor)
                return (sites, answer) if answer < len(sites) else None
    return None


def _is_called_on_others(ev: Evaluator, made: Caller, graph: f.Graph) -> bool:
    """Whether all calls of a method, also by other methods of its object, are on objects that other calls made, and
    nobody else has the object, who might call it under another name."""
    pending, seen = [graph], {graph}
    on_others = False
    for _ in range(DEEPEST):
        if not pending:
            break
        callers = call_sites(ev, pending.pop())
        if not callers:
            return False
        for site in callers:
            if site.made is made.form or (_is_passed_up(made) and _may_be_of(ev, site, made)):
                return False
            if site.made is not None:
                on_others = True
            elif not _is_own(site):
                return False
            elif site.frame.graph not in seen:
                seen.add(site.frame.graph)
                pending.append(site.frame.graph)
    if not on_others or pending:
        return False
    return _is_passed_up(made) or _stays(made.form, made.frame.graph, _methods(graph))


def _is_passed_up(made: Caller) -> bool:
    """Whether a constructor is called by the one of a subclass, for an object that is made elsewhere."""
    function = f.bare(made.form.function)
    return isinstance(function, f.Attr) and function.name == "__init__"


def _may_be_of(ev: Evaluator, site: Caller, made: Caller) -> bool:
    """Whether a method may be called on an object of the subclass that calls a constructor."""
    if site.of is None or made.of is None or site.of.key == made.of.key:
        return True
    return ev.classes.derives(site.of, made.of) or (not site.exact and ev.classes.derives(made.of, site.of))


def _stays(made: f.Form, graph: f.Graph, methods: frozenset[str]) -> bool:
    """Whether an object stays where it is made: of the module part, no function of the file mentions its name."""
    if graph.unit.sort != "function":
        names = [name for name, form in graph.bindings.items() if origin(form) is made]
        rows = graph.unit.file.lines
        inside = (row for each in graph.unit.file.index.functions.values() for row in rows[each.first - 1 : each.last])
        text = "\n".join(inside) if names else ""
        if any(re.search(rf"\b{re.escape(name)}\b", text) for name in names):
            return False
    return is_confined(made, graph, methods, called=True)


def _is_apart(ev: Evaluator, made: Caller, graph: f.Graph) -> bool:
    """Whether a method is never run on an object, as far as the place shows where it is made."""
    known = ev.notes.apart.get((made.form, graph))
    if known is None:
        method = ev.classes.method(made.of, graph.name) if made.of is not None and made.exact else None
        where = made.frame.graph
        known = (method is not None and method[1].qualname != graph.unit.qualname) or (
            where.unit.sort == "function" and not _is_passed_up(made) and is_confined(made.form, where, _methods(graph))
        )
        ev.notes.apart[made.form, graph] = known
    return known


def _is_called_by_none(ev: Evaluator, graph: f.Graph) -> bool:
    """Whether nothing that is read calls a method, but other methods of the object that nothing calls."""
    pending, seen = [graph], {graph}
    for _ in range(DEEPEST):
        if not pending:
            return True
        method = pending.pop()
        for site in call_sites(ev, method):
            if not _is_own(site):
                return False
            if site.frame.graph not in seen:
                seen.add(site.frame.graph)
                pending.append(site.frame.graph)
    return not pending


def _is_own(site: Caller) -> bool:
    """`self.shared_step(batch)` in another method"""
    function = site.form.function
    base = f.bare(function.base) if isinstance(function, f.Attr) else None
    return isinstance(base, f.Param) and is_receiver(site.frame.graph, base.name)


def _methods(graph: f.Graph) -> frozenset[str]:
    owner = graph.unit.file.index.classes.get(graph.unit.owner)
    return frozenset(owner.methods) if owner is not None else frozenset()


def is_confined(made: f.Form, graph: f.Graph, methods: frozenset[str], called: bool = False) -> bool:
    """Whether an object stays in the function that makes it, where it is called, as a module is, and no other method of
    it is but those that every module has; with `called`, whichever method is."""
    unit = graph.unit
    rows = unit.file.lines[unit.first - 1 : unit.last]
    if graph.nested or any(row.lstrip().startswith(("global ", "nonlocal ")) for row in rows):
        return False
    parents, changed = _parents(graph), {form for form, _ in graph.changes}
    pending: list[f.Form] = [made]
    seen = {made}
    while pending:
        form = pending.pop()
        if form in changed:
            return False
        for parent in parents.get(form, ()):
            still = isinstance(parent, _STILL) and not (isinstance(parent, f.SetAttr) and parent.base is not form)
            if isinstance(parent, f.Attr):
                calls = [each for each in parents.get(parent, ()) if _is_call_of(each, parent)]
                if calls and parent.name not in OF_EVERY_MODULE and not called:
                    return False
                if not calls and parent.name in methods:
                    return False
                if parent.name not in THE_SAME:
                    continue
                new: list[f.Form] = list(calls)
            elif still:
                new = [parent]
            elif _is_call_of(parent, form) or (isinstance(parent, f.Call) and parent.callee_name in ASKING):
                continue
            else:
                return False
            pending += [each for each in new if each not in seen]
            seen.update(new)
    return True


def _is_call_of(form: f.Form, function: f.Form) -> bool:
    return (
        isinstance(form, f.Call)
        and form.function is function
        and not any(argument.form is function for argument in form.arguments)
    )


def _parents(graph: f.Graph) -> dict[f.Form, list[f.Form]]:
    """The forms of a function by those that they are made of."""
    found: dict[f.Form, list[f.Form]] = {}
    pending: list[f.Form] = [*graph.calls, *graph.bindings.values(), *graph.asserted, *graph.arithmetic]
    if graph.result is not None:
        pending.append(graph.result)
    seen = set(pending)
    while pending:
        form = pending.pop()
        for part in _parts(form):
            found.setdefault(part, []).append(form)
            if part not in seen:
                seen.add(part)
                pending.append(part)
    return found


def _parts(form: f.Form) -> Iterator[f.Form]:
    """What a form is made of, whatever its sort."""
    for cls in type(form).__mro__:
        for name in getattr(cls, "__slots__", ()):
            yield from _forms(getattr(form, name, None))


def _forms(value: object) -> Iterator[f.Form]:
    if isinstance(value, f.Form):
        yield value
    elif isinstance(value, f.Argument):
        yield value.form
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _forms(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _forms(each)


__all__ = ["is_confined", "nobody_runs"]

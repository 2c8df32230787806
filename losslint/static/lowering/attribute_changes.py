"""What forms tell of attributes: who registers one, whether something of it was set, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from losslint.static.lowering import forms as f

#: Methods that set an attribute whose name they are given.
REGISTERING = frozenset({"add_module", "register_module", "register_buffer", "register_parameter", "__setattr__"})

#: Forms of an object after a change.
CHANGES = (f.SetAttr, f.SetItem, f.Mutated, f.Within)


def root(form: f.Form) -> f.Form:
    """What a chain of changes began with."""
    while True:
        if isinstance(form, f.Named):
            form = form.form
        elif isinstance(form, (f.SetAttr, f.Mutated, f.SetItem, f.Within)):
            form = form.base
        elif isinstance(form, f.Choice):
            form = form.then
        elif isinstance(form, (f.LoopOut, f.Carried)):
            form = form.before
        else:
            return form


def registers(form: f.Mutated, name: str) -> f.Form | None:
    """What `add_module(name, x)` and its like put under a name."""
    if form.method not in REGISTERING or len(form.arguments) < 2:
        return None
    first = form.arguments[0].form
    return form.arguments[1].form if isinstance(first, f.Const) and first.value == name else None


def earlier(form: f.Form) -> tuple[f.Form, ...]:
    """What an object was before the last that happened to it on each way: a name, a change, a branch, a loop. Nothing
    for what no change made."""
    if isinstance(form, f.Named):
        return (form.form,)
    if isinstance(form, CHANGES):
        return (form.base,)
    if isinstance(form, f.Choice):
        return (form.then, form.other)
    if isinstance(form, (f.LoopOut, f.Carried)):
        after = form.loop.after.get(form.name)
        return (form.before,) if after is None else (form.before, after)
    return ()


def history(final: f.Form | None, into: str = "") -> Iterator[f.Form]:
    """All that an object was in a function, from its end backwards; `into` is an attribute whose values are gone
    through as well."""
    pending, seen = [final] if final is not None else [], set[f.Form]()
    while pending:
        here = pending.pop()
        if here in seen:
            continue
        seen.add(here)
        pending += earlier(here)
        if into and isinstance(here, f.SetAttr) and here.name == into:
            pending.append(f.bare(here.value))
        yield here


def touches(form: f.Form, name: str, within: f.Loop | None = None) -> bool:
    """Whether a chain of changes sets an attribute; of what a round of a loop leaves, whether a round does."""
    seen: set[f.Form] = set()
    pending = [form]
    while pending:
        here = pending.pop()
        if here in seen or (isinstance(here, f.Carried) and here.loop is within):
            continue
        seen.add(here)
        if isinstance(here, (f.SetAttr, f.Within)) and here.name == name:
            return True
        if isinstance(here, f.Mutated) and registers(here, name) is not None:
            return True
        pending += earlier(here)
    return False


def is_as_found(form: f.Form) -> bool:
    """Whether something is an attribute of a parameter, and the function has not set it: of others it may have set, or
    taken away, as many as it likes."""
    return isinstance(form, f.Attr) and isinstance(root(form.base), f.Param) and not touches(form.base, form.name)


def untouched_by_rounds(form: f.LoopOut | f.Carried, name: str) -> bool:
    """Whether the rounds of a loop leave an attribute as it was before."""
    after = form.loop.after.get(form.name)
    return after is None or not touches(after, name, form.loop)


#: Names under which the configuration of a run is handed around.
CONFIGURATIONS = frozenset({"args", "opt", "opts", "cfg", "config", "conf", "hparams", "hps", "flags", "FLAGS"})


def is_configuration(form: f.Form) -> bool:
    """Whether something is called like the configuration of a run, of which there is one: what is not known of it is
    the same wherever it is read."""
    if isinstance(form, (f.Param, f.Named, f.Attr, f.Global)):
        return form.name in CONFIGURATIONS
    return False

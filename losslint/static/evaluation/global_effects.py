"""What the functions that the module part calls make of its variables.

`labels = []`, then `read()`, which appends to it, then `torch.tensor(labels)` in the next cell; and `criterion = None`,
then `setup()`, which binds it with `global`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.effects import loosened
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.meeting import merged
from losslint.static.evaluation.sites import call_sites
from losslint.static.evaluation.values import ConstV, DictV, Lazy, SeqV, TensorV, UnknownV, Value, given
from losslint.static.files.file import File
from losslint.static.files.index import MODULE, SOME_NAME
from losslint.static.lowering import forms as f
from losslint.static.lowering.operands import computed_from

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Functions that bind names of the module by texts.
BINDING = frozenset({"exec", "globals"})

#: Names of functions through which a change may be reached.
MOST_NAMES = 64


def afterwards(ev: Evaluator, value: Value, form: f.Named, frame: Frame) -> Value:
    """A variable of the module part where the module part reads it, after the functions that were called since it was
    bound."""
    if not may_matter(form, frame):
        return value
    unit, name = frame.graph.unit, form.name
    if isinstance(value, ConstV) and SOME_NAME in unit.file.index.bound_by_name:
        # `exec(open("configurator.py").read())`, `globals()[key] = value`
        if any(form.form.seq < call.seq < form.seq and call.callee_name in BINDING for call in frame.graph.calls):
            return UnknownV(f"`{name}` may be bound by its name", symbol=("by name", unit.file.name, name))
    changing = _changing(ev, unit.file, name)
    if not changing:
        return value
    names = _reaching(unit.file, changing)
    for call in frame.graph.calls:
        if form.form.seq < call.seq < form.seq and _runs(call, names):
            return _changed(ev, value, unit.file, name, changing)
    return value


def may_matter(form: f.Named, frame: Frame) -> bool:
    """Whether a name is one of the module part that functions of the file bind anew or change."""
    unit = frame.graph.unit
    return unit.qualname == MODULE and (
        form.name in unit.file.index.globals_bound
        or form.name in unit.file.index.changed
        or SOME_NAME in unit.file.index.bound_by_name
    )


def _changing(ev: Evaluator, file: File, name: str) -> set[str]:
    """The functions of a file that bind a variable of the module anew, or change it."""
    known = ev.notes.changing.get((file.name, name))
    if known is not None:
        return known
    known = ev.notes.changing[file.name, name] = set(file.index.globals_bound.get(name, ()))
    for qualname in sorted(file.index.changed.get(name, set()) - {MODULE}):
        unit = file.unit(qualname)
        if unit is not None and any(_paths(graph, name) for graph in unit.graph().with_nested()):
            known.add(qualname)
    return known


def _paths(graph: f.Graph, name: str) -> list[tuple[str, ...]]:
    return [path for root, path in graph.changes if isinstance(root, f.Global) and root.name == name]


def _reaching(file: File, qualnames: set[str]) -> set[str]:
    """The names of some functions, and of those of the same file that call them."""
    names = {qualname.rpartition(".")[2].partition(":")[0] for qualname in qualnames}
    pending = sorted(names)
    while pending and len(names) < MOST_NAMES:
        name = pending.pop()
        for caller in file.index.calls.get(name, ()):
            last = caller.rpartition(".")[2].partition(":")[0]
            if last and last not in names:
                names.add(last)
                pending.append(last)
    return names


def _runs(call: f.Call, names: set[str]) -> bool:
    """Whether a call runs a function of one of some names, or hands it on to what may: `list(map(visit, rows))`."""
    return call.callee_name in names or any(f.last_name(argument.form) in names for argument in call.arguments)


def _changed(ev: Evaluator, value: Value, file: File, name: str, changing: set[str]) -> Value:
    from losslint.static.evaluation.handing import with_unknown

    by = next(iter(sorted(changing)))
    bound = [each for each in sorted(file.index.globals_bound.get(name, ())) if each in changing]
    if bound:
        new = bound_by(ev, file, name, bound[0]) if len(bound) == 1 else None
        if isinstance(value, ConstV) and value.value is None and new is not None:
            return new
        if new is None or merged(value, new) is None:
            return UnknownV(f"`{by}` binds `{name}` anew", symbol=("bound anew", file.name, name))
    paths = [*_all_paths(file, name, changing)]
    if isinstance(value, (SeqV, TensorV)):
        return loosened(value, f"`{by}` changes it") if paths else value
    if isinstance(value, DictV) and () in paths:
        items = {key: given(loosened(each, f"`{by}` changes it")) for key, each in _lists(ev, value)}
        value = DictV({**value.items, **items}, False, value.rest, value.trail)
    return with_unknown(ev, value, set(paths), by)


def _lists(ev: Evaluator, value: DictV) -> Iterator[tuple[object, Value]]:
    """The entries of a dict that are lists or dicts."""
    for key, lazy in value.items.items():
        if _is_display(lazy):
            yield key, ev.value(lazy)


def _is_display(lazy: Lazy) -> bool:
    return lazy.form is not None and isinstance(f.bare(lazy.form), (f.Sequence, f.Mapping, f.Comprehension))


def _all_paths(file: File, name: str, changing: set[str]) -> Iterator[tuple[str, ...]]:
    for qualname in sorted(changing):
        unit = file.unit(qualname)
        for graph in unit.graph().with_nested() if unit is not None else ():
            yield from _paths(graph, name)


def bound_by(ev: Evaluator, file: File, name: str, qualname: str) -> Value | None:
    """What a function binds a variable of its module to with `global`; None where it does not."""
    unit = file.unit(qualname)
    graph = unit.graph() if unit is not None else None
    bound = graph.bindings.get(name) if graph is not None else None
    if graph is None or bound is None:
        return None
    if len(call_sites(ev, graph)) > 1 and any(isinstance(part, (f.Param, f.Choice)) for part in computed_from(bound)):
        reason = f"`{name}` is what the last call of `{graph.name}` made it"
        return UnknownV(reason, symbol=("bound by", file.name, name))
    return ev.force(bound, ev.generic(graph))

"""The parameters under which functions and classes are handed what somebody holds under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.searching import MOST_FILES, graphs
from losslint.static.evaluation.values import ClassV, FunctionV
from losslint.static.files.file import File
from losslint.static.files.holding import under_other_names
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def handed_on(ev: Evaluator, files: dict[str, File], makers: set[str], held: set[str]) -> dict[str, set[str]]:
    """The names of parameters under which functions and classes are handed what is made by some names, or held under
    others, by file; the files are added to those that are known. One file makes a loss, and another trains with it."""
    handed: dict[str, set[str]] = {}
    pending = list(files.values())
    while pending and len(files) < MOST_FILES:
        file = pending.pop(0)
        names = held | handed.get(file.name, set())
        calls = file.index.calls
        units = {unit for name in names for unit in calls.get("&" + name, ())}
        units.update(unit for name in makers for unit in calls.get(name, ()))
        for unit in sorted(units):
            for graph in graphs(file, unit):
                for call in graph.calls:
                    for place, argument in enumerate(call.arguments):
                        made = f.bare(argument.form)
                        is_made = isinstance(made, f.Call) and made.callee_name in makers
                        if not is_made and f.written(argument.form).rpartition(".")[2] not in names:
                            continue
                        taken, name = parameter_given(ev, call, graph, argument.keyword or place)
                        other = taken.unit.file if taken is not None else None
                        if other is None or name in handed.setdefault(other.name, set()):
                            continue
                        handed[other.name] |= under_other_names(other.index, (name,))
                        files.setdefault(other.name, other)
                        pending.append(other)
    return handed


def parameter_given(ev: Evaluator, call: f.Call, graph: f.Graph, at: int | str) -> tuple[f.Graph | None, str]:
    """The parameter that a call of something of the project gives an argument to, and the function that has it."""
    value = ev.force(call.function, ev.generic(graph))
    skips = 0
    if isinstance(value, ClassV):
        made = ev.classes.graph(value, "__init__")
        value, skips = (FunctionV(made) if made is not None else value), 1
    elif isinstance(value, FunctionV):
        skips = 1 if value.bound is not None else 0
    if not isinstance(value, FunctionV):
        return None, ""
    plain = [each.name for each in value.graph.parameters if not each.sort and not each.keyword_only][skips:]
    name = at if isinstance(at, str) else plain[at] if at < len(plain) else ""
    return (value.graph, name) if name else (None, "")

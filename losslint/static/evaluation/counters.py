"""Counters: attributes that begin with a number and are counted up or down by methods, as `self.step` is, and variables
that the rounds of a loop count."""

from __future__ import annotations

from losslint.static.evaluation.values import ClassV
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import origin
from losslint.static.lowering.attribute_changes import history


def counts(base: ClassV, method: str, name: str) -> bool:
    """Whether a method counts an attribute up or down: `self.step += 1`."""
    unit = base.file.function(f"{base.definition.qualname}.{method}")
    graph = unit.graph() if unit is not None else None
    if graph is None or not graph.parameters:
        return False
    for form in history(graph.object_at_the_end()):
        if isinstance(form, f.SetAttr) and form.name == name:
            changed = f.bare(form.value)
            before = f.bare(changed.left) if isinstance(changed, f.Binary) and changed.operator in "+-" else None
            if isinstance(before, f.Attr) and before.name == name and isinstance(origin(before.base), f.Param):
                return True
    return False


def is_counted(form: f.Carried) -> bool:
    """Whether some rounds count a variable up or down: `label += 1`."""
    return any(
        isinstance(here, f.Binary)
        and here.operator in "+-"
        and f.bare(here.left) is form
        and isinstance(step := f.bare(here.right), f.Const)
        and isinstance(step.value, (int, float))
        for here in history(form.loop.after.get(form.name))
    )

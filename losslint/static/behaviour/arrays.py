"""Methods of numpy's arrays that go by the name of a tensor's method and do something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.values import Bindings, ExternalV
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Calls that lead from an array back to what it was made of.
FURTHEST = 12


def as_of_tensor(ev: Evaluator, name: str, arguments: Bindings, form: f.Call, frame: Frame) -> str | None:
    """The method of a tensor that does what a method does in a call, None where there is none."""
    count = len(arguments.positional)
    if name == "transpose" and not arguments.keywords and arguments.complete:
        if count > 2:
            return "permute"  # torch swaps two: `image.transpose(2, 0, 1)` is an array
        return "t" if count == 0 else name
    if name == "cumsum" and not count and not arguments.keywords:
        return None  # of an array, which is flattened
    if name in ("max", "min") and _is_array(ev, form, frame):
        return "a" + name  # the values alone, also along an axis
    if name == "resize" and _is_array(ev, form, frame):
        return None  # in place: it returns nothing
    if name == "repeat" and _is_array(ev, form, frame):
        return None  # each element several times, along one axis
    return name


def _is_array(ev: Evaluator, form: f.Form, frame: Frame) -> bool:
    """Whether the receiver of a method comes from numpy, by what the code shows of it."""
    for _ in range(FURTHEST):
        form = f.bare(form)
        if not isinstance(form, f.Call):
            return False
        function = f.bare(form.function)
        if not isinstance(function, f.Attr):
            return False
        if function.name == "numpy":
            return True
        called = ev.force(form.function, frame)
        if isinstance(called, ExternalV):
            return called.name.startswith("numpy.")
        form = function.base
    return False

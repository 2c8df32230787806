"""Scores that are flattened to one row a position without moving their classes to the end: `x.view(-1, x.size(1))` of
`[N, C, H, W]`, which mixes classes and positions in each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation.values import ConstV
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.patterns import number

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Functions and methods that leave the places of the values as they are.
IN_PLACE = frozenset(
    {
        "softmax", "log_softmax", "sigmoid", "log", "float", "double", "half", "to", "cuda", "cpu", "contiguous",
        "clone", "type", "clamp",
    }
)  # fmt: skip

#: Calls and attributes that are gone through.
FURTHEST = 12


def across_classes(ev: Evaluator, given: f.Form, frame: Frame) -> f.Call | None:
    """The call that flattens what a loss is given so, None where there is none."""
    view = _before(given, "view", "reshape")
    if not isinstance(view, f.Call) or not isinstance(view.function, f.Attr):
        return None
    sizes = [argument.form for argument in view.arguments if not argument.keyword and not argument.star]
    if len(sizes) != 2 or len(view.arguments) != 2 or number(sizes[0]) != -1:
        return None
    whole = view.function.base
    if _is_second_size(sizes[1], whole):
        return view
    count, shape = ev.force(sizes[1], frame), meaning_of(ev.force(whole, frame)).shape
    if not isinstance(count, ConstV) or shape is None or shape.open or len(shape.sizes) < 3:
        return None
    behind = shape.sizes[2:]
    mixes = None not in behind and any(size != 1 for size in behind) and behind[-1] != count.value
    return view if mixes and count.value == shape.sizes[1] else None


def _before(form: f.Form, *names: str) -> f.Form:
    """What a value was before softmaxes and the like, back to a call of one of these names."""
    for _ in range(FURTHEST):
        form = bare(form)
        if not isinstance(form, f.Call) or form.callee_name in names or form.callee_name not in IN_PLACE:
            break
        function = bare(form.function)
        if not isinstance(function, f.Attr):
            break
        plain = [argument.form for argument in form.arguments if not argument.keyword and not argument.star]
        if f.written(function.base) not in ("torch", "F", "nn.functional", "torch.nn.functional"):
            form = function.base
        elif plain:
            form = plain[0]
        else:
            break
    return form


def _is_second_size(count: f.Form, whole: f.Form) -> bool:
    """Whether a number is the second of three sizes or more of a tensor: `n, c, h, w = x.shape`."""
    count = bare(count)
    if not isinstance(count, f.Unpacked) or count.index != 1 or count.from_end or count.count < 3:
        return False
    sizes = bare(count.base)
    if isinstance(sizes, f.Call) and not sizes.arguments:
        sizes = bare(sizes.function)
    if not isinstance(sizes, f.Attr) or sizes.name not in ("shape", "size"):
        return False
    return bare(sizes.base) is _before(whole)

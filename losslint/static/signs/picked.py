"""One class of each row, however it is picked: `p[range(n), y]`, `p.gather(1, y)` and `(p * one_hot).sum(1)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation.frames import Frame
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.patterns import CLASS_DIMENSIONS, multiplied, number
from losslint.vocabulary.kinds import Kind

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods that leave the values of what was picked.
_KEEPING = frozenset({"view", "reshape", "squeeze", "unsqueeze", "flatten", "float", "contiguous"})


def is_picked(form: f.Form) -> bool:
    """Whether something is one class of each row, by an index: `p[range(n), y]`, `p.gather(1, y)`."""
    inner = bare(form)
    if isinstance(inner, f.Item):
        key = bare(inner.key)
        first = bare(key.elements[0]) if isinstance(key, f.Sequence) and len(key.elements) == 2 else None
        return isinstance(first, f.Call) and first.callee_name in ("range", "arange")
    return isinstance(inner, f.Call) and inner.callee_name == "gather"


def by_a_mask(ev: Evaluator, form: f.Form, frame: Frame) -> f.Form | None:
    """`p` of `(p * one_hot).sum(1)`, which is one class of each row of `p` as well."""
    inner = _reshaped(form)
    if not isinstance(inner, f.Call) or inner.callee_name != "sum" or not isinstance(inner.function, f.Attr):
        return None
    base = bare(inner.function.base)
    given = list(inner.arguments)
    if isinstance(base, (f.Imported, f.Global)) and given:
        base = bare(given.pop(0).form)
    if not given or given[0].keyword not in ("", "dim", "axis") or given[0].star:
        return None
    dim = number(given[0].form)
    parts = [*multiplied(base)] if dim in CLASS_DIMENSIONS else []
    if len(parts) != 2:
        return None
    for mask, whole in (parts, parts[::-1]):
        meaning = meaning_of(ev.force(mask, frame))
        if meaning.kind is Kind.ONE_HOT and meaning.factor is None:
            of = meaning_of(ev.force(whole, frame))
            same = of.dim in (None, dim) or (of.dim in CLASS_DIMENSIONS and of.rank in (None, 2))
            return whole if same else None
    return None


def _reshaped(form: f.Form) -> f.Form:
    form = bare(form)
    while isinstance(form, f.Call) and isinstance(form.function, f.Attr) and form.function.name in _KEEPING:
        form = bare(form.function.base)
    return form

"""One class of each row, however it is picked: `p[range(n), y]`, `p.gather(1, y)` and `(p * one_hot).sum(1)`; and
whether it is picked for a label, or for an action that a policy has taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation.frames import Frame
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.lowering.operands import computed_from
from losslint.static.signs.patterns import CLASS_DIMENSIONS, multiplied, number, taken, times
from losslint.static.signs.unchanged import IN_ORDER, before
from losslint.vocabulary.kinds import Kind

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Functions and methods that draw an action, and those that choose the likeliest.
_DRAWING, _CHOOSING = frozenset({"multinomial", "sample"}), frozenset({"argmax", "max", "topk"})

#: Functions and methods that add up what they are given, and steps that are gone back from one to what it is given.
_ADDING_UP, _MOST_STEPS = frozenset({"mean", "sum", "nansum", "nanmean"}), 24


def by_an_index(form: f.Form) -> tuple[f.Form, f.Form] | None:
    """What one class of each row is picked of by an index, and the index: `p` and `y` of `p[range(n), y]` and of
    `p.gather(1, y)`."""
    inner = _reshaped(form)
    if isinstance(inner, f.Item):
        key = bare(inner.key)
        elements = key.elements if isinstance(key, f.Sequence) else ()
        first = _reshaped(elements[0]) if len(elements) == 2 else None
        is_row = isinstance(first, f.Call) and first.callee_name in ("range", "arange")
        return (inner.base, elements[1]) if is_row else None
    if not isinstance(inner, f.Call) or inner.callee_name != "gather" or not isinstance(inner.function, f.Attr):
        return None
    given = list(inner.arguments)
    base = inner.function.base
    if isinstance(bare(base), (f.Imported, f.Global)) and len(given) > 2:
        base = given.pop(0).form
    index = next((each.form for each in given if each.keyword == "index"), given[-1].form if given else None)
    return (base, index) if index is not None else None


def drawn_from(index: f.Form) -> tuple[f.Form, bool] | None:
    """What an index is drawn from, and whether by chance: `p` of `torch.multinomial(p, 1)`, of
    `Categorical(p).sample()` and of `p.argmax(1)`."""
    form = _reshaped(index)
    while isinstance(form, (f.Item, f.Unpacked)):
        form = _reshaped(form.base)
    if not isinstance(form, f.Call) or form.callee_name not in _DRAWING | _CHOOSING:
        return None
    if not isinstance(form.function, f.Attr):
        return None
    base = bare(form.function.base)
    if isinstance(base, (f.Imported, f.Global)) and form.arguments:
        base = bare(form.arguments[0].form)
    elif isinstance(base, f.Call) and form.callee_name == "sample" and base.arguments:
        base = bare(base.arguments[0].form)
    return base, form.callee_name in _DRAWING


def is_of_a_policy(call: f.Call, chosen: f.Form, graph: f.Graph) -> bool:
    """Whether the logarithm of what was picked is weighed by something else that the program works out, as an advantage
    is, or is a side of a ratio, `exp(log_p - old)`: it says how likely an action was, and is no cross-entropy."""
    for form in graph.arithmetic:
        parts = [_reshaped(part) for part in multiplied(form)] if form.operator == "*" else []
        weights = [part for part in parts if part is not call and number(part) is None]
        if call in parts and weights:
            # A focal loss weighs itself.
            return not any(bare(chosen) is part for weight in weights for part in computed_from(weight))
    for other in graph.calls:
        inner = bare(exponent) if (exponent := taken(other, "exp")) is not None else None
        if isinstance(inner, f.Binary) and inner.operator == "-" and call in map(_reshaped, (inner.left, inner.right)):
            return True
    return False


def is_added_up(call: f.Call, graph: f.Graph) -> bool:
    """Whether minus the logarithm of what was picked, or its sum or mean, is taken in the same function: that makes a
    loss of it. By itself it says how likely something is, as a sampler says of what it draws."""
    returned = (form for _, form in graph.result.returns) if isinstance(graph.result, f.Result) else ()
    uses = [*graph.bindings.values(), *graph.calls, *graph.arithmetic, *(form for form, _ in graph.sums), *returned]
    uses += [argument.form for other in graph.calls for argument in other.arguments]
    seen: set[f.Form] = set()
    for use in uses:
        for part in computed_from(use):
            if part in seen:
                continue
            seen.add(part)
            is_minus = isinstance(part, f.Unary) and part.operator == "-"
            if (is_minus or _added_up(part) is not None) and _is_a_factor(call, part):
                return True
    return False


def _added_up(form: f.Form) -> f.Form | None:
    """What a sum or a mean is taken of, also along one dimension."""
    if not isinstance(form, f.Call) or form.callee_name not in _ADDING_UP or not isinstance(form.function, f.Attr):
        return None
    base = bare(form.function.base)
    if isinstance(base, (f.Imported, f.Global)):
        return form.arguments[0].form if form.arguments else None
    return base


def _is_a_factor(call: f.Call, form: f.Form) -> bool:
    """Whether a form is a call with its sign turned, with weights, or added up."""
    pending = [form]
    for _ in range(_MOST_STEPS):
        if not pending:
            break
        here = _reshaped(pending.pop())
        if here is call:
            return True
        if isinstance(here, f.Unary):
            pending.append(here.operand)
        elif isinstance(here, f.Item):
            pending.append(here.base)
        elif isinstance(here, f.Binary) and here.operator in "*/":
            pending += [here.left, here.right]
        elif (summed := _added_up(here)) is not None:
            pending.append(summed)
        elif (factors := times(here)) is not None:
            pending += factors
    return False


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
    return before(form, IN_ORDER)

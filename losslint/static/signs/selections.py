"""Elements that a comparison picks: `p[p > 1e-6]` and `p.masked_select(p.ge(1e-6))` keep away from 0."""

from __future__ import annotations

from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.patterns import number, operands

#: Comparisons, as operators and as methods of tensors, that what is picked lies above in.
_ABOVE = frozenset({">", ">=", "gt", "ge", "greater", "greater_equal"})
_BELOW = frozenset({"<", "<=", "lt", "le", "less", "less_equal"})


def is_above(form: f.Form, least: float) -> bool:
    """Whether elements are picked for being greater than a number that is not less than `least`."""
    limit = _limit(form, _ABOVE, _BELOW)
    return limit is not None and limit >= least


def is_below(form: f.Form, greatest: float) -> bool:
    """Whether elements are picked for being less than a number that is not greater than `greatest`."""
    limit = _limit(form, _BELOW, _ABOVE)
    return limit is not None and limit <= greatest


def _limit(form: f.Form, wanted: frozenset[str], turned: frozenset[str]) -> float | None:
    """The number that picked elements lie on one side of, None where they are not picked so."""
    picked = _picked(form)
    if picked is None:
        return None
    whole, mask = picked
    compared = _compared(mask)
    if compared is None:
        return None
    left, operator, right = compared
    if operator in wanted and _is_same(left, whole):
        return number(right)
    if operator in turned and _is_same(right, whole):
        return number(left)
    return None


def _picked(form: f.Form) -> tuple[f.Form, f.Form] | None:
    """What elements are picked of, and the mask."""
    form = bare(form)
    if isinstance(form, f.Item):
        return form.base, form.key
    return operands(form) if isinstance(form, f.Call) and form.callee_name == "masked_select" else None


def _compared(mask: f.Form) -> tuple[f.Form, str, f.Form] | None:
    mask = bare(mask)
    if isinstance(mask, f.Compare):
        return mask.left, mask.operator, mask.right
    sides = operands(mask) if isinstance(mask, f.Call) else None
    return (sides[0], mask.callee_name, sides[1]) if isinstance(mask, f.Call) and sides is not None else None


def _is_same(one: f.Form, other: f.Form) -> bool:
    one, other = bare(one), bare(other)
    written = f.written(one)
    return one is other or (bool(written) and written == f.written(other))

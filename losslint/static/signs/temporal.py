"""Temporal differences: targets that are a reward plus the discounted best value of the next state."""

from __future__ import annotations

import re

from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.patterns import factors

#: Losses that compare values with such targets.
REGRESSIONS = frozenset({"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"})

#: Methods that choose among the values of the actions.
CHOOSING = frozenset({"max", "amax"})

#: Methods that make one value of several.
REDUCING = CHOOSING | {"min", "amin", "mean", "sum", "minimum", "maximum"}

#: Methods and functions that leave the gradient as it is.
KEEPING = frozenset(
    {
        "float", "double", "to", "cuda", "cpu", "contiguous", "clone", "view", "reshape", "squeeze", "unsqueeze",
        "flatten", "expand", "expand_as", "gather", "type",
    }
)  # fmt: skip

#: What the discount of the next state's value is called.
DISCOUNT = re.compile(r"(?i)gamma|discount")

#: Names of modules that hold functions of tensors.
MODULES = frozenset({"torch", "F"})


def bootstrapped(given: f.Form, target: f.Form) -> f.Form | None:
    """The call of the network in `reward + gamma * net(next).max(1)[0]`, where the input is `net(state)` as well."""
    total = _kept(target)
    if not isinstance(total, f.Binary) or total.operator != "+":
        return None
    trained = _network(given)
    if trained is None:
        return None
    for side in (total.left, total.right):
        best = _discounted(side)
        if best is not None and not best.blocks and _same(best, trained):
            return best
    return None


def _kept(form: f.Form) -> f.Form:
    """A form without what leaves its gradient as it is."""
    while True:
        form = bare(form)
        if isinstance(form, f.Call) and isinstance(form.function, f.Attr) and form.function.name in KEEPING:
            base = bare(form.function.base)
            is_function = f.written(base) in MODULES
            form = form.arguments[0].form if is_function and form.arguments else form.function.base
        elif isinstance(form, (f.Item, f.SetItem, f.Unpacked)) or (isinstance(form, f.Attr) and form.name == "values"):
            form = form.base
        else:
            return form


def _discounted(form: f.Form) -> f.Call | None:
    """The network's call in `gamma * net(next).max(1)[0] * (1 - done)`."""
    form = _kept(form)
    if isinstance(form, f.Binary) and form.operator == "*":
        return _value_of_a_state(form) or _discounted(form.left) or _discounted(form.right)
    if not isinstance(form, f.Call) or form.callee_name not in CHOOSING or form.blocks:
        return None
    function = form.function
    if not isinstance(function, f.Attr):
        return None
    chosen = function.base
    if f.written(bare(chosen)) in MODULES:
        if not form.arguments:
            return None
        chosen = form.arguments[0].form
    found = _kept(chosen)
    return found if isinstance(found, f.Call) else None


def _value_of_a_state(product: f.Form) -> f.Call | None:
    """The critic's call in `gamma * critic(next_state) * (1 - done)`."""
    parts = [_kept(part) for part in factors(product)]
    if not any(DISCOUNT.search(f.last_name(part)) for part in parts):
        return None
    if any(isinstance(part, f.Call) and part.callee_name in REDUCING for part in parts):
        return None
    made = [part for part in parts if isinstance(part, f.Call) and len(part.arguments) == 1 and not part.blocks]
    return made[0] if len(made) == 1 else None


def _network(given: f.Form) -> f.Call | None:
    """The call of the network whose values are trained."""
    form = _kept(given)
    return form if isinstance(form, f.Call) else None


def _same(one: f.Call, other: f.Call) -> bool:
    """Whether two calls are of the same network, by the way it is written and bound."""
    left, right = one.function, other.function
    if one is other or not f.written(left) or f.written(left) != f.written(right) or len(one.arguments) != 1:
        return False
    while isinstance(left, f.Attr) and isinstance(right, f.Attr):
        left, right = left.base, right.base
    return bare(left) is bare(right) or (isinstance(left, f.Global) and isinstance(right, f.Global))

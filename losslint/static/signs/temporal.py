"""Temporal differences: targets that are a reward plus the discounted best value of the next state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.meeting import same_form
from losslint.static.evaluation.values import (
    ConstV,
    DictV,
    ExternalV,
    FunctionV,
    InstanceV,
    MethodV,
    ObjectV,
    PartialV,
)
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.patterns import factors, number, unsigned
from losslint.static.signs.unchanged import MODULES, MOVED, SHAPED

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Losses that compare values with such targets.
REGRESSIONS = frozenset({"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"})

#: Methods that choose among the values of the actions.
CHOOSING = frozenset({"max", "amax"})

#: Methods that make one value of several.
REDUCING = CHOOSING | {"min", "amin", "mean", "sum", "minimum", "maximum"}

#: Methods and functions that leave the gradient as it is.
KEEPING = MOVED | SHAPED | {"expand", "expand_as", "gather"}

#: Functions that make a tensor for others to write into.
EMPTY = frozenset({"zeros", "zeros_like", "new_zeros", "empty", "empty_like", "new_empty", "full", "full_like"})

#: What the discount of the next state's value is called.
DISCOUNT = re.compile(r"(?i)gamma|discount")

#: What a reward is called, and the least number that is taken for the discount beside one.
REWARD = re.compile(r"(?i)reward|(?:^|_)rews?(?:_|$)|^rs?(?:_t|_batch)?$")
LEAST_DISCOUNT = 0.8

#: What an argument is called that says which network, or which weights of it, are meant.
WHICH = re.compile(r"(?i)param|weight|target|frozen|old|net|model|critic|online")

#: Changes of one object that are gone back through.
MOST_CHANGES = 60


def bootstrapped(ev: Evaluator, given: f.Form, target: f.Form, frame: Frame) -> f.Form | None:
    """The call of the network in `reward + gamma * net(next).max(1)[0]`, where the input is `net(state)` as well."""
    total = _kept(target)
    if not isinstance(total, f.Binary) or total.operator != "+":
        return None
    trained = _network(given)
    if trained is None:
        return None
    for side, other in ((total.left, total.right), (total.right, total.left)):
        best = _discounted(side, is_beside_a_reward=_is_reward(other))
        if best is None or best.blocks or not _same(best, trained):
            continue
        if len(best.arguments) == 1 or _differ_in_data_alone(ev, best, trained, frame):
            return best
    return None


def _is_reward(form: f.Form) -> bool:
    return REWARD.search(_name(form)) is not None or REWARD.search(_name(_kept(form))) is not None


def _name(form: f.Form) -> str:
    """What something is called, also where it is imported."""
    return f.last_name(form) or f.written(form)


def _kept(form: f.Form) -> f.Form:
    """A form without what leaves its gradient as it is, and what an attribute was set to in the same function."""
    while True:
        form = bare(form)
        if isinstance(form, f.Attr) and (held := set_to(form)) is not None:
            form = held
            continue
        if isinstance(form, f.Call) and isinstance(form.function, f.Attr) and form.function.name in KEEPING:
            base = bare(form.function.base)
            is_function = f.written(base) in MODULES
            form = form.arguments[0].form if is_function and form.arguments else form.function.base
        elif isinstance(form, (f.Item, f.SetItem, f.Unpacked)) or (isinstance(form, f.Attr) and form.name == "values"):
            form = form.base
        else:
            return form


def set_to(read: f.Attr) -> f.Form | None:
    """What an attribute was set to, where nothing but other attributes was set since: `self.next_value`."""
    holder = _holder(read)
    return holder.value if isinstance(holder, f.SetAttr) else None


def _holder(read: f.Attr) -> f.Form:
    """What holds an attribute, as it was before others of it were set; where this one was set, as it was right then."""
    form = read.base
    for _ in range(MOST_CHANGES):
        inner = bare(form)
        if not isinstance(inner, f.SetAttr):
            break
        if inner.name == read.name:
            return inner
        form = inner.base
    return form


def _entered(form: f.Form) -> f.Form:
    """What was written into a part of a tensor that was made for it: `values = torch.zeros(n)`, and then
    `values[is_not_last] = net(next).max(1)[0]`."""
    written = form
    for _ in range(MOST_CHANGES):
        written = bare(written)
        if not isinstance(written, f.Call) or not isinstance(written.function, f.Attr):
            break
        if written.function.name not in KEEPING or f.written(bare(written.function.base)) in MODULES:
            break
        written = written.function.base
    if not isinstance(written, f.SetItem):
        return form
    made = _kept(written.base)
    if isinstance(made, f.Call) and made.callee_name == "Variable" and made.arguments:
        made = _kept(made.arguments[0].form)
    return written.value if isinstance(made, f.Call) and made.callee_name in EMPTY else form


def _discounted(form: f.Form, is_beside_a_reward: bool = False) -> f.Call | None:
    """The network's call in `gamma * net(next).max(1)[0] * (1 - done)`."""
    form = _kept(_entered(form))
    if isinstance(form, f.Binary) and form.operator == "*":
        valued = _value_of_a_state(form, is_beside_a_reward)
        return valued or _discounted(form.left) or _discounted(form.right)
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


def _value_of_a_state(product: f.Form, is_beside_a_reward: bool) -> f.Call | None:
    """The critic's call in `gamma * critic(next_state) * (1 - done)`."""
    parts = [_kept(_entered(part)) for part in factors(product)]
    if not _names_a_discount(product) and not (is_beside_a_reward and any(map(_may_discount, parts))):
        return None
    if any(isinstance(part, f.Call) and part.callee_name in REDUCING for part in parts):
        return None
    called = [part for part in parts if isinstance(part, f.Call) and part.arguments and not part.blocks]
    made = [part for part in called if len(part.arguments) == 1] or called
    return made[0] if len(made) == 1 else None


def _names_a_discount(product: f.Form) -> bool:
    """Whether a factor is called a discount, under whatever it is read."""
    pending = [product]
    for _ in range(MOST_CHANGES):
        if not pending:
            break
        here = pending.pop()
        kept = _kept(here)
        if DISCOUNT.search(_name(here)) or DISCOUNT.search(_name(kept)):
            return True
        inner, _sign = unsigned(here)
        if isinstance(inner, f.Binary) and inner.operator == "*":
            pending += (inner.left, inner.right)
    return False


def _may_discount(factor: f.Form) -> bool:
    known = number(factor)
    return known is not None and LEAST_DISCOUNT <= known < 1


def _network(given: f.Form) -> f.Call | None:
    """The call of the network whose values are trained."""
    form = _kept(given)
    return form if isinstance(form, f.Call) else None


def _same(one: f.Call, other: f.Call) -> bool:
    """Whether two calls are of the same network, by the way it is written and bound."""
    left, right = one.function, other.function
    if one is other or not f.written(left) or f.written(left) != f.written(right):
        return False
    names = [[(each.keyword, each.star) for each in call.arguments] for call in (one, other)]
    if not names[0] or names[0] != names[1] or any(star for _, star in names[0]):
        return False
    while isinstance(left, f.Attr) and isinstance(right, f.Attr):
        left, right = _holder(left), _holder(right)
    return bare(left) is bare(right) or (isinstance(left, f.Global) and isinstance(right, f.Global))


def _differ_in_data_alone(ev: Evaluator, one: f.Call, other: f.Call, frame: Frame) -> bool:
    """Whether two calls with several arguments are of one network, and what tells them apart are states and actions: no
    function that is given the network (`q_of(self.net, s)`), its weights or a setting that says which one is meant."""
    with ev.aside():
        if isinstance(ev.force(_network_of(one), frame), (FunctionV, MethodV, ExternalV, PartialV)):
            return False
        for own, others in zip(one.arguments, other.arguments, strict=True):
            if same_form(own.form, others.form):
                continue
            for form in (own.form, others.form):
                if WHICH.search(_name(form)) is not None:
                    return False
                if isinstance(ev.force(form, frame), (ConstV, InstanceV, ObjectV, DictV)):
                    return False
    return True


def _network_of(call: f.Call) -> f.Form:
    """What is called: `self.net` of `self.net(s, a)` and of `self.net.forward(s, a)`."""
    function = bare(call.function)
    return function.base if isinstance(function, f.Attr) and function.name == "forward" else function

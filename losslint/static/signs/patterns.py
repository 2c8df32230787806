"""Small pieces of arithmetic as they are written: `1 - x`, `-x`, the factors of a product, `exp(x)` and `x.exp()`."""

from __future__ import annotations

from collections.abc import Iterator

from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare

#: Products of more factors are looked at in part.
MOST_FACTORS = 32

#: What is added to a probability before its logarithm is taken.
SMALL = 1e-3

#: The dimensions that classes lie along: a matrix of scores has them in the second, which is its last.
CLASS_DIMENSIONS = (1, -1)

#: Functions and methods that do what an operator does.
_ADDING = {"add": "+", "sub": "-", "subtract": "-", "rsub": "-"}


#: Functions and methods that make a tensor of ones.
_OF_ONES = frozenset({"ones", "ones_like", "new_ones"})


def is_one(form: f.Form) -> bool:
    """`1`, `1.0`, `torch.tensor(1.0)` and `torch.ones_like(x)`"""
    form = bare(form)
    if isinstance(form, f.Call):
        of = taken(form, "tensor")
        return form.callee_name in _OF_ONES or (of is not None and isinstance(bare(of), f.Const) and is_one(of))
    return isinstance(form, f.Const) and form.value in (1, 1.0) and not isinstance(form.value, bool)


def complement(form: f.Form) -> f.Form | None:
    """`x` of `1 - x`, `torch.sub(1, x)`, `torch.rsub(x, 1)`, `-x + 1` and `torch.add(torch.neg(x), 1)`."""
    difference = sides(form, "-")
    if difference is not None:
        left, right = difference
        return bare(right) if is_one(left) else None
    other = beside_one(form)
    negated = _negated(other) if other is not None else None
    return bare(negated) if negated is not None else None


def beside_one(form: f.Form) -> f.Form | None:
    """`x` of `1 + x`, `x + 1`, `torch.add(x, 1)` and `x.add(1)`."""
    total = sides(form, "+")
    if total is None:
        return None
    left, right = total
    return right if is_one(left) else left if is_one(right) else None


def sides(form: f.Form, operator: str) -> tuple[f.Form, f.Form] | None:
    """What stands on both sides of `+` or `-`, or is given to the function that does the same."""
    form = bare(form)
    if isinstance(form, f.Binary):
        return (form.left, form.right) if form.operator == operator else None
    if not isinstance(form, f.Call) or _ADDING.get(form.callee_name) != operator:
        return None
    given = operands(form)
    return (given[1], given[0]) if given is not None and form.callee_name == "rsub" else given


def _negated(form: f.Form) -> f.Form | None:
    """`x` of `-x`, `torch.neg(x)` and `x.neg()`."""
    inner = bare(form)
    if isinstance(inner, f.Unary):
        return inner.operand if inner.operator == "-" else None
    return taken(inner, "neg", "negative")


def number(form: f.Form) -> float | None:
    """A number that is written out, with its sign."""
    form = bare(form)
    if isinstance(form, f.Unary) and form.operator in "+-":
        inner = number(form.operand)
        return None if inner is None else inner if form.operator == "+" else -inner
    if isinstance(form, f.Const) and isinstance(form.value, (int, float)) and not isinstance(form.value, bool):
        return float(form.value)
    return None


def unsigned(form: f.Form) -> tuple[f.Form, int]:
    """A form without the minus signs before it, and the sign that they leave: 1 or -1."""
    sign = 1
    while True:
        form = bare(form)
        if isinstance(form, f.Unary) and form.operator in "+-":
            sign = -sign if form.operator == "-" else sign
            form = form.operand
            continue
        opposite = taken(form, "neg", "negative")
        if opposite is not None:
            form, sign = opposite, -sign
            continue
        if not isinstance(form, f.Binary) or form.operator != "*":
            return form, sign
        before, behind = number(form.left), number(form.right)
        if before in (1, -1):
            form, sign = form.right, sign if before == 1 else -sign
        elif behind in (1, -1):
            form, sign = form.left, sign if behind == 1 else -sign
        else:
            return form, sign


def factors(form: f.Form) -> Iterator[f.Form]:
    """The factors of a product, without their signs, up to `MOST_FACTORS`; what is no product is its own factor. A
    program in which each name is the square of the one before it has more than anybody can count."""
    pending = [form]
    for _ in range(2 * MOST_FACTORS):
        if not pending:
            return
        here, _sign = unsigned(pending.pop())
        if isinstance(here, f.Binary) and here.operator == "*":
            pending += [here.right, here.left]
        else:
            yield here


def operands(call: f.Call) -> tuple[f.Form, f.Form] | None:
    """The two tensors of `torch.mul(a, b)` and `a.mul(b)`."""
    if not isinstance(call.function, f.Attr):
        return None
    given = [argument.form for argument in call.arguments]
    if len(given) == 2:
        return given[0], given[1]
    return (call.function.base, given[0]) if len(given) == 1 else None


def times(form: f.Form) -> tuple[f.Form, f.Form] | None:
    """What is multiplied in `a * b`, `torch.mul(a, b)` and `a.mul(b)`."""
    form = bare(form)
    if isinstance(form, f.Binary):
        return (form.left, form.right) if form.operator == "*" else None
    return operands(form) if isinstance(form, f.Call) and form.callee_name in ("mul", "multiply") else None


def multiplied(form: f.Form) -> Iterator[f.Form]:
    """The factors of a product, also of `torch.mul(a, b)` and `a.mul(b)`."""
    for factor in factors(form):
        yield from times(factor) or (factor,)


def argument_of(call: f.Call, place: int, name: str) -> f.Argument | None:
    """What a call gives by place or by name; None where a star hides it."""
    for position, argument in enumerate(call.arguments):
        if argument.star:
            return None
        if argument.keyword == name or (not argument.keyword and position == place):
            return argument
    return None


def powered(form: f.Form) -> f.Form | None:
    """`x` of `x ** g`, `x.pow(g)` and `torch.pow(x, g)`."""
    if isinstance(form, f.Binary) and form.operator == "**":
        return form.left
    given = operands(form) if isinstance(form, f.Call) and form.callee_name == "pow" else None
    return given[0] if given is not None else None


def taken(form: f.Form, *names: str) -> f.Form | None:
    """`x` of `exp(x)`, `torch.exp(x)` and `x.exp()`, for the functions of these names."""
    form = bare(form)
    if not isinstance(form, f.Call) or form.callee_name not in names:
        return None
    first = form.arguments[0] if form.arguments else None
    if first is not None:
        return first.form if not first.keyword and not first.star and len(form.arguments) == 1 else None
    return form.function.base if isinstance(form.function, f.Attr) else None


def unguarded(form: f.Form) -> f.Form:
    """`x` of `x + 1e-8`, which keeps a logarithm away from 0."""
    form = bare(form)
    if isinstance(form, f.Binary) and form.operator == "+":
        for side, other in ((form.left, form.right), (form.right, form.left)):
            small = number(side)
            if small is not None and 0 < small <= SMALL:
                return bare(other)
    return form

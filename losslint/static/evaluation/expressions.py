"""Arithmetic, comparisons and displays: what operators give, and what lists and dicts are written out as."""

from __future__ import annotations

import operator as op
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from losslint.contracts.transfer import binary, unary
from losslint.static.behaviour.called import is_mask, is_temperature
from losslint.static.behaviour.rows import is_number, is_size, some_number, sort_of
from losslint.static.behaviour.tensors import made, meaning_of, plain
from losslint.static.evaluation.conditions import truth, truthiness
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.loops import items_of
from losslint.static.evaluation.meeting import meet
from losslint.static.evaluation.values import (
    LARGEST,
    ConstV,
    DictV,
    Lazy,
    Member,
    Open,
    SeqV,
    SizeV,
    TensorV,
    UnknownV,
    Value,
    given,
    opened,
    symbol_of,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: What may make a text long in a format: a width of many digits, or one that is an argument.
_WIDE = re.compile(r"%[^a-zA-Z%]*(?:\d{4}|\*)")

#: Operators that make whole numbers of whole numbers.
OF_SIZES = frozenset({"+", "-", "*", "//", "%"})

_NUMBERS: dict[str, Callable[[object, object], object]] = {
    "+": op.add, "-": op.sub, "*": op.mul, "/": op.truediv, "//": op.floordiv, "%": op.mod, "**": op.pow,
    "&": op.and_, "|": op.or_, "^": op.xor, "<<": op.lshift, ">>": op.rshift,
}  # fmt: skip


def force_binary(ev: Evaluator, form: f.Binary, frame: Frame) -> Value:
    """`left operator right`"""
    left, right = ev.force(form.left, frame), ev.force(form.right, frame)
    if isinstance(left, ConstV) and isinstance(right, ConstV):
        return _folded(form.operator, left.value, right.value)
    if isinstance(left, TensorV) or isinstance(right, TensorV):
        number = form.operator == "/" and is_temperature(form.right, right)
        one, other = plain(ev, left, True), UNSETTLED if number else plain(ev, right, True)
        if form.operator == "*":
            one, other = _masking(form.left, left, one, other), _masking(form.right, right, other, one)
        result = binary(form.operator, one, other)
        return made(ev, result, f"`{form.operator}`", [left, right], form, frame, None)
    if isinstance(left, SeqV) and form.operator == "+":
        if isinstance(right, SeqV) and len(left.items) + len(right.items) <= LARGEST:
            placed = left.placed + right.placed if left.complete else left.placed
            complete = left.complete and right.complete
            return SeqV(left.sort, left.items + right.items, complete, left.trail, placed=placed)
        return SeqV(left.sort, left.items, False, left.trail, placed=left.placed)
    if isinstance(right, SeqV) and form.operator == "+" and isinstance(left, UnknownV):
        return SeqV(right.sort, right.items, False, right.trail)
    if isinstance(left, SeqV) and form.operator == "*":
        if isinstance(right, ConstV) and isinstance(right.value, int) and 0 <= right.value * len(left.items) <= 64:
            return SeqV(left.sort, left.items * right.value, left.complete, left.trail)
        return SeqV(left.sort, left.items, False, left.trail)
    if isinstance(left, DictV) and isinstance(right, DictV) and form.operator == "|":
        return DictV(
            {**left.items, **right.items}, left.complete and right.complete, (left.rest + right.rest)[:LARGEST]
        )
    for one, other, sign in ((left, right, 1), (right, left, 1)):
        if (
            isinstance(one, UnknownV)
            and one.symbol is not None
            and isinstance(other, ConstV)
            and isinstance(other.value, int)
            and (form.operator == "+" or (form.operator == "-" and one is left))
        ):
            amount = other.value if form.operator == "+" else -other.value
            moved = SizeV if isinstance(one, SizeV) else UnknownV
            return moved(one.reason, one.open, one.symbol, one.offset + sign * amount, one.tensor)
    symbol = None
    if isinstance(left, UnknownV) or isinstance(right, UnknownV):
        symbol = ("binary", form.operator, symbol_of(left), symbol_of(right))
    reason = "the result of arithmetic that is not known"
    for value in (left, right):
        if isinstance(value, UnknownV):
            reason = value.reason
    tensor = some_number(reason) if is_number(left) and is_number(right) else None
    if tensor is not None and form.operator in OF_SIZES:
        tensor = tensor.but(dtype=sort_of(left) if sort_of(left) == sort_of(right) else None)
    counts = form.operator in OF_SIZES and _is_of_sizes(left, right)
    return (SizeV if counts else UnknownV)(reason, opened(left, right), symbol, tensor=tensor)


def _masking(form: f.Form, value: Value, factor: object, masked: object) -> object:
    """A factor of something known: a mask where nothing is known of it but that it is called so."""
    if not isinstance(masked, Meaning) or masked.kind is Kind.UNKNOWN or not is_mask(form, value):
        return factor
    return meaning_of(value).but(kind=Kind.BOOLEAN, reason="")


def _is_of_sizes(*values: Value) -> bool:
    """Whether arithmetic on two values is arithmetic on a size: `x.size(0) * 2`, `len(x) + len(y)`, `n * args.k`."""
    return any(isinstance(value, SizeV) for value in values) and all(map(_may_count, values))


def _may_count(value: Value) -> bool:
    """Whether a value is a number, which is not known to be no whole one."""
    is_setting = isinstance(value, UnknownV) and value.tensor is not None and value.tensor.rank == 0
    return (is_size(value) or is_setting) and sort_of(value) in (None, "int64", "bool")


def _folded(operator: str, left: object, right: object) -> Value:
    function = _NUMBERS.get(operator)
    if function is None or not isinstance(left, (int, float, str)) or not isinstance(right, (int, float, str, tuple)):
        return UnknownV("the result of arithmetic that is not known")
    if operator == "%" and isinstance(left, str) and _WIDE.search(left) is not None:
        return UnknownV("a long text")
    large = any(isinstance(side, (int, float)) and abs(side) > LARGEST**2 for side in (left, right))
    texts = [side for side in (left, right) if isinstance(side, str)]
    if large or any(len(text) > LARGEST for text in texts) or (operator in ("**", "<<") and _above(right, 64)):
        return UnknownV("the result of arithmetic that is not known")
    if texts and operator == "*" and (_above(left, LARGEST) or _above(right, LARGEST)):
        return UnknownV("a long text")
    try:
        return ConstV(function(left, right))
    except (TypeError, ValueError, ArithmeticError):
        return UnknownV("the result of arithmetic that is not known")


def _above(value: object, most: int) -> bool:
    return isinstance(value, (int, float)) and value > most


def force_unary(ev: Evaluator, form: f.Unary, frame: Frame) -> Value:
    """`-x`, `~x`, `not x`"""
    if form.operator == "not":
        known = truth(ev, form, frame)
        return (
            ConstV(known)
            if isinstance(known, bool)
            else UnknownV("a condition that is not known", known, ("form", id(form), id(frame)))
        )
    value = ev.force(form.operand, frame)
    if isinstance(value, ConstV) and isinstance(value.value, (int, float)):
        number = value.value
        if form.operator == "-":
            return ConstV(-number)
        if form.operator == "+":
            return ConstV(+number)
        return ConstV(~number) if isinstance(number, int) else UnknownV("a number that is not known")
    if isinstance(value, TensorV):
        return made(ev, unary(form.operator, value.meaning), f"`{form.operator}`", [value], form, frame, None)
    if isinstance(value, UnknownV):
        tensor = some_number(value.reason) if is_number(value) else None
        symbol = ("unary", form.operator, value.symbol) if value.symbol else None
        return UnknownV(value.reason, value.open, symbol, tensor=tensor)
    return UnknownV("the result of arithmetic that is not known")


def force_compare(ev: Evaluator, form: f.Compare, frame: Frame) -> Value:
    """`left operator right`"""
    left, right = ev.force(form.left, frame), ev.force(form.right, frame)
    if (isinstance(left, TensorV) or isinstance(right, TensorV)) and form.operator in (
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
    ):
        result = binary(form.operator, _compared(ev, left), _compared(ev, right))
        return made(ev, result, f"`{form.operator}`", [left, right], form, frame, None)
    known = truth(ev, form, frame)
    if isinstance(known, bool):
        return ConstV(known)
    tensor = None
    if form.operator in ("<", "<=", ">", ">=", "==", "!="):
        tensor = binary(form.operator, _compared(ev, left), _compared(ev, right)) if _maybe(left, right) else None
    return UnknownV("a comparison that is not known", None, ("form", id(form), id(frame)), tensor=tensor)


def _maybe(*values: Value) -> bool:
    """Whether a tensor may be among them."""
    return any(isinstance(value, UnknownV) for value in values)


def _compared(ev: Evaluator, value: Value) -> object:
    return value.value if isinstance(value, ConstV) else meaning_of(value)


def force_boolean(ev: Evaluator, form: f.Boolean, frame: Frame) -> Value:
    """`left and right`, `left or right`: one of the two."""
    left = ev.force(form.left, frame)
    known = truthiness(left)
    if known is None:
        decided = truth(ev, form.left, frame)
        known = decided if isinstance(decided, bool) else None
        if known is None:
            right = ev.force(form.right, frame)
            if isinstance(left, UnknownV) and isinstance(right, ConstV):
                return UnknownV(left.reason, left.open, ("boolean", form.operator, left.symbol, repr(right.value)))
            assert isinstance(decided, Open)
            return meet(left, right, decided)
    if (form.operator == "or") == known:
        return left
    return ev.force(form.right, frame)


def force_sequence(ev: Evaluator, form: f.Sequence, frame: Frame) -> Value:
    """A tuple, list or set."""
    items: list[Lazy] = []
    complete = True
    placed = 0
    for element, starred in zip(form.elements, form.starred, strict=True):
        lazy = Lazy(element, frame)
        if complete:
            placed = len(items) + (not starred)
        if not starred:
            items.append(lazy)
            continue
        value = ev.value(lazy)
        spread = items_of(ev, value)
        if spread is not None and len(items) + len(spread) > LARGEST:
            complete = False  # a list that holds itself twice, again and again
        elif spread is not None:
            items += spread
        else:
            complete = False
            if isinstance(value, SeqV):
                items += value.items[: max(LARGEST - len(items), 0)]
            else:
                items.append(given(UnknownV("an unknown number of items")))
    return SeqV(form.sort, tuple(items), complete, placed=placed)


def force_mapping(ev: Evaluator, form: f.Mapping, frame: Frame) -> Value:
    """A dict display."""
    items: dict[object, Lazy] = {}
    rest: list[Lazy] = []
    complete = True
    for key, value in form.items:
        lazy = Lazy(value, frame)
        if key is None:
            spread = ev.value(lazy)
            if isinstance(spread, DictV):
                items.update(spread.items)
                rest += spread.rest[: max(LARGEST - len(rest), 0)]
                complete = complete and spread.complete
            else:
                from losslint.static.evaluation.changes import as_defaults

                # `{**DEFAULTS, **json.load(file)}`
                items, complete = as_defaults(items), False
            continue
        known = ev.force(key, frame)
        if isinstance(known, ConstV) and isinstance(known.value, (str, int, float, bool, Member, type(None))):
            items[known.value] = lazy
        else:
            rest.append(lazy)
            complete = False
    return DictV(items, complete, tuple(rest))

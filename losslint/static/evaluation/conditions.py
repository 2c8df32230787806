"""Conditions: which are known, and which a world decides."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.static.evaluation import dtypes
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.meeting import same_form
from losslint.static.evaluation.symbols import symbol_of
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    ContainerV,
    DictV,
    ExternalV,
    FunctionV,
    InstanceV,
    ObjectV,
    Open,
    PartialV,
    SeqV,
    TensorV,
    UnknownV,
    Value,
    is_object,
    opened,
)
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

Truth = bool | Open


def truth(ev: Evaluator, form: f.Form, frame: Frame) -> Truth:
    """Whether a condition holds: known, or a question of two answers (1 is yes)."""
    while isinstance(form, f.Named):
        form = form.form
    if isinstance(form, f.Unary) and form.operator == "not":
        inner = truth(ev, form.operand, frame)
        return inner if isinstance(inner, Open) else not inner
    if isinstance(form, f.Boolean):
        left, right = truth(ev, form.left, frame), truth(ev, form.right, frame)
        decisive = form.operator == "or"
        if left is decisive or right is decisive:
            return decisive
        if isinstance(left, Open):
            return left
        return right
    if isinstance(form, f.Compare):
        return _compare(ev, form, frame)
    value = ev.force(form, frame)
    known = truthiness(value)
    if known is not None:
        return known
    return _atom(ev, symbol_of(ev, value, form, frame), value)


def on_the_way(ev: Evaluator, path: f.Path, frame: Frame, answers: Mapping[Hashable, int], may_ask: bool) -> Truth:
    """Whether this world gets past the conditions that something stands under: no where it fails one. A condition that
    is open is asked about where that is allowed and nobody has, and taken to hold otherwise."""
    for condition, wanted in path:
        with ev.aside() as asked:
            held = truth(ev, condition, frame)
        if not _asks_for_a_tensor(ev, condition, frame):
            ev.asked |= asked
        if isinstance(held, Open):
            if may_ask and held.key not in answers:
                return held
        elif held != wanted:
            return False
    return True


def _asks_for_a_tensor(ev: Evaluator, condition: f.Form, frame: Frame) -> bool:
    """Whether a condition asks whether there is something, where a tensor is: `if labels is not None`. Which tensor it
    is, the way does not hang on."""
    condition = f.bare(condition)
    if not isinstance(condition, f.Compare) or condition.operator not in ("is", "is not"):
        return False
    right = f.bare(condition.right)
    if not isinstance(right, f.Const) or right.value is not None:
        return False
    with ev.aside():
        value = ev.force(condition.left, frame)
    return isinstance(value, TensorV) and not value.absent


def holds(ev: Evaluator, form: f.Form, frame: Frame) -> bool | None:
    """Whether a condition holds in this world, None when that is open."""
    found = truth(ev, form, frame)
    return None if isinstance(found, Open) else found


def truthiness(value: Value) -> bool | None:
    """`bool(value)`, where it is known."""
    if isinstance(value, ConstV):
        return bool(value.value)
    if isinstance(value, SeqV):
        return bool(value.items) if value.complete else None
    if isinstance(value, DictV):
        return bool(value.items) if value.complete else None
    if isinstance(value, (InstanceV, ClassV, FunctionV, PartialV, ObjectV)):
        return None if value.absent else True
    if isinstance(value, ContainerV):
        return bool(value.children) if value.complete else None
    return None


def _atom(ev: Evaluator, symbol: Hashable, *values: Value) -> Truth:
    key = ("condition", symbol)
    answer = ev.answer(key)
    if answer is not None:
        return bool(answer)
    # A condition that hangs on an open question is settled by the answer to that question.
    deeper = opened(*values)
    may = any(isinstance(value, UnknownV) and value.optional for value in values)
    return deeper if deeper is not None else Open(key, 2, may, not any(map(_is_unset, values)))


def _is_unset(value: Value) -> bool:
    return isinstance(value, UnknownV) and value.unset


def compare_values(operator: str, left: Value, right: Value) -> bool | None:
    """A comparison of two values, where the outcome is known."""
    if operator in ("is", "is not"):
        for one, other in ((left, right), (right, left)):
            if isinstance(other, ConstV) and other.value is None:
                if isinstance(one, ConstV):
                    same = one.value is None
                elif (
                    (isinstance(one, ExternalV) and not _is_something(one))
                    or one.absent
                    or (isinstance(one, UnknownV) and not one.something)
                ):
                    return None
                else:
                    same = False
                return same if operator == "is" else not same
    same_class = _same_class(left, right) if operator in ("==", "!=", "is", "is not") else None
    if same_class is not None:
        return same_class == (operator in ("==", "is"))
    if isinstance(left, ConstV) and isinstance(right, ConstV):
        a, b = left.value, right.value
        try:
            if operator in ("==", "is"):
                return bool(a == b)
            if operator in ("!=", "is not"):
                return bool(a != b)
            if operator == "in":
                return a in b  # type: ignore[operator]
            if operator == "not in":
                return a not in b  # type: ignore[operator]
            if operator == "<":
                return bool(a < b)  # type: ignore[operator]
            if operator == "<=":
                return bool(a <= b)  # type: ignore[operator]
            if operator == ">":
                return bool(a > b)  # type: ignore[operator]
            if operator == ">=":
                return bool(a >= b)  # type: ignore[operator]
        except TypeError:
            return None
    if (
        isinstance(left, UnknownV)
        and isinstance(right, UnknownV)
        and left.symbol is not None
        and left.symbol == right.symbol
    ):
        # `i < len(layers) - 1` in the last round: both are the same unknown number and a known distance
        a, b = left.offset, right.offset
        outcomes = {"==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}
        return outcomes.get(operator)
    if operator in ("is", "is not") and isinstance(left, TensorV) and isinstance(right, TensorV):
        a_meaning, b_meaning = left.meaning, right.meaning
        same_factor = a_meaning.factor == b_meaning.factor
        if a_meaning.identity is not None and a_meaning.identity == b_meaning.identity and same_factor:
            return operator == "is"
    if (
        operator in ("==", "!=")
        and not (left.absent or right.absent)
        and ((_is_something(left) and isinstance(right, ConstV)) or (_is_something(right) and isinstance(left, ConstV)))
    ):
        return operator == "!="
    return None


def _compare(ev: Evaluator, form: f.Compare, frame: Frame) -> Truth:
    left, right = ev.force(form.left, frame), ev.force(form.right, frame)
    operator = form.operator
    if operator not in ("is", "is not", "in", "not in") and _of_two_loops(form, left, right):
        return _atom(ev, ("rounds", id(form), id(frame)), left, right)
    known = compare_values(operator, left, right)
    if known is None:
        known = dtypes.compared(operator, left, right)
    if known is None and operator in ("==", "!="):
        same = _same_items(ev, left, right)
        known = same if same is None or operator == "==" else not same
    if known is not None:
        return known
    if operator in ("in", "not in") and isinstance(right, SeqV) and right.complete:
        members = [ev.value(item) for item in right.items]
        known = dtypes.among(operator, left, members)
        if known is not None:
            return known
        if all(isinstance(member, ConstV) for member in members):
            constants = [member.value for member in members if isinstance(member, ConstV)]
            if isinstance(left, ConstV):
                return (left.value in constants) == (operator == "in")
            symbol = symbol_of(ev, left, form.left, frame)
            for taken in ev.taken_to_be(symbol):
                return (taken in constants) == (operator == "in")
            found = _atom(ev, ("in", symbol, tuple(map(repr, constants))), left)
            if isinstance(found, Open):
                return found
            return found == (operator == "in")
    if operator in ("in", "not in") and isinstance(right, DictV) and right.complete and isinstance(left, ConstV):
        return (left.value in right.items) == (operator == "in")
    if operator in ("in", "not in") and isinstance(left, ConstV) and isinstance(left.value, str):
        symbol = symbol_of(ev, right, form.right, frame)
        for whole in ev.taken_to_be(symbol):
            if isinstance(whole, str):
                return (left.value in whole) == (operator == "in")  # of what the text is taken to be
    if operator in ("==", "!=", "is", "is not"):
        for one, other, one_form in ((left, right, form.left), (right, left, form.right)):
            if not isinstance(other, ConstV) or isinstance(one, ConstV):
                continue
            symbol = symbol_of(ev, one, one_form, frame)
            try:
                hash(other.value)
            except TypeError:
                continue
            if operator in ("is", "is not") and not isinstance(other.value, bool):
                found = _atom(ev, ("is", symbol, repr(other.value)), one)
            else:
                found = _equal(ev, symbol, other.value, one)
            if isinstance(found, Open):
                return found
            return found == (operator in ("==", "is"))
    several = _several(operator, left, right)
    if several is not None:
        one, one_form = (left, form.left) if isinstance(right, ConstV) else (right, form.right)
        single = _equal(ev, symbol_of(ev, one, one_form, frame), 1, one)
        return single if isinstance(single, Open) else single != several
    symbol = ("compare", operator, symbol_of(ev, left, form.left, frame), symbol_of(ev, right, form.right, frame))
    if isinstance(left, ConstV) or isinstance(right, ConstV):
        a = repr(left.value) if isinstance(left, ConstV) else symbol_of(ev, left, form.left, frame)
        b = repr(right.value) if isinstance(right, ConstV) else symbol_of(ev, right, form.right, frame)
        symbol = ("compare", operator, a, b)
    return _atom(ev, symbol, left, right)


def _is_something(value: Value) -> bool:
    """Whether a value is an object, not a number or a text: of what stands outside, only what is known to be one is.
    `sys.argv[1]`, `os.environ["MODE"]` and `flags.FLAGS.mode` may be any text."""
    if isinstance(value, ExternalV):
        return lookup.is_function(value.name) or lookup.is_class(value.name)
    return is_object(value)


def _same_class(left: Value, right: Value) -> bool | None:
    """Whether two classes are one, or a function is a class: `type(criterion) is nn.MSELoss`, and
    `activation == nn.Identity` of `torch.sigmoid`."""
    if isinstance(left, ClassV) and isinstance(right, ClassV):
        return left.key == right.key
    if isinstance(left, ExternalV) and isinstance(right, ExternalV):
        if left.name == right.name:
            return True
        if left.name.rpartition(".")[2] == right.name.rpartition(".")[2]:
            return None  # it may be one under two paths
        return False if all(_is_something(each) for each in (left, right)) else None
    for own, other in ((left, right), (right, left)):
        if isinstance(own, ClassV) and isinstance(other, ExternalV):
            return False if _is_something(other) else None
    return None


def _same_items(ev: Evaluator, left: Value, right: Value) -> bool | None:
    """Whether two tuples are equal, where that is known: `scores.shape == target.shape`."""
    if not isinstance(left, SeqV) or not isinstance(right, SeqV) or not (left.complete and right.complete):
        return None
    if left.sort != right.sort or len(left.items) != len(right.items):
        return False
    outcomes = [
        compare_values("==", ev.value(one), ev.value(other)) for one, other in zip(left.items, right.items, strict=True)
    ]
    if False in outcomes:
        return False
    return None if None in outcomes else True


def _of_two_loops(form: f.Compare, left: Value, right: Value) -> bool:
    """Whether the counters of two loops are compared of which nobody knows how many rounds they have: each stands for
    the last of its own, and all pairs of rounds are run."""
    sides = (form.left, form.right)
    counters = [f.bare(each.base) if isinstance(each, f.Unpacked) else each for each in map(f.bare, sides)]
    loops = [each.loop for each in counters if isinstance(each, f.Element)]
    return (
        len(loops) == 2
        and loops[0] is not loops[1]
        and isinstance(left, UnknownV)
        and isinstance(right, UnknownV)
        and left.symbol is not None
        and left.symbol == right.symbol
    )


#: Comparisons of a number with 1 or 2 that ask whether it is more than one, and what they answer then.
_MORE_THAN_ONE = {(">", 1): True, (">=", 2): True, ("<", 2): False, ("<=", 1): False}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def _several(operator: str, left: Value, right: Value) -> bool | None:
    """Whether a comparison asks for more than one (True) or for one (False), as `n_classes > 1` beside `n_classes == 1`
    does: they are one question then, for a count that is compared with 1 is not 0."""
    if isinstance(left, ConstV):
        operator, left, right = _TURNED.get(operator, operator), right, left
    if not isinstance(right, ConstV) or isinstance(right.value, bool) or not isinstance(right.value, int):
        return None
    return _MORE_THAN_ONE.get((operator, right.value))


def _equal(ev: Evaluator, symbol: Hashable, constant: object, value: Value) -> Truth:
    """Whether an unknown value equals a constant: what one world takes it to be, it is everywhere."""
    key = ("equals", symbol, constant)
    answer = ev.answer(key)
    if answer is not None:
        return bool(answer)
    for taken in ev.taken_to_be(symbol):
        return taken == constant
    looked_up = ev.looked_up.get(symbol)
    if looked_up is not None:
        ev.answer(looked_up[0])
        return looked_up[1] == str(constant)
    for of_several, constants, is_one in ev.among.get(symbol, ()):
        if (repr(constant) in constants) != is_one:
            ev.answer(of_several)
            return False
    deeper = opened(value)
    return deeper if deeper is not None else Open(key, 2, False, not _is_unset(value))


def exclusive(left: f.Path, right: f.Path) -> bool:
    """Whether what stands under some conditions is never reached along with what stands under others."""
    return any(
        wanted is not other and same_form(condition, tested) for condition, wanted in left for tested, other in right
    )

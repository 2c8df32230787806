"""Conditions: which are known, which a world decides, and what a name is where branches meet."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

from losslint.static.behaviour.rows import own_shape
from losslint.static.evaluation import dtypes
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.results import taken_for
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    ContainerV,
    DictV,
    ExternalV,
    FunctionV,
    HolderV,
    InstanceV,
    Lazy,
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
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

Truth = bool | Open

#: Why a call is undecided whose branches differ.
UNDECIDED = "it depends on a condition that the code alone does not decide"


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
    if known is None and isinstance(form, f.Call) and form.callee_name == dtypes.ASKING:
        given = [ev.force(argument.form, frame) for argument in form.arguments]
        known = dtypes.is_floating(ev.force(form.function, frame), given)
    if known is not None:
        return known
    return _atom(ev, _symbol(value, form, frame), value)


def on_the_way(ev: Evaluator, path: f.Path, frame: Frame, answers: Mapping[Hashable, int], may_ask: bool) -> Truth:
    """Whether this world gets past the conditions that something stands under: no where it fails one. A condition that
    is open is asked about where that is allowed and nobody has, and taken to hold otherwise."""
    for condition, wanted in path:
        held = truth(ev, condition, frame)
        if isinstance(held, Open):
            if may_ask and held.key not in answers:
                return held
        elif held != wanted:
            return False
    return True


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


def _symbol(value: Value, form: f.Form, frame: Frame) -> Hashable:
    if isinstance(value, UnknownV) and value.symbol is not None:
        return (value.symbol, value.offset) if value.offset else value.symbol
    return ("form", id(form), id(frame))


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
                elif one.absent or (isinstance(one, UnknownV) and not one.something):
                    return None
                else:
                    same = False
                return same if operator == "is" else not same
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
        and ((is_object(left) and isinstance(right, ConstV)) or (is_object(right) and isinstance(left, ConstV)))
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
            symbol = _symbol(left, form.left, frame)
            ev.asked.add(taken_for(symbol))
            if symbol in ev.equals:
                ev.answer(("equals", symbol))
                return (ev.equals[symbol] in constants) == (operator == "in")
            found = _atom(ev, ("in", symbol, tuple(map(repr, constants))), left)
            if isinstance(found, Open):
                return found
            return found == (operator == "in")
    if operator in ("in", "not in") and isinstance(right, DictV) and right.complete and isinstance(left, ConstV):
        return (left.value in right.items) == (operator == "in")
    if operator in ("==", "!=", "is", "is not"):
        for one, other, one_form in ((left, right, form.left), (right, left, form.right)):
            if not isinstance(other, ConstV) or isinstance(one, ConstV):
                continue
            symbol = _symbol(one, one_form, frame)
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
        single = _equal(ev, _symbol(one, one_form, frame), 1, one)
        return single if isinstance(single, Open) else single != several
    symbol = ("compare", operator, _symbol(left, form.left, frame), _symbol(right, form.right, frame))
    if isinstance(left, ConstV) or isinstance(right, ConstV):
        a = repr(left.value) if isinstance(left, ConstV) else _symbol(left, form.left, frame)
        b = repr(right.value) if isinstance(right, ConstV) else _symbol(right, form.right, frame)
        symbol = ("compare", operator, a, b)
    return _atom(ev, symbol, left, right)


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
    ev.asked.add(taken_for(symbol))
    if symbol in ev.equals:
        return ev.equals[symbol] == constant
    for of_several, constants, is_one in ev.among.get(symbol, ()):
        if (repr(constant) in constants) != is_one:
            ev.answer(of_several)
            return False
    deeper = opened(value)
    return deeper if deeper is not None else Open(key, 2, False, not _is_unset(value))


def force_choice(ev: Evaluator, form: f.Choice, frame: Frame) -> Value:
    """A conditional expression, or a name behind an `if` statement."""
    decided = truth(ev, form.condition, frame)
    if decided is True:
        return ev.force(form.then, frame)
    if decided is False:
        return ev.force(form.other, frame)
    then, other = ev.force(form.then, frame), ev.force(form.other, frame)
    if _names_or_is(ev, form.condition, then, other, frame):
        decided = Open(decided.key, decided.count, may=True)
    return meet(then, other, _of_options(ev, then, other, decided))


def _of_options(ev: Evaluator, left: Value, right: Value, question: Open) -> Open:
    """The question which of two it is, where one is a container: `nn.Sequential(*modules)` of modules that are built
    one by one is as much an option as one such module is."""
    if question.may or not (isinstance(left, ContainerV) or isinstance(right, ContainerV)):
        return question
    for value in (left, right):
        parts = [ev.value(lazy) for _, lazy in value.children] if isinstance(value, ContainerV) else [value]
        if not parts or not _is_option(parts[-1]):
            return question
        if not all(_is_option(part) or isinstance(part, UnknownV) for part in parts):
            return question
    return Open(question.key, question.count, may=True)


def _names_or_is(ev: Evaluator, condition: f.Form, then: Value, other: Value, frame: Frame) -> bool:
    """`cls = table[x] if isinstance(x, str) else x`: what is given is the name of a class or the class itself, and a
    run that gives the one is as good as a run that gives the other."""
    one, itself = (then, other) if is_object(then) else (other, then)
    written = f.bare(condition)
    if not _is_option(one) or not isinstance(itself, UnknownV) or itself.symbol is None:
        return False
    if itself.open is not None or not isinstance(written, f.Call) or not written.arguments:
        return False
    tested = ev.force(written.arguments[0].form, frame)
    return isinstance(tested, UnknownV) and tested.symbol == itself.symbol


def force_skip(ev: Evaluator, form: f.Skip, frame: Frame) -> Value:
    """A name at the end of a round that may have been cut short."""
    decided = truth(ev, form.condition, frame)
    if decided is True:
        return ev.force(form.then, frame)
    after = ev.force(form.other, frame)
    if decided is False or not isinstance(after, TensorV):
        return after  # of what is collected round by round, a round that adds nothing changes nothing
    return meet(ev.force(form.then, frame), after, decided)


def exclusive(left: f.Path, right: f.Path) -> bool:
    """Whether what stands under some conditions is never reached along with what stands under others."""
    return any(
        wanted is not other and same_form(condition, tested) for condition, wanted in left for tested, other in right
    )


def force_result(ev: Evaluator, form: f.Result, frame: Frame) -> Value:
    """What a function returns: the return statement that is reached."""
    found: Value | None = None
    # Each of a long chain of `elif` stands under the conditions of all before it.
    known: dict[f.Form, Truth] = {}
    for path, returned in form.returns:
        reached: Truth = True
        for condition, wanted in path:
            held = known.get(condition)
            if held is None:
                held = known[condition] = truth(ev, condition, frame)
            if isinstance(held, Open):
                if reached is True:
                    reached = held
            elif held != wanted:
                reached = False
                break
        if reached is False:
            continue
        value = ev.force(returned, frame)
        if isinstance(reached, Open) and _is_empty(ev, value):
            continue  # an early way out of an empty batch: there is nothing in it that a loss could see
        if found is None:
            found = value
            question = reached if isinstance(reached, Open) else None
        elif question is not None:
            found = meet(found, value, _of_options(ev, found, value, question))
        if reached is True:
            break
    return found if found is not None else ConstV(None)


def _is_empty(ev: Evaluator, value: Value) -> bool:
    """Whether what is returned holds tensors without elements, and nothing else."""
    if isinstance(value, SeqV):
        return bool(value.items) and value.complete and all(_is_empty(ev, ev.value(lazy)) for lazy in value.items)
    return isinstance(value, TensorV) and value.meaning.shape is not None and 0 in value.meaning.shape.sizes


def meet(left: Value, right: Value, question: Open) -> Value:
    """A value that is one of two, by a condition that is not known."""
    if isinstance(left, ConstV) and left.value is None and not isinstance(right, ConstV):
        return or_none(right)
    if isinstance(right, ConstV) and right.value is None and not isinstance(left, ConstV):
        return or_none(left)
    same = merged(left, right)
    if same is not None:
        return same
    if isinstance(left, TensorV) and isinstance(right, TensorV) and _is_number(left) and _is_number(right):
        return TensorV(Meaning(reason=UNDECIDED, quantity=True, shape=_common_shape(left, right)), question)
    options = question.chosen and _is_option(left) and _is_option(right) and not _is_one_object(left, right)
    open_question = Open(question.key, question.count, question.may or options, question.chosen)
    shape = _common_shape(left, right)
    tensor = Meaning(reason=UNDECIDED, shape=shape) if shape is not None else None
    return UnknownV(UNDECIDED, open_question, tensor=tensor)


def _common_shape(left: Value, right: Value) -> Shape | None:
    """The shape that two tensors or numbers have, as far as it is one."""
    one, other = own_shape(left), own_shape(right)
    if one is None or other is None or one.rank != other.rank:
        return None
    return Shape(tuple(size if size == at else None for size, at in zip(one.sizes, other.sizes, strict=True)))


def _held_by_both(left: UnknownV, right: UnknownV) -> UnknownV:
    """One thing that is not known, with what was set on it on both sides: a framework that chooses among many models
    would be asked for each of them wherever it is passed on."""
    one = left.attributes if isinstance(left, HolderV) else {}
    other = right.attributes if isinstance(right, HolderV) else {}
    both = {name: lazy for name, lazy in one.items() if other.get(name) == lazy}
    return left if len(both) == len(one) == len(other) else HolderV(left, both)


def or_none(value: Value) -> Value:
    """A value in whose place there may be None, which cannot be called or trained on: reading it means the value."""
    either = value.copy()
    either.absent = True
    return either


def _is_number(value: TensorV) -> bool:
    """Whether a tensor is known to hold numbers, whatever they mean."""
    return value.meaning.kind is not Kind.UNKNOWN or value.meaning.quantity


def _is_one_object(left: Value, right: Value) -> bool:
    """Whether two values are one object, of which something was set on one side only."""
    if isinstance(left, (InstanceV, ObjectV)) and isinstance(right, (InstanceV, ObjectV)):
        return left.origin is right.origin and (
            not isinstance(left, InstanceV) or not isinstance(right, InstanceV) or left.cls.key == right.cls.key
        )
    return False


def _is_option(value: Value) -> bool:
    """Whether a value is something a person chooses for a run: a model, a loss, a function. Layers are not: a flag
    that adds an activation is usually set to suit the loss."""
    if isinstance(value, UnknownV):
        return value.open is not None and value.open.may
    if isinstance(value, (ObjectV, ExternalV)):
        from losslint.contracts import lookup

        return lookup.layer(value.name) is None and lookup.operation_by_function(value.name) is None
    return is_object(value)


def _made_alike(left: ObjectV, right: ObjectV) -> bool:
    """Whether two layers are made with the same arguments: `nn.Linear(a, b)` on both sides of a branch."""
    from losslint.contracts import lookup

    if lookup.layer(left.name) is None or left.attributes or right.attributes:
        return False
    one, other = left.arguments, right.arguments
    return (
        len(one.positional) == len(other.positional)
        and one.keywords.keys() == other.keywords.keys()
        and all(map(_alike, one.positional, other.positional))
        and all(_alike(lazy, other.keywords[name]) for name, lazy in one.keywords.items())
    )


def _alike(left: Lazy, right: Lazy) -> bool:
    """Whether two lazy values are surely the same, without working them out."""
    if left.form is None or right.form is None:
        return left.value is right.value or (
            isinstance(left.value, ConstV) and isinstance(right.value, ConstV) and left.value.value == right.value.value
        )
    return left.frame is right.frame and same_form(left.form, right.form)


def same_form(left: f.Form, right: f.Form) -> bool:
    """Whether two forms are surely the same value."""
    while isinstance(left, f.Named):
        left = left.form
    while isinstance(right, f.Named):
        right = right.form
    if left is right:
        return True
    if isinstance(left, f.Const) and isinstance(right, f.Const):
        return type(left.value) is type(right.value) and left.value == right.value
    if isinstance(left, f.Attr) and isinstance(right, f.Attr):
        return left.name == right.name and same_form(left.base, right.base)
    if isinstance(left, (f.Param, f.Global)) and isinstance(right, (f.Param, f.Global)):
        return type(left) is type(right) and left.name == right.name
    if isinstance(left, f.Binary) and isinstance(right, f.Binary):
        return (
            left.operator == right.operator and same_form(left.left, right.left) and same_form(left.right, right.right)
        )
    return False


def merged(left: Value, right: Value) -> Value | None:
    """One value that stands for both, when they mean the same."""
    if left is right:
        return left
    if type(left) is not type(right) and not (isinstance(left, UnknownV) and isinstance(right, UnknownV)):
        return None
    if isinstance(left, ConstV) and isinstance(right, ConstV):
        return left if type(left.value) is type(right.value) and left.value == right.value else None
    if isinstance(left, TensorV) and isinstance(right, TensorV):
        a, b = left.meaning, right.meaning
        if a.kind is not b.kind or a.kind is Kind.UNKNOWN or a.factor != b.factor or a.bounds != b.bounds:
            return None
        shape = a.shape
        if a.shape != b.shape:
            shape = None
            if (
                a.shape is not None
                and b.shape is not None
                and a.shape.rank == b.shape.rank
                and a.shape.rank is not None
            ):
                sizes = zip(a.shape.sizes, b.shape.sizes, strict=True)
                shape = Shape(tuple(x if x == y else None for x, y in sizes))
        return TensorV(
            a.but(
                shape=shape,
                dtype=a.dtype if a.dtype == b.dtype else None,
                dim=a.dim if a.dim == b.dim else None,
                reached=a.reached and b.reached,
                detached_by=a.detached_by if b.detached_by is not None else None,
                identity=a.identity if a.identity == b.identity else None,
                device=a.device if a.device == b.device else None,
                source=a.source
                if a.source is not None and b.source is not None and a.source.kind is b.source.kind
                else None,
            )
        )
    if isinstance(left, InstanceV) and isinstance(right, InstanceV):
        return (
            left
            if left.cls.key == right.cls.key and left.origin is right.origin and left.attributes == right.attributes
            else None
        )
    if isinstance(left, ObjectV) and isinstance(right, ObjectV):
        return left if left.name == right.name and (left.origin is right.origin or _made_alike(left, right)) else None
    if isinstance(left, FunctionV) and isinstance(right, FunctionV):
        return left if left.graph is right.graph else None
    if isinstance(left, ClassV) and isinstance(right, ClassV):
        return left if left.key == right.key else None
    if isinstance(left, ExternalV) and isinstance(right, ExternalV):
        return left if left.name == right.name else None
    if isinstance(left, UnknownV) and isinstance(right, UnknownV):
        if left.symbol is not None and left.symbol == right.symbol:
            return _held_by_both(left, right)
        return UnknownV(left.reason, left.open or right.open)
    return None

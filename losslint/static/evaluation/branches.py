"""What a name or a result is behind branches: which of them is gone, and what is made where they meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.conditions import Truth, truth
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.meeting import is_option, meet, merged
from losslint.static.evaluation.values import (
    ConstV,
    ContainerV,
    Lazy,
    Open,
    SeqV,
    TensorV,
    UnknownV,
    Value,
    given,
    is_object,
    is_refused,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


#: Items of tuples that are compared one by one.
MOST_ITEMS = 8


def force_choice(ev: Evaluator, form: f.Choice, frame: Frame) -> Value:
    """A conditional expression, or a name behind an `if` statement."""
    decided = truth(ev, form.condition, frame)
    if frame.loop is not None and frame.loop.starts:
        decided = _by_round(form.condition, decided, frame)
    if decided is True:
        return ev.force(form.then, frame)
    if decided is False:
        return ev.force(form.other, frame)
    then, other = ev.force(form.then, frame), ev.force(form.other, frame)
    if _names_or_is(ev, form.condition, then, other, frame):
        decided = Open(decided.key, decided.count, may=True)
    if frame.loop is not None:
        longer = _longer(ev, then, other)
        if longer is not None:
            return longer
    return of_two(ev, then, other, decided)


def _by_round(condition: f.Form, decided: Truth, frame: Frame) -> Truth:
    """What a condition is in a round, where one branch goes on from the round before: the first round takes the other
    one, and a round that stands for those after it goes on."""
    first = frame.loop.starts.get(condition) if frame.loop is not None else None
    if first is None or frame.round is None or not frame.round.stands_for_all:
        return decided
    if frame.round.before is None:
        return first
    return decided if isinstance(decided, bool) else not first


def _met(ev: Evaluator, left: Value, right: Value, question: Open) -> Value:
    """A value that is one of two; of two tuples with as many items each item is one of two."""
    if not isinstance(left, SeqV) or not isinstance(right, SeqV) or left is right:
        return meet(left, right, question)
    is_filled = left.sort == right.sort == "list" and not (left.complete or right.complete)
    if is_filled and not (left.items and right.items):
        return left if left.items else right  # by some rounds of a loop: how much is in it was open before
    alike = left.sort == right.sort == "tuple" and left.complete and right.complete and left.names == right.names
    if not (alike or is_filled) or len(left.items) != len(right.items) or len(left.items) > MOST_ITEMS:
        return meet(left, right, question)
    both = zip(left.items, right.items, strict=True)
    items = tuple(given(of_two(ev, ev.value(one), ev.value(other), question)) for one, other in both)
    return SeqV(left.sort, items, left.complete, left.trail, left.names)


def _longer(ev: Evaluator, left: Value, right: Value) -> SeqV | None:
    """A list into which a round of a loop may or may not have put something at its end, where that is of the same sort
    as what other rounds may have put there: how much of it there is is not known, and each round asks anew."""
    if not isinstance(left, SeqV) or not isinstance(right, SeqV) or not left.sort == right.sort == "list":
        return None
    shorter, longer = (left, right) if len(left.items) < len(right.items) else (right, left)
    count = len(shorter.items)
    if count == len(longer.items) or shorter.placed > longer.placed:
        return None
    if any(_key(one) != _key(other) for one, other in zip(shorter.items, longer.items, strict=False)):
        return None
    others = [ev.value(lazy) for lazy in longer.items[shorter.placed :]]
    if any(merged(others[0], other) is None for other in others[1:]):
        return None
    return SeqV("list", longer.items, False, longer.trail, placed=shorter.placed)


def _key(lazy: Lazy) -> tuple[object, ...]:
    return (lazy.form, lazy.frame) if lazy.form is not None else (lazy.value,)


def of_two(ev: Evaluator, left: Value, right: Value, question: Open) -> Value:
    """What a run has of two values, by the answer to a question: 1 is the left one."""
    for one, other in ((left, right), (right, left)):
        if is_refused(one):
            return other  # a run that took that branch would end there
    return _met(ev, left, right, _of_options(ev, left, right, question))


def _of_options(ev: Evaluator, left: Value, right: Value, question: Open) -> Open:
    """The question which of two it is, where one is a container or a tuple: `nn.Sequential(*modules)` of modules that
    are built one by one is as much an option as one such module is, and so are a generator and a discriminator."""
    if question.may or not (_has_parts(left) or _has_parts(right)):
        return question
    for value in (left, right):
        parts = _parts(ev, value)
        if not parts or not is_option(parts[-1]):
            return question
        if not all(is_option(part) or isinstance(part, UnknownV) for part in parts):
            return question
    return Open(question.key, question.count, may=True)


def _has_parts(value: Value) -> bool:
    return isinstance(value, ContainerV) or (isinstance(value, SeqV) and value.sort == "tuple" and value.complete)


def _parts(ev: Evaluator, value: Value) -> list[Value]:
    """What a container or a tuple is made of, or the value itself."""
    if not _has_parts(value):
        return [value]
    if isinstance(value, ContainerV):
        return [ev.value(lazy) for _, lazy in value.children]
    return [ev.value(lazy) for lazy in value.items] if isinstance(value, SeqV) else []


def _names_or_is(ev: Evaluator, condition: f.Form, then: Value, other: Value, frame: Frame) -> bool:
    """`cls = table[x] if isinstance(x, str) else x`: what is given is the name of a class or the class itself, and a
    run that gives the one is as good as a run that gives the other."""
    one, itself = (then, other) if is_object(then) else (other, then)
    written = f.bare(condition)
    if not is_option(one) or not isinstance(itself, UnknownV) or itself.symbol is None:
        return False
    if itself.open is not None or not isinstance(written, f.Call) or not written.arguments:
        return False
    tested = ev.force(written.arguments[0].form, frame)
    return isinstance(tested, UnknownV) and tested.symbol == itself.symbol


def force_otherwise(ev: Evaluator, form: f.Otherwise, frame: Frame) -> Value:
    """What a network made of its input in the last of its branches, unless the code decides against that one. A world
    that says no to each branch is none that anybody runs where the branches end in scores."""
    held: list[Truth] = []

    def ask() -> Value:
        held.append(truth(ev, form.condition, frame))
        return ConstV(None)

    _, hangs_on = ev.watched(ask)
    if held[0] is not True and (hangs_on is not None or isinstance(held[0], Open)):
        then = ev.force(form.then, frame)
        if isinstance(then, TensorV) and then.meaning.kind is Kind.LOGITS:
            return then
    return force_choice(ev, form, frame)


def force_skip(ev: Evaluator, form: f.Skip, frame: Frame) -> Value:
    """A name at the end of a round that may have been cut short."""
    decided = truth(ev, form.condition, frame)
    if decided is True:
        return ev.force(form.then, frame)
    after = ev.force(form.other, frame)
    if decided is False or not isinstance(after, TensorV):
        return after  # of what is collected round by round, a round that adds nothing changes nothing
    return meet(ev.force(form.then, frame), after, decided)


def force_result(ev: Evaluator, form: f.Result, frame: Frame) -> Value:
    """What a function returns: the return statement that is reached."""
    found: Value | None = None
    unfit: Value | None = None
    # Each of a long chain of `elif` stands under the conditions of all before it.
    known: dict[f.Form, Truth] = {}
    parts = frame.call.parts if frame.call is not None else 0
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
        if parts and isinstance(value, SeqV) and value.complete and len(value.items) != parts:
            unfit = unfit if unfit is not None else value
            continue  # what is unpacked into three names is no pair
        if found is None:
            found = value
            question = reached if isinstance(reached, Open) else None
        elif question is not None:
            found = of_two(ev, found, value, question)
        if reached is True:
            break
    found = found if found is not None else unfit
    return found if found is not None else ConstV(None)


def _is_empty(ev: Evaluator, value: Value) -> bool:
    """Whether what is returned holds tensors without elements, and nothing else."""
    if isinstance(value, SeqV):
        return bool(value.items) and value.complete and all(_is_empty(ev, ev.value(lazy)) for lazy in value.items)
    return isinstance(value, TensorV) and value.meaning.shape is not None and 0 in value.meaning.shape.sizes

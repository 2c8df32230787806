"""Flags of a run that stand for one choice: `if args.cnn: train(model) elif args.lstm: train_other(model)`. Nobody sets
both, though nothing but this order says so."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.conditions import Truth, truth
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import Open
from losslint.static.lowering import forms as f
from losslint.static.lowering.operands import computed_from

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Names that are bound in one `if` after the other and are looked through.
_MOST_BOUND = 24


def both_taken(ev: Evaluator, call: f.Call, frame: Frame) -> bool:
    """Whether this world takes two flags to be set that pick one of several: what a call is reached by, and what leads
    past it to another call of its sort; or what two objects are made under that go by one name in the call. What the
    call stands under is set in a world that comes by it, if only nobody has asked."""
    taken = {key for key, answer in ev.answers.items() if answer == 1 and _is_for_a_flag(key)}
    pairs = [*_chained(call, frame.graph), *_bound(call)] if taken else []
    if not pairs:
        return False
    on_path = [condition for condition, wanted in call.path if wanted and _is_flag(condition)]
    open_on_path = {held.key for each in on_path if isinstance(held := _held(ev, each, frame)[0], Open)}

    def is_set(flag: f.Form) -> bool:
        held, asked = _held(ev, flag, frame)
        return held.key in open_on_path if isinstance(held, Open) else held and not asked.isdisjoint(taken)

    return any(is_set(one) and is_set(other) for one, other in pairs)


def _is_for_a_flag(key: Hashable) -> bool:
    """Whether a question is whether something is so, and not which of many it is."""
    if not isinstance(key, tuple) or key[0] not in ("condition", "equals"):
        return False
    return key[0] == "condition" or key[-1] is True


def _is_flag(condition: f.Form) -> bool:
    """`args.cnn`, `config["cnn"]`, `args.cnn is True`"""
    form = f.bare(condition)
    if isinstance(form, f.Compare) and form.operator in ("is", "=="):
        right = f.bare(form.right)
        form = f.bare(form.left) if isinstance(right, f.Const) and right.value is True else form
    return isinstance(form, (f.Attr, f.Item, f.Param, f.Global))


def _held(ev: Evaluator, condition: f.Form, frame: Frame) -> tuple[Truth, set[Hashable]]:
    """Whether a condition holds in this world, and what that hangs on."""
    with ev.aside() as asked:
        held = truth(ev, condition, frame)
    return held, asked


def _chained(call: f.Call, graph: f.Graph) -> Iterator[tuple[f.Form, f.Form]]:
    """The flags that a call stands under, each with those of the `elif` behind it that another call of the same name,
    or with an argument that both are given, stands under."""
    given = {f.bare(argument.form) for argument in call.arguments}
    for place, (condition, wanted) in enumerate(call.path):
        if not wanted or not _is_flag(condition):
            continue
        otherwise = (*call.path[:place], (condition, False))
        for other in graph.calls:
            if other.path[: place + 1] != otherwise:
                continue
            if other.callee_name != call.callee_name and given.isdisjoint(
                f.bare(each.form) for each in other.arguments
            ):
                continue
            for behind, holds in other.path[place + 1 :]:
                if holds and _is_flag(behind):
                    yield condition, behind


def _bound(call: f.Call) -> Iterator[tuple[f.Form, f.Form]]:
    """The flags of `if args.cnn: model = Cnn()` and `if args.lstm: model = Lstm()`, for what a call is given: where
    both are set the first object is made for nothing."""
    for argument in call.arguments:
        form = f.bare(argument.form)
        later: list[tuple[f.Form, f.Call]] = []
        for _ in range(_MOST_BOUND):
            if not isinstance(form, f.Choice):
                break
            made, before = f.bare(form.then), f.bare(form.other)
            if isinstance(made, f.Call) and _is_flag(form.condition) and not _is_made_of(made, before):
                yield from ((form.condition, flag) for flag, _ in later)
                later.append((form.condition, made))
            form = before
        if isinstance(form, f.Call) and form.path:
            # What stands under the first `if` alone is all that the name is before the second.
            first = form.path[-1]
            if first[1] and _is_flag(first[0]):
                yield from ((first[0], flag) for flag, made in later if first not in made.path)


def _is_made_of(made: f.Form, before: f.Form) -> bool:
    return any(f.bare(part) is before for part in computed_from(made))

"""Targets made of the best value of each state, `[N]`, that a loss compares with values of chosen actions, `[N, 1]`.

`net(states).gather(1, actions)` keeps the dimension of the actions, `net(following).max(1)[0]` does not. How many
dimensions a state has need not be known: the one side has one more than the other, whatever else is added to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation.frames import Frame
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.compared import elementwise
from losslint.static.signs.patterns import argument_of, number
from losslint.static.signs.temporal import REGRESSIONS
from losslint.static.signs.unchanged import MODULES, kept
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import OperationCall
from losslint.vocabulary.places import Trail
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Terms and factors of a target that are looked at.
MOST_PARTS = 30


def beside_chosen_ones(ev: Evaluator, graph: f.Graph, losses: Sequence[f.Call]) -> Iterator[OperationCall]:
    """The losses of a function that compare the values of chosen actions with the best values of other states."""
    names = {call.callee_name for call in graph.calls} if losses else set()
    if "gather" not in names or "max" not in names:
        return
    ev.enter({})
    frame = ev.generic(graph)
    for compared in elementwise(ev, losses, frame, REGRESSIONS):
        here = compared.forms(frame)
        if here is None:
            continue
        for place, (chosen, made) in enumerate((here, here[::-1])):
            values = _chosen(ev, chosen, frame)
            best = _best(made) if values is not None else None
            if values is None or best is None or not _fits(ev, values, best, made, frame):
                continue
            column = meaning_of(ev.force(chosen, frame)).but(shape=Shape((None, 1)))
            trail = Trail(ev.spot(best), "the best value of each state: it has no such dimension", column.trail)
            row = meaning_of(ev.force(made, frame)).but(shape=Shape((None,)), trail=trail)
            pair = (row, column) if place else (column, row)
            yield OperationCall("difference", compared.loss, ev.spot(compared.call), pair, "best values")
            break


def _chosen(ev: Evaluator, form: f.Form, frame: Frame) -> f.Form | None:
    """`net(states)` of `net(states).gather(1, actions)`, where that is a column."""
    call = kept(form)
    if not isinstance(call, f.Call) or call.callee_name != "gather" or not isinstance(call.function, f.Attr):
        return None
    if f.written(bare(call.function.base)) in MODULES:
        return None
    along, index = argument_of(call, 0, "dim"), argument_of(call, 1, "index")
    if along is None or index is None or number(along.form) != 1:
        return None
    picked = meaning_of(ev.force(index.form, frame))
    last = kept(index.form)
    unsqueezed = isinstance(last, f.Call) and last.callee_name == "unsqueeze" and len(last.arguments) == 1
    if isinstance(last, f.Call) and unsqueezed and picked.rank is None:
        return call.function.base if number(last.arguments[0].form) == 1 else None
    is_column = picked.rank == 2 and picked.size(1) == 1 and picked.size(0) != 1
    return call.function.base if is_column else None


def _best(target: f.Form) -> f.Call | None:
    """`net(following).max(1)` in a target that is a sum of its values and others, each scaled."""
    pending = [target]
    for _ in range(MOST_PARTS):
        if not pending:
            return None
        here = kept(pending.pop())
        if isinstance(here, f.Binary) and here.operator in ("+", "-", "*"):
            pending += (here.left, here.right)
        elif (isinstance(here, f.Item) and number(here.key) == 0) or (
            isinstance(here, f.Attr) and here.name == "values"
        ):
            found = kept(here.base)
            if isinstance(found, f.Call) and _takes_away(found):
                return found
    return None


def _takes_away(form: f.Call) -> bool:
    """Whether a call is `x.max(1)`, which takes dimension 1 away."""
    if form.callee_name != "max" or not isinstance(form.function, f.Attr):
        return False
    if f.written(bare(form.function.base)) in MODULES or len(form.arguments) != 1:
        return False
    (along,) = form.arguments
    return along.keyword in (None, "", "dim") and number(along.form) == 1


def _fits(ev: Evaluator, values: f.Form, best: f.Call, made: f.Form, frame: Frame) -> bool:
    """Whether both come out of such networks, for states of which nobody knows how many dimensions they have."""
    assert isinstance(best.function, f.Attr)
    both: list[Meaning] = [meaning_of(ev.force(form, frame)) for form in (values, best.function.base)]
    if any(each.kind is not Kind.LOGITS or each.shape is None for each in both):
        return False
    if _is_of_one(values):
        return False
    target = meaning_of(ev.force(made, frame))
    return both[0].shape == both[1].shape and both[0].rank is None and target.rank is None


def _is_of_one(values: f.Form) -> bool:
    """Whether a network is given a single state, to which a dimension was added: `net(state.unsqueeze(0))`."""
    call = bare(values)
    given = kept(call.arguments[0].form) if isinstance(call, f.Call) and call.arguments else None
    if isinstance(given, f.Item):
        return not isinstance(given.key, f.Const) or given.key.value is None
    return isinstance(given, f.Call) and given.callee_name in ("unsqueeze", "view", "reshape")

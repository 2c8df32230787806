"""Losses written by hand, and targets of losses, in which a row `[N]` meets a column `[N, 1]` on the way.

`-(log_prob * advantage).mean()` with log-probabilities `[N]` and advantages `[N, 1]` is the mean of an N x N matrix,
and so is `mse_loss(q, reward + gamma * best)` with rewards `[N]` and values `[N, 1]`. Products and sums of everything
with everything are also made on purpose: distances, attention, pairs. Those say so where they are written
(`x[:, None]`, `unsqueeze`, a sum that keeps its dimension), or their row is no batch (weights, grids, constants).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from losslint.static.behaviour.modules import A_LOSS
from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation.values import Open, Value, opened
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.compared import elementwise
from losslint.static.signs.differences import (
    GRIDS,
    is_row_of,
    is_shaped,
    is_trained_on,
    of_one_tensor,
)
from losslint.static.signs.flows import backward_calls, surely_flowing
from losslint.static.signs.patterns import number
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import FIXED, Meaning
from losslint.vocabulary.observations import OperationCall
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: What an operator or a function of two tensors makes, for people.
MADE = {"+": "sum", "-": "difference", "*": "product", "/": "quotient", "min": "minimum", "max": "maximum"}

#: Functions of two tensors, element by element, by the name of the operator that they are.
OF_TWO = {
    "min": "min", "max": "max", "minimum": "min", "maximum": "max", "mul": "*", "multiply": "*", "add": "+", "sub": "-",
    "subtract": "-", "div": "/", "divide": "/",
}  # fmt: skip

#: Functions of one tensor that leave its shape as it is.
OF_ONE = frozenset(
    {
        "abs", "square", "pow", "exp", "log", "neg", "clamp", "clip", "detach", "float", "double", "to", "cuda", "cpu",
        "type", "contiguous", "clone", "relu", "sqrt", "tanh", "sigmoid", "softplus", "logsigmoid",
    }
)  # fmt: skip

#: What makes a tensor that is no batch: weights and noise, places on a line.
NO_BATCH = GRIDS | {"Parameter", FIXED, "randn", "rand", "randperm", "ones", "zeros", "full", "eye"}

#: Those of them that stand for a batch where there is one for each sample that they are compared with.
MADE_UP = frozenset({"randn", "rand", "zeros", "ones"})

#: What is called the loss that a mean of squares or of absolute values is.
BY_HAND = "a loss"

#: Pairs of one function that are looked at, forms on the way to them, and worlds of each.
MOST_PAIRS = 48
MOST_FORMS = 400
MOST_WORLDS = 6
MOST_ANSWERS = 3


class _Pair(NamedTuple):
    """Two tensors that meet element by element: the form of both together, and each of them."""

    whole: f.Form
    operator: str
    left: f.Form
    right: f.Form
    #: nothing but sums, differences and constant factors stand on the way: the mean of all is that of both apart
    linear: bool


def averaged(ev: Evaluator, graph: f.Graph, known: Sequence[f.Binary]) -> Iterator[OperationCall]:
    """Where a row meets a column in what a function averages or sums up as a loss. `known` are the differences whose
    squares or absolute values it averages: of those themselves others speak, of what their sides are made of this."""
    if not graph.arithmetic and not graph.sums:
        return
    seen: set[f.Form] = set(known)
    for difference in known:
        yield from _of_sides(ev, graph, (difference.left, difference.right), seen, BY_HAND)
    trained: set[f.Form] | None = None
    for call in graph.calls:
        inside = _reduced(call)
        pairs = sorted(_pairs(inside), key=lambda pair: pair.whole.seq) if inside is not None else []
        if pairs and trained is None:
            trained = {part for _, what in backward_calls(graph) for part in surely_flowing(what)}
        columns: set[Hashable] = set()  # labels `[N, 1]` in two terms of one row are squeezed once
        for pair in pairs:
            if pair.linear and call.callee_name == "mean":
                continue
            if pair.whole not in seen and len(seen) < MOST_PAIRS:
                seen.add(pair.whole)
                among = () if trained and call in trained else pairs
                for found in _in_its_worlds(ev, graph, pair, among):
                    column = _column(found)
                    if column is None or column not in columns:
                        columns.add(column)
                        yield found


def compared(ev: Evaluator, graph: f.Graph, losses: Sequence[f.Call]) -> Iterator[OperationCall]:
    """Where a row meets a column in what one side of an elementwise loss is made of, the other being one of the two."""
    if not graph.arithmetic and not graph.sums:
        return
    seen: set[f.Form] = set()  # of two critics' losses the target is one
    for call in losses:
        ev.enter({})
        frame = ev.generic(graph)
        for loss in elementwise(ev, (call,), frame):
            here = loss.forms(frame)
            if here is not None:
                yield from _of_sides(ev, graph, here, seen, loss.loss)


def _of_sides(
    ev: Evaluator, graph: f.Graph, sides: Sequence[f.Form], seen: set[f.Form], loss: str
) -> Iterator[OperationCall]:
    """Where a row meets a column in what one of two sides is made of, which are compared with each other: by a loss,
    or by a difference of which something is trained on."""
    for side, other in (sides, sides[::-1]):
        for pair in [*_pairs(side)][:MOST_PAIRS]:
            for found in _in_its_worlds(ev, graph, pair, (), other, loss):
                if pair.whole not in seen:
                    seen.add(pair.whole)
                    yield found


def _column(found: OperationCall) -> Hashable:
    """The row that a pair stands in, and where its column comes from. None where nobody knows."""
    column = next((side for side in found.arguments if side.size(-1) == 1), None)
    if column is None or column.trail is None:
        return None
    *_, source = column.trail
    return found.spot.place().row, source.spot.key()


def _reduced(call: f.Call) -> f.Form | None:
    """What `x.mean()`, `torch.sum(x)` and the like make one number of."""
    if call.callee_name not in ("mean", "sum") or not isinstance(call.function, f.Attr):
        return None
    inside, given = bare(call.function.base), call.arguments
    if isinstance(inside, (f.Imported, f.Global)) and given:
        inside, given = bare(given[0].form), given[1:]
    return None if any(argument.keyword != "dtype" for argument in given) else inside


def _pairs(form: f.Form) -> Iterator[_Pair]:
    """The pairs of tensors that meet on the way to a form, as far as it is arithmetic."""
    pending, seen = [(form, True)], set[f.Form]()
    while pending and len(seen) < MOST_FORMS:
        reached, linear = pending.pop()
        here = bare(reached)
        if here in seen:
            continue
        seen.add(here)
        if isinstance(here, f.Unary):
            pending.append((here.operand, linear))
        elif isinstance(here, f.Binary):
            if here.operator in MADE:
                sides = here.left, here.right
                if all(number(side) is None for side in sides):
                    yield _Pair(here, here.operator, *sides, linear and here.operator in "+-")
                linear = linear and (
                    here.operator in "+-" or (here.operator in "*/" and number(here.right) is not None)
                )
                pending += [(side, linear) for side in sides]
            elif here.operator == "**":
                pending.append((here.left, False))
        elif isinstance(here, f.Call) and isinstance(here.function, f.Attr):
            tensors = _tensors(here)
            operator = OF_TWO.get(here.callee_name)
            if operator is not None and len(tensors) == 2:
                yield _Pair(here, operator, tensors[0], tensors[1], False)
                pending += [(tensor, False) for tensor in tensors]
            elif here.callee_name in OF_ONE and tensors:
                pending.append((tensors[0], False))


def _tensors(call: f.Call) -> list[f.Form]:
    """What a function or a method is applied to: `torch.min(a, b)` and `a.min(b)` alike."""
    function = call.function
    assert isinstance(function, f.Attr)
    given = [argument.form for argument in call.arguments if not argument.keyword and not argument.star]
    base = bare(function.base)
    return given if isinstance(base, (f.Imported, f.Global)) else [function.base, *given]


def _in_its_worlds(
    ev: Evaluator,
    graph: f.Graph,
    pair: _Pair,
    among: Sequence[_Pair],
    other: f.Form | None = None,
    loss: str = "",
) -> Iterator[OperationCall]:
    """A pair in the worlds that tell the shapes of both, the first in which they do not fit. It is one `among` those
    that are averaged, of which something has to be trained (none where the mean itself is), or part of what a loss
    compares with the `other`."""
    pending: deque[dict[Hashable, int]] = deque([{}])
    for _ in range(MOST_WORLDS):
        if not pending:
            return
        answers = pending.popleft()
        ev.enter(answers)
        frame = ev.generic(graph)
        try:
            values = [ev.force(form, frame) for form in (pair.left, pair.right)]
            beside = ev.force(other, frame) if other is not None else None
        except RecursionError:
            return
        left, right = map(meaning_of, values)
        if beside is not None:
            compared_with = meaning_of(beside)
            trained = loss != BY_HAND or any(map(is_trained_on, (left, right, compared_with)))
            meets = trained and _spreads(left, right, compared_with)
        elif (meets := _meet(left, right, pair)) and among:
            sides = (side for each in among for side in (each.left, each.right))
            meets = any(is_trained_on(meaning_of(ev.force(side, frame))) for side in sides)
        if meets:
            yield OperationCall("meeting", MADE[pair.operator], ev.spot(pair.whole), (left, right), loss)
            return
        question = _question(values, beside)
        if question is not None and question.key not in answers and len(answers) < MOST_ANSWERS:
            pending += [{**answers, question.key: answer} for answer in range(question.count)]


def _question(values: Sequence[Value], beside: Value | None) -> Open | None:
    """What would tell more of a shape that is not known: only runs that happen are looked at one by one."""
    for value in (*values, beside):
        if value is not None and meaning_of(value).rank is None:
            question = opened(value)
            if question is not None and question.may:
                return question
    return None


def _meet(left: Meaning, right: Meaning, pair: _Pair) -> bool:
    """Whether one side is `[N, 1]` and the other `[N]`, and nobody means them to be compared all with all."""
    if of_one_tensor(pair.left, pair.right):
        return False
    for column, written, row in ((left, pair.left, right), (right, pair.right, left)):
        if _are_column_and_row(column, row) and _is_of_a_batch(row, column):
            return not is_shaped(written) or _is_loss_of(row, column)
    return False


def _is_loss_of(row: Meaning, column: Meaning) -> bool:
    """Whether a row is one loss a sample, and the column has something for each of these samples: nobody means the mean
    of all products of the two, which is that of one times that of the other."""
    return row.made_by == A_LOSS and row.size(0) is not None and row.size(0) == column.size(0)


def _spreads(left: Meaning, right: Meaning, beside: Meaning) -> bool:
    """Whether the two sides make a matrix of what is compared with one number for each sample, `[N]` or `[N, 1]`."""
    if beside.shape is None or not (beside.rank == 1 or (beside.size(-1) == 1 and len(beside.shape.sizes) < 3)):
        return False
    for column, row in ((left, right), (right, left)):
        if not _are_column_and_row(column, row):
            continue
        made_up = row.made_by not in NO_BATCH - MADE_UP and _are_as_many(column, row, beside)
        if made_up or not _is_no_batch(row):
            return beside.rank is not None or isinstance(row.size(0), str)
    return False


def _is_no_batch(row: Meaning) -> bool:
    return row.made_by in NO_BATCH or row.kind is Kind.CONSTANT


def _are_as_many(*tensors: Meaning) -> bool:
    """Whether tensors are known to have as many rows as each other, and their number is known: that is the batch."""
    return isinstance(tensors[0].size(0), int) and len({tensor.size(0) for tensor in tensors}) == 1


def _are_column_and_row(column: Meaning, row: Meaning) -> bool:
    if row.shape is None or column.shape is None or row.size(-1) == 1:
        return False
    if row.shape.open:
        # Something that is not known was put together with a row: its last dimension is that of the batch.
        one = column.rank == 2 or column.shape.open
        return one and column.shape.sizes[-1:] == (1,) and _is_a_batch(row.shape) and column.size(0) != 1
    if row.rank != 1:
        return False
    if column.shape.open:  # `[…, 1]` may be one number: a row that is known to be a batch says that it is not
        return column.shape.sizes == (1,) and isinstance(row.size(0), str)
    return column.rank == 2 and column.size(1) == 1 and column.size(0) != 1


def _is_a_batch(shape: Shape) -> bool:
    """Whether a shape shows one size, which is that of a batch."""
    return len(shape.sizes) == 1 and isinstance(shape.sizes[0], str)


def _is_of_a_batch(row: Meaning, column: Meaning) -> bool:
    """Whether a row has a number for each sample, not for each class or feature."""
    if _is_no_batch(row):
        return False
    if row.shape is not None and row.shape.open:
        return _is_a_batch(row.shape)
    if not is_row_of(row, column):
        return False
    return row.size(0) is not None or row.kind is not Kind.UNKNOWN or row.quantity

"""Losses whose function says elsewhere that their target has one dimension: `target - value.squeeze(-1)` beside
`mse_loss(value, target)`.

Where `value` is `[N, 1]`, the difference takes the target for `[N]` and the loss takes it for `[N, 1]`: whatever it is,
one of the two makes an N x N matrix.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING

from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation.conditions import exclusive
from losslint.static.evaluation.frames import Frame
from losslint.static.lowering import forms as f
from losslint.static.signs.compared import elementwise
from losslint.static.signs.differences import is_column
from losslint.static.signs.unchanged import kept
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import OperationCall
from losslint.vocabulary.places import Trail
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods that take the last dimension of `[N, 1]` away.
SQUEEZING = frozenset({"squeeze", "flatten", "ravel"})


def contradicted(ev: Evaluator, graph: f.Graph, losses: Sequence[f.Call]) -> Iterator[OperationCall]:
    """The losses of a function that compare `[N, 1]` with what a difference of the same function takes for `[N]`."""
    if not losses or not graph.arithmetic:
        return
    told = [found for form in graph.arithmetic if form.operator == "-" for found in _reshaped(form)]
    if not told:
        return
    ev.enter({})
    frame = ev.generic(graph)
    rows: dict[Hashable, tuple[f.Binary, f.Call]] = {}
    for difference, shaped, other in told:
        row = _row(ev, shaped, other, frame)
        if row is not None:
            rows[row] = (difference, shaped)
    if not rows:
        return
    for compared in elementwise(ev, losses, frame):
        pair = compared.meanings(ev)
        for place, (column, row_side) in enumerate((pair, pair[::-1])):
            told_by = rows.get(row_side.identity) if row_side.identity is not None else None
            if told_by is None or row_side.shape is not None or not is_column(column):
                continue
            difference, shaped = told_by
            if exclusive(compared.call.path, shaped.path):
                continue
            trail = Trail(ev.spot(difference), "subtracted here as something of one dimension", column.trail)
            believed = row_side.but(shape=Shape((None,)), trail=trail)
            both = (believed, column) if place else (column, believed)
            yield OperationCall("difference", compared.loss, ev.spot(compared.call), both, "compared")


def _reshaped(difference: f.Binary) -> Iterator[tuple[f.Binary, f.Call, f.Form]]:
    """The sides of a difference that are squeezed, or unsqueezed, where they stand, each with the other side."""
    for side, other in ((difference.left, difference.right), (difference.right, difference.left)):
        call = kept(side)
        if isinstance(call, f.Call) and isinstance(call.function, f.Attr):
            if call.callee_name in SQUEEZING or call.callee_name == "unsqueeze":
                yield difference, call, other


def _row(ev: Evaluator, shaped: f.Call, other: f.Form, frame: Frame) -> Hashable:
    """Which tensor of unknown shape a difference takes for one of one dimension, None where it does not."""
    assert isinstance(shaped.function, f.Attr)
    base = meaning_of(ev.force(shaped.function.base, frame))
    beside = meaning_of(ev.force(other, frame))
    if shaped.callee_name != "unsqueeze":
        squeezed = meaning_of(ev.force(shaped, frame))
        return _identity(beside) if is_column(base) and squeezed.rank == 1 else None
    keys = [ev.force(argument.form, frame) for argument in shaped.arguments]
    last = len(keys) == 1 and getattr(keys[0], "value", None) in (1, -1)
    return _identity(base) if last and is_column(beside) else None


def _identity(unknown: Meaning) -> Hashable:
    """Which tensor something is of which nothing else is known."""
    return unknown.identity if unknown.shape is None and unknown.kind is Kind.UNKNOWN else None

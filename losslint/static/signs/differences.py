"""Differences written by hand whose two sides have other shapes: `targets - values`, `((prediction - y) ** 2).mean()`.

A program that compares `values.squeeze(-1)` with `targets` in a loss holds that `targets` has one dimension; where it
subtracts the unsqueezed `values` from them as well, one of the two lines is wrong. A mean of squares or of absolute
values is a loss by itself, where both shapes are known.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING

from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation.frames import Frame
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.compared import elementwise
from losslint.static.signs.patterns import factors, number, powered, taken
from losslint.static.signs.rebuilt import rebuilt
from losslint.static.signs.unchanged import ARRANGED, CUT, MOVED, SHAPED, before, kept
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import OperationCall
from losslint.vocabulary.places import Spot, Trail
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods that only move, cut or reshape.
_SAME = MOVED | CUT | SHAPED | ARRANGED

#: What makes centres that everything is compared with.
GRIDS = frozenset({"linspace", "arange", "logspace"})

#: Methods after which a dimension of size 1 is there because somebody wanted it.
SHAPING = frozenset(
    {"unsqueeze", "view", "reshape", "expand", "expand_as", "view_as", "reshape_as", "sum", "mean", "max", "norm"}
)


def unequal(ev: Evaluator, graph: f.Graph, losses: Sequence[f.Call]) -> Iterator[OperationCall]:
    """The differences of a function whose two sides have the shapes `[N, 1]` and `[N]`."""
    differences = [form for form in graph.arithmetic if form.operator == "-"]
    if not losses or not differences:
        return
    ev.enter({})
    frame = ev.generic(graph)
    rows = _rows(ev, losses, frame)
    if not rows:
        return
    for difference in differences:
        left, right = (meaning_of(ev.force(side, frame)) for side in (difference.left, difference.right))
        for column, form, row in ((left, difference.left, right), (right, difference.right, left)):
            spot = rows.get(row.identity) if row.identity is not None else None
            if spot is None or row.shape is not None or not is_column(column) or is_shaped(form):
                continue
            trail = Trail(spot, "compared with a squeezed prediction here: it has one dimension", column.trail)
            believed = row.but(shape=Shape((None,)), trail=trail)
            pair = (column, believed) if column is left else (believed, column)
            yield OperationCall("difference", "a difference", ev.spot(difference), pair)


def _rows(ev: Evaluator, losses: Sequence[f.Call], frame: Frame) -> dict[Hashable, Spot]:
    """Tensors whose shape is not known, but that a loss compares with one that has one dimension."""
    rows: dict[Hashable, Spot] = {}
    for compared in elementwise(ev, losses, frame):
        given, target = compared.meanings(ev)
        for known, unknown in ((given, target), (target, given)):
            if known.rank == 1 and known.kind is not Kind.UNKNOWN and unknown.shape is None and unknown.identity:
                rows[unknown.identity] = ev.spot(compared.call)
    return rows


def squared(graph: f.Graph) -> list[f.Binary]:
    """The differences of a function whose squares, or whose absolute values, are averaged or summed up."""
    return list(dict.fromkeys(inside for call in graph.calls if (inside := _averaged(call)) is not None))


def averaged(ev: Evaluator, graph: f.Graph, found: Sequence[f.Binary]) -> Iterator[OperationCall]:
    """The regression losses that they are, and those of them whose two sides have the shapes `[N, 1]` and `[N]`."""
    if not found:
        return
    ev.enter({})
    frame = ev.generic(graph)
    for difference in found:
        sides = (difference.left, difference.right)
        pair = meaning_of(ev.force(sides[0], frame)), meaning_of(ev.force(sides[1], frame))
        if not any(map(is_trained_on, pair)) or pair[0].identity == pair[1].identity is not None:
            continue
        trained, other = pair if is_trained_on(pair[0]) else pair[::-1]
        ways = ((pair[0], *sides), (pair[1], *sides[::-1]))
        if not any(made.kind is Kind.LOGITS and rebuilt(ev, output, source, graph) for made, output, source in ways):
            yield OperationCall("regression", "a regression loss", ev.spot(difference), (trained, other))
        if not of_one_tensor(*sides) and any(
            column.rank == 2
            and column.size(1) == 1 != column.size(0)
            and is_row_of(row, column)
            and row.made_by not in GRIDS
            and not is_shaped(written)
            for column, written, row in ((pair[0], sides[0], pair[1]), (pair[1], sides[1], pair[0]))
        ):
            yield OperationCall("difference", "a difference", ev.spot(difference), pair, "averaged")


def is_row_of(row: Meaning, column: Meaning) -> bool:
    """Whether a row may have a number for each of a column: `[16]` beside `[N, 1]` has one for each feature, class or
    place, and all of them are meant to meet."""
    size = row.size(0)
    return row.rank == 1 and size != 1 and (not isinstance(size, int) or size == column.size(0))


def of_one_tensor(one: f.Form, other: f.Form) -> bool:
    """Whether two forms are parts, or other shapes, of the same tensor: `scores - scores.squeeze(1)` are all pairs."""
    return _whole(one) is _whole(other)


def _whole(form: f.Form) -> f.Form:
    """What a tensor was before it was cut or given another shape."""
    while True:
        form = before(form, _SAME)
        if isinstance(form, f.Item) or (isinstance(form, f.Attr) and form.name == "T"):
            form = form.base
        else:
            return form


def _averaged(call: f.Call) -> f.Binary | None:
    """`a - b` of `((a - b) ** 2).mean()`, `torch.mean(torch.abs(a - b) / 2)` and the like."""
    if call.callee_name not in ("mean", "sum") or not isinstance(call.function, f.Attr):
        return None
    inside, given = bare(call.function.base), call.arguments
    if isinstance(inside, (f.Imported, f.Global)) and given:  # `torch.mean(x)`
        inside, given = bare(given[0].form), given[1:]
    if any(argument.keyword != "dtype" for argument in given):
        return None  # along one dimension: distances to several things may be meant
    while isinstance(inside, f.Binary) and inside.operator == "/" and number(inside.right) is not None:
        inside = bare(inside.left)
    parts = [bare(part) for part in factors(inside) if number(part) is None]
    if len(parts) != 1:
        return None  # weights for each pair are meant to meet each pair
    powers = powered(parts[0]) if isinstance(parts[0], (f.Binary, f.Call)) else None
    base = bare(powers) if powers is not None else taken(parts[0], "square", "abs")
    base = bare(base) if base is not None else None
    return base if isinstance(base, f.Binary) and base.operator == "-" else None


def is_trained_on(meaning: Meaning) -> bool:
    """Whether a gradient goes into something that layers or weights have made."""
    return meaning.kind not in (Kind.UNKNOWN, Kind.CONSTANT) and meaning.detached_by is None


def is_column(meaning: Meaning) -> bool:
    """`[N, 1]`, as a layer with one output makes it."""
    return meaning.kind is not Kind.UNKNOWN and meaning.rank == 2 and meaning.size(1) == 1 and meaning.size(0) != 1


def is_shaped(form: f.Form) -> bool:
    """Whether the last thing that was done to a tensor was to give it its shape."""
    last = kept(form)
    if isinstance(last, f.Call) and isinstance(last.function, f.Attr):
        return last.function.name in SHAPING
    return isinstance(last, f.Item) and (not isinstance(last.key, f.Const) or last.key.value is None)

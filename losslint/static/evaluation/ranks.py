"""How many dimensions a tensor has, from what its function does with it: `b, t, d = x.shape`, `x.size(2)`.

Where the sizes of a tensor are unpacked into three names it has three dimensions, or the program stops there; where its
size of dimension 2 is asked for it has three or more. Only what happens in every call of the function counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.values import TensorV, UnknownV, Value
from losslint.static.lowering import forms as f
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Torch has no more dimensions than this.
MOST_DIMENSIONS = 8


def refined(ev: Evaluator, value: Value, form: f.Form, graph: f.Graph) -> Value:
    """A value with the number of dimensions that its function takes it to have, where nothing else tells it."""
    if not isinstance(value, (TensorV, UnknownV)):
        return value
    shape = _facts(ev, graph).get(f.bare(form))
    if shape is None:
        return value
    if isinstance(value, TensorV):
        return TensorV(value.meaning.but(shape=shape), value.open) if _says_more(shape, value.meaning.shape) else value
    tensor = value.tensor
    if tensor is None:
        identity = ("value", value.symbol, value.offset) if value.symbol is not None else None
        tensor = Meaning(reason=value.reason, identity=identity)
    if not _says_more(shape, tensor.shape):
        return value
    return UnknownV(
        value.reason, value.open, value.symbol, value.offset, tensor.but(shape=shape), value.optional, value.something
    )


def _says_more(shape: Shape, known: Shape | None) -> bool:
    return known is None or (known.open and len(known.sizes) < len(shape.sizes) and set(known.sizes) <= {None})


def _facts(ev: Evaluator, graph: f.Graph) -> dict[f.Form, Shape]:
    known = ev.notes.ranks.get(graph)
    if known is None:
        known = ev.notes.ranks[graph] = {}
        for form, rank in _asked_for(graph):
            before = known.get(form)
            if before is None or len(before.sizes) < rank:
                known[form] = Shape((None,) * rank, open=True)
        for form, rank in _unpacked(graph):
            known[form] = Shape((None,) * rank)
    return known


def _unpacked(graph: f.Graph) -> Iterator[tuple[f.Form, int]]:
    """`b, t, d = x.shape` that is run in every call: no branch, no loop and no way out before it."""
    early = [form.seq for path, form in graph.result.returns if path] if isinstance(graph.result, f.Result) else []
    for form in graph.bindings.values():
        form = f.bare(form)
        if not isinstance(form, f.Unpacked) or not 1 < form.count <= MOST_DIMENSIONS:
            continue
        whole = _sized(form.base)
        if whole is not None and not any(seq < form.seq for seq in early):
            yield whole, form.count


def _asked_for(graph: f.Graph) -> Iterator[tuple[f.Form, int]]:
    """`x.size(2)` and `x.shape[2]` in the arguments of calls that are made in every call of the function."""
    for call in graph.calls:
        if call.path:
            continue
        if isinstance(call.function, f.Attr) and call.function.name == "size" and len(call.arguments) == 1:
            yield from _dimension(call.function.base, call.arguments[0].form)
        for argument in call.arguments:
            form = f.bare(argument.form)
            if isinstance(form, f.Item):
                whole = _sized(form.base)
                if whole is not None:
                    yield from _dimension(whole, form.key)


def _dimension(whole: f.Form, key: f.Form) -> Iterator[tuple[f.Form, int]]:
    key = f.bare(key)
    if isinstance(key, f.Const) and type(key.value) is int and 0 <= key.value < MOST_DIMENSIONS:
        yield f.bare(whole), key.value + 1


def _sized(form: f.Form) -> f.Form | None:
    """`x` of `x.shape` and `x.size()`."""
    form = f.bare(form)
    if isinstance(form, f.Attr) and form.name == "shape":
        return f.bare(form.base)
    if isinstance(form, f.Call) and isinstance(form.function, f.Attr) and form.function.name == "size":
        return f.bare(form.function.base) if not form.arguments and not form.path else None
    return None

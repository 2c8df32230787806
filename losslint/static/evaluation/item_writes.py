"""Writes by key, index and mask: what a list, a dict, a container or a tensor is after `base[key] = value`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts.transfer.kinds.filling import filled
from losslint.contracts.transfer.values import sifted
from losslint.static.behaviour.rows import is_number
from losslint.static.behaviour.tensors import key_of
from losslint.static.evaluation.changes import with_child
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.loops import items_of, sample
from losslint.static.evaluation.meeting import meet
from losslint.static.evaluation.regions import after_write
from losslint.static.evaluation.values import (
    ConstV,
    ContainerV,
    DictV,
    Lazy,
    Open,
    SeqV,
    TensorV,
    UnknownV,
    Value,
    given,
    opened,
)
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import origin
from losslint.vocabulary.kinds import Kind

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Items of a list of which each may be what was written, where nobody knows at which place it was.
MOST_PLACES = 64


class SomeKey:
    """A key that is not known."""


def force_set_item(ev: Evaluator, form: f.SetItem, frame: Frame) -> Value:
    """A value after `base[key] = value`."""
    base = ev.force(form.base, frame)
    if isinstance(base, UnknownV):
        return _unknown_written_to(base, ev.force(form.value, frame))
    key = ev.force(form.key, frame)
    lazy = Lazy(form.value, frame).with_step(ev.spot(form), "put in its place")
    if isinstance(base, DictV):
        return _with_entry(base, key, lazy)
    if isinstance(base, SeqV):
        return _with_item(ev, base, key, lazy, form, frame)
    if isinstance(base, ContainerV) and isinstance(key, ConstV):
        name = key.value
        if isinstance(name, int) and -len(base.children) <= name < len(base.children):
            name = base.children[name][0]
        return with_child(base, name, lazy) if isinstance(name, str) else base
    if isinstance(base, TensorV):
        return _written_to(ev, base, key, ev.force(form.value, frame))
    return base


def _unknown_written_to(base: UnknownV, written: Value) -> Value:
    """What nobody knows, after something was written into it: the gradient of what is written goes on."""
    if base.tensor is None or base.tensor.detached_by is None or isinstance(written, ConstV):
        return base
    known = written if isinstance(written, TensorV) else None
    if isinstance(written, UnknownV) and written.tensor is not None:
        known = TensorV(written.tensor)
    if known is not None and known.meaning.detached_by is not None:
        return base
    return UnknownV(base.reason, base.open, base.symbol, base.offset)


def _with_entry(base: DictV, key: Value, lazy: Lazy) -> Value:
    if isinstance(key, ConstV):
        try:
            return DictV({**base.items, key.value: lazy}, base.complete, base.rest, base.trail)
        except TypeError:
            return DictV(base.items, False, base.rest, base.trail)
    # Its place in the order counts: `nn.Sequential` of an OrderedDict runs it where it was put.
    return DictV({**base.items, SomeKey(): lazy}, False, base.rest, base.trail)


# ---------------------------------------------------------------- lists


def _with_item(ev: Evaluator, base: SeqV, key: Value, lazy: Lazy, form: f.SetItem, frame: Frame) -> Value:
    place = key.value if isinstance(key, ConstV) else None
    items = list(base.items)
    if isinstance(place, int) and base.complete:
        if -len(items) <= place < len(items):
            items[place] = lazy
        return SeqV(base.sort, tuple(items), True, base.trail)
    if isinstance(place, int) and 0 <= place < base.placed:
        items[place] = lazy
        return SeqV(base.sort, tuple(items), False, base.trail, placed=base.placed)
    if base.sort != "list" or isinstance(origin(form.value), f.Item):
        return base  # what stood there is still there: something was changed within it
    whether = Open(("written", id(form), id(frame)), 2, may=False, chosen=False)
    if isinstance(place, slice):
        return _with_slice(ev, base, place, ev.value(lazy), whether)
    return _with_some_item(ev, base, ev.value(lazy), whether)


def _with_slice(ev: Evaluator, base: SeqV, place: slice, written: Value, whether: Open) -> Value:
    """A list of which a part was replaced."""
    new = items_of(ev, written)
    if new is not None and (base.complete or place == slice(None)):
        items = list(base.items)
        try:
            items[place] = new
        except (TypeError, ValueError):
            pass  # bounds that are not known
        else:
            return SeqV(base.sort, tuple(items), True, base.trail)
    one_of_them = _with_some_item(ev, base, sample(ev, written), whether)
    return SeqV(base.sort, one_of_them.items, False, base.trail)


def _with_some_item(ev: Evaluator, base: SeqV, written: Value, whether: Open) -> SeqV:
    """A list of which one item is another, which one nobody knows: each is what it was, or what was written."""
    if not base.items or len(base.items) > MOST_PLACES:
        return SeqV(base.sort, (*base.items[:MOST_PLACES], given(written)), False, base.trail)
    items = tuple(given(meet(ev.value(item), written, whether)) for item in base.items)
    return SeqV(base.sort, items, base.complete, base.trail, placed=base.placed)


# ---------------------------------------------------------------- tensors


def _written_to(ev: Evaluator, base: TensorV, key: Value, written: Value) -> Value:
    """A tensor after something was written to some of its places; what is written is copied to where the tensor is."""
    meaning = base.meaning
    if meaning.detached_by is not None:
        cut = isinstance(written, TensorV) and written.meaning.detached_by is not None
        if not cut and not isinstance(written, ConstV):
            meaning = meaning.but(detached_by=None)  # the gradient of what is written in goes on
            base = TensorV(meaning, base.open)
    is_constant = meaning.kind is Kind.CONSTANT
    if isinstance(written, TensorV):
        kind = written.meaning.kind
        if is_constant and kind not in (Kind.CONSTANT, Kind.UNKNOWN):
            # A buffer that is filled piece by piece holds what it is filled with.
            new = written.meaning.but(
                shape=meaning.shape, dtype=meaning.dtype, device=meaning.device, dim=None, identity=None
            )
            return TensorV(new, opened(base, written))
        if kind is meaning.kind and not is_constant:
            return TensorV(sifted(meaning).but(reached=False), base.open)
    if is_number(written) and not _is_all(key):
        partly = filled(meaning, _known(written))
        if partly.kind is not Kind.UNKNOWN:
            return TensorV(partly, opened(base, written))
    whole = TensorV(
        meaning.but(kind=Kind.UNKNOWN, bounds=None, dim=None, identity=None, made_by="", factor=None, trail=None,
                    reason="it is written to by index"),
        opened(base, written),
    )  # fmt: skip
    if not isinstance(written, TensorV):
        return whole
    return _replaced(base, written) if _is_all(key) else after_write(whole, base, key_of(ev, key), written)


def _known(number: Value) -> float | None:
    """Which number it is; None for one that is not known."""
    return float(number.value) if isinstance(number, ConstV) and isinstance(number.value, (int, float)) else None


def _replaced(base: TensorV, written: TensorV) -> TensorV:
    """A tensor after all of it was written: `x[:] = torch.sigmoid(x)`."""
    was, new = base.meaning, written.meaning
    dim = new.dim if new.rank is not None and new.rank == was.rank else None
    kept = new.but(shape=was.shape, dtype=was.dtype, device=was.device, dim=dim, identity=None)
    return TensorV(kept, opened(base, written))


def _is_all(key: Value) -> bool:
    """Whether an index is every element there is: `x[:]`, `x[...]`."""
    return isinstance(key, ConstV) and (key.value is Ellipsis or key.value == slice(None))

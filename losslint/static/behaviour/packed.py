"""Sequences packed for a recurrent layer: named tuples, of which `data` is a tensor of the graph like others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.values import SeqV, TensorV, Value, given
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Operations that pack.
PACKING = frozenset({"pack_padded_sequence", "pack_sequence"})

#: The fields that every torch has given it. Newer ones have more, so it counts as a tuple of unknown length.
_FIELDS = ("data", "batch_sizes")


def packed(data: Value) -> Value:
    """A packed sequence of which the steps are `data`; what is not known stays so."""
    if not isinstance(data, TensorV):
        return data
    sizes = Meaning(reason="how many sequences reach each step", dtype="int64", shape=Shape((None,)), device="cpu")
    fields = (given(data), given(TensorV(sizes, data.open)))
    return SeqV("tuple", fields, False, None, _FIELDS, placed=len(_FIELDS))


def steps(ev: Evaluator, value: Value) -> Value:
    """The steps of a packed sequence; any other value as it is."""
    return ev.value(value.items[0]) if isinstance(value, SeqV) and is_packed(value) else value


def is_packed(value: Value) -> bool:
    """Whether a value is a packed sequence."""
    return isinstance(value, SeqV) and value.names == _FIELDS and not value.complete

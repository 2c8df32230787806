"""One tensor or another, element by element: where, copies, scattered labels."""

from __future__ import annotations

from typing import Final

from losslint.contracts.transfer import values
from losslint.contracts.transfer.bound import Bound, Derivation, number
from losslint.contracts.transfer.kinds.filling import filled
from losslint.contracts.transfer.kinds.joined import join, part
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning


def _maximum(bound: Bound, moved: Meaning) -> Meaning:
    limit = values.constant_value(bound.tensor(1))
    if limit is not None:
        least = bound.operation.name in ("maximum", "max", "fmax")
        return values.clamped(moved, limit if least else None, None if least else limit)
    return mixed([moved, bound.tensor(1)], "the larger or smaller of different kinds")


def _lerp(bound: Bound, moved: Meaning) -> Meaning:
    return mixed([moved, bound.tensor(1)], "a mixture of different kinds")


def _where(bound: Bound, moved: Meaning) -> Meaning:
    if len(bound.tensors) < 3:
        return values.lost("where with one argument gives indices")
    return chosen(bound.tensor(1), bound.tensor(2))


def _where_method(bound: Bound, moved: Meaning) -> Meaning:
    return chosen(bound.first, bound.tensor(2))


def chosen(one: Meaning, other: Meaning) -> Meaning:
    """Some elements of one and some of the other."""
    for this, that in ((one, other), (other, one)):
        filling = values.constant_value(that)
        if filling is not None and this.kind is not Kind.CONSTANT:
            return filled(this, filling)
    return mixed([one, other], "a choice between different kinds")


def mixed(parts: list[Meaning], reason: str) -> Meaning:
    """Element by element one tensor or another: nothing adds up along a dimension any more."""
    result = values.sifted(join(parts, reason))
    return part(result, result, True)


def _scatter(bound: Bound, moved: Meaning) -> Meaning:
    """`zeros.scatter_(1, index, 1)` is how one-hot labels are made by hand."""
    source = bound.setting("src") if bound.given("src") else bound.setting("value")
    if source is None:
        source = bound.setting("src")
    known = number(source)
    if bound.setting("reduce") is not None:
        return values.lost("scattered with a reduction", moved)
    into = values.constant_value(moved)
    if into == 0 and known == 1:
        index, dim = bound.setting("index"), bound.setting("dim")
        ones = index.size(dim) if isinstance(index, Meaning) and isinstance(dim, int) else None
        if ones == 1 and isinstance(dim, int):
            return values.plain(moved, Kind.ONE_HOT, (0.0, 1.0)).but(dim=dim, made_by="scatter")
        # `y.unsqueeze(1)` of labels of which nothing is known: one a row, or several.
        kind = Kind.MULTI_HOT if isinstance(ones, int) else Kind.BOOLEAN
        return values.plain(moved, kind, (0.0, 1.0)).but(made_by="scatter")
    if known is not None:
        return filled(moved, known)
    if isinstance(source, Meaning):
        return chosen(moved, source)
    return values.lost("scattered with values that are not known", moved)


def _copy(bound: Bound, moved: Meaning) -> Meaning:
    return bound.tensor(1).but(identity=None)


RULES: Final[dict[str, Derivation]] = {
    "maximum": _maximum,
    "minimum": _maximum,
    "lerp": _lerp,
    "where": _where,
    "where_method": _where_method,
    "scatter": _scatter,
    "copy_": _copy,
}

"""Parts of tensors, and tensors put together."""

from __future__ import annotations

from typing import Final

from losslint.contracts.transfer import values
from losslint.contracts.transfer.bound import Bound, Derivation, as_sequence, number
from losslint.contracts.transfer.complements import may_be_complements
from losslint.contracts.transfer.kinds.filling import filled
from losslint.contracts.transfer.placed import same_dimension
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

#: What torch.Tensor() and torch.tensor([]) are.
_EMPTY: Final = Shape((0,))


def part(meaning: Meaning, moved: Meaning, cut: bool | None) -> Meaning:
    """Some elements of a tensor. `cut` says whether the dimension that its kind speaks of was cut into."""
    kind = meaning.kind
    if kind in (Kind.SIGMOID, Kind.LOG_SIGMOID):
        return moved.but(dim=moved.dim if cut is False else None, identity=None, scores=None)
    if cut is False or meaning.kind not in (Kind.PROBABILITIES, Kind.NORMALISED, Kind.ONE_HOT, Kind.LOG_PROBABILITIES):
        return moved.but(identity=None)
    if kind is Kind.NORMALISED:
        return values.plain(moved, Kind.REAL, (-1.0, 1.0)) if cut else moved.but(dim=None, identity=None)
    if kind is Kind.ONE_HOT:
        # Without some of its classes a row has a one at most.
        return values.plain(moved, Kind.BOOLEAN, (0.0, 1.0))
    # Still made as probabilities, but they do not add up to 1 along any dimension.
    return moved.but(dim=None, identity=None)


def _part(bound: Bound, moved: Meaning) -> Meaning:
    first, dim = bound.first, bound.setting("dim")
    if not isinstance(dim, int) or first.dim is None:
        return part(first, moved, None)
    if first.kind is Kind.ONE_HOT and (dim, first.dim) == (0, -1):
        return part(first, moved, False)  # samples first and classes last; there may be more dimensions between
    return part(first, moved, same_dimension(first, first.dim, dim))


def _picked(bound: Bound, moved: Meaning) -> Meaning:
    """The elements that other tensors name."""
    return values.sifted(_part(bound, moved))


def _flat_part(bound: Bound, moved: Meaning) -> Meaning:
    return part(bound.first, moved, True)


def _flat_picked(bound: Bound, moved: Meaning) -> Meaning:
    return values.sifted(_flat_part(bound, moved))


def _pad(bound: Bound, moved: Meaning) -> Meaning:
    if bound.setting("mode") not in (None, "constant"):
        return part(bound.first, moved, None)
    value = bound.setting("value")
    return filled(moved, 0.0 if value is None else number(value))


def join(parts: list[Meaning], reason: str) -> Meaning:
    """The kind of a tensor whose elements come from several."""
    first, *others = parts
    if not others:
        return first.but(identity=None)
    for one in parts:
        if one.kind is Kind.UNKNOWN:
            return values.lost(reason, one)
    low = min(values.bounds_of(one)[0] for one in parts)
    high = max(values.bounds_of(one)[1] for one in parts)
    within = values.bounds(low, high)
    kinds = {one.kind for one in parts}
    if kinds == {Kind.CONSTANT}:
        return _joined_constants(parts, first)
    if len(kinds) == 1 and len({one.factor for one in parts}) == 1:
        trail = next((one.trail for one in parts if one.trail is not None), None)
        dim = first.dim if len({one.dim for one in parts}) == 1 else None
        reached = all(one.reached for one in parts)
        return first.but(bounds=within, reached=reached, trail=trail, dim=dim, identity=None, scores=None)
    for filling in [one for one in parts if one.kind is Kind.CONSTANT]:
        rest = [one for one in parts if one.kind is not Kind.CONSTANT]
        known = values.constant_value(filling)
        if known is not None and len(rest) == 1 and len(parts) == 2:
            return filled(rest[0], known)
    if kinds <= values.UNBOUNDED | {Kind.NON_NEGATIVE, Kind.TANH, Kind.CLAMPED, Kind.COSINE, Kind.NORMALISED}:
        # Kinds whose values are no more than real numbers when they are mixed.
        source = next((one for one in parts if one.kind in values.UNBOUNDED), first)
        return values.plain(source, Kind.REAL, (low, high))
    if kinds <= {Kind.BOOLEAN, Kind.MULTI_HOT, Kind.ONE_HOT} and all(one.factor is None for one in parts):
        return values.plain(first, Kind.MULTI_HOT, (0.0, 1.0))
    return values.lost(reason, within=(low, high))


def _joined_constants(parts: list[Meaning], first: Meaning) -> Meaning:
    numbers = {values.constant_value(one) for one in parts}
    if len(numbers) == 1 and None not in numbers:
        return first.but(identity=None)
    if numbers == {0.0, 1.0}:
        return values.plain(first, Kind.BOOLEAN, (0.0, 1.0))
    if numbers == {-1.0, 1.0}:
        return values.plain(first, Kind.SIGNS, (-1.0, 1.0))
    low = min(values.bounds_of(one)[0] for one in parts)
    high = max(values.bounds_of(one)[1] for one in parts)
    return values.plain(first, Kind.REAL, (low, high))


def parts_of(bound: Bound) -> list[Meaning] | None:
    """The tensors of a sequence; None when not all of them are known to be some."""
    sequence = as_sequence(bound.tensors[0] if bound.tensors else None)
    if sequence is None:
        return None
    meanings = [one for one in sequence if isinstance(one, Meaning)]
    return meanings if meanings and len(meanings) == len(sequence) else None


def _cat(bound: Bound, moved: Meaning) -> Meaning:
    parts = parts_of(bound)
    if parts is None:
        # A list built in a loop comes as one tensor that stands for all of them.
        one = bound.first
        return one.but(dim=None, identity=None, reached=False)
    if bound.operation.name == "cat":  # an empty vector is left out, whatever the others are
        parts = [one for one in parts if one.shape != _EMPTY] or parts
    result = join(parts, f"a {bound.operation.name} of different kinds")
    dim, along = result.dim, bound.setting("dim")
    if len(parts) == 2 and isinstance(along, int) and may_be_complements(*parts):
        return _both_classes(bound, parts, result, along)
    if dim is None or not isinstance(along, int):
        return result
    if bound.operation.name == "stack":
        from losslint.contracts.transfer.dimensions import inserted_dim

        return result.but(dim=inserted_dim(result, along))
    same = same_dimension(result, dim, along)
    if same and result.kind is Kind.ONE_HOT:
        # Rows of several ones each. Where the dimension is not known batches are put together, and stay what they are.
        return result.but(kind=Kind.MULTI_HOT, dim=None)
    return result if same is False else result.but(dim=None)


def _both_classes(bound: Bound, parts: list[Meaning], result: Meaning, along: int) -> Meaning:
    """`p` and `1 - p` put together: a distribution over two classes, where each of them is one column. Where their
    width is not known they may be that."""
    if bound.operation.name != "stack" and (along == 0 or {one.size(along) for one in parts} - {1, None}):
        return result  # batches, or columns, of both
    return result.but(dim=along)


def _pad_sequence(bound: Bound, moved: Meaning) -> Meaning:
    """Sequences of different lengths, filled up."""
    parts = parts_of(bound)
    joined = bound.first if parts is None else join(parts, "padded sequences of different kinds")
    filling = bound.setting("padding_value")
    return filled(joined.but(dim=None), 0.0 if filling is None else number(filling))


RULES: Final[dict[str, Derivation]] = {
    "narrow": _part,
    "select": _part,
    "index_select": _picked,
    "gather": _picked,
    "take_along_dim": _picked,
    "split": _part,
    "chunk": _part,
    "unbind": _part,
    "sort": _part,
    "take": _flat_picked,
    "masked_select": _flat_picked,
    "diagonal": _flat_part,
    "diag": _flat_part,
    "pad": _pad,
    "pad_layer1d": _pad,
    "pad_layer2d": _pad,
    "pad_layer3d": _pad,
    "cat": _cat,
    "pack_sequence": _cat,
    "stack": _cat,
    "hstack": _cat,
    "vstack": _cat,
    "pad_sequence": _pad_sequence,
}

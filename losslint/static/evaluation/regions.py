"""Tensors whose parts are told apart: of which one was written, `p[..., 4:] = p[..., 4:].sigmoid()`, or that were put
together of several, `torch.cat([scores, maps.sigmoid()], 1)`. As a whole they are nothing that has a name, but what
lies within a part is what was written there or put in."""

from __future__ import annotations

from losslint.contracts.transfer import index
from losslint.contracts.transfer.indexing import is_settled
from losslint.static.evaluation.values import TensorV
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning

#: What a key leaves of one dimension: the first place, and the one behind the last.
Span = tuple[int, float]

#: Where no end is written.
_OPEN = float("inf")

#: Writes behind each other that are looked back over.
MOST_WRITES = 16


class PartlyWrittenV(TensorV):
    """A tensor after `before[key] = written`."""

    __slots__ = ("before", "key", "written")

    def __init__(self, whole: TensorV, before: TensorV, key: object, written: TensorV) -> None:
        super().__init__(whole.meaning, whole.open)
        self.before = before
        self.key = key
        self.written = written


class JoinedV(TensorV):
    """What `torch.cat(parts, dim)` gives of parts that hold different things."""

    __slots__ = ("dim", "parts")

    def __init__(self, whole: TensorV, parts: tuple[tuple[Span, Meaning], ...], dim: int) -> None:
        super().__init__(whole.meaning, whole.open)
        self.parts = parts
        self.dim = dim


def joined(whole: TensorV, parts: list[Meaning], dim: int) -> TensorV:
    """A tensor that was put together of parts along a dimension, if they can be told apart later."""
    found: list[tuple[Span, Meaning]] = []
    first = 0
    for part in parts:
        size = part.size(dim)
        if not isinstance(size, int) or (dim < 0 and part.rank is None):
            break
        found.append(((first, first + size), part))
        first += size
    if found and len(found) == len(parts):
        found[-1] = ((found[-1][0][0], _OPEN), parts[-1])  # `x[:, 1:]` ends where the last one ends
    rank = whole.meaning.rank
    return JoinedV(whole, tuple(found), dim % rank if rank else dim) if found else whole


def after_write(whole: TensorV, before: TensorV, key: object, written: TensorV) -> TensorV:
    """A tensor that is `whole` after a write, if its parts can be told apart later."""
    return PartlyWrittenV(whole, before, key, written) if is_settled(key) else whole


def region_of(tensor: TensorV, key: object) -> TensorV:
    """What a part of a tensor is to be taken out of: of what was written there, as far as that is known, with the shape
    of the whole, or of what stood there before."""
    if not is_settled(key):
        return tensor
    if isinstance(tensor, JoinedV):
        return _part_of(tensor, key)
    here: TensorV = tensor
    for _ in range(MOST_WRITES):
        if not isinstance(here, PartlyWrittenV):
            return here
        inside = _lies_within(key, here.key, here.meaning.rank)
        if inside is None:
            return tensor
        if inside:
            meaning = _spread(here, key)
            return TensorV(meaning, here.written.open) if meaning is not None else tensor
        here = here.before
    return tensor


def _part_of(tensor: JoinedV, key: object) -> TensorV:
    """The one of several parts that a key stays within, with the shape of the whole; or all, where none is known."""
    whole = tensor.meaning
    picked = _spans(key, whole.rank)
    span = picked.get(tensor.dim) if picked is not None else None
    if span is None:
        return tensor
    for (first, end), part in tensor.parts:
        # What adds up along a dimension does not where a part of that is left out.
        if first <= span[0] and span[1] <= end and part.dim is None and part.kind is not Kind.UNKNOWN:
            return TensorV(
                part.but(shape=whole.shape, dtype=whole.dtype, device=whole.device, identity=None), tensor.open
            )
    return tensor


def _spread(here: PartlyWrittenV, key: object) -> Meaning | None:
    """What was written, as if all of the tensor were that; None where a part of it is not of the same kind."""
    written, whole = here.written.meaning, here.meaning
    dim = None
    if written.dim is not None:
        region = index(whole, key)
        if repr(key) != repr(here.key) or region.rank is None or written.rank != region.rank != whole.rank:
            return None
        dim = written.dim
    if written.kind is Kind.UNKNOWN:
        return None
    return written.but(shape=whole.shape, dtype=whole.dtype, device=whole.device, dim=dim, identity=None)


def _lies_within(key: object, other: object, rank: int | None) -> bool | None:
    """Whether a key picks elements of another's only; False where it picks none of them, None where nobody knows."""
    if repr(key) == repr(other):
        return True
    picked, written = _spans(key, rank), _spans(other, rank)
    if picked is None or written is None or len(written) != 1:
        return None
    [(dim, (first, end))] = written.items()
    if dim not in picked:
        return None
    low, high = picked[dim]
    if first <= low and high <= end:
        return True
    return False if high <= first or end <= low else None


def _spans(key: object, rank: int | None) -> dict[int, Span] | None:
    """What a key leaves of the dimensions that it narrows: counted from the front, or from the back behind dots where
    the rank is not known. None for places that are counted from the end, or in steps."""
    keys = key if isinstance(key, tuple) else (key,)
    dots = keys.index(Ellipsis) if Ellipsis in keys else len(keys)
    found: dict[int, Span] = {}
    for place, one in enumerate(keys):
        if one is None:
            return None
        if one is Ellipsis:
            continue
        dim = place if place < dots else place - len(keys) + (rank or 0)
        span = _span(one)
        if span is None:
            return None
        if span != (0, _OPEN):
            found[dim] = span
    return found


def _span(key: object) -> Span | None:
    if isinstance(key, int):
        return (key, key + 1) if key >= 0 else None
    if not isinstance(key, slice) or key.step not in (None, 1):
        return None
    first, end = key.start or 0, _OPEN if key.stop is None else key.stop
    return (first, end) if type(first) is int and first >= 0 and end >= 0 else None

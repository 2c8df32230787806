"""What `x[…]` means."""

from __future__ import annotations

from typing import Final

from losslint.contracts.transfer import shapes
from losslint.contracts.transfer.complements import part_of, scores_of
from losslint.contracts.transfer.dimensions import inserted_dim, removed_dim
from losslint.contracts.transfer.kinds.joined import part
from losslint.contracts.transfer.reductions import put_back_at
from losslint.contracts.transfer.values import sifted
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning, unknown
from losslint.vocabulary.shapes import Shape, Size


class _Place:
    """An integer of which nothing else is known."""


#: The counter of a loop, the index that a data loader gives a dataset: it takes a dimension away, whatever it is.
PLACE: Final = _Place()


def index(value: Meaning, key: object) -> Meaning:
    """What `value[key]` means: integers, slices, None, `...`, index tensors, boolean masks, tuples of these."""
    keys = key if isinstance(key, tuple) else (key,)
    try:
        found = _index(value, keys)
        if any(isinstance(key, Meaning) or _unclear(key) for key in keys):
            found = sifted(found)
        elif is_fixed(key):
            found = found.but(scores=part_of(scores_of(value), repr(key)))
        return found.but(reached=False) if found.reached and any(map(_leaves_out, keys)) else found
    except (ArithmeticError, IndexError, TypeError, ValueError):
        return unknown("losslint cannot follow this index")


def _index(value: Meaning, keys: tuple[object, ...]) -> Meaning:
    if any(_unclear(key) for key in keys):
        # An integer, a slice, or a tensor: the elements are the same, where they stand is not known.
        return part(value, value.but(shape=None, dim=None, identity=None), None).but(shape=None)
    advanced = [key for key in keys if isinstance(key, Meaning | list)]
    if advanced:
        return _advanced(value, keys)
    return _basic(value, keys)


def is_fixed(key: object) -> bool:
    """Whether a key is made of integers, slices, None and `...` alone, whatever the bounds of the slices are."""
    keys = key if isinstance(key, tuple) else (key,)
    return all(one is None or isinstance(one, int | slice) or one is Ellipsis for one in keys)


def is_settled(key: object) -> bool:
    """Whether a key picks places that are written out: `x[:, n:]` and `x[:, m:]` need not be the same."""
    keys = key if isinstance(key, tuple) else (key,)
    bounds = (bound for one in keys if isinstance(one, slice) for bound in (one.start, one.stop, one.step))
    return is_fixed(key) and all(bound is None or type(bound) is int for bound in bounds)


def _leaves_out(key: object) -> bool:
    """Whether some elements may not be among those that a key picks."""
    return key is not None and key is not Ellipsis and not (isinstance(key, slice) and key == slice(None))


def _unclear(key: object) -> bool:
    return not (
        key is None
        or key is Ellipsis
        or isinstance(key, slice | Meaning | list | _Place)
        or (isinstance(key, int) and not isinstance(key, bool))
    )


def _consumed(key: object) -> int:
    """How many dimensions a key takes."""
    if key is None or key is Ellipsis:
        return 0
    if isinstance(key, Meaning) and _is_mask(key):
        return key.rank if key.rank is not None else 1
    return 1


def _is_mask(key: Meaning) -> bool:
    """Whether an index picks elements: torch takes bytes for truth values, as it did before it had those."""
    return key.dtype in ("bool", "uint8") or (key.dtype is None and key.kind is Kind.BOOLEAN)


def _basic(value: Meaning, keys: tuple[object, ...]) -> Meaning:
    """Integers, slices, None and `...`: from the front up to the dots, and from the back after them."""
    placed = value.but(identity=None)
    cut: bool | None = False
    dots = next((at for at, key in enumerate(keys) if key is Ellipsis), None)
    front = keys if dots is None else keys[:dots]
    back = () if dots is None else keys[dots + 1 :]
    place = 0
    for key in front:
        placed, cut, place = _step(placed, key, place, cut)
    # From the end backwards: the last key speaks of the last dimension.
    place = -1
    for key in reversed(back):
        placed, cut, place = _step(placed, key, place, cut)
    made = part(value, placed, cut).but(shape=placed.shape)
    return made.but(identity=put_back_at(value, _inserted_at(keys))) if value.identity is not None else made


def _inserted_at(keys: tuple[object, ...]) -> int | None:
    """Where `x[:, None]` puts a dimension in, if that is all that it does."""
    if sum(key is None for key in keys) != 1 or any(key not in (None, Ellipsis, slice(None)) for key in keys):
        return None
    at = keys.index(None)
    return at - len(keys) if Ellipsis in keys[:at] else at


def _step(placed: Meaning, key: object, place: int, cut: bool | None) -> tuple[Meaning, bool | None, int]:
    """One key at one dimension, counted from the front (0 …) or the back (-1 …)."""
    forwards = place >= 0
    if key is None:
        shape, dim = shapes.unsqueezed(placed.shape, place), inserted_dim(placed, place)
        return placed.but(shape=shape, dim=dim), cut, place + 1 if forwards else place - 1
    touched = _touches(placed, place)
    if isinstance(key, slice):
        if key == slice(None) or key == slice(0, None) or key == slice(None, None, 1):
            return placed, cut, place + 1 if forwards else place - 1
        size = _sliced(placed.size(place), key)
        shape = shapes.resized(placed.shape, place, size)
        if size is not None and size == placed.size(place):
            return placed.but(shape=shape), cut, place + 1 if forwards else place - 1
        return placed.but(shape=shape), _worse(cut, touched), place + 1 if forwards else place - 1
    shape, dim = shapes.reduced(placed.shape, place, keepdim=False), removed_dim(placed, place)
    return placed.but(shape=shape, dim=dim), _worse(cut, touched), place


def _touches(placed: Meaning, place: int) -> bool | None:
    if placed.dim is None:
        return None
    rank = placed.rank
    if rank:
        return placed.dim % rank == place % rank
    if (placed.dim < 0) == (place < 0):
        return placed.dim == place
    # A batch of rows: the first dimension is not the last one, for anything that has a class dimension at all.
    return None if place != 0 or placed.dim != -1 else False


def _worse(one: bool | None, other: bool | None) -> bool | None:
    if True in (one, other):
        return True
    return None if None in (one, other) else False


def _sliced(size: Size, key: slice) -> Size:
    """How many elements a slice leaves."""
    bounds = (key.start, key.stop, key.step)
    if any(bound is not None and (not isinstance(bound, int) or isinstance(bound, bool)) for bound in bounds):
        return None
    if isinstance(size, int):
        return len(range(*key.indices(size)))
    start, stop = key.start or 0, key.stop
    if key.step in (None, 1) and ((start, stop) == (-1, None) or (stop not in (None, 0) and stop - start == 1)):
        return 1  # `[:1]`, `[-1:]`, `[3:4]`
    return None


def _advanced(value: Meaning, keys: tuple[object, ...]) -> Meaning:
    """Index tensors and masks: their common shape takes the place of the dimensions that they index."""
    moved = value.but(identity=None, dim=None)
    lost = part(value, moved.but(shape=None), None).but(shape=None)
    shape = value.shape
    if any(isinstance(key, Meaning) and key.dtype is None and key.kind is Kind.UNKNOWN for key in keys):
        return lost
    if len(keys) == 1:
        return _rows(value, keys[0], moved)
    if shape is None or shape.open or any(key is None for key in keys):
        return lost
    keys = _spread(keys, len(shape.sizes))
    if any(_consumed(key) > 1 for key in keys if isinstance(key, Meaning)):
        return lost
    sizes: list[Size] = []
    joint: Shape | None = Shape(())
    places: list[int] = []
    cut: bool | None = False
    for at, size in enumerate(shape.sizes):
        key = keys[at] if at < len(keys) else slice(None)
        if key != slice(None):
            cut = _worse(cut, None if value.dim is None else value.dim % len(shape.sizes) == at)
        if isinstance(key, slice):
            sizes.append(_sliced(size, key) if key != slice(None) else size)
            continue
        places.append(at)
        if isinstance(key, Meaning):
            joint = shapes.broadcast(joint, Shape((None,)) if _is_mask(key) else key.shape)
        elif isinstance(key, list):
            joint = shapes.broadcast(joint, Shape((len(key),)))
    if joint is None or joint.open:
        return lost
    together = places == list(range(places[0], places[-1] + 1))
    at = places[0] if together else 0
    result = Shape((*sizes[:at], *joint.sizes, *sizes[at:]))
    return part(value, moved.but(shape=result), cut).but(shape=result)


def _spread(keys: tuple[object, ...], rank: int) -> tuple[object, ...]:
    """The keys with `...` written out."""
    dots = next((at for at, key in enumerate(keys) if key is Ellipsis), None)
    if dots is None:
        return keys
    missing = rank - sum(_consumed(key) for key in keys)
    return (*keys[:dots], *(slice(None),) * missing, *keys[dots + 1 :])


def _rows(value: Meaning, key: object, moved: Meaning) -> Meaning:
    """One index tensor, mask or list: it indexes the first dimension, a mask as many as it has."""
    shape = value.shape
    touched: bool | None = None
    if value.dim is not None:
        touched = _touches(value, 0)
    if isinstance(key, list):
        front: tuple[Size, ...] | None = (len(key),) if all(isinstance(one, int | _Place) for one in key) else None
        taken: int | None = 1
        if any(isinstance(one, bool) for one in key):
            front = (None,)
    elif isinstance(key, Meaning) and _is_mask(key):
        front, taken = (None,), key.rank
        if taken is None or taken > 1:
            touched = None
    else:
        assert isinstance(key, Meaning)
        front = key.shape.sizes if key.shape is not None and not key.shape.open else None
        taken = 1
    dim: int | None = None
    if front is not None and taken == 1 and value.dim is not None and touched is False:
        dim = value.dim if value.dim < 0 or len(front) == 1 else value.dim + len(front) - 1
    if shape is None or front is None or taken is None:
        return part(value, moved.but(shape=None, dim=dim), touched).but(shape=None)
    if shape.open:
        rest = shapes.simplified(Shape(shape.sizes[taken:], open=True))
        return part(value, moved.but(shape=rest, dim=dim), touched).but(shape=rest)
    result = Shape((*front, *shape.sizes[taken:]))
    return part(value, moved.but(shape=result, dim=dim), touched).but(shape=result)

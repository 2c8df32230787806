"""What a tensor was reduced from: sums, norms and logsumexps are known again when they meet what they came from.

`e / e.sum(1, keepdim=True)` is a softmax by hand, and so is `e / e.sum(1).unsqueeze(1)`.
"""

from __future__ import annotations

from losslint.contracts.transfer import shapes
from losslint.contracts.transfer.bound import Bound, as_sequence, integer
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

#: Reductions that are known again by the tensor, the dimension that they reduced, and whether they keep that.
KNOWN_AGAIN = frozenset({"sum", "norm", "logsumexp"})
#: Operations that may give a reduced dimension its place back, of size 1.
PUTTING_BACK = frozenset({"unsqueeze", "view", "reshape"})


def reduction_identity(bound: Bound) -> object:
    """A reduction as it is known again; None where it is not."""
    first, dim = bound.first, bound.setting("dim")
    several = as_sequence(dim)
    if several is not None and len(several) == 1:
        dim = several[0]
    along = integer(dim)
    keeps = bound.setting("keepdim")
    if first.identity is None or along is None or keeps not in (True, False, None):
        return None
    if bound.operation.name == "norm" and bound.setting("p") not in (2, 2.0, "fro", None):
        return None
    return (bound.operation.name, first.identity, shapes.normal(along, first.shape), keeps is True)


def put_back_by(bound: Bound, shape: Shape | None) -> object:
    """The identity of a reduction that `unsqueeze`, `view` or `reshape` gave its dimension back."""
    if bound.operation.name == "unsqueeze":
        return put_back_at(bound.first, integer(bound.setting("dim")))
    return put_back_as(bound.first, shape)


def put_back_at(reduced: Meaning, place: int | None) -> object:
    """The identity of a reduction after a dimension of size 1 was put in at a place."""
    match reduced.identity:
        case (str(name), source, int(dim), False) if name in KNOWN_AGAIN and place is not None:
            if _same_place(dim, place, None if reduced.rank is None else reduced.rank + 1):
                return (name, source, dim, True)
    return None


def put_back_as(reduced: Meaning, shape: Shape | None) -> object:
    """The identity of a reduction that `view(-1, 1)` made a column of. It meets what the sums are of where that is
    a matrix; with more dimensions torch would raise."""
    if shape is None or shape.open or len(shape.sizes) != 2 or shape.sizes[1] != 1 or reduced.rank not in (None, 1):
        return None
    match reduced.identity:
        case (str(name), source, 1 | -1 as dim, False) if name in KNOWN_AGAIN:
            return (name, source, dim, True)
    return None


def _same_place(dim: int, place: int, rank: int | None) -> bool:
    return dim == place if rank is None else -rank <= place < rank and dim % rank == place % rank

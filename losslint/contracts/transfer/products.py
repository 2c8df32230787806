"""Products and distances: what is left of the dimensions that are summed over."""

from __future__ import annotations

from collections.abc import Callable

from losslint.contracts.transfer import shapes
from losslint.contracts.transfer.bound import Bound, as_sequence, integer
from losslint.contracts.transfer.placed import Placed
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape, Size


def _matmul(bound: Bound) -> Placed:
    one, other = bound.tensor(0).shape, bound.tensor(1).shape
    rank = {"mm": 2, "spmm": 2, "bmm": 3, "mv": 2}.get(bound.operation.name)
    if rank is not None:
        # These two take matrices, or batches of them, and nothing else.
        one = as_rank(one, rank)
        other = as_rank(other, 1 if bound.operation.name == "mv" else rank)
    return shapes.matrix_product(one, other), None


def as_rank(shape: Shape | None, rank: int) -> Shape:
    """What is known of a shape, given its rank."""
    if shape is None:
        return shapes.of_rank(rank)
    if not shape.open:
        return shape
    return Shape(((None,) * rank + shape.sizes)[-rank:])


def _addmm(bound: Bound) -> Placed:
    rank = 3 if bound.operation.name == "baddbmm" else 2
    one, other = as_rank(bound.tensor(1).shape, rank), as_rank(bound.tensor(2).shape, rank)
    return shapes.matrix_product(one, other), None


def _einsum(bound: Bound) -> Placed:
    equation, operands = einsum_parts(bound)
    if equation is None:
        return None, None
    inputs, output = equation
    sizes: dict[str, Size] = {}
    for letters, operand in zip(inputs, operands, strict=True):
        if operand.rank is not None and operand.rank != len(letters):
            return None, None
        for at, letter in enumerate(letters):
            size = operand.size(at - len(letters))
            sizes[letter] = sizes.get(letter) if size is None or (size == 1 and sizes.get(letter)) else size
    return Shape(tuple(sizes.get(letter) for letter in output)), None


def einsum_parts(bound: Bound) -> tuple[tuple[list[str], str] | None, list[Meaning]]:
    """The subscripts of an einsum's operands and result, with the operands; None where they cannot be read."""
    equation = bound.tensors[0] if bound.tensors else None
    given = bound.setting("operands")
    operands = list(as_sequence(given) or ())
    if not isinstance(equation, str) or "." in equation or not all(isinstance(part, Meaning) for part in operands):
        return None, []
    left, arrow, right = equation.replace(" ", "").partition("->")
    inputs = left.split(",")
    if len(inputs) != len(operands):
        return None, []
    if not arrow:
        letters = [letter for part in inputs for letter in part]
        right = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    return (inputs, right), [part for part in operands if isinstance(part, Meaning)]


def _linear(bound: Bound) -> Placed:
    weight = bound.tensor(1)
    if weight.rank == 1:
        return shapes.reduced(bound.first.shape, -1, keepdim=False), None
    if weight.rank is None and not (weight.shape is not None and len(weight.shape.sizes) > 1):
        return None, None
    out = weight.size(-2)
    given, taken = bound.first.size(-1), weight.size(-1)
    if isinstance(given, int) and isinstance(taken, int) and given != taken:
        return None, None  # torch raises: no result has a shape
    if bound.first.shape is None:
        return shapes.simplified(Shape((out,), open=True)), None
    return shapes.resized(bound.first.shape, -1, out), None


def _bilinear(bound: Bound) -> Placed:
    out = bound.tensor(2).size(0)
    shape = bound.first.shape
    return shapes.simplified(Shape((out,), open=True)) if shape is None else shapes.resized(shape, -1, out), None


def _cosine_similarity(bound: Bound) -> Placed:
    shape = shapes.broadcast(bound.tensor(0).shape, bound.tensor(1).shape)
    dim = integer(bound.setting("dim"))
    return (None if dim is None else shapes.reduced(shape, dim, keepdim=False)), None


def _pairwise_distance(bound: Bound) -> Placed:
    shape = shapes.broadcast(bound.tensor(0).shape, bound.tensor(1).shape)
    keep = bound.setting("keepdim")
    return (shapes.reduced(shape, -1, keepdim=keep) if isinstance(keep, bool) else None), None


def _cdist(bound: Bound) -> Placed:
    one, other = bound.tensor(0).shape, bound.tensor(1).shape
    if one is None or other is None or one.open or other.open or len(one.sizes) < 2 or len(other.sizes) < 2:
        return None, None
    batch = shapes.broadcast(Shape(one.sizes[:-2]), Shape(other.sizes[:-2]))
    return None if batch is None else Shape((*batch.sizes, one.sizes[-2], other.sizes[-2])), None


def _outer(bound: Bound) -> Placed:
    one, other = bound.tensor(0), bound.tensor(1)
    return Shape((one.size(-1), other.size(-1))), None


RULES: dict[str, Callable[[Bound], Placed]] = {
    "matmul": _matmul,
    "addmm": _addmm,
    "einsum": _einsum,
    "linear": _linear,
    "bilinear": _bilinear,
    "cosine_similarity": _cosine_similarity,
    "pairwise_distance": _pairwise_distance,
    "cdist": _cdist,
    "outer": _outer,
}

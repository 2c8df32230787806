"""Products of matrices, contractions, and vectors made as long as one."""

from __future__ import annotations

from typing import Final

from losslint.contracts.transfer import values
from losslint.contracts.transfer.arithmetic import product_kind
from losslint.contracts.transfer.bound import Bound, Derivation, as_sequence, number
from losslint.contracts.transfer.products import as_rank, einsum_parts
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning


def _matmul(bound: Bound, moved: Meaning) -> Meaning:
    one, other = bound.tensor(0), bound.tensor(1)
    rank = {"mm": 2, "spmm": 2, "bmm": 3}.get(bound.operation.name)
    if rank is not None:
        one = one.but(shape=as_rank(one.shape, rank))
        other = other.but(shape=as_rank(other.shape, rank))
    return product_kind(one, other)


def _spmm(bound: Bound, moved: Meaning) -> Meaning:
    """Rows of a graph's neighbours put together: of scores they are scores, `torch.spmm(adjacency, scores)`."""
    other = bound.tensor(1)
    if other.kind is Kind.LOGITS:
        return Meaning(Kind.LOGITS, made_by=other.made_by)
    return _matmul(bound, moved)


def _addmm(bound: Bound, moved: Meaning) -> Meaning:
    product = product_kind(bound.tensor(1), bound.tensor(2))
    return product if product.kind is Kind.REAL else values.lost("a sum with a matrix product", product)


def _einsum(bound: Bound, moved: Meaning) -> Meaning:
    equation, operands = einsum_parts(bound)
    if equation is None or len(operands) != 2:
        given = [one for one in as_sequence(bound.setting("operands")) or () if isinstance(one, Meaning)]
        if given and all(one.kind in values.UNBOUNDED for one in given):
            return Meaning(Kind.REAL, made_by="einsum")
        return values.lost("an einsum that losslint does not read", *given)
    inputs, output = equation
    one, other = operands
    if one.kind is other.kind is Kind.NORMALISED:
        summed = set(inputs[0]) & set(inputs[1]) - set(output)
        along = [_letter(letters, part_) for letters, part_ in zip(inputs, operands, strict=True)]
        if all(letter is None or {letter} == summed for letter in along) and len(summed) == 1:
            return Meaning(Kind.COSINE, bounds=(-1.0, 1.0), made_by=values.OF_UNIT_VECTORS)
        return Meaning(Kind.REAL, made_by="einsum")
    return product_kind(one.but(dim=None), other.but(dim=None))


def _letter(letters: str, meaning: Meaning) -> str | None:
    dim = meaning.dim
    return letters[dim] if dim is not None and -len(letters) <= dim < len(letters) else None


def _normalize(bound: Bound, moved: Meaning) -> Meaning:
    power = bound.setting("p")
    dim = bound.setting("dim")
    from losslint.contracts.transfer.shapes import normal

    along = normal(dim, moved.shape) if isinstance(dim, int) and not isinstance(dim, bool) else None
    if power == 2:
        return Meaning(Kind.NORMALISED, dim=along, bounds=(-1.0, 1.0), made_by="normalize")
    if power == 1 and values.bounds_of(bound.first)[0] >= 0:
        return Meaning(Kind.PROBABILITIES, dim=along, bounds=(0.0, 1.0), made_by="normalize")
    return values.lost("normalised in a way that is not known", within=(-1.0, 1.0) if number(power) else None)


RULES: Final[dict[str, Derivation]] = {
    "matmul": _matmul,
    "mm": _matmul,
    "spmm": _spmm,
    "bmm": _matmul,
    "mv": _matmul,
    "dot": _matmul,
    "addmm": _addmm,
    "baddbmm": _addmm,
    "einsum": _einsum,
    "normalize": _normalize,
}

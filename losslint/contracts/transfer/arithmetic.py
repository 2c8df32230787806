"""Python's operators on tensors."""

from __future__ import annotations

from losslint.contracts.transfer import shapes, values
from losslint.contracts.transfer.bound import lifted, number
from losslint.contracts.transfer.complements import opposite
from losslint.contracts.transfer.dtypes import is_float, promoted
from losslint.contracts.transfer.placed import least_rank, same_dim
from losslint.vocabulary.kinds import LOG_PROBABILITY_KINDS, OUTPUTS, Kind
from losslint.vocabulary.meaning import FLOATS, INTEGERS, Meaning, unknown
from losslint.vocabulary.shapes import Shape

COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})


def binary(operator: str, left: object, right: object) -> Meaning:
    """What `left operator right` means, for tensors and Python numbers on either side.

    What is not a Meaning is taken for a number, UNSETTLED for one whose value is not known: a tensor of which nothing
    is known has to come as an unknown Meaning.
    """
    if not isinstance(left, Meaning) and not isinstance(right, Meaning):
        return unknown("no tensor")
    one, other = lifted(left), lifted(right)
    if operator == "@":
        return matrix_product(one, other)
    shape = shapes.broadcast(_shape(left, one), _shape(right, other))
    device, detached = common_device(one, other), common_detachment(one, other)
    if operator in COMPARISONS:
        floating = is_float(one) or is_float(other)
        by = operator if floating or (is_float(one) is None and is_float(other) is None) else detached
        return Meaning(
            Kind.BOOLEAN,
            dtype="bool",
            shape=shape,
            bounds=(0.0, 1.0),
            device=device,
            made_by=operator,
            detached_by=detached or by,
            source=_compared(one, other),
        )
    dtype = _dtype(operator, left, right)
    try:
        result = _values(operator, left, right, one, other)
    except (ArithmeticError, ValueError):
        result = unknown("numbers too large to follow")
    dim = result.dim
    if dim is not None and isinstance(left, Meaning) and isinstance(right, Meaning):
        owner = one if one.dim == dim and one.kind is not Kind.CONSTANT else other
        dim = same_dim(owner.but(dim=dim), shape)
    return result.but(shape=shape, dtype=dtype, device=device, detached_by=detached, dim=dim, identity=None)


def _compared(one: Meaning, other: Meaning) -> Meaning | None:
    """The output of a model that is compared with a number: `p > 0.5`."""
    output, limit = (one, other) if other.kind is Kind.CONSTANT else (other, one)
    return output.but(source=None) if limit.kind is Kind.CONSTANT and output.kind in OUTPUTS else None


def unary(operator: str, value: object) -> Meaning:
    """What `-value`, `+value` or `~value` means."""
    if not isinstance(value, Meaning):
        return unknown("no tensor")
    if operator == "+":
        return value
    if operator == "-":
        negated = values.times(value, -1.0).but(shape=value.shape, dtype=value.dtype, device=value.device)
        return negated.but(identity=opposite(value.identity))
    truth = value.dtype == "bool" or (value.kind is Kind.BOOLEAN and value.dtype is None)
    if operator == "~" and truth:
        return value.but(kind=Kind.BOOLEAN, bounds=(0.0, 1.0), dim=None, identity=None)
    return values.lost(f"losslint does not know what {operator} makes", value).but(
        shape=value.shape, dtype=value.dtype, device=value.device, detached_by=value.detached_by
    )


def _shape(value: object, meaning: Meaning) -> Shape | None:
    """What is no tensor is a number, whether its value is known or not."""
    return meaning.shape if isinstance(value, Meaning) else Shape(())


def _dtype(operator: str, left: object, right: object) -> str | None:
    one, other = lifted(left), lifted(right)
    if number(left) is None and not isinstance(left, Meaning):
        dtype = other.dtype if other.dtype in FLOATS else None
    elif number(right) is None and not isinstance(right, Meaning):
        dtype = one.dtype if one.dtype in FLOATS else None
    else:
        dtype = promoted(one, other)
    if operator == "/":
        return dtype if dtype in FLOATS else "float"
    if operator == "**" and dtype is None:
        return None
    return dtype


def _values(operator: str, left: object, right: object, one: Meaning, other: Meaning) -> Meaning:
    match operator:
        case "+":
            if not isinstance(left, Meaning) and number(left) is None:
                return _shifted_by_unknown(other)
            if not isinstance(right, Meaning) and number(right) is None:
                return _shifted_by_unknown(one)
            return values.added(one, other)
        case "-":
            if not isinstance(left, Meaning) and number(left) is None:
                return _shifted_by_unknown(values.times(other, -1.0))
            if not isinstance(right, Meaning) and number(right) is None:
                return _shifted_by_unknown(one)
            return values.added(one, other, -1)
        case "*":
            if not isinstance(left, Meaning) and number(left) is None:
                return values.scaled_by_unknown(other)
            if not isinstance(right, Meaning) and number(right) is None:
                return values.scaled_by_unknown(one)
            return values.multiplied(one, other)
        case "/":
            if not isinstance(right, Meaning) and number(right) is None:
                return values.scaled_by_unknown(one)
            return values.divided(one, other)
        case "//" | "%":
            return _whole(operator, one, other)
        case "**":
            if isinstance(left, Meaning):
                return values.raised(one, number(right))
            base = number(left)
            if base is not None and base > 0:
                return values.plain(other, Kind.NON_NEGATIVE, (0.0, float("inf")))
            return values.lost("a power that is not known", other)
        case "&" | "|" | "^":
            if one.kind is Kind.BOOLEAN and other.kind is Kind.BOOLEAN and one.factor is other.factor is None:
                return values.plain(one, Kind.BOOLEAN, (0.0, 1.0))
            return values.lost(f"losslint does not know what {operator} makes", one, other)
    return values.lost(f"losslint does not know what {operator} makes", one, other)


def _shifted_by_unknown(meaning: Meaning) -> Meaning:
    if meaning.kind in values.UNBOUNDED:
        return meaning.but(bounds=None, identity=None)
    return values.lost("a value that is not known was added", meaning)


def _whole(operator: str, one: Meaning, other: Meaning) -> Meaning:
    right = values.constant_value(other)
    if one.kind is Kind.CLASS_INDEX and one.dtype in INTEGERS and right is not None and right > 0:
        low, high = values.bounds_of(one)
        if operator == "%" and right.is_integer():
            return values.plain(one, Kind.CLASS_INDEX, (0.0, right - 1))
        return values.plain(one, Kind.CLASS_INDEX, (low // right, high // right) if one.bounds is not None else None)
    return values.lost(f"losslint does not know what {operator} makes", one, other)


def common_device(one: Meaning, other: Meaning) -> str | None:
    """The device of a result of two tensors: numbers on the CPU go with any device."""
    if one.device == other.device:
        return one.device
    for this, that in ((one, other), (other, one)):
        # A tensor with dimensions, or one that is not on the CPU, says where the result is.
        if this.device is not None and (this.device != "cpu" or this.rank) and (that.device is None or that.rank == 0):
            return this.device
    return None


def common_detachment(one: Meaning, other: Meaning) -> str | None:
    """What cut the gradient of a result: it flows as soon as one of the two may carry it."""
    if one.detached_by is not None and (other.detached_by is not None or _carries_none(other)):
        return one.detached_by
    if other.detached_by is not None and _carries_none(one):
        return other.detached_by
    return None


def _carries_none(meaning: Meaning) -> bool:
    return meaning.kind is Kind.CONSTANT or is_float(meaning) is False


def matrix_product(one: Meaning, other: Meaning, shape: Shape | bool | None = False) -> Meaning:
    """What the matrix product of two tensors means."""
    if isinstance(shape, bool):
        shape = shapes.matrix_product(one.shape, other.shape)
    common = {
        "shape": shape,
        "dtype": promoted(one, other),
        "device": common_device(one, other),
        "detached_by": common_detachment(one, other),
    }
    return product_kind(one, other).but(**common)


def _is_of_a_layer(meaning: Meaning) -> bool:
    """Whether something is what layers give to an affine one. Of probabilities a product with weights is a mixture, and
    of magnitudes one with a bank of filters is magnitudes."""
    if meaning.kind is Kind.NON_NEGATIVE:
        return "relu" in meaning.made_by.lower()
    return meaning.kind in (Kind.LOGITS, Kind.TANH)


#: What is looked up in a table that is trained, and the tables themselves.
_LOOKED_UP = frozenset({"Embedding", "EmbeddingBag", "the weight of Embedding", "the weight of EmbeddingBag"})


def _is_learnt(meaning: Meaning) -> bool:
    """Whether something consists of parameters of a module as they are, or of rows of them: nothing bounds it."""
    if meaning.bounds is not None or meaning.factor is not None:
        return False
    return meaning.is_parameter or (meaning.kind is Kind.REAL and meaning.made_by.rpartition(".")[2] in _LOOKED_UP)


def product_kind(one: Meaning, other: Meaning) -> Meaning:
    """The kind of a sum of products of two tensors."""
    if one.kind is other.kind is Kind.NORMALISED and _along_rows(one, other.rank) and _along_columns(other):
        factor = (one.factor or 1.0) * (other.factor or 1.0)
        within = values.scaled_bounds((-1.0, 1.0), factor)
        unscaled = factor == 1 and one.factor is other.factor is None
        return Meaning(Kind.COSINE, bounds=within, factor=None if unscaled else factor, made_by=values.OF_UNIT_VECTORS)
    a, b = one.kind, other.kind
    if (one.is_parameter and _is_of_a_layer(other)) or (other.is_parameter and _is_of_a_layer(one)):
        return Meaning(Kind.LOGITS, made_by="matmul")  # an affine layer that is written out
    if _is_learnt(one) and _is_learnt(other):
        return Meaning(Kind.LOGITS, made_by="matmul")  # how well what was learnt of two things goes together
    if Kind.UNKNOWN in (a, b):
        if a in values.UNBOUNDED or b in values.UNBOUNDED:
            return Meaning(Kind.REAL, made_by="matmul")
        return values.lost("a matrix product of tensors that are not known", one, other)
    along = _mixed(one, other)
    if along is not None:
        return Meaning(Kind.PROBABILITIES, dim=along, bounds=(0.0, 1.0), made_by="matmul")
    low, other_low = values.bounds_of(one)[0], values.bounds_of(other)[0]
    if low >= 0 and other_low >= 0:
        if a is Kind.NON_NEGATIVE and b is Kind.NON_NEGATIVE:
            return Meaning(Kind.NON_NEGATIVE, bounds=(0.0, float("inf")), made_by="matmul")
        # Weights that sum to 1 times probabilities are probabilities again.
        return values.lost("a matrix product of non-negative values", within=(0.0, float("inf")))
    if a in LOG_PROBABILITY_KINDS or b in LOG_PROBABILITY_KINDS:
        return values.lost("a matrix product with log-probabilities")
    return Meaning(Kind.REAL, made_by="matmul")


def _mixed(one: Meaning, other: Meaning) -> int | None:
    """The dimension along which a product of two matrices holds distributions, if it does: averages of the rows of the
    second, weighted by the rows of the first, or of the columns of the first. So noisy labels are predicted, and the
    labels of a support set are passed on."""
    sides = (one, other)
    if {one.kind, other.kind} not in _MIXED or not all(side.factor is None and side.dim is not None for side in sides):
        return None
    # The product with one vector is no distribution.
    is_matrix = other.dim == 1 or least_rank(other) > 1
    if is_matrix and all(_along_rows(side, 2) for side in sides):
        return -1
    columns = all(side.rank is not None and side.rank > 1 and _along_columns(side) for side in sides)
    return -2 if columns else None


#: The kinds of two matrices of which all rows, or all columns, add up to 1, so that those of their product do.
_MIXED = (frozenset({Kind.PROBABILITIES}), frozenset({Kind.PROBABILITIES, Kind.ONE_HOT}))


def _along_rows(meaning: Meaning, other_rank: int | None) -> bool:
    """Whether vectors of unit length, or distributions, lie along the last dimension, or nothing speaks against it."""
    dim, rank = meaning.dim, meaning.rank
    if dim is None:
        return True
    if rank:
        return dim % rank == rank - 1
    # What is multiplied with a matrix is one as well, as a rule.
    return dim == -1 or (dim == 1 and other_rank == 2)


def _along_columns(meaning: Meaning) -> bool:
    dim, rank = meaning.dim, meaning.rank
    if dim is None:
        return True
    if rank == 1:
        return True
    return dim % rank == rank - 2 if rank else dim in (-2, 0)

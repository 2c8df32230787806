"""Calls made twice: on tensors by torch, and on what is known of them by losslint. What is claimed has to be true."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from losslint.contracts.lookup import operation_by_function, operation_by_method
from losslint.contracts.schema import Operation
from losslint.contracts.transfer import Repeated, apply_operation, binary, index, unary
from losslint.contracts.transfer.values import NATURAL_BOUNDS
from losslint.vocabulary.kinds import PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import FLOATS, INTEGERS, MASKED_OUT, Meaning
from losslint.vocabulary.observations import UNSETTLED
from losslint.vocabulary.shapes import Shape, Size

#: The size that the symbol "N" stands for. No other size in the cases is this number.
BATCH = 7


@dataclass
class Given:
    """A tensor with what it means."""

    tensor: torch.Tensor
    kind: Kind = Kind.REAL
    dim: int | None = None
    factor: float | None = None
    identity: object = None


@dataclass
class Case:
    """One call: `torch.softmax` a function, `.view` a method, `+` an operator, `[]` an index, `u-` a unary one."""

    how: str
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = [shown_value(value) for value in self.arguments]
        shown += [f"{name}={shown_value(value)}" for name, value in self.keywords.items()]
        return f"{self.how}({', '.join(shown)})"


def case(how: str, *arguments: Any, **keywords: Any) -> Case:
    """A case, written like the call."""
    return Case(how, arguments, keywords)


def shown_value(value: Any) -> str:
    if isinstance(value, Given):
        return f"{value.kind.name}{list(value.tensor.shape)}".replace(" ", "")
    if isinstance(value, list | tuple):
        return "[" + ",".join(shown_value(one) for one in value) + "]"
    return str(value)


def scores(*sizes: int) -> Given:
    return Given(torch.randn(*sizes), Kind.LOGITS)


def real(*sizes: int) -> Given:
    return Given(torch.randn(*sizes), Kind.REAL)


def probabilities(*sizes: int, dim: int = -1) -> Given:
    return Given(torch.softmax(torch.randn(*sizes), dim), Kind.PROBABILITIES, dim)


def log_probabilities(*sizes: int, dim: int = -1) -> Given:
    return Given(torch.log_softmax(torch.randn(*sizes), dim), Kind.LOG_PROBABILITIES, dim)


def sigmoids(*sizes: int) -> Given:
    return Given(torch.sigmoid(torch.randn(*sizes)), Kind.SIGMOID)


def log_sigmoids(*sizes: int) -> Given:
    return Given(torch.nn.functional.logsigmoid(torch.randn(*sizes)), Kind.LOG_SIGMOID)


def tanhs(*sizes: int) -> Given:
    return Given(torch.tanh(torch.randn(*sizes)), Kind.TANH)


def positives(*sizes: int) -> Given:
    return Given(torch.rand(*sizes) * 3 + 0.01, Kind.NON_NEGATIVE)


def units(*sizes: int, dim: int = -1) -> Given:
    return Given(torch.nn.functional.normalize(torch.randn(*sizes), dim=dim), Kind.NORMALISED, dim)


def cosines(*sizes: int) -> Given:
    return Given(torch.rand(*sizes) * 2 - 1, Kind.COSINE)


def booleans(*sizes: int) -> Given:
    return Given(torch.rand(*sizes) > 0.5, Kind.BOOLEAN)


def zero_ones(*sizes: int) -> Given:
    return Given((torch.rand(*sizes) > 0.5).float(), Kind.BOOLEAN)


def multi_hot(*sizes: int) -> Given:
    return Given((torch.rand(*sizes) > 0.5).float(), Kind.MULTI_HOT)


def one_hot(*sizes: int, dim: int = -1) -> Given:
    others = [size for place, size in enumerate(sizes) if place != dim % len(sizes)]
    labels = torch.randint(0, sizes[dim], others)
    return Given(torch.nn.functional.one_hot(labels, sizes[dim]).float().movedim(-1, dim), Kind.ONE_HOT, dim)


def signs(*sizes: int) -> Given:
    return Given((torch.rand(*sizes) > 0.5).float() * 2 - 1, Kind.SIGNS)


def indices(*sizes: int, classes: int = 3) -> Given:
    return Given(torch.randint(0, classes, sizes), Kind.CLASS_INDEX)


def counts(*sizes: int) -> Given:
    return Given(torch.randint(0, 9, sizes), Kind.COUNT)


def constant(number: float, *sizes: int) -> Given:
    return Given(torch.full(sizes, float(number)), Kind.CONSTANT)


def anything(tensor: torch.Tensor) -> Given:
    return Given(tensor, Kind.UNKNOWN)


#: How much is known of the tensors of a call.
KNOWLEDGE = ("everything", "symbols", "gaps", "open", "rank", "nothing", "no kind")


def meaning_of(given: Given, knowledge: str) -> Meaning:
    """What is known of a tensor at a level of knowledge."""
    sizes: tuple[Size, ...] = tuple("N" if size == BATCH else size for size in given.tensor.shape)
    dtype: str | None = str(given.tensor.dtype).removeprefix("torch.")
    shape: Shape | None = Shape(sizes)
    dim = given.dim
    if knowledge == "everything":
        shape = Shape(tuple(given.tensor.shape))
        dim = dim % len(sizes) if dim is not None else None
    elif knowledge == "gaps":
        shape = Shape(tuple(None if place % 2 == 0 else size for place, size in enumerate(sizes)))
        dtype = "float" if dtype in FLOATS else "int" if dtype in INTEGERS else dtype
    elif knowledge == "open":
        shape = Shape(sizes[-1:], open=True) if sizes else None
    elif knowledge == "rank":
        shape = Shape((None,) * len(sizes))
        dtype = None
    elif knowledge == "nothing":
        shape, dtype = None, None
    kind = Kind.UNKNOWN if knowledge == "no kind" else given.kind
    number = float(given.tensor.flatten()[0]) if given.kind is Kind.CONSTANT else None
    bounds = (number, number) if number is not None and kind is Kind.CONSTANT else None
    return Meaning(
        kind,
        dtype=dtype,
        shape=shape,
        dim=dim if kind is not Kind.UNKNOWN else None,
        bounds=bounds,
        factor=given.factor,
        identity=given.identity,
    )


def known(value: Any, knowledge: str) -> Any:
    """An argument as losslint gets it."""
    if isinstance(value, Given):
        return meaning_of(value, knowledge)
    if isinstance(value, list | tuple):
        return type(value)(known(one, knowledge) for one in value)
    if knowledge in ("gaps", "nothing") and value == BATCH and not isinstance(value, float):
        return UNSETTLED  # `x.size(0)` of something that is not known
    if knowledge == "symbols" and isinstance(value, int) and value == BATCH:
        return "N"
    return value


def actual(value: Any) -> Any:
    """An argument as torch gets it."""
    if isinstance(value, Given):
        return value.tensor.clone()
    if isinstance(value, list | tuple):
        return type(value)(actual(one) for one in value)
    if isinstance(value, str) and value.startswith("torch."):
        return getattr(torch, value.removeprefix("torch."))
    return value


_UNARY = {"-": torch.neg, "~": torch.bitwise_not, "+": torch.positive}


def operation_of(how: str) -> Operation | None:
    """The operation that a case calls; None for operators and indices."""
    if how.startswith("."):
        return operation_by_method(how[1:])
    return operation_by_function(how) if how.startswith("torch.") else None


def by_torch(call: Case) -> Any:
    """What torch returns."""
    arguments = [actual(value) for value in call.arguments]
    keywords = {name: actual(value) for name, value in call.keywords.items()}
    if call.how == "[]":
        return arguments[0][arguments[1]]
    if call.how.startswith("u"):
        return _UNARY[call.how[1:]](*arguments)
    if call.how.startswith("."):
        member = getattr(arguments[0], call.how[1:])
        return member(*arguments[1:], **keywords) if callable(member) else member
    if call.how.startswith("torch."):
        function = torch
        for name in call.how.split(".")[1:]:
            function = getattr(function, name)
        return function(*arguments, **keywords)  # type: ignore[operator]
    return eval(f"a {call.how} b", {"a": arguments[0], "b": arguments[1]})


def by_losslint(call: Case, knowledge: str) -> Meaning | tuple[Meaning, ...]:
    """What losslint says of it."""
    arguments = [known(value, knowledge) for value in call.arguments]
    keywords = {name: known(value, knowledge) for name, value in call.keywords.items()}
    if call.how == "[]":
        return index(arguments[0], arguments[1])
    if call.how.startswith("u"):
        return unary(call.how[1:], arguments[0])
    operation = operation_of(call.how)
    if operation is not None:
        return apply_operation(operation, arguments, keywords)
    assert not call.how.startswith((".", "torch.")), f"{call.how} is in no table"
    return binary(call.how, *arguments)


def disagreements(call: Case, knowledge: str) -> Iterator[str]:
    """What losslint claims of a call's result that is not so."""
    result, claimed = by_torch(call), by_losslint(call, knowledge)
    if call.how == ".tolist":
        result = torch.tensor(result)
    results = list(result) if isinstance(result, tuple | list) and not isinstance(result, torch.Tensor) else None
    if isinstance(claimed, Repeated):
        assert results is not None
        pairs = list(itertools.product(results, claimed))
    elif isinstance(claimed, tuple):
        if results is None or len(results) != len(claimed):
            yield f"{len(claimed)} results are claimed"
            return
        pairs = list(zip(results, claimed, strict=True))
    elif results is not None and not isinstance(result, torch.Tensor):
        if claimed.kind is not Kind.UNKNOWN or claimed.shape is not None:
            yield "one result is claimed where there are several"
        return
    else:
        pairs = [(result, claimed)]
    for tensor, meaning in pairs:
        if isinstance(tensor, int | float | bool):
            tensor = torch.tensor(tensor)
        elif not isinstance(tensor, torch.Tensor):
            tensor = torch.as_tensor(tensor)
        yield from _untrue(tensor, meaning)


def _untrue(tensor: torch.Tensor, meaning: Meaning) -> Iterator[str]:
    shape = meaning.shape
    if shape is not None:
        sizes = tuple(tensor.shape)
        if len(shape.sizes) > len(sizes) or (not shape.open and len(shape.sizes) != len(sizes)):
            yield f"shape {shape} is claimed, it is {list(sizes)}"
        for place in range(1, min(len(shape.sizes), len(sizes)) + 1):
            size = shape.sizes[-place]
            size = BATCH if size == "N" else size
            if size is not None and size != sizes[-place]:
                yield f"shape {shape} is claimed, it is {list(sizes)}"
    dtype = str(tensor.dtype).removeprefix("torch.")
    family = {"float": FLOATS, "int": INTEGERS}.get(meaning.dtype or "", {meaning.dtype})
    if meaning.dtype is not None and dtype not in family:
        yield f"dtype {meaning.dtype} is claimed, it is {dtype}"
    values = tensor.detach().double()
    if meaning.bounds is not None and values.numel():
        low, high = meaning.bounds
        if float(values.min()) < low - 1e-5 or float(values.max()) > high + 1e-5:
            yield f"bounds {meaning.bounds} are claimed, they are {(float(values.min()), float(values.max()))}"
    if values.numel():
        yield from _untrue_kind(values, meaning)


def _untrue_kind(values: torch.Tensor, meaning: Meaning) -> Iterator[str]:
    kind = meaning.kind
    factor = 1.0 if meaning.factor is None else meaning.factor
    if math.isinf(factor):
        return
    plain = values / factor
    name = f"{kind.name} with dim {meaning.dim} and factor {meaning.factor}"
    natural = NATURAL_BOUNDS.get(kind)
    within_shift = 2e-3  # what may be added to keep a logarithm finite
    # Bounds say it of these; scores that are masked out leave them on purpose.
    apart = (Kind.LOG_PROBABILITIES, Kind.LOG_SIGMOID, Kind.NON_NEGATIVE, Kind.COSINE)
    masked = kind in PROBABILITY_KINDS and meaning.bounds is not None and meaning.bounds[0] <= MASKED_OUT
    low, high = (-math.inf, math.inf) if natural is None or kind in apart or masked else natural
    if float(plain.min()) < low - within_shift or float(plain.max()) > high + within_shift:
        yield f"{name} is claimed of {float(values.min())} to {float(values.max())}"
    zero_or_one = bool(((plain.abs() < 1e-6) | ((plain - 1).abs() < 1e-6)).all())
    if kind in (Kind.BOOLEAN, Kind.ONE_HOT, Kind.MULTI_HOT) and not zero_or_one:
        yield f"{name} is claimed"
    if kind is Kind.SIGNS and not bool(((plain.abs() - 1).abs() < 1e-6).all()):
        yield f"{name} is claimed"
    if kind is Kind.CONSTANT and float(values.max() - values.min()) > 1e-9:
        yield f"{name} is claimed"
    if kind in (Kind.CLASS_INDEX, Kind.COUNT) and not bool((values == values.round()).all()):
        yield f"{name} is claimed"
    if meaning.dim is None:
        return
    if not -values.dim() <= meaning.dim < max(values.dim(), 1):
        yield f"{name} is claimed of {values.dim()} dimensions"
        return
    if kind in (Kind.PROBABILITIES, Kind.ONE_HOT):
        total = plain.sum(meaning.dim)
    elif kind is Kind.LOG_PROBABILITIES:
        total = plain.exp().sum(meaning.dim)
    elif kind is Kind.NORMALISED:
        total = plain.norm(dim=meaning.dim)
    else:
        return
    if not bool(((total - 1).abs() < 0.05).all()):
        yield f"{name} is claimed, the totals are {total.flatten()[:4].tolist()}"

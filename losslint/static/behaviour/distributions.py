"""Distributions of torch: what `sample`, `log_prob`, `entropy` and their parameters mean, by what they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslint.contracts.torch.distributions import (
    DIVERGENCES,
    ELEMENTWISE,
    INDEPENDENT,
    PREFIX,
    TRANSFORMED,
    Distribution,
    by_name,
)
from losslint.contracts.transfer.shapes import broadcast
from losslint.static.behaviour.rows import is_number
from losslint.static.behaviour.tensors import made, meaning_of
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    Bindings,
    ConstV,
    ObjectV,
    SeqV,
    TensorV,
    Value,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Distributions around each other.
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class _Law:
    """A distribution with what it was made of: the batch shape and the event shape as one, None where it is not known,
    how many dimensions the event has, and what was given for its parameters."""

    kept: Distribution
    shape: Shape | None
    event: int
    given: dict[str, Meaning]
    values: tuple[Value, ...]
    transformed: bool = False

    @property
    def batch(self) -> Shape | None:
        """The shape without the event."""
        return _without(self.shape, self.event)


def _without(shape: Shape | None, last: int) -> Shape | None:
    """A shape without its last dimensions, if it has so many."""
    if not last or shape is None:
        return shape
    if len(shape.sizes) < last:
        return None
    return Shape(shape.sizes[:-last], shape.open) if len(shape.sizes) > last or not shape.open else None


def is_one(value: ObjectV) -> bool:
    """Whether an object is a distribution of torch."""
    return value.name.startswith(PREFIX)


def _law(ev: Evaluator, made_of: ObjectV, deep: int = 0) -> _Law | None:
    """A distribution by what it was made of, None for one that is not known."""
    last = made_of.name.rpartition(".")[2]
    arguments = made_of.arguments
    if last in (INDEPENDENT, TRANSFORMED) and is_one(made_of) and deep < DEEPEST:
        lazy = arguments.get(0, "base_distribution")
        inner = ev.value(lazy) if lazy is not None else None
        law = _law(ev, inner, deep + 1) if isinstance(inner, ObjectV) else None
        if law is None:
            return None
        return _independent(ev, law, arguments) if last == INDEPENDENT else _transformed(ev, law, arguments)
    known = by_name(made_of.name)
    if known is None or not arguments.complete:
        return None
    given: dict[str, Meaning] = {}
    values: list[Value] = []
    shape: Shape | None = Shape(())
    for name, lazy in arguments.by_name(known.parameters).items():
        value = ev.value(lazy)
        if name not in known.parameters or (isinstance(value, ConstV) and value.value is None):
            continue
        values.append(value)
        meaning = meaning_of(value)
        if is_number(value):
            meaning = meaning.but(shape=Shape(()))
        given[name] = meaning
        behind = known.behind.get(name, 0)
        of_it = meaning.shape
        if of_it is not None and len(of_it.sizes) < behind:
            of_it = None
        if behind > known.event and of_it is not None:
            # `Categorical`: the last dimension is one number for each class, and nothing of it is left
            of_it = _without(of_it, behind - known.event)
        shape = broadcast(shape, of_it) if values[1:] else of_it
    return _Law(known, shape, known.event, given, tuple(values)) if values else None


def _independent(ev: Evaluator, law: _Law, arguments: Bindings) -> _Law | None:
    lazy = arguments.get(1, "reinterpreted_batch_ndims")
    count = ev.value(lazy) if lazy is not None else None
    if not isinstance(count, ConstV) or type(count.value) is not int or not 0 <= count.value <= 8:
        return None
    return _Law(law.kept, law.shape, law.event + count.value, law.given, law.values, law.transformed)


def _transformed(ev: Evaluator, law: _Law, arguments: Bindings) -> _Law | None:
    lazy = arguments.get(1, "transforms")
    value = ev.value(lazy) if lazy is not None else None
    each = [ev.value(item) for item in value.items] if isinstance(value, SeqV) and value.complete else [value]
    plain = all(isinstance(one, ObjectV) and one.name.rpartition(".")[2] in ELEMENTWISE for one in each)
    return _Law(law.kept, law.shape, law.event, law.given, law.values, True) if plain else None


def attribute(ev: Evaluator, base: ObjectV, name: str) -> Value | None:
    """A parameter of a distribution, None for what is not known of it."""
    law = _law(ev, base) if is_one(base) else None
    if law is None or law.transformed:
        return None
    kept = law.kept
    name = kept.named.get(name, name)
    if name not in kept.parameters:
        return None
    given = law.given.get(name)
    if kept.parameters == ("probs", "logits"):
        other = next(iter(law.given.values()))
        if kept.normalised:
            kind = Kind.PROBABILITIES if name == "probs" else Kind.LOG_PROBABILITIES
            shape = other.shape
            dim = -1 if shape is None or shape.open else len(shape.sizes) - 1
            bounds = (0.0, 1.0) if name == "probs" else None
            given = Meaning(kind, shape=shape, dim=dim, bounds=bounds, detached_by=other.detached_by)
        elif given is None:
            kind, bounds = (Kind.SIGMOID, (0.0, 1.0)) if name == "probs" else (Kind.LOGITS, None)
            given = Meaning(kind, shape=other.shape, bounds=bounds, detached_by=other.detached_by)
        given = given.but(dtype=other.dtype, device=other.device)
        if given.kind is not Kind.UNKNOWN and not given.made_by:
            given = given.but(made_by=f"{base.name.rpartition('.')[2]}.{name}", trail=other.trail)
        given = given.but(identity=(name, "of", other.identity) if other.identity is not None else None)
    return TensorV(given) if given is not None else None


def method(ev: Evaluator, base: ObjectV, name: str, arguments: Bindings, form: f.Call, frame: Frame) -> Value | None:
    """What a method of a distribution gives, None for what is not known."""
    if name not in _METHODS or not is_one(base):
        return None
    law = _law(ev, base)
    if law is None:
        return None
    result = _METHODS[name](ev, law, arguments)
    if result is None:
        return None
    last = base.name.rpartition(".")[2]
    result = result.but(made_by=f"{last}.{name}")
    return made(ev, result, f"`.{name}` of `{last}`", [*law.values], form, frame, None, base.trail)


def called(ev: Evaluator, name: str, arguments: Bindings, form: f.Call, frame: Frame) -> Value | None:
    """What a function of two distributions gives, None for any other."""
    if name not in DIVERGENCES:
        return None
    laws: list[_Law] = []
    for place, keyword in enumerate("pq"):
        lazy = arguments.get(place, keyword)
        value = ev.value(lazy) if lazy is not None else None
        law = _law(ev, value) if isinstance(value, ObjectV) else None
        if law is None:
            return None
        laws.append(law)
    shape = broadcast(laws[0].batch, laws[1].batch)
    result = Meaning(Kind.NON_NEGATIVE, shape=shape, made_by="kl_divergence", detached_by=_cut(*laws))
    values = [value for law in laws for value in law.values]
    return made(ev, result, "`kl_divergence`", values, form, frame, None)


def _cut(*laws: _Law) -> str | None:
    """What cut the gradient of all parameters, if it was cut."""
    given = [meaning for law in laws for meaning in law.given.values() if meaning.kind is not Kind.CONSTANT]
    cut = [meaning.detached_by for meaning in given]
    return next(iter(cut)) if cut and None not in cut else None


def _drawn(ev: Evaluator, law: _Law, arguments: Bindings) -> Meaning | None:
    """`sample()`: new values, which have no gradient."""
    kept = law.kept
    shape = law.shape
    lazy = arguments.get(0, "sample_shape")
    if lazy is not None:
        shape = _in_front(ev, ev.value(lazy), shape)
    kind = kept.draws if not law.transformed else Kind.REAL
    dtype = "int64" if kept.integral else "float"
    bounds = (0.0, 1.0) if kind in (Kind.BOOLEAN, Kind.ONE_HOT, Kind.PROBABILITIES) else None
    dim = None
    if kind in (Kind.ONE_HOT, Kind.PROBABILITIES):
        dim = -1 if shape is None or shape.open else len(shape.sizes) - 1
    return Meaning(kind, dtype=dtype, shape=shape, dim=dim, bounds=bounds, detached_by="sample")


def _reparameterised(ev: Evaluator, law: _Law, arguments: Bindings) -> Meaning | None:
    """`rsample()`: the same, with the gradient of the parameters."""
    drawn = _drawn(ev, law, arguments) if law.kept.reparameterised else None
    return drawn.but(detached_by=_cut(law)) if drawn is not None else None


def _in_front(ev: Evaluator, value: Value, shape: Shape | None) -> Shape | None:
    """A shape behind the one that so many samples have."""
    if not isinstance(value, SeqV) or not value.complete or shape is None:
        return None
    sizes = [ev.value(item) for item in value.items]
    known = [size.value if isinstance(size, ConstV) and type(size.value) is int else None for size in sizes]
    return Shape((*known, *shape.sizes)) if not shape.open else shape


def _log_prob(ev: Evaluator, law: _Law, arguments: Bindings) -> Meaning | None:
    """`log_prob(value)`: for each value the logarithm of how likely it is."""
    lazy = arguments.get(0, "value")
    if lazy is None:
        return None
    value = ev.value(lazy)
    point = meaning_of(value)
    shape = Shape(()) if is_number(value) else point.shape
    kind = Kind.LOG_PROBABILITIES if law.kept.discrete and not law.transformed else Kind.REAL
    cut = _cut(law)
    if point.detached_by is None and not law.kept.discrete and point.kind is not Kind.CONSTANT:
        cut = None
    return Meaning(kind, dtype="float", shape=_without(broadcast(shape, law.shape), law.event), detached_by=cut)


def _entropy(ev: Evaluator, law: _Law, arguments: Bindings) -> Meaning | None:
    """`entropy()`: how uncertain each distribution is."""
    if law.transformed:
        return None  # torch has none
    kind = Kind.NON_NEGATIVE if law.kept.discrete else Kind.REAL
    return Meaning(kind, dtype="float", shape=law.batch, detached_by=_cut(law))


_METHODS = {"sample": _drawn, "rsample": _reparameterised, "log_prob": _log_prob, "entropy": _entropy}

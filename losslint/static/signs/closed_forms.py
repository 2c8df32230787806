"""Losses written out by hand around a logarithm: what each logarithm of a function is a part of.

`y * log(p) + (1 - y) * log(1 - p)`, `log(sum(exp(x)))`, `log(1 + exp(x))` and `log(softmax(x)[range(n), y])`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation import calls
from losslint.static.evaluation.evaluator import NEARBY
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.sites import call_sites, caller_arguments
from losslint.static.evaluation.values import ConstV, ExternalV, ModuleV, UnknownV
from losslint.static.lowering import forms as f
from losslint.static.lowering.attribute_changes import is_as_found
from losslint.static.lowering.computations import computation
from losslint.static.lowering.forms import bare
from losslint.static.lowering.operands import computed_from
from losslint.static.signs import selections
from losslint.static.signs.patterns import beside_one, complement, multiplied, number, taken, times, unsigned
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import OperationCall
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Kinds whose exponential does not overflow, unless they were stretched.
BOUNDED = frozenset(
    {
        Kind.COSINE,
        Kind.TANH,
        Kind.SIGMOID,
        Kind.PROBABILITIES,
        Kind.LOG_PROBABILITIES,
        Kind.LOG_SIGMOID,
        Kind.NORMALISED,
        Kind.CLAMPED,
        Kind.BOOLEAN,
        Kind.CONSTANT,
    }
)

#: The factor from which on a bounded value may overflow in the exponential of half precision (about 65504 = exp(11)).
STRETCHED = 80.0

#: Sums and products of bounded values and settings that are looked into.
DEEPEST = 4

#: Methods that keep the values they are called on, or bound them away from 0.
GUARDING = frozenset({"clamp", "clamp_", "clip", "clamp_min", "clamp_max", "add", "maximum"})

#: Functions and methods that take something off, as `-` does.
TAKING_OFF = frozenset({"sub", "sub_", "subtract", "subtract_"})


#: How a written-out binary cross-entropy is told of whose terms the probability weighs.
FOCAL = "focal binary cross-entropy"

#: And how of one whose second term takes the logarithm of the label.
OF_THE_LABEL = "the label's own logarithm"


def entropies(ev: Evaluator, graph: f.Graph) -> Iterator[tuple[OperationCall, set[f.Call]]]:
    """The binary cross-entropies of a function that are written out, with the logarithms that they speak for."""
    pairs = [form for form, _ in graph.sums] + [form for form in graph.arithmetic if form.operator == "-"]
    if not pairs or sum(call.callee_name == "log" for call in graph.calls) < 2:
        return
    seen: set[f.Call] = set()
    for form in sorted(pairs, key=lambda pair: pair.seq):
        left, right = _term(form.left), _term(form.right)
        if left is None or right is None:
            continue
        positive, negative = (left, right) if complement(right.value) is not None else (right, left)
        of = complement(negative.value)
        if of is None or {left.log, right.log} & seen:
            continue
        if not _is_same(of, positive.value):
            if _is_of_the_label(positive, negative, of) and not _goes_on(form, pairs):
                ev.enter({}, NEARBY)
                if _of_torch(ev, left.log, ev.generic(graph)) and _of_torch(ev, right.log, ev.generic(graph)):
                    trail = Trail(ev.spot(negative.log), "the logarithm of the label is taken here")
                    spot = ev.spot(min(left.log, right.log, key=lambda log: log.seq))
                    yield OperationCall("entropy", "the terms", spot, (Meaning(trail=trail),), OF_THE_LABEL), set()
            continue
        labels = next((one for one in positive.factors if _has_complement(one, negative.factors)), None)
        if labels is None or _is_same(labels, positive.value):
            continue
        ev.enter({}, NEARBY)
        frame = ev.generic(graph)
        if not (_of_torch(ev, left.log, frame) and _of_torch(ev, right.log, frame)):
            continue
        seen |= {left.log, right.log}
        agree = (left.sign == right.sign) == (form.operator == "+")
        guarded = left.guarded or right.guarded
        first, second = sorted((left.log, right.log), key=lambda log: log.seq)
        spot = ev.spot(first)
        if not agree:
            trail = Trail(ev.spot(form), "the two terms are put together here")
            yield OperationCall("entropy", "the two terms", spot, (Meaning(trail=trail),), "opposite signs"), set()
        elif not guarded:
            meaning = meaning_of(ev.force(positive.value, frame))
            spelling = f.written(left.log.function) or "log"
            other = Meaning(trail=Trail(ev.spot(second), "the other logarithm is taken here"))
            inner = FOCAL if _is_modulated(left, right, positive.value) else "binary cross-entropy"
            yield OperationCall("log", spelling, spot, (meaning, other), inner), {first, second}


def _is_of_the_label(positive: _Term, negative: _Term, of: f.Form) -> bool:
    """Whether the second term, `(1 - y) * log(1 - y)`, holds the label in the place of the prediction of the first."""
    if not any(_is_same(of, one) for one in positive.factors) or not _has_complement(of, negative.factors):
        return False
    return len(positive.factors) == len(negative.factors) == 1 and isinstance(positive.value, (f.Param, f.Call, f.Item))


def _goes_on(form: f.Binary, pairs: Iterable[f.Binary]) -> bool:
    """Whether a sum is a part of a longer one with more logarithms, as a divergence of two distributions is."""
    return any(
        (bare(pair.left) is form and _term(pair.right) is not None)
        or (bare(pair.right) is form and _term(pair.left) is not None)
        for pair in pairs
    )


class _Term:
    """`y * log(p)`: its sign, the logarithm, what it is of, and the other factors."""

    def __init__(self, sign: int, log: f.Call, value: f.Form, guarded: bool, factors: list[f.Form]) -> None:
        self.sign = sign
        self.log = log
        self.value = value
        self.guarded = guarded
        self.factors = factors


def _term(form: f.Form) -> _Term | None:
    sign, parts = _product(form)
    logs = [part for part in parts if isinstance(part, f.Call) and part.callee_name == "log"]
    if len(logs) != 1 or len(parts) < 2:
        return None
    argument = taken(logs[0], "log")
    if argument is None:
        return None
    value, guarded = _unguarded(argument)
    return _Term(sign, logs[0], value, guarded, [part for part in parts if part is not logs[0]])


def _product(form: f.Form) -> tuple[int, list[f.Form]]:
    """The sign of a term and its factors, behind sums and means over its elements."""
    inner, sign = unsigned(form)
    reduced = taken(inner, "sum", "mean")
    if reduced is not None:
        again, parts = _product(reduced)
        return sign * again, parts
    pair = times(inner)
    if pair is not None:
        (first, left), (second, right) = map(_product, pair)
        return sign * first * second, left + right
    return sign, [bare(inner)]


def _unguarded(form: f.Form) -> tuple[f.Form, bool]:
    """What a logarithm is of, without what keeps it away from 0."""
    guarded = False
    while True:
        form = bare(form)
        if complement(form) is not None:
            return form, guarded
        if isinstance(form, f.Binary) and form.operator == "+":
            small = number(form.left)
            form, guarded = (form.right if small is not None else form.left), True
        elif isinstance(form, f.Call) and form.callee_name in GUARDING and isinstance(form.function, f.Attr):
            given = [argument.form for argument in form.arguments if not argument.keyword]
            is_function = f.written(form.function.base) == "torch"
            form, guarded = (given[0] if is_function and given else form.function.base), True
        else:
            return form, guarded or _is_bounded_by_hand(form)


def _is_bounded_by_hand(form: f.Form) -> bool:
    """`self.clip_by_tensor(p, eps, 1 - eps)`, a function of the project: by its name, for what it does is written in
    many ways, and silence does no harm."""
    return isinstance(form, f.Call) and any(word in form.callee_name.lower() for word in ("clip", "clamp"))


def _has_complement(labels: f.Form, factors: list[f.Form]) -> bool:
    complements = [of for one in factors if (of := complement(one)) is not None]
    return not isinstance(labels, f.Const) and any(_is_same(of, labels) for of in complements)


def _is_modulated(left: _Term, right: _Term, probability: f.Form) -> bool:
    """Whether the terms are weighed by the probability itself: `(1 - p) ** gamma * y * log(p)`."""
    return any(part is probability for one in (*left.factors, *right.factors) for part in computed_from(one))


def _is_same(one: f.Form, other: f.Form) -> bool:
    """Whether two forms compute one tensor, as `y.view(-1, 1)` does that is written twice. An attribute that is read
    twice is rather a setting: `self.alpha` weighs the labels."""
    return one is other or (isinstance(one, f.Call) and computation(one) == computation(other))


def _of_torch(ev: Evaluator, call: f.Call, frame: Frame) -> bool:
    """Whether a function is torch's, as a function or as a method of what is no module."""
    function = calls.callee(ev, call, frame)
    if isinstance(function, ExternalV):
        return function.name.startswith("torch.")
    if not isinstance(call.function, f.Attr):
        return False
    return not isinstance(ev.force(call.function.base, frame), (ExternalV, ModuleV))


# ---------------------------------------------------------------- one logarithm by itself


def around(ev: Evaluator, call: f.Call, graph: f.Graph) -> OperationCall | None:
    """What a logarithm is the last step of: a log-sum-exp or a softplus."""
    argument = taken(call, "log", "log1p")
    if argument is None:
        return None
    ev.enter({}, NEARBY)
    frame = ev.generic(graph)
    inner = bare(argument)
    found: tuple[str, f.Form] | None = None
    if call.callee_name == "log1p":
        operand = taken(inner, "exp")
        found = ("softplus", operand) if operand is not None else None
    elif (other := beside_one(inner)) is not None:
        operand = taken(other, "exp")
        found = ("softplus", operand) if operand is not None else None
    elif isinstance(inner, f.Call) and inner.callee_name == "sum":
        summed = inner.arguments[0].form if _is_function(ev, inner, frame) and inner.arguments else None
        if summed is None and isinstance(inner.function, f.Attr):
            summed = inner.function.base
        operand = taken(summed, "exp") if summed is not None else None
        found = ("logsumexp", operand) if operand is not None else None
    if found is None or not _of_torch(ev, call, frame):
        return None
    name, operand = found
    if name == "softplus" and (_is_chosen(call, graph) or _is_weight(operand) or _is_given_weight(ev, operand, graph)):
        return None
    meaning = meaning_of(ev.force(operand, frame))
    if _tamed(operand, name) or _is_bounded(ev, operand, frame):
        return None
    if selections.is_below(operand, STRETCHED) or (meaning.bounds is not None and meaning.bounds[1] < STRETCHED):
        return None
    below, sign = unsigned(_without_margin(operand))
    if sign < 0 and meaning_of(ev.force(below, frame)).kind is Kind.NON_NEGATIVE:
        return None
    return OperationCall(name, f.written(call.function) or call.callee_name, ev.spot(call), (meaning,))


def _is_bounded(ev: Evaluator, operand: f.Form, frame: Frame, depth: int = DEEPEST) -> bool:
    """Whether something does not get far from 0, also after it was scaled and shifted by settings: nobody knows that
    `self.alpha * (cosine - self.beta)` overflows."""
    form, _ = unsigned(operand)
    meaning = meaning_of(ev.force(form, frame))
    if meaning.kind in BOUNDED:
        return abs(meaning.factor or 1.0) < STRETCHED
    if not depth or not isinstance(form, f.Binary) or form.operator not in "+-*/":
        return False
    sides = [side for side in (form.left, form.right) if not _is_setting(ev, side, frame)]
    return bool(sides) and all(_is_bounded(ev, side, frame, depth - 1) for side in sides)


def _is_setting(ev: Evaluator, form: f.Form, frame: Frame) -> bool:
    """Whether something is a number that is written out, or that somebody may set: an attribute of an object, a
    constant of the file, a parameter with a default."""
    form = bare(form)
    if isinstance(form, f.Param):
        named = (each for each in frame.graph.parameters if each.name == form.name)
        default = next((each.default for each in named), None)
        return default is not None and number(default) is not None
    if isinstance(form, f.Binary):
        return all(_is_setting(ev, side, frame) for side in (form.left, form.right))
    value = ev.force(form, frame)
    known = isinstance(value, ConstV) and isinstance(value.value, (int, float)) and abs(value.value) < STRETCHED
    return known or ((is_as_found(form) or isinstance(form, f.Global)) and isinstance(value, UnknownV))


def _without_margin(operand: f.Form) -> f.Form:
    """`-d` of `margin - d` and `-d + margin`: a margin is small."""
    form = bare(operand)
    if isinstance(form, f.Binary) and form.operator == "+":
        if _is_margin(form.left):
            return form.right
        return form.left if _is_margin(form.right) else form
    if isinstance(form, f.Binary) and form.operator == "-" and _is_margin(form.left):
        return f.Unary("-", form.right)
    return form


def _is_margin(form: f.Form) -> bool:
    form = bare(form)
    if isinstance(form, f.Call) and form.callee_name == "float" and len(form.arguments) == 1:
        form = bare(form.arguments[0].form)
    known = number(form)
    return (known is not None and known < STRETCHED) or (
        isinstance(form, (f.Param, f.Global, f.Attr)) and "margin" in form.name.lower()
    )


def _is_function(ev: Evaluator, call: f.Call, frame: Frame) -> bool:
    return isinstance(calls.callee(ev, call, frame), ExternalV)


def _is_weight(operand: f.Form) -> bool:
    """Whether something is an attribute as it is, as the spread of a Bayesian layer: what is learned directly starts
    small, and stays where its exponential is no problem."""
    form = bare(operand)
    if isinstance(form, f.Item):
        form = bare(form.base)
    return is_as_found(form)


def _is_given_weight(ev: Evaluator, operand: f.Form, graph: f.Graph) -> bool:
    """Whether something is a parameter of the function, for which every caller gives such an attribute."""
    form = bare(operand)
    if not isinstance(form, f.Param):
        return False
    ev.enter({})
    given = [caller_arguments(ev, graph, site).get(form.name) for site in call_sites(ev, graph)]
    ev.enter({}, NEARBY)
    return bool(given) and all(lazy is not None and lazy.form is not None and _is_weight(lazy.form) for lazy in given)


def _is_chosen(call: f.Call, graph: f.Graph) -> bool:
    """Whether a result is one side of `torch.where`: somebody saw to the side where it overflows."""
    return any(
        other.callee_name == "where" and any(bare(argument.form) is call for argument in other.arguments)
        for other in graph.calls
    )


def _tamed(operand: f.Form, name: str) -> bool:
    """Whether somebody saw to it that the exponential does not overflow: `x - x.max()`, `-x.abs()`."""
    form = bare(operand)
    if isinstance(form, f.Unary) and form.operator == "-":
        inner = bare(form.operand)
        return name == "logsumexp" or (isinstance(inner, f.Call) and inner.callee_name in ("abs", "norm", "pow"))
    if name == "softplus" and isinstance(form, f.Binary) and form.operator == "-":
        # `x - 2 * x * (x >= 0)`, which is `-x.abs()`
        return any(part is bare(form.left) for part in map(bare, multiplied(form.right)))
    if isinstance(form, f.Binary) and form.operator in "*/":
        return _tamed(form.left, name) or _tamed(form.right, name)
    if isinstance(form, f.Binary) and form.operator == "+" and (_is_margin(form.left) or _is_margin(form.right)):
        return _tamed(form.right if _is_margin(form.left) else form.left, name)
    if isinstance(form, f.Call) and form.callee_name in GUARDING and isinstance(form.function, f.Attr):
        return _tamed(form.function.base, name)  # `(x - x.max()).clamp(min=-50)`
    if isinstance(form, f.Choice):
        return _tamed(form.then, name) or _tamed(form.other, name)
    if name != "logsumexp":
        return False
    if isinstance(form, f.Call):
        return form.callee_name in TAKING_OFF
    return isinstance(form, f.Binary) and form.operator == "-"

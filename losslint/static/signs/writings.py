"""What the way the arguments of a loss are written tells, beyond what they mean.

Each sign is looked for in the function that calls the loss, in the forms that reach it there: how a tensor is used
beside the loss, and which arithmetic made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.behaviour.called import MASK
from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation import calls
from losslint.static.evaluation.arguments import bindings
from losslint.static.evaluation.values import ConstV, FunctionV, InstanceV
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs import (
    both_ways,
    flattening,
    flows,
    focal_weights,
    multiples,
    named,
    patterns,
    precision,
    rebuilt,
    results,
    self_similarity,
    temporal,
    unknowns,
    unreduced,
)
from losslint.static.signs.averages import of_one_sample
from losslint.static.signs.compared import ELEMENTWISE
from losslint.static.signs.patterns import argument_of, complement, number
from losslint.static.signs.unchanged import IN_ORDER, MOVED, before
from losslint.vocabulary.kinds import PREDICTIONS, Kind
from losslint.vocabulary.observations import OVER_CLASSES, Writing
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Losses that take raw scores.
OF_SCORES = frozenset({"CrossEntropyLoss", "BCEWithLogitsLoss"})

#: Losses whose targets say which class it is, and whose inputs say what a model takes it for.
OF_CLASSES = OVER_CLASSES | frozenset(
    {"BCELoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss", "SoftMarginLoss", "MultiMarginLoss"}
)

#: Losses whose targets are zeros and ones.
BINARY = frozenset({"BCELoss", "BCEWithLogitsLoss"})

#: Functions inside each other that are looked into for a product with a mask.
MOST_INSIDE = 2

#: What loaders of batches are called.
LOADER = re.compile(r"(?i)loader|dataset|batches|^dl$|_dl$|_iter$")


#: Losses with a weight for each class, which has the dtype of the scores.
WEIGHED_BY_CLASS = OVER_CLASSES | {"MultiMarginLoss"}


def of(ev: Evaluator, loss: str, call: f.Call, graph: f.Graph, frame: Frame) -> dict[Writing, Trail]:
    """The signs that a loss call bears."""
    one, other = argument_of(call, 0, "input"), argument_of(call, 1, "target")
    given, target = one.form if one is not None else None, other.form if other is not None else None
    found: dict[Writing, Trail] = {}
    backward, alone = flows.trained_on(ev, call, graph, frame)
    trainer = backward
    if trainer is None:
        trainer, callers = flows.trained_on_elsewhere(ev, call, graph, frame)
        alone = bool(callers) and not any(map(of_one_sample, callers))
    if trainer is not None:
        found[Writing.TRAINED_ON] = Trail(ev.spot(trainer), "trained on here")
        if alone and not of_one_sample(call):
            found[Writing.BACKPROPAGATED] = found[Writing.TRAINED_ON]
    if not alone and results.negated(call, graph):
        found[Writing.NEGATED] = Trail(ev.spot(call), "negated here")
    if given is None or target is None:
        return found
    if Writing.BACKPROPAGATED not in found and loss in unreduced.PER_ELEMENT | unreduced.PER_SAMPLE:
        way = unreduced.backpropagated(ev, loss, call, graph, frame, _loader(target) is not None)
        if way is not None:
            found[Writing.BACKPROPAGATED] = Trail(ev.spot(way), "trained on here")
    if loss in WEIGHED_BY_CLASS and precision.is_single(ev):
        found[Writing.SINGLE_PRECISION] = Trail(ev.spot(call), "given here")
    if backward is not None:
        loop = _loader(target)
        if loop is not None:
            found[Writing.TARGET_LOADED] = Trail(ev.spot(loop), "loaded here")
        ways = ((Writing.BOOTSTRAPPED, given, target), (Writing.BOOTSTRAPPED_INPUT, target, given))
        for sign, value, goal in ways if loss in temporal.REGRESSIONS else ():
            best = temporal.bootstrapped(ev, value, goal, frame)
            if best is not None:
                found[sign] = Trail(ev.spot(best), "the same network makes the target here")
    if loss in temporal.REGRESSIONS:
        for sign, output, source in (
            (Writing.REBUILT, given, target),
            (Writing.REBUILT_TARGET, target, given),
        ):
            network = rebuilt.rebuilt(ev, output, source, graph)
            if network is not None:
                found[sign] = Trail(ev.spot(network), "made from the other here")
    if loss in ELEMENTWISE:
        view = _flattened_alone(given, target)
        if view is not None:
            found[Writing.FLATTENED] = Trail(ev.spot(view), "flattened here")
    if loss in OF_SCORES:
        use = both_ways.as_probability(ev, graph, call, given, target, frame)
        if use is not None:
            found[Writing.USED_AS_PROBABILITY] = Trail(ev.spot(use), "used as a probability here")
        product = _masked(ev, given, frame)
        if loss == "CrossEntropyLoss" and product is not None and _masked(ev, target, frame) is not None:
            product = None  # class probabilities of a masked sample are 0, and so is its loss
        if product is not None:
            found[Writing.MASKED] = Trail(ev.spot(product), "multiplied by a mask here")
    if loss == "BCELoss":
        use = both_ways.as_scores(ev, graph, call, given, frame)
        if use is not None:
            found[Writing.USED_AS_SCORES] = Trail(ev.spot(use), "used as raw scores here")
        use = both_ways.source_as_probability(ev, graph, call, given, target, frame)
        if use is not None:
            found[Writing.SOURCE_USED_AS_PROBABILITY] = Trail(ev.spot(use), "used as a probability here")
    for sign, form in _of_unknowns(ev, graph, loss, call, given, target, frame):
        found[sign] = Trail(ev.spot(form), "given here" if sign is Writing.NAMED_SWAPPED else "made here")
    if loss in OVER_CLASSES:
        view = flattening.across_classes(ev, given, frame)
        if view is not None:
            found[Writing.CLASSES_MIXED] = Trail(ev.spot(view), "flattened here")
    if loss == "CrossEntropyLoss":
        product = self_similarity.product(graph, given)
        if product is not None and not self_similarity.is_of_parameters(ev, product, frame):
            found[Writing.SELF_SIMILARITY] = Trail(ev.spot(product), "compared with itself here")
    if loss in focal_weights.WEIGHED:
        weight = focal_weights.weight(ev, graph, call, frame)
        if weight is not None:
            found[Writing.FOCAL_WEIGHT] = Trail(ev.spot(weight), "its exponential is taken for the probability here")
    if loss == "KLDivLoss":
        product = multiples.by_the_class_count(graph, call, given)
        if product is not None:
            found[Writing.TIMES_CLASSES] = Trail(ev.spot(product), "multiplied by the class count here")
        product = multiples.by_the_batch_size(graph, call)
        if product is not None:
            found[Writing.TIMES_SAMPLES] = Trail(ev.spot(product), "multiplied by the batch size here")
    if loss in BINARY:
        smoothed = _inverted(ev, target, frame)
        if smoothed is not None:
            found[Writing.INVERTED] = Trail(ev.spot(smoothed), "smoothed here")
    return found


def _of_unknowns(
    ev: Evaluator, graph: f.Graph, loss: str, call: f.Call, given: f.Form, target: f.Form, frame: Frame
) -> Iterator[tuple[Writing, f.Form]]:
    """The signs of arguments that nobody knows more of than how they are written."""
    if loss in OF_CLASSES and named.are_swapped(call, is_prediction=True):
        first, second = (meaning_of(ev.force(form, frame)) for form in (given, target))
        told = second.kind in PREDICTIONS or (
            second.kind is Kind.UNKNOWN and not second.is_integral and named.are_swapped(call)
        )
        if told and first.kind is Kind.UNKNOWN:
            yield Writing.NAMED_SWAPPED, call
    if loss == "BCELoss" and (form := unknowns.logarithm(ev, given, frame)) is not None:
        yield Writing.LOGARITHM, form
    if loss in unknowns.OF_LOG_PROBABILITIES and (form := unknowns.exponential(ev, given, frame)) is not None:
        yield Writing.EXPONENTIAL, form
    if loss == "KLDivLoss":
        if (form := unknowns.logarithm(ev, target, frame)) is not None:
            yield Writing.TARGET_LOGARITHM, form
        if (form := unknowns.exponential(ev, target, frame)) is not None:
            yield Writing.TARGET_EXPONENTIAL, form
        if (form := unknowns.normalised_on_one_side(ev, graph, given, target, frame)) is not None:
            yield Writing.NORMALISED_ALONE, form


def _products(form: f.Form) -> Iterator[tuple[f.Form, f.Form, f.Form]]:
    """The products that a form may be, on any side of a branch, with their two sides."""
    pending = [form]
    for _ in range(8):
        if not pending:
            return
        here = before(pending.pop(), IN_ORDER)
        if isinstance(here, f.Choice):
            pending += (here.then, here.other)
        elif isinstance(here, f.Binary) and here.operator == "*":
            yield here, here.left, here.right
        elif isinstance(here, f.Call) and isinstance(here.function, f.Attr):
            given = [argument.form for argument in here.arguments if not argument.keyword and not argument.star]
            if here.callee_name == "masked_fill" and len(given) == 2 and number(given[1]) == 0:
                yield here, here.function.base, given[0]
            elif here.callee_name in ("mul", "multiply") and len(given) in (1, 2):
                # `x.mul(mask)` and `torch.mul(x, mask)`
                yield here, given[0] if len(given) == 2 else here.function.base, given[-1]


# ---------------------------------------------------------------- targets from a loader


def _loader(target: f.Form) -> f.Loop | None:
    """The loop over batches, `for x, y in loader`, that a target comes out of."""
    form = before(target, IN_ORDER)
    if not isinstance(form, f.Unpacked):
        return None
    while isinstance(form, f.Unpacked):
        form = bare(form.base)
    if not isinstance(form, f.Element) or form.loop.iterable is None:
        return None
    iterable = form.loop.iterable
    while isinstance(iterable, f.Call) and iterable.callee_name in ("enumerate", "tqdm") and iterable.arguments:
        iterable = iterable.arguments[0].form
    return form.loop if LOADER.search(f.last_name(iterable)) is not None else None


# ---------------------------------------------------------------- one side flattened, the other not


def _flattened_alone(given: f.Form, target: f.Form) -> f.Form | None:
    """`x.view(-1, d)` beside a target that is as it came, or came out of a call that leaves the shape."""
    view = bare(given)
    if not isinstance(view, f.Call) or view.callee_name not in ("view", "reshape") or len(view.arguments) != 2:
        return None
    if not isinstance(view.function, f.Attr) or patterns.number(view.arguments[0].form) != -1:
        return None
    other = before(target, MOVED)
    return view if isinstance(other, f.Param) and bare(view.function.base) is not other else None


# ---------------------------------------------------------------- masks


def _masked(ev: Evaluator, given: f.Form, frame: Frame, inside: int = 0) -> f.Form | None:
    """`scores * mask`, the mask being made by a comparison or called so; also what a function or a model returns."""
    for product, left, right in _products(given):
        for side, other in ((left, right), (right, left)):
            meaning = meaning_of(ev.force(side, frame))
            name = side.name if isinstance(side, (f.Named, f.Param, f.Attr)) else ""
            if meaning.factor is not None or meaning.kind not in (Kind.BOOLEAN, Kind.UNKNOWN):
                continue
            is_mask = meaning.kind is Kind.BOOLEAN or MASK.search(name) is not None
            if is_mask and not isinstance(ev.force(other, frame), ConstV):
                return product
    form = before(given, IN_ORDER)
    returned = _returned(ev, form, frame) if isinstance(form, f.Call) and inside < MOST_INSIDE else None
    return _masked(ev, *returned, inside + 1) if returned is not None else None


def _returned(ev: Evaluator, call: f.Call, frame: Frame) -> tuple[f.Form, Frame] | None:
    """What a function of the project returns, where it returns one thing alone, in its frame."""
    function = calls.callee(ev, call, frame)
    if isinstance(function, InstanceV) and function.origin is not None:
        graph = ev.classes.graph(function.cls, "forward")
        function = FunctionV(graph, bound=function) if graph is not None else function
    if not isinstance(function, FunctionV) or function.graph.decorators:
        return None
    result = function.graph.result
    if not isinstance(result, f.Result) or len(result.returns) != 1:
        return None
    inner = calls.entered(ev, function, bindings(ev, call, frame), call, frame, direct=True)
    return result.returns[0][1], inner


# ---------------------------------------------------------------- labels smoothed the wrong way round


def _inverted(ev: Evaluator, target: f.Form, frame: Frame) -> f.Form | None:
    """`a * y + (1 - a) * (1 - y)` with a small `a`: the labels are flipped."""
    form = before(target, IN_ORDER)
    if not isinstance(form, f.Binary) or form.operator != "+":
        return None
    weights: dict[bool, tuple[float, f.Form]] = {}
    for side in (bare(form.left), bare(form.right)):
        if not isinstance(side, f.Binary) or side.operator != "*":
            return None
        for weight, labels in ((side.left, side.right), (side.right, side.left)):
            value = ev.force(weight, frame)
            if isinstance(value, ConstV) and isinstance(value.value, (int, float)):
                inner = complement(labels)
                weights[inner is not None] = (float(value.value), inner if inner is not None else bare(labels))
                break
    if len(weights) != 2:
        return None
    (kept, labels), (flipped, complemented) = weights[False], weights[True]
    return form if labels is complemented and 0 <= kept < 0.5 < flipped <= 1 else None

"""Sinks: the calls of one unit that rules speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.contracts.schema import Effect
from losslint.static.evaluation import calls
from losslint.static.evaluation.evaluator import NEARBY
from losslint.static.evaluation.parameters import running_sites
from losslint.static.evaluation.receivers import is_receiver
from losslint.static.evaluation.searching import graphs
from losslint.static.evaluation.values import (
    ConstV,
    ExternalV,
    MethodV,
    TensorV,
)
from losslint.static.evaluation.wrapped import unmoved
from losslint.static.files.file import File
from losslint.static.files.index import MODULE
from losslint.static.files.seeds import ACTIVATIONS, AVERAGES, TRAINING, loss_names, may_be_loss
from losslint.static.files.tests import is_test
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs import (
    accumulation,
    averages,
    best_values,
    broadcasts,
    closed_forms,
    constructions,
    contradictions,
    detached,
    differences,
    mixtures,
    picked,
    precision,
    quantiles,
    results,
    selections,
    shown,
    temperatures,
    untrained,
)
from losslint.static.signs.patterns import complement
from losslint.static.worlds.exploring import loss_calls
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import (
    KEPT_IN_VAIN,
    Observation,
    OperationCall,
)

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Names under which no loss is looked for, whatever holds it: logarithms, and what they are looked at together with.
_LOGARITHMS = frozenset({"log", "log1p"})
_EXPONENTS = frozenset({"exp"})

#: Each loss of a function is compared with what else it calls: of one that calls more, the others are not looked at.
MOST_LOSSES = 1_000

#: Imports of what has tensors and is not torch.
_OF_OTHERS = re.compile(
    rb"(?m)^\s*(?:import|from)\s+(?:tinygrad|jax|flax|mlx|paddle|tensorflow|keras|mindspore|mxnet|chainer|jittor|oneflow|cupy)\b"
)


def sinks(ev: Evaluator, file: File, qualname: str, names: set[str]) -> Iterator[Observation]:
    """What one unit holds of interest."""
    if names & _LOGARITHMS and _is_of_others(ev, file):
        names = names - _LOGARITHMS
    for graph in graphs(file, qualname):
        losses: list[f.Call] = []
        spoken_for: set[f.Call] = set()
        if "log" in names:
            for entropy, logarithms in closed_forms.entropies(ev, graph):
                spoken_for |= logarithms
                yield _of(file, entropy)
        for call in graph.calls:
            name = call.callee_name
            if name and name not in names:
                continue
            if not name and not _called_at_once(call, names):
                continue
            if name in _LOGARITHMS:
                if not _takes_one_value(call) or shown.only_shown(call, graph) or shown.cut_at_once(call, graph):
                    continue
                if results.never_read(call, graph):
                    continue
                with suppress(RecursionError):
                    around = closed_forms.around(ev, call, graph)
                    if around is not None:
                        yield _of(file, around)
                    if name == "log" and call not in spoken_for:
                        yield from (_of(file, logarithm) for logarithm in _logarithm(ev, call, graph))
                continue
            if name in _EXPONENTS or name in AVERAGES or name == TRAINING:
                continue  # what it stands in is looked at as a whole
            if name in ACTIVATIONS:
                yield from constructions.made_with_something(ev, call, graph)
                continue
            if name in loss_names() and call.arguments:
                yield from constructions.made_with_something(ev, call, graph)
            if len(losses) == MOST_LOSSES:
                message = f"more than {MOST_LOSSES:,} losses in one function; the rest of the file is read"
                file.leave_out(message, graph.unit.first)
                break
            if call.arguments:
                losses.append(call)
            found = [*loss_calls(ev, call, graph)]
            yield from found
            if not found and name not in loss_names():
                yield from constructions.of_a_kept_class(ev, call, graph)
        yield from differences.unequal(ev, graph, losses)
        yield from contradictions.contradicted(ev, graph, losses)
        yield from best_values.beside_chosen_ones(ev, graph, losses)
        squared = differences.squared(graph)
        yield from differences.averaged(ev, graph, squared)
        yield from broadcasts.averaged(ev, graph, squared)
        yield from broadcasts.compared(ev, graph, losses)
        yield from quantiles.misplaced(ev, graph)
        yield from averages.averaged_again(ev, graph, losses)
        yield from temperatures.unequal_temperatures(ev, graph)
        yield from mixtures.measured_from_the_mean(ev, graph)
        yield from accumulation.accumulated(ev, graph)
        yield from detached.detached(ev, graph)
        # `self.log("loss", loss)` stands everywhere as a statement; what it is called on leads far.
        called = names - _LOGARITHMS - _EXPONENTS - {*AVERAGES, TRAINING}
        yield from results.unused(ev, graph, called)
        yield from results.overwritten(ev, graph, called)
        yield from results.kept_of_the_last_round(ev, graph, called)


def _is_of_others(ev: Evaluator, file: File) -> bool:
    """Whether a file works with the tensors of another library, or of its own, which have methods of the same names."""
    data = ev.project.data(file.name)
    return b"torch" not in data and (_OF_OTHERS.search(data) is not None or not ev.project.mentioning("torch"))


def _called_at_once(call: f.Call, names: set[str]) -> bool:
    """`nn.CrossEntropyLoss()(x, y)`, also moved before, or made by a function: `make_loss(config).to(device)(x, y)`."""
    made = unmoved(call.function)
    if isinstance(made, f.Call) and isinstance(made.function, f.Call):
        made = made.function  # `getattr(nn, "CrossEntropyLoss")()(x, y)`
    if not isinstance(made, f.Call):
        return False
    if made.callee_name == "getattr":  # `getattr(self, name)(x)` of one thing alone is a layer
        return len(call.arguments) > 1 or any(argument.star for argument in call.arguments)
    if made.callee_name == "get" and isinstance(made.function, f.Attr):  # `LOSSES.get(config.loss)(x, y)`
        held_in = f.last_name(made.function.base)
        return held_in in names or may_be_loss(held_in)
    return made.callee_name in loss_names() or made.callee_name in names


def _takes_one_value(call: f.Call) -> bool:
    """Whether a call is written like a logarithm: of what it is called on, or of the one thing that it is given.
    `logger.log(level, "…")` and `self.log("loss", loss, prog_bar=True)` are none, whatever they are called on."""
    if any(argument.star for argument in call.arguments):
        return True
    values = [bare(argument.form) for argument in call.arguments if argument.keyword in ("", "input")]
    text = any(isinstance(value, f.Const) and isinstance(value.value, str) for value in values)
    return len(values) <= 1 and not text and all(each.keyword in ("", "input", "out") for each in call.arguments)


# ---------------------------------------------------------------- logarithms


def _of(file: File, seen: OperationCall) -> OperationCall:
    """What is seen in a file, which may be a test."""
    return replace(seen, in_test=True) if is_test(file) else seen


def _logarithm(ev: Evaluator, call: f.Call, graph: f.Graph) -> Iterator[OperationCall]:
    """The logarithm of something, in the function that takes it."""
    start = _start(call)
    if isinstance(start, f.Param) and not is_receiver(graph, start.name):
        yield from _of_its_callers(ev, call, graph)
        return
    if isinstance(start, f.Call) and isinstance(f.bare(start.function), (f.Param, f.Attr)):
        ev.enter({})  # which model it is that is called there, the callers may tell
    else:
        ev.enter({}, NEARBY)
    yield from _taken(ev, call, graph)


def _of_its_callers(ev: Evaluator, call: f.Call, graph: f.Graph) -> Iterator[OperationCall]:
    """The logarithm of what a helper is given: its callers know, and have to agree. A test or a demonstration says
    nothing of what others give."""
    ev.enter({})
    sites = running_sites(ev, graph)
    if len(sites) > 1 and all(site.form.path for site in sites):
        return  # no run may get to any of them
    found: list[OperationCall] = []
    for answer, site in enumerate(sites):
        above = site.frame.graph
        shown = above.unit.qualname == MODULE and site.form.path
        if site.option or shown or (is_test(above.unit.file) and not is_test(graph.unit.file)):
            return
        ev.enter({("caller", graph): answer} if len(sites) > 1 else {})
        seen = next(_taken(ev, call, graph), None)
        if seen is None or seen.arguments[0].kind not in (Kind.PROBABILITIES, Kind.SIGMOID):
            return
        found.append(seen)
    alike = {
        (given.kind, given.factor, given.bounds, given.made_by.rpartition(".")[2].lower())
        for given in (seen.arguments[0] for seen in found)
    }
    if len(alike) == 1:
        # A validation gives the same without gradients: who trains is told.
        trained = (seen for seen in found if seen.arguments[0].detached_by is None)
        yield next(trained, found[0])


def _taken(ev: Evaluator, call: f.Call, graph: f.Graph) -> Iterator[OperationCall]:
    """The logarithm of something as it is in this world."""
    frame = ev.generic(graph)
    function = calls.callee(ev, call, frame)
    argument: f.Form
    if isinstance(function, ExternalV):
        operation = lookup.operation_by_function(function.name)
        # numpy's logarithm is not trained through
        if (
            operation is None
            or operation.name != "log"
            or function.name.startswith("numpy.")
            or not call.arguments
            or call.arguments[0].star
        ):
            return
        argument = call.arguments[0].form
    elif isinstance(function, MethodV) and isinstance(function.receiver, TensorV) and isinstance(call.function, f.Attr):
        argument = call.function.base
    else:
        return
    argument = f.bare(argument)
    if selections.is_above(argument, 0.0):
        return
    masked = picked.by_a_mask(ev, argument, frame)
    indexed = picked.by_an_index(argument)
    source, by_chance = (picked.drawn_from(indexed[1]) if indexed is not None else None) or (None, False)
    if indexed is not None and source is f.bare(indexed[0]):
        return  # what was drawn by a probability, or is the largest one, has none of 0
    chosen, argument = argument, masked or argument
    is_label = masked or (indexed is not None and not by_chance)
    is_loss = is_label and picked.is_added_up(call, graph) and not picked.is_of_a_policy(call, chosen, graph)
    inner = "picked" if is_loss else ""
    rest, in_vain = complement(argument), False
    if rest is None and isinstance(argument, f.Binary) and argument.operator == "-":
        left = ev.force(argument.left, frame)
        of_ones = isinstance(left, TensorV) and left.meaning.kind is Kind.CONSTANT and left.meaning.bounds == (1, 1)
        of_a_number = left.value if isinstance(left, ConstV) else None
        in_vain = precision.rounds_to_one(of_a_number) and precision.is_single(ev)
        rest = argument.right if of_ones or of_a_number == 1 or in_vain else None
    if rest is not None:
        inner, argument = "1 - x", rest
    value = ev.force(argument, frame)
    if isinstance(value, TensorV):
        if rest is not None and (in_vain or precision.is_clamped_in_vain(ev, value.meaning)):
            inner = KEPT_IN_VAIN
        spelling = f.written(call.function) or "log"
        asked = partial(untrained.untrained, ev, call, graph)
        yield OperationCall("log", spelling, ev.spot(call), (value.meaning,), inner, asked)


def _start(form: f.Form) -> f.Form:
    """What a tensor was before the operations on it that leave its kind: a parameter, or the call that made it."""
    while True:
        form = f.bare(form)
        if isinstance(form, (f.Item, f.Unpacked)):
            form = form.base
        elif isinstance(form, f.Binary) and form.operator == "-" and isinstance(f.bare(form.left), f.Const):
            form = form.right
        elif isinstance(form, f.Call) and isinstance(form.function, f.Attr):
            function = form.function
            operation = lookup.operation_by_method(function.name)
            if operation is None or operation.effect is Effect.MAKE:
                return form
            of_module = isinstance(f.bare(function.base), (f.Imported, f.Global)) and form.arguments
            form = form.arguments[0].form if of_module else function.base
        else:
            return form

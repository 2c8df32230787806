"""Sinks: the calls of one unit that rules speak of, each followed through the worlds that it can happen in."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from losslint.contracts import library_losses, lookup
from losslint.contracts.schema import LossContract, Role
from losslint.static.behaviour.modules import Loss, loss_of
from losslint.static.behaviour.tensors import meaning_of, plain
from losslint.static.evaluation import calls, patches
from losslint.static.evaluation.branches import UNDECIDED, merged, truth
from losslint.static.evaluation.callers import graphs
from losslint.static.evaluation.evaluator import NEARBY
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.parameters import bindings, call_sites, uncalled
from losslint.static.evaluation.values import (
    Bindings,
    ConstV,
    ExternalV,
    FunctionV,
    MethodV,
    Open,
    TensorV,
    UnknownV,
    Value,
    opened,
)
from losslint.static.files.project import File
from losslint.static.files.seeds import ACTIVATIONS, loss_names
from losslint.static.lowering import forms as f
from losslint.static.signs import (
    accumulation,
    autocast,
    averages,
    closed_forms,
    detached,
    differences,
    focal,
    results,
    temperatures,
    untrained,
    writings,
)
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import (
    UNSETTLED,
    ConstructorCall,
    LossCall,
    Observation,
    OperationCall,
    Whose,
)

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Worlds that are looked at for one call.
MOST_WORLDS = 28

#: Questions that are answered in one world.
MOST_ANSWERS = 14

#: Questions that are answered for less than the kind of an input.
FEW_ANSWERS = 4

#: Functions inside each other that are looked into for one call.
MOST_INSIDE = 2

#: Why a call is undecided that would take more of the interpreter's stack than there is.
TOO_DEEP = "what goes in is nested too deeply to be followed"

#: Steps for one call, over all its worlds.
MOST_STEPS = 14_000


def sinks(ev: Evaluator, file: File, qualname: str, names: set[str]) -> Iterator[Observation]:
    """What one unit holds of interest."""
    for graph in graphs(file, qualname):
        losses: list[f.Call] = []
        spoken_for: set[f.Call] = set()
        if "log" in names:
            for entropy, logarithms in closed_forms.entropies(ev, graph):
                spoken_for |= logarithms
                yield entropy
        for call in graph.calls:
            name = call.callee_name
            if name and name not in names:
                continue
            if not name and not _called_at_once(call, names):
                continue
            if name in ("log", "log1p"):
                with suppress(RecursionError):
                    around = closed_forms.around(ev, call, graph)
                    if around is not None:
                        yield around
                    if name == "log" and call not in spoken_for:
                        yield from _logarithm(ev, call, graph)
                continue
            if name == "exp":
                continue  # what it stands in is looked at as a whole
            if name in ACTIVATIONS:
                yield from _constructor(ev, call, graph)
                continue
            if name in loss_names() and call.arguments:
                yield from _constructor(ev, call, graph)
            if call.arguments:
                losses.append(call)
            yield from _loss_calls(ev, call, graph)
        yield from differences.unequal(ev, graph, losses)
        yield from averages.averaged_again(ev, graph, losses)
        yield from temperatures.unequal_temperatures(ev, graph)
        yield from accumulation.accumulated(ev, graph)
        yield from detached.detached(ev, graph)
        yield from results.unused(ev, graph, names)
        yield from results.overwritten(ev, graph, names)


def _called_at_once(call: f.Call, names: set[str]) -> bool:
    """`nn.CrossEntropyLoss()(x, y)`"""
    made = call.function
    return isinstance(made, f.Call) and (made.callee_name in loss_names() or made.callee_name in names)


# ---------------------------------------------------------------- constructions and logarithms


def _constructor(ev: Evaluator, call: f.Call, graph: f.Graph) -> Iterator[Observation]:
    """A loss or an activation that is made with something by position."""
    given = [argument for argument in call.arguments if not argument.keyword]
    if not given or any(argument.star for argument in given):
        return
    ev.enter({}, NEARBY)
    frame = ev.generic(graph)
    target = ev.force(call.function, frame)
    if not isinstance(target, ExternalV):
        return
    loss = lookup.loss_by_module(target.name)
    if (loss is None or loss.library) and (
        lookup.layer(target.name) is None or target.name.rpartition(".")[2] not in ACTIVATIONS
    ):
        return
    try:
        values = [ev.force(argument.form, frame) for argument in given]
    except RecursionError:
        return
    yield ConstructorCall(
        target=target.name,
        spelling=f.written(call.function) or target.name,
        spot=ev.spot(call),
        arguments=tuple(
            Meaning(kind=Kind.CONSTANT) if isinstance(value, ConstV) else meaning_of(value) for value in values
        ),
        tensors=tuple(isinstance(value, TensorV) for value in values),
    )


def _logarithm(ev: Evaluator, call: f.Call, graph: f.Graph) -> Iterator[Observation]:
    """The logarithm of something, in the function that takes it."""
    ev.enter({}, NEARBY)
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
    inner = "picked" if closed_forms.picked(argument) else ""
    if isinstance(argument, f.Binary) and argument.operator == "-":
        left = ev.force(argument.left, frame)
        if isinstance(left, ConstV) and left.value == 1:
            inner, argument = "1 - x", argument.right
    value = ev.force(argument, frame)
    if isinstance(value, TensorV):
        spelling = f.written(call.function) or "log"
        asked = partial(untrained.untrained, ev, call, graph)
        yield OperationCall("log", spelling, ev.spot(call), (value.meaning,), inner, asked)


# ---------------------------------------------------------------- losses


@dataclass
class _Leaf:
    """One world in which a call computes a loss."""

    answers: dict[Hashable, int]
    #: branches that only one side of the call hangs on: what holds has to hold in all of them
    alone: frozenset[Hashable]
    call: LossCall


@dataclass
class _Exploration:
    leaves: list[_Leaf] = field(default_factory=list)
    #: a loss stands there, but nobody who is known gets as far as that
    unreached: bool = False
    questions: dict[Hashable, Open] = field(default_factory=dict)
    #: every world was looked at to its end
    complete: bool = True


@dataclass(frozen=True)
class _Around:
    """The call that leads to a function: what it was asked about it, and how many such calls there are around it."""

    of_callee: set[Hashable]
    on_path: set[Hashable]
    depth: int


def _is_elsewhere(call: f.Call, graph: f.Graph, function: Value) -> bool:
    """Whether a call runs a function of the project that does not go by the name under which it is called, so that
    nobody who looks for the callers of that function finds this one: a lambda in an attribute, a closure that a factory
    returned, an entry of a dict of losses."""
    if not isinstance(function, FunctionV):
        return False
    made = function.graph
    return call.callee_name != made.name or (made.outer is not None and made.unit is not graph.unit)


def _loss_calls(ev: Evaluator, call: f.Call, graph: f.Graph) -> Iterator[Observation]:
    if not call.arguments:
        return
    found = _explored(ev, call, graph, called=True)
    if not found.leaves and found.unreached and graph.parameters and call_sites(ev, graph):
        # Those who are known to call the function leave it before: it is there for somebody else.
        found = _explored(ev, call, graph, called=False)
    for seen in _settled(found):
        yield from focal.judged_where_called(ev, seen, call, graph)


def _explored(ev: Evaluator, call: f.Call, graph: f.Graph, called: bool) -> _Exploration:
    """A call in all the worlds that it can happen in: in those of the callers that are known, or of one that is not."""
    found = _Exploration()
    pending: deque[dict[Hashable, int]] = deque([{}])
    worlds = 0
    steps = 0
    while pending and worlds < 2 * MOST_WORLDS and steps < MOST_STEPS:
        answers = pending.popleft()
        worlds += 1
        ev.enter(answers)
        # Worlds with few answers come first; when there are too many, what is known without more answers counts.
        may_ask = len(answers) < MOST_ANSWERS and worlds <= MOST_WORLDS
        frame = ev.generic(graph) if called else uncalled(ev, graph)
        try:
            question = _world(ev, call, graph, frame, answers, found, may_ask)
        except RecursionError:
            found.complete = False
            _too_deep(ev, call, frame, answers, found)
            continue
        steps += ev.steps
        if question is not None and not called and _is_for_callers(question):
            # What the known callers of others give belongs to runs that do not get here.
            ev.enter(answers)
            with suppress(RecursionError):
                _world(ev, call, graph, uncalled(ev, graph), answers, found, False)
            continue
        if question is not None and question.key not in answers:
            found.questions[question.key] = question
            pending += [{**answers, question.key: answer} for answer in range(question.count)]
    found.complete = found.complete and not pending
    if not found.leaves and pending:
        # Every world so far was cut short by another question: one is taken as far as it goes.
        answers = pending.popleft()
        ev.enter(answers)
        with suppress(RecursionError):
            _world(ev, call, graph, ev.generic(graph) if called else uncalled(ev, graph), answers, found, False)
    return found


def _is_for_callers(question: Open) -> bool:
    return isinstance(question.key, tuple) and bool(question.key) and question.key[0] == "caller"


def _world(
    ev: Evaluator,
    call: f.Call,
    graph: f.Graph,
    frame: Frame,
    answers: dict[Hashable, int],
    found: _Exploration,
    may_ask: bool,
    around: _Around | None = None,
) -> Open | None:
    """Look at a call in one world: the question that has to be answered first, or None when there is a result.
    `around` is the call of the function that this one stands in, if it is looked at for that call alone."""
    of_callee: set[Hashable] = set(around.of_callee) if around is not None else set()
    ev.asked = of_callee
    function = calls.callee(ev, call, frame)
    loss = loss_of(ev, function)
    if loss is None and not _is_elsewhere(call, graph, function):
        question = opened(function) if not isinstance(function, MethodV) else opened(function.receiver)
        return question if may_ask else None
    on_path: set[Hashable] = set(around.on_path) if around is not None else set()
    ev.asked = on_path
    for condition, wanted in call.path:
        held = truth(ev, condition, frame)
        if isinstance(held, Open):
            if may_ask and held.key not in answers:
                return held
            continue
        if held != wanted:
            found.unreached = found.unreached or loss is not None
            return None
    if loss is None:
        if around is not None and around.depth >= MOST_INSIDE:
            return None
        assert isinstance(function, FunctionV)
        arguments = bindings(ev, call, frame)
        inside = calls.entered(ev, function, arguments, call, frame, direct=True)
        here = _Around(of_callee, on_path, 1 + (around.depth if around is not None else 0))
        for inner in function.graph.calls:
            if inner.arguments:
                question = _world(ev, inner, function.graph, inside, answers, found, may_ask, here)
                if question is not None:
                    return question
        return None
    of_arguments: set[Hashable] = set()
    ev.asked = of_arguments
    arguments = bindings(ev, call, frame)
    if loss.bound is not None:
        arguments = Bindings(
            (*loss.bound.positional, *arguments.positional),
            {**loss.bound.keywords, **arguments.keywords},
            loss.bound.complete and arguments.complete,
        )
    tensors, settings = _sorted_out(ev, loss, arguments)
    if patches.for_a_while(graph):
        tensors = dict.fromkeys(tensors, UnknownV("something is replaced while this function runs"))
    if may_ask:
        roles = {argument.name: argument.role for argument in loss.contract.arguments}
        for name, value in tensors.items():
            question = opened(value)
            few = MOST_ANSWERS if roles.get(name) is Role.INPUT else FEW_ANSWERS
            if question is not None and question.key not in answers and _worth_asking(value, len(answers), few):
                return question
    alone: set[Hashable] = set()
    for key in answers:
        question = found.questions[key]
        sides = (key in of_callee) + (key in of_arguments)
        if not question.may and sides == 1 and key not in on_path:
            alone.add(key)
    options = [key for key in answers if found.questions[key].may and not _real_run(key)]
    if any(key in of_callee and key not in of_arguments for key in options) and any(
        key in of_arguments and key not in of_callee for key in options
    ):
        # The loss and what goes in are chosen apart from each other: nobody says that these two meet.
        tensors = dict.fromkeys(tensors, UnknownV("the loss and its input are chosen apart from each other"))
    found.leaves.append(
        _Leaf(
            dict(answers),
            frozenset(alone),
            LossCall(
                loss=loss.contract.name,
                spelling=f.written(call.function) if loss.settings is None else _spelled(loss.contract),
                spot=ev.spot(call),
                arguments={name: meaning_of(value) for name, value in tensors.items()},
                settings=settings,
                loss_trail=loss.trail,
                written=writings.of(ev, loss.contract.name, call, graph, frame) if loss.bound is None else {},
                whose=_whose(loss),
                declared=loss.declared or {},
                autocast=autocast.region(ev, call, frame),
            ),
        )
    )
    return None


def _too_deep(ev: Evaluator, call: f.Call, frame: Frame, answers: dict[Hashable, int], found: _Exploration) -> None:
    """Note that a call computes a loss in a world in which it is nested deeper than can be followed."""
    ev.enter(answers)
    try:
        loss = loss_of(ev, calls.callee(ev, call, frame))
    except RecursionError:
        return  # whether it is a loss cannot be told either
    if loss is None:
        return
    contract = loss.contract
    unknown = {
        argument.name: Meaning(reason=TOO_DEEP)
        for argument in contract.arguments
        if argument.role in (Role.INPUT, Role.TARGET)
    }
    spelling = f.written(call.function) if loss.settings is None else _spelled(contract)
    seen = LossCall(contract.name, spelling, ev.spot(call), unknown, {}, loss.trail, whose=_whose(loss))
    found.leaves.append(_Leaf(dict(answers), frozenset(), seen))


def _whose(loss: Loss) -> Whose:
    if loss.declared is not None:
        return Whose.DECLARED
    return Whose.LIBRARY if loss.contract.library else Whose.TORCH


def _spelled(contract: LossContract) -> str:
    return contract.name if contract.library else f"nn.{contract.name}"


def _worth_asking(value: Value, answers: int, few: int) -> bool:
    """Whether the answer to an open question may tell more than what is known.

    A shape alone is worth few questions, and so is what is no input: most misuses show in the kind of the input.
    """
    if isinstance(value, TensorV) and value.meaning.kind is not Kind.UNKNOWN:
        shape = value.meaning.shape
        return answers < FEW_ANSWERS and (shape is None or shape.open)
    return answers < few


def _real_run(key: Hashable) -> bool:
    """Whether each answer to a question is a run that happens: a call site, not a choice."""
    return isinstance(key, tuple) and bool(key) and key[0] in ("caller", "subclass")


def _sorted_out(ev: Evaluator, loss: Loss, arguments: Bindings) -> tuple[dict[str, Value], dict[str, object]]:
    """The tensors and the settings of a loss call, under the contract's names."""
    contract = loss.contract
    names = [argument.name for argument in contract.arguments]
    tensors: dict[str, Value] = {}
    settings: dict[str, object] = {}
    known = arguments.complete
    if loss.settings is None:
        parameters = contract.function_parameters
        in_function = names if set(names) <= set(parameters) else list(contract.forward_parameters)
        for name, lazy in arguments.by_name(parameters).items():
            if name in in_function:
                tensors[names[in_function.index(name)]] = ev.value(lazy)
            else:
                settings[name] = _setting(ev, ev.value(lazy))
    else:
        written = contract.forward_parameters or tuple(names)
        for name, lazy in arguments.by_name(written).items():
            position = written.index(name) if name in written else -1
            if 0 <= position < len(names):
                tensors[names[position]] = ev.value(lazy)
        for name, lazy in loss.settings.by_name(contract.constructor).items():
            settings[name] = _setting(ev, ev.value(lazy))
        known = loss.settings.complete
    if not known:
        for mode in contract.modes:
            for name in mode.when:
                settings.setdefault(name, UNSETTLED)
    if not arguments.complete:
        for name in names:
            tensors.setdefault(name, UnknownV("it is passed through `*` or `**`"))
    return tensors, settings


def _setting(ev: Evaluator, value: Value) -> object:
    known = plain(ev, value, False)
    if known is UNSETTLED and isinstance(value, ExternalV):
        return library_losses.constant(value.name, known)
    return known


def _settled(found: _Exploration) -> Iterator[LossCall]:
    """The loss calls that hold: of branches that only one side hangs on, what they have in common."""
    seen: set[Hashable] = set()
    for leaf in found.leaves:
        call = _sized_by_callers(leaf.call if not leaf.alone else _common(leaf, found), found)
        signature = _signature(call)
        if signature in seen:
            continue
        seen.add(signature)
        yield call


def _sized_by_callers(call: LossCall, found: _Exploration) -> LossCall:
    """A call without the size 1 of the dimension of a softmax, where other runs have more there: how many clusters or
    heads there are is a setting, and one is a number that somebody may set on purpose."""
    given = call.argument("input")
    if given.dim is None or given.size(given.dim) != 1 or given.shape is None:
        return call
    others = [leaf.call.argument("input") for leaf in found.leaves if leaf.call.loss == call.loss]
    if not any(
        other.made_by == given.made_by and other.dim == given.dim and (other.size(given.dim) or 1) != 1
        for other in others
    ):
        return call
    return replace(call, arguments={**call.arguments, "input": given.but(shape=given.shape.without_size(given.dim))})


def _common(leaf: _Leaf, found: _Exploration) -> LossCall:
    """What a call has in common in all worlds that differ from this one in branches that one side hangs on."""
    shared = {key: answer for key, answer in leaf.answers.items() if key not in leaf.alone}
    group = [
        other
        for other in found.leaves
        if other.call.loss == leaf.call.loss
        and all(
            shared.get(key) == answer if key not in other.alone else shared.get(key, answer) == answer
            for key, answer in other.answers.items()
        )
    ]
    first = group[0].call
    # Each world asks one question more than the one before it, so the worlds are the leaves of a tree: those of the
    # group are all that there are when their shares add up to the whole.
    covered = sum(_share(other, shared, found) for other in group) == 1
    arguments: dict[str, Meaning] = {}
    for name, meaning in first.arguments.items():
        value: Value | None = TensorV(meaning)
        reason = meaning.reason if meaning.kind is Kind.UNKNOWN else ""
        for member in group[1:]:
            other = member.call.arguments.get(name)
            value = merged(value, TensorV(other)) if value is not None and other is not None else None
            reason = reason or (other.reason if other is not None and other.kind is Kind.UNKNOWN else "")
        if covered and isinstance(value, TensorV):
            arguments[name] = value.meaning
        else:
            arguments[name] = Meaning(reason=reason or UNDECIDED)
    settings = {
        name: value
        for name, value in first.settings.items()
        if all(member.call.settings.get(name) == value for member in group)
    }
    written = {
        writing: trail for writing, trail in first.written.items() if all(writing in m.call.written for m in group)
    }
    shared_autocast = first.autocast if all(member.call.autocast == first.autocast for member in group) else None
    return replace(
        first,
        arguments=arguments,
        settings=settings,
        written=written,
        autocast=shared_autocast,
        ways=_ways(leaf, found, arguments),
    )


def _ways(leaf: _Leaf, found: _Exploration, common: Mapping[str, Meaning]) -> dict[str, frozenset[Kind]]:
    """The kinds that an argument can be in any world that a leaf does not rule out, where all of them are known."""
    ways: dict[str, frozenset[Kind]] = {}
    possible = [other for other in found.leaves if other.call.loss == leaf.call.loss and _goes_with(leaf, other)]
    for name, meaning in common.items():
        if found.complete and meaning.kind is Kind.UNKNOWN:
            kinds = frozenset(other.call.argument(name).kind for other in possible)
            if Kind.UNKNOWN not in kinds:
                ways[name] = kinds
    return ways


def _goes_with(leaf: _Leaf, other: _Leaf) -> bool:
    """Whether two worlds may be runs of one program: they differ only in branches that one side hangs on."""
    return all(
        other.answers.get(key, answer) == answer or key in leaf.alone or key in other.alone
        for key, answer in leaf.answers.items()
    )


def _share(leaf: _Leaf, shared: dict[Hashable, int], found: _Exploration) -> Fraction:
    """The part of all branches, apart from those that are given, that a world stands for."""
    share = Fraction(1)
    for key in leaf.answers:
        if key not in shared:
            share /= found.questions[key].count
    return share


def _signature(call: LossCall) -> Hashable:
    parts = [
        (
            name,
            m.kind,
            m.dtype,
            m.shape,
            m.dim,
            m.bounds,
            m.reached,
            m.detached_by,
            m.device,
            m.made_by,
            m.factor,
            _source(m),
        )
        for name, m in call.arguments.items()
    ]
    return (
        call.loss,
        call.autocast,
        tuple(parts),
        tuple(call.written),
        repr(sorted((name, repr(value)) for name, value in call.settings.items())),
    )


def _source(meaning: Meaning) -> Hashable:
    """Where a meaning began: two misuses of one call from two sources are two findings."""
    last = None
    if meaning.trail is not None and meaning.kind is not Kind.UNKNOWN:
        for part in meaning.trail:
            last = part.spot
    form = getattr(last, "form", None)
    return id(form) if form is not None else None

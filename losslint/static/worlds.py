"""A loss call in the worlds that it can happen in: callers, branches and options, as far as each tells more."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslint.contracts import library_losses
from losslint.contracts.schema import LossContract, Role
from losslint.static.behaviour.modules import Loss, loss_of
from losslint.static.behaviour.tensors import meaning_of, plain
from losslint.static.behaviour.trainers import trained
from losslint.static.called_twice import calls_of_the_same, given_something_else, on_the_other_side
from losslint.static.evaluation import calls, choices, confined, outsiders, pairing, patches, testing
from losslint.static.evaluation.arguments import bindings
from losslint.static.evaluation.conditions import on_the_way
from losslint.static.evaluation.constructors import constructor
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.parameters import calls_a_method, uncalled
from losslint.static.evaluation.receivers import is_called_otherwise, some_object
from losslint.static.evaluation.sites import call_sites, known_sites
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    ExternalV,
    FunctionV,
    InstanceV,
    MethodV,
    Open,
    PartialV,
    TensorV,
    UnknownV,
    Value,
    is_for,
    is_refused,
    opened,
)
from losslint.static.files.seeds import may_be_loss
from losslint.static.lowering import forms as f
from losslint.static.lowering.operands import computed_from
from losslint.static.picked_by_arguments import without_what_is_asked
from losslint.static.settled import Exploration, Leaf, settled
from losslint.static.signs import autocast, focal, writings
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED, LossCall, Observation, Whose

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Worlds that are looked at for one call.
MOST_WORLDS = 36

#: Questions that are answered in one world.
MOST_ANSWERS = 14

#: Questions that are answered for less than the kind of an input.
FEW_ANSWERS = 4

#: Functions inside each other that are looked into for one call.
MOST_INSIDE = 2

#: Functions above each other that are asked whether a run chooses them.
MOST_ABOVE = 3

#: Why a call is undecided that would take more of the interpreter's stack than there is.
TOO_DEEP = "what goes in is nested too deeply to be followed"

#: Steps for one call, over all its worlds.
MOST_STEPS = 14_000


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


def loss_calls(ev: Evaluator, call: f.Call, graph: f.Graph) -> Iterator[Observation]:
    if not call.arguments or calls_a_method(ev, call, graph):
        return
    found = _explored_by_choice(ev, call, graph)
    if not found.leaves and found.passed_by:
        ev.unread = {above: uncalled(ev, above) for above in found.passed_by}
        try:
            found = _explored(ev, call, graph, called=True)
        finally:
            ev.unread = {}
    if not found.leaves and found.unreached and graph.parameters and call_sites(ev, graph):
        # Those who are known to call the function leave it before: it is there for somebody else.
        found = _explored(ev, call, graph, called=False)
    for seen in settled(found):
        yield from focal.judged_where_called(ev, seen, call, graph)


def _explored_by_choice(ev: Evaluator, call: f.Call, graph: f.Graph) -> Exploration:
    """A call in its worlds, also in those where a run chooses the function that it stands in, among others: a criterion
    of the project that the configuration picks, or that one function is given for training and for testing. Where one
    of those worlds is not clear they say nothing, and the call is looked at without them."""
    ev.by_choice, ev.has_choices = True, False
    try:
        found = _explored(ev, call, graph, called=True)
    finally:
        ev.by_choice = False
    if not ev.has_choices or (found.chosen and found.complete and not found.unclear):
        return found
    return _explored(ev, call, graph, called=True)


def _is_chosen(ev: Evaluator, graph: f.Graph) -> bool:
    """Whether a run chooses a function, or one of those that it is called from, or that make the objects it runs on."""
    pending, seen = [graph], {graph}
    for _ in range(MOST_ABOVE):
        pending += [made for each in pending if (made := _constructor(ev, each)) is not None]
        callers = [caller for each in pending for caller in known_sites(ev, each)]
        if any(caller.option for caller in callers):
            return True
        pending = [above for above in dict.fromkeys(caller.frame.graph for caller in callers) if above not in seen]
        seen.update(pending)
    return False


def _constructor(ev: Evaluator, graph: f.Graph) -> f.Graph | None:
    """The constructor of the class that a method belongs to."""
    unit = graph.unit
    owner = unit.file.index.classes.get(unit.owner)
    found = constructor(ev, ClassV(unit.file, owner)) if owner is not None else None
    return found[1] if found is not None and found[1].unit.qualname != unit.qualname else None


def _explored(ev: Evaluator, call: f.Call, graph: f.Graph, called: bool) -> Exploration:
    """A call in all the worlds that it can happen in: in those of the callers that are known, or of one that is not."""
    found = Exploration()
    pending: deque[dict[Hashable, int]] = deque([{}])
    worlds = 0
    steps = 0

    def look(answers: dict[Hashable, int], may_ask: bool) -> Open | None:
        ev.enter(answers)
        return _world(ev, call, graph, frame(), answers, found, may_ask)

    def frame() -> Frame:
        return ev.generic(graph) if called else uncalled(ev, graph)

    while pending and worlds < 2 * MOST_WORLDS and steps < MOST_STEPS:
        answers = pending.popleft()
        worlds += 1
        try:
            # Worlds with few answers come first; when there are too many, what is known without more answers counts.
            question = look(answers, len(answers) < MOST_ANSWERS and worlds <= MOST_WORLDS)
        except RecursionError:
            found.complete = False
            _too_deep(ev, call, frame(), answers, found)
            continue
        steps += ev.steps
        if question is not None and not called and is_for(question.key, "caller", "row"):
            # What the known callers of others give belongs to runs that do not get here.
            with suppress(RecursionError):
                look(answers, may_ask=False)
        elif question is not None and question.key not in answers:
            found.questions[question.key] = question
            pending += [{**answers, question.key: answer} for answer in range(question.count)]
        if ev.by_choice and ev.has_choices and (found.unclear or not _is_chosen(ev, graph)):
            break  # it is looked at once more without what the runs choose
    found.complete = found.complete and not pending
    if not found.leaves and pending:
        # Every world so far was cut short by another question: one is taken as far as it goes.
        with suppress(RecursionError):
            look(pending.popleft(), may_ask=False)
    return found


def _world(
    ev: Evaluator,
    call: f.Call,
    graph: f.Graph,
    frame: Frame,
    answers: dict[Hashable, int],
    found: Exploration,
    may_ask: bool,
    around: _Around | None = None,
) -> Open | None:
    """Look at a call in one world: the question that has to be answered first, or None when there is a result.
    `around` is the call of the function that this one stands in, if it is looked at for that call alone."""
    of_callee: set[Hashable] = set(around.of_callee) if around is not None else set()
    ev.asked = of_callee
    function = calls.callee(ev, call, frame)
    loss = loss_of(ev, function)
    brought = trained(ev, function, call, frame) if loss is None else None
    held = Bindings()
    while loss is None and isinstance(function, PartialV) and isinstance(function.function, (FunctionV, PartialV)):
        # `criterion = partial(weighted, weight=2.0)`: what it was given comes first
        held = _together(function.arguments, held)
        function = function.function
    if brought is not None:
        loss = brought[0]
    if loss is None and not _is_elsewhere(call, graph, function):
        question = opened(function) if not isinstance(function, MethodV) else opened(function.receiver)
        return question if may_ask else None
    on_path: set[Hashable] = set(around.on_path) if around is not None else set()
    ev.asked = on_path
    reached = on_the_way(ev, call.path, frame, answers, may_ask)
    if isinstance(reached, Open):
        return reached
    if not reached:
        found.unreached = found.unreached or loss is not None
        return None
    if loss is None:
        if around is not None and around.depth >= MOST_INSIDE:
            return None
        assert isinstance(function, FunctionV)
        arguments = _together(held, bindings(ev, call, frame))
        inside = calls.entered(ev, function, arguments, call, frame, direct=True)
        here = _Around(of_callee, on_path, 1 + (around.depth if around is not None else 0))
        for inner in function.graph.calls:
            if inner.arguments:
                question = _world(ev, inner, function.graph, inside, answers, found, may_ask, here)
                if question is not None:
                    return question
        return None
    conditions = (
        set(filter(pairing.is_condition, on_path)) & answers.keys() if _is_one_of_several(call, graph) else set()
    )
    of_arguments: set[Hashable] = set()
    ev.asked = of_arguments
    arguments = bindings(ev, call, frame) if brought is None else brought[1]
    if loss.bound is not None:
        arguments = _together(loss.bound, arguments)
    if answers and loss.declared is None and not _takes(loss, arguments):
        # `criterion(scores, target_is_real=True)`: of several losses to choose from, this one is not meant here.
        found.unreached = True
        return None
    tensors, settings = _sorted_out(ev, loss, arguments)
    tensors = without_what_is_asked(ev, loss, call, frame, tensors)
    if patches.for_a_while(graph):
        tensors = dict.fromkeys(tensors, UnknownV("something is replaced while this function runs"))
    elif testing.is_to_fail(call, graph):
        tensors = dict.fromkeys(tensors, UnknownV("the test says that this call has to fail"))
    if may_ask:
        roles = {argument.name: argument.role for argument in loss.contract.arguments}
        for name, value in tensors.items():
            question = opened(value)
            few = MOST_ANSWERS if roles.get(name) is Role.INPUT else FEW_ANSWERS
            if question is not None and question.key not in answers and _worth_asking(value, len(answers), few):
                passed_by = pairing.passed_by(ev) if answers else None
                if passed_by:
                    found.unreached = True
                    found.passed_by |= passed_by
                    return None
                if not answers:
                    found.from_the_start = {
                        each: meaning_of(known)
                        for each, known in tensors.items()
                        if isinstance(known, TensorV) and known.meaning.kind is not Kind.UNKNOWN
                    }
                return question
    if ev.way.chosen or (answers and (ev.way.callers or ev.way.made)):
        way = pairing.reached(ev, of_callee | of_arguments)
        if not way.is_so:
            found.unreached = True
            found.passed_by |= way.passed_by
            return None
        for question in way.choices:
            if may_ask and question.key not in answers:
                return question
        of_callee |= way.asked_of_choices
        found.chosen = found.chosen or bool(ev.way.chosen)
        found.unclear = found.unclear or bool(way.choices)
        if may_ask:
            # `if args.data == "words"` picks the trainer, and elsewhere the model: both speak of one thing.
            for question in way.questions:
                if question.key not in answers and pairing.is_condition(question.key):
                    if not pairing.are_apart(question.key, of_callee | of_arguments):
                        return question
        on_path |= way.asked
        if way.apart:
            tensors = dict.fromkeys(tensors, UnknownV(way.apart))
    if any(is_for(key, "entry") for key in answers) and (
        pairing.ruled_out(ev, graph, frame) or any(map(is_refused, tensors.values()))
    ):
        # An entry that raises for what it is given is not the one that is chosen.
        found.unreached = True
        return None
    if answers and _is_replaced(ev, graph):
        found.unreached = True
        return None
    if is_called_otherwise(ev, call, graph, frame):
        if answers:
            found.unreached = True
            return None
        tensors = dict.fromkeys(tensors, UnknownV("its object is in another state where it is called"))
    if answers and confined.nobody_runs(ev, graph):
        found.unreached = True
        return None
    picks = {key for key in of_callee & answers.keys() if pairing.is_condition(key) or is_for(key, "entry")}
    guards = set(filter(pairing.is_condition, on_path)) & answers.keys()
    elsewhere = [*calls_of_the_same(call, graph)] if picks and not guards <= of_callee else []
    alone: set[Hashable] = set()
    for key in answers:
        question = found.questions[key]
        sides = (key in of_callee) + (key in of_arguments)
        if not question.may and sides == 1 and key not in on_path:
            alone.add(key)
    if any(is_for(key, outsiders.SET) for key in on_path & answers.keys()) and any(
        is_for(key, "caller") for key in (of_callee | of_arguments) & answers.keys()
    ):
        # Who sets the flag of an object, and who gives it its arguments, may be two.
        tensors = dict.fromkeys(tensors, UnknownV("a flag of the object is set by others, perhaps not in this run"))
    options = [key for key in answers if found.questions[key].may and not _real_run(key)]
    of_input = {key for key in options if key in of_arguments and key not in of_callee}
    if of_input and any(key in of_callee and key not in _asked_of_input(ev, arguments) for key in options):
        # The loss and what goes in are chosen apart from each other: nobody says that these two meet.
        if ev.by_choice and ev.has_choices:
            found.unclear = True
            tensors = dict.fromkeys(tensors, UnknownV("the loss and its input are chosen apart from each other"))
        alone |= of_input
    flags = set(filter(pairing.is_condition, on_path)) & answers.keys() - of_callee
    if of_input and flags and _is_a_part(call):
        # `if args.aux: loss += criterion(out[1], y)`: the flag is for the models that have such an output.
        alone |= of_input
    alone |= _within_each_other(answers)
    found.leaves.append(
        Leaf(
            dict(answers),
            frozenset(alone),
            LossCall(
                loss=loss.contract.name,
                spelling=f.written(call.function) if loss.settings is None else _spelled(loss.contract),
                spot=ev.spot(call),
                arguments={name: meaning_of(value) for name, value in tensors.items()},
                settings=settings,
                loss_trail=loss.trail,
                written=writings.of(ev, loss.contract.name, call, graph, frame)
                if loss.bound is None and brought is None
                else {},
                whose=_whose(loss),
                declared=loss.declared or {},
                autocast=autocast.region(ev, call, frame),
            ),
            picked=not conditions <= of_callee | of_arguments and _is_one_of_several(call, graph),
            apart=given_something_else(call, elsewhere, loss.contract),
        )
    )
    return None


def _asked_of_input(ev: Evaluator, arguments: Bindings) -> set[Hashable]:
    """What the input of a loss hangs on: the target may be made by the loss's own object."""
    given = arguments.get(0, "input")
    with ev.aside() as asked:
        if given is not None:
            ev.value(given)
    return asked


def _is_replaced(ev: Evaluator, graph: f.Graph) -> bool:
    """Whether the object of this world is of a subclass that has another method in the place of this one."""
    unit = graph.unit
    owner = unit.file.index.classes.get(unit.owner) if unit.owner and graph.outer is None else None
    if owner is None or ("subclass", (cls := ClassV(unit.file, owner)).key) not in ev.answers:
        return False
    taken = some_object(ev, cls)
    return isinstance(taken, InstanceV) and choices.replaces(ev, taken.cls, graph)


def _is_one_of_several(call: f.Call, graph: f.Graph) -> bool:
    """Whether a condition that a loss stands under leads to another loss where it does not hold."""
    names = {other.callee_name for other in on_the_other_side(call, graph)} - {call.callee_name}
    return any(map(may_be_loss, names))


def _is_a_part(call: f.Call) -> bool:
    """Whether a loss is given a part of what a model returns, and not the first, under a condition that does not ask
    whether the model returns it (`if "aux" in out`)."""
    form = f.bare(call.arguments[0].form)
    if not isinstance(form, (f.Unpacked, f.Item)):
        return False
    whole = f.bare(form.base)
    if any(part is whole for condition, _ in call.path for part in map(f.bare, computed_from(condition))):
        return False
    if isinstance(form, f.Unpacked):
        return form.index > 0
    key = f.bare(form.key)
    return isinstance(key, f.Const) and (isinstance(key.value, str) or (type(key.value) is int and key.value != 0))


def _within_each_other(answers: dict[Hashable, int]) -> set[Hashable]:
    """The choices among several things that were already chosen from in a world, all but the first: a registry that
    holds encoders, heads and the models that put both together does not say which of them fit."""
    tables: set[Hashable] = set()
    found: set[Hashable] = set()
    for key in answers:
        if is_for(key, "entry"):
            table = key[-1]  # type: ignore[index]
            if table in tables:
                found.add(key)
            tables.add(table)
    return found


def _together(held: Bindings, given: Bindings) -> Bindings:
    """The arguments that a partial function holds, and those that it is called with."""
    return Bindings(
        (*held.positional, *given.positional), {**held.keywords, **given.keywords}, held.complete and given.complete
    )


def _takes(loss: Loss, arguments: Bindings) -> bool:
    """Whether a loss has parameters of the names that it is called with."""
    contract = loss.contract
    named = [argument.name for argument in contract.arguments]
    known = contract.function_parameters if loss.settings is None else (contract.forward_parameters or named)
    return not known or arguments.keywords.keys() <= set(known)


def _too_deep(ev: Evaluator, call: f.Call, frame: Frame, answers: dict[Hashable, int], found: Exploration) -> None:
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
    found.leaves.append(Leaf(dict(answers), frozenset(), seen))


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
    """Whether each answer to a question is a run that happens: a call site, a row of a test, a round; not a choice."""
    return is_for(key, "caller", "row", "subclass", "round")


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

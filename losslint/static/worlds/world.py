"""One world of a loss call: which loss it is there, whether a run gets to it, and what goes in."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from losslint.contracts.schema import Role
from losslint.static.behaviour.modules import Loss, loss_of
from losslint.static.behaviour.tensors import meaning_of
from losslint.static.behaviour.trainers import trained
from losslint.static.evaluation import calls, choices, confined, looked_at, outsiders, pairing, patches, testing
from losslint.static.evaluation.arguments import bindings, together
from losslint.static.evaluation.conditions import on_the_way
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.reached import is_run_on_its_object
from losslint.static.evaluation.receivers import is_called_otherwise, some_object
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
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
from losslint.static.signs import autocast, weights, writings
from losslint.static.worlds import empty_batches, parts_of_others
from losslint.static.worlds.called_twice import (
    calls_of_the_same,
    given_something_else,
    is_given_to_another,
    is_one_of_several,
)
from losslint.static.worlds.given import sorted_out, spelled, takes, whose
from losslint.static.worlds.picked_by_arguments import without_what_is_asked
from losslint.static.worlds.settled import Exploration, Leaf, Unsaid
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall, Writing
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Questions that are answered in one world.
MOST_ANSWERS = 14

#: Questions that are answered for less than the kind of an input.
FEW_ANSWERS = 4

#: Functions inside each other that are looked into for one call.
MOST_INSIDE = 2

#: Why a call is undecided that would take more of the interpreter's stack than there is.
TOO_DEEP = "what goes in is nested too deeply to be followed"

#: Why one is of which some worlds are not looked at.
TOO_MANY = "there are more alternatives than are looked at"


class _Ended(Exception):
    """A look is over before it has come to the end: with the question that has to be answered first, or without one."""

    def __init__(self, question: Open | None = None) -> None:
        super().__init__()
        self.question = question


@dataclass
class _Asked:
    """What was asked of the callee, on the path to the call, and of the arguments."""

    of_callee: set[Hashable] = field(default_factory=set)
    on_path: set[Hashable] = field(default_factory=set)
    of_arguments: set[Hashable] = field(default_factory=set)
    #: how many calls there are around the call, if it is looked at for these alone
    depth: int = 0

    @property
    def of_sides(self) -> set[Hashable]:
        """What was asked of the loss and of what it is given."""
        return self.of_callee | self.of_arguments


class World:
    """A call in one world. What it finds there is added to `found`."""

    def __init__(
        self,
        ev: Evaluator,
        call: f.Call,
        graph: f.Graph,
        frame: Frame,
        answers: dict[Hashable, int],
        found: Exploration,
        may_ask: bool,
        around: _Asked | None = None,
    ) -> None:
        """`around` is what was asked about the call of the function that this one stands in, if it is looked at for
        that call alone."""
        self._ev = ev
        self._call = call
        self._graph = graph
        self._frame = frame
        self._answers = answers
        self._found = found
        self._may_ask = may_ask
        #: what was asked on the way to the calls of the functions around this one, where it leads to others otherwise
        self._of_the_picks: set[Hashable] = set()
        self._asked = _Asked() if around is None else _Asked({*around.of_callee}, {*around.on_path}, depth=around.depth)

    def look(self) -> Open | None:
        """The question that has to be answered first, or None when there is a result, or no run gets here."""
        try:
            self._look()
        except _Ended as ended:
            return ended.question
        return None

    def _look(self) -> None:
        ev, call, graph, asked = self._ev, self._call, self._graph, self._asked
        ev.asked = asked.of_callee
        function = calls.callee(ev, call, self._frame)
        loss = loss_of(ev, function)
        brought = trained(ev, function, call, self._frame) if loss is None else None
        held = Bindings()
        while loss is None and isinstance(function, PartialV) and isinstance(function.function, (FunctionV, PartialV)):
            # `criterion = partial(weighted, weight=2.0)`: what it was given comes first
            held = together(function.arguments, held)
            function = function.function
        if brought is not None:
            loss = brought[0]
        if loss is None and not self._is_elsewhere(function):
            question = opened(function) if not isinstance(function, MethodV) else opened(function.receiver)
            raise _Ended(question if self._may_ask else None)
        self._found.is_loss = self._found.is_loss or loss is not None
        self._walk_there(loss)
        if loss is None:
            assert isinstance(function, FunctionV)
            self._look_inside(function, held)
            return
        several = is_one_of_several(call, graph)
        conditions = set(filter(pairing.is_condition, asked.on_path)) & self._answers.keys() if several else set()
        ev.asked = asked.of_arguments
        arguments = bindings(ev, call, self._frame) if brought is None else brought[1]
        if loss.bound is not None:
            arguments = together(loss.bound, arguments)
        if self._answers and loss.declared is None and not takes(loss, arguments):
            # `criterion(scores, target_is_real=True)`: of several losses to choose from, this one is not meant here.
            self._is_for_others()
        tensors, settings = self._given(loss, arguments)
        self._ask_about(tensors, loss)
        tensors = self._paired(tensors)
        tensors = self._of_this_state(tensors)
        picks = {
            key for key in asked.of_callee & self._answers.keys() if pairing.is_condition(key) or is_for(key, "entry")
        }
        guards = set(filter(pairing.is_condition, asked.on_path)) & self._answers.keys()
        elsewhere = [*calls_of_the_same(call, graph)] if picks and not guards <= asked.of_callee else []
        tensors = empty_batches.without_doubtful(ev, call, self._frame, tensors)
        alone, unsaid = self._chosen_apart(arguments)
        tensors = self._set_by_others(tensors)
        in_torch = loss.bound is None and brought is None
        seen = LossCall(
            loss=loss.contract.name,
            spelling=f.written(call.function) if loss.settings is None else spelled(loss.contract),
            spot=ev.spot(call),
            arguments={name: meaning_of(value) for name, value in tensors.items()},
            settings=settings,
            loss_trail=loss.trail,
            written=self._written(loss) if in_torch else {},
            whose=whose(loss),
            declared=loss.declared or {},
            autocast=autocast.region(ev, call, self._frame),
        )
        picked = not conditions <= asked.of_sides and several
        apart = given_something_else(call, elsewhere, loss.contract)
        entries = frozenset(key for key in picks if is_for(key, "entry"))
        along = self._given_along()
        self._found.leaves.append(
            Leaf(dict(self._answers), frozenset(alone), seen, picked, along, apart, entries, unsaid)
        )

    def _given_along(self) -> frozenset[Hashable]:
        """The questions for callers who give what a condition that picks the loss hangs on, and which says nothing of
        what the loss is given, along with that: a function that is given the model and a configuration, and does
        `criterion = CrossEntropyLoss() if cfg["multi"] else BCEWithLogitsLoss()`."""
        keys = (self._asked.of_callee & self._answers.keys()) | self._of_the_picks
        conditions = set(filter(pairing.is_condition, keys)) - self._asked.of_arguments
        callers = (key for key in keys & self._asked.of_arguments if is_for(key, "caller"))
        return frozenset(callers) if conditions else frozenset()

    # ---------------------------------------------------------------- on the way

    def _nobody_gets_here(self) -> NoReturn:
        self._found.unreached = True
        raise _Ended

    def _is_for_others(self) -> NoReturn:
        self._found.meant_for_others.append(self._answers)
        self._nobody_gets_here()

    def _walk_there(self, loss: Loss | None) -> None:
        """Go the way to the call, as far as this world does."""
        self._ev.asked = self._asked.on_path
        reached = on_the_way(self._ev, self._call.path, self._frame, self._answers, self._may_ask)
        if isinstance(reached, Open):
            raise _Ended(reached)
        if not reached:
            self._found.unreached = self._found.unreached or loss is not None
            raise _Ended

    def _is_elsewhere(self, function: Value) -> bool:
        """Whether the call runs a function of the project that does not go by the name under which it is called, so
        that nobody who looks for the callers of that function finds this one: a lambda in an attribute, a closure that
        a factory returned, an entry of a dict of losses. What such a function gives to another loss is not found from
        there either."""
        if not isinstance(function, FunctionV):
            return False
        made = function.graph
        if self._call.callee_name != made.name or (made.outer is not None and made.unit is not self._graph.unit):
            return True
        return self._asked.depth > 0 and any(may_be_loss(inner.callee_name) for inner in made.calls)

    def _look_inside(self, function: FunctionV, held: Bindings) -> None:
        """Look at the calls in a function that nobody finds by its name."""
        ev, call, asked = self._ev, self._call, self._asked
        if asked.depth >= MOST_INSIDE:
            return
        arguments = together(held, bindings(ev, call, self._frame))
        inside = calls.entered(ev, function, arguments, call, self._frame, direct=True)
        here = _Asked(asked.of_callee, asked.on_path, depth=asked.depth + 1)
        for inner in function.graph.calls:
            if inner.arguments:
                world = World(ev, inner, function.graph, inside, self._answers, self._found, self._may_ask, here)
                question = world.look()
                if question is not None:
                    raise _Ended(question)

    # ---------------------------------------------------------------- what goes in

    def _given(self, loss: Loss, arguments: Bindings) -> tuple[dict[str, Value], dict[str, object]]:
        """The tensors and the settings of the call, as far as they are those that the loss is meant for."""
        ev = self._ev
        tensors, settings = sorted_out(ev, loss, arguments)
        tensors = without_what_is_asked(ev, loss, self._call, self._frame, tensors)
        if patches.for_a_while(self._graph):
            tensors = dict.fromkeys(tensors, UnknownV("something is replaced while this function runs"))
        elif testing.is_to_fail(self._call, self._graph):
            tensors = dict.fromkeys(tensors, UnknownV("the test says that this call has to fail"))
        elif self._is_tried_on_equals(tensors):
            tensors = dict.fromkeys(tensors, UnknownV("its result for equal tensors is looked at, and no more"))
        elif self._is_tried_on_one_number(tensors):
            known = meaning_of(tensors["target"])
            reason = "its result for a target of one number is looked at, and no more"
            tensors["target"] = TensorV(Meaning(shape=known.shape, dtype=known.dtype, reason=reason))
        return tensors, settings

    def _is_tried_on_one_number(self, tensors: dict[str, Value]) -> bool:
        """Whether the function only shows what a loss is of tensors that are made up, with a target of zeros, say, in
        the place of labels."""
        known = {name: meaning_of(value) for name, value in tensors.items()}
        target = known.pop("target", None)
        if target is None or target.kind is not Kind.CONSTANT:
            return False
        made_up = all(meaning.kind in (Kind.UNKNOWN, Kind.REAL, Kind.CONSTANT) for meaning in known.values())
        return made_up and looked_at.is_only_shown(self._call, self._graph)

    def _is_tried_on_equals(self, tensors: dict[str, Value]) -> bool:
        """Whether the function only says or shows what a loss is between a tensor and itself. Where it prints what the
        loss of a model's output is, the name of the other may be mistyped."""
        known = [meaning_of(value) for value in tensors.values()]
        seen = {meaning.identity: meaning for meaning in known if meaning.identity is not None}
        if len(seen) == sum(meaning.identity is not None for meaning in known):
            return False
        if looked_at.is_said_to_be_zero(self._call, self._graph):
            return True
        given = all(meaning.kind in (Kind.UNKNOWN, Kind.REAL) and not meaning.is_parameter for meaning in known)
        return given and looked_at.is_only_shown(self._call, self._graph)

    def _ask_about(self, tensors: dict[str, Value], loss: Loss) -> None:
        """Ask what would tell more of the tensors."""
        if not self._may_ask:
            return
        answers, found = self._answers, self._found
        roles = {argument.name: argument.role for argument in loss.contract.arguments}
        for name, value in tensors.items():
            question = opened(value)
            if question is not None and question.key not in answers and _worth_asking(value, answers, roles.get(name)):
                passed_by = pairing.passed_by(self._ev) if answers else None
                if passed_by:
                    found.passed_by |= passed_by
                    self._nobody_gets_here()
                if not answers:
                    found.from_the_start = {
                        each: meaning_of(known)
                        for each, known in tensors.items()
                        if isinstance(known, TensorV) and known.meaning.kind is not Kind.UNKNOWN
                    }
                raise _Ended(question)

    def _written(self, loss: Loss) -> dict[Writing, Trail]:
        """The signs that the call and what made the loss bear."""
        found = writings.of(self._ev, loss.contract.name, self._call, self._graph, self._frame)
        weight = weights.of_positives(loss)
        if weight is not None:
            found[Writing.WEIGHT_OF_POSITIVES] = Trail(self._ev.spot(weight), "given as the weight here")
        found.update(weights.set_in_vain(self._ev, loss))
        return found

    # ---------------------------------------------------------------- what goes together

    def _paired(self, tensors: dict[str, Value]) -> dict[str, Value]:
        """The tensors, where those who give them and those who give the loss are of one run."""
        ev, answers, found, asked = self._ev, self._answers, self._found, self._asked
        if not ev.way.chosen and not (answers and (ev.way.callers or ev.way.made)):
            return tensors
        way = pairing.reached(ev, asked.of_sides)
        if not way.is_so:
            found.passed_by |= way.passed_by
            self._nobody_gets_here()
        for question in way.choices:
            if self._may_ask and question.key not in answers:
                raise _Ended(question)
        asked.of_callee |= way.asked_of_choices
        found.chosen = found.chosen or bool(ev.way.chosen)
        found.unclear = found.unclear or bool(way.choices)
        if self._may_ask:
            # `if args.data == "words"` picks the trainer, and elsewhere the model: both speak of one thing.
            for question in way.questions:
                if question.key not in answers and pairing.is_condition(question.key):
                    if not pairing.are_apart(question.key, asked.of_sides):
                        raise _Ended(question)
        asked.on_path |= way.asked
        if any(is_given_to_another(form, frame.graph) for form, frame in ev.way.callers.items()):
            self._of_the_picks = way.asked
        return dict.fromkeys(tensors, UnknownV(way.apart)) if way.apart else tensors

    def _of_this_state(self, tensors: dict[str, Value]) -> dict[str, Value]:
        """The tensors, where what this world takes to be so comes to the call, and its object is as it was made."""
        ev, call, graph, frame, answers = self._ev, self._call, self._graph, self._frame, self._answers
        if any(is_for(key, "entry") for key in answers) and (
            pairing.ruled_out(ev, graph, frame) or any(map(is_refused, tensors.values()))
        ):
            # An entry that raises for what it is given is not the one that is chosen.
            self._is_for_others()
        if answers and _is_replaced(ev, graph):
            self._nobody_gets_here()
        if is_called_otherwise(ev, call, graph, frame):
            if answers:
                self._nobody_gets_here()
            tensors = dict.fromkeys(tensors, UnknownV("its object is in another state where it is called"))
        if answers and confined.nobody_runs(ev, graph):
            self._nobody_gets_here()
        if parts_of_others.picked_alone(ev, answers, self._asked.of_arguments):
            tensors = dict.fromkeys(tensors, UnknownV(parts_of_others.REASON))
        if frame.arguments is None and any(isinstance(value, TensorV) for value in tensors.values()):
            if not is_run_on_its_object(ev, graph, frame):
                self._found.for_strangers = True
                self._nobody_gets_here()
        return tensors

    def _set_by_others(self, tensors: dict[str, Value]) -> dict[str, Value]:
        """The tensors, unless somebody else than who gives them sets a flag of the object that leads to the call."""
        answers, asked = self._answers.keys(), self._asked
        if any(is_for(key, outsiders.SET) for key in asked.on_path & answers) and any(
            is_for(key, "caller") for key in asked.of_sides & answers
        ):
            return dict.fromkeys(tensors, UnknownV("a flag of the object is set by others, perhaps not in this run"))
        return tensors

    def _chosen_apart(self, arguments: Bindings) -> tuple[set[Hashable], Unsaid | None]:
        """The answers that one side of the call hangs on alone; and what chooses the function around the loss and what
        goes in, where these are chosen apart from each other and nobody says that they meet."""
        ev, answers, asked = self._ev, self._answers, self._asked
        questions = self._found.questions
        alone: set[Hashable] = set()
        unsaid = None
        for key in answers:
            sides = (key in asked.of_callee) + (key in asked.of_arguments)
            if not questions[key].may and sides == 1 and key not in asked.on_path:
                alone.add(key)
        options = [key for key in answers if questions[key].may and not _real_run(key)]
        of_input = {key for key in options if key in asked.of_arguments and key not in asked.of_callee}
        if of_input:
            own = _asked_of_input(ev, arguments)
            of_loss = {key for key in options if key in asked.of_callee and key not in own}
            if of_loss:
                if ev.by_choice and ev.has_choices:
                    unsaid = Unsaid(frozenset(of_input), frozenset(of_loss), dict(ev.way.chosen))
                alone |= of_input
        flags = set(filter(pairing.is_condition, asked.on_path)) & answers.keys() - asked.of_callee
        if of_input and flags and _is_a_part(self._call):
            # `if args.aux: loss += criterion(out[1], y)`: the flag is for the models that have such an output.
            alone |= of_input
        return alone | _within_each_other(answers), unsaid


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


def left_out(
    ev: Evaluator, call: f.Call, frame: Frame, answers: dict[Hashable, int], found: Exploration, reason: str
) -> None:
    """Note that a call computes a loss in a world that is not looked at, or not to its end."""
    ev.enter(answers)
    try:
        loss = loss_of(ev, calls.callee(ev, call, frame))
    except RecursionError:
        return  # whether it is a loss cannot be told either
    if loss is None:
        return
    contract = loss.contract
    unknown = {
        argument.name: Meaning(reason=reason)
        for argument in contract.arguments
        if argument.role in (Role.INPUT, Role.TARGET)
    }
    spelling = f.written(call.function) if loss.settings is None else spelled(contract)
    seen = LossCall(contract.name, spelling, ev.spot(call), unknown, {}, loss.trail, whose=whose(loss))
    found.leaves.append(Leaf(dict(answers), frozenset(), seen))


def weight(answers: dict[Hashable, int]) -> int:
    """How many questions were answered on the way to a world. What something is not counts once, with however many
    constants it was compared: one branch of a chain of `elif` for each model is one answer."""
    ruled_out = [key[1] for key, answer in answers.items() if not answer and isinstance(key, tuple) and is_equal(key)]
    return len(answers) - len(ruled_out) + len(set(ruled_out))


def is_equal(key: Hashable) -> bool:
    """Whether a question is whether something is one constant."""
    return is_for(key, "equals")


def _worth_asking(value: Value, answers: dict[Hashable, int], role: Role | None) -> bool:
    """Whether the answer to an open question may tell more than what is known.

    A shape alone is worth few questions, and so is what is no input: most misuses show in the kind of the input.
    """
    if isinstance(value, TensorV) and value.meaning.kind is not Kind.UNKNOWN:
        shape = value.meaning.shape
        return len(answers) < FEW_ANSWERS and (shape is None or shape.open)
    return weight(answers) < MOST_ANSWERS if role is Role.INPUT else len(answers) < FEW_ANSWERS


def _real_run(key: Hashable) -> bool:
    """Whether each answer to a question is a run that happens: a call site, a row of a test, a round; not a choice."""
    return is_for(key, "caller", "row", "subclass", "round")

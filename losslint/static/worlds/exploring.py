"""A loss call in the worlds that it can happen in: callers, branches and options, as far as each tells more."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from losslint.static.evaluation.constructors import constructor
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.parameters import calls_a_method, running_sites, uncalled
from losslint.static.evaluation.reached import stranger
from losslint.static.evaluation.sites import call_sites, known_sites
from losslint.static.evaluation.values import ClassV, Open, Value, is_for
from losslint.static.lowering import forms as f
from losslint.static.signs import focal, untrained
from losslint.static.worlds import apart
from losslint.static.worlds.settled import Exploration, settled
from losslint.static.worlds.world import MOST_ANSWERS, TOO_DEEP, TOO_MANY, World, is_equal, left_out, weight
from losslint.vocabulary.observations import Observation

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Worlds that are looked at for one call.
MOST_WORLDS = 36

#: Subclasses, and subclasses along with others, of which the worlds are looked at for one call.
MOST_FAMILIES = 40

#: Questions of `elif` after `elif` that are not counted as worlds.
MOST_CHAINED = 64

#: Functions above each other that are asked whether a run chooses them.
MOST_ABOVE = 3

#: Why a call is undecided that no choice which is known is meant for.
FOR_OTHERS = "what the function does with what it chooses fits none of the choices that are known"

#: Steps for one call over all its worlds: as long as it is a loss in none of them, where it is one, and where some of
#: them say what goes in.
STEPS_FOR_ANY_CALL = 6_000
STEPS_FOR_A_LOSS = 14_000
STEPS_WHERE_TOLD = 30_000

#: Steps for the worlds of one subclass, as long as there are others to be looked at.
STEPS_OF_A_FAMILY = 2_000


def loss_calls(ev: Evaluator, call: f.Call, graph: f.Graph) -> Iterator[Observation]:
    """The losses that a call computes: one, or several where runs differ in what a rule may speak of."""
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
        # Those who are known to call the function leave it before, or never run it on the objects that are known: it is
        # there for somebody else.
        found = _explored(ev, call, graph, called=False, receiver=stranger(ev, graph) if found.for_strangers else None)
    if not found.leaves and found.meant_for_others:
        left_out(ev, call, ev.generic(graph), found.meant_for_others[-1], found, FOR_OTHERS)
    # What is cut off whoever calls is trained by nobody, wherever the loss of it stands.
    cut = all(leaf.call.argument("input").detached_by is not None for leaf in found.leaves)

    def is_untrained() -> bool:
        return cut or untrained.untrained(ev, call, graph)

    for seen in settled(found):
        yield from focal.judged_where_called(ev, replace(seen, untrained=is_untrained), call, graph)


def _explored_by_choice(ev: Evaluator, call: f.Call, graph: f.Graph) -> Exploration:
    """A call in its worlds, also in those where a run chooses the function that it stands in, among others: a criterion
    of the project that the configuration picks, or that one function is given for training and for testing. Where one
    of those worlds is not clear they say nothing, and the call is looked at without them."""
    ev.by_choice, ev.has_choices = True, False
    try:
        found = _explored(ev, call, graph, called=True)
        if found.chosen and found.complete and not found.unclear:
            apart.sorted_out(
                ev, found, lambda other, around, then: _explored(ev, other, around, True, None, then, found)
            )
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


def _explored(
    ev: Evaluator,
    call: f.Call,
    graph: f.Graph,
    called: bool,
    receiver: Value | None = None,
    answered: Mapping[Hashable, int] | None = None,
    of: Exploration | None = None,
) -> Exploration:
    """A call in all the worlds that it can happen in: in those of the callers that are known, or of one that is not, on
    an object that is given; or in those alone in which some questions are `answered` that were asked `of` another call.
    The worlds of each subclass of which an object may be are looked at by themselves, one subclass after the other."""
    found = Exploration(questions=dict(of.questions) if of is not None else {})
    pending: deque[dict[Hashable, int]] = deque([dict(answered or {})])
    others: deque[dict[Hashable, int]] = deque()
    worlds = chained = steps = families = last = 0

    def look(answers: dict[Hashable, int], may_ask: bool) -> Open | None:
        ev.enter(answers)
        return World(ev, call, graph, frame(), answers, found, may_ask).look()

    def frame() -> Frame:
        return ev.generic(graph) if called else uncalled(ev, graph, receiver)

    while (pending or others) and steps < _most_steps(found):
        if not pending or worlds >= 2 * MOST_WORLDS or (others and families and steps - last > STEPS_OF_A_FAMILY):
            if pending:
                _cut_off(ev, call, frame(), pending, found, look)
            if not others or families >= MOST_FAMILIES:
                break
            pending.append(others.popleft())
            families, last = families + 1, steps
            worlds = chained = 0
        answers = pending.popleft()
        worlds += 1
        try:
            # Worlds with few answers come first; when there are too many, what is known without more answers counts.
            question = look(answers, weight(answers) < MOST_ANSWERS and worlds <= MOST_WORLDS)
        except RecursionError:
            found.complete = False
            left_out(ev, call, frame(), answers, found, TOO_DEEP)
            continue
        steps += ev.steps
        if question is not None and not called and is_for(question.key, "caller", "row"):
            # What the known callers of others give belongs to runs that do not get here.
            with suppress(RecursionError):
                look(answers, may_ask=False)
        elif question is not None and question.key not in answers:
            found.questions[question.key] = question
            told = ({**answers, question.key: answer} for answer in _possible(ev, question, answers))
            (others if is_for(question.key, "subclass") else pending).extend(told)
            if is_equal(question.key) and chained < MOST_CHAINED:
                # Each `elif` asks on: of the worlds that it leads to one is looked at for what it is.
                worlds, chained = worlds - 1, chained + 1
        if ev.by_choice and ev.has_choices and (found.unclear or not _is_chosen(ev, graph)):
            break  # it is looked at once more without what the runs choose
    pending += others
    _cut_off(ev, call, frame(), pending, found, look)
    return found


def _most_steps(found: Exploration) -> int:
    """How far a call is looked at: the worlds that are left are worth more, the more those before them have said."""
    if found.tells():
        return STEPS_WHERE_TOLD
    return STEPS_FOR_A_LOSS if found.is_loss else STEPS_FOR_ANY_CALL


def _possible(ev: Evaluator, question: Open, answers: dict[Hashable, int]) -> Iterable[int]:
    """The answers to a question that do not contradict those of a world: what a constructor is given by the one of a
    subclass, `super().__init__(args)`, belongs to objects of that subclass."""
    if not is_for(question.key, "subclass"):
        return range(question.count)
    name, qualname = question.key[1]  # type: ignore[index]
    file = ev.project.file(name)
    if file is None:
        return range(question.count)
    cls = ClassV(file, file.index.classes[qualname])
    family = (cls, *ev.classes.subclasses(cls))
    made = [
        owner
        for key, answer in answers.items()
        if is_for(key, "caller") and (owner := _constructing(ev, key[1], answer)) is not None  # type: ignore[index]
        if any(owner.key == each.key for each in family[1:])
    ]
    fitting = [
        answer
        for answer, each in enumerate(family[: question.count])
        if all(ev.classes.derives(each, owner) for owner in made)
    ]
    return fitting or range(question.count)


def _constructing(ev: Evaluator, graph: f.Graph, answer: int) -> ClassV | None:
    """The class in whose constructor a constructor is called, as that of a base is."""
    sites = running_sites(ev, graph) if graph.name == "__init__" else ()
    unit = sites[answer].frame.graph.unit if answer < len(sites) else None
    owner = unit.file.index.classes.get(unit.owner) if unit is not None else None
    if unit is None or owner is None or not unit.qualname.endswith(".__init__"):
        return None
    form = sites[answer].form.function
    return ClassV(unit.file, owner) if isinstance(form, f.Attr) and form.name == "__init__" else None


def _cut_off(
    ev: Evaluator,
    call: f.Call,
    frame: Frame,
    pending: deque[dict[Hashable, int]],
    found: Exploration,
    look: Callable[[dict[Hashable, int], bool], Open | None],
) -> None:
    """Note the worlds that are not looked at any more, if there are any, by the first of them."""
    if not pending:
        return
    found.complete = False
    first = pending.popleft()
    pending.clear()
    if not found.leaves:
        # Every world so far was cut short by another question: one is taken as far as it goes.
        with suppress(RecursionError):
            look(first, False)
    else:
        left_out(ev, call, frame, first, found, TOO_MANY)

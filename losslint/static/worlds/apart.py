"""A loss and its input that are chosen apart from each other, a trainer by one setting and a model by another: which
of them meet in a run that somebody means."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from losslint.static.behaviour.modules import loss_of
from losslint.static.evaluation import calls
from losslint.static.evaluation.searching import graphs
from losslint.static.evaluation.values import (
    REFUSED,
    ClassV,
    ConstV,
    FunctionV,
    InstanceV,
    Value,
    is_for,
    opened,
    whole,
)
from losslint.static.lowering import forms as f
from losslint.static.worlds.settled import OF_ONE_KIND, Exploration, Leaf, Unsaid, is_meant_for
from losslint.vocabulary.kinds import OUTPUTS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: A call in the worlds that go on from some answers.
Explore = Callable[[f.Call, f.Graph, dict[Hashable, int]], Exploration]

#: Things that one call may run, of which the losses are looked at.
MOST_OTHERS = 8

#: Why nothing is said of what goes into a loss.
APART = "the loss and its input are chosen apart from each other"


def sorted_out(ev: Evaluator, found: Exploration, explore: Explore) -> None:
    """Of the worlds in which a loss and its input are chosen apart, those count in which somebody means both, those in
    which no other choice of a loss wants that input, and all if each of them has an input of the same kind. Of the
    others nothing is said."""
    groups: dict[str, list[Leaf]] = {}
    for leaf in found.leaves:
        if leaf.unsaid is not None:
            groups.setdefault(leaf.call.loss, []).append(leaf)
    said = doubtful = False
    for leaves in groups.values():
        kinds = {leaf.call.argument("input").kind for leaf in leaves}
        if len(kinds) == 1 and Kind.UNKNOWN not in kinds:
            said = True
            continue
        for leaf in leaves:
            assert leaf.unsaid is not None
            if _go_by_one_name(leaf, leaf.unsaid) or _is_wrong_everywhere(ev, leaf, found, explore):
                leaf.alone -= leaf.unsaid.of_input
                said = True
            else:
                unknown = dict.fromkeys(leaf.call.arguments, Meaning(reason=APART))
                leaf.call = replace(leaf.call, arguments=unknown)
                doubtful = True
    found.unclear = found.unclear or (doubtful and not said)


def _go_by_one_name(leaf: Leaf, unsaid: Unsaid) -> bool:
    """Whether the loss is chosen by the names that its input is chosen by: `TRAINERS["bert"]` and `MODELS["bert"]`."""
    of_loss = set(_names(leaf, unsaid.of_loss))
    return bool(of_loss) and of_loss <= set(_names(leaf, unsaid.of_input))


def _names(leaf: Leaf, keys: frozenset[Hashable]) -> Iterator[object]:
    """The texts that make a choice in one world. That something is the first of two lists is no name."""
    for key in keys:
        answer = leaf.answers[key]
        if is_for(key, "entry") and answer < len(key[2]) and not key[2][answer].isdigit():  # type: ignore[index]
            yield key[2][answer]  # type: ignore[index]
        elif is_for(key, "equals") and answer == 1 and isinstance(key[2], str):  # type: ignore[index]
            yield key[2]  # type: ignore[index]


def _is_wrong(call: LossCall) -> bool:
    """Whether a loss is given a kind of output that it does not want, and that is there for another loss."""
    given = call.argument("input")
    of_a_model = given.kind in OUTPUTS and given.factor is None
    return call.loss in OF_ONE_KIND and of_a_model and not is_meant_for(call)


def _is_wrong_everywhere(ev: Evaluator, leaf: Leaf, found: Exploration, explore: Explore) -> bool:
    """Whether what goes into a loss is wrong there, and in the losses of all that can be chosen in the place of what
    the loss stands in: two trainers that both take scores, and a model that gives probabilities."""
    unsaid = leaf.unsaid
    if unsaid is None or not unsaid.chosen or not _is_wrong(leaf.call):
        return False
    given = {key: answer for key, answer in leaf.answers.items() if key in unsaid.of_input}
    for call, (frame, graph, made) in unsaid.chosen.items():
        others = _others(ev, call, frame, given, found)
        if others is None:
            return False
        for value, answers in others:
            if _is(value, graph, made):
                continue
            seen = [each for body in _bodies(ev, value) for each in _losses(ev, body, answers, explore)]
            meant = [each for each in seen if not each.argument("input").reason.endswith(REFUSED)]
            if not meant or not all(map(_is_wrong, meant)):
                return False
    return True


def _others(
    ev: Evaluator, call: f.Call, frame: Frame, given: dict[Hashable, int], found: Exploration
) -> list[tuple[Value, dict[Hashable, int]]] | None:
    """All that a call may run where some answers hold, each with the answers that choose it; None if not all of it is
    known."""
    others: list[tuple[Value, dict[Hashable, int]]] = []
    pending = [given]
    while pending:
        answers = pending.pop()
        ev.enter(answers)
        value = whole(ev.force(call.function, frame))
        question = opened(value)
        if question is not None and question.may and question.key not in answers:
            found.questions[question.key] = question
            pending += [{**answers, question.key: each} for each in range(question.count)]
        elif isinstance(value, (FunctionV, ClassV, InstanceV)):
            others.append((value, answers))
        elif not isinstance(value, ConstV):
            return None
        if len(others) + len(pending) > MOST_OTHERS:
            return None
    return others


def _is(value: Value, graph: f.Graph, made: ClassV | None) -> bool:
    """Whether a call of something runs the function of a graph, or makes an object of a class."""
    if isinstance(value, ClassV):
        return made is not None and value.key == made.key
    return isinstance(value, FunctionV) and value.graph is graph


def _bodies(ev: Evaluator, value: Value) -> Iterator[f.Graph]:
    """The functions that may be run where something is called: a function alone, or all the methods of its object."""
    cls = None
    if isinstance(value, FunctionV):
        unit = value.graph.unit
        owner = unit.file.index.classes.get(unit.owner)
        cls = value.bound.cls if isinstance(value.bound, InstanceV) else ClassV(unit.file, owner) if owner else None
        if cls is None:
            yield from value.graph.with_nested()
    elif isinstance(value, (ClassV, InstanceV)):
        cls = value if isinstance(value, ClassV) else value.cls
    if cls is None:
        return
    seen: set[str] = set()
    for base in ev.classes.order(cls):
        if not isinstance(base, str):
            for name in base.definition.methods.keys() - seen:
                yield from graphs(base.file, base.definition.methods[name].qualname)
            seen |= base.definition.methods.keys()


def _losses(ev: Evaluator, graph: f.Graph, answers: dict[Hashable, int], explore: Explore) -> Iterator[LossCall]:
    """The losses of a function in the worlds that go on from some answers."""
    for call in graph.calls:
        if call.arguments:
            ev.enter(answers)
            if loss_of(ev, calls.callee(ev, call, ev.generic(graph))) is not None:
                yield from (leaf.call for leaf in explore(call, graph, answers).leaves)

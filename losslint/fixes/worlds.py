"""Every run that a loss call can be a part of: what is mended for one must not spoil another.

A training function may be called with several models, or with several losses. Each is a run of its own, and only some
of them may be misuses.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from losslint.fixes.sight import Sight
from losslint.rules.judge import Judge
from losslint.rules.repairs import loss_of as where_made
from losslint.rules.repairs import source_of
from losslint.static.behaviour.modules import loss_of
from losslint.static.evaluation import calls
from losslint.static.evaluation.searching import graphs
from losslint.static.evaluation.values import MethodV, opened
from losslint.static.files.file import File
from losslint.static.lowering import forms as f
from losslint.static.sinks import sinks
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall
from losslint.vocabulary.places import Place
from losslint.vocabulary.repairs import Change

#: Answers to open questions that are tried for one call.
MOST_WORLDS = 28


@dataclass(frozen=True, slots=True)
class World:
    """One run of a loss call: where its arguments and what they were made from come from, where its loss does, and the
    changes that are proposed for it."""

    sources: frozenset[Place]
    loss: Place
    changes: frozenset[Change]


class Worlds:
    """The runs of the loss calls of a project, judged by the rules of some codes."""

    def __init__(self, sight: Sight, codes: Iterable[str]) -> None:
        self._sight = sight
        self._judge = Judge(codes)
        self._known: dict[Place, tuple[World, ...] | None] = {}

    def at(self, file: File, place: Place) -> tuple[World, ...] | None:
        """The runs of the loss call at a place; None when some run computes something else there, or who knows what."""
        if place not in self._known:
            self._known[place] = self._at(file, place)
        return self._known[place]

    def _at(self, file: File, place: Place) -> tuple[World, ...] | None:
        qualname = self._sight.around(file, place).unit.qualname
        found: list[World] = []
        names: set[str] = set()
        for graph in graphs(file, qualname):
            for call in graph.calls:
                if self._sight.evaluator.spot(call).place() == place:
                    if not self._is_always_a_loss(call, graph):
                        return None
                    names |= {call.callee_name, getattr(call.function, "callee_name", "")}
        for seen in sinks(self._sight.evaluator, file, qualname, names - {""}):
            if isinstance(seen, LossCall) and seen.spot.place() == place:
                repairs = [finding.repair for finding in self._judge.findings(seen)]
                changes = {change for repair in repairs if repair is not None for change in repair.changes}
                found.append(
                    World(
                        frozenset(place for each in seen.arguments.values() for place in _sources(each)),
                        where_made(seen).place(),
                        frozenset(changes),
                    )
                )
        return tuple(found)

    def _is_always_a_loss(self, call: f.Call, graph: f.Graph) -> bool:
        """Whether what is called is a loss in each run, whatever the open questions are answered with."""
        ev = self._sight.evaluator
        frame = ev.generic(graph)
        pending: deque[dict[Hashable, int]] = deque([{}])
        for _ in range(MOST_WORLDS):
            if not pending:
                return True
            answers = pending.popleft()
            ev.enter(answers)
            function = calls.callee(ev, call, frame)
            question = opened(function.receiver if isinstance(function, MethodV) else function)
            if question is not None and question.key not in answers:
                pending += [{**answers, question.key: answer} for answer in range(question.count)]
            elif loss_of(ev, function) is None:
                return False
        return False


def _sources(meaning: Meaning | None) -> Iterator[Place]:
    """Where a meaning was made, and what it was made from."""
    while meaning is not None:
        source = source_of(meaning)
        if source is not None:
            yield source.place()
        meaning = meaning.source

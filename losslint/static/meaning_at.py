"""What the expression at one place of a file means: the same evaluation as for what goes into a loss, asked for by a
person's cursor."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslint.sources.tree import Tree
from losslint.static.behaviour.modules import loss_of
from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation import calls
from losslint.static.evaluation.conditions import on_the_way
from losslint.static.evaluation.evaluator import Evaluator
from losslint.static.evaluation.meeting import UNDECIDED, merged
from losslint.static.evaluation.values import Open, TensorV, UnknownV, Value, opened
from losslint.static.files.file import File
from losslint.static.files.index import MODULE
from losslint.static.files.nesting import MOST_PYTHON_FRAMES
from losslint.static.files.project import Project
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.places import Place

if TYPE_CHECKING:
    from losslint.contracts.declared import DeclaredContracts
    from losslint.static.lowering.lowering import Written
    from losslint.static.lowering.units import Unit

#: Runs that are looked at: a person waits for the answer.
MOST_WORLDS = 12


@dataclass(frozen=True, slots=True)
class Found:
    """What an expression means: one meaning, or several when it hangs on who calls or which branch is taken.

    `complete` says that there are no others. A meaning of which nothing is known says why.
    """

    place: Place
    meanings: tuple[Meaning, ...]
    complete: bool = True


class Meanings:
    """The meanings of expressions in the files of one tree, which must not change meanwhile."""

    def __init__(self, tree: Tree, asked: Collection[str] = (), contracts: DeclaredContracts | None = None) -> None:
        self._project = Project(tree, asked)
        self._contracts = contracts
        self._evaluator: Evaluator | None = None
        self._written: dict[tuple[str, str], list[Written]] = {}

    def at(self, name: str, row: int, column: int) -> Found | None:
        """The meaning of the innermost expression around a character of a file's text (as `Source.text` has it, row and
        column from 1), or of what is bound to the name there. None where there is nothing to say: no expression, or one
        that is no tensor and does not go into a loss."""
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, MOST_PYTHON_FRAMES))
        try:
            return self._at(name, row, column)
        except RecursionError:
            return None
        finally:
            sys.setrecursionlimit(limit)

    def _at(self, name: str, row: int, column: int) -> Found | None:
        file = self._project.file(name)
        if file is None:
            return None
        written = self._expressions(file, row)
        around = [each for each in written if _holds(each.range, row, column)]
        if not around:
            return None
        smallest = min((each.range for each in around), key=_extent)
        here = [each for each in around if each.range == smallest]
        into_loss = self._goes_into_a_loss(written, {each.form for each in here})
        # What a name is bound to may be read in several ways: only what holds in all of them is said.
        found = [self._explored(each) for each in {(each.form, each.path): each for each in here}.values()]
        if len(found) > 1 and any(one.meanings != found[0].meanings for one in found):
            return None
        if not found or (not found[0].meanings and not into_loss):
            return None
        meanings = found[0].meanings
        if not into_loss and all(_says_nothing(meaning) for meaning in meanings):
            return None
        return Found(file.source.place(*smallest), meanings, found[0].complete)

    def _expressions(self, file: File, row: int) -> list[Written]:
        """The expressions of the unit that a row belongs to."""
        held = [
            each
            for each in (*file.index.functions.values(), *file.index.classes.values())
            if each.first <= row <= each.last
        ]
        qualname = min(held, key=lambda each: each.last - each.first).qualname if held else MODULE
        key = file.name, qualname
        if key not in self._written:
            unit: Unit | None = file.unit(qualname)
            # The unit is lowered anew, and nothing that was found out before may hold its old forms.
            self._evaluator = None
            self._written[key] = unit.written() if unit is not None else []
        return self._written[key]

    @property
    def _ev(self) -> Evaluator:
        if self._evaluator is None:
            self._evaluator = Evaluator(self._project, self._contracts)
        return self._evaluator

    def _goes_into_a_loss(self, written: Iterable[Written], forms: set[f.Form]) -> bool:
        """Whether something is an argument of a loss call: then it is worth saying why its meaning is not known."""
        for each in written:
            if isinstance(each.form, f.Call) and any(argument.form in forms for argument in each.form.arguments):
                self._ev.enter({})
                function = calls.callee(self._ev, each.form, self._ev.generic(each.graph))
                if loss_of(self._ev, function) is not None:
                    return True
        return False

    def _explored(self, written: Written) -> _Explored:
        """What an expression is in the runs that can happen. Of a callee: what the call returns."""
        found = self._leaves(written, written.form)
        values = [leaf.value for leaf in found.leaves]
        if written.call is not None and not any(isinstance(value, (TensorV, UnknownV)) for value in values):
            found = self._leaves(written, written.call)
            values = [leaf.value for leaf in found.leaves]
        if not values or not all(isinstance(value, (TensorV, UnknownV)) for value in values):
            return _Explored(())
        meanings: dict[Hashable, Meaning] = {}
        for leaf in found.leaves:
            meaning = found.common(leaf)
            meanings.setdefault(_signature(meaning), meaning)
        return _Explored(tuple(meanings.values()), found.complete)

    def _leaves(self, written: Written, form: f.Form) -> _Leaves:
        """What a form is in each world that its place is reached in."""
        found = _Leaves()
        pending: deque[dict[Hashable, int]] = deque([{}])
        worlds = 0
        while pending and worlds < 2 * MOST_WORLDS:
            answers = pending.popleft()
            worlds += 1
            self._ev.enter(answers)
            value = self._world(written, form, answers, may_ask=worlds <= MOST_WORLDS)
            if isinstance(value, Open):
                found.questions[value.key] = value
                pending += [{**answers, value.key: answer} for answer in range(value.count)]
            elif value is not None:
                found.leaves.append(_Leaf(answers, value))
        found.complete = not pending
        return found

    def _world(
        self, written: Written, form: f.Form, answers: dict[Hashable, int], may_ask: bool
    ) -> Value | Open | None:
        """What an expression is in one world; the question that has to be answered first; None where it is not
        reached."""
        ev, frame = self._ev, self._ev.generic(written.graph)
        reached = on_the_way(ev, written.path, frame, answers, may_ask)
        if reached is not True:
            return reached if isinstance(reached, Open) else None
        value = ev.force(form, frame)
        question = opened(value)
        if may_ask and question is not None and question.key not in answers and _may_tell_more(value):
            return question
        return value


@dataclass(frozen=True, slots=True)
class _Explored:
    meanings: tuple[Meaning, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Leaf:
    answers: dict[Hashable, int]
    value: Value


@dataclass(slots=True)
class _Leaves:
    """What something is in each world, and the questions that tell the worlds apart."""

    leaves: list[_Leaf] = field(default_factory=list)
    questions: dict[Hashable, Open] = field(default_factory=dict)
    complete: bool = True

    def common(self, leaf: _Leaf) -> Meaning:
        """What holds in all worlds that are branches of the same run, as for what goes into a loss: one of several
        branches need not be one that is ever taken together with the others."""
        runs = {key: answer for key, answer in leaf.answers.items() if self.questions[key].may}
        value: Value | None = leaf.value
        for other in self.leaves:
            if other is not leaf and all(other.answers.get(key, answer) == answer for key, answer in runs.items()):
                value = merged(value, other.value) if value is not None else None
        if isinstance(value, (TensorV, UnknownV)) and self.complete:
            return meaning_of(value)
        return Meaning(reason=UNDECIDED)


def _signature(meaning: Meaning) -> Hashable:
    """What two meanings have in common that say the same."""
    if _says_nothing(meaning):
        return None
    return (meaning.kind, meaning.dtype, meaning.shape, meaning.dim, meaning.bounds, meaning.made_by, meaning.device)


def _may_tell_more(value: Value) -> bool:
    return not (isinstance(value, TensorV) and value.meaning.kind is not Kind.UNKNOWN)


def _says_nothing(meaning: Meaning) -> bool:
    return meaning.kind is Kind.UNKNOWN and meaning.dtype is None and meaning.shape is None


def _holds(place: tuple[int, int, int, int], row: int, column: int) -> bool:
    first, start, last, end = place
    return (first, start) <= (row, column) < (last, end)


def _extent(place: tuple[int, int, int, int]) -> tuple[int, int]:
    row, column, end_row, end_column = place
    return end_row - row, end_column - column if end_row == row else 0

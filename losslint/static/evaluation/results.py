"""What was found in one world, for the worlds after it.

Worlds of one loss call differ in few answers, and most of what one of them finds hangs on none of these. A result
holds in every world that answers the questions which it hangs on as the world did that it was found in. It is taken
over with all that it was made of, so that a world comes to the same end whether it works something out by itself or
not: in the same number of steps, and with the same call sites on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Mapping
from typing import Any

from losslint.static.lowering import forms as f

#: A form in a frame, or the rounds of a loop in one.
Place = tuple[Any, ...]

#: What is done to a world on the way to a result, and has to be done in each that takes the result over.
Effect = Callable[[], None]

#: What cuts a result short for good: the limit of steps, or a search that is going on.
FOR_GOOD = "for good"

#: A question that a world has an answer to, what that speaks of besides, and the answer.
Fact = tuple[Hashable, Hashable, int]

#: Results that are held: past it they cost more memory than they save time.
MOST_RESULTS = 8_000

#: What a result hangs on where it asks which calls of a function are looked at: those that some runs make, or not.
BY_CHOICE = ("by choice",)


class Result:
    """What something at a place is, in one world. While it is being worked out, it gathers what it is made of."""

    __slots__ = ("asked", "cut_by", "deep", "depth", "facts", "height", "parts", "place", "value")

    def __init__(self, place: Place, depth: int = 0) -> None:
        self.place = place
        #: how many forms wait for it, and whether some of what it is made of was not followed because of that
        self.depth = depth
        self.deep = False
        self.value: Any = None
        #: the questions that it hangs on, and the facts of the world that it was found in
        self.asked: set[Hashable] = set()
        self.facts: list[Fact] = []
        #: the results that it is made of, what was read on the way, and the effects, in their order; whether a result
        #: has to be there before
        self.parts: dict[Part, bool] = {}
        #: how many results inside each other it takes
        self.height = 0
        #: the places that were being worked out already when it came to them: it comes about in no other way
        self.cut_by: set[Hashable] | None = None

    def add(self, part: Result) -> None:
        """Note a result that this one is made of, just worked out."""
        self.parts[part] = False
        if part.height >= self.height:
            self.height = part.height + 1
        if part.deep:
            self.deep = True
        if part.cut_by:
            self.cut_by = part.cut_by | self.cut_by if self.cut_by else set(part.cut_by)

    def reuse(self, part: Result, going_on: Container[Hashable]) -> None:
        """Note a result that this one is made of, and that was there. If it was cut short by what is no longer
        `going_on`, or at another depth, nobody would come to it in that way again: it has to be there."""
        cut_by = part.cut_by
        still = {place for place in cut_by if place is FOR_GOOD or place in going_on} if cut_by else None
        if part.deep or still != cut_by:
            self.parts[part] = True
            if still:
                self.cut_by = still | self.cut_by if self.cut_by else still
        else:
            self.add(part)

    @property
    def comes_about_anywhere(self) -> bool:
        """Whether nothing was left out of it because of where somebody came from."""
        return not (self.cut_by or self.deep)

    def asks(self, asked: set[Hashable]) -> None:
        """Note the questions that it hangs on: mostly all those of one of its parts."""
        for part in self.parts:
            if isinstance(part, Result) and len(part.asked) == len(asked):
                asked = part.asked
                break
        self.asked = asked

    def cut(self, by: Hashable) -> None:
        """Note that something was left out because it is being worked out, or because it takes too long."""
        if self.cut_by is None:
            self.cut_by = set()
        self.cut_by.add(by)

    def mend(self, place: Hashable) -> None:
        """Note that what was left out at a place has been worked out."""
        if self.cut_by is not None:
            self.cut_by.discard(place)


class Reading:
    """An attribute that was worked out on the way: one that is inside itself is left out."""

    __slots__ = ("place",)

    def __init__(self, place: Place) -> None:
        self.place = place


class Unfollowed:
    """A place at which nothing had been found, and that was too deep to be followed."""

    __slots__ = ("place",)

    def __init__(self, place: Place) -> None:
        self.place = place


#: What a result is made of.
Part = Result | Reading | Unfollowed | Effect


class Earlier:
    """The results of earlier worlds, and which of them hold in this one."""

    def __init__(self) -> None:
        self._results: dict[Place, list[Result]] = {}
        self._facts: list[Fact] = []
        self.count = 0

    def enter(self, answers: Mapping[Hashable, int], by_choice: bool) -> None:
        """Start a world."""
        if self.count > MOST_RESULTS:
            self._results.clear()
            self.count = 0
        self._facts = [(key, _subject(key), answer) for key, answer in answers.items()]
        if by_choice:
            self._facts.append((BY_CHOICE, None, 1))

    def keep(self, result: Result) -> None:
        """Hold a result for later worlds, unless it holds nowhere else."""
        if not result.cut_by:
            result.facts = self._facts
            self._results.setdefault(result.place, []).append(result)
            self.count += 1

    def find(self, place: Place, depth: int) -> Result | None:
        """A result that holds in this world."""
        for result in self._results.get(place, ()):
            if (not result.deep or result.depth == depth) and self._holds(result):
                return result
        return None

    def _holds(self, result: Result) -> bool:
        """Whether this world answers what a result hangs on as the world did that it was found in."""
        asked, facts, there = result.asked, self._facts, result.facts
        if facts is there:
            return True
        for fact in facts:
            if (fact[0] in asked or fact[1] in asked) and fact not in there:
                return False
        return all(fact in facts or not (fact[0] in asked or fact[1] in asked) for fact in there)


def missing(
    found: Result, world: Mapping[Place, Result], busy: Container[Place], most: int
) -> tuple[list[Result | Effect], int] | None:
    """What a result is made of that a world does not have yet, in the order in which it would come about, and how many
    forms are forced for that. None where the world, in which some places are being worked out, would not come to the
    same result, or not in so many steps."""
    fresh: dict[Result | Effect, None] = {}
    pending: list[tuple[Part, bool]] = [(found, False)]
    steps = 0
    while pending:
        part, has_to_be_there = pending.pop()
        if isinstance(part, Result):
            if part in fresh:
                continue
            place = part.place
            here = world.get(place)
            if here is not part:
                if has_to_be_there or place in busy:
                    return None
                is_form = len(place) == 2
                if here is not None or (is_form and place[0] in place[1].memo):
                    if not part.comes_about_anywhere or (here is not None and not here.comes_about_anywhere):
                        return None
                else:
                    steps += is_form
                    if steps > most:
                        return None
                    fresh[part] = None
                    pending += reversed(part.parts.items())
        elif isinstance(part, Reading):
            if part.place in busy:
                return None
        elif isinstance(part, Unfollowed):
            place = part.place
            if place in world or place in busy or place[0] in place[1].memo:
                return None
            steps += 1
        else:
            fresh[part] = None
    return ([*fresh], steps) if steps <= most else None


def taken_for(symbol: Hashable) -> Hashable:
    """What a result hangs on that asks what a world takes a symbol to be, whichever question it answers by that."""
    return ("taken for", symbol)


def callers_of(file: str, owner: str) -> Hashable:
    """What a result hangs on that asks whether a world answers for the callers of any method of a class."""
    return ("callers of", file, owner)


def _subject(key: Hashable) -> Hashable:
    """What an answered question speaks of, besides itself."""
    if isinstance(key, tuple) and len(key) > 1:
        if key[0] in ("equals", "entry"):
            return taken_for(key[1])
        if key[0] == "condition" and isinstance(key[1], tuple) and key[1][0] == "in":
            return taken_for(key[1][1])
        if key[0] == "caller" and isinstance(key[1], f.Graph):
            return callers_of(key[1].unit.file.name, key[1].unit.owner)
    return None

"""Where something stands, and the steps that lead from a cause to a loss."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """A range of text. Rows and columns count from 1, in characters; `cell` is set in notebooks and documents."""

    filename: str
    row: int
    column: int = 1
    end_row: int = 0
    end_column: int = 0
    cell: int | None = None

    def place(self) -> Place:
        """A place is its own spot."""
        return self

    def key(self) -> Hashable:
        """A place tells itself from others."""
        return self


class Spot(Protocol):
    """Something that can tell its place when asked: working places out costs, and few are ever shown."""

    @property
    def filename(self) -> str:
        """The file that it stands in, as people see it."""

    def place(self) -> Place:
        """The place, worked out now."""

    def key(self) -> Hashable:
        """What tells it from all other spots, without working its place out."""


#: How the step of a module that is called begins: the activation stands there and not where the module is made.
APPLIED = "applied here"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a finding's evidence: what happened there."""

    place: Place
    message: str


class Trail:
    """How a meaning came about: a linked list from the newest step back to the source.

    Shared tails make it cheap: a meaning that passes through a `view` shares all its earlier steps.
    """

    __slots__ = ("earlier", "length", "message", "spot")

    def __init__(self, spot: Spot, message: str, earlier: Trail | None = None) -> None:
        self.spot = spot
        self.message = message
        self.earlier = earlier
        self.length: int = 1 + (earlier.length if earlier is not None else 0)

    def __iter__(self) -> Iterator[Trail]:
        """From the newest step to the source."""
        here: Trail | None = self
        while here is not None:
            yield here
            here = here.earlier

    def steps(self) -> tuple[Step, ...]:
        """The steps with their places, from the source to the newest, each place and message once."""
        seen: dict[Step, None] = {}
        for part in reversed(list(self)):
            seen.setdefault(Step(part.spot.place(), part.message))
        return tuple(seen)

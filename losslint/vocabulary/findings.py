"""What the judge says: problems, findings and verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from losslint.vocabulary.places import Place, Step, Trail

if TYPE_CHECKING:
    # Made by the few rules that propose one; every run would pay for its classes.
    from losslint.vocabulary.floors import Floor
    from losslint.vocabulary.repairs import Repair
    from losslint.vocabulary.suppressed import Suppressed


class Severity(Enum):
    """How sure and how bad: `error` computes the wrong thing or raises, `warning` very likely does, `advice` works."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Verdict(Enum):
    """What became of a loss call that was seen."""

    MISUSED = "misused"
    CLEAN = "clean"
    UNDECIDED = "undecided"

    @property
    def weight(self) -> int:
        """What counts of several things that are said of one call: a misuse most, and what is undecided before what is
        clean."""
        return _WEIGHTS[self]


_WEIGHTS = {Verdict.CLEAN: 1, Verdict.UNDECIDED: 2, Verdict.MISUSED: 3}


class Problem(NamedTuple):  # which is made five times as fast as a frozen dataclass, at the start of every run
    """What one rule objects to in one observation: the sentence to say, and how the offending meaning came about.

    `mend` says what to change, as an imperative without a place: the reporter adds the place of the source. `repair`
    says the same to whoever edits the code. `floor` is how low the loss can get, where that is the point.
    """

    message: str
    trail: Trail | None = None
    mend: str = ""
    repair: Repair | None = None
    floor: Floor | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem under its rule's code, at its place, with its evidence from the source to the loss."""

    code: str
    name: str
    severity: Severity
    message: str
    place: Place
    evidence: tuple[Step, ...] = ()
    mend: str = ""
    repair: Repair | None = None
    floor: Floor | None = None

    def sort_key(self) -> tuple[str, int, int, int, str, str]:
        """Output is ordered by where it stands, then by code."""
        place = self.place
        return (place.filename, place.cell or 0, place.row, place.column, self.code, self.message)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one loss call, with the reason when it is undecided."""

    place: Place
    loss: str
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What one run found: findings in order, a judgement for each loss call, and what is kept back."""

    findings: tuple[Finding, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    files_read: int = 0
    suppressed: tuple[Suppressed, ...] = ()

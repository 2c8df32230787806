"""What a run of a program showed of its loss calls, whoever reads it: the observer itself, a report, a later run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from losslint.vocabulary.findings import Finding, Judgement, Report, Verdict
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.places import Place

#: Shapes, kinds and so on that are kept of one argument: enough to see what it is given.
MOST_KEPT = 16


@dataclass(frozen=True, slots=True)
class Observed:
    """What one argument was at the calls of one site, each once, in the order in which it came."""

    kinds: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()

    def with_one(self, meaning: Meaning) -> Observed:
        """The same and one more."""
        return Observed(
            _kept(self.kinds, meaning.kind.value),
            _kept(self.dtypes, meaning.dtype),
            _kept(self.shapes, None if meaning.shape is None else str(meaning.shape)),
            _kept(self.devices, meaning.device),
        )

    def with_all(self, other: Observed) -> Observed:
        """The same and what another process saw."""
        return Observed(
            _all(self.kinds, other.kinds),
            _all(self.dtypes, other.dtypes),
            _all(self.shapes, other.shapes),
            _all(self.devices, other.devices),
        )


def _kept(known: tuple[str, ...], one: str | None) -> tuple[str, ...]:
    return known if one is None or one in known or len(known) >= MOST_KEPT else (*known, one)


def _all(known: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    for one in others:
        known = _kept(known, one)
    return known


@dataclass(frozen=True, slots=True)
class ObservedCall:
    """A line that called a loss: how often, what with, and what became of it."""

    place: Place
    loss: str
    spelling: str
    count: int
    verdict: Verdict
    reason: str
    arguments: Mapping[str, Observed]

    def sort_key(self) -> tuple[str, int, int, int, int, str]:
        """Calls are ordered by where they stand."""
        place = self.place
        return place.filename, place.row, place.column, place.end_row, place.end_column, self.loss


@dataclass(frozen=True, slots=True)
class Account:
    """What a process saw, or several: the lines that called a loss, what is wrong with them, and the errors of losslint
    itself. `files` are the program's files that were loaded."""

    calls: tuple[ObservedCall, ...] = ()
    findings: tuple[Finding, ...] = ()
    failures: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def report(self) -> Report:
        """The same as the reporters want it."""
        return Report(
            findings=tuple(sorted(self.findings, key=Finding.sort_key)),
            judgements=tuple(Judgement(call.place, call.loss, call.verdict, call.reason) for call in self.calls),
            files_read=len({call.place.filename for call in self.calls}),
        )

"""What one stretch of a program's run showed: the calls of losses, what they were given, and what is wrong with it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch

from losslint.rules.facts import reduction
from losslint.rules.judge import Judge
from losslint.runtime.callsites import CallSite
from losslint.runtime.provenance import NO_HISTORY
from losslint.runtime.training import MOST_SUSPECTS, Suspect, convicted
from losslint.runtime.values import Look, Seen, due_after, look
from losslint.vocabulary.findings import Finding, Judgement, Report, Severity, Verdict
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall, Observation
from losslint.vocabulary.observed import Account, Observed, ObservedCall
from losslint.vocabulary.shapes import Shape

Mode = Literal["warn", "raise", "record"]
MODES: tuple[Mode, ...] = ("warn", "raise", "record")

#: Different sorts of arguments of one call site that are judged.
MOST_SORTS = 64
#: Errors of losslint itself that are noted.
MOST_FAILURES = 20


@dataclass(slots=True)
class Record:
    """What a session knows of one call site of one loss."""

    site: CallSite
    loss: str
    spelling: str
    #: whether the loss was computed without a reduction here
    unreduced: bool = False
    count: int = 0
    verdict: Verdict | None = None
    reason: str = ""
    arguments: dict[str, Observed] = field(default_factory=dict)
    sorts: set[Hashable] = field(default_factory=set)
    #: the call whose values are looked at next; 0 where none are
    due: int = 0
    #: what was last made of a call here, and how it looked
    last: tuple[Hashable, LossCall] | None = None
    seen: Seen | None = None
    findings: dict[str, Finding] = field(default_factory=dict)

    def note(self, call: LossCall) -> None:
        """Keep what the arguments of a call were."""
        for name, given in call.arguments.items():
            self.arguments[name] = self.arguments.get(name, Observed()).with_one(given)

    def weigh(self, judgement: Judgement, proved: bool = False) -> None:
        """Of what is said of one call, the worst counts; that nothing is known of a call without a graph says less than
        what another call of the same line showed. What values have `proved` of many calls settles what was open."""
        if (
            self.verdict is None
            or (proved and self.verdict is Verdict.UNDECIDED)
            or self.weight(judgement.verdict, judgement.reason) > self.weight(self.verdict, self.reason)
        ):
            self.verdict, self.reason = judgement.verdict, judgement.reason

    @staticmethod
    def weight(verdict: Verdict, reason: str) -> int:
        """How much a verdict counts beside others on the same line."""
        return 0 if reason == NO_HISTORY else verdict.weight

    def shown(self) -> ObservedCall:
        """The record as it is now."""
        verdict = self.verdict or Verdict.UNDECIDED
        place = self.site.place()
        return ObservedCall(place, self.loss, self.spelling, self.count, verdict, self.reason, dict(self.arguments))


class Session:
    """What was seen between the start and the end of a watch. It can be read at any time.

    `mode` says what a misuse leads to: a warning at its line, once a call site ("warn"), an exception ("raise"), or
    nothing ("record"). `codes` are the rules that judge; the advice of those in `explicit` is wanted as well. With
    `comments`, a misuse that a comment says is meant leads to nothing either.
    """

    def __init__(
        self,
        mode: Mode,
        codes: Collection[str],
        explicit: Collection[str] = (),
        values: bool = False,
        comments: bool = False,
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"mode is {mode!r}: it has to be one of {', '.join(map(repr, MODES))}")
        self.mode = mode
        #: errors of losslint itself while it watched: they never reach the program
        self.failures: list[str] = []
        #: what is known of calls that looked the same: read by the hook at every call
        self.known: dict[Hashable, Record] = {}
        #: whether the values of tensors are looked at now and then
        self.values = values
        #: looks whose numbers have not arrived
        self.waiting: list[tuple[Record, Look]] = []
        #: calls that are a misuse as soon as they are trained on: looked at by `backward`
        self.suspects: list[Suspect] = []
        self._explicit = frozenset(explicit)
        self._comments = comments
        self._meant: Callable[[Finding], bool] | None = None
        self._judge = Judge(codes)
        self._records: dict[Hashable, Record] = {}
        self._findings: list[Finding] = []
        self._beside: dict[Hashable, set[str]] = {}
        self._lock = threading.RLock()
        #: called when something was judged, with whether a line was seen for the first time or anything found
        self.judged: Callable[[bool], None] | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The misuses that were seen until now, in the order in which they came, each once a call site."""
        return tuple(self._findings)

    @property
    def calls(self) -> tuple[ObservedCall, ...]:
        """The lines that called a loss, in the order of their places."""
        with self._lock:
            shown = [record.shown() for record in self._records.values()]
        return tuple(sorted(shown, key=ObservedCall.sort_key))

    def account(self) -> Account:
        """All that was seen until now."""
        return Account(self.calls, self.findings, tuple(self.failures))

    def report(self) -> Report:
        """What was seen, as the reporters want it."""
        return self.account().report()

    def record(self, site: CallSite, loss: str, spelling: str) -> Record:
        """What is known of a call site, from now on at least that it was called."""
        key = (site.key(), loss)
        with self._lock:
            known = self._records.get(key)
            if known is None:
                known = self._records[key] = Record(site, loss, spelling)
                known.due = 1 if self.values else 0
            return known

    def judge(self, record: Record, call: LossCall) -> list[Finding]:
        """Judge a call, unless one of the same sort was judged at its site. The findings that are new at this site; in
        a session that raises, all of them."""
        with self._lock:
            record.note(call)
            record.unreduced = record.unreduced or reduction(call) == "none"
            sort = sort_of(call)
            if sort in record.sorts or len(record.sorts) >= MOST_SORTS:
                return list(record.findings.values()) if self.mode == "raise" and sort in record.sorts else []
            return self._judged(record, call, sort)

    def look_at(self, record: Record, call: LossCall, given: Mapping[str, object]) -> None:
        """Begin to look at the values of a call; `judge_values` says what they told."""
        begun = look(call, given, record.count, record.seen)
        record.due = due_after(record.count)
        if begun is not None:
            with self._lock:
                self.waiting.append((record, begun))

    def judge_values(self, only: Record | None = None, *, wait: bool = False) -> list[tuple[Record, list[Finding]]]:
        """Judge the calls whose values have arrived meanwhile; `wait` for those that have not. With `only`, those of
        one call site, as a session does that raises at its line."""
        told = []
        with self._lock:
            waiting, self.waiting = self.waiting, []
            for record, begun in waiting:
                if (only is not None and record is not only) or not (wait or begun.reading.ready()):
                    self.waiting.append((record, begun))
                    continue
                if wait:
                    begun.reading.wait()
                if record.seen is None:
                    record.seen = Seen(record.site)
                call = record.seen.judged(begun)
                sort = sort_of(call)
                if sort in record.sorts and self.mode != "raise":
                    continue
                record.note(call)
                found = self._judged(record, call, sort)
                if found:
                    told.append((record, found))
        return told

    def _judged(self, record: Record, call: LossCall, sort: Hashable) -> list[Finding]:
        if len(record.sorts) < MOST_SORTS:
            record.sorts.add(sort)
        found = [finding for finding in self._judge.findings(call) if self._wanted(finding)]
        record.weigh(self._judge.verdict(call, found, located=False), proved=call.loss_trail is not None)
        found = self._without_meant(found)
        new = [finding for finding in found if finding.code not in record.findings]
        for finding in new:
            record.findings[finding.code] = finding
            self._findings.append(finding)
        self._has_judged(bool(new) or len(record.sorts) == 1)
        return found if self.mode == "raise" else new

    def suspect(self, one: Suspect) -> None:
        """Keep a call in mind that is a misuse as soon as it is trained on."""
        with self._lock:
            if len(self.suspects) < MOST_SUSPECTS:
                self.suspects.append(one)

    def judge_trained(self, loss: torch.Tensor, spot: CallSite) -> list[tuple[Record, list[Finding]]]:
        """Judge the calls that a `backward` was found to train on."""
        with self._lock:
            told = []
            for record, call in convicted(loss, self.suspects, spot):
                found = self._judged(record, call, sort_of(call))
                if found:
                    told.append((record, found))
            return told

    def judge_beside(self, site: CallSite, observation: Observation) -> list[Finding]:
        """Judge what is no call of a loss, or another thing to say of one: the findings that are new at its site."""
        with self._lock:
            told = self._beside.setdefault(site.key(), set())
            found = [finding for finding in self._judge.findings(observation) if self._wanted(finding)]
            found = self._without_meant(found)
            new = [finding for finding in found if finding.code not in told]
            told.update(finding.code for finding in new)
            self._findings += new
            self._has_judged(bool(new))
            return found if self.mode == "raise" else new

    def _has_judged(self, anything_new: bool) -> None:
        if self.judged is not None:
            self.judged(anything_new)

    def records(self) -> list[Record]:
        """What is known of the call sites of losses."""
        with self._lock:
            return list(self._records.values())

    def _wanted(self, finding: Finding) -> bool:
        return finding.severity is not Severity.ADVICE or finding.code in self._explicit

    def _without_meant(self, found: list[Finding]) -> list[Finding]:
        """Findings without those that a comment says are meant; nothing is read as long as nothing is found."""
        if not found or not self._comments:
            return found
        if self._meant is None:
            from losslint.runtime.meant import Meant

            self._meant = Meant()
        return [finding for finding in found if not self._meant(finding)]

    def forked(self) -> None:
        """Go on in a process that was forked while another thread may have been at work."""
        self._lock = threading.RLock()
        self.waiting, self.suspects = [], []  # another process' device, and its threads

    def forget(self) -> None:
        """Begin anew in a process that was forked: what was seen before is the other's to tell."""
        for kept in (
            self.known,
            self._records,
            self._findings,
            self._beside,
            self.failures,
            self.waiting,
            self.suspects,
        ):
            kept.clear()

    def failed(self, error: BaseException) -> None:
        """Note an error of losslint itself."""
        if len(self.failures) < MOST_FAILURES:
            self.failures.append(f"{type(error).__name__}: {error}")


def sort_of(call: LossCall) -> Hashable:
    """What two calls have in common when the rules say the same of both: everything but the sizes that batches change.

    Of the shapes it is the number of dimensions, the number of classes, which sizes are 1 and which are equal.
    """
    shapes = [given.shape for given in call.arguments.values()]
    parts = tuple(map(_features, call.arguments.values()))
    doubled = tuple((given.source.kind, given.source.factor) for given in call.arguments.values() if given.source)
    settings = tuple((name, _plain(value)) for name, value in call.settings.items())
    return call.loss, parts, doubled, _pattern(shapes), settings, call.autocast, frozenset(call.written)


def _features(given: Meaning) -> Hashable:
    known = given.kind, given.dtype, given.device, given.dim, given.factor, given.made_by, given.reason
    # That nothing was found among the values says no more than that nobody looked.
    return known, given.bounds, given.reached, given.finite is False


def _plain(value: object) -> Hashable:
    if isinstance(value, Meaning):
        kind = value.kind if value.kind is not Kind.UNKNOWN else None
        sizes = None if value.shape is None else value.shape.sizes
        return kind, value.dtype, sizes, value.device, value.finite is False
    return "nan" if isinstance(value, float) and math.isnan(value) else repr(value)


def _pattern(shapes: list[Shape | None]) -> Hashable:
    """Sizes by their order of appearance; those of dimension 1 of the first shape as they are."""
    numbers: dict[object, int] = {}
    pattern = []
    for position, shape in enumerate(shapes):
        sizes = shape.sizes if shape is not None else ()
        pattern.append(
            tuple(
                size if size in (0, 1) or (position == 0 and dim == 1) else -numbers.setdefault(size, len(numbers) + 1)
                for dim, size in enumerate(sizes)
            )
        )
    return tuple(pattern)

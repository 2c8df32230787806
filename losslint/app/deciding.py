"""What the code leaves open, decided by what was seen while the program ran."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from losslint.app.observations import Observation, Observations, Rows, fingerprint_of, unchanged
from losslint.app.sites import matched
from losslint.vocabulary.findings import Finding, Judgement, Report, Severity, Verdict
from losslint.vocabulary.places import Step

#: Why a misuse that was seen is not reported.
CHANGED = "a misuse was observed at run time, but files of the program have changed since: run it again"


@dataclass(frozen=True, slots=True)
class Decided:
    """A report in which observations have decided what they could, and notes on those that could not be used."""

    report: Report
    notes: tuple[str, ...] = ()


def decided(
    report: Report, files: Sequence[Observations], rows: Rows, codes: Collection[str], explicit: Collection[str]
) -> Decided:
    """The report with what was observed of its undecided calls. What the code tells stays as it is.

    `rows` gives the text of one of a place's rows. `codes` and `explicit` are the rules asked for, as in `lint`.
    """
    seen: dict[int, list[tuple[Observations, Observation]]] = {}
    notes = []
    shown = {os.path.realpath(judgement.place.filename): judgement.place.filename for judgement in report.judgements}
    for file in files:
        told = [(shown[path], each) for each, path in _with_paths(file.observations) if path in shown]
        fresh = [each for name, each in told if _rows_of(each, name, rows) == each.rows]
        if len(fresh) < len(told):
            notes.append(
                f"{file.path}: {len(told) - len(fresh)} of {len(told)} observations are out of date, for the code has "
                "changed: run the program again with --write-observations"
            )
        by_call = {id(each.call): each for each in fresh}
        for number, calls in matched(report.judgements, [each.call for each in fresh]).items():
            seen.setdefault(number, []).extend((file, by_call[id(call)]) for call in calls)
    findings, judgements = list(report.findings), list(report.judgements)
    current = _Unchanged()
    for number, observed in seen.items():
        judgement = judgements[number]
        if judgement.verdict is Verdict.UNDECIDED:
            judgements[number], found = _one(judgement, observed, codes, explicit, current)
            findings += found
    findings.sort(key=Finding.sort_key)
    return Decided(replace(report, findings=tuple(findings), judgements=tuple(judgements)), tuple(notes))


def _with_paths(observations: Iterable[Observation]) -> Iterator[tuple[Observation, str]]:
    for each in observations:
        yield each, os.path.realpath(each.call.place.filename)


def _rows_of(observation: Observation, name: str, rows: Rows) -> str:
    return fingerprint_of(replace(observation.call.place, filename=name), rows)


class _Unchanged:
    """Whether the program that a file of observations tells of is the one that is there, looked at once."""

    def __init__(self) -> None:
        self._known: dict[int, bool] = {}

    def __call__(self, file: Observations) -> bool:
        if id(file) not in self._known:
            self._known[id(file)] = unchanged(file)
        return self._known[id(file)]


def _one(
    judgement: Judgement,
    observed: Sequence[tuple[Observations, Observation]],
    codes: Collection[str],
    explicit: Collection[str],
    current: _Unchanged,
) -> tuple[Judgement, list[Finding]]:
    """What becomes of an undecided call, and what was wrong with it."""
    if any(observation.call.loss != judgement.loss for _, observation in observed):
        return judgement, []  # the line computes now this loss, now that
    verdict = max((observation.call.verdict for _, observation in observed), key=lambda seen: seen.weight)
    if verdict is Verdict.CLEAN:
        return replace(judgement, verdict=verdict, reason=""), []
    if verdict is Verdict.UNDECIDED:
        return judgement, []
    misused = [(file, each) for file, each in observed if each.call.verdict is Verdict.MISUSED]
    fresh = [(file, each) for file, each in misused if current(file)]
    if not fresh:
        return replace(judgement, reason=CHANGED), []
    findings: dict[str, Finding] = {}
    for file, each in fresh:
        for code, message, mend in each.misuses:
            if code in codes:
                findings.setdefault(code, _finding(judgement, file, code, message, mend))
    wanted = [each for each in findings.values() if each.severity is not Severity.ADVICE or each.code in explicit]
    if all(each.severity is Severity.ADVICE for each in wanted):
        return judgement, wanted
    return replace(judgement, verdict=verdict, reason=""), wanted


def _finding(judgement: Judgement, file: Observations, code: str, message: str, mend: str) -> Finding:
    """The finding as the rule itself has it, beside what it said when the program ran."""
    from losslint.rules.registry import load

    rule = load(code)
    step = Step(judgement.place, f"given to {judgement.loss} here when the program ran, as {file.path} tells")
    return Finding(code, rule.name, rule.severity, f"Observed at run time: {message}", judgement.place, (step,), mend)

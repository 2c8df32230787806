"""An answer as text and back. What comes back is checked piece by piece: a file of the cache may hold anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from losslint.vocabulary.findings import Finding, Judgement, Severity, Verdict
from losslint.vocabulary.floors import Curve, Floor
from losslint.vocabulary.places import Place, Step
from losslint.vocabulary.repairs import Action, Applicability, Change, Repair

_Type = TypeVar("_Type")
_Item = TypeVar("_Item")


class Damaged(Exception):
    """A text that no losslint wrote, or not to its end."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as it was read: its size and its time of change in nanoseconds (0: not to be trusted), the digest of its
    bytes, and what the searches saw of it (`None` when somebody looked into it, and every byte counts)."""

    size: int
    changed: int
    digest: str
    seen: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found in a project, and what that depends on. `names` is the digest of all names of the project, or
    None when nobody asked for them; `words` and `held` are what the files were searched for, `commented` the files, as
    people see them, in which a comment on findings may be wrong."""

    findings: tuple[Finding, ...]
    judgements: tuple[Judgement, ...]
    files_read: int
    names: str | None
    words: tuple[str, ...]
    held: tuple[str, ...]
    commented: tuple[str, ...] = ()
    files: Mapping[str, Stamp] = field(default_factory=dict)


def written(answer: Answer) -> str:
    """The answer as JSON."""
    return json.dumps(
        {
            "findings": [
                [
                    f.code,
                    f.name,
                    f.severity.value,
                    f.message,
                    _place(f.place),
                    _steps(f.evidence),
                    f.mend,
                    _repair(f.repair),
                    None if f.floor is None else [f.floor.curve.value, f.floor.factor, f.floor.count],
                ]
                for f in answer.findings
            ],
            "judgements": [[_place(j.place), j.loss, j.verdict.value, j.reason] for j in answer.judgements],
            "files_read": answer.files_read,
            "names": answer.names,
            "words": answer.words,
            "held": answer.held,
            "commented": answer.commented,
            "files": {name: [s.size, s.changed, s.digest, s.seen] for name, s in answer.files.items()},
        },
        separators=(",", ":"),
    )


def read(text: str) -> Answer:
    """The answer of a text. Raises Damaged for anything else."""
    try:
        loaded = json.loads(text)
        return Answer(
            findings=_each(loaded["findings"], _finding),
            judgements=_each(loaded["judgements"], _judgement),
            files_read=_of(int, loaded["files_read"]),
            names=_perhaps(loaded["names"]),
            words=_each(loaded["words"], _text),
            held=_each(loaded["held"], _text),
            commented=_each(loaded["commented"], _text),
            files={name: _stamp(stamp) for name, stamp in _of(dict, loaded["files"]).items()},
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Damaged(str(error)) from None


def _place(place: Place) -> list[object]:
    return [place.filename, place.row, place.column, place.end_row, place.end_column, place.cell]


def _steps(steps: tuple[Step, ...]) -> list[object]:
    return [[_place(step.place), step.message] for step in steps]


def _repair(repair: Repair | None) -> list[object] | None:
    if repair is None:
        return None
    changes = [[c.action.value, _place(c.spot.place()), c.name, c.value] for c in repair.changes]
    return [repair.applicability.value, repair.message, changes]


def _of(kind: type[_Type], value: Any) -> _Type:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value


def _each(values: Any, read_one: Callable[[Any], _Item]) -> tuple[_Item, ...]:
    return tuple(read_one(value) for value in _of(list, values))


def _text(value: Any) -> str:
    return _of(str, value)


def _perhaps(value: Any) -> str | None:
    return None if value is None else _of(str, value)


def _count(value: Any) -> int:
    if _of(int, value) < 0:
        raise ValueError("a place before the beginning")
    return int(value)


def _finding(value: Any) -> Finding:
    code, name, severity, message, place, evidence, mend, repair, floor = _of(list, value)
    return Finding(
        _text(code),
        _text(name),
        Severity(severity),
        _text(message),
        _read_place(place),
        _each(evidence, _step),
        _text(mend),
        None if repair is None else _read_repair(repair),
        None if floor is None else _read_floor(floor),
    )


def _read_floor(value: Any) -> Floor:
    curve, factor, count = _of(list, value)
    return Floor(Curve(curve), _of(float, factor), None if count is None else _count(count))


def _read_repair(value: Any) -> Repair:
    applicability, message, changes = _of(list, value)
    return Repair(Applicability(applicability), _text(message), _each(changes, _change))


def _change(value: Any) -> Change:
    action, place, name, written = _of(list, value)
    return Change(Action(action), _read_place(place), _text(name), _text(written))


def _judgement(value: Any) -> Judgement:
    place, loss, verdict, reason = _of(list, value)
    return Judgement(_read_place(place), _text(loss), Verdict(verdict), _text(reason))


def _step(value: Any) -> Step:
    place, message = _of(list, value)
    return Step(_read_place(place), _text(message))


def _read_place(value: Any) -> Place:
    filename, row, column, end_row, end_column, cell = _of(list, value)
    return Place(
        _text(filename),
        _count(row),
        _count(column),
        _count(end_row),
        _count(end_column),
        None if cell is None else _count(cell),
    )


def _stamp(value: Any) -> Stamp:
    size, changed, digest, seen = _of(list, value)
    return Stamp(_of(int, size), _of(int, changed), _text(digest), _perhaps(seen))

"""What was observed as plain values, which JSON can hold, and back.

What comes back is checked piece by piece: the text may have come from anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from losslint.vocabulary.findings import Finding, Severity, Verdict
from losslint.vocabulary.observed import Observed, ObservedCall
from losslint.vocabulary.places import Place, Step

_Type = TypeVar("_Type")
_Item = TypeVar("_Item")

#: Longer texts are nobody's message.
LONGEST = 10_000


class Unexpected(ValueError):
    """A value that stands where another sort of value belongs; the message names it for people."""


def of(kind: type[_Type], value: object, what: str) -> _Type:
    """A value of one class. Raises Unexpected for every other; True and False are no numbers."""
    if type(value) is not kind:
        raise Unexpected(f"{what} is no {_NAMES.get(kind, kind.__name__)}")
    return value


_NAMES: Mapping[type, str] = {dict: "object", list: "list", str: "text", int: "whole number"}


def entry(values: Mapping[str, Any], kind: type[_Type], key: str) -> _Type:
    """One entry of an object. Raises Unexpected when it is not there, or is something else."""
    if key not in values:
        raise Unexpected(f"{key} is missing")
    return of(kind, values[key], key)


def text(values: Mapping[str, Any], key: str) -> str:
    """One text of an object, of a length that somebody would read."""
    found = entry(values, str, key)
    if len(found) > LONGEST:
        raise Unexpected(f"{key} is too long")
    return found


def number(values: Mapping[str, Any], key: str) -> int:
    """One number of an object, which counts something."""
    found = entry(values, int, key)
    if found < 0:
        raise Unexpected(f"{key} is negative")
    return found


def each(values: Mapping[str, Any], key: str, read: Callable[[dict[str, Any]], _Item]) -> tuple[_Item, ...]:
    """A list of objects, each read."""
    return tuple(read(of(dict, value, f"an entry of {key}")) for value in entry(values, list, key))


# ---------------------------------------------------------------- places, findings, calls


def plain_place(place: Place) -> dict[str, object]:
    """A place without its file, whose name is written in different ways."""
    return {
        "row": place.row,
        "column": place.column,
        "end_row": place.end_row,
        "end_column": place.end_column,
    }


def read_place(values: Mapping[str, Any], filename: str) -> Place:
    """The place in a file. Raises Unexpected."""
    rows = number(values, "row"), number(values, "column"), number(values, "end_row"), number(values, "end_column")
    return Place(filename, *rows)


def plain_finding(finding: Finding) -> dict[str, object]:
    """A finding with its places."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "mend": finding.mend,
        "file": finding.place.filename,
        **plain_place(finding.place),
        "evidence": [
            {"file": step.place.filename, **plain_place(step.place), "message": step.message}
            for step in finding.evidence
        ],
    }


def read_finding(values: Mapping[str, Any]) -> Finding:
    """The finding. Raises Unexpected."""
    severity = text(values, "severity")
    if severity not in {one.value for one in Severity}:
        raise Unexpected("severity is none")
    return Finding(
        code=text(values, "code"),
        name=text(values, "name"),
        severity=Severity(severity),
        message=text(values, "message"),
        place=read_place(values, text(values, "file")),
        evidence=each(values, "evidence", _step),
        mend=text(values, "mend"),
    )


def _step(values: Mapping[str, Any]) -> Step:
    return Step(read_place(values, text(values, "file")), text(values, "message"))


def plain_call(call: ObservedCall) -> dict[str, object]:
    """A call without its file and the findings that belong to it."""
    return {
        **plain_place(call.place),
        "loss": call.loss,
        "spelling": call.spelling,
        "count": call.count,
        "verdict": call.verdict.value,
        "reason": call.reason,
        "arguments": {
            name: {
                "kinds": list(given.kinds),
                "dtypes": list(given.dtypes),
                "shapes": list(given.shapes),
                "devices": list(given.devices),
            }
            for name, given in call.arguments.items()
        },
    }


def read_call(values: Mapping[str, Any], filename: str) -> ObservedCall:
    """The call in a file. Raises Unexpected."""
    verdict = text(values, "verdict")
    if verdict not in {one.value for one in Verdict}:
        raise Unexpected("verdict is none of misused, clean and undecided")
    arguments = entry(values, dict, "arguments")
    return ObservedCall(
        place=read_place(values, filename),
        loss=text(values, "loss"),
        spelling=text(values, "spelling"),
        count=number(values, "count"),
        verdict=Verdict(verdict),
        reason=text(values, "reason"),
        arguments={name: _observed(of(dict, given, name)) for name, given in arguments.items()},
    )


def _observed(values: Mapping[str, Any]) -> Observed:
    return Observed(*(_texts(values, key) for key in ("kinds", "dtypes", "shapes", "devices")))


def _texts(values: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(of(str, value, f"an entry of {key}") for value in entry(values, list, key))

"""Observations in a file: what a run of a program showed of its loss calls, kept for those who read the code later.

The file is JSON. Paths are relative to its own folder, with `/` between the parts: it can be kept with the code. An
observation counts only as long as the rows of its call read as they did; a misuse, which may have been mended anywhere,
only as long as none of the program's files has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from losslint.app.discovery import SKIPPED_FOLDERS
from losslint.sources.read import reason
from losslint.vocabulary.observed import Account, ObservedCall
from losslint.vocabulary.places import Place
from losslint.vocabulary.plain import Unexpected, each, entry, number, of, plain_call, read_call, text

if TYPE_CHECKING:
    from losslint.app.lint import Job

#: What the file says that it is.
FORMAT, VERSION = "losslint observations", 1

#: A larger file is no list of loss calls.
MOST_BYTES = 64 * 1024 * 1024

#: Gives the text of one of a place's rows, None when there is none.
Rows = Callable[[Place, int], "str | None"]


class ObservationsError(Exception):
    """A file that cannot be used: which, and why."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


@dataclass(frozen=True, slots=True)
class Observation:
    """One call that was seen, the fingerprint of its rows, and the misuses that were found: code, message, mend."""

    call: ObservedCall
    rows: str
    misuses: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Observations:
    """What a file holds. All names of files are in full; `sources` are the digests of the program's files."""

    path: str
    observations: tuple[Observation, ...]
    sources: Mapping[str, str]


# ---------------------------------------------------------------- writing


def written(seen: Account, path: str, root: str, start: str, rows: Rows, started: int) -> tuple[str, tuple[str, ...]]:
    """The text of a file at `path`, and the files of which nothing is written, for they have changed since `started`
    (in nanoseconds). `root` is the folder of the project: other people's code is left out. The program was started in
    the folder `start`."""
    folder, root = os.path.dirname(os.path.realpath(path)), os.path.realpath(root)
    names = {call.place.filename: os.path.realpath(os.path.join(start, call.place.filename)) for call in seen.calls}
    own = {file for file in (*names.values(), *map(os.path.realpath, seen.files)) if _is_own(file, root)}
    changed = {file for file in own if _changed(file) > started}
    told = own - changed
    listed = []
    for call in seen.calls:
        file = names[call.place.filename]
        fingerprint = fingerprint_of(call.place, rows)
        if file in told and fingerprint:
            listed.append(
                {
                    "file": _relative(file, folder),
                    **_steady(call),
                    "rows": fingerprint,
                    "misuses": [
                        {"code": finding.code, "message": finding.message, "mend": finding.mend}
                        for finding in sorted(seen.findings, key=lambda finding: finding.code)
                        if finding.place == call.place
                    ],
                }
            )
    sources = {_relative(file, folder): digest for file in sorted(told) if (digest := _digest(file))}
    document = {"format": FORMAT, "version": VERSION, "sources": sources, "calls": listed}
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n", tuple(sorted(changed))


def _steady(call: ObservedCall) -> dict[str, object]:
    """A call without what differs from run to run: how often it was called, and what came first."""
    arguments = {
        name: replace(
            given,
            kinds=tuple(sorted(given.kinds)),
            dtypes=tuple(sorted(given.dtypes)),
            shapes=tuple(sorted(given.shapes)),
            devices=tuple(sorted(given.devices)),
        )
        for name, given in call.arguments.items()
    }
    values = plain_call(replace(call, arguments=arguments))
    del values["count"]
    return values


def fingerprint_of(place: Place, rows: Rows) -> str:
    """What the rows of a place read, without their indentation; empty when they are not there."""
    texts = [rows(place, row) for row in range(place.row, max(place.row, place.end_row) + 1)]
    if not texts or any(each is None for each in texts):
        return ""
    read = "\n".join((each or "").strip() for each in texts)
    return hashlib.sha256(read.encode(errors="surrogatepass")).hexdigest()[:16]


def _is_own(file: str, root: str) -> bool:
    """Whether a file is of the project: below its folder, and not in one of those for other people's code."""
    below = os.path.join(root, "")
    if not file.startswith(below):
        return False
    return SKIPPED_FOLDERS.isdisjoint(file.removeprefix(below).split(os.sep)[:-1])


def _changed(file: str) -> int:
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0  # there is nothing to take a fingerprint of


def _relative(file: str, folder: str) -> str:
    try:
        return os.path.relpath(file, folder).replace(os.sep, "/")
    except ValueError:  # on another drive
        return file.replace(os.sep, "/")


def _digest(file: str) -> str:
    """The digest of a file's bytes; empty when it cannot be read."""
    try:
        with open(file, "rb") as stream:
            return hashlib.sha256(stream.read()).hexdigest()[:32]
    except OSError:
        return ""


# ---------------------------------------------------------------- reading


def read(path: str) -> Observations:
    """What a file holds. Raises ObservationsError when it cannot be read or holds anything else."""
    try:
        # A pipe or a device would be waited for, or read for ever.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ObservationsError(path, "is no file")
        with open(path, "rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ObservationsError(path, f"cannot be read: {reason(error)}") from None
    except ValueError:
        raise ObservationsError(path, "is no path") from None
    if len(data) > MOST_BYTES:
        raise ObservationsError(path, "is too large for a file of observations")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise ObservationsError(path, "is no JSON") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ObservationsError(path, "is no file that `losslint run --write-observations` wrote")
    if document.get("version") != VERSION or type(document["version"]) is not int:
        raise ObservationsError(path, "was written by another version of losslint: write it again")
    folder = os.path.dirname(os.path.realpath(path))
    try:
        return Observations(
            path,
            each(document, "calls", lambda values: _observation(values, folder)),
            {_full(name, folder): of(str, value, name) for name, value in entry(document, dict, "sources").items()},
        )
    except Unexpected as error:
        raise ObservationsError(path, f"is damaged: {error}") from None


def _observation(values: Mapping[str, Any], folder: str) -> Observation:
    if number(values, "end_row") - number(values, "row") > MOST_ROWS:
        raise Unexpected("a call of more rows than a file has")
    return Observation(
        read_call({**values, "count": 1}, _full(text(values, "file"), folder)),
        text(values, "rows"),
        each(values, "misuses", lambda misuse: (text(misuse, "code"), text(misuse, "message"), text(misuse, "mend"))),
    )


#: No call has more rows.
MOST_ROWS = 100_000


def _full(name: str, folder: str) -> str:
    if "\0" in name:
        raise Unexpected("the name of a file is none")
    return os.path.normpath(os.path.join(folder, name.replace("/", os.sep)))


def given(jobs: Iterable[Job], paths: Iterable[str]) -> list[Observations]:
    """What the files hold that the options and the configurations of projects name. Raises ObservationsError."""
    found = [read(path) for path in dict.fromkeys(paths)]
    for job in jobs:
        found += [limited(read(_shown(path)), job.root) for path in job.observations]
    return found


def _shown(path: str) -> str:
    """A path from the current folder, where it is below it."""
    return path.removeprefix(os.path.join(os.getcwd(), ""))


def unchanged(observations: Observations) -> bool:
    """Whether all files of the program read as they did."""
    return all(_digest(file) == digest for file, digest in observations.sources.items())


def limited(observations: Observations, root: str) -> Observations:
    """Only what is said of the files of a project: its configuration has no say in others."""
    kept: Iterable[Observation] = (each for each in observations.observations if _below(each, root))
    return replace(observations, observations=tuple(kept))


def _below(observation: Observation, root: str) -> bool:
    return os.path.realpath(observation.call.place.filename).startswith(os.path.join(os.path.realpath(root), ""))

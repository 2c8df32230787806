"""What the processes of one program saw, brought together.

A program starts others: the workers of a DataLoader, the ranks of a data-parallel run. Each of them writes what it saw
into a file of one folder, which the environment names. A file is written beside its place and then moved there, so that
nobody reads a half, and it is written as soon as something is found: many a process is ended without being asked.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from losslint.runtime.callsites import absolute, is_inside, shown
from losslint.runtime.session import Record, Session
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.observed import Account, Observed, ObservedCall
from losslint.vocabulary.places import Place
from losslint.vocabulary.plain import (
    Unexpected,
    each,
    entry,
    of,
    plain_call,
    plain_finding,
    read_call,
    read_finding,
    text,
)

#: What has no news is written so often, in seconds.
PAUSE = 1.0

_SUFFIX = ".json"


class Recorder:
    """Writes what a session sees in this process into a folder, from `begin` on; and what it sees in processes that are
    forked from this one."""

    def __init__(self, session: Session, folder: str) -> None:
        self._session = session
        self._folder = folder
        self._name = ""
        self._written = 0.0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    def begin(self) -> None:
        """From now on, what is seen in this process is written down."""
        self._name = f"{os.getpid()}-{time.time_ns():x}{_SUFFIX}"
        self._written = 0.0
        self._session.judged = self._judged
        atexit.register(self.finish)
        self._at_the_end_of_a_worker()

    def close(self) -> None:
        """The watch has ended: what is forked now is nobody's to watch."""
        self._folder = ""

    def _forked(self) -> None:
        if self._folder:
            self._session.forget()
            self.begin()

    def _at_the_end_of_a_worker(self) -> None:
        """A process of multiprocessing ends without what was registered at exit, and what was to be done at its end is
        forgotten at its start."""
        from multiprocessing import util

        util.Finalize(None, self.finish, exitpriority=0)
        util.register_after_fork(self, lambda recorder: util.Finalize(None, recorder.finish, exitpriority=0))

    def _judged(self, anything_new: bool) -> None:
        if anything_new or time.monotonic() - self._written > PAUSE:
            self.write()

    def finish(self) -> None:
        """Write down what was seen, with what the values that are still on their way tell."""
        if self._folder and self._name:
            self._session.judge_values(wait=True)
        self.write()

    def write(self) -> None:
        """Write down what was seen until now. What keeps it from being written does not disturb the program."""
        if not self._folder or not self._name:
            return
        self._written = time.monotonic()
        temporary = ""
        with suppress(OSError, ValueError):
            data = written(replace(self._session.account(), files=loaded()))
            handle, temporary = tempfile.mkstemp(".part", dir=self._folder)
            with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
                file.write(data)
            os.replace(temporary, os.path.join(self._folder, self._name))
            temporary = ""
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)


def loaded() -> tuple[str, ...]:
    """The Python files that this process has loaded modules from, without those of torch and losslint, in full."""
    found = set()
    for module in list(sys.modules.values()):
        # Asked for as an attribute, a module that loads its parts when they are asked for might load one.
        name = getattr(module, "__dict__", {}).get("__file__")
        if isinstance(name, str) and name.endswith(".py") and not is_inside(name):
            found.add(absolute(name))
    return tuple(sorted(found))


def written(seen: Account) -> str:
    """What was seen as JSON, with all files' names in full: the folder of this process may be another's."""
    listed = {
        "calls": [{"file": absolute(call.place.filename), **plain_call(call)} for call in seen.calls],
        "findings": [plain_finding(_with_names(finding, absolute)) for finding in seen.findings],
        "failures": list(seen.failures),
        "files": list(seen.files),
    }
    return json.dumps(listed, separators=(",", ":"))


def read(data: str) -> Account:
    """What a process wrote. Raises Unexpected for anything else."""
    try:
        values = of(dict, json.loads(data), "a record")
    except (ValueError, RecursionError) as error:
        raise Unexpected(str(error)) from None
    return Account(
        calls=each(values, "calls", lambda call: read_call(call, shown(text(call, "file")))),
        findings=each(values, "findings", lambda finding: _with_names(read_finding(finding), shown)),
        failures=tuple(of(str, failure, "a failure") for failure in entry(values, list, "failures")),
        files=tuple(of(str, file, "a file") for file in entry(values, list, "files")),
    )


def _with_names(finding: Finding, name: Callable[[str], str]) -> Finding:
    def named(place: Place) -> Place:
        return replace(place, filename=name(place.filename))

    evidence = tuple(replace(step, place=named(step.place)) for step in finding.evidence)
    return replace(finding, place=named(finding.place), evidence=evidence)


def records(folder: str) -> Iterator[Account]:
    """What the processes wrote into a folder, in an order that does not depend on which of them was first."""
    texts = []
    for name in os.listdir(folder):
        if name.endswith(_SUFFIX):
            with suppress(OSError), open(os.path.join(folder, name), encoding="ascii", errors="replace") as file:
                texts.append(file.read())
    for data in sorted(texts):
        try:
            yield read(data)
        except Unexpected as error:
            yield Account(failures=(f"what a process saw is lost: {error}",))


def joined(parts: Iterable[Account]) -> Account:
    """What several processes saw, as if it had been one: each line once, each finding once."""
    calls: dict[tuple[object, ...], ObservedCall] = {}
    findings: dict[tuple[str, Place], Finding] = {}
    failures: dict[str, None] = {}
    files: set[str] = set()
    for part in parts:
        for call in part.calls:
            key = (call.place, call.loss)
            calls[key] = _both(calls[key], call) if key in calls else call
        for finding in part.findings:
            findings.setdefault((finding.code, finding.place), finding)
        failures.update(dict.fromkeys(part.failures))
        files.update(part.files)
    ordered = tuple(sorted(calls.values(), key=ObservedCall.sort_key))
    return Account(ordered, tuple(findings.values()), tuple(failures), tuple(sorted(files)))


def _both(one: ObservedCall, other: ObservedCall) -> ObservedCall:
    arguments = dict(one.arguments)
    for name, given in other.arguments.items():
        arguments[name] = arguments.get(name, Observed()).with_all(given)
    worse = max((one, other), key=lambda call: Record.weight(call.verdict, call.reason))
    count = one.count + other.count
    return replace(one, count=count, verdict=worse.verdict, reason=worse.reason, arguments=arguments)

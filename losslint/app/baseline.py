"""A baseline: the findings that a project lives with for now. Only what is not in it is reported.

An entry knows no line numbers. It has the rule, the file, the text of the row in which the loss is called and of the
row that it comes from, and how many findings are alike in all that: code that moves or is indented anew is the same.
The file is JSON, and names of files are relative to its own folder.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from losslint.app.lint import Job
from losslint.app.texts import texts_of
from losslint.report.texts import NAMELESS
from losslint.sources.read import reason
from losslint.vocabulary.findings import Finding, Report
from losslint.vocabulary.suppressed import By, Suppressed

if TYPE_CHECKING:
    from losslint.report.texts import Texts
    from losslint.vocabulary.places import Place

#: What the file says that it is.
FORMAT, VERSION = "losslint baseline", 1

#: A larger file is no list of findings.
MOST_BYTES = 64 * 1024 * 1024


class BaselineError(Exception):
    """A baseline that cannot be used: which, and why."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


class Entry(NamedTuple):
    """What findings have in common that count as alike."""

    code: str
    file: str
    loss: str
    cause: str


class Baseline:
    """The entries of a file. `ran` says whether a rule had its say in a file, by its path in full: what was not looked
    for is not gone."""

    def __init__(self, path: str, ran: Callable[[str, str], bool]) -> None:
        self.path = path
        self._folder = os.path.dirname(os.path.abspath(path))
        self._ran = ran
        self._entries = read(path)
        #: entries of which nothing is found any more, with how many findings less there are
        self.gone: Counter[Entry] = Counter()

    def applied(self, report: Report, jobs: Sequence[Job]) -> Report:
        """The report without the findings that are in the baseline."""
        texts = texts_of(jobs)
        left = Counter(self._entries)
        entries = [(finding, entry_of(finding, texts, self._folder)) for finding in report.findings]
        known = [_taken(left, entry) for _, entry in entries]
        renamed = {entry for entry in left if left[entry] and not os.path.exists(self._in_full(entry))}
        # Files may have had other names: the last is the first in order.
        alike: defaultdict[Entry, list[Entry]] = defaultdict(list)
        for old in sorted(renamed, reverse=True):
            alike[old._replace(file="")].append(old)
        for number, (_, entry) in enumerate(entries):
            if not known[number]:
                before = alike.get(entry._replace(file=""), [])
                while before and not left[before[-1]]:
                    before.pop()
                known[number] = bool(before) and _taken(left, before[-1])
        asked = {os.path.abspath(job.tree.shown(name)) for job in jobs for name in job.asked}
        self.gone = Counter(
            {
                entry: count
                for entry, count in left.items()
                if count
                and (entry in renamed or self._in_full(entry) in asked)
                and self._ran(self._in_full(entry), entry.code)
            }
        )
        findings = tuple(finding for (finding, _), is_known in zip(entries, known, strict=True) if not is_known)
        kept_back = (
            Suppressed(finding, By.BASELINE, f"in {os.path.basename(self.path)}")
            for (finding, _), is_known in zip(entries, known, strict=True)
            if is_known
        )
        return replace(report, findings=findings, suppressed=(*report.suppressed, *kept_back))

    def shrunk(self) -> str:
        """The text of the file without what is gone. Nothing is added."""
        return _text(self._entries - self.gone)

    def _in_full(self, entry: Entry) -> str:
        return os.path.normpath(os.path.join(self._folder, entry.file))


def _taken(left: Counter[Entry], entry: Entry) -> bool:
    if left[entry] <= 0:
        return False
    left[entry] -= 1
    return True


def entry_of(finding: Finding, texts: Texts, folder: str) -> Entry:
    """What a finding is known by, in a baseline in some folder."""
    source = finding.evidence[0].place if finding.evidence else finding.place
    return Entry(finding.code, _file(finding.place, folder), _row(texts, finding.place), _row(texts, source))


def _file(place: Place, folder: str) -> str:
    if place.filename == NAMELESS:
        return NAMELESS
    path = os.path.abspath(place.filename)
    try:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:  # another drive
        return path.replace(os.sep, "/")


def _row(texts: Texts, place: Place) -> str:
    return " ".join((texts.row(place) or "").split())


# ---------------------------------------------------------------- the file


def written(findings: Iterable[Finding], jobs: Sequence[Job], path: str) -> str:
    """The text of a baseline at a path that holds some findings."""
    texts, folder = texts_of(jobs), os.path.dirname(os.path.abspath(path))
    return _text(Counter(entry_of(finding, texts, folder) for finding in findings))


def _text(entries: Counter[Entry]) -> str:
    listed = [{**entry._asdict(), "count": entries[entry]} for entry in sorted(entries) if entries[entry] > 0]
    document = {"format": FORMAT, "version": VERSION, "findings": listed}
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def read(path: str) -> Counter[Entry]:
    """The entries of a file. Raises BaselineError; what the file holds is not quoted."""
    try:
        if not os.path.isfile(path):
            raise BaselineError(path, "is no file" if os.path.exists(path) else "there is no such baseline")
        with open(path, "rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        said = reason(error) if isinstance(error, OSError) else "is no name of a file"
        raise BaselineError(path, f"cannot be read: {said}") from None
    if len(data) > MOST_BYTES:
        raise BaselineError(path, "is too large for a baseline")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise BaselineError(path, "is no baseline: it is not JSON") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BaselineError(path, "is no baseline of losslint")
    if document.get("version") != VERSION:
        raise BaselineError(path, "was written by another version of losslint: write it anew with --write-baseline")
    listed = document.get("findings")
    if not isinstance(listed, list):
        raise BaselineError(path, "is damaged: it has no list of findings")
    entries: Counter[Entry] = Counter()
    for number, each in enumerate(listed, 1):
        entry, count = _entry(each)
        if entry is None:
            raise BaselineError(path, f"is damaged: its finding {number} is not written as losslint writes it")
        entries[entry] += count
    return entries


def _entry(value: object) -> tuple[Entry | None, int]:
    if not isinstance(value, dict) or set(value) != {*Entry._fields, "count"}:
        return None, 0
    texts = [value[name] for name in Entry._fields]
    count = value["count"]
    if not all(isinstance(text, str) and "\0" not in text for text in texts) or type(count) is not int or count < 1:
        return None, 0
    return Entry(*texts), count


def keep(path: str, text: str) -> None:
    """Write a baseline. Raises BaselineError where that does not go, or where something else has that name."""
    import tempfile

    if os.path.lexists(path):
        read(path)
    folder = os.path.dirname(os.path.abspath(path))
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(".json~", dir=folder)
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as stream:
            stream.write(text)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, os.path.realpath(path))
    except OSError as error:
        if temporary:
            from contextlib import suppress

            with suppress(OSError):
                os.unlink(temporary)
        raise BaselineError(path, f"cannot be written: {reason(error)}") from None

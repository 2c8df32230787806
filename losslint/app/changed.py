"""What has changed since a revision: which rows of the files as they are now are not in it.

git is only asked for what it has stored: which commit is meant, and what a file held in it. It never looks at the files
on the disk, for a repository can name programs that it would have to run for that (filters, drivers, monitors, hooks),
and nothing of what is linted is ever run. Nor does it fetch anything.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from losslint.app.texts import Named
from losslint.sources.read import source_of
from losslint.sources.source import Source, UnreadableSource
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.places import Place

if TYPE_CHECKING:
    from losslint.app.lint import Job

#: Seconds that git may take for one answer.
PATIENCE = 120
#: Files with more rows than this are compared less exactly: a frequent row counts as nothing.
MANY_ROWS = 2000

_SAFELY = (
    *("--no-pager", "--no-replace-objects", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"),
)
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C",
}


class SinceError(Exception):
    """Why nothing can be said of what has changed, for people."""


class Changed:
    """The rows that have changed since a revision in some projects. Raises SinceError."""

    def __init__(self, jobs: Sequence[Job], revision: str) -> None:
        git = _git()
        if not revision or "\0" in revision:
            raise SinceError("--since takes a revision, such as a branch, a tag or a commit")
        self._named = Named(jobs)
        self._repositories = {job.root: _Repository(git, job.root, revision) for job in jobs}
        self._rows: dict[str, frozenset[tuple[int | None, int]] | None] = {}

    def concerns(self, finding: Finding) -> bool:
        """Whether the loss of a finding, or a step that leads to it, stands in a row that has changed."""
        return any(self._has_changed(place) for place in (finding.place, *(step.place for step in finding.evidence)))

    def _has_changed(self, place: Place) -> bool:
        if place.filename not in self._rows:
            self._rows[place.filename] = self._rows_of(place.filename)
        rows = self._rows[place.filename]
        if rows is None:
            return True
        return any((place.cell, row) in rows for row in range(place.row, max(place.row, place.end_row) + 1))

    def _rows_of(self, shown: str) -> frozenset[tuple[int | None, int]] | None:
        """The rows of a file that have changed, with their cells; None for all of them."""
        where = self._named(shown)
        if where is None:
            return None
        job, name = where
        before = self._repositories[job.root].stored(os.path.join(job.root, *name.split("/")))
        if before is None:
            return None
        try:
            data = job.tree.read(name)
            if data == before:
                return frozenset()
            now = source_of(data, name, shown)
            return frozenset(
                (place.cell, place.row) for place in map(now.place, _new_rows(source_of(before, name, shown), now))
            )
        except (OSError, UnreadableSource):
            return None


def _new_rows(before: Source, now: Source) -> list[int]:
    """The rows of a text (from 1) that are not in the one before it."""
    old, new = before.text.split("\n"), now.text.split("\n")
    matcher = SequenceMatcher(None, old, new, autojunk=max(len(old), len(new)) > MANY_ROWS)
    return [
        row + 1
        for tag, _, _, first, last in matcher.get_opcodes()
        if tag in ("replace", "insert")
        for row in range(first, last)
    ]


class _Repository:
    """What git has stored of the folder of a project at a revision's common ancestor with what is checked out."""

    def __init__(self, git: str, folder: str, revision: str) -> None:
        self._git = git
        self._folder = folder
        top = self._line("rev-parse", "--show-toplevel")
        if not top:
            raise SinceError(f"{folder} is not in a git repository that can be read: {self._why}")
        self._top = os.path.realpath(top)
        commit = self._line("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
        if not commit:
            raise SinceError(f"there is no revision {revision} in {top}")
        self._commit = self._line("merge-base", commit, "HEAD")
        if not self._commit:
            raise SinceError(f"what is checked out in {top} has no commit in common with {revision}")

    def stored(self, path: str) -> bytes | None:
        """What a file held; None when it was not there."""
        name = os.path.relpath(os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)), self._top)
        if name.startswith(os.pardir):
            return None
        return self._asked("cat-file", "blob", f"{self._commit}:{name.replace(os.sep, '/')}")

    def _line(self, *arguments: str) -> str:
        return os.fsdecode((self._asked(*arguments) or b"").rstrip(b"\r\n"))

    def _asked(self, *arguments: str) -> bytes | None:
        """What git says; None when it cannot."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GIT_") or name.startswith("GIT_CONFIG")
        }
        try:
            ended = subprocess.run(
                [self._git, "-C", self._folder, *_SAFELY, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env={**kept, **_ENVIRONMENT},
                timeout=PATIENCE,
                check=False,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise SinceError(f"git could not be asked: {error}") from None
        self._why = os.fsdecode(ended.stderr).strip().removeprefix("fatal: ").split("\n")[0]
        return ended.stdout if ended.returncode == 0 else None


def _git() -> str:
    """The program, from the folders of programs only: one that lies about in what is linted is not it."""
    folders = [each for each in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(each)]
    found = shutil.which("git", path=os.pathsep.join(folders))
    if found is None or not os.path.isabs(found) or os.path.dirname(found) == os.getcwd():
        raise SinceError("--since asks git what has changed, and there is no git")
    return found

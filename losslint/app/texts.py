"""The files of a run, by the names that people see."""

from __future__ import annotations

from collections.abc import Sequence

from losslint.app.lint import Job
from losslint.report.texts import Texts
from losslint.sources.read import read_source
from losslint.sources.source import Source


class Named:
    """Which file of which job a name means. All names of a project are only asked for when those of the files that were
    asked for do not do: a loss may stand in another."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._known: dict[str, tuple[Job, str]] = {}
        self._all = False
        for job in jobs:
            self._add(job, job.asked)

    def __call__(self, shown: str) -> tuple[Job, str] | None:
        """The job and the file's name in its tree."""
        if shown not in self._known and not self._all:
            self._all = True
            for job in self._jobs:
                self._add(job, job.tree.names())
        return self._known.get(shown)

    def _add(self, job: Job, names: Sequence[str]) -> None:
        for name in names:
            self._known.setdefault(job.tree.shown(name), (job, name))


def texts_of(jobs: Sequence[Job]) -> Texts:
    """Reads the files of the run again by the names that people see."""
    named = Named(jobs)

    def read(shown: str) -> Source | None:
        found = named(shown)
        return read_source(found[0].tree, found[1]) if found is not None else None

    return Texts(read)

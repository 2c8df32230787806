"""What a run tells of itself while it goes on, to somebody who waits, and where its time went, to somebody who asks.

Nothing here is imported by a run that is short, goes into a pipe, and was not asked.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

from losslint.app.terminal import tell
from losslint.app.watched import Watched
from losslint.sources.tree import Tree

#: Seconds before a run says that it goes on, and between two times that it says so.
DELAY, PAUSE = 1.0, 0.25

_Judge = TypeVar("_Judge", bound=Callable[..., None])


class _Timed(Watched):
    """A tree that takes the time that reading takes."""

    def __init__(self, tree: Tree, asked: Collection[str], watcher: Watcher) -> None:
        super().__init__(tree, asked)
        self._watcher = watcher

    def read(self, name: str) -> bytes:
        """The file's bytes. Raises OSError when it cannot be read."""
        began = perf_counter()
        try:
            return super().read(name)
        finally:
            self._watcher.took("reading", perf_counter() - began)


class Watcher:
    """Looks on while a run lints: counts what was read, and takes the time if `timed`."""

    def __init__(self, timed: bool = False) -> None:
        self._timed = timed
        self._trees: list[Watched] = []
        self._asked = 0
        self.seconds: dict[str, float] = {}
        self.projects = self.hits = 0

    def took(self, stage: str, seconds: float) -> None:
        """Add to the time of a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds

    def watched(self, tree: Tree, asked: Collection[str]) -> Watched:
        """The tree of a project that is about to be looked into."""
        watched = _Timed(tree, asked, self) if self._timed else Watched(tree, asked)
        self._trees.append(watched)
        self._asked += len(asked)
        return watched

    def judging(self, judge: _Judge) -> Callable[..., None]:
        """What judges, with its time taken."""
        if not self._timed:
            return judge

        def timed(*arguments: object) -> None:
            began = perf_counter()
            try:
                judge(*arguments)
            finally:
                self.took("judging", perf_counter() - began)

        return timed

    def answered(self, hit: bool) -> None:
        """A project was asked for in the cache."""
        self.projects += 1
        self.hits += hit

    @property
    def files(self) -> tuple[int, int]:
        """How many files were read, of how many."""
        return sum(len(tree.sizes) for tree in self._trees), self._asked


def for_people() -> bool:
    """Whether somebody may sit before standard error."""
    return (
        sys.stderr is not None
        and sys.stderr.isatty()
        and os.environ.get("TERM") != "dumb"
        and hasattr(signal, "setitimer")
    )


@contextmanager
def progress(watcher: Watcher) -> Iterator[None]:
    """A line on the terminal that says how far the run is, once it takes longer than a moment; it is gone at the end.

    The time comes as a signal and not from a thread: processes fork here, and a fork inherits no timer.
    """
    began = perf_counter()
    first = os.getpid()
    shown = False

    def show(*_: object) -> None:
        nonlocal shown
        if os.getpid() != first:
            return
        shown = True
        done, asked = watcher.files
        files = f"{done} of {asked} files read, " if asked else ""
        tell(f"\r\x1b[Klosslint: {files}{perf_counter() - began:.0f} s")
        sys.stderr.flush()

    before = signal.signal(signal.SIGALRM, show)
    signal.setitimer(signal.ITIMER_REAL, DELAY, PAUSE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if shown and os.getpid() == first:
            tell("\r\x1b[K")
            sys.stderr.flush()


#: The stages in their order. What is neither reading nor judging is the static observer's.
STAGES = ("finding files", "reading", "static", "judging", "reporting")


def timings(watcher: Watcher, found: float, linted: float, reported: float) -> str:
    """Where the time went, for people: seconds that finding files, linting and reporting took. Of several processes,
    reading, static and judging are those of the first."""
    seconds = dict(watcher.seconds)
    seconds["finding files"], seconds["reporting"] = found, reported
    inside = seconds.get("reading", 0.0) + seconds.get("judging", 0.0)
    seconds["static"] = max(linted - inside, 0.0)
    wide = max(map(len, STAGES))
    rows = [f"  {stage:<{wide}}  {seconds.get(stage, 0.0):8.3f} s" for stage in STAGES]
    rows.append(f"  {'in all':<{wide}}  {found + linted + reported:8.3f} s")
    done, asked = watcher.files
    rows.append(f"  files read: {done} of {asked}; projects from the cache: {watcher.hits} of {watcher.projects}")
    return "losslint: where the time went\n" + "".join(f"{row}\n" for row in rows)

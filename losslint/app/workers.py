"""Several processes at one project: they part after the files were read, and what they found comes together again.
Before, they divide what all of them need: reading the files.

The processes are forks, so that what was read and indexed before is shared; where there is no `fork` (Windows), one
process does all. What comes back is unpickled from a pipe that only this program's own forks write to.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn, TypeVar

#: A process pays when it has at least so many files to look into.
FILES_A_PROCESS = 12

#: More processes than this share too little of what each of them has to parse.
MOST_PROCESSES = 8


_Made = TypeVar("_Made")


class Team:
    """The processes of one project. Without a call of `part` there is only one."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._pipes: list[tuple[int, int]] = []  # of each fork: its number, and where to read from it
        self._answer: int | None = None  # in a fork: where to write to

    @property
    def is_fork(self) -> bool:
        """Whether this process has to hand over what it found, instead of gathering it."""
        return self._answer is not None

    def part(self, files: int) -> tuple[int, int]:
        """Divide some files: the number of this process, and how many there are. From here on there are as many."""
        count = self._count(files)
        if count > 1:
            gc.freeze()  # collecting would touch, and so copy, what the processes share
        for number in range(1, count):
            process, read, write = _forked()
            if not process:
                for _, other in self._pipes:
                    os.close(other)
                self._pipes, self._answer = [], write
                return number, count
            self._pipes.append((process, read))
        return 0, count

    def spread(self, names: list[str], work: Callable[[str], _Made]) -> dict[str, _Made]:
        """The same work for each of some names, by as many processes as `part` would make. What a process that is lost
        should have done is left out."""
        count = self._count(len(names))
        if count == 1:
            return {}

        def made(number: int) -> dict[str, _Made]:
            return {name: work(name) for name in names[number::count]}

        pipes = []
        for number in range(1, count):
            process, read, write = _forked()
            if not process:
                _answer(write, partial(made, number))
            pipes.append((process, read))
        found = made(0)
        for process, read in pipes:
            found.update(_answered(process, read) or {})
        return found

    def _count(self, files: int) -> int:
        if not hasattr(os, "fork") or sys.platform == "darwin" or files < 2 * FILES_A_PROCESS:
            return 1
        if self._most is not None:
            return max(1, min(self._most, files // FILES_A_PROCESS))
        at_hand = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, min(at_hand, MOST_PROCESSES, files // FILES_A_PROCESS))

    def hand_over(self, found: Any) -> None:
        """In a fork: give what was found to the first process, and end."""
        assert self._answer is not None
        _answer(self._answer, lambda: found)

    def gather(self) -> Iterator[Any]:
        """In the first process: what the others found, None for one that was lost on the way."""
        for process, read in self._pipes:
            yield _answered(process, read)
        self._pipes = []


def _forked() -> tuple[int, int, int]:
    """Fork: the number of the new process (0 in it), and the two ends of a pipe from it, each open on its own side."""
    read, write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    os.close(write if process else read)
    return process, read, write


def _answer(write: int, found: Callable[[], object]) -> NoReturn:
    """In a fork: work out what is asked for, write it into the pipe, and end."""
    import pickle

    status = 1
    try:
        with os.fdopen(write, "wb") as pipe:
            pickle.dump(found(), pipe, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)


def _answered(process: int, read: int) -> Any:
    """What a fork wrote into its pipe, None where it was lost on the way. Waits for its end."""
    import pickle

    found = None
    with os.fdopen(read, "rb") as pipe, suppress(EOFError, pickle.UnpicklingError):
        found = pickle.load(pipe)  # noqa: S301  written by our own fork
    _, status = os.waitpid(process, 0)
    return found if status == 0 else None


def share(names: list[str], part: tuple[int, int]) -> list[str]:
    """The files of one process. Neighbours know each other, and each process has to read by itself whatever its files
    lead to: so they part in as few places as there are processes."""
    number, count = part
    return names[len(names) * number // count : len(names) * (number + 1) // count]

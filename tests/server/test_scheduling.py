"""Runs follow changes: what is out of date ends early, and a question does not wait for what is not near."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from losslint.app.server.scheduling import Between, Schedule, Worker
from tests.server.editor import LIMIT, run


class Runs:
    """Runs that wait until they are let go, or stopped."""

    def __init__(self, rest: bool = False) -> None:
        self.worker = Worker()
        self.rest = rest
        self.begun = 0
        self.log: list[str] = []
        self.errors: list[Exception] = []
        self.entered = threading.Event()
        self.started: list[str] = []
        self.held: set[str] = set()
        self.schedule = Schedule(self.worker, self.begin, self.done, self.errors.append)

    def begin(self) -> Callable[[bool, Between], str]:
        self.begun += 1
        number = self.begun

        def work(near: bool, between: Between) -> str:
            name = f"{'near' if near else 'rest'} {number}"
            self.started.append(name)
            self.entered.set()
            while name in self.held:
                between()
            if name == "near 9":
                raise ValueError(name)
            return name

        return work

    def done(self, name: str) -> bool:
        self.log.append(name)
        return self.rest and name.startswith("near")

    async def has_started(self, name: str) -> None:
        async def looked_for() -> None:
            while name not in self.started:
                await asyncio.sleep(0.01)

        await asyncio.wait_for(looked_for(), LIMIT)

    async def under_way(self) -> None:
        assert await asyncio.to_thread(self.entered.wait, LIMIT)
        self.entered.clear()


def ended(runs: Runs, work: Coroutine[Any, Any, None]) -> None:
    try:
        run(work)
    finally:
        runs.schedule.close()
        runs.worker.close()


def test_a_newer_change_ends_the_run_that_is_under_way() -> None:
    runs = Runs()
    runs.held.add("near 1")

    async def work() -> None:
        runs.schedule.touch(0)
        await runs.under_way()
        runs.schedule.touch(0)
        await runs.schedule.settled()
        assert runs.log == ["near 2"]

    ended(runs, work())


def test_changes_that_follow_each_other_are_one_run() -> None:
    runs = Runs()

    async def work() -> None:
        for _ in range(5):
            runs.schedule.touch(0.05)
        await runs.schedule.settled()
        assert runs.log == ["near 1"]

    ended(runs, work())


def test_a_question_is_answered_before_the_rest_which_goes_on_then() -> None:
    runs = Runs(rest=True)
    runs.held.add("rest 1")

    async def work() -> None:
        runs.schedule.touch(0)
        await runs.schedule.settled()
        await runs.has_started("rest 1")

        def answer() -> str:
            runs.held.clear()
            return "answer"

        assert await runs.schedule.ask(answer) == "answer"
        assert runs.log == ["near 1"]
        await runs.schedule.settled(everything=True)
        assert runs.log == ["near 1", "rest 1"]

    ended(runs, work())


def test_the_rest_ends_when_something_changes() -> None:
    runs = Runs(rest=True)
    runs.held.add("rest 1")

    async def work() -> None:
        runs.schedule.touch(0)
        await runs.schedule.settled()
        runs.schedule.touch(0)
        await runs.schedule.settled(everything=True)
        assert runs.log == ["near 1", "near 2", "rest 2"]

    ended(runs, work())


def test_a_failure_leaves_nobody_waiting() -> None:
    runs = Runs()
    runs.begun = 8

    async def work() -> None:
        runs.schedule.touch(0)
        await runs.schedule.settled(everything=True)
        assert [str(error) for error in runs.errors] == ["near 9"]
        runs.schedule.touch(0)
        await runs.schedule.settled(everything=True)
        assert runs.log == ["near 10"]

    ended(runs, work())


def test_what_waits_when_everything_ends_is_no_failure() -> None:
    runs = Runs()
    runs.held.add("near 1")

    async def work() -> None:
        runs.schedule.touch(0)
        await runs.under_way()
        runs.schedule.touch(0)
        while runs.begun < 2:
            await asyncio.sleep(0)
        runs.schedule.close()
        runs.worker.close()
        assert runs.schedule._task is not None
        await asyncio.wait({runs.schedule._task}, timeout=LIMIT)
        assert (runs.log, runs.errors) == ([], [])

    ended(runs, work())

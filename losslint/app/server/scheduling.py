"""When to lint: a little after the last change, one run at a time, and no run longer than it is wanted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from losslint.app.server.analysis import Stopped

_Given = TypeVar("_Given")

#: How long nothing must have changed, in seconds: whoever types is not done.
DEBOUNCE = 0.2

#: The stack of the thread that lints, in bytes: code that is nested deeply takes more than threads have by default.
STACK = 64 * 1024 * 1024


class Worker:
    """The one thread that reads and evaluates code."""

    def __init__(self) -> None:
        before = threading.stack_size(STACK)
        try:
            self._executor = ThreadPoolExecutor(1, "losslint")
            self._executor.submit(int).result()  # the thread is made with the first task
        finally:
            threading.stack_size(before)

    async def do(self, work: Callable[[], _Given]) -> _Given:
        """Have something done behind whatever is under way."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        """Take no more."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class Schedule(Generic[_Given]):
    """The runs of one session. `run` lints; it is given what it has to call again and again, which raises Stopped when
    something newer is waiting. `done` is told what came of it."""

    def __init__(
        self, worker: Worker, run: Callable[[], Callable[[Callable[[], None]], _Given]], done: Callable[[_Given], None]
    ) -> None:
        self._worker = worker
        self._start = run
        self._done = done
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop = threading.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    def touch(self, delay: float = DEBOUNCE) -> None:
        """Something has changed: what is under way is out of date, and a new run begins when nothing else changes."""
        if self._closed:
            return
        self._stop.set()
        self._idle.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay, self._begin)

    def close(self) -> None:
        """End whatever is under way."""
        self._closed = True
        self._stop.set()
        if self._timer is not None:
            self._timer.cancel()
        self._idle.set()

    async def settled(self) -> None:
        """Wait until nothing is waiting or under way."""
        await self._idle.wait()

    def _begin(self) -> None:
        self._timer = None
        before, stop = self._task, threading.Event()
        self._stop = stop

        async def go() -> None:
            if before is not None:
                await asyncio.wait([before])
            try:
                self._done(await self._worker.do(lambda: work(check)))
            except Stopped:
                pass  # a newer run has begun, or will
            finally:
                if self._task is asyncio.current_task():
                    self._task = None
                    if self._timer is None:
                        self._idle.set()

        def check() -> None:
            if stop.is_set():
                raise Stopped

        work = self._start()
        self._task = asyncio.get_running_loop().create_task(go())

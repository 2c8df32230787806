"""When to lint: a little after the last change, one run at a time, and no run longer than it is wanted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from losslint.app.server.analysis import Stopped

_Given = TypeVar("_Given")
_Answer = TypeVar("_Answer")

#: What a run calls again and again, which raises Stopped when it is not wanted any more.
Between = Callable[[], None]

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
    """The runs of one session: each looks at what is near first, and then at the rest.

    `begin` takes down what is there and gives the work on it, which is called for each of the two parts with what it
    has to call again and again: that raises Stopped when the run is not wanted any more. `done` is told what came of
    it, and says whether there is a rest; `failed` of what went wrong instead.
    """

    def __init__(
        self,
        worker: Worker,
        begin: Callable[[], Callable[[bool, Between], _Given]],
        done: Callable[[_Given], bool],
        failed: Callable[[Exception], None],
    ) -> None:
        self._worker = worker
        self._begin_work = begin
        self._done = done
        self._failed = failed
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop = threading.Event()
        self._pause = threading.Event()
        self._questions = 0
        self._unasked, self._near, self._all = asyncio.Event(), asyncio.Event(), asyncio.Event()
        for event in (self._unasked, self._near, self._all):
            event.set()
        self._closed = False

    def touch(self, delay: float = DEBOUNCE) -> None:
        """Something has changed: what is under way is out of date, and a new run begins when nothing else changes."""
        if self._closed:
            return
        self._stop.set()
        self._near.clear()
        self._all.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay, self._begin)

    def close(self) -> None:
        """End whatever is under way."""
        self._closed = True
        self._stop.set()
        if self._timer is not None:
            self._timer.cancel()
        self._near.set()
        self._all.set()

    async def ask(self, work: Callable[[], _Answer]) -> _Answer:
        """Have a question answered, before what is not near is looked at."""
        self._questions += 1
        self._unasked.clear()
        self._pause.set()
        try:
            return await self._worker.do(work)
        finally:
            self._questions -= 1
            if not self._questions:
                self._unasked.set()

    async def settled(self, everything: bool = False) -> None:
        """Wait until what is near was looked at as it is now; or everything."""
        await (self._all if everything else self._near).wait()

    def _begin(self) -> None:
        self._timer = None
        stop = self._stop = threading.Event()
        self._task = asyncio.get_running_loop().create_task(self._run(self._task, self._begin_work(), stop))

    async def _run(
        self, before: asyncio.Task[None] | None, work: Callable[[bool, Between], _Given], stop: threading.Event
    ) -> None:
        if before is not None:
            await asyncio.wait([before])

        def wanted() -> None:
            if stop.is_set():
                raise Stopped

        try:
            wanted()
            more = self._done(await self._worker.do(lambda: work(True, wanted)))
            wanted()
            self._near.set()
            while more:
                await self._unasked.wait()
                pause = self._pause = threading.Event()

                def undisturbed(pause: threading.Event = pause) -> None:
                    if stop.is_set() or pause.is_set():
                        raise Stopped

                try:
                    more = self._done(await self._worker.do(lambda: work(False, undisturbed)))
                except Stopped:
                    wanted()  # otherwise somebody has asked something, and it goes on
        except Stopped:
            return  # a newer run has begun, or will
        except Exception as error:
            if self._closed:
                return  # the worker takes no more
            self._failed(error)  # whoever waits is not left waiting: there is what was found before
        if not stop.is_set():
            self._near.set()
            self._all.set()

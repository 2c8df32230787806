"""A program that runs under watch, together with the processes that it starts."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from losslint.app.running import Program, ended
from losslint.vocabulary.observed import Account

if TYPE_CHECKING:
    from losslint.report.style import Style
    from losslint.vocabulary.findings import Judgement


def observed(
    program: Program, select: Sequence[str], ignore: Sequence[str], advice: bool, values: bool = True
) -> tuple[int, Account | None]:
    """Run a program to its end: its exit status, and what was seen of it and of its processes. None is what a process
    gets that the program forked and that came to its end like the program itself: its parent tells what it saw.

    Raises ImportError without torch, UnknownSelector for a rule that does not exist.
    """
    from losslint.runtime.children import Recorder, joined, loaded, records
    from losslint.runtime.environment import handed_on
    from losslint.runtime.watching import watch

    first = os.getpid()
    folder = ""
    try:
        with watch("record", select=select, ignore=ignore, advice=advice, values=values, comments=False) as session:
            folder = tempfile.mkdtemp(prefix="losslint-")
            recorder = Recorder(session, folder)
            with handed_on(select, ignore, advice, folder, values):
                status = ended(program)
            if os.getpid() != first:
                return status, None
            recorder.close()
        files = (*loaded(), *_main(program))
        return status, joined([replace(session.account(), files=files), *records(folder)])
    finally:
        if folder and os.getpid() == first:
            shutil.rmtree(folder, ignore_errors=True)


def _main(program: Program) -> tuple[str, ...]:
    """The file of the program itself, which is no module's any more."""
    if program.script is not None:
        script = os.path.abspath(program.script)
        return (script,) if script.endswith(".py") else ()
    from importlib.util import find_spec

    assert program.module is not None
    with suppress(ImportError, ValueError, AttributeError):
        for name in (program.module, f"{program.module}.__main__"):
            spec = find_spec(name)
            if spec is not None and spec.origin is not None and spec.origin.endswith(".py"):
                return (os.path.abspath(spec.origin),)
    return ()


def compared(judgements: Sequence[Judgement], seen: Account, folder: str, style: Style) -> str:
    """What was observed of the calls that the code leaves open. `folder` is where the program was started."""
    from losslint.app.sites import matched
    from losslint.report.observed import observed
    from losslint.runtime.interception import watched

    calls = matched(judgements, seen.calls, lambda name: os.path.realpath(os.path.join(folder, name)))
    return observed(judgements, calls, watched(), style)


def has_torch() -> bool:
    """Whether torch is there to be imported, which it is not yet."""
    if "torch" in sys.modules:
        return True
    from importlib.util import find_spec

    return find_spec("torch") is not None

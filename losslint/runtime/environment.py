"""`LOSSLINT=1`: watches programs that nobody can wrap, such as the processes that a training script starts.

torch calls `autoload` at the end of its own import: it is one of the entry points that packages may have for that
(`torch.backends`, since torch 2.5). So nothing is installed that every Python would run, and without the variable
nothing happens but this file being read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

#: "1", "warn", "raise" or "record"; what else there is means off.
VARIABLE = "LOSSLINT"
#: The folder into which the processes that `losslint run` is the first of write what they see.
RECORDS = "LOSSLINT_RECORDS"
_SELECT, _IGNORE, _ADVICE = "LOSSLINT_SELECT", "LOSSLINT_IGNORE", "LOSSLINT_ADVICE"
_VALUES = "LOSSLINT_VALUES"
_MODES = {"1": "warn", "warn": "warn", "raise": "raise", "record": "record"}


def autoload() -> None:
    """Begin to watch this process, if the environment says so. Never raises: importing torch must not fail for it."""
    mode = _MODES.get(os.environ.get(VARIABLE, "").strip().lower())
    if mode is None:
        return
    try:
        from losslint.runtime.watching import install

        folder = os.environ.get(RECORDS)
        session = install(
            mode,  # type: ignore[arg-type]
            select=os.environ.get(_SELECT, ""),
            ignore=os.environ.get(_IGNORE, ""),
            advice=os.environ.get(_ADVICE) == "1",
            values=os.environ.get(_VALUES) != "0",
            # What comments keep back, the command says of all processes together.
            comments=not folder,
        )
        if folder:
            from losslint.runtime.children import Recorder

            Recorder(session, folder).begin()
    except Exception as error:
        import sys

        if sys.stderr is not None:
            sys.stderr.write(f"losslint: warning: {VARIABLE} is set, but nothing is watched: {error}\n")


@contextmanager
def handed_on(
    select: Sequence[str], ignore: Sequence[str], advice: bool, folder: str, values: bool = True
) -> Iterator[None]:
    """Have the processes that are started meanwhile write what they see into a folder."""
    told = {
        VARIABLE: "record",
        RECORDS: folder,
        _SELECT: ",".join(select),
        _IGNORE: ",".join(ignore),
        _ADVICE: "1" if advice else "",
        _VALUES: "1" if values else "0",
    }
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

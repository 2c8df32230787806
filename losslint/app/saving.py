"""A file that a report goes to: it is written as a whole, or left as it was."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress


def save(path: str, data: bytes) -> None:
    """Write a file. Whoever reads it meanwhile sees the old contents or the new ones. Raises OSError.

    What is no plain file (a pipe, `/dev/stderr`) is written to as it is, and so is a file in a folder where no other
    can be made.
    """
    target = os.path.realpath(path)  # a link goes on leading where it leads
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        _written_to(target, data)
        return
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied")
    try:
        descriptor, beside = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".losslint-")
    except PermissionError:
        _written_to(target, data)
        return
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.chmod(beside, stat.S_IMODE(mode) if mode is not None else 0o666 & ~_umask())
        os.replace(beside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _written_to(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)


def _umask() -> int:
    """What new files may not be, which can only be asked by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask

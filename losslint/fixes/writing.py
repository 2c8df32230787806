"""Files are replaced as a whole, or not at all: with their mode, and only as long as nobody else changed them."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from losslint.sources.read import reason


class NotWritten(Exception):
    """Why a file was left as it is, in words for people."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file with what it held when it was read, and what it is to hold."""

    path: str
    before: bytes
    after: bytes


def replace_all(replacements: Iterable[Replacement]) -> None:
    """Replace files that belong together. Raises NotWritten, with all of them as they were, when one cannot be."""
    waiting: list[tuple[Replacement, str]] = []
    done: list[Replacement] = []
    try:
        for each in replacements:
            waiting.append((each, _prepared(each)))
        for each, beside in waiting:
            _look_again(each)
            try:
                os.replace(beside, each.path)
            except OSError as error:
                raise NotWritten(f"{each.path} cannot be written: {reason(error)}") from None
            done.append(each)
    except BaseException:
        for each in done:
            # What was replaced already goes back, the same way.
            with suppress(OSError, NotWritten):
                os.replace(_prepared(Replacement(each.path, each.after, each.before)), each.path)
        raise
    finally:
        for _, beside in waiting:
            with suppress(OSError):
                os.unlink(beside)


def _prepared(replacement: Replacement) -> str:
    """What is to be written, in a file beside the one that it replaces; its path."""
    path = replacement.path
    _look_again(replacement)
    try:
        mode = os.stat(path).st_mode
        if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
            raise NotWritten(f"{path} is read-only")
        descriptor, beside = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".losslint-")
    except OSError as error:
        raise NotWritten(f"{path} cannot be written: {reason(error)}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(replacement.after)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, stat.S_IMODE(mode))
    except BaseException as error:
        with suppress(OSError):
            os.unlink(beside)
        if isinstance(error, OSError):
            raise NotWritten(f"{path} cannot be written: {reason(error)}") from None
        raise
    return beside


def _look_again(replacement: Replacement) -> None:
    """The file is a plain one, and holds what it held."""
    path = replacement.path
    if os.path.islink(path):
        raise NotWritten(f"{path} is a symbolic link, which is not followed to change what it leads to")
    try:
        with open(path, "rb") as file:
            now = file.read()
    except OSError as error:
        raise NotWritten(f"{path} cannot be read again: {reason(error)}") from None
    if now != replacement.before:
        raise NotWritten(f"{path} was changed meanwhile")

"""The line of the program that a loss was called from."""

from __future__ import annotations

import functools
import linecache
import os
import sys
from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import islice
from types import CodeType, FrameType

import torch

from losslint.vocabulary.places import Place

try:
    #: The folder in which the program was started: it may go elsewhere.
    _START = os.getcwd()
except OSError:  # it was removed
    _START = os.path.abspath(os.sep)

#: Folders whose files are not the program's.
_OURS = (
    os.path.dirname(os.path.abspath(torch.__file__)) + os.sep,
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep,
)
#: Files that nobody wrote: the graphs that Dynamo and fx compile, the start of a program.
_MADE_UP = ("<eval_with_key>", "<frozen ", "<torch_package", "<__")
#: torch's files whose losses call each other.
_FUNCTIONAL = os.sep + os.path.join("nn", "functional.py")

#: Whether a file's code belongs to torch or to losslint: asked for at every call of a loss, so it is remembered.
INSIDE: dict[str, bool] = {}


def is_inside(filename: str) -> bool:
    """Whether the code of a file belongs to torch or to losslint, not to the program."""
    known = INSIDE.get(filename)
    if known is None:
        known = INSIDE[filename] = filename.startswith(_OURS) or filename.startswith(_MADE_UP)
    return known


def is_within_a_loss(filename: str) -> bool:
    """Whether a loss is called by another of torch's losses, of which it is a part."""
    return filename.endswith(_FUNCTIONAL) and is_inside(filename)


def outside(frame: FrameType) -> FrameType:
    """The first frame of the program, seen from a call; the frame itself when there is none."""
    here: FrameType | None = frame
    while here is not None:
        inside = INSIDE.get(here.f_code.co_filename)
        if inside is None:
            inside = is_inside(here.f_code.co_filename)
        if not inside:
            return here
        here = here.f_back
    return frame


@dataclass(frozen=True, slots=True)
class CallSite:
    """A place in a program that is running: an instruction of a code object, and the row that it stands in."""

    code: CodeType = field(repr=False, compare=False)
    instruction: int
    row: int
    filename: str
    identity: int
    #: the name of the module that it stands in
    module: str

    def place(self) -> Place:
        """The place in the source: to the column where this Python keeps columns and the file can be read."""
        row, column, end_row, end_column = self.row, 1, 0, 0
        if sys.version_info >= (3, 11):
            found = next(islice(self.code.co_positions(), self.instruction // 2, None), None)
            if found is not None and found[0] == self.row and found[2] is not None:
                column = self._characters(self.row, found[2])
                if found[1] is not None and found[3] is not None:
                    end_row, end_column = found[1], self._characters(found[1], found[3])
        return Place(self.filename, row, column, end_row, end_column)

    def key(self) -> Hashable:
        """What tells it from all other call sites of a process."""
        return self.identity, self.instruction

    def _characters(self, row: int, offset: int) -> int:
        """A column in characters, from 1, out of an offset in bytes."""
        text = linecache.getline(self.code.co_filename, row).encode()[:offset]
        return len(text.decode(errors="replace")) + 1 if len(text) == offset else offset + 1


def call_site(frame: FrameType) -> CallSite:
    """Where a frame is now."""
    code = frame.f_code
    return CallSite(
        code, frame.f_lasti, frame.f_lineno, shown(code.co_filename), id(code), frame.f_globals.get("__name__") or ""
    )


@functools.lru_cache(1024)
def shown(filename: str) -> str:
    """A file's name for people: from the folder in which the program was started, when it is below it."""
    below = os.path.join(_START, "")
    return absolute(filename).removeprefix(below)


def absolute(filename: str) -> str:
    """A file's name in full, whether it is the program's or one for people."""
    return filename if filename.startswith("<") else os.path.normpath(os.path.join(_START, filename))

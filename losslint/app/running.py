"""`losslint run`: a program as Python itself would run it, with its losses watched."""

from __future__ import annotations

import os
import runpy
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from losslint.sources.source import Source, UnreadableSource

if TYPE_CHECKING:
    from losslint.report.style import Style
    from losslint.report.texts import Texts
    from losslint.vocabulary.findings import Report

#: What a program ends with that nobody caught anything of, and one that was interrupted.
RAISED, INTERRUPTED = 1, 130


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: a script (a file, a folder or an archive with a `__main__`), or a module by its name."""

    script: str | None
    module: str | None
    arguments: tuple[str, ...]

    def run(self) -> None:
        """Run it as the main program. Raises whatever it raises."""
        if self.module is not None:
            sys.argv = [self.module, *self.arguments]
            sys.path.insert(0, os.getcwd())
            runpy.run_module(self.module, run_name="__main__", alter_sys=True)
            return
        assert self.script is not None
        sys.argv = [self.script, *self.arguments]
        if not os.path.isdir(self.script) and not self.script.endswith((".zip", ".pyz")):
            sys.path.insert(0, os.path.dirname(os.path.abspath(self.script)))
        runpy.run_path(self.script, run_name="__main__")


def ended(program: Program) -> int:
    """Run a program to its end, its threads included; the exit status that Python would give it."""
    front, argv = list(sys.path), sys.argv
    # What Python has put there for losslint itself is not the program's.
    scripts = os.path.dirname(os.path.abspath(argv[0])) if argv and argv[0] else ""
    if sys.path and os.path.abspath(sys.path[0] or os.curdir) == scripts:
        del sys.path[0]
    try:
        program.run()
        status = 0
    except SystemExit as error:
        status = _status(error.code)
    except KeyboardInterrupt as error:
        _told(error)
        status = INTERRUPTED
    except BaseException as error:
        _told(error)
        status = RAISED
    finally:
        sys.path[:], sys.argv = front, argv
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    if "multiprocessing" in sys.modules:
        # Python waits for them only when it ends, which is after the report.
        for child in sys.modules["multiprocessing"].active_children():
            if not child.daemon:
                child.join()
    return status


def _status(code: object) -> int:
    """What `sys.exit(code)` makes of it."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF if os.name != "nt" else code
    if sys.stderr is not None:
        sys.stderr.write(f"{code}\n")
    return 1


def _told(error: BaseException) -> None:
    """The traceback that Python would show: from the program's first frame on."""
    frames = _of_program(error.__traceback__)
    sys.excepthook(type(error), error.with_traceback(frames), frames)


def _of_program(frames: TracebackType | None) -> TracebackType | None:
    ours = (os.path.abspath(__file__), os.path.abspath(runpy.__file__))
    here = frames
    while here is not None:
        name = here.tb_frame.f_code.co_filename
        if not name.startswith("<frozen") and os.path.abspath(name) not in ours:
            return here
        here = here.tb_next
    return frames  # it did not get as far as the program


def texts_of_program(folder: str) -> Texts:
    """Reads the program's files by the names that people see. `folder` is where the program was started."""
    from losslint.report.texts import Texts

    return Texts(_reader(folder))


def reported(report: Report, output_format: str, style: Style, texts: Texts) -> str:
    """What was seen, in one of the formats."""
    from losslint.report.formats import renderer
    from losslint.report.material import Material

    return renderer(output_format)(Material(report, texts, style))


def _reader(folder: str) -> Callable[[str], Source | None]:
    from losslint.sources.disk import DiskTree
    from losslint.sources.read import read_source

    def read(shown: str) -> Source | None:
        path = os.path.join(folder, shown)
        name = os.path.basename(path)
        try:
            return read_source(DiskTree(os.path.dirname(path), [name]), name)
        except (OSError, UnreadableSource):
            return None

    return read


def split(arguments: Sequence[str], takes_value: Callable[[str], bool]) -> list[str]:
    """losslint's own options, then `--`, then what is the program's: what follows the script, or `-m` and its module,
    is never losslint's, whatever it looks like."""
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        if argument == "--" or argument.startswith("--module="):
            return list(arguments)
        if argument == "-m":
            module = arguments[position + 1 : position + 2]
            return [*arguments[:position], *(f"--module={name}" for name in module), "--", *arguments[position + 2 :]]
        if not argument.startswith("-") or argument == "-":
            return [*arguments[:position], "--", *arguments[position:]]
        position += 2 if takes_value(argument) else 1
    return list(arguments)

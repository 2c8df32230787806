"""The cache's folder on the disk: a file an answer, named after the question.

It is the user's, not the project's: nobody can bring answers along with a repository. A file is written beside its
place and then moved there, so runs at the same time do not see each other's halves. Whatever is wrong with the folder
or a file in it, the run does without.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace

from losslint import __version__
from losslint.app.cache.recorded import digest, still_so
from losslint.app.cache.stored import Answer, Damaged, read, written
from losslint.sources.disk import DiskTree

#: Answers that nobody asked for in so many seconds go when others are written.
UNUSED = 30 * 24 * 3600

#: More answers than this are not kept; the oldest go.
MOST_ANSWERS = 400

_SUFFIX = ".json"
_OURS = re.compile(r"[0-9a-f]{32}\.json|tmp\w+\.json~")
_MARK = "CACHEDIR.TAG"
_MARKED = "Signature: 8a477f597d28d172789f06886806bc55\n# The cache of losslint. It may be removed at any time.\n"


def default_folder() -> str | None:
    """Where the cache is when nobody says: LOSSLINT_CACHE_DIR, or the user's folder for caches."""
    given = os.environ.get("LOSSLINT_CACHE_DIR")
    if given:
        return given
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "losslint") if os.path.isabs(base) else None


class Question:
    """What an answer is an answer to: which files of which project, by which rules of which losslint."""

    def __init__(self, tree: DiskTree, asked: tuple[str, ...], named: frozenset[str], rules: tuple[str, ...]) -> None:
        self.tree = tree
        self.asked = asked
        parts = (_ourselves(), tree.root, tree.shown("x"), *asked, "", *sorted(named), "", *rules)
        self.key = digest("\0".join(parts).encode(errors="surrogateescape"))


def _ourselves() -> str:
    """What losslint is, beside its version: its own files, which change without one while it is worked on, and the
    Python and the libcst that read the sources."""
    import losslint

    parts = [__version__, sys.version]
    pending = [os.path.dirname(losslint.__file__)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        pending.append(entry.path)
                elif entry.name.endswith(".py"):
                    found = entry.stat()
                    parts.append(f"{entry.path}:{found.st_size}:{found.st_mtime_ns}")
    from importlib.util import find_spec

    spec = find_spec("libcst")
    if spec is not None and spec.origin:
        with suppress(OSError):
            parts.append(str(os.stat(spec.origin).st_mtime_ns))
    return "\n".join(sorted(parts))


class Folder:
    """The answers of earlier runs."""

    def __init__(self, path: str) -> None:
        self._path = os.path.abspath(path)

    def find(self, question: Question) -> Answer | None:
        """The answer to a question, if there is one and nothing that it depends on has changed."""
        path = self._file(question)
        try:
            # A pipe or a device would be waited for, or read for ever.
            if not stat.S_ISREG(os.stat(path).st_mode):
                return None
            with open(path, encoding="ascii") as file:
                check, _, text = file.read().partition("\n")
            if check != digest(text.encode()):
                return None
            answer = read(text)
        except (OSError, ValueError, Damaged):
            return None
        stamps = still_so(answer, question.tree, question.asked)
        if stamps is None:
            return None
        if stamps != answer.files:
            self.keep(question, replace(answer, files=stamps))
        else:
            with suppress(OSError):  # another run may have removed it meanwhile
                if time.time() - os.stat(path).st_mtime > UNUSED / 30:
                    os.utime(path)
        return answer

    def keep(self, question: Question, answer: Answer) -> None:
        """Write an answer down; if that does not go, the next run works it out again."""
        text = written(answer)
        temporary = ""
        with suppress(OSError, UnicodeError):
            self._make()
            handle, temporary = tempfile.mkstemp(_SUFFIX + "~", dir=self._path)
            with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
                file.write(f"{digest(text.encode())}\n{text}")
            os.replace(temporary, self._file(question))
            temporary = ""
            self._tidy()
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)

    def clean(self) -> int:
        """Remove all answers; how many there were. Raises OSError when something cannot be removed."""
        mark = os.path.join(self._path, _MARK)
        try:
            with open(mark, encoding="ascii", errors="replace") as file:
                if file.read() != _MARKED:
                    return 0  # not a folder that losslint made
        except FileNotFoundError:
            return 0
        answers = self._answers(temporary=True)
        for path, _ in answers:
            os.unlink(path)
        os.unlink(mark)
        with suppress(OSError):  # it may hold something else
            os.rmdir(self._path)
        return len(answers)

    def _make(self) -> None:
        mark = os.path.join(self._path, _MARK)
        if not os.path.exists(mark):
            os.makedirs(self._path, mode=0o700, exist_ok=True)
            with open(mark, "w", encoding="ascii", newline="\n") as file:
                file.write(_MARKED)

    def _file(self, question: Question) -> str:
        return os.path.join(self._path, question.key + _SUFFIX)

    def _answers(self, temporary: bool) -> list[tuple[str, float]]:
        """The files of the cache, the oldest first, with when each was last of use."""
        found = []
        with os.scandir(self._path) as entries:
            for entry in entries:
                if _OURS.fullmatch(entry.name) is not None and (temporary or entry.name.endswith(_SUFFIX)):
                    found.append((entry.path, entry.stat().st_mtime))
        return sorted(found, key=lambda answer: (answer[1], answer[0]))

    def _tidy(self) -> None:
        """Remove what is old, what is too much, and what a run that was killed left behind."""
        now = time.time()
        answers = self._answers(temporary=False)
        old = [path for path, used in answers if now - used > UNUSED]
        old += [path for path, _ in answers[: max(0, len(answers) - MOST_ANSWERS)] if path not in old]
        old += [path for path, used in self._answers(temporary=True) if path.endswith("~") and now - used > UNUSED / 30]
        for path in old:
            with suppress(OSError):
                os.unlink(path)

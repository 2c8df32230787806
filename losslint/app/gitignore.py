"""Which paths git ignores, as git decides it: `gitignore(5)`, with the quirks of its matcher."""

from __future__ import annotations

import itertools
import os
import re
import stat
import sys
from collections.abc import Iterable

#: git's own default where file systems do not tell cases apart.
_FLAGS = re.DOTALL | (re.IGNORECASE if sys.platform in ("win32", "darwin") else 0)
#: A longer line of git's own is no path.
_LONGEST_PATH = 65_536
_SPECIAL = b"*?[\\"
_NEVER = b"(?!)"
_CLASSES = {
    b"alnum": rb"0-9A-Za-z",
    b"alpha": rb"A-Za-z",
    b"blank": rb" \t",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"digit": rb"0-9",
    b"graph": rb"\x21-\x7e",
    b"lower": rb"a-z",
    b"print": rb"\x20-\x7e",
    b"punct": rb"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    b"space": rb" \t\n\x0b\x0c\r",
    b"upper": rb"A-Z",
    b"xdigit": rb"0-9A-Fa-f",
}


class Ignore:
    """The patterns of one list, each compiled once: two expressions for every run of patterns of one polarity.

    Paths and patterns are bytes, as they are for git: `?` stands for one byte.
    """

    __slots__ = ("_runs",)

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._runs: list[_Run] = []
        for line in lines:
            negated = line.startswith(b"!")
            pattern = line[1:] if negated else line
            if not pattern.strip(b"/"):
                continue
            if not self._runs or self._runs[-1].negated is not negated:
                self._runs.append(_Run(negated))
            self._runs[-1].add(pattern)
        self._runs.reverse()

    def __bool__(self) -> bool:
        return bool(self._runs)

    def says(self, path: bytes, is_folder: bool) -> bool | None:
        """Whether the last pattern that speaks of a path (relative to the list's folder) ignores it; None if none."""
        for run in self._runs:
            if run.matches(path, is_folder):
                return not run.negated
        return None


def ignore_file(data: bytes) -> Ignore:
    """The patterns of a `.gitignore` file's bytes."""
    return Ignore(_lines(data))


def read_ignore_file(path: str) -> Ignore | None:
    """The patterns of a `.gitignore` file, or None where there is none. Like git, it follows no symbolic link."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        with open(path, "rb") as file:
            return ignore_file(file.read()) or None
    except OSError:
        return None


def read_exclude_file(repository: str) -> Ignore | None:
    """The patterns of a repository's `info/exclude`, wherever `.git` says that its folder is."""
    folder = os.path.join(repository, ".git")
    try:
        if not os.path.isdir(folder):  # a worktree or a submodule
            folder = os.path.join(repository, _one_line(folder).removeprefix("gitdir:").strip())
            if os.path.exists(common := os.path.join(folder, "commondir")):
                folder = os.path.join(folder, _one_line(common))
        return read_ignore_file(os.path.join(folder, "info", "exclude"))
    except (OSError, ValueError):  # a name that no file can have
        return None


class _Run:
    """Neighbouring patterns that all ignore, or all do not: their order does not matter."""

    __slots__ = ("_compiled", "_for_folders", "_names", "_paths", "negated")

    def __init__(self, negated: bool) -> None:
        self.negated = negated
        self._names: list[tuple[bytes, bool]] = []  # expressions for a path's last part, and whether only for folders
        self._paths: list[tuple[bytes, bool]] = []  # expressions for whole paths
        self._compiled: dict[bool, tuple[re.Pattern[bytes] | None, re.Pattern[bytes] | None]] = {}

    def add(self, pattern: bytes) -> None:
        """Take in one pattern, without its `!`."""
        only_folders = pattern.endswith(b"/")
        if only_folders:
            pattern = pattern[:-1]
        if b"/" in pattern:
            self._paths.append((_expression(pattern.removeprefix(b"/"), whole_path=True), only_folders))
        else:
            self._names.append((_expression(pattern, whole_path=False), only_folders))

    def matches(self, path: bytes, is_folder: bool) -> bool:
        """Whether one of the patterns speaks of a path."""
        compiled = self._compiled.get(is_folder)
        if compiled is None:
            compiled = self._compiled[is_folder] = (_any(self._names, is_folder), _any(self._paths, is_folder))
        names, paths = compiled
        if names is not None and names.match(path, path.rfind(b"/") + 1):
            return True
        return paths is not None and paths.match(path) is not None


def _any(expressions: list[tuple[bytes, bool]], is_folder: bool) -> re.Pattern[bytes] | None:
    parts = [expression for expression, only_folders in expressions if is_folder or not only_folders]
    return re.compile(b"(?:" + b"|".join(parts) + rb")\Z", _FLAGS) if parts else None


def _lines(data: bytes) -> Iterable[bytes]:
    """The lines of an ignore file that hold a pattern."""
    for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        if line.startswith(b"#"):
            continue
        pattern = _without_blanks(line.removesuffix(b"\r").split(b"\0")[0])
        if pattern:
            yield pattern


def _without_blanks(line: bytes) -> bytes:
    """A line without the spaces at its end, of which a backslash protects one."""
    kept = line.rstrip(b" ")
    if kept == line:
        return line
    backslashes = len(kept) - len(kept.rstrip(b"\\"))
    return kept + b" " if backslashes % 2 else kept


#: What a pattern consists of beside expressions for one byte.
_SLASH, _STAR, _DEEP, _DEEPER, _REST = b"/", b"*", b"**/", b"**\\/", b"**"
_numbers = itertools.count()


def _expression(pattern: bytes, *, whole_path: bool) -> bytes:
    """A regular expression for what git's `wildmatch` accepts.

    What stands between two wildcards is taken where it matches first and never looked for again: git's patterns lose
    nothing by it, and no pattern of a hostile repository takes long.
    """
    tokens = _tokens(pattern, whole_path)
    if tokens is None:
        return _NEVER
    any_byte = b"[^/]" if whole_path else b"."
    blocks: list[tuple[bytes, list[bytes]]] = [(b"", [])]  # each with the `**` in front of it
    for token in tokens:
        if token in (_DEEP, _DEEPER, _REST):
            blocks.append((token, []))
        else:
            blocks[-1][1].append(token)
    parts: list[bytes] = []
    for number, (opening, block) in enumerate(blocks):
        inside = b"".join(_component(component, any_byte) for component in _components(block))
        front = {b"": b"", _DEEP: b"(?:.*?/)??", _DEEPER: b".*?/", _REST: b".*"}[opening]
        is_last = number == len(blocks) - 1
        parts.append(front + inside if not front or is_last else _once(front + inside))
    return b"".join(parts)


def _component(tokens: list[bytes], any_byte: bytes) -> bytes:
    """The expression for what stands between two slashes, with the slash that ends it."""
    pieces: list[list[bytes]] = [[]]
    for token in tokens:
        if token == _STAR:
            pieces.append([])
        else:
            pieces[-1].append(token)
    parts = [b"".join(pieces[0])]
    for piece in pieces[1:-1]:
        parts.append(_once(any_byte + b"*?" + b"".join(piece)) if piece else b"")
    if len(pieces) > 1:
        parts.append(any_byte + b"*" + b"".join(pieces[-1]))
    return b"".join(parts)


def _components(tokens: list[bytes]) -> list[list[bytes]]:
    found: list[list[bytes]] = [[]]
    for token in tokens:
        found[-1].append(token)
        if token == _SLASH:
            found.append([])
    return found


def _once(expression: bytes) -> bytes:
    """An atomic group, spelled so that Python 3.10 knows it too."""
    name = b"g%d" % next(_numbers)
    return b"(?=(?P<" + name + b">" + expression + b"))(?P=" + name + b")"


def _tokens(pattern: bytes, whole_path: bool) -> list[bytes] | None:
    """The wildcards, slashes and expressions for one byte that a pattern consists of; None if it matches nothing.

    git compares the part before the first special character by itself and matches the rest as a pattern of its own,
    so that `foo**/bar` has its `**` at a beginning. In a name `*` and `**` are the same.
    """
    at = next((index for index in range(len(pattern)) if pattern[index] in _SPECIAL), len(pattern))
    beginning = at
    tokens = [re.escape(pattern[index : index + 1]) for index in range(at)]
    while at < len(pattern):
        char = pattern[at : at + 1]
        if char == b"*":
            end = at
            while pattern[end : end + 1] == b"*":
                end += 1
            rest = pattern[end : end + 2]
            token = _STAR
            if whole_path and end - at > 1 and (at == beginning or pattern[at - 1 : at] == b"/"):
                token = _REST if not rest else _DEEP if rest[:1] == b"/" else _DEEPER if rest == b"\\/" else _STAR
                end += 0 if token in (_REST, _STAR) else len(token) - 2
            tokens.append(token)
            at = end
        elif char == b"?":
            tokens.append(b"[^/]" if whole_path else b".")
            at += 1
        elif char == b"[":
            at, expression = _bracket(pattern, at, whole_path)
            if expression == _NEVER:
                return None
            tokens.append(expression)
        else:
            if char == b"\\":
                at += 1
                char = pattern[at : at + 1]
                if not char:
                    return None
            tokens.append(re.escape(char))
            at += 1
    return tokens


def _bracket(pattern: bytes, at: int, whole_path: bool) -> tuple[int, bytes]:
    """The expression for a class of characters that begins at an index, and the index after it."""
    never = len(pattern), _NEVER
    at += 1
    negated = pattern[at : at + 1] in (b"!", b"^")
    at += negated
    held: list[bytes] = []
    before = b""  # what a range may begin with
    first = True
    while first or pattern[at : at + 1] != b"]":
        first = False
        char = pattern[at : at + 1]
        if not char:
            return never
        after = pattern[at + 1 : at + 2]
        if char == b"\\":
            at += 1
            char = pattern[at : at + 1]
            if not char:
                return never
            held.append(re.escape(char))
        elif char == b"-" and before and after and after != b"]":
            at += 1
            char = after
            if char == b"\\":
                at += 1
                char = pattern[at : at + 1]
                if not char:
                    return never
            if before <= char:
                held.append(re.escape(before) + b"-" + re.escape(char))
            char = b""
        elif char == b"[" and after == b":":
            end = pattern.find(b"]", at + 2)
            if end < 0:
                return never
            if end - 1 < at + 2 or pattern[end - 1 : end] != b":":
                held.append(re.escape(b"["))  # no class: a bracket like any other
            else:
                known = _CLASSES.get(pattern[at + 2 : end - 1])
                if known is None:
                    return never
                held.append(known)
                at = end
                char = b""
        else:
            held.append(re.escape(char))
        before = char
        at += 1
    at += 1
    inside = b"".join(held)
    if not inside:
        return at, (b"[^/]" if whole_path else b".") if negated else _NEVER
    slash = b"(?!/)" if whole_path else b""
    return at, slash + b"[" + (b"^" if negated else b"") + inside + b"]"


def _one_line(path: str) -> str:
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(f"{path} is no file")  # a pipe would never end
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.readline(_LONGEST_PATH).strip()

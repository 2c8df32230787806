"""Files that no parser of today reads because of a few rows: statements of Python 2, rows that slipped, IPython's own.

Much of the code that was published with papers is Python 2, where all that is in the way are `print` statements; a
snippet pasted from somewhere has a row with one space too many, and a notebook that was saved as a script still has its
`%matplotlib inline`. The rest of such a file can be read: the rows in the
way are replaced by what means the same today or, where they only print, by nothing.
"""

from __future__ import annotations

import re

from losslint.static.files.syntax_trees import parse

#: A file in which more rows than this are in the way is left alone.
MOST_ROWS = 300

#: So many characters are parsed for one file: each time from its beginning to the row in the way, and behind it once
#: more what CPython looks through for brackets that are not closed, which takes an eighth of the time.
MOST_PARSED = 16_000_000

#: A longer row is no statement that somebody wrote in Python 2, and the expressions below would take long for it.
LONGEST_ROW = 1_000

_PRINTS = re.compile(r"print(?:\s*>>|\s+[^\s=(.,)]|\s*[\"']|\s*$|\s+\()")
_EXECUTES = re.compile(r"exec\s+[^\s(=]")
_RAISES = re.compile(r"raise\s+([\w.]+)\s*,\s*.+")
_EXCEPTS = re.compile(r"except\s+(\(?[\w., ]+\)?)\s*,\s*(\w+)\s*:")
_OCTAL = re.compile(r"(?<![\w.])0+([1-7][0-7]*)(?![\w.])")
_LONG = re.compile(r"(?<![\w.])(\d+)[lL](?!\w)")
_ASYNC = re.compile(r"(?<=[(, ])async(?=\s?=[^=])")
_ESCAPES = re.compile(r"(?:%%?|!)\s*[A-Za-z]")
#: What begins a cell in a script, as VSCode, Spyder and PyCharm know it.
_CELL = re.compile(r"#\s?%%")
_CALLS_ONLY = re.compile(r"print\s*\(.*\)\s*;?\s*(?:#.*)?$")


def repaired(text: str) -> tuple[str, tuple[int, ...]] | None:
    """A text that can be parsed, row by row the same but for the rows in the way; None when it is not to be had."""
    lines = text.split("\n")
    changed: list[int] = []
    parsed, size = 0, len(text)
    for _ in range(MOST_ROWS):
        try:
            parse("\n".join(lines))
        except SyntaxError as error:
            row = error.lineno or 0
            if isinstance(error, TabError) and row not in changed:
                # Python 2 took a tab for what leads to the next multiple of 8.
                lines = [_without_tabs(line) for line in lines]
                changed.append(row)
                continue
            if not 1 <= row <= len(lines) or row in changed or len(lines[row - 1]) > LONGEST_ROW:
                return None
            parsed += sum(map(len, lines[:row])) + size // 8
            if parsed > MOST_PARSED:
                return None
            replaced = _replaced(lines[row - 1], error)
            if replaced is not None:
                lines[row - 1] = replaced
            elif not _without_cell(lines, row - 1):
                return None
            changed.append(row)
        except (ValueError, RecursionError, MemoryError):
            return None
        else:
            return "\n".join(lines), tuple(sorted(changed))
    return None


def _without_cell(lines: list[str], at: int) -> bool:
    """Take out the cell of a script that a row stands in, as a cell of a notebook is that cannot be read. Whether there
    is one, and something beside it."""
    first = next((row for row in range(at, -1, -1) if _CELL.match(lines[row])), 0)
    behind = next((row for row in range(at + 1, len(lines)) if _CELL.match(lines[row])), len(lines))
    if not any(line.strip() and not _CELL.match(line) for line in (*lines[:first], *lines[behind:])):
        return False
    lines[first:behind] = [""] * (behind - first)
    return True


def _without_tabs(line: str) -> str:
    said = line.lstrip(" \t")
    return line[: len(line) - len(said)].expandtabs(8) + said


def _replaced(line: str, error: SyntaxError) -> str | None:
    """What stands for a row that is in the way, None when nobody can say."""
    indent, said = line[: len(line) - len(line.lstrip())], line.strip()
    if isinstance(error, IndentationError):
        # A row that only prints may stand anywhere: it is left out.
        return "" if _CALLS_ONLY.fullmatch(said) or _PRINTS.match(said) else None
    if said.endswith("\\"):
        return _modern(indent, said)  # the rest of the statement stands below
    if _PRINTS.match(said) or _EXECUTES.match(said) or _ESCAPES.match(said):
        return indent + "pass"
    head, colon, rest = said.partition(":")
    if colon and _PRINTS.match(rest.strip()) and head.split(" ")[0] in ("if", "else", "elif", "for", "while", "try"):
        return f"{indent}{head}: pass"
    raised = _RAISES.fullmatch(said)
    if raised is not None:
        return f"{indent}raise {raised[1]}"
    caught = _EXCEPTS.match(said)
    if caught is not None:
        return f"{indent}except {caught[1]} as {caught[2]}:{said[caught.end() :]}"
    return _modern(indent, said)


def _modern(indent: str, said: str) -> str | None:
    """A row with what only Python 2 reads, or read otherwise, inside an expression; None when there is nothing such."""
    modern = _LONG.sub(r"\1", _OCTAL.sub(r"0o\1", said)).replace("<>", "!=")
    modern = _ASYNC.sub("non_blocking", modern)  # as `x.cuda(async=True)` has been called since that is a keyword
    return indent + modern if modern != said else None

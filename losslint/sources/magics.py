"""IPython's own syntax (magics, shell escapes, help) replaced by plain Python, row by row."""

from __future__ import annotations

import re

from losslint.sources.pieces import syntax_error

#: Cell magics that run their body as Python in the notebook's own world.
_RUNS_ITS_BODY = frozenset(
    ["capture", "debug", "lprun", "memit", "mprun", "prun", "pyinstrument", "scalene", "time", "timeit", "wandb"]
)
_COMMANDS = (
    r"(?:(?:pip3?|conda|mamba|micromamba|uv)[ \t]+[a-z]"
    r"|(?:cd|cat|cp|ls|mkdir|mv|rm|rmdir|wget|curl|git)[ \t]+"
    r"(?!(?:and|or|if|in|is|not|else|for)\b)(?:[\w.~/$\"']|-[\w-]))"
)
#: Something that may be IPython's: only then are the rows looked at one by one.
_CANDIDATE = re.compile(rf"^[ \t]*(?:[%!?,;/]|{_COMMANDS})|=[ \t]*[%!]|\?[ \t]*(?:#.*)?$", re.MULTILINE)
_ESCAPED = re.compile(rf"([ \t]*)(?:[%!?,;/]|(?=[a-z]){_COMMANDS}(?![^#'\"]*[^=!<>]=[^=]))")
_ASSIGNED = re.compile(r"([ \t]*[A-Za-z_][^#'\"()]*?[^=!<>#'\"()]=[ \t]*)[%!]")
_CELL_MAGIC = re.compile(r"[ \t]*%%([\w.]+)")
#: How a notebook of Databricks says that a cell is in another language; IPython knows `%sql` for one row.
_LANGUAGE = re.compile(r"[ \t]*%(?:sql|scala|r|md|md-sandbox|sh|fs)\b")
#: Line magics that run a statement, with their options.
_RUNS_ITS_LINE = re.compile(
    r"([ \t]*)(%(?:timeit|time|memit|prun)[ \t]+(?:-[nrlsTD][ \t]*\S+[ \t]+|-\w+[ \t]+)*)(\S.*)"
)
_TOKEN = re.compile(r"""#.*|\"{3}|'{3}|"(?:[^"\\]|\\.)*(?:"|\\?$)|'(?:[^'\\]|\\.)*(?:'|\\?$)|[()\[\]{}]""")
_TO_THE_QUOTE = {quote: re.compile(rf"(?:[^\\]|\\.)*?{quote}") for quote in ('"""', "'''")}


def without_magics(rows: list[str]) -> list[str]:
    """The rows of one cell as Python: as many rows, and whatever is plain Python where it was."""
    if not _CANDIDATE.search("\n".join(rows)):
        return rows
    plain: list[str] = []
    while True:  # what a cell magic runs may begin with another one
        begins = (at for at in range(len(plain), len(rows)) if rows[at].strip() and rows[at].lstrip()[0] != "#")
        first = next(begins, len(plain))
        magic = _CELL_MAGIC.match(rows[first]) if first < len(rows) else None
        if magic is None:
            if first < len(rows) and _LANGUAGE.match(rows[first]) and syntax_error("\n".join(rows[first + 1 :])):
                return plain + [""] * (len(rows) - len(plain))
            break
        if magic[1] not in _RUNS_ITS_BODY:
            return plain + [""] * (len(rows) - len(plain))
        plain += [*rows[len(plain) : first], ""]
    rows = rows[len(plain) :]
    scanner = _Scanner()
    continued = False  # whether this row belongs to an escape of the row before
    for row in rows:
        if continued:
            plain.append("")
            continued = row.rstrip().endswith("\\")
            continue
        replaced = _replaced(row) if scanner.between_statements else None
        if replaced is None:
            before = scanner.between_statements
            code = scanner.scan(row)
            if before and scanner.between_statements and code.endswith("?"):
                replaced = row[: len(row) - len(row.lstrip())] + "pass"
        else:
            continued = row.rstrip().endswith("\\")
        plain.append(row if replaced is None else replaced)
    return plain


def _replaced(row: str) -> str | None:
    """What to read instead of a row that begins a statement, or None when the row is Python as far as it goes."""
    run = _RUNS_ITS_LINE.match(row)
    if run is not None and syntax_error(run[3]) is None:
        return run[1] + "pass;".ljust(len(run[2])) + run[3]
    escaped = _ESCAPED.match(row)
    if escaped is not None:
        return escaped[1] + "pass"
    assigned = _ASSIGNED.match(row)
    if assigned is not None:
        return assigned[1] + "get_ipython()"  # what comes out of it is unknown, and says so
    return None


class _Scanner:
    """As much of a tokenizer as is needed to know whether a row begins a statement."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._continued = False

    @property
    def between_statements(self) -> bool:
        """Whether the next row begins a statement."""
        return not (self._depth or self._quote or self._continued)

    def scan(self, row: str) -> str:
        """Take in a row; what it holds without its comment."""
        position = 0
        self._continued = False
        while True:
            if self._quote:
                closing = _TO_THE_QUOTE[self._quote].match(row, position)
                if closing is None:
                    return row
                position = closing.end()
                self._quote = ""
            token = _TOKEN.search(row, position)
            if token is None:
                break
            position = token.end()
            found = token[0]
            if found.startswith("#"):
                return row[: token.start()].rstrip()
            if found in _TO_THE_QUOTE:
                self._quote = found
            elif found in "([{":
                self._depth += 1
            elif found in ")]}":
                self._depth = max(self._depth - 1, 0)
        self._continued = row.endswith("\\")
        return row.rstrip()

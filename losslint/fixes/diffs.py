"""What changes from one text to another: for people, and for programs that read unified diffs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one file that go and come: each with its sign (`-` or `+`), its number and its text."""

    filename: str
    rows: tuple[tuple[str, int, str], ...]


def changed_rows(before: str, after: str) -> Iterator[tuple[str, int, str]]:
    """The rows that go, with their numbers before, and those that come, with their numbers after."""
    old, new = before.split("\n"), after.split("\n")
    # What is alike in front and behind is not searched: a fix changes a few rows of many.
    alike = min(len(old), len(new))
    front = next((number for number in range(alike) if old[number] != new[number]), alike)
    back = next((number for number in range(alike - front) if old[-1 - number] != new[-1 - number]), alike - front)
    matcher = SequenceMatcher(None, old[front : len(old) - back], new[front : len(new) - back], autojunk=False)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag != "equal":
            yield from (("-", number + 1, old[number]) for number in range(front + first, front + last))
            yield from (("+", number + 1, new[number]) for number in range(front + new_first, front + new_last))


def unified(before: str, after: str, filename: str) -> str:
    """The unified diff of two texts of one file, as `patch` takes it. Rows keep the line ends that they have."""
    rows = unified_diff(_rows(before), _rows(after), filename, filename, lineterm="\n")
    return "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows)


def _rows(text: str) -> list[str]:
    """The rows with their ends. `splitlines` would end rows at form feeds, too."""
    *whole, last = text.split("\n")
    return [f"{row}\n" for row in whole] + ([last] if last else [])

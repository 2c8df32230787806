"""Patterns of files in `per-file-ignores`, as ruff reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

#: A pattern stands for at most so many others through `{a,b}`.
MOST_CHOICES = 256

_CHOICE = re.compile(r"\{([^{}]*)\}")
_CLASS = re.compile(r"\[[!^]?\]?[^\]]*\]")
_ABSOLUTE = re.compile(r"/|[A-Za-z]:[/\\]")


def matcher(pattern: str, base: str) -> Callable[[str], bool]:
    """Whether a path, in full, is meant by a pattern that is relative to a folder.

    A pattern means a file by its name alone or by its path from the folder; `*` goes through folders, too, and a `!` in
    front turns it round.
    """
    negated = pattern.startswith("!")
    pattern = pattern[1:] if negated else pattern
    front = "" if _ABSOLUTE.match(pattern) else re.sub(r"([*?\[\]{}])", r"[\1]", _slashed(base).rstrip("/")) + "/"
    wanted = [_tokens(front + each) for each in _choices(pattern.removeprefix("./"))]
    names = [_tokens(each) for each in _choices(pattern)]

    def matches(path: str) -> bool:
        path = _slashed(path)
        name = path.rpartition("/")[2]
        found = any(_matches(each, path) for each in wanted) or any(_matches(each, name) for each in names)
        return found is not negated

    return matches


def _slashed(path: str) -> str:
    return path if os.sep == "/" else path.replace(os.sep, "/")


def _choices(pattern: str) -> list[str]:
    """The patterns that one with `{a,b}` stands for."""
    found = [pattern]
    while any(_CHOICE.search(each) for each in found):
        wider: list[str] = []
        for each in found:
            choice = _CHOICE.search(each)
            if choice is None:
                wider.append(each)
            else:
                parts = [part for part in choice[1].split(",") if part]  # nothing at all is no choice
                wider += (each[: choice.start()] + part + each[choice.end() :] for part in parts)
        if len(wider) > MOST_CHOICES:
            return [pattern]
        found = wider
    return found


@dataclass(frozen=True, slots=True)
class _Token:
    """One character that is accepted, or (None) any number of any; `skips` tokens may be left out."""

    accepts: Callable[[str], object] | None
    skips: int = 0


@cache
def _tokens(pattern: str) -> tuple[_Token, ...]:
    tokens: list[_Token] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        one = _CLASS.match(pattern, at)
        if pattern.startswith("**/", at) and (at == 0 or pattern[at - 1] == "/"):
            tokens += [_Token(None, 2), _Token("/".__eq__)]  # any folders, or none at all
            at += 3
        elif character == "*":
            tokens.append(_Token(None, 1))
            at += 1
        elif character == "?":
            tokens.append(_Token(bool))
            at += 1
        elif one is not None:
            tokens.append(_Token(_class(one[0])))
            at = one.end()
        else:
            tokens.append(_Token(character.__eq__))
            at += 1
    return tuple(tokens)


def _class(written: str) -> Callable[[str], object]:
    inside = written[1:-1]
    negated = inside.startswith(("!", "^"))
    inside = inside[1:] if negated else inside
    escaped = inside.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("^", "\\^")
    try:
        return re.compile(f"[{'^' if negated else ''}{escaped}]", re.DOTALL).fullmatch
    except re.error:
        return inside.__contains__  # a range the wrong way round


def _matches(tokens: tuple[_Token, ...], text: str) -> bool:
    """Whether tokens make up a text. All that could be is followed side by side: no pattern takes longer than its own
    length times the text's."""
    places = _closed({0}, tokens)
    for character in text:
        reached = set()
        for place in places:
            if place < len(tokens):
                accepts = tokens[place].accepts
                if accepts is None:
                    reached.add(place)
                elif accepts(character):
                    reached.add(place + 1)
        if not reached:
            return False
        places = _closed(reached, tokens)
    return len(tokens) in places


def _closed(places: set[int], tokens: tuple[_Token, ...]) -> set[int]:
    """The places, and those behind what may be left out."""
    closed, pending = set(places), list(places)
    while pending:
        place = pending.pop()
        if place < len(tokens) and tokens[place].accepts is None:
            for behind in {place + 1, place + tokens[place].skips}:
                if behind not in closed:
                    closed.add(behind)
                    pending.append(behind)
    return closed

"""Under which names functions and classes call the losses that they are given by their place in a call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from losslint.static.files.holding import under_other_names

if TYPE_CHECKING:
    from losslint.static.files.index import Index
    from losslint.static.files.project import Project

#: Callees that are followed, those of callees with them, and files that may define one.
MOST_CALLEES = 64
MOST_FILES = 12


def names(project: Project, given: Iterable[tuple[str, int]]) -> dict[str, set[str]]:
    """For each file the names under which it calls what is given to some callees at some places: `c` for
    `def fit(model, c): … c(model(x), y)`, `base` for a class that keeps it as `self.base` and calls that."""
    found: dict[str, set[str]] = {}
    pending = sorted(given)
    seen = set(pending)
    while pending and len(seen) <= MOST_CALLEES:
        callee, place = pending.pop(0)
        for name, index, parameter in _parameters(project, callee, place):
            held = {parameter, *under_other_names(index, (parameter,))}
            called = held & index.calls.keys()
            if called:
                found.setdefault(name, set()).update(called)
            for further in sorted(index.given_to.get(parameter, ())):
                if further not in seen:
                    seen.add(further)
                    pending.append(further)
    return found


def _parameters(project: Project, callee: str, place: int) -> Iterable[tuple[str, Index, str]]:
    """The parameters that an argument at some place of a call may be, with the files that define them."""
    if not callee.isidentifier():
        return
    for sort, method, skipped in (("def", "", 0), ("class", ".__init__", 1)):
        for name in project.mentioning(f"{sort} {callee}", callee)[:MOST_FILES]:
            file = project.file(name)
            definition = file.index.functions.get(f"{callee}{method}") if file is not None else None
            if file is not None and definition is not None and place + skipped < len(definition.parameters):
                yield name, file.index, definition.parameters[place + skipped]

"""The static observer: from a tree of files to the loss calls in it, with the meanings of what goes in."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator

from losslint.sources.source import UnreadableSource
from losslint.sources.tree import Tree
from losslint.static.project import Project
from losslint.static.seeds import Seeds
from losslint.vocabulary.observations import Observation

#: Python frames that the evaluator may stack up: its own depth is bounded well below.
RECURSION = 9_000


def observe(tree: Tree, asked: Collection[str]) -> Iterable[Observation | UnreadableSource]:
    """Every loss call of a tree, every suspicious construction and logarithm, and the asked files that are unreadable.

    Nothing is imported, nothing is executed. libcst is loaded only when there is something to look at.
    """
    project = Project(tree, asked)
    seeds = Seeds(project)
    if seeds:
        yield from _looked_at(project, seeds)
    for name in asked:
        project.data(name)
    for name, problem in project.unreadable.items():
        if name in project.asked:
            yield problem


def _looked_at(project: Project, seeds: Seeds) -> Iterator[Observation]:
    from losslint.static.evaluator import Evaluator
    from losslint.static.sinks import sinks

    held = seeds.held_names() if seeds.losses else set()
    evaluator = Evaluator(project)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION))
    try:
        for name in seeds.files(held):
            file = project.file(name)
            if file is None:
                continue
            for qualname, names in seeds.units(file, held).items():
                yield from sinks(evaluator, file, qualname, names)
    finally:
        sys.setrecursionlimit(limit)

"""The static observer: from a tree of files to the loss calls in it, with the meanings of what goes in."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, MutableMapping
from typing import TYPE_CHECKING

from losslint.sources.source import UnreadableSource
from losslint.sources.tree import Tree
from losslint.static.files.file import BUGS
from losslint.static.files.project import Project, Spread
from losslint.static.files.seeds import Seeds
from losslint.static.files.trace import Trace

if TYPE_CHECKING:
    from losslint.contracts.declared import DeclaredContracts
    from losslint.static.files.index import Index
    from losslint.vocabulary.observations import Observation

#: Calls whose evaluation is remembered.
MOST_FRAMES = 2_000


class Failure(Exception):
    """losslint itself failed at a call: a bug of its own, which must not hide what else there is."""


def observe(
    tree: Tree,
    asked: Collection[str],
    share: Callable[[list[str]], list[str]] | None = None,
    trace: Trace | None = None,
    contracts: DeclaredContracts | None = None,
    indexes: MutableMapping[str, Index] | None = None,
    spread: Spread | None = None,
) -> Iterable[Observation | UnreadableSource | Failure]:
    """Every loss call of a tree, every suspicious construction and logarithm, and the asked files that are unreadable.

    Nothing is imported, nothing is executed. What lowers and evaluates is loaded when there is something to look at.
    `share` picks the files that this process looks into, once all are read; `trace` takes down what the answers depend
    on. `contracts` is what the configuration says of losses and models, `indexes` what earlier runs have read. `spread`
    divides work that every process needs the results of.
    """
    project = Project(tree, asked, trace, indexes)
    seeds = Seeds(project, [loss.name.rpartition(".")[2] for loss in contracts.losses] if contracts else ())
    if seeds:
        yield from _looked_at(project, seeds, share, contracts, spread)
    for name in asked:
        project.scanned(name)
    for name, problem in project.unreadable.items():
        if name in project.asked:
            yield problem
    yield from (problem for name, problem in project.left_out if name in project.asked)


def _looked_at(
    project: Project,
    seeds: Seeds,
    share: Callable[[list[str]], list[str]] | None,
    contracts: DeclaredContracts | None,
    spread: Spread | None,
) -> Iterator[Observation | Failure]:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.values import forget_symbols
    from losslint.static.files.nesting import MOST_PYTHON_FRAMES
    from losslint.static.sinks import sinks

    if spread is not None:
        project.read_ahead(seeds.chosen, spread)
    held = seeds.held_names() if seeds.losses else set()
    evaluator = Evaluator(project, contracts)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, MOST_PYTHON_FRAMES))
    try:
        files = seeds.files(held)
        if spread is not None:
            project.read_ahead(files, spread)
        units = {name: seeds.units(file, held) for name in files if (file := project.file(name)) is not None}
        if any(units.values()):
            # So far all is what every process would read by itself; and this is what it would import.
            import losslint.static.lowering.lowering  # noqa: F401
        for name in share(files) if share is not None else files:
            file = project.file(name)
            if file is None:
                continue
            if len(evaluator.notes.frames) > MOST_FRAMES:
                # What is remembered costs more memory than it saves time.
                project.forget()
                classes, patches = evaluator.classes, evaluator.patches
                forget_symbols()
                del evaluator  # before the next one is made: what holds itself and is frozen is never let go of
                _collect()
                evaluator = Evaluator(project, contracts, classes, patches)
            for qualname, names in units[name].items():
                try:
                    yield from sinks(evaluator, file, qualname, names)
                except RecursionError:
                    file.leave_out("nested too deeply to be followed", 1)
                except (*BUGS, ValueError) as error:
                    if os.environ.get("LOSSLINT_DEBUG"):
                        raise
                    yield Failure(f"{file.source.shown}, `{qualname or 'module'}`: {type(error).__name__}: {error}")
    finally:
        sys.setrecursionlimit(limit)


def _collect() -> None:
    """Free what was let go of, where the process does not do that by itself: frames and what was found in them hold
    each other. What is still there then (indexes, mostly) stays, and is not looked through the next time."""
    if not gc.isenabled():
        gc.collect()
        gc.freeze()


def syntax_problems(tree: Tree, name: str) -> Iterator[UnreadableSource]:
    """What keeps a file, or parts of it, from being read."""
    project = Project(tree, (name,))
    project.file(name)
    yield from project.unreadable.values()
    yield from (problem for _, problem in project.left_out)

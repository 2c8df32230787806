"""Where calls are looked for by name: the files that mention it, and the units of each that call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from losslint.static.files.file import File
from losslint.static.files.imports import shared_folders
from losslint.static.files.mentions import may_be_called, may_be_handed_on, may_be_renamed
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Files that are searched for the calls of one function: a name that more of them mention says little.
MOST_FILES = 24
FEW_FILES = 8


def files_with(
    ev: Evaluator, near: File, word: str, may: Callable[[bytes, str], bool] | None = None, owner: str = ""
) -> list[File]:
    """The files that mention a word: the function's own first, then by how much of the path they share. `may` says by
    a file's bytes whether it can have what is looked for; `owner` is the class whose method bears the name."""
    found = ev.project.mentioning(word)
    if len(found) > FEW_FILES:
        # A name that many files use: those that can know this one also name its class or module, or stand beside it.
        parts = near.name.removesuffix(".py").removesuffix("/__init__").split("/")
        folder = "/".join(parts[:-1])
        named = {*ev.project.mentioning(parts[-1]), *(ev.project.mentioning(owner) if owner else ())}
        knowing = tuple(name for name in found if name.rpartition("/")[0] == folder or name in named)
        if all(name == near.name or name.endswith("__init__.py") for name in knowing) and len(parts) > 1:
            # A package hands on what its modules define: `from package import name`.
            named = {*knowing, *ev.project.mentioning(parts[-2])}
            knowing = tuple(name for name in found if name in named)
        found = knowing
    names = sorted(found, key=lambda name: (name != near.name, -shared_folders(name, near.name), name))
    names = [name for name in names[:MOST_FILES] if may is None or may(ev.project.data(name), word)]
    return [file for file in map(ev.project.file, names) if file is not None]


def may_call(data: bytes, name: str) -> bool:
    return may_be_called(data, name) or may_be_renamed(data, name)


def may_hand_on(data: bytes, name: str) -> bool:
    return may_be_handed_on(data, name) or may_be_renamed(data, name)


def names_in(file: File, name: str) -> set[str]:
    """A name, and what a file imports it as."""
    return {name, *file.index.aliases({name})}


def graphs(file: File, qualname: str) -> Iterator[f.Graph]:
    """The graph of a unit and those of the functions nested in it."""
    unit = file.unit(qualname)
    if unit is not None:
        yield from unit.graph().with_nested()


def calls_of(file: File, name: str) -> Iterator[tuple[f.Call, f.Graph]]:
    for qualname in file.index.calls.get(name or "()", ()):
        for graph in graphs(file, qualname):
            for call in graph.calls:
                if call.callee_name == name:
                    yield call, graph

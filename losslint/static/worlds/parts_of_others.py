"""Parts that the entries of a table make for themselves: of one registry for encoders and for the classifiers around
them, a run does not pick an encoder to be trained."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from losslint.static.evaluation.sites import known_sites
from losslint.static.evaluation.values import ClassV, is_for
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Why nothing is said of the output of one.
REASON = "it may be a part of others that are entered beside it, and no model that a run picks"

#: Functions above each other that lead to where an entry is looked up.
_MOST_ABOVE = 3


def picked_alone(ev: Evaluator, answers: Mapping[Hashable, int], of: Iterable[Hashable]) -> bool:
    """Whether a world picks an entry of a table of which other entries pick theirs in the same function, as a part of
    what they are, and none of those: it may be there as such a part."""
    for key in of:
        if not is_for(key, "entry") or key not in answers or key not in ev.notes.looked_up_in:
            continue
        table = key[-1]  # type: ignore[index]
        wholes = _wholes(ev, key)
        if wholes and not any(
            _entry(ev, other, answer) in wholes
            for other, answer in answers.items()
            if is_for(other, "entry") and other[-1] == table  # type: ignore[index]
        ):
            return True
    return False


def _entry(ev: Evaluator, key: Hashable, answer: int) -> Hashable:
    """The class that a world picks, None for what is no class of the project."""
    entries = ev.notes.looked_up_in[key][1] if key in ev.notes.looked_up_in else ()
    return entries[answer] if answer < len(entries) else None


def _wholes(ev: Evaluator, key: Hashable) -> frozenset[Hashable]:
    """The entries of a table that take another entry out of it, where the first is taken too."""
    known = ev.notes.wholes.get(key)
    if known is None:
        graph, entries = ev.notes.looked_up_in[key]
        found = {owner for owner in _owners(ev, graph) if owner in entries}
        known = ev.notes.wholes[key] = frozenset(found)
    return known


def _owners(ev: Evaluator, graph: f.Graph) -> Iterator[Hashable]:
    """The classes whose methods call a function, also by way of others."""
    pending, seen = ([graph] if graph.unit.sort == "function" else []), {graph}
    for _ in range(_MOST_ABOVE):
        above = [site.frame.graph for each in pending for site in known_sites(ev, each)]
        pending = []
        for caller in above:
            owner = caller.unit.file.index.classes.get(caller.unit.owner)
            if owner is not None:
                yield ClassV(caller.unit.file, owner).key
            elif caller.unit.sort == "function" and caller not in seen:
                seen.add(caller)
                pending.append(caller)

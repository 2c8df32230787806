"""The call sites of a function, as far as the project holds them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

from losslint.static.evaluation.arguments import bind, bindings
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.results import BY_CHOICE
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    Lazy,
)
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


#: Call sites of one function that are looked at.
MOST_CALLERS = 24


class Caller(NamedTuple):
    """A call site of a function: the call in its own generic frame, and what it gives for `self`, if anything."""

    form: f.Call
    frame: Frame
    arguments: Bindings | None  # when they are not those of the call itself (`mp.spawn(main, args=…)`)
    skips: int  # parameters at the front that the call does not give (`self`)
    of: ClassV | None = None  # the class of `self` there, where it is known
    exact: bool = True  # not one of its subclasses
    made: f.Form | None = None  # the call that made `self`, or returned the function, where it is known
    option: bool = False  # it calls this function in the runs that choose it, and others in others


def is_for_callers(key: Hashable) -> bool:
    """Whether a question is for the callers of a function."""
    return isinstance(key, tuple) and len(key) == 2 and key[0] == "caller" and isinstance(key[1], f.Graph)


def is_of_the_class(key: Hashable, graph: f.Graph) -> bool:
    """Whether a question is for the callers of another method of the class that a method belongs to."""
    if not is_for_callers(key):
        return False
    other: f.Graph = key[1]  # type: ignore[index]
    return (
        other.outer is None
        and other.unit.file is graph.unit.file
        and other.unit.owner == graph.unit.owner
        and other is not graph
    )


def caller_arguments(ev: Evaluator, graph: f.Graph, caller: Caller) -> dict[str, Lazy]:
    """What one call site gives for the parameters."""
    arguments = caller.arguments if caller.arguments is not None else bindings(ev, caller.form, caller.frame)
    return bind(ev, graph, arguments, caller.skips, caller.form)


def call_sites(ev: Evaluator, graph: f.Graph, cls: ClassV | None = None) -> tuple[Caller, ...]:
    """The places where a function is called, nearest first; of a constructor, `cls` leaves only those that make objects
    of that class. Those that call it in some runs only are among them where runs are looked at one by one."""
    found = known_sites(ev, graph, cls)
    if any(caller.option for caller in found):
        ev.depends({BY_CHOICE})
        ev.does(lambda: setattr(ev, "has_choices", True))
        if not ev.by_choice:
            return tuple(caller for caller in found if not caller.option)
    return found


def known_sites(ev: Evaluator, graph: f.Graph, cls: ClassV | None = None) -> tuple[Caller, ...]:
    """All of them, found once, outside any world."""
    key = (graph, cls.key if cls is not None else None)
    known = ev.notes.callers.get(key)
    if known is None and ev.nearby:
        ev.cut()  # found by nobody who looks further, it is not known for good
        return ()
    if known is not None:
        if key in ev.searching:
            ev.cut()  # what is found without them is not kept
        return known
    ev.notes.callers[key] = ()  # while they are looked for, there are none
    # How far whoever asks first may still look is not used up by the search, which everybody has the use of.
    steps, ev.steps = ev.steps, ev.steps if ev.searching else 0
    ev.searching.add(key)
    with ev.outside():
        found = tuple(_find_callers(ev, graph, cls))
    ev.searching.discard(key)
    if not ev.searching:
        ev.steps = steps
    ev.notes.callers[key] = found
    return found


def _find_callers(ev: Evaluator, graph: f.Graph, cls: ClassV | None) -> list[Caller]:
    from losslint.static.evaluation import callers

    return callers.find(ev, graph, cls)

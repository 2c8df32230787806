"""The calls that make objects of a class, under whichever name they call it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, NamedTuple

from losslint.static.evaluation import choices
from losslint.static.evaluation.arguments import with_held
from losslint.static.evaluation.constructors import receiver_frame
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.handed_on import parameter_given
from losslint.static.evaluation.searching import calls_of, files_with, graphs, may_hand_on, names_in
from losslint.static.evaluation.sites import known_sites
from losslint.static.evaluation.values import Bindings, ClassV, Value, whole
from losslint.static.files.file import File
from losslint.static.files.holding import under_other_names
from losslint.static.files.index import Index
from losslint.static.files.mentions import may_be_returned
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Functions that one class is handed to, and callers of such a function: of a framework in which everybody hands on a
#: class of their own, who makes what is only known when it runs.
MOST_HANDED = 4


class Made(NamedTuple):
    """A call that makes an object of a class."""

    call: f.Call
    frame: Frame
    option: bool = False  # only in the runs that choose the class
    arguments: Bindings | None = None  # when they are not those of the call itself (`partial(Trainer, model)`)


def makers(ev: Evaluator, cls: ClassV) -> Iterator[Made]:
    """The calls that make objects of a class, whether or not it has a constructor of its own."""
    name = cls.definition.name
    for file in files_with(ev, cls.file, name, _may_give):
        own = names_in(file, name)
        for written in sorted(own):
            yield from _of_the_class(ev, cls, calls_of(file, written))
        yield from _under_other_names(ev, cls, file, own)
    yield from _by_class_methods(ev, cls)


def _may_give(data: bytes, name: str) -> bool:
    return may_hand_on(data, name) or may_be_returned(data, name)


def _of_the_class(ev: Evaluator, cls: ClassV, found: Iterator[tuple[f.Call, f.Graph]]) -> Iterator[Made]:
    """Those calls that make an object of the class."""
    for call, graph in found:
        frame = ev.generic(graph)
        # `from trainers import lwf as trainer` on one of two branches: `trainer.Trainer(model)`
        value, is_option = choices.in_some_run(ev, call.function, frame, lambda it: _makes(it, cls))
        if _makes(value, cls):
            yield Made(call, frame, is_option, with_held(ev, value, call, frame))


def _makes(value: Value, cls: ClassV) -> bool:
    made = whole(value)
    return isinstance(made, ClassV) and made.key == cls.key


def _under_other_names(ev: Evaluator, cls: ClassV, file: File, own: Set[str]) -> Iterator[Made]:
    """`TRAINERS[args.name](model)`, `trainer_class(model)`, `get_trainer(args)(model)`, where something of that name is
    the class, holds it or returns it."""
    index = file.index
    known = under_other_names(index, own)
    for held in sorted(known - own):
        for near in (file, *others(ev, file, held)):
            yield from _of_the_class(ev, cls, calls_of(near, held))
    if "()" in index.calls:
        yield from _of_the_class(ev, cls, ((call, graph) for call, graph in calls_of(file, "") if _is_entry(call)))
    for giver in sorted({each for name in known for each in index.returned.get(name, ())}):
        for near in (file, *others(ev, file, giver)):
            at_once = ((call, graph) for call, graph in calls_of(near, "") if _is_result(call, giver))
            yield from _of_the_class(ev, cls, at_once)
            for held in sorted(near.index.held_as.get(giver, ())):
                yield from _of_the_class(ev, cls, calls_of(near, held))
    for other, names in _handed_to(ev, file, known):
        for name in sorted(names):
            yield from _of_the_class(ev, cls, calls_of(other, name))


def others(ev: Evaluator, file: File, name: str) -> list[File]:
    """The other files in which something of a file may be known under its name."""
    if not _is_seen_outside(file.index, name):
        return []
    return [each for each in files_with(ev, file, name, may_hand_on) if each is not file]


def _is_seen_outside(index: Index, name: str) -> bool:
    """Whether a name is one of the module, or of an attribute."""
    return (
        name in index.names
        or name in index.set_on
        or any(name in part for cls in index.classes.values() for part in (cls.names, cls.stores, cls.methods))
    )


def _is_entry(call: f.Call) -> bool:
    """`{"ce": Trainer}[args.loss](model)`"""
    return isinstance(call.function, f.Item) and isinstance(f.bare(call.function.base), (f.Mapping, f.Sequence))


def _is_result(call: f.Call, of: str) -> bool:
    return isinstance(call.function, f.Call) and call.function.callee_name == of


def _handed_to(ev: Evaluator, file: File, known: Set[str]) -> Iterator[tuple[File, Set[str]]]:
    """`run(Trainer)`: the files of the functions that are handed the class, and its names there."""
    units = sorted({unit for name in known for unit in file.index.calls.get("&" + name, ())})
    for unit in units if len(units) <= MOST_HANDED else ():
        for graph in graphs(file, unit):
            for call in graph.calls:
                for place, argument in enumerate(call.arguments):
                    if f.last_name(argument.form) not in known:
                        continue
                    taken, name = parameter_given(ev, call, graph, argument.keyword or place)
                    if taken is None or len(known_sites(ev, taken)) > MOST_HANDED:
                        continue
                    other = taken.unit.file
                    if name in other.index.called_parameters:
                        yield other, under_other_names(other.index, (name,))


def _by_class_methods(ev: Evaluator, cls: ClassV) -> Iterator[Made]:
    """`return cls(model)`, in the class or in one that few derive from: what the base of a whole framework makes is
    known to those who call it."""
    for each in ev.classes.order(cls):
        if isinstance(each, str) or (each.key != cls.key and len(ev.classes.subclasses(each)) > MOST_HANDED):
            continue
        for call, graph in calls_of(each.file, "cls"):
            unit = graph.unit
            definition = each.file.index.functions.get(unit.qualname)
            if definition is None or unit.owner != each.definition.qualname:
                continue
            if "classmethod" in definition.decorators and isinstance(f.bare(call.function), f.Param):
                yield Made(call, receiver_frame(ev, graph, cls))

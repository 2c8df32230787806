"""What a parameter is: from the call at hand, or from the call sites that the project holds."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import TYPE_CHECKING

from losslint.static.evaluation import closures, testing
from losslint.static.evaluation.arguments import passed_as, shown
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.receivers import (
    fits,
    is_of_a_subclass,
    is_receiver,
    receiver_class,
    same_object,
    some_object,
)
from losslint.static.evaluation.sites import Caller, call_sites, caller_arguments
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    ConstV,
    DictV,
    ExternalV,
    HolderV,
    InstanceV,
    Lazy,
    ObjectV,
    Open,
    SeqV,
    TakenV,
    UnknownV,
    Value,
    given,
)
from losslint.static.files.tests import is_test
from losslint.static.lowering import forms as f
from losslint.static.lowering.rebound import behind
from losslint.static.lowering.units import THE_END, FormSpot
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


#: Steps for the question whether any run gets to a call site.
MOST_WEIGHED = 400


#: Why nothing is known of what those callers give that are one too many.
MORE_CALLERS = "there are more callers than are looked at"

#: What a number of classes is called, or of what else a head has to have.
_COUNT = re.compile(r"(?i)^(?:num|n|nb|number)_|^n?classes$|_(?:classes|labels|outputs|dim|size|features|channels)$")


def force_param(ev: Evaluator, form: f.Param, frame: Frame) -> Value:
    """The value of a parameter."""
    name = form.name
    graph = frame.graph
    if frame.arguments is not None:
        lazy = frame.arguments.get(name)
        if lazy is not None:
            return _meant(ev, graph, name, lazy, frame.call, frame.caller) if ev.answers else ev.value(lazy)
        if frame.receiver is not None and graph.parameters and graph.parameters[0].name == name:
            return frame.receiver
        return _default(ev, graph, name, frame)
    return _generic(ev, form, frame)


def _parameter(graph: f.Graph, name: str) -> f.Parameter | None:
    return next((p for p in graph.parameters if p.name == name), None)


def _default(ev: Evaluator, graph: f.Graph, name: str, frame: Frame) -> Value:
    parameter = _parameter(graph, name)
    if parameter is None or parameter.default is None:
        return UnknownV(f"`{name}` of `{graph.name}` is not given")
    return ev.force(parameter.default, frame)


def _generic(ev: Evaluator, form: f.Param, frame: Frame) -> Value:
    graph, name = frame.graph, form.name
    unit = graph.unit
    if is_receiver(graph, name):
        if frame.receiver is not None:
            return frame.receiver
        return some_object(ev, ClassV(unit.file, unit.file.index.classes[unit.owner]))
    rows = testing.rows(ev, graph, name)
    if rows is not None:
        return _of_a_row(ev, rows, graph, name, frame)
    callers = running_sites(ev, graph)
    key: Hashable = ("caller", graph)
    cls = receiver_class(ev, frame)
    if cls is not None:  # what siblings are given says nothing about this object
        fitting = tuple(caller for caller in callers if fits(ev, caller, cls))
        if not fitting and graph.name == "__init__" and cls.definition.qualname != unit.owner:
            # Among many siblings those of its own kind may not have been reached.
            callers, key = running_sites(ev, graph, cls), ("caller", graph, cls.key)
        elif len(fitting) < len(callers):
            callers, key = fitting, ("caller", graph, cls.key)
    if graph.outer is not None and any(caller.made is not None for caller in callers):
        # Of the functions that one makes, each is called with what it was made for.
        makings, outer_key = running_sites(ev, graph.outer), ("caller", graph.outer)
        making = ev.answer(outer_key) if len(makings) > 1 else 0
        if making is None:
            return _from_one_of(outer_key, len(makings), form, frame)
        callers, key = closures.of_one_making(callers, makings[making : making + 1]), (key, making)
    if callers and unit.owner and graph.outer is None:
        same = same_object(ev, graph, callers)
        if same is not None:
            callers, key = same[0], (key, same[1])
            if not callers:  # nor does its default say anything: nothing that is read runs the method of this object
                return UnknownV(_by_others(graph, name), symbol=_symbol(graph, name, frame))
    if callers:
        count = len(callers) + (graph in ev.notes.crowded)
        answer = ev.answer(key) if count > 1 else 0
        if answer is None:
            return _from_one_of(key, count, form, frame)
        if answer >= len(callers):
            return UnknownV(MORE_CALLERS, symbol=_symbol(graph, name, frame))
        caller = callers[answer]
        if caller.frame.graph in ev.unread:
            ev.cut()  # what holds for this search alone is not kept
            caller = caller._replace(frame=ev.unread[caller.frame.graph])
        if cls is not None and graph.name != "__init__" and is_of_a_subclass(ev, caller, cls):
            count = 1 + len(ev.classes.subclasses(cls))
            return UnknownV(
                f"`{name}` of `{graph.name}` is given by a call on an object of a subclass",
                Open(("subclass", cls.key), count, may=True), symbol=_symbol(graph, name, frame),
            )  # fmt: skip
        if caller.form.path or caller.option:
            if len(callers) == 1 and _hangs_on_something(ev, caller):
                ev.depends(set())  # what is known for good leaves no trace of the way
            ev.does(lambda: _came_from(ev, caller, graph))
        lazy = caller_arguments(ev, graph, caller).get(name)
        if lazy is not None:
            value = _meant(ev, graph, name, lazy, caller.form, caller.frame) if ev.answers else ev.value(lazy)
            if graph.name == "__init__":
                value = _kept(ev, value, lazy, caller)
            if isinstance(value, UnknownV) and value.symbol is None and not isinstance(value, HolderV):
                return UnknownV(value.reason, value.open, _symbol(graph, name, frame), something=value.something)
            return value
        value = _default(ev, graph, name, frame)
        if _is_none(value) and _COUNT.search(name) is not None and _is_made_to_test(graph, caller):
            return _unread(ev, graph, name, frame)
        return value
    from losslint.static.evaluation import hooks

    held = hooks.model(ev, graph, name)
    return ev.value(held) if held is not None else _unread(ev, graph, name, frame)


def _is_none(value: Value) -> bool:
    return isinstance(value, ConstV) and value.value is None


def _is_made_to_test(graph: f.Graph, caller: Caller) -> bool:
    """Whether a test makes an object of a class that it tests. One without a number of classes has no head, and that
    objects of the class can be trained says nothing of whether this one is."""
    return graph.name == "__init__" and is_test(caller.frame.graph.unit.file) and not is_test(graph.unit.file)


def _from_one_of(key: Hashable, count: int, form: f.Param, frame: Frame) -> UnknownV:
    """What a function is given by one of several callers, in a world that has not chosen one."""
    name, graph = form.name, frame.graph
    reason = f"`{name}` of `{graph.name}` comes from its callers"
    return UnknownV(reason, Open(key, count, may=True), symbol=_symbol(graph, name, frame))


def running_sites(ev: Evaluator, graph: f.Graph, cls: ClassV | None = None) -> tuple[Caller, ...]:
    """The call sites but for those that no run gets to: among these the answer to the question for the callers of a
    function chooses. Where only those who are known to call the function around one leave it before, it is there for
    somebody else."""
    found: list[Caller] = []
    for caller in call_sites(ev, graph, cls):
        if not caller.form.path or not _is_dead(ev, caller.form, caller.frame):
            found.append(caller)
        elif caller.frame is ev.generic(caller.frame.graph) and not caller.arguments:
            unread = ev.unread_frame(caller.frame.graph)
            if not _is_dead(ev, caller.form, unread):
                found.append(caller._replace(frame=unread))
    return tuple(found)


def sites_of_the_world(ev: Evaluator, graph: f.Graph) -> tuple[Caller, ...]:
    """The call site that this world has chosen, or all that it may choose among."""
    callers = running_sites(ev, graph)
    chosen = ev.answer(("caller", graph))
    return callers[chosen : chosen + 1] if chosen is not None and chosen < len(callers) else callers


def _is_dead(ev: Evaluator, call: f.Call, frame: Frame) -> bool:
    """Whether what a call stands under is known not to hold, whatever is assumed of the runs."""
    from losslint.static.evaluation.conditions import truth

    known = ev.notes.dead.get((call, frame))
    if known is None:
        if ev.weighing:
            ev.cut()  # who calls those that a condition hangs on is not asked in turn
            return False
        ev.weighing = True
        before, ev.steps, ev.most_steps = (ev.steps, ev.most_steps), 0, MOST_WEIGHED
        try:
            with ev.outside():
                known = any(truth(ev, condition, frame) is (not wanted) for condition, wanted in call.path)
        finally:
            ev.steps, ev.most_steps = before
            ev.weighing = False
        ev.notes.dead[call, frame] = known
    return known


def _hangs_on_something(ev: Evaluator, caller: Caller) -> bool:
    """Whether a call stands under a condition that the runs decide."""
    from losslint.static.evaluation.conditions import truth

    if ev.weighing or not caller.form.path:
        return False
    key = (caller.form, caller.frame)
    known = ev.notes.hanging.get(key)
    if known is None:
        ev.notes.hanging[key] = False  # while it is looked at
        with ev.outside():
            known = any(isinstance(truth(ev, condition, caller.frame), Open) for condition, _ in caller.form.path)
        ev.notes.hanging[key] = known
    return known


def _of_a_row(ev: Evaluator, rows: testing.Rows, graph: f.Graph, name: str, frame: Frame) -> Value:
    """What a test is given in the run of one row of its parametrization."""
    count = len(rows.values)
    key: Hashable = ("row", graph, rows.decorator)
    answer = ev.answer(key) if count > 1 else 0
    if answer is None:
        reason = f"`{name}` of `{graph.name}` comes from the rows of its parametrization"
        return UnknownV(reason, Open(key, count, may=True), symbol=_symbol(graph, name, frame))
    spot = FormSpot(rows.decorator)
    value = ev.value(rows.values[answer].with_step(spot, passed_as(name, shown(graph))))
    if isinstance(value, UnknownV) and value.symbol is None and not isinstance(value, HolderV):
        return UnknownV(value.reason, value.open, _symbol(graph, name, frame), something=value.something)
    return value


def _came_from(ev: Evaluator, caller: Caller, graph: f.Graph) -> None:
    if caller.form.path:
        ev.way.callers[caller.form] = caller.frame
    if caller.option:
        ev.way.chosen[caller.form] = (caller.frame, graph, caller.of)


def _meant(ev: Evaluator, graph: f.Graph, name: str, lazy: Lazy, call: f.Call | None, caller: Frame | None) -> Value:
    """What a call site gives in this world, if it is meant for the function."""
    from losslint.static.evaluation import pairing

    value, inside = ev.watched(lambda: ev.value(lazy))
    if not isinstance(value, InstanceV) or inside is None or inside.isdisjoint(ev.answers):
        return value
    read = pairing.lacks(ev, graph, name, value)
    if read:
        reason = f"`{shown(graph)}` reads `{name}.{read}`, which `{value.cls.definition.name}` does not have"
        return UnknownV(reason, symbol=("param", graph, name))
    if graph.name == "__init__" and call is not None and caller is not None:
        made = (caller, shown(graph), inside)
        ev.does(lambda: ev.way.made.update({call: made}))
    return value


def uncalled(ev: Evaluator, graph: f.Graph, receiver: Value | None = None) -> Frame:
    """A function in a call that is not read, whoever else calls it; a method on an object, if one is given."""
    generic = ev.generic(graph)
    arguments: dict[str, Lazy] = {}
    for parameter in graph.parameters:
        name = parameter.name
        if is_receiver(graph, name):
            cls = ClassV(graph.unit.file, graph.unit.file.index.classes[graph.unit.owner])
            arguments[name] = given(receiver if receiver is not None else some_object(ev, cls))
        else:
            arguments[name] = given(_unread(ev, graph, name, generic))
    return Frame(graph, arguments, receiver, generic.parent)


def _unread(ev: Evaluator, graph: f.Graph, name: str, frame: Frame) -> Value:
    """A parameter that code gives which is not read."""
    parameter = _parameter(graph, name)
    if parameter is not None:
        if parameter.default is not None:
            value = ev.force(parameter.default, frame)
            if not isinstance(value, ConstV) or isinstance(value.value, (bool, str, float)):
                # A caller that is not read may give anything, but the default is what a reader takes for granted.
                return _by_default(value, _symbol(graph, name, frame))
            if isinstance(value.value, int):
                # A number of classes or layers is there to be given.
                reason = _by_others(graph, name)
                number = Meaning(shape=Shape(()), reason=reason)
                return UnknownV(reason, symbol=_symbol(graph, name, frame), tensor=number)
            # `weights=None`: both that nothing is given and that something is are runs that happen. Without a number of
            # classes a model is a part of another one, and nobody trains it as it is.
            symbol, is_optional = _symbol(graph, name, frame), _COUNT.search(name) is None
            return UnknownV(_by_others(graph, name), symbol=symbol, optional=is_optional)
        if parameter.annotation:
            annotated = _annotated(ev, graph, parameter.annotation)
            if annotated is not None:
                return annotated
    return UnknownV(_by_others(graph, name), symbol=_symbol(graph, name, frame))


def _by_default(value: Value, symbol: Hashable) -> Value:
    return TakenV(value.value, symbol, value.trail) if type(value) is ConstV and isinstance(value.value, str) else value


def _by_others(graph: f.Graph, name: str) -> str:
    return f"`{name}` of `{graph.name}` is given by code that is not read"


def _symbol(graph: f.Graph, name: str, frame: Frame) -> Hashable:
    """What tells a parameter that is not known from others. What a hook is given differs from object to object."""
    receiver = frame.receiver
    if isinstance(receiver, InstanceV) and receiver.origin is not None and graph.name != "__init__":
        return ("param", graph, name, id(receiver.origin), id(receiver.frame))
    return ("param", graph, name)


def _kept(ev: Evaluator, value: Value, lazy: Lazy, caller: Caller) -> Value:
    """What a constructor was given, when the object that keeps it is used: it may have been changed behind the call."""
    from losslint.static.evaluation import handing

    argument, frame = lazy.form, caller.frame
    if lazy.frame is not frame or not isinstance(argument, (f.Named, f.Param)):
        return value
    if not isinstance(value, handing.CHANGEABLE):
        return value
    bound = f.bare(argument)
    if handing.is_handed_behind(ev, bound, frame, caller.form.seq):
        at_the_end = handing.afterwards(ev, ev.force(bound, frame), bound, frame, THE_END)
        changed = given(at_the_end)
        changed.steps = lazy.steps
        value = ev.value(changed)
    changes = behind(bound, frame.graph.bindings.get(argument.name), caller.form.path) or []
    changes = [change for change in changes if change.seq > caller.form.seq]
    paths = {(change.name,) if isinstance(change, (f.SetAttr, f.Within)) else () for change in changes}
    if paths and not isinstance(value, (SeqV, DictV)):
        value = handing.with_unknown(ev, value, paths, "what follows the call")
    return value


def _annotated(ev: Evaluator, graph: f.Graph, annotation: str) -> Value | None:
    bound = ev.classes.resolve(graph.unit.file, annotation)
    value = ev.bound(bound)
    if isinstance(value, ClassV) and not ev.classes.subclasses(value):
        return InstanceV(value)
    if isinstance(value, ExternalV):
        from losslint.contracts import libraries, lookup

        if lookup.loss_by_module(value.name) is not None or libraries.answer_of(value.name) is not None:
            return ObjectV(value.name, Bindings(complete=False), None)
    return None


def calls_a_method(ev: Evaluator, call: f.Call, graph: f.Graph) -> bool:
    """Whether something is called on a parameter whose annotation says that this is a method: `ev.value(…)`, where
    `ev: Evaluator`. Then no loss is called, whoever the callers are."""
    function = f.bare(call.function)
    if not isinstance(function, f.Attr):
        return False
    base = f.bare(function.base)
    parameter = _parameter(graph, base.name) if isinstance(base, f.Param) else None
    if parameter is None or not parameter.annotation:
        return False
    cls = ev.bound(ev.classes.resolve(graph.unit.file, parameter.annotation))
    found = ev.classes.method(cls, function.name) if isinstance(cls, ClassV) else None
    return found is not None and not found[1].decorators

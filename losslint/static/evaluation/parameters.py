"""What a parameter is: from the call at hand, or from the call sites that the project holds."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from losslint.static.evaluation import testing
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.results import BY_CHOICE, callers_of
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
    opened,
)
from losslint.static.lowering import forms as f
from losslint.static.lowering.rebound import behind
from losslint.static.lowering.units import FormSpot
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


class Caller(NamedTuple):
    """A call site of a function: the call in its own generic frame, and what it gives for `self`, if anything."""

    form: f.Call
    frame: Frame
    arguments: Bindings | None  # when they are not those of the call itself (`mp.spawn(main, args=…)`)
    skips: int  # parameters at the front that the call does not give (`self`)
    of: ClassV | None = None  # the class of `self` there, where it is known
    exact: bool = True  # not one of its subclasses
    made: f.Form | None = None  # the call that made `self`, where it is known
    option: bool = False  # it calls this function in the runs that choose it, and others in others


#: What tells definitions of one name from each other.
_NUMBERS = re.compile(r":\d+")


def shown(graph: f.Graph) -> str:
    """A function's name for people; that of a class for its constructor."""
    return written(graph.unit.qualname.removesuffix(".__init__")) if graph.outer is None else graph.name


def written(qualname: str) -> str:
    """A qualified name as the code has it: the second of a name has a number in the index."""
    return _NUMBERS.sub("", qualname)


def passed_as(name: str, function: str) -> str:
    """The step of a value on its way into a function."""
    return f"passed as `{name}` to `{function}`"


def bind(ev: Evaluator, graph: f.Graph, arguments: Bindings, skips: int, form: f.Call | None) -> dict[str, Lazy]:
    """The arguments of a call under the names of a function's parameters; those not given are left out."""
    named: dict[str, Lazy] = {}
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    plain = [p for p in graph.parameters if not p.sort and not p.keyword_only][skips:]
    spot = FormSpot(form) if form is not None else None
    function = shown(graph)

    def pass_on(name: str, lazy: Lazy) -> None:
        named[name] = lazy.with_step(spot, passed_as(name, function)) if spot is not None else lazy

    for parameter in plain:
        if positional:
            pass_on(parameter.name, positional.pop(0))
        elif parameter.name in keywords:
            pass_on(parameter.name, keywords.pop(parameter.name))
        elif not arguments.complete and not _is_made_by_default(parameter, form):
            named[parameter.name] = given(UnknownV(f"`{parameter.name}` is passed through `*` or `**`"))
    for parameter in graph.parameters:
        if parameter.keyword_only and not parameter.sort:
            if parameter.name in keywords:
                pass_on(parameter.name, keywords.pop(parameter.name))
            elif not arguments.complete and not _is_made_by_default(parameter, form):
                named[parameter.name] = given(UnknownV(f"`{parameter.name}` is passed through `**`"))
        elif parameter.sort == "*":
            named[parameter.name] = given(SeqV("tuple", tuple(positional), arguments.complete))
        elif parameter.sort == "**":
            rest: dict[object, Lazy] = {}
            rest.update(keywords)
            named[parameter.name] = given(DictV(rest, arguments.complete))
    return named


def _is_made_by_default(parameter: f.Parameter, form: f.Call | None) -> bool:
    """Whether a parameter has something made for its default, as `criterion=nn.CrossEntropyLoss()`, which a call with
    `**options` may replace: a reader takes it for granted."""
    if parameter.default is None or form is None or any(argument.star == "*" for argument in form.arguments):
        return False
    default = f.bare(parameter.default)
    return isinstance(default, f.Call) and default.callee_name != "dict"  # a dict is what options replace


def refuses(graph: f.Graph, arguments: Bindings, skips: int) -> bool:
    """Whether Python refuses a call: an argument that the function has no parameter for, or one that is missing. What
    decorates a function may take others."""
    if graph.decorators or not arguments.complete:
        return False
    sorts = {parameter.sort for parameter in graph.parameters}
    named = [parameter for parameter in graph.parameters if not parameter.sort]
    plain = [parameter for parameter in named if not parameter.keyword_only][skips:]
    if "*" not in sorts and len(arguments.positional) > len(plain):
        return True
    if "**" not in sorts and not arguments.keywords.keys() <= {parameter.name for parameter in named}:
        return True
    needed = [*plain[len(arguments.positional) :], *(parameter for parameter in named if parameter.keyword_only)]
    return any(parameter.default is None and parameter.name not in arguments.keywords for parameter in needed)


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


def is_receiver(graph: f.Graph, name: str) -> bool:
    """Whether a parameter is a method's `self` (or a class method's `cls`)."""
    unit = graph.unit
    if graph.outer is not None or not unit.owner or not graph.parameters or graph.parameters[0].name != name:
        return False
    definition = unit.file.index.functions.get(unit.qualname)
    return definition is None or "staticmethod" not in definition.decorators


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
    callers = _that_run(ev, call_sites(ev, graph))
    key: Hashable = ("caller", graph)
    cls = _receiver_class(ev, frame)
    if cls is not None:  # what siblings are given says nothing about this object
        fitting = tuple(caller for caller in callers if _fits(ev, caller, cls))
        if not fitting and graph.name == "__init__" and cls.definition.qualname != unit.owner:
            # Among many siblings those of its own kind may not have been reached.
            callers, key = _that_run(ev, call_sites(ev, graph, cls)), ("caller", graph, cls.key)
        elif len(fitting) < len(callers):
            callers, key = fitting, ("caller", graph, cls.key)
    if callers and unit.owner and graph.outer is None:
        same = _same_object(ev, graph, callers)
        if same is not None:
            callers, key = same[0], (key, same[1])
            if not callers:  # nor does its default say anything: nothing that is read runs the method of this object
                return UnknownV(_by_others(graph, name), symbol=_symbol(graph, name, frame))
    if callers:
        answer = ev.answer(key) if len(callers) > 1 else 0
        if answer is None:
            return UnknownV(
                f"`{name}` of `{graph.name}` comes from its callers", Open(key, len(callers), may=True),
                symbol=_symbol(graph, name, frame),
            )  # fmt: skip
        caller = callers[answer]
        if caller.frame.graph in ev.unread:
            ev.cut()  # what holds for this search alone is not kept
            caller = caller._replace(frame=ev.unread[caller.frame.graph])
        if cls is not None and _is_of_a_subclass(ev, caller, cls):
            count = 1 + len(ev.classes.subclasses(cls))
            return UnknownV(
                f"`{name}` of `{graph.name}` is given by a call on an object of a subclass",
                Open(("subclass", cls.key), count, may=True), symbol=_symbol(graph, name, frame),
            )  # fmt: skip
        if caller.form.path or caller.option:
            ev.does(lambda: _came_from(ev, caller, graph))
        lazy = caller_arguments(ev, graph, caller).get(name)
        if lazy is not None:
            value = _meant(ev, graph, name, lazy, caller.form, caller.frame) if ev.answers else ev.value(lazy)
            if graph.name == "__init__":
                value = _kept(ev, value, lazy, caller)
            if isinstance(value, UnknownV) and value.symbol is None and not isinstance(value, HolderV):
                return UnknownV(value.reason, value.open, _symbol(graph, name, frame), something=value.something)
            return value
        return _default(ev, graph, name, frame)
    from losslint.static.evaluation import hooks

    held = hooks.model(ev, graph, name)
    return ev.value(held) if held is not None else _unread(ev, graph, name, frame)


def _that_run(ev: Evaluator, callers: tuple[Caller, ...]) -> tuple[Caller, ...]:
    """The call sites but for those that no run gets to. Where only those who are known to call the function around one
    leave it before, it is there for somebody else."""
    found: list[Caller] = []
    for caller in callers:
        if not caller.form.path or not _is_dead(ev, caller.form, caller.frame):
            found.append(caller)
        elif caller.frame is ev.generic(caller.frame.graph) and not caller.arguments:
            unread = ev.unread_frame(caller.frame.graph)
            if not _is_dead(ev, caller.form, unread):
                found.append(caller._replace(frame=unread))
    return tuple(found)


def _is_dead(ev: Evaluator, call: f.Call, frame: Frame) -> bool:
    """Whether what a call stands under is known not to hold, whatever is assumed of the runs."""
    from losslint.static.evaluation.conditions import truth

    known = ev.dead.get((call, frame))
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
        ev.dead[call, frame] = known
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


def uncalled(ev: Evaluator, graph: f.Graph) -> Frame:
    """A function in a call that is not read, whoever else calls it."""
    generic = ev.generic(graph)
    arguments: dict[str, Lazy] = {}
    for parameter in graph.parameters:
        name = parameter.name
        own = is_receiver(graph, name)
        arguments[name] = given(
            some_object(ev, ClassV(graph.unit.file, graph.unit.file.index.classes[graph.unit.owner]))
            if own
            else _unread(ev, graph, name, generic)
        )
    return Frame(graph, arguments, None, generic.parent)


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
            # `weights=None`: both that nothing is given and that something is are runs that happen.
            symbol = _symbol(graph, name, frame)
            return UnknownV(_by_others(graph, name), symbol=symbol, optional=True)
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


def _receiver_class(ev: Evaluator, frame: Frame) -> ClassV | None:
    """The class of the object whose method is looked at, as far as it is known in this world."""
    graph = frame.graph
    if isinstance(frame.receiver, InstanceV):
        return frame.receiver.cls
    if graph.outer is not None or not graph.parameters or not is_receiver(graph, graph.parameters[0].name):
        return None
    cls = ClassV(graph.unit.file, graph.unit.file.index.classes[graph.unit.owner])
    ev.asked.add(("subclass", cls.key))
    if ("subclass", cls.key) not in ev.answers:
        return cls
    found = some_object(ev, cls)
    return found.cls if isinstance(found, InstanceV) else None


def _fits(ev: Evaluator, caller: Caller, cls: ClassV) -> bool:
    """Whether the object at a call site can be one of this class: a sibling's call says nothing about it."""
    of = caller.of
    if of is None or of.key == cls.key:
        return True
    if ev.classes.derives(of, cls):
        return not caller.exact or not _is_chosen(ev, cls)
    return not caller.exact and ev.classes.derives(cls, of)


def _is_of_a_subclass(ev: Evaluator, caller: Caller, cls: ClassV) -> bool:
    """Whether a call is one on an object of a subclass, where it is not asked yet of which class the object is."""
    of = caller.of
    if of is None or not caller.exact or of.key == cls.key or _is_chosen(ev, cls):
        return False
    return ev.classes.derives(of, cls)


def _is_chosen(ev: Evaluator, cls: ClassV) -> bool:
    """Whether this world says of which class an object is that some class may have."""
    return ev.answer(("subclass", cls.key)) is not None


def _same_object(
    ev: Evaluator, graph: f.Graph, callers: tuple[Caller, ...]
) -> tuple[tuple[Caller, ...], Hashable] | None:
    """The call sites of a method whose object was made where this world takes it to be made, and of a constructor, the
    places where the object of the call that this world looks at was made. None when the world says nothing of it. Where
    the only call that is read is one on another object, there are none left: this one is called by code that is not."""
    constructs = graph.name == "__init__"
    if constructs and len(callers) == 1:
        return None
    ev.asked.add(callers_of(graph))
    for known, made in _made_in_this_world(ev, graph):
        answer = ev.answer(known)
        fitting = tuple(c for c in callers if (c.form if constructs else c.made) in (made, None))
        if len(fitting) < len(callers) and (fitting or len(callers) == 1):
            return fitting, (known, answer)
    return None


def made_at(ev: Evaluator, graph: f.Graph) -> f.Form | None:
    """The call that this world takes the object of a method to be made by, if it says anything of it."""
    return next((made for _, made in _made_in_this_world(ev, graph)), None)


def _made_in_this_world(ev: Evaluator, graph: f.Graph) -> Iterator[tuple[Hashable, f.Form]]:
    """The calls that the object of a method is made by in this world, with the question that says so: which call of the
    constructor is looked at, or which of another method, on an object of which it is known where it was made."""
    for known in [key for key in ev.answers if is_of_the_class(key, graph)]:
        other: f.Graph = known[1]  # type: ignore[index]
        sites = call_sites(ev, other)
        answer = ev.answers[known]
        if answer < len(sites):
            made = sites[answer].form if other.name == "__init__" else sites[answer].made
            if made is not None:
                yield known, made


def is_of_the_class(key: Hashable, graph: f.Graph) -> bool:
    """Whether a question is for the callers of another method of the class that a method belongs to."""
    if not isinstance(key, tuple) or len(key) != 2 or key[0] != "caller" or not isinstance(key[1], f.Graph):
        return False
    other = key[1]
    return (
        other.outer is None
        and other.unit.file is graph.unit.file
        and other.unit.owner == graph.unit.owner
        and other is not graph
    )


def _annotated(ev: Evaluator, graph: f.Graph, annotation: str) -> Value | None:
    bound = ev.classes.resolve(graph.unit.file, annotation)
    value = ev.bound(bound)
    if isinstance(value, ClassV) and not ev.classes.subclasses(value):
        return InstanceV(value)
    if isinstance(value, ExternalV):
        from losslint.contracts import lookup

        if lookup.loss_by_module(value.name) is not None:
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


def some_object(ev: Evaluator, cls: ClassV) -> Value:
    """The `self` of a method that is looked at by itself."""
    subclasses = ev.classes.subclasses(cls)
    if not subclasses:
        return InstanceV(cls)
    answer = ev.answer(("subclass", cls.key))
    return InstanceV((cls, *subclasses)[answer] if answer is not None else cls)


def caller_arguments(ev: Evaluator, graph: f.Graph, caller: Caller) -> dict[str, Lazy]:
    """What one call site gives for the parameters."""
    arguments = caller.arguments if caller.arguments is not None else bindings(ev, caller.form, caller.frame)
    return bind(ev, graph, arguments, caller.skips, caller.form)


def bindings(ev: Evaluator, form: f.Call, frame: Frame) -> Bindings:
    """The arguments of a call in a frame, `*` and `**` spread where they are known."""
    positional: list[Lazy] = []
    keywords: dict[str, Lazy] = {}
    complete = True
    for argument in form.arguments:
        lazy = Lazy(argument.form, frame)
        if argument.star == "*":
            value = ev.value(lazy)
            from losslint.static.evaluation.loops import items_of

            items = items_of(ev, value)
            if items is not None and complete:
                positional.extend(items)
            else:
                complete = False
        elif argument.star == "**":
            value = ev.value(lazy)
            if isinstance(value, DictV) and all(isinstance(key, str) for key in value.items):
                keywords.update({str(key): item for key, item in value.items.items()})
                complete = complete and value.complete
            else:
                complete = False
        elif argument.keyword:
            keywords[argument.keyword] = lazy
        elif complete:
            positional.append(lazy)
    return Bindings(tuple(positional), keywords, complete)


# -------------------------------------------------------------------- call sites

#: Behind every form of a unit.
THE_END = 1 << 60

#: Call sites of one function that are looked at.
MOST_CALLERS = 16

#: Steps for the question whether any run gets to one of them.
MOST_WEIGHED = 400

#: Names of methods that everybody defines: a receiver that is not known says nothing about them.
SPAWNERS = frozenset({"spawn", "start_processes", "Process", "Thread", "notebook_launcher", "launch"})


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
    known = ev.callers.get(key)
    if known is None and ev.nearby:
        ev.cut()  # found by nobody who looks further, it is not known for good
        return ()
    if known is not None:
        if key in ev.searching:
            ev.cut()  # what is found without them is not kept
        return known
    ev.callers[key] = ()  # while they are looked for, there are none
    # How far whoever asks first may still look is not used up by the search, which everybody has the use of.
    steps, ev.steps = ev.steps, ev.steps if ev.searching else 0
    ev.searching.add(key)
    with ev.outside():
        found = tuple(_find_callers(ev, graph, cls))
    ev.searching.discard(key)
    if not ev.searching:
        ev.steps = steps
    ev.callers[key] = found
    return found


def _find_callers(ev: Evaluator, graph: f.Graph, cls: ClassV | None) -> list[Caller]:
    from losslint.static.evaluation import callers

    return callers.find(ev, graph, cls)


__all__ = [
    "Caller",
    "bind",
    "bindings",
    "call_sites",
    "caller_arguments",
    "force_param",
    "is_of_the_class",
    "is_receiver",
    "known_sites",
    "opened",
    "passed_as",
    "shown",
    "some_object",
    "written",
]

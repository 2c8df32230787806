"""Objects that are handed to a function which changes them: what they are afterwards."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from losslint.static.evaluation import object_effects
from losslint.static.evaluation.arguments import bind, bindings
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import instance_key
from losslint.static.evaluation.receivers import is_receiver
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    ContainerV,
    DictV,
    ExternalV,
    FunctionV,
    HolderV,
    InstanceV,
    Lazy,
    ObjectV,
    SeqV,
    TensorV,
    UnknownV,
    Value,
    given,
)
from losslint.static.files.index import SOME_NAME
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import OF_TRAINING, origin
from losslint.static.lowering.attribute_changes import CHANGES, earlier
from losslint.static.lowering.operands import is_of_several
from losslint.vocabulary.kinds import Kind

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: So many functions deep it is looked at what becomes of an object that is handed on.
FURTHEST_HANDED = 3

#: Methods that give a tensor another shape in place.
RESHAPING = frozenset({"squeeze_", "unsqueeze_", "transpose_", "t_", "swapaxes_", "swapdims_", "resize_"})

#: Where functions come from that leave the shape of what they are given as it is.
LEAVING_SHAPES = ("torch.", "numpy.", "builtins.")

#: Methods whose result says nothing: a hook that is one such call changes nothing.
KEEPING_NOTHING = frozenset({"append", "extend", "update", "add", "__setitem__", "insert", "setdefault"})

#: Values that a function can change for its caller.
CHANGEABLE = (InstanceV, ContainerV, ObjectV, SeqV, DictV, HolderV)


def afterwards(ev: Evaluator, value: Value, bound: f.Form, frame: Frame, until: int) -> Value:
    """A value that was bound by one form, at a later one: changed by the functions that it was handed to between."""
    if isinstance(value, TensorV):
        return _written(ev, value, bound, frame, until)
    if not isinstance(value, CHANGEABLE):
        return value
    for call, position in _handed(ev, frame.graph).get(bound, ()):
        if bound.seq < call.seq < until:
            value = _changed(ev, value, call, position, frame)
    if isinstance(value, InstanceV):
        value = object_effects.on_object(ev, value, origin(bound), frame, bound.seq, until)
    inside = _by_nested(frame.graph).get(bound) if frame.graph.nested else None
    return with_unknown(ev, value, inside, "a function inside this one") if inside else value


def _written(ev: Evaluator, value: TensorV, bound: f.Form, frame: Frame, until: int) -> TensorV:
    """A tensor after functions of the project had it, which may have written to it."""
    from losslint.static.evaluation.changes import rewritten

    for call, position in _handed(ev, frame.graph).get(bound, ()):
        if not bound.seq < call.seq < until:
            continue
        if value.meaning.kind is Kind.CONSTANT and call in frame.graph.statements:
            function = ev.force(call.function, frame)
            if isinstance(function, ExternalV) and not function.name.startswith(LEAVING_SHAPES):
                # `DataStructs.ConvertToNumpyArray(fingerprint, np.zeros(1))` makes it as long as it has to be.
                written = rewritten(value, f"`{function.name}` may write to it")
                return TensorV(written.meaning.but(shape=None), written.open)
        if isinstance(f.bare(call.function), (f.Global, f.Outer, f.Function, f.Defined)):
            function = ev.force(call.function, frame)
            if isinstance(function, FunctionV) and function.graph is not frame.graph:
                if any(other.callee_name in RESHAPING for other in function.graph.calls):
                    value = TensorV(value.meaning.but(shape=None), value.open)
                paths = changed_paths(ev, function.graph, parameter_of(function, call, position), 0)
                if any(not path or path[0].startswith("[") for path in paths):
                    return rewritten(value, f"`{function.graph.name}` writes to it")
    return value


def parameter_of(function: FunctionV, call: f.Call, position: int) -> str:
    """The parameter of a function that one argument of a call goes to."""
    keyword = call.arguments[position].keyword
    plain = [parameter.name for parameter in function.graph.parameters if not parameter.sort]
    place = position + (1 if function.bound is not None else 0)
    return keyword or (plain[place] if place < len(plain) else "")


def _by_nested(graph: f.Graph) -> dict[f.Form, set[tuple[str, ...]]]:
    """What functions inside a function change of its variables, by the form that is bound to each."""
    found: dict[f.Form, set[tuple[str, ...]]] = {}
    for inner in graph.nested:
        for root, path in inner.changes:
            if isinstance(root, f.Outer):
                found.setdefault(f.bare(root.form), set()).add(path)
    return found


def is_handed(ev: Evaluator, form: f.Named, frame: Frame) -> bool:
    """Whether an object was given to a call, or is known to a nested function, before it is read."""
    return bool(frame.graph.nested) or any(
        form.form.seq < call.seq < form.seq for call, _ in _handed(ev, frame.graph).get(form.form, ())
    )


def is_handed_behind(ev: Evaluator, bound: f.Form, frame: Frame, seq: int) -> bool:
    """Whether an object is given to a call behind one place."""
    return any(call.seq > seq for call, _ in _handed(ev, frame.graph).get(bound, ()))


def _handed(ev: Evaluator, graph: f.Graph) -> dict[f.Form, list[tuple[f.Call, int]]]:
    """The calls of a function to which a local variable is given, by the form that is bound to it."""
    known = ev.notes.handed.get(graph)
    if known is None:
        known = ev.notes.handed[graph] = {}
        for call in graph.calls:
            for position, argument in enumerate(call.arguments):
                if argument.star:
                    continue
                if isinstance(argument.form, f.Named):
                    known.setdefault(argument.form.form, []).append((call, position))
                elif isinstance(argument.form, f.Param):
                    known.setdefault(argument.form, []).append((call, position))
    return known


def _changed(ev: Evaluator, value: Value, call: f.Call, position: int, frame: Frame) -> Value:
    function = ev.force(call.function, frame)
    if isinstance(function, ExternalV) and function.name == "builtins.setattr" and position == 0:
        return _with_some_attribute(ev, value, call, frame)
    if isinstance(function, ClassV):
        return _entered(ev, value, function, call, position, frame)
    if isinstance(function, UnknownV) and isinstance(value, DictV) and is_of_several(call):
        # `for hook in hooks: hook(state)`
        return DictV({}, False) if call in frame.graph.statements else value
    if not isinstance(function, FunctionV) or function.graph is frame.graph:
        return value
    return _after_call(ev, value, function, call, position, frame)


def _after_call(ev: Evaluator, value: Value, function: FunctionV, call: f.Call, position: int, frame: Frame) -> Value:
    """A value after a function of the project was called with it."""
    graph = function.graph
    skips = 1 if function.bound is not None else 0
    name = parameter_of(function, call, position)
    if isinstance(graph.result, f.Yielded):
        # What it sets, it sets for the time of a `with` block, and then sets it back.
        return with_unknown(ev, value, changed_paths(ev, graph, name), graph.name)
    if isinstance(value, DictV) and _goes_into(graph, name):
        return _merged(ev, value, f"`{graph.name}` may set it")
    final = graph.bindings.get(name)
    if _sets_some_attribute(graph, name):
        return UnknownV(f"`{graph.name}` sets attributes of it whose names are not known")
    if final is None or not _mutates(final, name):
        return value
    key = ("call", call, frame, graph, instance_key(function.bound))
    inner = ev.notes.frames.get(key)
    if inner is None:
        named = bind(ev, graph, bindings(ev, call, frame), skips, call)
        inner = ev.notes.frames[key] = Frame(graph, named, function.bound, function.parent, call, frame)
    return ev.force(final, inner)


def _goes_into(graph: f.Graph, name: str) -> bool:
    """Whether a function calls itself for entries of what it was given, and sets some: `merge(config[key], value)`."""
    sets = any(isinstance(root, f.Param) and root.name == name for root, _ in graph.changes)
    return sets and any(
        isinstance(entry := f.bare(argument.form), f.Item)
        and isinstance(whole := origin(entry.base), f.Param)
        and whole.name == name
        for call in graph.calls
        if call.callee_name == graph.name
        for argument in call.arguments
    )


def _merged(ev: Evaluator, value: DictV, by: str) -> DictV:
    """A dict of settings into which another was merged, entry by entry, and those of its entries that are dicts."""
    changed = given(UnknownV(by))
    entries: dict[object, Lazy] = {}
    for key, lazy in value.items.items():
        one = ev.value(lazy)
        entries[key] = (
            given(_merged(ev, one, by)) if isinstance(one, DictV) else changed if isinstance(one, ConstV) else lazy
        )
    return DictV(entries, False, value.rest, value.trail)


def _entered(ev: Evaluator, value: Value, cls: ClassV, call: f.Call, position: int, frame: Frame) -> Value:
    """A value that was given to the constructor of a class: what that does with it, and the class in a `with` block."""
    graph = ev.classes.graph(cls, "__init__")
    if graph is not None:
        names = [p.name for p in graph.parameters if not p.sort and not p.keyword_only][1:]
        name = call.arguments[position].keyword or (names[position] if position < len(names) else "")
        value = with_unknown(ev, value, changed_paths(ev, graph, name), cls.definition.name)
    if ev.classes.method(cls, "__enter__") is None:
        return value
    paths: set[tuple[str, ...]] = set()
    for base in ev.classes.order(cls):
        if not isinstance(base, str):
            for method in base.definition.methods.values():
                unit = base.file.function(method.qualname)
                if unit is not None:
                    paths |= {(name,) for name in unit.graph().sets}
    return with_unknown(ev, value, paths, cls.definition.name)


def with_unknown(ev: Evaluator, value: Value, paths: Collection[tuple[str, ...]], by: str) -> Value:
    """A value of which some attributes may be others."""
    from losslint.static.evaluation.changes import matters, with_attribute

    if isinstance(value, (SeqV, DictV)):
        return _with_unknown_items(value, paths, by)
    for path in sorted(paths):
        if not path or path[-1] == SOME_NAME or path[-1] in f.HOOKS or (len(path) > 1 and matters(ev, path[-1])):
            return UnknownV(f"`{by}` changes it")
        if len(path) == 1 and path[0] not in OF_TRAINING:
            value = with_attribute(ev, value, path[0], given(UnknownV(f"`{by}` sets `{path[0]}`")))
    return value


def _with_unknown_items(value: SeqV | DictV, paths: Collection[tuple[str, ...]], by: str) -> Value:
    """A collection some of whose items may be others: of a dict that is filled elsewhere too, the settings."""
    touched = {path[0] for path in paths if path}
    changed = given(UnknownV(f"`{by}` sets it"))
    everything = any(path[:1] in ((), (SOME_NAME,)) for path in paths)
    if isinstance(value, SeqV):
        items = tuple(
            changed if f"[{at}]" in touched or (everything and _is_setting(lazy)) else lazy
            for at, lazy in enumerate(value.items)
        )
        return SeqV(value.sort, items, value.complete and bool(touched), value.trail, value.names)
    entries = {
        key: changed if f"[{key!r}]" in touched or key in touched or (everything and _is_setting(lazy)) else lazy
        for key, lazy in value.items.items()
    }
    return DictV(entries, value.complete and not paths, value.rest, value.trail)


def _is_setting(lazy: Lazy) -> bool:
    if lazy.value is not None:
        return isinstance(lazy.value, ConstV)
    return lazy.form is not None and isinstance(f.bare(lazy.form), f.Const)


def changed_paths(ev: Evaluator, graph: f.Graph, parameter: str, depth: int = FURTHEST_HANDED) -> set[tuple[str, ...]]:
    """The attributes that a function sets on a parameter, itself or through the functions that it hands it to."""
    paths = {path for root, path in graph.changes if isinstance(root, f.Param) and root.name == parameter}
    for call in graph.calls if depth else ():
        for position, argument in enumerate(call.arguments):
            given_form = origin(argument.form)
            if not isinstance(given_form, f.Param) or given_form.name != parameter:
                continue
            written = f.bare(call.function)
            if isinstance(written, f.Global) and written.name == "setattr" and position == 0:
                continue
            function = ev.force(call.function, ev.generic(graph)) if isinstance(written, f.Global) else None
            if isinstance(function, FunctionV) and function.graph is not graph:
                passed = [p.name for p in function.graph.parameters if not p.sort]
                name = argument.keyword or (passed[position] if position < len(passed) else "")
                paths |= changed_paths(ev, function.graph, name, depth - 1)
    return paths


def applied(ev: Evaluator, value: Value, arguments: tuple[f.Argument, ...], frame: Frame) -> Value:
    """A module after `module.apply(function)`, which is called with it and with each module within it."""
    from losslint.static.evaluation.changes import is_data, matters

    if not isinstance(value, (InstanceV, ContainerV, ObjectV)) or len(arguments) != 1 or is_data(ev, value):
        return value
    function = ev.force(arguments[0].form, frame)
    if not isinstance(function, FunctionV):
        return value
    parameters = function.graph.parameters[1 if function.bound is not None else 0 :]
    if not parameters:
        return value
    paths = changed_paths(ev, function.graph, parameters[0].name)
    if any(not path or path[-1] == SOME_NAME or matters(ev, path[-1]) for path in paths):
        return UnknownV(f"`{function.graph.name}` is applied to all that is within it, and changes it")
    return value


def changes_output(ev: Evaluator, arguments: tuple[f.Argument, ...], frame: Frame) -> bool:
    """Whether a hook gives something back: one that only looks on changes nothing."""
    if not arguments:
        return False
    hook = ev.force(arguments[0].form, frame)
    if not isinstance(hook, FunctionV) or hook.graph.result is None:
        return True
    result = hook.graph.result
    return not isinstance(result, f.Result) or any(not _is_nothing(form) for _, form in result.returns)


def _is_nothing(form: f.Form) -> bool:
    form = f.bare(form)
    if isinstance(form, f.Const):
        return form.value is None
    return isinstance(form, f.Call) and isinstance(form.function, f.Attr) and form.callee_name in KEEPING_NOTHING


def _with_some_attribute(ev: Evaluator, value: Value, call: f.Call, frame: Frame) -> Value:
    """An object after `setattr(value, name, x)`: a name that is known is a plain assignment."""
    from losslint.static.evaluation.changes import with_attribute
    from losslint.static.evaluation.values import Lazy

    if len(call.arguments) < 3:
        return value
    name = ev.force(call.arguments[1].form, frame)
    if isinstance(name, ConstV) and isinstance(name.value, str):
        return with_attribute(ev, value, name.value, Lazy(call.arguments[2].form, frame))
    holder = origin(call.arguments[0].form)
    if isinstance(value, InstanceV) and isinstance(holder, f.Param) and is_receiver(frame.graph, holder.name):
        # What an object takes over from its arguments are settings, not the layers that it makes itself.
        return with_attribute(ev, value, SOME_NAME, given(UnknownV("set by a name that is worked out")))
    return UnknownV("an attribute whose name is not known was set on it")


def _sets_some_attribute(graph: f.Graph, parameter: str) -> bool:
    """Whether a function sets attributes of a parameter by names that it works out."""
    for call in graph.calls:
        if isinstance(call.function, f.Global) and call.function.name == "setattr" and len(call.arguments) == 3:
            holder = f.bare(call.arguments[0].form)
            if isinstance(holder, f.Param) and holder.name == parameter:
                return not isinstance(call.arguments[1].form, f.Const)
    return False


def _mutates(final: f.Form, name: str) -> bool:
    """Whether a parameter is at the end the object that was given, changed: not another one under the same name."""
    changed = False
    pending, seen = [final], set[f.Form]()
    while pending:
        form = pending.pop()
        if form in seen:
            continue
        seen.add(form)
        before = earlier(form)
        if not before and (not isinstance(form, f.Param) or form.name != name):
            return False
        changed = changed or isinstance(form, CHANGES)
        pending += before
    return changed

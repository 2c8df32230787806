"""Calls: of functions, classes, objects, layers, wrappers and methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import wrappers
from losslint.static.behaviour import modules
from losslint.static.evaluation import by_name, decorators, methods, out_of_graph, outside
from losslint.static.evaluation.arguments import bind, bindings, refuses, written
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import instance_key
from losslint.static.evaluation.symbols import asked_again
from losslint.static.evaluation.values import (
    MODULES,
    REFUSED,
    Bindings,
    ClassV,
    ConstV,
    ContainerV,
    DictV,
    ExternalV,
    FunctionV,
    HolderV,
    InstanceV,
    MethodV,
    ObjectV,
    PartialV,
    SeqV,
    TensorV,
    UnknownV,
    Value,
    is_object,
    opened,
    stepped,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: The same function inside itself is not followed.
MOST_NESTED = 1

#: Methods that a module has without defining them.
OF_ALL_MODULES = frozenset({"forward", "__call__", "__getattr__", "__getattribute__"})


def force_call(ev: Evaluator, form: f.Call, frame: Frame) -> Value:
    """The value of a call."""
    function = callee(ev, form, frame)
    if isinstance(function, ExternalV) and function.name == "torch.nn.Sequential":
        arguments = modules.sequential_arguments(ev, form, frame)
        if any(argument.keyword for argument in form.arguments) and not arguments.positional:
            arguments = bindings(ev, form, frame)
    else:
        arguments = bindings(ev, form, frame)
    value = asked_again(ev, call(ev, function, arguments, form, frame), form, frame)
    return out_of_graph.computed(ev, value, function, form, frame) if form.blocks else value


def callee(ev: Evaluator, form: f.Call, frame: Frame) -> Value:
    """What is called: a method of something that is not known is still a method with a name."""
    function = ev.force(form.function, frame)
    if isinstance(function, ConstV) and function.value is None and isinstance(form.function, f.Named):
        file, name = frame.graph.unit.file, form.function.name
        if frame.graph is ev.module_frame(file).graph and name in file.index.globals_bound:
            return ev.module_variable(file, name)  # a function that ran in between has bound it
    if isinstance(function, UnknownV):
        evaluated = by_name.evaluated(ev, form.function, frame)
        if evaluated is not None:
            return evaluated
        written = f.bare(form.function)
        if isinstance(written, f.Attr):
            receiver = ev.force(written.base, frame)
            if isinstance(receiver, HolderV) and written.name in receiver.attributes:
                return function  # `args.loss_fn = …`: it is one of several, and no method
            if isinstance(receiver, (UnknownV, ClassV)) or (
                # Every module has these; for anything else it matters why the attribute is not known.
                isinstance(receiver, InstanceV)
                and (written.name in wrappers.METHODS_THAT_KEEP or written.name in OF_ALL_MODULES)
            ):
                return MethodV(receiver, written.name)
    if isinstance(function, MethodV) and isinstance(function.receiver, (ObjectV, ContainerV)):
        written = f.bare(form.function)
        if isinstance(written, f.Attr):
            # Reading an attribute looks past what was set under other names; a method is called on the whole object.
            whole = ev.force(written.base, frame)
            if isinstance(whole, (ObjectV, ContainerV)):
                return MethodV(whole, function.name, function.trail)
    return function


def call(ev: Evaluator, function: Value, arguments: Bindings, form: f.Call, frame: Frame, direct: bool = True) -> Value:
    """Call a value. `direct` says that the arguments are those that the form shows, evaluated in the frame."""
    if isinstance(function, MODULES) and ev.patches.hooked(ev):
        reason = "a forward hook on all modules may change what it returns"
        return UnknownV(reason, symbol=("call", id(form), id(frame)))
    if isinstance(function, FunctionV):
        return call_function(ev, function, arguments, form, frame, direct)
    if isinstance(function, ExternalV):
        return outside.call_external(ev, function, arguments, form, frame, direct)
    if isinstance(function, MethodV):
        return methods.call_method(ev, function, arguments, form, frame, direct)
    if isinstance(function, InstanceV):
        return modules.call_instance(ev, function, arguments, form, frame, direct)
    if isinstance(function, ObjectV):
        return outside.call_object(ev, function, arguments, form, frame, direct)
    if isinstance(function, ClassV):
        return modules.construct(ev, function, arguments, form, frame, direct)
    if isinstance(function, ContainerV):
        return modules.call_container(ev, function, arguments, form, frame)
    if isinstance(function, PartialV):
        whole = Bindings(
            (*function.arguments.positional, *arguments.positional),
            {**function.arguments.keywords, **arguments.keywords},
            function.arguments.complete and arguments.complete,
        )
        return call(ev, function.function, whole, form, frame, direct=False)
    symbol = ("call", id(form), id(frame))
    if isinstance(function, UnknownV):
        return UnknownV(function.reason, function.open, symbol)
    return UnknownV("what is called is not a function that losslint knows", opened(function), symbol)


def call_function(
    ev: Evaluator, function: FunctionV, arguments: Bindings, form: f.Call, frame: Frame, direct: bool
) -> Value:
    """Call a function of the project: evaluate its body with these arguments."""
    graph = function.graph
    made = ev.declared.made_by(function) if ev.declared is not None else None
    if made is not None:
        return ObjectV(made.name, arguments, form, Trail(ev.spot(form), f"`{made.name}` makes a model here"))
    if direct and refuses(graph, arguments, 1 if function.bound is not None else 0):
        return UnknownV(f"`{graph.name}` {REFUSED}", symbol=("call", id(form), id(frame)))
    nested = 0
    here: Frame | None = frame
    while here is not None:
        if here.graph is graph:
            nested += 1
        here = here.caller or (here.base if here.call is None else None)
    if nested > MOST_NESTED:
        return UnknownV(f"`{graph.name}` calls itself", symbol=("call", id(form), id(frame)))
    value = run(ev, graph, entered(ev, function, arguments, form, frame, direct))
    if isinstance(value, UnknownV) and value.symbol is None:
        return UnknownV(value.reason, value.open, ("call", id(form), id(frame)))
    if isinstance(value, (TensorV, SeqV, DictV)) or is_object(value):
        if isinstance(value, TensorV) and value.meaning.kind is Kind.UNKNOWN:
            return value
        return stepped(value, ev.spot(form), f"returned by `{_shown(graph)}`")
    return value


def entered(ev: Evaluator, function: FunctionV, arguments: Bindings, form: f.Call, frame: Frame, direct: bool) -> Frame:
    """The frame of a function in one call."""
    graph = function.graph
    key = ("call", form, frame, graph, instance_key(function.bound)) if direct else None
    inner = ev.notes.frames.get(key) if key is not None else None
    if inner is None:
        named = bind(ev, graph, arguments, 1 if function.bound is not None else 0, form)
        inner = Frame(graph, named, function.bound, function.parent, form, frame)
        if key is not None:
            ev.notes.frames[key] = inner
    elif function.bound is not None:
        bound, entered = function.bound, inner
        ev.does(lambda: setattr(entered, "receiver", bound))
    return inner


def _shown(graph: f.Graph) -> str:
    return written(graph.unit.qualname) if graph.outer is None else graph.name


def run(ev: Evaluator, graph: f.Graph, frame: Frame) -> Value:
    """What a function returns in a frame."""
    if graph.result is None:
        return UnknownV(f"`{graph.name}` is not read")
    value = ev.force(graph.result, frame)
    by = decorators.changing(ev, graph, frame) if graph.decorators else ""
    if by:
        return UnknownV(f"what `{graph.name}` returns is changed by its decorator `{by}`")
    if isinstance(value, TensorV) and value.meaning.detached_by is None:
        for decorator in graph.decorators:
            written = decorator.function if isinstance(decorator, f.Call) else decorator
            parent = frame.parent or ev.module_frame(graph.unit.file)
            by = ""
            if isinstance(written, (f.Attr, f.Global, f.Imported)):
                by = out_of_graph.turned_off(ev, decorator, parent)
            if by:
                if out_of_graph.may_turn_on(ev, graph.unit.file):
                    break
                return TensorV(value.meaning.but(detached_by=by), value.open)
    return value

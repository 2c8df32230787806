"""Calls: of functions, classes, objects, layers, wrappers and methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import lookup, numpy, wrappers
from losslint.contracts.schema import Effect
from losslint.static.behaviour import distributions, environments, library_models, modules, rows, tabular, tensors
from losslint.static.behaviour.pythons import BUILTINS, call_builtin, call_plain_method
from losslint.static.evaluation import decorators, handing, registries
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.objects import instance_key
from losslint.static.evaluation.parameters import bind, bindings, written
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    ConstV,
    ContainerV,
    DictV,
    ExternalV,
    FunctionV,
    InstanceV,
    IterV,
    MethodV,
    ModuleV,
    ObjectV,
    PartialV,
    SeqV,
    SizeV,
    SuperV,
    TensorV,
    UnknownV,
    Value,
    given,
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

#: Values that are modules, or may be.
MODULES = (InstanceV, ObjectV, ContainerV)

#: What makes a class of named tuples.
NAMED_TUPLES = frozenset({"collections.namedtuple", "typing.NamedTuple"})

#: Kinds whose results are followed on receivers that are not known: what the method's name says is enough.
SPEAKING = frozenset(
    {"softmax", "log_softmax", "sigmoid", "tanh", "argmax", "argmin", "softmax_", "sigmoid_", "tanh_", "relu", "relu_"}
)


def force_call(ev: Evaluator, form: f.Call, frame: Frame) -> Value:
    """The value of a call."""
    function = callee(ev, form, frame)
    if isinstance(function, ExternalV) and function.name == "torch.nn.Sequential":
        arguments = modules.sequential_arguments(ev, form, frame)
        if any(argument.keyword for argument in form.arguments) and not arguments.positional:
            arguments = bindings(ev, form, frame)
    else:
        arguments = bindings(ev, form, frame)
    value = call(ev, function, arguments, form, frame)
    if form.blocks and isinstance(value, TensorV) and value.meaning.detached_by is None:
        by = no_grad(ev, form, frame)
        if by:
            return TensorV(value.meaning.but(detached_by=by), value.open)
    return value


def callee(ev: Evaluator, form: f.Call, frame: Frame) -> Value:
    """What is called: a method of something that is not known is still a method with a name."""
    function = ev.force(form.function, frame)
    if isinstance(function, UnknownV):
        written = f.bare(form.function)
        if isinstance(written, f.Attr):
            receiver = ev.force(written.base, frame)
            if isinstance(receiver, (UnknownV, ClassV)) or (
                # Every module has these; for anything else it matters why the attribute is not known.
                isinstance(receiver, InstanceV)
                and (written.name in wrappers.METHODS_THAT_KEEP or written.name in ("forward", "__call__"))
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


def no_grad(ev: Evaluator, form: f.Call, frame: Frame) -> str:
    """What keeps a call out of the graph: the name of the block around it."""
    for block in form.blocks:
        if isinstance(block, f.Call):
            entered = ev.force(block.function, frame)
            if isinstance(entered, ExternalV):
                if entered.name in wrappers.NO_GRAD:
                    return entered.name
                if entered.name == "torch.set_grad_enabled" and block.arguments:
                    given_value = ev.force(block.arguments[0].form, frame)
                    if isinstance(given_value, ConstV) and given_value.value is False:
                        return entered.name
    return ""


def call(ev: Evaluator, function: Value, arguments: Bindings, form: f.Call, frame: Frame, direct: bool = True) -> Value:
    """Call a value. `direct` says that the arguments are those that the form shows, evaluated in the frame."""
    if isinstance(function, MODULES) and ev.patches.hooked(ev):
        reason = "a forward hook on all modules may change what it returns"
        return UnknownV(reason, symbol=("call", id(form), id(frame)))
    if isinstance(function, FunctionV):
        return call_function(ev, function, arguments, form, frame, direct)
    if isinstance(function, ExternalV):
        return call_external(ev, function, arguments, form, frame)
    if isinstance(function, MethodV):
        return call_method(ev, function, arguments, form, frame, direct)
    if isinstance(function, InstanceV):
        return modules.call_instance(ev, function, arguments, form, frame, direct)
    if isinstance(function, ObjectV):
        return call_object(ev, function, arguments, form, frame, direct)
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
    inner = ev.frames.get(key) if key is not None else None
    if inner is None:
        named = bind(ev, graph, arguments, 1 if function.bound is not None else 0, form)
        inner = Frame(graph, named, function.bound, function.parent, form, frame)
        if key is not None:
            ev.frames[key] = inner
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
            entered = ev.force(written, parent) if isinstance(written, (f.Attr, f.Global, f.Imported)) else None
            if isinstance(entered, ExternalV) and entered.name in wrappers.NO_GRAD:
                return TensorV(value.meaning.but(detached_by=entered.name), value.open)
    return value


def call_external(ev: Evaluator, function: ExternalV, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """Call something outside the project, by its name."""
    name = function.name
    symbol = ("call", id(form), id(frame))
    kept = wrappers.KEEPS_FIRST.get(name)
    if kept is not None and not name.startswith("builtins."):
        for position, keyword in enumerate(kept or ("",)):
            lazy = arguments.get(position, keyword)
            if lazy is not None:
                value = ev.value(lazy)
                return (
                    stepped(value, ev.spot(form), f"wrapped by `{name.rpartition('.')[2]}`")
                    if is_object(value)
                    else value
                )
        return UnknownV(f"`{name}` is given nothing that losslint follows", symbol=symbol)
    if name in wrappers.KEEPS_SECOND:
        lazy = arguments.get(1, wrappers.KEEPS_SECOND[name])
        return ev.value(lazy) if lazy is not None else UnknownV(f"`{name}` is given nothing", symbol=symbol)
    prepared = wrappers.PREPARING_TWO.get(name)
    if prepared is not None:
        both = tuple(lazy for lazy in map(arguments.get, (0, 1), prepared) if lazy is not None)
        if both and arguments.complete:
            return ev.value(both[0]) if len(both) == 1 else SeqV("tuple", both)
    if name in BUILTINS:
        return call_builtin(ev, name, arguments, form, frame)
    if name in modules.CONTAINERS:
        made = Trail(ev.spot(form), f"`nn.{name.rpartition('.')[2]}` is made here")
        return modules.make_container(ev, name, arguments, made)
    if name in wrappers.CALLERS and arguments.positional:
        first = ev.value(arguments.positional[0])
        rest = Bindings(arguments.positional[1:], {}, arguments.complete)
        return call(ev, first, rest, form, frame, direct=False)
    if name in wrappers.CALLERS_WITH_TUPLE and len(arguments.positional) >= 2:
        inputs = ev.value(arguments.positional[1])
        spread = inputs.items if isinstance(inputs, SeqV) and inputs.complete else (arguments.positional[1],)
        return call(ev, ev.value(arguments.positional[0]), Bindings(spread), form, frame, direct=False)
    own = ev.declared is not None and ev.declared.makes_model(name)
    if own or lookup.loss_by_module(name) is not None or lookup.layer(name) is not None:
        shown = name.removeprefix("torch.")
        return ObjectV(name, arguments, form, Trail(ev.spot(form), f"`{shown}` is made here", function.trail))
    if lookup.loss_by_function(name) is not None:
        return modules.scalar(form, frame)
    if name in wrappers.SPLITTING and arguments.positional:
        # Any number of parts, all alike.
        return SeqV("list", arguments.positional[:1], False)
    if name.startswith(("pandas.", "sklearn.")):
        table = tabular.called(ev, name, arguments, form, frame)
        if table is not None:
            return table
    if name.endswith(".build_from_cfg"):
        registry = arguments.get(1, "registry")
        held = ev.value(registry) if registry is not None else None
        if isinstance(held, ObjectV) and registries.is_registry(held):
            return registries.built(ev, held, arguments, form, frame)
    if name in numpy.GENERATORS:
        return ExternalV("numpy.random")
    if name == "numpy.random.choice":
        places = rows.drawn(ev, arguments)
        if places is not None:
            return places
    operation = lookup.operation_by_function(name)
    if operation is not None and name.startswith("numpy."):
        arguments = tabular.in_torch_terms(name, arguments)
    if operation is not None:
        if operation.tensors and arguments.complete and not arguments.positional:
            if not any(keyword in operation.names for keyword in arguments.keywords):
                # `m = F.softmax(dim=1)` is meant as a layer: what it is applied to comes later.
                return PartialV(function, arguments, function.trail)
        return tensors.operate(ev, operation, f"`{_spelled(name, form)}`", arguments, form, frame, None)
    divergence = distributions.called(ev, name, arguments, form, frame)
    if divergence is not None:
        return divergence
    environment = environments.made(name, arguments, form)
    if environment is not None:
        return environment
    if name in library_models.READOUTS:
        return library_models.readout(ev, name, arguments, form, frame)
    model = library_models.made(ev, name, arguments, form)
    if model is not None:
        return model
    last = name.rpartition(".")[2]
    if last[:1].isupper() or name in NAMED_TUPLES:
        return ObjectV(name, arguments, form, Trail(ev.spot(form), f"`{last}` is made here", function.trail))
    return UnknownV(f"what `{name.removeprefix('builtins.')}` returns is not known to losslint", symbol=symbol)


def _spelled(name: str, form: f.Call) -> str:
    """A function as it is written, if that says which it is: `F.softmax`, not `self.activation`."""
    written = f.written(form.function)
    if written.rpartition(".")[2] == name.rpartition(".")[2]:
        return written
    return name.replace("torch.nn.functional.", "F.")


def call_object(
    ev: Evaluator, instance: ObjectV, arguments: Bindings, form: f.Call, frame: Frame, direct: bool
) -> Value:
    """Call an object of an outside class."""
    replaced = modules.in_place_of_forward(ev, instance, arguments, form, frame)
    if replaced is not None:
        return replaced
    if lookup.loss_by_module(instance.name) is not None:
        return modules.scalar(form, frame)
    answer = library_models.called(ev, instance, arguments, form, frame)
    if answer is not None:
        return answer
    if instance.name in NAMED_TUPLES:
        return _named_tuple(ev, instance, arguments, form, frame)
    layer = lookup.layer(instance.name)
    if layer is not None:
        return tensors.call_layer(ev, layer, instance, arguments, form, frame, instance.arguments)
    return UnknownV(
        f"what an object of `{instance.name}` returns is not known to losslint", symbol=("call", id(form), id(frame))
    )


def _named_tuple(ev: Evaluator, made: ObjectV, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """`Point(1, 2)` of `Point = namedtuple("Point", "x y")`."""
    lazy = made.arguments.get(1, "field_names") or made.arguments.keywords.get("fields")
    fields = tensors.plain(ev, ev.value(lazy), False) if lazy is not None else None
    if isinstance(fields, str):
        fields = fields.replace(",", " ").split()
    if not isinstance(fields, (list, tuple)):
        return UnknownV("a named tuple whose fields are not known", symbol=("call", id(form), id(frame)))
    # `typing.NamedTuple("Point", [("x", int), ("y", int)])`
    names = tuple(str(each[0]) if isinstance(each, (list, tuple)) and each else str(each) for each in fields)
    items = [arguments.get(place, name) for place, name in enumerate(names)]
    if not arguments.complete:
        return UnknownV("a named tuple made of `*` or `**`", symbol=("call", id(form), id(frame)))
    missing = given(UnknownV("a field that is not given"))
    return SeqV("tuple", tuple(item or missing for item in items), True, None, names)


def call_method(
    ev: Evaluator, function: MethodV, arguments: Bindings, form: f.Call, frame: Frame, direct: bool
) -> Value:
    """Call a method of something that is not of the project."""
    receiver, name = function.receiver, function.name
    symbol = ("call", id(form), id(frame))
    if isinstance(receiver, SuperV):
        return _call_super(ev, receiver, name, arguments, form, frame)
    if isinstance(receiver, TensorV):
        return _call_tensor_method(ev, receiver, name, arguments, form, frame)
    if name in ("forward", "__call__") and isinstance(receiver, (InstanceV, ObjectV, ContainerV)):
        return call(ev, receiver, arguments, form, frame, direct)
    if isinstance(receiver, UnknownV):
        return _call_unknown_method(ev, receiver, name, arguments, form, frame)
    if isinstance(receiver, (InstanceV, ObjectV, ContainerV)):
        if isinstance(receiver, ContainerV) and name in ("children", "modules", "values", "items", "keys"):
            if name in ("values", "children", "modules"):
                return modules.children(ev, receiver)
            return IterV(name, (receiver,))
        if (
            isinstance(receiver, ObjectV)
            and receiver.name in wrappers.PREPARERS
            and name in wrappers.METHODS_THAT_PREPARE
        ):
            return _handed_back(arguments, ev)
        if (
            isinstance(receiver, ObjectV)
            and receiver.name in wrappers.PREPARERS
            and name in wrappers.METHODS_THAT_GATHER
            and len(arguments.positional) == 1
        ):
            return _gathered(ev, ev.value(arguments.positional[0]))
        if name in wrappers.METHODS_THAT_KEEP and not (isinstance(receiver, ObjectV) and _is_optimiser(receiver)):
            return handing.applied(ev, receiver, form.arguments, frame) if name == "apply" else receiver
        if name in ("append", "extend", "insert", "add_module", "register_module") and isinstance(receiver, ContainerV):
            return receiver
        if isinstance(receiver, ObjectV) and registries.is_registry(receiver):
            if name == "build":
                return registries.built(ev, receiver, arguments, form, frame)
            if name == "get" and arguments.positional:
                return registries.entry(ev, receiver, ev.value(arguments.positional[0]), form, frame)
        if isinstance(receiver, ObjectV) and receiver.name == library_models.TRUNK and name in ("children", "modules"):
            return SeqV("list", (given(receiver),), False)
        known = _of_library(ev, receiver, name, arguments, form, frame) if isinstance(receiver, ObjectV) else None
        if known is not None:
            return known
        if isinstance(receiver, ObjectV) and lookup.layer(receiver.name) is None and name[:1].islower():
            return UnknownV(f"what `{name}` of `{receiver.name}` returns is not known to losslint", symbol=symbol)
        return UnknownV(f"what the method `{name}` returns is not known to losslint", symbol=symbol)
    if isinstance(receiver, ClassV):
        if name.startswith(("load_from", "from_pretrained", "from_config")):
            return InstanceV(receiver)
        return UnknownV(f"`{receiver.definition.name}.{name}` is not read", symbol=symbol)
    if isinstance(receiver, (SeqV, DictV, ConstV, IterV)):
        return call_plain_method(ev, receiver, name, arguments, form, frame)
    if isinstance(receiver, (ExternalV, ModuleV, FunctionV)):
        return UnknownV(f"what `{name}` returns is not known to losslint", symbol=symbol)
    return UnknownV(f"what the method `{name}` returns is not known to losslint", opened(receiver), symbol)


def _of_library(
    ev: Evaluator, receiver: ObjectV, name: str, arguments: Bindings, form: f.Call, frame: Frame
) -> Value | None:
    """What a method of a table, an environment or a distribution gives, None for what is not known of them."""
    found = tabular.method(ev, receiver, name, arguments) or environments.method(receiver, name, form)
    return found or distributions.method(ev, receiver, name, arguments, form, frame)


def _is_optimiser(value: ObjectV) -> bool:
    return value.name.startswith("torch.optim.")


def _handed_back(arguments: Bindings, ev: Evaluator) -> Value:
    if len(arguments.positional) == 1 and arguments.complete:
        return ev.value(arguments.positional[0])
    return SeqV("tuple", arguments.positional, arguments.complete)


def _gathered(ev: Evaluator, value: Value) -> Value:
    """Tensors of all processes put together: how many there are is open, what they hold is not."""
    if isinstance(value, TensorV):
        return TensorV(value.meaning.but(shape=None, identity=None), value.open)
    if isinstance(value, SeqV):
        return SeqV(value.sort, tuple(given(_gathered(ev, ev.value(lazy))) for lazy in value.items), value.complete)
    return value


def _call_super(ev: Evaluator, receiver: SuperV, name: str, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """`super().method(…)` of an outside base."""
    if name in ("forward", "__call__") and isinstance(receiver.instance, InstanceV):
        instance = receiver.instance
        container = modules.container_of(ev, instance)
        if container is not None:
            return modules.call_container(ev, container, arguments, form, frame)
        for base in ev.classes.outside_bases(instance.cls):
            if lookup.loss_by_module(base) is not None or lookup.layer(base) is not None:
                settings = modules.base_arguments(ev, instance)
                return call_object(
                    ev, ObjectV(base, settings, instance.origin, instance.trail), arguments, form, frame, False
                )
    if name == "__init__":
        return ConstV(None)
    if name in wrappers.METHODS_THAT_KEEP:
        return receiver.instance
    return UnknownV(f"what `super().{name}` returns is not known to losslint", symbol=("call", id(form), id(frame)))


def _call_tensor_method(
    ev: Evaluator, receiver: TensorV, name: str, arguments: Bindings, form: f.Call, frame: Frame
) -> Value:
    from losslint.static.evaluation.attributes import sizes

    meaning = receiver.meaning
    symbol = ("call", id(form), id(frame))
    if name == "size":
        known = meaning.shape.sizes if meaning.shape is not None and meaning.rank is not None else None
        lazy = arguments.get(0, "dim")
        if lazy is None:
            return sizes(known)
        dim = ev.value(lazy)
        if isinstance(dim, ConstV) and isinstance(dim.value, int):
            size = meaning.size(dim.value)
            if isinstance(size, int):
                return ConstV(size)
            return SizeV(
                "a size that is not known", symbol=("size", size) if size else ("size of", meaning.identity, dim.value)
            )
        return SizeV("a size that is not known", symbol=symbol)
    if name in ("dim", "ndimension"):
        return ConstV(meaning.rank) if meaning.rank is not None else UnknownV("a rank that is not known", symbol=symbol)
    if name in ("backward", "register_hook"):
        return ConstV(None)
    operation = lookup.operation_by_method(numpy.METHODS.get(name, name))
    if operation is None:
        return UnknownV(f"what the method `{name}` returns is not known to losslint", receiver.open, symbol)
    return tensors.operate(ev, operation, f"`.{name}`", arguments, form, frame, receiver)


def _call_unknown_method(
    ev: Evaluator, receiver: UnknownV, name: str, arguments: Bindings, form: f.Call, frame: Frame
) -> Value:
    symbol = ("call", id(form), id(frame))
    if name in ("to", "cuda", "cpu"):
        # A module or a tensor: if it is a tensor, it is on that device afterwards.
        moved = lookup.operation_by_method(name)
        value = (
            tensors.operate(ev, moved, f"`.{name}`", arguments, form, frame, receiver) if moved is not None else None
        )
        tensor = value.meaning.but(reason=receiver.reason) if isinstance(value, TensorV) else None
        return UnknownV(receiver.reason, receiver.open, receiver.symbol, receiver.offset, tensor)
    if name in wrappers.METHODS_THAT_KEEP and name not in ("float", "half", "double", "type", "apply"):
        return receiver
    if name in ("prepare", "setup") and arguments.positional and arguments.complete:
        return _handed_back(arguments, ev)
    if name in ("forward", "__call__"):
        return call(ev, receiver, arguments, form, frame, direct=False)
    if name == "size" and arguments.positional and isinstance(ev.value(arguments.positional[0]), ConstV):
        return SizeV(receiver.reason, receiver.open, symbol)
    operation = lookup.operation_by_method(name)
    if operation is None or name in tensors.NOT_TENSORS_ALONE:
        return UnknownV(receiver.reason, receiver.open, symbol)
    if operation.effect is Effect.MAKE and name not in SPEAKING and operation.kind is not Kind.BOOLEAN:
        return UnknownV(receiver.reason, receiver.open, symbol)
    value = tensors.operate(ev, operation, f"`.{name}`", arguments, form, frame, receiver)
    if isinstance(value, TensorV) and value.open is None and receiver.open is not None:
        return TensorV(value.meaning, receiver.open)
    return value

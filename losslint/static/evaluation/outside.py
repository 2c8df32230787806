"""Calls of what stands outside the project: functions and classes by their qualified names, and objects of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import lookup, numpy, wrappers
from losslint.static.behaviour import (
    derivatives,
    distributions,
    environments,
    library_models,
    modules,
    packed,
    rows,
    tabular,
    tensors,
    unreduced,
)
from losslint.static.behaviour.pythons import BUILTINS, call_builtin
from losslint.static.evaluation import calls, dtypes, registries
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    REFUSED,
    Bindings,
    ExternalV,
    ObjectV,
    PartialV,
    SeqV,
    UnknownV,
    Value,
    given,
    is_object,
    stepped,
    unknown_result,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.contracts.schema import LossContract
    from losslint.static.evaluation.evaluator import Evaluator

#: What makes a class of named tuples.
NAMED_TUPLES = frozenset({"collections.namedtuple", "typing.NamedTuple"})


def call_external(
    ev: Evaluator, function: ExternalV, arguments: Bindings, form: f.Call, frame: Frame, direct: bool = True
) -> Value:
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
        return calls.call(ev, first, rest, form, frame, direct=False)
    if name in wrappers.CALLERS_WITH_TUPLE and len(arguments.positional) >= 2:
        inputs = ev.value(arguments.positional[1])
        spread = inputs.items if isinstance(inputs, SeqV) and inputs.complete else (arguments.positional[1],)
        return calls.call(ev, ev.value(arguments.positional[0]), Bindings(spread), form, frame, direct=False)
    own = ev.declared is not None and ev.declared.makes_model(name)
    loss = lookup.loss_by_module(name)
    if own or loss is not None or lookup.layer(name) is not None:
        shown = name.removeprefix("torch.")
        if direct and loss is not None and _refuses(loss, arguments):
            return UnknownV(f"`{shown}` {REFUSED}", symbol=symbol)
        return ObjectV(name, arguments, form, Trail(ev.spot(form), f"`{shown}` is made here", function.trail))
    by_function = lookup.loss_by_function(name)
    if by_function is not None:
        return unreduced.result(ev, modules.Loss(by_function, None, None, None), arguments, form, frame)
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
    if name == dtypes.ASKING_FUNCTION and len(arguments.positional) == 1:
        floating = dtypes.is_floating(ev.value(arguments.positional[0]))
        if floating is not None:
            return floating
    operation = lookup.operation_by_function(name)
    if operation is not None and name.startswith("numpy."):
        arguments = tabular.in_torch_terms(ev, name, arguments)
    if operation is not None and operation.shape in tensors.OF_DATA:
        arguments = tabular.with_arrays(ev, arguments)
    if operation is not None:
        if operation.tensors and arguments.complete and not arguments.positional:
            if not any(keyword in operation.names for keyword in arguments.keywords):
                # `m = F.softmax(dim=1)` is meant as a layer: what it is applied to comes later.
                return PartialV(function, arguments, function.trail)
        computed = tensors.operate(ev, operation, f"`{_spelled(name, form)}`", arguments, form, frame, None)
        return packed.packed(computed) if operation.name in packed.PACKING else computed
    if name == "torch.autograd.grad":
        slopes = derivatives.of(ev, arguments)
        if slopes is not None:
            return slopes
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
    return UnknownV(unknown_result(name), symbol=symbol)


def _refuses(loss: LossContract, arguments: Bindings) -> bool:
    """Whether the constructor of one of torch's losses raises a TypeError: for a name that it has no parameter for, or
    for more than it takes. Of a loss of another library the table need not have all parameters."""
    if loss.library or not arguments.complete:
        return False
    known = {*loss.constructor, *loss.keyword_only}
    return len(arguments.positional) > len(loss.constructor) or not known.issuperset(arguments.keywords)


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
    loss = modules.loss_of(ev, instance) if lookup.loss_by_module(instance.name) is not None else None
    if loss is not None:
        return unreduced.result(ev, loss, arguments, form, frame)
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

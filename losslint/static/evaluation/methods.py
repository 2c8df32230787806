"""Calls of methods: of tensors, modules, containers, tables, and of what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import lookup, numpy, wrappers
from losslint.contracts.environments import STEP
from losslint.contracts.schema import Effect
from losslint.static.behaviour import (
    arrays,
    distributions,
    environments,
    imported,
    library_models,
    modules,
    tabular,
    tensors,
)
from losslint.static.behaviour.container_classes import held_by
from losslint.static.behaviour.packed import is_packed, packed, steps
from losslint.static.behaviour.pythons import call_builtin, call_plain_method
from losslint.static.behaviour.rows import is_number, some_number
from losslint.static.evaluation import calls, dtypes, handing, outside, registries
from losslint.static.evaluation.frames import Frame
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
    SeqV,
    SizeV,
    SuperV,
    TensorV,
    UnknownV,
    Value,
    given,
    opened,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Kinds whose results are followed on receivers that are not known: what the method's name says is enough.
SPEAKING = frozenset(
    {"softmax", "log_softmax", "sigmoid", "tanh", "argmax", "argmin", "softmax_", "sigmoid_", "tanh_", "relu", "relu_"}
)


#: Methods that give the parameters and buffers of a module another dtype.
CASTING = frozenset({"float", "double", "half", "bfloat16", "type"})

#: Methods of a text after which it is the same choice: `args.model.lower() == "cnn"` speaks of what another file asks
#: with `args.model == "cnn"`.
OF_THE_SAME_WORD = frozenset({"lower", "casefold", "strip"})


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
        return calls.call(ev, receiver, arguments, form, frame, direct)
    if isinstance(receiver, UnknownV):
        parts = imported.parts_of_name(ev, form, frame) if name == "split" and direct else None
        if parts is not None:
            return parts
        return _call_unknown_method(ev, receiver, name, arguments, form, frame)
    if name in ("__getattr__", "__getattribute__"):
        return call_builtin(ev, "builtins.getattr", Bindings((given(receiver), *arguments.positional)), form, frame)
    if isinstance(receiver, (InstanceV, ObjectV, ContainerV)):
        if isinstance(receiver, ContainerV) and name in ("children", "modules", "values", "items", "keys"):
            if name in ("values", "children", "modules"):
                return modules.children(ev, receiver)
            return IterV(name, (receiver,))
        if isinstance(receiver, ContainerV) and name == "named_children":
            return IterV("items", (receiver,))
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
        if name in CASTING and isinstance(receiver, ObjectV) and lookup.loss_by_module(receiver.name) is not None:
            weight = given(UnknownV("a weight in another precision"))
            held = {**receiver.attributes, "weight": weight}
            return ObjectV(receiver.name, receiver.arguments, receiver.origin, receiver.trail, held)
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
    if is_packed(receiver) and name in wrappers.METHODS_THAT_KEEP:
        return packed(call_method(ev, MethodV(steps(ev, receiver), name), arguments, form, frame, direct))
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
    from losslint.static.evaluation.attributes import attribute

    if name in ("forward", "__call__") and isinstance(receiver.instance, InstanceV):
        instance = receiver.instance
        held = held_by(ev, instance)
        if held is not None:
            return modules.call_held(ev, held, arguments, form, frame)
        for base in ev.classes.outside_bases(instance.cls):
            if lookup.loss_by_module(base) is not None or lookup.layer(base) is not None:
                settings = modules.base_arguments(ev, instance)
                told = {"reduction": given(attribute(ev, instance, "reduction"))} if _sets_reduction(instance) else {}
                made = ObjectV(base, settings, instance.origin, instance.trail, told)
                return outside.call_object(ev, made, arguments, form, frame, False)
    if name == "__init__":
        return ConstV(None)
    if name in wrappers.METHODS_THAT_KEEP:
        return receiver.instance
    return UnknownV(f"what `super().{name}` returns is not known to losslint", symbol=("call", id(form), id(frame)))


def _sets_reduction(instance: InstanceV) -> bool:
    """Whether a class sets what its base reads: a loss returns what `self.reduction` says, whatever it was told."""
    return "reduction" in instance.cls.definition.stores


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
    if name in ("numel", "nelement") and meaning.shape is not None and meaning.shape.count is not None:
        return ConstV(meaning.shape.count)
    if name in ("backward", "register_hook"):
        return ConstV(None)
    if name == dtypes.ASKING_METHOD:
        floating = dtypes.is_floating(receiver)
        if floating is not None:
            return floating
    known_as = arrays.as_of_tensor(ev, numpy.METHODS.get(name, name), arguments, form, frame)
    operation = lookup.operation_by_method(known_as) if known_as is not None else None
    if operation is None:
        return UnknownV(f"what the method `{name}` returns is not known to losslint", receiver.open, symbol)
    return tensors.operate(ev, operation, f"`.{name}`", arguments, form, frame, receiver)


def _is_one_action(value: Value) -> bool:
    """Whether something is one number: `env.step(action.item())`."""
    if isinstance(value, TensorV):
        return value.meaning.rank == 0
    return isinstance(value, UnknownV) and is_number(value)


def _takes_blanks_out(ev: Evaluator, arguments: Bindings) -> bool:
    """Whether `.replace(" ", "")` leaves the same word."""
    given = [ev.value(lazy) for lazy in arguments.positional]
    return [each.value if isinstance(each, ConstV) else None for each in given] == [" ", ""]


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
    if receiver.symbol is not None and (
        (name in OF_THE_SAME_WORD and not form.arguments) or (name == "replace" and _takes_blanks_out(ev, arguments))
    ):
        return UnknownV(receiver.reason, receiver.open, receiver.symbol)
    if name in ("prepare", "setup") and arguments.positional and arguments.complete:
        return _handed_back(arguments, ev)
    if name in ("forward", "__call__"):
        return calls.call(ev, receiver, arguments, form, frame, direct=False)
    if name == "step" and len(arguments.positional) == 1 and _is_one_action(ev.value(arguments.positional[0])):
        return ObjectV(STEP, Bindings(), form)  # of an environment, whichever it is
    if name in ("index", "find") and len(arguments.positional) == 1:
        reason = f"what `{name}` gives"  # of a list or a text: no tensor has such a method
        return UnknownV(reason, receiver.open, symbol, tensor=some_number(reason).but(dtype="int64"))
    if name == "size" and arguments.positional and isinstance(ev.value(arguments.positional[0]), ConstV):
        return SizeV(receiver.reason, receiver.open, symbol)
    compared = receiver.tensor
    if compared is not None and compared.kind is Kind.BOOLEAN and name in numpy.METHODS:
        # `(a > b).astype("float32")`: what a comparison of two numbers gives has no such method
        return _call_tensor_method(ev, TensorV(compared, receiver.open), name, arguments, form, frame)
    known_as = arrays.as_of_tensor(ev, name, arguments, form, frame)
    operation = lookup.operation_by_method(known_as) if known_as is not None else None
    if operation is None or name in tensors.NOT_TENSORS_ALONE:
        return UnknownV(receiver.reason, receiver.open, symbol)
    if operation.effect is Effect.MAKE and name not in SPEAKING and operation.kind is not Kind.BOOLEAN:
        return UnknownV(receiver.reason, receiver.open, symbol)
    value = tensors.operate(ev, operation, f"`.{name}`", arguments, form, frame, receiver)
    if isinstance(value, TensorV) and value.open is None and receiver.open is not None:
        return TensorV(value.meaning, receiver.open)
    return value

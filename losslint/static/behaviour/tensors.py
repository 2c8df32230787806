"""Tensors: operations and layers applied to values, through the contracts' transfer functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.contracts.schema import Effect, Layer, Operation
from losslint.contracts.transfer import PLACE, SOME_DEVICE, SOME_SIZE, Repeated, apply_layer, apply_operation, literals
from losslint.static.behaviour import rows
from losslint.static.behaviour.called import is_device, is_temperature
from losslint.static.behaviour.packed import is_packed, packed, steps
from losslint.static.evaluation import regions
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    Bindings,
    ConstV,
    DictV,
    ExternalV,
    IterV,
    Lazy,
    NumberV,
    ObjectV,
    Open,
    SeqV,
    SizeV,
    TensorV,
    UnknownV,
    Value,
    given,
    joined,
    opened,
)
from losslint.static.lowering import forms as f
from losslint.static.lowering.computations import REPEATABLE, computation
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED
from losslint.vocabulary.places import APPLIED, Trail
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods whose names belong to tensors alone, or mean the same wherever they exist: they are followed on a receiver
#: that is not known.
NOT_TENSORS_ALONE = frozenset(
    {
        "to",
        "cuda",
        "cpu",
        "type",
        "split",
        "all",
        "any",
        "index_select",
        "copy_",
        "data",
        "item",
        "tolist",
        "numpy",
        "add",
        "sub",
        "mul",
        "div",
        "pow",
        "remainder",
        "sort",
        "std",
        "var",
        "take",
        "select",
        "resize",
        "where",
        "trace",
        "unique",
        "repeat",
        "round",
        "norm",
        "dist",
        "log",
        "exp",
        "sum",
        "mean",
        "max",
        "min",
        "prod",
        "mode",
        "median",
        "inner",
        "outer",
        "dot",
        "normalize",
        "rot90",
        "renorm",
        "scatter",
        "gather",
        "positive",
        "real",
        "identity",
    }
)

#: Operations that put the tensors of a sequence together.
JOINING = frozenset({"cat", "stack", "hstack", "vstack", "dstack", "pad_sequence", "pack_sequence"})

#: Types of Python, numpy and torch as dtypes.
_DTYPES = {"builtins.float": "float32", "builtins.int": "int64", "builtins.bool": "bool"}
_TORCH_DTYPES = {
    "float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16",
    "float32": "float32", "float64": "float64", "float16": "float16", "bfloat16": "bfloat16", "int64": "int64",
    "int32": "int32", "int16": "int16", "int8": "int8", "uint8": "uint8", "bool": "bool",
}  # fmt: skip
#: `x.type(torch.FloatTensor)`
_TENSOR_TYPES = {
    "FloatTensor": "float32", "DoubleTensor": "float64", "HalfTensor": "float16", "LongTensor": "int64",
    "IntTensor": "int32", "ByteTensor": "uint8", "BoolTensor": "bool", "ShortTensor": "int16", "CharTensor": "int8",
}  # fmt: skip


def meaning_of(value: Value, form: f.Form | None = None, frame: Frame | None = None) -> Meaning:
    """A value as a tensor: what is not known is a Meaning of which nothing is known but why."""
    if isinstance(value, TensorV):
        return value.meaning
    if isinstance(value, UnknownV):
        if value.tensor is not None:
            return value.tensor
        identity = ("value", value.symbol, value.offset) if value.symbol is not None else None
        return Meaning(reason=value.reason, identity=identity)
    if isinstance(value, ConstV) and isinstance(value.value, (int, float)):
        number = float(value.value) if abs(value.value) < 1e300 else 0.0
        return Meaning(kind=Kind.CONSTANT, bounds=(number, number), reason="a Python number")
    if isinstance(value, (SeqV, DictV, IterV)):
        return Meaning(reason="a collection, not a tensor")
    return Meaning(reason="an object that losslint does not know as a tensor")


def dtype_name(name: str) -> str | None:
    """The dtype that a qualified name stands for."""
    if name in _DTYPES:
        return _DTYPES[name]
    head, _, last = name.rpartition(".")
    if head in ("torch", "numpy", "torch.cuda", "jax.numpy"):
        if last.endswith("Tensor"):
            return _TENSOR_TYPES.get(last)
        if head == "numpy" and last in ("float", "int"):
            return _DTYPES[f"builtins.{last}"]
        return _TORCH_DTYPES.get(last)
    return None


#: So many items of a sequence, and of those in it, are handed over.
MOST_ITEMS = 100_000


class _TooMany(Exception):
    """A sequence holds more than anybody writes: what holds itself several times doubles with each step."""


def plain(ev: Evaluator, value: Value, tensor: bool) -> object:
    """A value as the transfer functions take it. `tensor` says that a tensor is expected in its place."""
    if not isinstance(value, SeqV):
        return _plain(ev, value, tensor, [])
    try:
        return _plain(ev, value, tensor, [MOST_ITEMS])
    except _TooMany:
        return meaning_of(value) if tensor else UNSETTLED


def _plain(ev: Evaluator, value: Value, tensor: bool, left: list[int]) -> object:
    """The same; `left` is how many items may still be looked at."""
    if isinstance(value, TensorV):
        return value.meaning
    if isinstance(value, ConstV):
        return value.value
    if isinstance(value, SeqV):
        if not value.complete:
            return UNSETTLED if not tensor else rows.meaning_of_rows(ev, value)
        left[0] -= len(value.items)
        if left[0] < 0:
            raise _TooMany
        items = [_plain(ev, ev.value(lazy), tensor, left) for lazy in value.items]
        return items if value.sort == "list" else tuple(items)
    if isinstance(value, ExternalV):
        dtype = dtype_name(value.name)
        if dtype is not None and value.name.startswith("torch.cuda.") and value.name.endswith("Tensor"):
            return value.name  # it says where a tensor is, too
        if dtype is not None:
            # Under torch's own name: the word alone could be the name of a device.
            return f"torch.{dtype}"
        if value.name.endswith(("newaxis",)):
            return None
        return UNSETTLED
    if isinstance(value, ObjectV) and value.name == "torch.device":
        first = value.arguments.get(0, "type")
        known = ev.value(first) if first is not None else None
        return known.value if isinstance(known, ConstV) and isinstance(known.value, str) else SOME_DEVICE
    if tensor and isinstance(value, NumberV) and left:
        return literals.one_of(value.among)
    if tensor:
        return meaning_of(value)
    return UNSETTLED


def taken(ev: Evaluator, value: Value) -> Value:
    """A number that is not known as what this world takes it to be: of `n` classes one, past `if n > 1`."""
    if not isinstance(value, UnknownV) or value.symbol is None or value.offset:
        return value
    numbers = [constant for constant in ev.taken_to_be(value.symbol) if type(constant) is int]
    return ConstV(numbers[0]) if numbers else value


def key_of(ev: Evaluator, value: Value) -> object:
    """An index as the transfer functions take it."""
    if isinstance(value, SeqV) and value.complete:
        parts = [key_of(ev, ev.value(lazy)) for lazy in value.items]
        return tuple(parts) if value.sort == "tuple" else parts
    if isinstance(value, SeqV):
        return rows.places(ev, value) or UNSETTLED
    if isinstance(value, (TensorV, ConstV)):
        return plain(ev, value, False)
    return PLACE if rows.is_number(value) or isinstance(value, SizeV) else UNSETTLED


#: Functions that make a tensor of data, which may be a tensor itself.
COPYING = frozenset({"tensor", "as_tensor"})

#: Rows of a list of lists that are looked at for whether something is in them.
MOST_ROWS = 4

#: How the shape of what such functions make comes about: `torch.tensor(data)`, `torch.FloatTensor(data)`.
OF_DATA = frozenset({"literal", "legacy"})


def operate(
    ev: Evaluator,
    operation: Operation,
    spelled: str,
    arguments: Bindings,
    form: f.Form,
    frame: Frame,
    receiver: Value | None,
) -> Value:
    """Apply an operation, as a function or as a method of `receiver`."""
    positional: list[object] = []
    values: list[Value] = []
    if receiver is None and not arguments.positional:
        arguments = _with_first(operation, arguments)
    first: Value | None = None
    if arguments.positional and receiver is None:
        lazy = arguments.positional[0]
        first = ev.sparing(lazy) if operation.effect is Effect.MAKE else ev.value(lazy)
    if isinstance(first, SeqV) and first.items and not first.complete and operation.name in JOINING:
        # Filled round by round: what is put together is known, how much of it is not.
        whole = Bindings((given(SeqV(first.sort, first.items)), *arguments.positional[1:]), arguments.keywords)
        value = operate(ev, operation, spelled, whole, form, frame, None)
        if not isinstance(value, TensorV):
            return value
        return TensorV(value.meaning.but(shape=_of_some(ev, value.meaning.shape, operation, arguments)), value.open)
    if receiver is not None:
        positional.append(plain(ev, receiver, True))
        values.append(receiver)
    for lazy in arguments.positional:
        value = ev.value(lazy)
        values.append(value)
        found = plain(ev, value, len(positional) < max(operation.tensors, 1))
        if operation.name == "div" and positional and lazy.form is not None and is_temperature(lazy.form, value):
            found = UNSETTLED
        if isinstance(value, SeqV) and operation.name.endswith("_like") and not positional:
            found = rows.meaning_of_rows(ev, value)  # numpy takes a list where torch wants a tensor
        if isinstance(value, SeqV) and operation.shape in OF_DATA and _holds_nothing_yet(ev, lazy, value):
            found = rows.meaning_of_rows(ev, value)  # nobody makes a tensor of nothing: others fill the list
        if isinstance(value, NumberV) and operation.name in COPYING:
            found = literals.one_of(value.among)
        if found is UNSETTLED and operation.name == "to" and is_device(lazy, value):
            found = SOME_DEVICE
        if operation.parameters[:1] == ("*size",):
            if _is_count(ev, lazy, value) or _is_length_of_nothing(lazy, value):
                found = SOME_SIZE
            elif isinstance(value, SeqV) and isinstance(found, (tuple, list)):
                written = zip(value.items, found, strict=True)
                found = tuple(
                    UNSETTLED if _is_length_of_nothing(each, ev.value(each)) else size for each, size in written
                )
        positional.append(found)
    keywords: dict[str, object] = {}
    for name, lazy in arguments.keywords.items():
        if name == "out":
            continue  # where the result is written besides
        value = ev.value(lazy)
        keywords[name] = _keyword(ev, operation, name, value)
        if name in operation.names:
            values.append(value)
    if not arguments.complete and positional and operation.parameters[:1] and operation.parameters[0].startswith("*"):
        # `x.reshape(*shape)`: only the shape is not known
        return made(
            ev, apply_operation(operation, [positional[0], UNSETTLED], {}), spelled, values, form, frame, operation
        )
    if not arguments.complete:
        return TensorV(Meaning(reason=f"the arguments of {spelled} are passed through `*` or `**`"))
    if not positional and not keywords and operation.shape != "legacy":  # `torch.Tensor()` is an empty one
        return UnknownV(f"{spelled} is called without a tensor")
    result = apply_operation(operation, positional, keywords)
    if (
        operation.name in COPYING
        and isinstance(result, Meaning)
        and result.device == "cpu"
        and "device" not in keywords
    ):
        data = values[0]
        if isinstance(data, TensorV) and len(positional) < 3:
            result = result.but(device=data.meaning.device)  # a tensor's copy lies where the tensor does
    value = made(ev, result, spelled, values, form, frame, operation)
    if operation.name == "cat" and isinstance(value, TensorV) and value.meaning.kind is Kind.UNKNOWN:
        return _told_apart(value, positional, keywords)
    return value


def _told_apart(value: TensorV, positional: list[object], keywords: dict[str, object]) -> TensorV:
    """What `cat` makes of tensors that hold different things, with what it knows of its parts."""
    parts = positional[0] if positional else keywords.get("tensors")
    dim = positional[1] if len(positional) > 1 else keywords.get("dim", 0)
    if not isinstance(parts, (list, tuple)) or type(dim) is not int:
        return value
    known = [part for part in parts if isinstance(part, Meaning)]
    return regions.joined(value, known, dim) if len(known) == len(parts) else value


#: Methods that give one number, where nothing is given to them and a size is wanted.
COUNTING = frozenset({"sum", "item", "numel", "count_nonzero"})


def _is_count(ev: Evaluator, lazy: Lazy, value: Value, deep: int = 3) -> bool:
    """Whether a size that is not known is one number, and no shape of several: `x.size(0) * 2`, `mask.sum()`."""
    if isinstance(value, TensorV):
        return value.meaning.rank == 0
    if not isinstance(value, UnknownV):
        return False
    form = f.bare(lazy.form) if lazy.form is not None else None
    if isinstance(form, f.Call) and isinstance(form.function, f.Attr) and not form.arguments:
        return rows.is_size(value) or form.callee_name in COUNTING
    if not isinstance(form, f.Binary) or lazy.frame is None or not deep:
        return rows.is_size(value)
    sides = [(Lazy(side, lazy.frame), ev.force(side, lazy.frame)) for side in (form.left, form.right)]
    return rows.is_size(value) or all(
        rows.is_number(number) or _is_count(ev, side, number, deep - 1) for side, number in sides
    )


def _is_length_of_nothing(lazy: Lazy, value: Value) -> bool:
    """Whether a size is 0 that nobody wrote: the length of a list that others fill."""
    is_zero = isinstance(value, ConstV) and type(value.value) is int and value.value == 0
    return is_zero and (lazy.form is None or not isinstance(f.bare(lazy.form), f.Const))


def _holds_nothing_yet(ev: Evaluator, lazy: Lazy, value: Value, deep: int = 2) -> bool:
    """Whether a list, or one inside it, is one that somebody made empty."""
    if not isinstance(value, SeqV):
        return False
    if not value.items:
        return not _is_written_out(lazy)
    return deep > 0 and any(_holds_nothing_yet(ev, item, ev.value(item), deep - 1) for item in value.items[:MOST_ROWS])


def _is_written_out(lazy: Lazy) -> bool:
    """Whether a list stands in the call itself: `torch.tensor([])`, for others to be put behind it."""
    return isinstance(lazy.form, f.Sequence)


def _with_first(operation: Operation, arguments: Bindings) -> Bindings:
    """The arguments of a call in which even the first has its name: `torch.tensor(data=rows)`."""
    first = "data" if operation.parameters[:1] == ("data",) else operation.names[0] if operation.names else ""
    if first not in arguments.keywords:
        return arguments
    others = {name: lazy for name, lazy in arguments.keywords.items() if name != first}
    return Bindings((arguments.keywords[first],), others, arguments.complete)


def _of_some(ev: Evaluator, shape: Shape | None, operation: Operation, arguments: Bindings) -> Shape | None:
    """The shape of `cat`, `stack` or `vstack` of tensors whose number is not known: of those that are in the list, as
    it is told by one of them."""
    if operation.name == "vstack" and shape is not None and shape.rank is not None and shape.rank >= 2:
        return Shape((rows.LENGTH, *shape.sizes[1:]))
    lazy = arguments.get(1, "dim")
    dim = ev.value(lazy) if lazy is not None else ConstV(0)
    if operation.name == "stack" and shape is not None and shape.open and isinstance(dim, ConstV) and dim.value == 0:
        return shape  # the sizes that are known stand behind the dimension that is new
    if operation.name not in ("cat", "stack") or shape is None or shape.open or not isinstance(dim, ConstV):
        return None
    if not isinstance(dim.value, int) or not -len(shape.sizes) <= dim.value < len(shape.sizes):
        return None
    place = dim.value % len(shape.sizes)
    return Shape((*shape.sizes[:place], rows.LENGTH, *shape.sizes[place + 1 :]))


def _keyword(ev: Evaluator, operation: Operation, name: str, value: Value) -> object:
    if name in operation.names:
        return plain(ev, value, True)
    found = plain(ev, value, False)
    return SOME_DEVICE if name == "device" and found is UNSETTLED else found


def made(
    ev: Evaluator,
    result: Meaning | tuple[Meaning, ...],
    spelled: str,
    values: list[Value],
    form: f.Form,
    frame: Frame,
    operation: Operation | None,
    origin: Trail | None = None,
) -> Value:
    """A result as a value: with the step that made it, and the question that it hangs on."""
    question = opened(*values, *_inside(ev, values))
    if isinstance(result, tuple):
        parts = tuple(
            given(_one(ev, each, spelled, form, frame, number, question, origin)) for number, each in enumerate(result)
        )
        return SeqV("tuple", parts, not isinstance(result, Repeated))
    return _one(ev, result, spelled, form, frame, -1, question, origin)


def _inside(ev: Evaluator, values: list[Value]) -> list[Value]:
    """The elements of sequences: `torch.cat([a, b])` hangs on what `a` hangs on."""
    return [ev.value(lazy) for value in values if isinstance(value, SeqV) for lazy in value.items]


def said(meaning: Meaning) -> str:
    """What a tensor holds, for people."""
    if meaning.kind is Kind.BOOLEAN and meaning.dtype != "bool":
        return "zeros and ones"
    return meaning.kind.value


def _one(
    ev: Evaluator,
    result: Meaning,
    spelled: str,
    form: f.Form,
    frame: Frame,
    number: int,
    question: Open | None,
    origin: Trail | None,
) -> TensorV:
    changes: dict[str, object] = {}
    if result.trail is None and result.kind is not Kind.UNKNOWN:
        spot = ev.spot(form)
        changes["trail"] = Trail(spot, f"{spelled} makes {said(result)} here", origin)
    if result.identity is None:
        again = isinstance(form, f.Call) and form.callee_name in REPEATABLE
        changes["identity"] = ("made", computation(form) if again else id(form), id(frame), number)
    return TensorV(result.but(**changes) if changes else result, question)


def call_layer(
    ev: Evaluator, layer: Layer, instance: ObjectV, arguments: Bindings, form: f.Form, frame: Frame, settings: Bindings
) -> Value:
    """Call a layer of torch on tensors."""
    given_settings: dict[str, object] = {}
    for name, lazy in settings.by_name(layer.constructor).items():
        given_settings[name] = plain(ev, taken(ev, ev.value(lazy)), False)
    values = [ev.value(lazy) for lazy in (*arguments.positional, *arguments.keywords.values())]
    inputs = [meaning_of(steps(ev, value)) for value in values]
    if not inputs:
        return UnknownV("a layer is called without a tensor")
    spelled = layer.module.removeprefix("torch.")
    result = apply_layer(layer, given_settings, inputs)
    if isinstance(result, Meaning) and result.device == "cpu":
        result = result.but(device=None)  # a layer on an accelerator would have raised: the input was not on the CPU
    first = inputs[0]
    operation = lookup.operation_by_name(layer.operation)
    keeps = operation is not None and operation.effect is Effect.KEEP
    if isinstance(result, Meaning) and not keeps and result.kind is not Kind.UNKNOWN:
        if result.trail is None or result.made_by != first.made_by:
            # The story begins where the layer was made, goes with it to this call, and on with the result.
            earlier = instance.trail
            trail = Trail(ev.spot(form), f"{APPLIED}: the result holds {said(result)}", earlier)
            return TensorV(
                result.but(trail=trail, identity=result.identity or ("made", id(form), id(frame), -1)), opened(*values)
            )
    value = made(ev, result, spelled, values, form, frame, operation, instance.trail)
    if is_packed(values[0]) and isinstance(value, SeqV) and value.items:
        return SeqV("tuple", (given(packed(ev.value(value.items[0]))), *value.items[1:]))
    return value


def through(value: Value, trail: Trail | None) -> Value:
    """A result whose story goes on with that of the object that gave it."""
    if trail is None or not isinstance(value, TensorV) or value.meaning.kind is Kind.UNKNOWN:
        return value
    return TensorV(value.meaning.but(trail=joined(value.meaning.trail, trail)), value.open)

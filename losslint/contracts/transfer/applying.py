"""What an operation or a layer makes of the meanings that go in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from losslint.contracts.schema import Effect, Layer, Operation
from losslint.contracts.transfer import dtypes, literals, shapes, values
from losslint.contracts.transfer.bound import Bound, as_sequence, as_size, bind, device_name, integer, starts_anew
from losslint.contracts.transfer.dimensions import removed_dim
from losslint.contracts.transfer.kinds import derive
from losslint.contracts.transfer.kinds.along import extreme
from losslint.contracts.transfer.placed import same_dimension
from losslint.contracts.transfer.placing import place
from losslint.contracts.transfer.reductions import KNOWN_AGAIN, PUTTING_BACK, put_back_by, reduction_identity
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import FIXED, HIDDEN, Meaning, unknown
from losslint.vocabulary.observations import UNSETTLED
from losslint.vocabulary.shapes import Shape, Size

Result = Meaning | tuple[Meaning, ...]


class Repeated(tuple[Meaning, ...]):
    """Any number of tensors that are all alike: what `split` gives when nobody knows how many parts there are."""

    __slots__ = ()


# The same tensor comes out, or the same values in the same shape. Not a clone: who takes one writes into the one or the
# other, often in another function.
_SAME_VALUES = frozenset(
    {"contiguous", "to", "cast", "float", "double", "half", "bfloat16", "detach", "data", "requires_grad_", "cpu",
     "cuda", "identity", "positive", "type", "type_as", "pin_memory", "retain_grad", "alias", "to_dense"}
)  # fmt: skip
#: Nobody unpacks more parts by name.
_MOST_PARTS = 64
_CASTS = frozenset({"to", "type", "type_as", "long", "int", "short", "char", "byte", "bool"})
NORM_LAYERS = frozenset({"batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"})
#: Kinds that an activation gives.
ACTIVATED = frozenset({Kind.PROBABILITIES, Kind.LOG_PROBABILITIES, Kind.SIGMOID, Kind.LOG_SIGMOID, Kind.TANH})
#: Settings that may be tensors with a gradient of their own.
_MAY_CARRY = ("weight", "bias", "src", "source", "operands", "min", "max", "value", "other")
_FACTORY_DTYPES = frozenset({"factory", "number"})
#: Operations that draw new values in the place of a tensor's.
_MAKERS = frozenset({"randint_like", "random_"})
#: All elements come out as they went in, each of them, so that the least and the greatest are still there.
_ALL_OF_THEM = frozenset(
    {"view", "reshape", "view_as", "reshape_as", "flatten", "unflatten", "squeeze", "unsqueeze", "permute", "transpose",
     "movedim", "t", "T", "mT", "expand", "expand_as", "repeat", "tile", "flip", "roll", "contiguous", "to", "cast",
     "long", "int", "clone", "detach", "data", "cpu", "cuda", "identity", "alias", "pin_memory", "requires_grad_",
     "to_dense",
     "Variable", "cat", "stack", "hstack", "vstack", "dstack"}
)  # fmt: skip


def apply_operation(operation: Operation, arguments: Sequence[object], keywords: Mapping[str, object]) -> Result:
    """What an operation returns. Arguments are Meanings for tensors, Python constants, sequences of such or UNSETTLED.

    Never raises: what it cannot make sense of is unknown, with a short reason.
    """
    try:
        bound = bind(operation, arguments, keywords)
        return _trained(bound, _ends(operation, _apply(bound)))
    except (ArithmeticError, AssertionError, IndexError, KeyError, TypeError, ValueError):
        return unknown(f"losslint cannot follow this call of {operation.name}")


def _trained(bound: Bound, result: Result) -> Result:
    """The result of an operation: numbers that gradients are collected for are constants before the first step only."""
    if isinstance(result, tuple) or result.kind is not Kind.CONSTANT or not starts_anew(bound):
        return result
    return result.but(kind=Kind.REAL)


def _ends(operation: Operation, result: Result) -> Result:
    """The result of an operation, whose bounds are only reached where it makes the values or keeps all of them."""
    if isinstance(result, tuple):
        # Each is a part of the whole.
        return type(result)(one.but(reached=False) if one.reached else one for one in result)
    if not result.reached or not operation.tensors or operation.name in _MAKERS:
        return result
    whole = operation.name in _ALL_OF_THEM and result.dtype not in ("uint8", "int8")
    return result if whole and result.shape is not None else result.but(reached=False)


def apply_layer(layer: Layer, settings: Mapping[str, object], inputs: Sequence[Meaning]) -> Result:
    """What calling a layer returns, given its constructor's settings by name and the tensors of the call."""
    from losslint.contracts.lookup import operation_by_name

    spelled = layer.module.removeprefix("torch.")
    operation = operation_by_name(layer.operation)
    if operation is None:
        return unknown(f"losslint does not know what {spelled} returns")
    given = {**layer.defaults, **settings}
    try:
        result = _apply(bind(operation, *_as_call(layer, given, inputs)))
    except (ArithmeticError, AssertionError, IndexError, KeyError, TypeError, ValueError):
        return unknown(f"losslint cannot follow this use of {spelled}")
    if operation.effect is Effect.LOSE and isinstance(result, Meaning):
        result = result.but(reason=f"what {spelled} returns is no score by itself")
    if operation.name in NORM_LAYERS and isinstance(result, Meaning):
        affine = given.get("affine", given.get("elementwise_affine", True))
        result = result.but(kind=Kind.LOGITS if affine is True else Kind.REAL)
        if affine is not False:
            result = result.but(detached_by=None)  # a scale of its own that is trained
    if isinstance(result, Meaning) and (operation.name == "prelu" or "Transformer" in layer.module):
        result = result.but(detached_by=None)
    if isinstance(result, tuple):
        return type(result)(_spelled(one, operation.name, spelled) for one in result)
    return _spelled(result, operation.name, spelled)


def _spelled(result: Meaning, name: str, spelled: str) -> Meaning:
    return result.but(made_by=spelled) if result.made_by == name else result


def _as_call(
    layer: Layer, given: Mapping[str, object], inputs: Sequence[Meaning]
) -> tuple[list[object], dict[str, object]]:
    """A layer's call as the call of its operation: what the constructor made is a weight with a shape."""
    tensors: list[object] = list(inputs[: layer.inputs])
    settings = dict(given)
    weight = _weight(layer.operation, given)
    if weight is not None:
        for _ in range(len(tensors), layer.inputs):
            tensors.append(unknown("the call gives no such tensor"))
        tensors.append(weight)
    return tensors, settings


def _weight(operation: str, given: Mapping[str, object]) -> Meaning | None:
    """The weight that a layer's constructor makes, as far as its shape matters."""

    def size(name: str) -> Size:
        return as_size(given.get(name))

    sizes: tuple[Size, ...]
    if operation == "linear":
        sizes = (size("out_features"), size("in_features"))
    elif operation == "bilinear":
        sizes = (size("out_features"), None, None)
    elif operation in ("embedding", "embedding_bag"):
        sizes = (size("num_embeddings"), size("embedding_dim"))
    elif operation.startswith("conv"):
        count = int(operation[-2])
        kernel = given.get("kernel_size")
        window = as_sequence(kernel)
        spatial = tuple(as_size(one) for one in (window if window is not None else (kernel,) * count))
        channels = size("out_channels")
        if operation.startswith("conv_transpose"):
            groups = integer(given.get("groups"))
            each = channels // groups if isinstance(channels, int) and groups else None
            sizes = (size("in_channels"), each, *spatial)
        else:
            sizes = (channels, None, *spatial)
    else:
        return None
    return Meaning(Kind.REAL, dtype="float", shape=Shape(sizes))


def _apply(bound: Bound) -> Result:
    operation = bound.operation
    several = _SEVERAL.get(operation.shape)
    if several is not None:
        return several(bound)
    if operation.shape in ("literal", "legacy"):
        return literals.literal(bound)
    if operation.shape == "extreme" and _two_tensors(bound):
        return _elementwise(bound)
    if operation.shape == "extreme":
        return _extreme(bound)
    if bound.setting("return_indices") is True:
        return _single(bound), unknown("where the largest values stood")
    return _single(bound)


def _single(bound: Bound) -> Meaning:
    operation = bound.operation
    shape, dim = place(bound)
    dtype = dtypes.converted(bound) if operation.dtype == "to" else dtypes.result(bound)
    first = bound.first
    moved = first.but(shape=shape, dim=dim, dtype=dtype, identity=None)
    if operation.effect is Effect.KEEP:
        result = moved
    elif operation.effect is Effect.MAKE:
        result = _made(bound, shape)
    elif operation.effect is Effect.LOSE:
        result = values.lost(f"losslint does not follow {operation.name}", first)
    else:
        result = derive(bound, moved)
    likely = first.likely if operation.shape == "same" else None
    result = result.but(shape=shape, likely=likely, dtype=dtype, device=_device(bound), detached_by=_detached(bound))
    if result.dim is not None:
        result = result.but(dim=shapes.normal(result.dim, shape))
    if operation.name in KNOWN_AGAIN:
        result = result.but(identity=reduction_identity(bound))
    elif operation.name in PUTTING_BACK and first.identity is not None:
        result = result.but(identity=put_back_by(bound, shape))
    if operation.shape == "t" and first.identity is not None:
        result = result.but(identity=(values.TRANSPOSED, first.identity))
    if operation.name in _CASTS and result.is_integral and dtypes.is_float(first):
        result = result.but(detached_by=result.detached_by or operation.name)
    elif operation.name in _SAME_VALUES and result.dtype == first.dtype and result.shape == first.shape:
        result = result.but(identity=first.identity)
    return result


def _made(bound: Bound, shape: Shape | None) -> Meaning:
    operation = bound.operation
    kind = operation.kind or Kind.UNKNOWN
    dim: int | None = None
    if kind in (Kind.PROBABILITIES, Kind.LOG_PROBABILITIES):
        # An operation that takes no dim, softmax2d, has its own among its defaults.
        dim = integer(bound.setting("dim"))
    elif kind is Kind.ONE_HOT:
        dim = -1
    if operation.name in NORM_LAYERS and bound.setting("weight") is None:
        kind = Kind.REAL  # no scale of its own
    bounds = operation.bounds if operation.bounds is not None else values.NATURAL_BOUNDS.get(kind)
    source = bound.first if kind in ACTIVATED and bound.first.kind is not Kind.UNKNOWN else None
    if kind is Kind.SIGMOID and bound.first.bounds is not None:
        bounds = values.sigmoid_bounds(bound.first.bounds)
    return Meaning(
        kind,
        dim=None if dim is None else shapes.normal(dim, shape),
        bounds=bounds,
        made_by=FIXED if operation.name == "Parameter" and not starts_anew(bound) else operation.name,
        source=source.but(source=None) if source is not None else None,
        scores=bound.first.identity if kind in (Kind.SIGMOID, Kind.LOG_SIGMOID) else None,
        reason="" if kind is not Kind.UNKNOWN else f"losslint does not follow {operation.name}",
    )


def _tensors(bound: Bound) -> list[Meaning]:
    """All tensors that a result may get its gradient from."""
    found: list[Meaning] = []
    for value in bound.tensors:
        sequence = as_sequence(value)
        found += [one for one in sequence if isinstance(one, Meaning)] if sequence is not None else []
        if isinstance(value, Meaning):
            found.append(value)
    found += [one for one in as_sequence(bound.setting("operands")) or () if isinstance(one, Meaning)]
    source = bound.setting("src")
    return [*found, source] if isinstance(source, Meaning) else found


def _device(bound: Bound) -> str | None:
    operation = bound.operation
    if operation.name in ("cuda", "cpu"):
        asked = bound.setting("device")
        return device_name(asked) if asked is not None else operation.name
    if operation.name == "Parameter":
        return None  # it moves along with its module, whatever it was made from
    if operation.name in ("to", "cast"):
        target = bound.setting("target")
        for value in target if isinstance(target, tuple) else (target,):
            if isinstance(value, Meaning):
                return value.device
            if device_name(value) is not None:
                return device_name(value)
            if value is not None and not (isinstance(value, str) and value.startswith("torch.")):
                return None
    if operation.name == "type":
        named = bound.setting("dtype")
        if isinstance(named, str) and named.startswith("torch.cuda."):
            return "cuda"
    asked = bound.setting("device")
    if asked is not None:
        return device_name(asked)
    if operation.dtype in _FACTORY_DTYPES or operation.tensors == 0:
        # Where torch puts new tensors; `set_default_device` is rare enough to be said by a rule, not here.
        return "cpu"
    if operation.detaches and operation.name in ("numpy", "tolist", "item"):
        return "cpu"
    tensors = _tensors(bound)
    devices = {one.device for one in tensors}
    if len(devices) == 1:
        return devices.pop()
    # Tensors of one call are on one device, apart from single numbers on the CPU.
    named = {one.device for one in tensors if one.device is not None and (one.device != "cpu" or one.rank)}
    return named.pop() if len(named) == 1 else None


def _detached(bound: Bound) -> str | None:
    operation = bound.operation
    if starts_anew(bound):
        return None
    # A weight, a bias, a bound of a clamp: any tensor that goes in may be trained.
    given = [part for value in bound.settings.values() for part in (as_sequence(value) or (value,))]
    tensors = [*_tensors(bound), *(value for value in given if isinstance(value, Meaning))]
    if not operation.detaches and any(_open(bound.settings.get(name)) for name in _MAY_CARRY):
        return None
    cut = {one.detached_by for one in tensors if one.kind is not Kind.CONSTANT and dtypes.is_float(one) is not False}
    earlier = next((one.detached_by for one in tensors if one.detached_by is not None), None)
    if operation.detaches:
        return operation.name if dtypes.is_float(bound.first) is not False else earlier
    return earlier if None not in cut else None


def _open(value: object) -> bool:
    """Whether a setting, or a part of it, was given and is not known."""
    return value is UNSETTLED or UNSETTLED in (as_sequence(value) or ())


# Results of two or more tensors.


def _two_tensors(bound: Bound) -> bool:
    return isinstance(bound.setting("dim"), Meaning) or bound.given("other")


def _elementwise(bound: Bound) -> Meaning:
    """`torch.max(a, b)` is `torch.maximum(a, b)`."""
    from losslint.contracts.lookup import operation_by_name

    other = bound.setting("other") if bound.given("other") else bound.setting("dim")
    operation = operation_by_name("maximum" if bound.operation.name == "max" else "minimum")
    assert operation is not None
    return _single(Bound(operation, (*bound.tensors[:1], other)))


def _extreme(bound: Bound) -> Result:
    """`x.max()` is a number, `x.max(dim)` the values and their indices."""
    if bound.setting("dim") is None:
        return _single(Bound(bound.operation, bound.tensors, {}))
    return _values_and_indices(bound)


def _values_and_indices(bound: Bound) -> Result:
    operation = bound.operation
    first = bound.first
    if operation.name in ("topk", "sort", "cummax", "cummin"):
        along = integer(bound.setting("dim"))
        shape = first.shape
        if operation.name == "topk":
            size = as_size(bound.setting("k"))
            shape = None if along is None else shapes.resized(first.shape, along, size)
        moved = first.but(shape=shape, identity=None)
    else:
        settings = dict(bound.settings)
        if operation.name in ("kthvalue", "mode") or bound.setting("dim") is None:
            settings["dim"] = bound.setting("dim")
        shape, dim = place(Bound(_reduction(operation), bound.tensors, settings))
        moved = first.but(shape=shape, dim=dim, identity=None)
    chosen = extreme(bound, moved).but(shape=shape, identity=None)
    if operation.name == "sort" and first.dim is not None:
        along = integer(bound.setting("dim"))
        # Sorting a row keeps its sum and its length; sorting columns mixes rows.
        if along is not None and same_dimension(first, first.dim, along) is True:
            chosen = moved.but(dim=first.dim)
    indices = Meaning(
        Kind.CLASS_INDEX,
        dtype="int64",
        shape=shape,
        device=first.device,
        detached_by=operation.name,
        made_by=operation.name,
    )
    return chosen, indices


def _reduction(operation: Operation) -> Operation:
    """The same operation with the shape rule of a reduction."""
    return Operation(
        operation.name, operation.effect, parameters=operation.parameters, defaults=operation.defaults, shape="reduce"
    )


# Several parts of one tensor.


def _split(bound: Bound) -> Result:
    first, along = bound.first, integer(bound.setting("dim"))
    wanted = bound.setting("split_size_or_sections")
    if wanted is None:
        wanted = bound.setting("split_size")
    sections = as_sequence(wanted)
    sizes: list[Size] | None = None
    size = first.size(along) if along is not None else None
    if sections is not None:
        sizes = [as_size(one) for one in sections]
    elif isinstance(wanted, int) and isinstance(size, int) and wanted > 0 and size <= wanted * _MOST_PARTS:
        sizes = [min(wanted, size - start) for start in range(0, size, wanted)] or None
    if along is None:
        return Repeated((_piece(bound, None, None),))
    if sizes is None:
        return Repeated((_piece(bound, along, wanted if isinstance(wanted, int) and size == wanted else None),))
    return tuple(_piece(bound, along, one) for one in sizes)


def _chunk(bound: Bound) -> Result:
    first, along, count = bound.first, integer(bound.setting("dim")), integer(bound.setting("chunks"))
    size = first.size(along) if along is not None else None
    if along is None or count is None or not 1 <= count <= _MOST_PARTS:
        return Repeated((_piece(bound, along, None),))
    if not isinstance(size, int):
        # As many as were asked for, unless the dimension is shorter than that: then unpacking would fail anyway.
        return tuple(_piece(bound, along, None) for _ in range(count))
    if size < count:
        # Nobody asks for more parts than there are: another tensor is meant than the one that is known here.
        return (unknown("a tensor is cut into more parts than it has"),) * count
    each = -(-size // count)
    return tuple(_piece(bound, along, min(each, size - start)) for start in range(0, size, max(each, 1)))


def _piece(bound: Bound, along: int | None, size: Size) -> Meaning:
    first = bound.first
    shape = None if along is None else shapes.resized(first.shape, along, size)
    return derive(bound, first.but(shape=shape, identity=None)).but(shape=shape)


def _unbind(bound: Bound) -> Result:
    first, along = bound.first, integer(bound.setting("dim"))
    shape = None if along is None else shapes.reduced(first.shape, along, keepdim=False)
    moved = first.but(shape=shape, dim=removed_dim(first, along), identity=None)
    one = derive(bound, moved).but(shape=shape)
    size = first.size(along) if along is not None else None
    return (one,) * size if isinstance(size, int) and size <= _MOST_PARTS else Repeated((one,))


def _states(bound: Bound) -> Result:
    """A recurrent layer: the outputs of each step and the last state, bounded by the tanh or the gates inside."""
    first = bound.first
    width = bound.setting("hidden_size")
    projected = bound.setting("proj_size")
    hidden = as_size(projected if projected not in (0, None) else width)
    both = bound.setting("bidirectional")
    out = hidden if both in (False, None) else hidden * 2 if both is True and isinstance(hidden, int) else None
    shape = shapes.resized(first.shape, -1, out) if first.rank != 1 else None
    output = _state(bound, shape)
    state = output.but(shape=None)
    if bound.operation.name == "lstm":
        # The cell state is the second tensor of the pair; nobody's loss takes the pair itself.
        return output, unknown("a pair of hidden states")
    return output, state


def _state(bound: Bound, shape: Shape | None) -> Meaning:
    """What a recurrent layer gives, bounded by the tanh that is its last step unless something else is."""
    tanh = bound.setting("nonlinearity") in (None, "tanh") and bound.setting("proj_size") in (None, 0)
    return Meaning(
        dtype=dtypes.floated(bound.first),
        shape=shape,
        device=bound.first.device,
        reason="hidden states are no scores",
        quantity=True,
        bounds=(-1.0, 1.0) if tanh else None,
        made_by=HIDDEN if tanh else "",
    )


def _cell(bound: Bound) -> Result:
    first = bound.first
    shape = shapes.resized(first.shape, -1, as_size(bound.setting("hidden_size")))
    state = _state(bound, shape)
    return (state, state.but(bounds=None, made_by="")) if bound.operation.name == "lstm_cell" else state


def _attention(bound: Bound) -> Result:
    first = bound.first
    output = Meaning(
        Kind.REAL, dtype=dtypes.floated(first), shape=first.shape, device=first.device, made_by="attention"
    )
    # Rows of the weights add up to 1 over the keys, but they are no prediction of classes.
    weights = unknown("attention weights").but(device=first.device)
    return output, weights


_SEVERAL = {
    "values_indices": _values_and_indices,
    "split": _split,
    "chunk": _chunk,
    "unbind": _unbind,
    "states": _states,
    "cell": _cell,
    "attention": _attention,
}

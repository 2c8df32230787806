"""Finding contracts by the names that code uses. Tables are read at the first question, torch never."""

from __future__ import annotations

from functools import cache

from losslint.contracts import library_losses

# Type checkers take it for true; importing it from `typing` would take longer than all the rest of this module.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from losslint.contracts.schema import Layer, LossContract, Operation

# Where torch keeps what it shows elsewhere: the beginning of a qualified name, and what to read it as.
_MODULES_PREFIX = "torch.nn.modules."
_PREFIXES = (
    # what these files import for themselves, and what editors complete `F` to
    ("torch.functional.F", "torch.nn.functional"),
    ("torch.functional.", "torch."),
    ("torch._C._nn.", "torch.nn.functional."),
    ("torch._C._VariableFunctions.", "torch."),
    ("torch._C._special.", "torch.special."),
    ("torch._tensor.Tensor.", "torch.Tensor."),
    ("torch.nn.parameter.", "torch.nn."),
)


#: Layers of torchmeta that take their parameters by an argument, `params`, and are torch's in all else.
_DROPPED_IN = "torchmeta.modules."
_DROP_INS = {
    f"Meta{name}": f"torch.nn.{name}"
    for name in (
        "Linear", "Bilinear", "Conv1d", "Conv2d", "Conv3d", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "Embedding",
        "EmbeddingBag", "LayerNorm", "Sequential",
    )
}  # fmt: skip


def canonical(qualified: str) -> str:
    """The name that the tables use for what a qualified name means; the name itself when they know no other.

    >>> canonical("torch.nn.modules.loss.BCELoss")
    'torch.nn.BCELoss'
    >>> canonical("torch.nn.functional.sigmoid")
    'torch.sigmoid'
    >>> canonical("torch.functional.F.softmax"), canonical("torch.nn.modules.activation.F")
    ('torch.softmax', 'torch.nn.functional')
    """
    if not qualified.startswith("torch."):
        return (
            _DROP_INS.get(qualified.rpartition(".")[2], qualified) if qualified.startswith(_DROPPED_IN) else qualified
        )
    if qualified.startswith(_MODULES_PREFIX):
        last = qualified.rpartition(".")[2]
        if last == "F":
            return "torch.nn.functional"
        # The files between stay what they are: `nn.modules.loss` is read before `nn.modules.loss.BCELoss`.
        return qualified if last.islower() and not last.startswith("_") else f"torch.nn.{last}"
    for beginning, instead in _PREFIXES:
        if qualified.startswith(beginning):
            qualified = instead + qualified[len(beginning) :]
            break
    operation = _functions().get(qualified)
    return operation.functions[0] if operation is not None else qualified


def loss_by_module(qualified: str) -> LossContract | None:
    """The loss whose module has that qualified name."""
    found = _losses_by_module().get(canonical(qualified))
    return (
        found
        if found is not None or not qualified.startswith(library_losses.PREFIXES)
        else library_losses.by_module(qualified)
    )


def loss_by_function(qualified: str) -> LossContract | None:
    """The loss whose function has that qualified name."""
    found = _losses_by_function().get(qualified)
    if found is None and qualified.startswith(library_losses.PREFIXES):
        return library_losses.by_function(qualified)
    return found if found is not None else _losses_by_function().get(canonical(qualified))


def loss_by_name(name: str) -> LossContract | None:
    """The loss that rules and observations call by that name (`"CrossEntropyLoss"`)."""
    return _losses_by_name().get(name) or (library_losses.by_name(name) if "." in name else None)


def layer(qualified: str) -> Layer | None:
    """The layer whose module has that qualified name."""
    return _layers().get(canonical(qualified))


def is_class(qualified: str) -> bool:
    """Whether a qualified name is that of a class of losses or layers."""
    return loss_by_module(qualified) is not None or layer(qualified) is not None


def is_function(qualified: str) -> bool:
    """Whether a qualified name is that of a function that is known: a loss, an operation, or one of Python's own."""
    return (
        loss_by_function(qualified) is not None
        or operation_by_function(qualified) is not None
        or qualified.startswith("builtins.")
    )


def operation_by_function(qualified: str) -> Operation | None:
    """The operation that a qualified name means when it is called; `torch.Tensor.view` is the method."""
    found = _functions().get(qualified)
    if found is not None:
        return found
    if qualified.startswith("numpy."):
        return _like_numpy().get(qualified)
    if qualified.startswith("einops."):
        from losslint.contracts.libraries.operations import OPERATIONS

        return OPERATIONS.get(qualified)
    name = canonical(qualified)
    if name.startswith("torch.Tensor."):
        return operation_by_method(name.removeprefix("torch.Tensor."))
    found = _functions().get(name)
    if found is None and name.endswith("_") and not name.endswith("__"):
        found = _functions().get(name[:-1])
    return found


def operation_by_method(name: str) -> Operation | None:
    """The operation that `tensor.name(…)` (or the attribute, `tensor.T`) means; `relu_` means `relu`."""
    found = _methods().get(name)
    if found is None and name.endswith("_") and not name.endswith("__"):
        # In place: the same values, which the tensor itself holds afterwards.
        found = _methods().get(name[:-1])
    return found


def operation_by_name(name: str) -> Operation | None:
    """The operation that rules, layers and observations call by that name (`"log_softmax"`)."""
    return _operations().get(name)


@cache
def _losses_by_name() -> dict[str, LossContract]:
    from losslint.contracts.torch.losses import LOSSES

    return {loss.name: loss for loss in LOSSES}


@cache
def _losses_by_module() -> dict[str, LossContract]:
    return {loss.module: loss for loss in _losses_by_name().values() if loss.module}


@cache
def _losses_by_function() -> dict[str, LossContract]:
    return {loss.function: loss for loss in _losses_by_name().values() if loss.function}


@cache
def _layers() -> dict[str, Layer]:
    from losslint.contracts.torch.layers import LAYERS

    return {layer.module: layer for layer in LAYERS}


@cache
def _operations() -> dict[str, Operation]:
    from losslint.contracts.torch.operations import OPERATIONS

    found: dict[str, Operation] = {}
    for operation in OPERATIONS:
        found.setdefault(operation.name, operation)
    return found


@cache
def _functions() -> dict[str, Operation]:
    from losslint.contracts.torch.operations import OPERATIONS

    return {name: operation for operation in OPERATIONS for name in operation.functions}


@cache
def _like_numpy() -> dict[str, Operation]:
    from losslint.contracts.numpy import ALIKE

    return {f"numpy.{name}": _functions()[f"torch.{function}"] for name, function in ALIKE.items()}


@cache
def _methods() -> dict[str, Operation]:
    from losslint.contracts.torch.operations import OPERATIONS

    found: dict[str, Operation] = {}
    for operation in OPERATIONS:
        for name in ((operation.name,) if operation.method else ()) + operation.methods:
            found.setdefault(name, operation)
    return found

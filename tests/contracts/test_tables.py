"""The tables beside the torch that is installed: names, parameters, defaults."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import time
from typing import Any

import pytest
import torch

from losslint.contracts import lookup
from losslint.contracts.schema import Effect, Layer, LossContract, Operation, Role
from losslint.contracts.torch.layers import LAYERS
from losslint.contracts.torch.losses import LOSSES
from losslint.contracts.torch.operations import OPERATIONS
from losslint.contracts.transfer.kinds import RULES as KIND_RULES
from losslint.contracts.transfer.placing import RULES as SHAPE_RULES
from losslint.vocabulary.kinds import Kind


def found(qualified: str) -> Any:
    """What a qualified name means."""
    module, _, name = qualified.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        return getattr(found(module), name)


def parameters(callable_: Any, *, bound: bool) -> list[inspect.Parameter]:
    return list(inspect.signature(callable_).parameters.values())[1 if bound else 0 :]


def names(given: list[inspect.Parameter], *kinds: Any) -> tuple[str, ...]:
    return tuple(parameter.name for parameter in given if parameter.kind in kinds)


POSITIONAL = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
KEYWORD = (inspect.Parameter.KEYWORD_ONLY,)


def test_there_are_the_24_losses_of_torch() -> None:
    assert len(LOSSES) == 24
    public = {
        name
        for name, value in vars(torch.nn).items()
        if inspect.isclass(value) and issubclass(value, torch.nn.Module) and name.endswith("Loss")
    }
    assert public <= {loss.name for loss in LOSSES}


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_losses_have_torchs_parameters(loss: LossContract) -> None:
    module = found(loss.module)
    constructor = parameters(module.__init__, bound=True)
    assert loss.constructor == names(constructor, *POSITIONAL)
    assert set(names(constructor, *KEYWORD)) <= set(loss.keyword_only)
    forward = names(parameters(module.forward, bound=True), *POSITIONAL)
    assert (loss.forward_parameters or tuple(argument.name for argument in loss.arguments)) == forward
    assert len(loss.arguments) == len(forward)
    given = list(constructor)
    if loss.function:
        function = parameters(found(loss.function), bound=False)
        assert loss.function_parameters == names(function, *POSITIONAL)
        assert set(names(function, *KEYWORD)) <= set(loss.keyword_only)
        assert {argument.name for argument in loss.arguments} <= set(loss.function_parameters)
        given += function
    for parameter in given:
        if parameter.default is not inspect.Parameter.empty:
            assert loss.defaults[parameter.name] == parameter.default, parameter.name
    assert set(loss.defaults) <= {parameter.name for parameter in given}


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_losses_say_what_they_accept(loss: LossContract) -> None:
    roles = [argument.role for argument in loss.arguments]
    assert roles.count(Role.INPUT) == 1
    for argument in loss.arguments:
        assert argument.accepts
        assert Kind.UNKNOWN not in argument.accepts


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.module)
def test_layers_have_torchs_parameters(layer: Layer) -> None:
    module = found(layer.module)
    given = [
        parameter
        for parameter in parameters(module.__init__, bound=True)
        if parameter.kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    ]
    if given:  # the recurrent layers take whatever comes and hand it on
        assert tuple(parameter.name for parameter in given)[: len(layer.constructor)] == layer.constructor
        defaults = {parameter.name: parameter.default for parameter in given}
        for name, value in layer.defaults.items():
            assert name not in defaults or defaults[name] == value, name
    assert lookup.operation_by_name(layer.operation) is not None


def test_every_layer_of_torch_is_there() -> None:
    """All modules that torch.nn shows, but for losses, containers and what only wraps others."""
    known = {layer.module.rpartition(".")[2] for layer in LAYERS} | {loss.name for loss in LOSSES}
    left_out = {
        "Container", "CrossMapLRN2d", "DataParallel", "Module", "ModuleDict", "ModuleList", "ParameterDict",
        "ParameterList", "Sequential", "Fold", "Unfold", "FractionalMaxPool2d", "FractionalMaxPool3d", "LPPool1d",
        "LPPool2d", "LPPool3d", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "RNNBase", "RNNCellBase",
        "CircularPad1d", "CircularPad2d", "CircularPad3d",
    }  # fmt: skip
    shown = {
        name
        for name, value in vars(torch.nn).items()
        if inspect.isclass(value) and issubclass(value, torch.nn.Module) and not name.startswith("_")
    }
    assert shown - known - left_out == set()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_operations_are_torchs(operation: Operation) -> None:
    for qualified in operation.functions:
        assert callable(found(qualified)), qualified
    for method in (*operation.methods, *([operation.name] if operation.method else [])):
        assert hasattr(torch.Tensor, method), method
    if operation.effect is Effect.MAKE:
        assert operation.kind is not None or operation.shape in ("literal", "legacy")
    else:
        assert operation.kind is None
    if operation.effect is Effect.DERIVE and operation.shape not in ("values_indices",):
        assert operation.name in KIND_RULES


def test_shape_rules_exist() -> None:
    apart = {"extreme", "values_indices", "split", "chunk", "unbind", "literal", "legacy", "states", "cell",
             "attention"}  # fmt: skip
    assert {operation.shape for operation in OPERATIONS} - set(SHAPE_RULES) <= apart
    assert set(SHAPE_RULES) <= {operation.shape for operation in OPERATIONS}


def test_no_name_means_two_operations() -> None:
    functions = [name for operation in OPERATIONS for name in operation.functions]
    assert len(functions) == len(set(functions))
    by_name = [operation.name for operation in OPERATIONS]
    assert len(by_name) == len(set(by_name))
    methods = [
        name
        for operation in OPERATIONS
        for name in (*operation.methods, *([operation.name] if operation.method else []))
    ]
    assert len(methods) == len(set(methods))


@pytest.mark.parametrize(
    ("qualified", "instead"),
    [
        ("torch.nn.modules.loss.CrossEntropyLoss", "torch.nn.CrossEntropyLoss"),
        ("torch.nn.modules.activation.Softmax", "torch.nn.Softmax"),
        ("torch.nn.modules.adaptive.AdaptiveLogSoftmaxWithLoss", "torch.nn.AdaptiveLogSoftmaxWithLoss"),
        ("torch.nn.functional.sigmoid", "torch.sigmoid"),
        ("torch.special.softmax", "torch.softmax"),
        ("torch.nn.functional.softmax", "torch.softmax"),
        ("torch.functional.einsum", "torch.einsum"),
        ("torch.nn.parameter.Parameter", "torch.nn.Parameter"),
        ("torch.nn.functional.cross_entropy", "torch.nn.functional.cross_entropy"),
        ("mylib.Net", "mylib.Net"),
        ("torch", "torch"),
        ("", ""),
    ],
)
def test_aliases(qualified: str, instead: str) -> None:
    assert lookup.canonical(qualified) == instead


def test_looking_up() -> None:
    cross_entropy = lookup.loss_by_name("CrossEntropyLoss")
    assert cross_entropy is not None
    assert lookup.loss_by_module("torch.nn.modules.loss.CrossEntropyLoss") is cross_entropy
    assert lookup.loss_by_function("torch.nn.functional.cross_entropy") is cross_entropy
    assert lookup.loss_by_function("torch.nn.functional.nll_loss") is lookup.loss_by_name("NLLLoss")
    assert lookup.loss_by_module("torch.nn.Linear") is None
    linear = lookup.layer("torch.nn.modules.linear.Linear")
    assert linear is not None and linear is lookup.layer("torch.nn.Linear")
    softmax = lookup.operation_by_function("torch.nn.functional.softmax")
    assert softmax is not None and softmax is lookup.operation_by_method("softmax")
    assert lookup.operation_by_function("torch.Tensor.softmax") is softmax
    assert lookup.operation_by_method("sigmoid_") is lookup.operation_by_method("sigmoid")
    assert lookup.operation_by_function("torch.nn.functional.relu_") is lookup.operation_by_name("relu")
    assert lookup.operation_by_method("scatter_") is lookup.operation_by_name("scatter")
    assert lookup.operation_by_method("__init__") is None
    assert lookup.operation_by_method("") is None
    assert lookup.operation_by_function("os.path.join") is None


PROGRAM = """
import sys, time
start = time.perf_counter()
import losslint.contracts.lookup as lookup
importing = time.perf_counter() - start
assert lookup.loss_by_name("BCELoss") and lookup.layer("torch.nn.Linear") and lookup.operation_by_method("view")
from losslint.contracts.transfer import apply_operation, binary
asking = time.perf_counter() - start
print(importing, asking, *(name for name in ("torch", "libcst", "numpy") if name in sys.modules))
"""


def test_contracts_import_no_torch() -> None:
    shown = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout.split()
    assert shown[2:] == []


def test_the_subprocess_would_see_torch() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", "import torch\n" + PROGRAM], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "torch" in shown[2:]


def test_look_ups_are_quick() -> None:
    start = time.perf_counter()
    for _ in range(1000):
        lookup.operation_by_function("torch.nn.functional.softmax")
    assert time.perf_counter() - start < 0.5

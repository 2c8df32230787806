"""torch's own databases of inputs: what its tests give every loss, and what they know to raise."""

from __future__ import annotations

import functools
import sys
import types
import unittest
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from losslint.runtime.interception import watched


@dataclass(frozen=True, slots=True)
class Input:
    """One input: what it is called, and what computes the loss with it. The tensors of `leaves` get gradients."""

    name: str
    compute: Callable[[], Any]
    leaves: tuple[torch.Tensor, ...]


@functools.cache
def _databases() -> tuple[list[Any], list[Any]]:
    """torch's operations and modules. Their package wants `expecttest`, of which nothing is needed here."""
    if "expecttest" not in sys.modules:
        stand_in = types.ModuleType("expecttest")
        stand_in.TestCase = unittest.TestCase  # type: ignore[attr-defined]
        sys.modules["expecttest"] = stand_in
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_methods_invocations import op_db
        from torch.testing._internal.common_modules import module_db
    return op_db, module_db


def _of_loss(name: str) -> tuple[list[Any], list[Any]]:
    operations, modules = _databases()
    function, module = f"nn.functional.{watched()[name].function.__name__}", getattr(torch.nn, name)
    return [op for op in operations if op.name == function], [each for each in modules if each.module_cls is module]


def good(name: str, dtype: torch.dtype) -> Iterator[Input]:
    """Inputs of a loss that are right. `name` is that of its contract."""
    operations, modules = _of_loss(name)
    for op in operations:
        if dtype in op.supported_dtypes("cpu"):
            for position, sample in enumerate(op.sample_inputs("cpu", dtype, requires_grad=True)):
                given = (sample.input, *sample.args)
                yield _input(f"{name} {op.variant_test_name} {position}", op.op, given, sample.kwargs)
    for module in modules:
        if dtype in module.dtypes:
            made = module.module_inputs_func(module, device="cpu", dtype=dtype, requires_grad=True, training=True)
            for each in made:
                built = each.constructor_input
                loss = module.module_cls(*built.args, **built.kwargs).to(dtype)
                yield _input(f"{name} {each.desc}", loss, each.forward_input.args, each.forward_input.kwargs)


def raising(name: str) -> Iterator[Input]:
    """Inputs of a loss of which torch's tests know that they raise."""
    operations, modules = _of_loss(name)
    for op in operations:
        if op.error_inputs_func is not None:
            for position, error in enumerate(op.error_inputs("cpu")):
                sample = error.sample_input
                given = (sample.input, *sample.args)
                yield _input(f"{name} {op.variant_test_name} {position}", op.op, given, sample.kwargs)
    for module in modules:
        if module.module_error_inputs_func is not None:
            errors = module.module_error_inputs_func(
                module, device="cpu", dtype=torch.float32, requires_grad=False, training=True
            )
            for position, error in enumerate(errors):
                yield Input(f"{name} {position}", functools.partial(_built_and_called, module.module_cls, error), ())


def _built_and_called(module: Any, error: Any) -> Any:
    wrong = error.module_error_input
    built, given = wrong.constructor_input, wrong.forward_input
    loss = module(*built.args, **built.kwargs)
    return loss(*given.args, **given.kwargs) if given is not None else loss


def _input(name: str, loss: Callable[..., Any], given: tuple[Any, ...], keywords: dict[str, Any]) -> Input:
    leaves = [each for each in (*given, *keywords.values()) if isinstance(each, torch.Tensor)]
    wanted = tuple(each for each in leaves if each.is_leaf and each.requires_grad)
    return Input(name, functools.partial(loss, *given, **keywords), wanted)

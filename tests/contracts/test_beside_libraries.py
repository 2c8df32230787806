"""The tables of library losses beside the libraries, where they are installed: parameters, defaults, what is applied.

None of them is a dependency: a library that is not there is skipped. One that only lies unpacked somewhere is found on
PYTHONPATH.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from losslint.contracts import library_losses
from losslint.contracts.schema import LossContract, Takes

torch = pytest.importorskip("torch")
F = torch.nn.functional

ALL = [loss for _, table, _, _ in library_losses.TABLES for loss in library_losses._losses(table)]
WITH_MODULE = [loss for loss in ALL if loss.module and loss.library != "pytorch_metric_learning"]


def found(qualified: str) -> Any:
    """What a qualified name of a library means; the test is skipped without the library."""
    module, _, name = qualified.rpartition(".")
    # What the library itself needs may be missing, too.
    return getattr(pytest.importorskip(module, exc_type=ImportError), name)


def parameters(function: Any, skipped: int) -> list[inspect.Parameter]:
    positional = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    return [each for each in inspect.signature(function).parameters.values() if each.kind in positional][skipped:]


def agree(contract: LossContract, given: list[inspect.Parameter]) -> None:
    for parameter in given:
        if parameter.name in contract.defaults and parameter.default is not inspect.Parameter.empty:
            default = getattr(parameter.default, "value", parameter.default)  # an Enum of strings
            assert contract.defaults[parameter.name] == default, parameter.name


@pytest.mark.parametrize("contract", WITH_MODULE, ids=lambda contract: contract.name)
def test_a_constructor_has_these_parameters(contract: LossContract) -> None:
    given = parameters(found(contract.module).__init__, 1)
    assert tuple(each.name for each in given)[: len(contract.constructor)] == contract.constructor
    agree(contract, given)


@pytest.mark.parametrize("contract", [loss for loss in ALL if loss.module], ids=lambda contract: contract.name)
def test_a_call_has_these_parameters(contract: LossContract) -> None:
    module = found(contract.module)
    own = module.__call__ if "__call__" in vars(module) else getattr(module, "forward", module.__call__)
    written = contract.forward_parameters or tuple(argument.name for argument in contract.arguments)
    assert tuple(each.name for each in parameters(own, 1))[: len(written)] == written


@pytest.mark.parametrize("contract", [loss for loss in ALL if loss.function], ids=lambda contract: contract.name)
def test_a_function_has_these_parameters(contract: LossContract) -> None:
    given = parameters(found(contract.function), 0)
    assert tuple(each.name for each in given) == contract.function_parameters
    agree(contract, given)


# ---------------------------------------------------------------- what is applied inside

LABELS = (torch.arange(2 * 4 * 4) % 3).view(2, 4, 4)
ONE_HOT = F.one_hot(LABELS, 3).movedim(-1, 1).float()
MASK = ONE_HOT[:, :1]
FLAT, FLAT_ONE_HOT = LABELS.flatten(), F.one_hot(LABELS.flatten(), 3).float()

#: A loss, settings, the target, the right prediction as probabilities.
CASES: list[tuple[str, dict[str, Any], Any, Any]] = [
    *(
        (f"smp.{name}", settings, target, right)
        for name in ("DiceLoss", "JaccardLoss", "TverskyLoss")
        for settings, target, right in (
            ({"mode": "binary"}, MASK, MASK),
            ({"mode": "multiclass"}, LABELS, ONE_HOT),
            ({"mode": "multilabel"}, ONE_HOT, ONE_HOT),
            ({"mode": "binary", "from_logits": False}, MASK, MASK),
            ({"mode": "multiclass", "from_logits": False}, LABELS, ONE_HOT),
        )
    ),
    ("smp.LovaszLoss", {"mode": "binary", "from_logits": False}, MASK, MASK),
    ("smp.LovaszLoss", {"mode": "multiclass", "from_logits": False}, LABELS, ONE_HOT),
    ("smp.FocalLoss", {"mode": "binary"}, MASK, MASK),
    ("smp.MCCLoss", {}, MASK, MASK),
    ("smp.SoftBCEWithLogitsLoss", {}, MASK, MASK),
    ("smp.SoftCrossEntropyLoss", {"smooth_factor": 0.0}, LABELS, ONE_HOT),
    *(
        (f"monai.{name}", settings, ONE_HOT, ONE_HOT)
        for name in ("DiceLoss", "GeneralizedDiceLoss", "TverskyLoss", "MCCLoss", "MaskedDiceLoss")
        for settings in ({}, {"sigmoid": True}, {"softmax": True})
    ),
    *((f"monai.{name}", {"softmax": True}, ONE_HOT, ONE_HOT) for name in ("DiceCELoss", "DiceFocalLoss")),
    ("monai.FocalLoss", {}, ONE_HOT, ONE_HOT),
    ("monai.FocalLoss", {"use_softmax": True}, ONE_HOT, ONE_HOT),
    ("kornia.DiceLoss", {}, LABELS, ONE_HOT),
    ("kornia.TverskyLoss", {"alpha": 0.5, "beta": 0.5}, LABELS, ONE_HOT),
    ("kornia.LovaszSoftmaxLoss", {}, LABELS, ONE_HOT),
    ("kornia.FocalLoss", {"alpha": 0.5, "reduction": "mean"}, LABELS, ONE_HOT),
    ("kornia.BinaryFocalLossWithLogits", {"alpha": 0.5, "reduction": "mean"}, MASK, MASK),
    ("kornia.LovaszHingeLoss", {}, MASK[:, 0], MASK),
    ("timm.LabelSmoothingCrossEntropy", {"smoothing": 0.0}, FLAT, FLAT_ONE_HOT),
    ("timm.SoftTargetCrossEntropy", {}, FLAT_ONE_HOT, FLAT_ONE_HOT),
    ("timm.BinaryCrossEntropy", {"smoothing": 0.0}, FLAT_ONE_HOT, FLAT_ONE_HOT),
    ("timm.AsymmetricLossMultiLabel", {}, FLAT_ONE_HOT, FLAT_ONE_HOT),
    ("timm.AsymmetricLossSingleLabel", {"eps": 0.0}, FLAT, FLAT_ONE_HOT),
    ("fastai.CrossEntropyLossFlat", {}, FLAT, FLAT_ONE_HOT),
    ("fastai.FocalLossFlat", {}, FLAT, FLAT_ONE_HOT),
    ("fastai.LabelSmoothingCrossEntropy", {"eps": 0.0}, FLAT, FLAT_ONE_HOT),
    ("fastai.LabelSmoothingCrossEntropyFlat", {"eps": 0.0}, FLAT, FLAT_ONE_HOT),
    ("fastai.BCEWithLogitsLossFlat", {}, FLAT_ONE_HOT, FLAT_ONE_HOT),
]


@pytest.mark.parametrize(
    ("name", "settings", "target", "right"), CASES, ids=[f"{name}-{settings}" for name, settings, _, _ in CASES]
)
def test_a_right_prediction_costs_nothing_in_the_form_that_the_table_names(
    name: str, settings: dict[str, Any], target: Any, right: Any
) -> None:
    contract = library_losses.by_name(name)
    assert contract is not None
    mode = library_losses.mode_of(contract, settings)
    assert mode is not None
    loss = found(contract.module)(**settings)
    scores, probabilities = (right * 2 - 1) * 30, right
    named, other = (scores, probabilities) if mode.takes is Takes.SCORES else (probabilities, scores)
    assert abs(float(loss(named, target))) < 1e-3
    assert not abs(float(loss(other, target))) < 1e-2  # it is well above, or below 0, or no number

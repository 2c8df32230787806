"""The losses of libraries: how they are found, which table is read for which name, and what their settings decide."""

from __future__ import annotations

import subprocess
import sys

import pytest

from losslint.contracts import library_losses, lookup
from losslint.contracts.schema import LossContract, Mode, Role, Takes
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED

ALL = [loss for _, table, _, _ in library_losses.TABLES for loss in library_losses._losses(table)]


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.name)
def test_a_loss_is_found_by_its_names(loss: LossContract) -> None:
    assert lookup.loss_by_name(loss.name) is loss
    assert loss.module or loss.function
    if loss.module:
        assert lookup.loss_by_module(loss.module) is loss
        library, _, last = loss.module.rpartition(".")
        assert lookup.loss_by_module(f"{library}.a_module_below.{last}") is loss
    if loss.function:
        assert lookup.loss_by_function(loss.function) is loss
    assert (loss.module or loss.function).startswith(f"{loss.library}.")


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.name)
def test_a_contract_is_whole(loss: LossContract) -> None:
    assert [argument.role for argument in loss.arguments] == [Role.INPUT, Role.TARGET]
    assert [argument.name for argument in loss.arguments] == ["input", "target"]  # the names that rules ask for
    assert all(argument.accepts and Kind.UNKNOWN not in argument.accepts for argument in loss.arguments)
    known = {*loss.constructor, *loss.function_parameters}
    weights = {"lambda_dice", "lambda_ce", "lambda_gdl", "lambda_focal"}  # behind settings that differ by version
    for mode in loss.modes:
        assert set(mode.when) <= known | weights
    assert set(loss.defaults) <= known
    assert not loss.modes or not loss.modes[-1].when, "some setting is left without a mode"
    if loss.function:
        given = loss.forward_parameters or tuple(argument.name for argument in loss.arguments)
        assert loss.function_parameters[:2] == given[:2]


def test_names_are_unique() -> None:
    assert len({loss.name for loss in ALL}) == len(ALL)


@pytest.mark.parametrize(
    "qualified",
    [
        "segmentation_models_pytorch.losses.NoLoss",
        "segmentation_models_pytorch.utils.losses.DiceLoss",
        "monai.networks.DiceLoss",
        "monai",
        "monai.losses.",
        "mymonai.losses.DiceLoss",
        "kornia.losses.dice_loss.DiceLoss.forward",
        "torchvision.ops.nms",
    ],
)
def test_other_names_are_no_losses(qualified: str) -> None:
    assert lookup.loss_by_module(qualified) is None
    assert lookup.loss_by_function(qualified) is None


def test_a_name_of_torch_stays_torchs() -> None:
    ours = lookup.loss_by_name("TripletMarginLoss")
    assert ours is not None and not ours.library
    theirs = lookup.loss_by_module("pytorch_metric_learning.losses.TripletMarginLoss")
    assert theirs is not None and theirs is not ours


def loss(name: str) -> LossContract:
    found = lookup.loss_by_name(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "settings", "takes", "inside"),
    [
        ("smp.DiceLoss", {}, Takes.SCORES, "sigmoid"),
        ("smp.DiceLoss", {"mode": "multiclass"}, Takes.SCORES, "softmax"),
        ("smp.DiceLoss", {"mode": UNSETTLED}, Takes.SCORES, ""),
        ("smp.DiceLoss", {"mode": UNSETTLED, "from_logits": False}, Takes.PROBABILITIES, ""),
        ("smp.DiceLoss", {"from_logits": UNSETTLED}, None, ""),
        ("smp.DiceLoss", {"from_logits": Meaning()}, None, ""),
        ("smp.LovaszLoss", {"from_logits": False}, Takes.SCORES, "hinge"),
        ("monai.DiceLoss", {}, Takes.PROBABILITIES, ""),
        ("monai.DiceLoss", {"sigmoid": 1}, Takes.SCORES, "sigmoid"),
        ("monai.DiceLoss", {"softmax": True, "sigmoid": False}, Takes.SCORES, "softmax"),
        ("monai.DiceLoss", {"softmax": UNSETTLED}, None, ""),
        ("monai.DiceLoss", {"other_act": "tanh"}, Takes.ANYTHING, ""),
        ("monai.DiceLoss", {"other_act": None}, Takes.PROBABILITIES, ""),
        ("monai.DiceCELoss", {}, Takes.BOTH, ""),
        ("monai.DiceCELoss", {"lambda_dice": 0.0}, Takes.ANYTHING, ""),
        ("monai.FocalLoss", {"use_softmax": UNSETTLED}, Takes.SCORES, ""),
        ("pytorch_metric_learning.NTXentLoss", {}, None, ""),
    ],
)
def test_settings_decide_what_a_loss_takes(
    name: str, settings: dict[str, object], takes: Takes | None, inside: str
) -> None:
    mode = library_losses.mode_of(loss(name), settings)
    assert (mode.takes if mode is not None else None) is takes
    assert (mode.inside if mode is not None else "") == inside


def test_constants_of_a_library_stand_for_settings() -> None:
    assert library_losses.constant("segmentation_models_pytorch.losses.MULTICLASS_MODE", UNSETTLED) == "multiclass"
    assert library_losses.constant("segmentation_models_pytorch.losses.constants.BINARY_MODE", UNSETTLED) == "binary"
    assert library_losses.constant("segmentation_models_pytorch.BINARY_MODE", UNSETTLED) is UNSETTLED
    assert library_losses.constant("monai.losses.BINARY_MODE", UNSETTLED) is UNSETTLED


def test_what_several_modes_have_in_common_is_kept() -> None:
    mode = library_losses.mode_of(loss("smp.DiceLoss"), {"mode": UNSETTLED})
    assert mode == Mode(Takes.SCORES, other="from_logits=False")


PROGRAM = """
import sys
from losslint.contracts import lookup
def read():
    return sorted(name.rpartition(".")[2] for name in sys.modules if ".losses_" in name)
for name in ("torch.nn.CrossEntropyLoss", "os.path.join", "mylib.DiceLoss", "timm.create_model", "torchvision.ops"):
    lookup.loss_by_module(name), lookup.loss_by_function(name), lookup.loss_by_name(name.rpartition(".")[2])
print(read())
lookup.loss_by_module("monai.losses.DiceLoss")
print(read())
"""


def test_a_table_is_read_only_for_a_name_of_its_library() -> None:
    shown = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert shown.split("\n")[:2] == ["[]", "['losses_monai']"]

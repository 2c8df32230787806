"""The losses of libraries, found by their names. A library's table is read when a name begins with its prefix."""

from __future__ import annotations

from functools import cache
from importlib import import_module

# Type checkers take it for true; a start has no use for the schema.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from losslint.contracts.schema import LossContract, Mode

#: Where the losses of a library live (an object may be imported from a module below), with the table that speaks of
#: them, what their contracts' names begin with, and the bytes without which no file has anything to do with them.
TABLES: tuple[tuple[str, str, str, bytes], ...] = (
    ("torchvision.ops.", "losses_torchvision", "torchvision.", b"sigmoid_focal_loss"),
    ("segmentation_models_pytorch.losses.", "losses_segmentation", "smp.", b"segmentation_models_pytorch"),
    ("monai.losses.", "losses_monai", "monai.", b"monai"),
    ("kornia.losses.", "losses_kornia", "kornia.", b"kornia"),
    ("timm.loss.", "losses_timm", "timm.", b"timm.loss"),
    ("fastai.", "losses_fastai", "fastai.", b"fastai"),  # everybody has it from `fastai.vision.all`
    (
        "pytorch_metric_learning.losses.",
        "losses_metric_learning",
        "pytorch_metric_learning.",
        b"pytorch_metric_learning",
    ),
)
PREFIXES = tuple(prefix for prefix, _, _, _ in TABLES)

_PACKAGE = "losslint.contracts.libraries"


def by_module(qualified: str) -> LossContract | None:
    """The loss whose module has that qualified name, wherever in the library it is imported from."""
    for prefix, table, _, _ in TABLES:
        if qualified.startswith(prefix):
            return _modules(table).get(qualified.rpartition(".")[2])
    return None


def by_function(qualified: str) -> LossContract | None:
    """The loss whose function has that qualified name."""
    for prefix, table, _, _ in TABLES:
        if qualified.startswith(prefix):
            return _functions(table).get(qualified.rpartition(".")[2])
    return None


def by_name(name: str) -> LossContract | None:
    """The loss that observations call by that name (`"monai.DiceLoss"`)."""
    for _, table, beginning, _ in TABLES:
        if name.startswith(beginning):
            return next((loss for loss in _losses(table) if loss.name == name), None)
    return None


def constant(qualified: str, otherwise: object) -> object:
    """What a library's name for a setting stands for (`smp.losses.BINARY_MODE`)."""
    for prefix, table, _, _ in TABLES:
        if qualified.startswith(prefix):
            constants: dict[str, object] = getattr(import_module(f"{_PACKAGE}.{table}"), "CONSTANTS", {})
            return constants.get(qualified.rpartition(".")[2], otherwise)
    return otherwise


@cache
def names(table: str) -> frozenset[str]:
    """The last names of a table's losses, as modules and as functions."""
    return frozenset(_modules(table)) | frozenset(_functions(table))


def mode_of(contract: LossContract, settings: Mapping[str, object]) -> Mode | None:
    """What a loss does with its input under some settings; None when that hangs on one that is not known."""
    from losslint.contracts.schema import Mode

    open_: list[Mode] = []
    for mode in contract.modes:
        held = [_fulfils(settings.get(name, contract.defaults.get(name)), wanted) for name, wanted in mode.when.items()]
        if False in held:
            continue
        open_.append(mode)
        if None not in held:
            break
    if not open_:
        return None
    first = open_[0]
    if len(open_) == 1:
        return first
    if any(mode.takes is not first.takes for mode in open_):
        return None
    # Whichever it is, it takes the same.
    other = first.other if all(mode.other == first.other for mode in open_) else ""
    return Mode(first.takes, other=other, several=any(mode.several for mode in open_))


def _fulfils(given: object, wanted: object) -> bool | None:
    """Whether a setting has the value that a mode asks for; None when it is not known."""
    from losslint.contracts.schema import GIVEN
    from losslint.vocabulary.meaning import Meaning
    from losslint.vocabulary.observations import UNSETTLED

    if given is UNSETTLED or isinstance(given, Meaning):
        return None
    if wanted is GIVEN:
        return given is not None
    if isinstance(wanted, bool):
        return bool(given) is wanted
    return given == wanted


@cache
def _losses(table: str) -> tuple[LossContract, ...]:
    found: tuple[LossContract, ...] = import_module(f"{_PACKAGE}.{table}").LOSSES
    return found


@cache
def _modules(table: str) -> dict[str, LossContract]:
    return {loss.module.rpartition(".")[2]: loss for loss in _losses(table) if loss.module}


@cache
def _functions(table: str) -> dict[str, LossContract]:
    return {loss.function.rpartition(".")[2]: loss for loss in _losses(table) if loss.function}

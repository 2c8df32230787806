"""The constructors of loss modules: tensors in the place of settings, settings that they refuse, and settings that the
module forgets."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import FunctionType

import torch
import torch.nn.modules.loss

from losslint.contracts.lookup import loss_by_name
from losslint.contracts.torch.losses import LOSSES
from losslint.runtime.observation import meaning, setting
from losslint.runtime.provenance import Graph
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import ConstructorCall, LossCall, Observation
from losslint.vocabulary.places import Spot

#: The name under which the constructors find whom to tell.
HOOK = "__losslint_made__"

#: Modules beside the losses whose constructor takes a tensor in silence.
ACTIVATIONS = ("Softmax", "LogSoftmax", "Softmin")

#: Settings that a module turns into its reduction: once it is made, nobody can tell that they were given.
FORGOTTEN = ("size_average", "reduce")

#: Settings that constructors check themselves: where they raise, no call of the loss comes.
REFUSED: Mapping[str, frozenset[str]] = {
    "HuberLoss": frozenset({"delta"}),
    "LinearCrossEntropyLoss": frozenset({"num_classes", "weight", "label_smoothing"}),
    "MultiMarginLoss": frozenset({"p", "weight"}),
    "TripletMarginLoss": frozenset({"margin"}),
    "TripletMarginWithDistanceLoss": frozenset({"margin"}),
}

_OF_INTEREST = frozenset(FORGOTTEN).union(*REFUSED.values())

_MODULES = "torch.nn.modules."


@functools.cache
def statements(compiling: str) -> Mapping[FunctionType, str]:
    """What is put in front of each constructor. `compiling` is the name of what says that Dynamo is at work."""
    classes = [getattr(torch.nn, name, None) for name in (*(loss.name for loss in LOSSES), *ACTIVATIONS)]
    classes += [torch.nn.modules.loss._Loss, torch.nn.modules.loss._WeightedLoss]
    found: dict[FunctionType, str] = {}
    for each in classes:
        function = vars(each).get("__init__") if each is not None else None
        if isinstance(function, FunctionType):
            code = function.__code__
            own, *names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            given = "".join(f"{name}, " for name in names)
            found[function] = f"if not {compiling}(): {HOOK}({own}, {tuple(names)!r}, ({given}))"
    return found


def worth_a_look(names: tuple[str, ...], values: tuple[object, ...]) -> bool:
    """Whether a constructor was given anything that rules speak of."""
    return any(
        isinstance(value, torch.Tensor) or (value is not None and name in _OF_INTEREST)
        for name, value in zip(names, values, strict=True)
    )


def observations(
    module: object, names: tuple[str, ...], values: tuple[object, ...], spot: Spot
) -> Iterator[Observation]:
    """The construction as rules see it, and the loss with the settings that it refuses or will forget."""
    name = _name(type(module))
    if not name:
        return
    graph, contract = Graph(), loss_by_name(name)
    by_position = [each for each in names if contract is None or each not in contract.keyword_only]
    tensors = tuple(isinstance(value, torch.Tensor) for value in values[: len(by_position)])
    yield ConstructorCall(
        target=f"torch.nn.{name}",
        spelling=f"nn.{name}",
        spot=spot,
        arguments=tuple(
            meaning(value, graph) if is_tensor else Meaning(Kind.CONSTANT)
            for value, is_tensor in zip(values, tensors, strict=False)  # those by position
        ),
        tensors=tensors,
    )
    given = dict(zip(names, values, strict=True))
    settings: dict[str, object] = {each: given[each] for each in FORGOTTEN if isinstance(given.get(each), bool | str)}
    if settings:
        settings["reduction"] = given.get("reduction", "mean")
    checked = REFUSED.get(name, frozenset())
    settings |= {each: setting(value, graph) for each, value in given.items() if each in checked and value is not None}
    if settings:
        yield LossCall(name, f"nn.{name}", spot, {}, settings)


def _name(kind: type) -> str:
    """torch's module that a class is, or is made of."""
    for each in kind.__mro__:
        # A class that was made by hand need not say where it stands.
        if str(getattr(each, "__module__", "")).startswith(_MODULES) and not each.__name__.startswith("_"):
            return each.__name__
    return ""

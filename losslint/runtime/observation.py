"""A call of a loss function as the judge wants it: a `LossCall`, made of tensors."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

import torch

from losslint.contracts.lookup import loss_by_name
from losslint.runtime.interception import Watched
from losslint.runtime.patterns import is_self_similar
from losslint.runtime.provenance import Graph
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED, LossCall, Writing
from losslint.vocabulary.places import Spot, Trail
from losslint.vocabulary.shapes import Shape

#: The floating types that autocast makes one of: what a tensor has before is not what the loss computes with.
_CAST = frozenset({"float16", "bfloat16", "float32"})

#: What stands for whatever cut a tensor off, or for nobody having asked for its gradient.
NO_GRADIENT = "something that is not known"


def loss_call(
    watched: Watched,
    tensors: Iterable[object],
    others: Iterable[object],
    spot: Spot,
    spelling: str,
) -> LossCall:
    """The call of a loss function, given its tensors and its other arguments in the order of `watched`. `spelling` is
    what the program calls it."""
    graph = Graph()
    contract = loss_by_name(watched.loss)
    defaults = contract.defaults if contract is not None else {}
    given = dict(zip(watched.tensors, tensors, strict=True))
    arguments = {name: meaning(value, graph) for name, value in given.items()}
    settings: dict[str, object] = {}
    for name, value in zip(watched.weights + watched.settings, others, strict=True):
        if name in defaults and _is_default(value, defaults[name]):
            continue  # nobody can tell it from one that was not given
        settings[name] = setting(value, graph)
    devices = {value.device.type for value in given.values() if isinstance(value, torch.Tensor)}
    mixed = next((device for device in sorted(devices) if _autocast(device)), None)
    written = _written(watched.loss, given, spot)
    return LossCall(watched.loss, spelling, spot, arguments, settings, autocast=mixed, written=written)


def _written(loss: str, given: Mapping[str, object], spot: Spot) -> dict[Writing, Trail]:
    """What the graph tells of how the arguments belong together."""
    scores, labels = given.get("input"), given.get("target")
    if loss != "CrossEntropyLoss" or not isinstance(scores, torch.Tensor) or not isinstance(labels, torch.Tensor):
        return {}
    square = scores.dim() == 2 and scores.shape[0] == scores.shape[1] > 1
    if square and labels.shape == scores.shape[:1] and not labels.is_floating_point() and is_self_similar(scores):
        return {Writing.SELF_SIMILARITY: Trail(spot, "compared with itself")}
    return {}


def meaning(value: object, graph: Graph) -> Meaning:
    """What an argument is that should be a tensor."""
    if not isinstance(value, torch.Tensor):
        if isinstance(value, list | tuple) and value and all(type(each) is int for each in value):
            # The lengths of a CTC loss.
            bounds = float(min(value)), float(max(value))
            return Meaning(Kind.COUNT, dtype="int64", shape=Shape((len(value),)), bounds=bounds, reached=True)
        return Meaning(reason=f"it is a {type(value).__name__}, not a tensor")
    made = graph.meaning(value)
    if made.dtype in _CAST and _autocast(value.device.type):
        made = made.but(dtype="float")
    if value.requires_grad:
        return made
    return made.but(detached_by=NO_GRADIENT if torch.is_grad_enabled() else "torch.no_grad")


def setting(value: object, graph: Graph) -> object:
    """What a setting is: a Python constant as it stands, a tensor by its meaning."""
    if isinstance(value, torch.Tensor):
        return meaning(value, graph)
    if value is None or isinstance(value, bool | int | float | complex | str | list | tuple):
        return value
    if hasattr(value, "__array__"):
        return value  # an array of numpy in the place of a tensor
    return UNSETTLED


def _is_default(value: object, default: object) -> bool:
    return value is default or (type(value) is type(default) and value == default)


def _autocast(device: str) -> bool:
    try:
        return torch.is_autocast_enabled(device)
    except (RuntimeError, TypeError):
        return torch.is_autocast_enabled()  # before torch 2.4 it knew CUDA alone


@functools.cache
def spelled(loss: str, function: str, as_module: bool) -> str:
    """What a reader calls a loss: `nn.CrossEntropyLoss`, or `F.cross_entropy`."""
    return f"nn.{loss}" if as_module or function == "forward" else f"F.{function}"

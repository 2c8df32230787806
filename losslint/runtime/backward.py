"""`Tensor.backward` of a loss that nobody reduced, or that has no history."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from types import FunctionType

import torch

from losslint.runtime import nodes
from losslint.runtime.callsites import CallSite
from losslint.runtime.session import Record
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import BACKWARD, LossCall, OperationCall, Writing
from losslint.vocabulary.places import Spot, Trail
from losslint.vocabulary.shapes import Shape

#: The name under which `backward` finds whom to tell.
HOOK = "__losslint_backward__"

#: The losses that end in a node of their own, by its name. The others end in one that anything may end in.
LOSSES_OF: Mapping[str, frozenset[str]] = {
    "NllLoss": frozenset({"CrossEntropyLoss", "NLLLoss"}),
    "NllLoss2D": frozenset({"CrossEntropyLoss", "NLLLoss"}),
    "BinaryCrossEntropy": frozenset({"BCELoss"}),
    "BinaryCrossEntropyWithLogits": frozenset({"BCEWithLogitsLoss"}),
    "MseLoss": frozenset({"MSELoss"}),
    "SmoothL1Loss": frozenset({"SmoothL1Loss"}),
    "HuberLoss": frozenset({"HuberLoss"}),
    "SoftMarginLoss": frozenset({"SoftMarginLoss"}),
    "MultiMarginLoss": frozenset({"MultiMarginLoss"}),
}


@functools.cache
def statements(compiling: str) -> Mapping[FunctionType, str]:
    """What is put in front of `Tensor.backward`. `compiling` is the name of what says that Dynamo is at work."""
    function = vars(torch.Tensor).get("backward")
    if not isinstance(function, FunctionType):
        return {}
    return {function: f"if not has_torch_function_unary(self) and not {compiling}(): {HOOK}(self, gradient)"}


def unreduced(loss: torch.Tensor, records: Iterable[Record], spot: Spot) -> LossCall | None:
    """The call of the loss that `backward()` is called on, when it has more than one value and it is known which loss
    it is: the only one of its sort that was computed without a reduction."""
    node = loss.grad_fn
    losses: Collection[str] = LOSSES_OF.get(nodes.name_of(node)[0], ()) if node is not None else ()
    candidates = [record for record in records if record.unreduced and record.loss in losses]
    if len(candidates) != 1:
        return None
    (record,) = candidates
    # One value for each element, or for each sample of a matrix of scores: the rule asks for no more.
    sizes = (*loss.shape, None) if "NllLoss" in nodes.name_of(node)[0] else tuple(loss.shape)
    written = {Writing.BACKPROPAGATED: Trail(spot, "backward() is called on it here")}
    arguments = {"input": Meaning(shape=Shape(sizes))}
    return LossCall(record.loss, record.spelling, record.site, arguments, {"reduction": "none"}, written=written)


def without_history(loss: torch.Tensor, records: Iterable[Record], spot: CallSite) -> OperationCall | None:
    """A `backward()` that nothing is reached by: of a tensor that no operation with a gradient has made.

    Where torch raises, that is all there is to know. Where it does not, the tensor collects a gradient for itself,
    which may be meant: a parameter is trained so, a hook waits for it, or the file computes no loss.
    """
    if not loss.requires_grad:
        return OperationCall("backward", BACKWARD, spot, (Meaning(),), "raises") if any(True for _ in records) else None
    waited_for = isinstance(loss, torch.nn.Parameter) or loss._backward_hooks
    if waited_for or loss.numel() != 1 or not any(each.site.filename == spot.filename for each in records):
        return None
    return OperationCall("backward", BACKWARD, spot, (Meaning(),), "silent")

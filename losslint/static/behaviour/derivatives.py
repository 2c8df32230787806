"""Derivatives that the code asks for itself: `torch.autograd.grad(u, x)`, in physics-informed networks and gradient
penalties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.values import Bindings, SeqV, TensorV, UnknownV, Value, given
from losslint.vocabulary.meaning import Meaning

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def of(ev: Evaluator, arguments: Bindings) -> Value | None:
    """A tuple with a derivative for each input, in its shape and dtype; None where the inputs are not known."""
    lazy = arguments.get(1, "inputs")
    inputs = ev.value(lazy) if lazy is not None and arguments.complete else None
    if isinstance(inputs, SeqV):
        if not inputs.complete:
            return None
        return SeqV("tuple", tuple(given(_derivative(ev.value(each))) for each in inputs.items))
    if inputs is None or isinstance(inputs, UnknownV):
        return None
    return SeqV("tuple", (given(_derivative(inputs)),))


def _derivative(value: Value) -> Value:
    known = value.meaning if isinstance(value, TensorV) else Meaning()
    return TensorV(
        Meaning(
            reason="a derivative",
            quantity=True,
            shape=known.shape,
            dtype=known.dtype,
            device=known.device,
            made_by="torch.autograd.grad",
        )
    )

"""The losses of a function that compare two tensors element by element, each with its two sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from losslint.static.behaviour.modules import loss_of
from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation import calls
from losslint.static.evaluation.arguments import bindings
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import Lazy
from losslint.static.lowering import forms as f
from losslint.vocabulary.meaning import Meaning

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Losses that compare element by element, and broadcast where the shapes differ.
ELEMENTWISE = frozenset({"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "PoissonNLLLoss"})


class Compared(NamedTuple):
    """A call of such a loss."""

    call: f.Call
    #: The name of its contract: `MSELoss`.
    loss: str
    #: The input and the target.
    sides: tuple[Lazy, Lazy]

    def forms(self, frame: Frame) -> tuple[f.Form, f.Form] | None:
        """Both sides as they are written, where they are written in this function."""
        one, other = (side.form if side.frame is frame else None for side in self.sides)
        return (one, other) if one is not None and other is not None else None

    def meanings(self, ev: Evaluator) -> tuple[Meaning, Meaning]:
        """What both sides are, in the world that is entered."""
        one, other = (meaning_of(ev.value(side)) for side in self.sides)
        return one, other


def elementwise(
    ev: Evaluator, losses: Sequence[f.Call], frame: Frame, among: frozenset[str] = ELEMENTWISE
) -> Iterator[Compared]:
    """The calls of losses that compare element by element, where both sides are given."""
    for call in losses:
        loss = loss_of(ev, calls.callee(ev, call, frame))
        if loss is None or loss.contract.name not in among:
            continue
        arguments = bindings(ev, call, frame)
        given, target = arguments.get(0, "input"), arguments.get(1, "target")
        if given is not None and target is not None:
            yield Compared(call, loss.contract.name, (given, target))

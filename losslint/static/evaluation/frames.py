"""Frames: one evaluation of one function, with what its parameters are there."""

from __future__ import annotations

from collections.abc import Hashable

from losslint.static.evaluation.values import Lazy, Value, identity
from losslint.static.lowering.forms import Call, Form, Graph, Loop


class Round:
    """One round of an unrolled loop: the element, and the frame of the round before. `stands_for_all` says that nobody
    knows how many rounds there are: this one stands for the last."""

    __slots__ = ("asked", "before", "element", "stands_for_all")

    def __init__(
        self, element: Lazy, before: Frame | None, asked: set[Hashable] | None, stands_for_all: bool = False
    ) -> None:
        self.element = element
        self.stands_for_all = stands_for_all
        self.before = before
        #: the questions that the loop's elements hang on, None when they are the same in every world
        self.asked = asked


class Frame:
    """A function in one of its calls. `arguments` is None in the generic frame, which stands for any call."""

    __slots__ = ("arguments", "base", "call", "caller", "graph", "loop", "memo", "parent", "receiver", "round")

    def __init__(
        self,
        graph: Graph,
        arguments: dict[str, Lazy] | None,
        receiver: Value | None = None,
        parent: Frame | None = None,
        call: Call | None = None,
        caller: Frame | None = None,
    ) -> None:
        self.graph = graph
        self.arguments = arguments
        self.receiver = receiver
        self.parent = parent
        self.call = call
        self.caller = caller
        self.memo: dict[Form, Value] = {}
        self.base: Frame | None = None
        self.loop: Loop | None = None
        self.round: Round | None = None
        identity(self)  # symbols are made of frames: what is not known in one of them

    def in_round(self, loop: Loop) -> Frame:
        """The same frame in a round of a loop: only forms of the loop's body are evaluated anew."""
        frame = Frame(self.graph, self.arguments, self.receiver, self.parent, self.call, self.caller)
        frame.base = self
        frame.loop = loop
        return frame

    @property
    def generic(self) -> bool:
        """Whether the frame stands for any call of its function."""
        return self.arguments is None

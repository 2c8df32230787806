"""What Python's own functions share that are worked out here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import Bindings, UnknownV, Value, opened
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: A function of Python: what it gives for its arguments, in a call that stands in a frame.
Builtin = Callable[["Evaluator", Bindings, f.Call, Frame], Value]

#: Constants that are folded never grow past this.
LARGEST = 10_000


def unknown(what: str, form: f.Form, frame: Frame, *values: Value | None) -> UnknownV:
    return UnknownV(what, opened(*values), ("call", id(form), id(frame)))


def first(ev: Evaluator, arguments: Bindings) -> Value | None:
    return ev.value(arguments.positional[0]) if arguments.positional else None

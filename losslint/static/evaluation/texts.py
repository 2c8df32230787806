"""Texts that are put together: `f"fc{i}"`, and `"fc{}".format(i)`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import ConstV, UnknownV, Value, is_for
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Formats that are worked out: widths of one digit or two, and a precision of one.
_FORMAT = re.compile(r"[<>^]?0?\d{0,2}(?:\.\d)?[dsfgexX]?")

#: The fields of a template that name nothing but a place: `{}`, `{0}`, `{:02d}`.
_FIELD = re.compile(r"\{(\d?)(?::([^{}]*))?\}")

#: Longer texts are no names.
LONGEST = 1_000


def force_text(ev: Evaluator, form: f.Text, frame: Frame) -> Value:
    """A formatted string, where all its parts are known."""
    written: list[str] = []
    for part, layout in form.parts:
        value = ev.force(part, frame)
        piece = _piece(value, layout)
        if piece is None:
            # What a part hangs on is not asked: as a rule the text is there for people. `getattr(self, f"loss_{name}")`
            # in a loop over names is another method in each round.
            question = value.open if isinstance(value, UnknownV) else None
            if question is not None and not is_for(question.key, "round"):
                question = None
            return UnknownV("a formatted string", question, symbol=("text", id(form), id(frame)))
        written.append(piece)
    return ConstV("".join(written))


def filled(template: str, values: list[Value]) -> str | None:
    """What `template.format(…)` gives, None where that is not worked out."""
    pieces: list[str] = []
    at = 0
    for place, field in enumerate(_FIELD.finditer(template)):
        number = int(field[1]) if field[1] else place
        piece = _piece(values[number], field[2] or "") if number < len(values) else None
        if piece is None:
            return None
        pieces += (template[at : field.start()], piece)
        at = field.end()
    text = "".join((*pieces, template[at:]))
    return None if "{" in text or "}" in text else text


def _piece(value: Value, layout: str | None) -> str | None:
    if not isinstance(value, ConstV) or layout is None or _FORMAT.fullmatch(layout) is None:
        return None
    if not isinstance(value.value, (str, int, float)) or (isinstance(value.value, str) and len(value.value) > LONGEST):
        return None
    try:
        return format(value.value, layout)
    except (ValueError, OverflowError):
        return None

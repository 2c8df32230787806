"""Logarithms in losses that do not take them: what they cost there, whichever loss it is."""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import without_activation
from losslint.vocabulary.findings import Problem
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall

#: How a message names them, and the activation that makes them.
_NAMES = {
    Kind.LOG_SIGMOID: ("log-sigmoid values", "log-sigmoid"),
    Kind.LOG_PROBABILITIES: ("log-probabilities", "log-softmax"),
}

#: What may be negative.
_OF_ANY_SIGN = frozenset({Kind.LOGITS, Kind.TANH})


def logarithm_of_any_sign(given: Meaning) -> Meaning | None:
    """What something is the logarithm of that may be negative, None for other things."""
    source = given.source
    if given.kind is Kind.LOG and source is not None and source.kind in _OF_ANY_SIGN and source.bounds is None:
        return source
    return None


def under_a_sigmoid(call: LossCall, kind: Kind, does: str) -> Iterator[Problem]:
    """The problem of a loss whose input is of a kind of logarithm, as it was made; `does` says what the loss does."""
    given = call.argument("input")
    if given.kind is not kind or given.factor is not None:
        return
    values, activation = _NAMES[kind]
    yield Problem(
        # the sigmoid of a number below 0 is below a half
        message=f"{call.loss} is given {values}, but {does}. "
        "They are never above 0, so a label of 1 costs 0.6931 at least.",
        trail=given.trail,
        mend=f"Remove the {activation}",
        repair=without_activation(call, activation),
    )

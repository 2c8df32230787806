"""Contracts of the user's own: the words for kinds, and what the configuration says of losses and models."""

from __future__ import annotations

from dataclasses import dataclass

from losslint.vocabulary.kinds import LABEL_KINDS, LOG_PROBABILITY_KINDS, PROBABILITY_KINDS, Kind
from losslint.vocabulary.meaning import Meaning


@dataclass(frozen=True, slots=True)
class Word:
    """A word for a kind: what a model that returns it gives, and what does and what cannot pass for it.

    What is in neither of the two sets may or may not fit: nothing is said of it.
    """

    kind: Kind
    fits: frozenset[Kind]
    cannot: frozenset[Kind] = frozenset()
    dtype: str = "float"


_NUMBERS = PROBABILITY_KINDS | LOG_PROBABILITY_KINDS | {Kind.LOGITS}
_INDEX = frozenset({Kind.CLASS_INDEX})

WORDS: dict[str, Word] = {
    "logits": Word(Kind.LOGITS, frozenset({Kind.LOGITS, Kind.REAL, Kind.COSINE}), PROBABILITY_KINDS | LABEL_KINDS),
    # A one-hot label is a distribution, too. Which of the two activations made them is left open.
    "probabilities": Word(
        Kind.PROBABILITIES,
        PROBABILITY_KINDS | {Kind.ONE_HOT},
        LOG_PROBABILITY_KINDS | {Kind.LOGITS, Kind.SIGNS} | _INDEX,
    ),
    "log-probabilities": Word(
        Kind.LOG_PROBABILITIES,
        frozenset({Kind.LOG_PROBABILITIES}),
        PROBABILITY_KINDS | LABEL_KINDS | {Kind.LOGITS},
    ),
    "sigmoid-probabilities": Word(
        Kind.SIGMOID,
        frozenset({Kind.SIGMOID, Kind.MULTI_HOT, Kind.BOOLEAN}),
        LOG_PROBABILITY_KINDS | {Kind.LOGITS, Kind.SIGNS},
    ),
    # Zeros and ones are the indices of two classes.
    "class-index": Word(
        Kind.CLASS_INDEX,
        frozenset({Kind.CLASS_INDEX, Kind.BOOLEAN, Kind.CONSTANT}),
        _NUMBERS | {Kind.ONE_HOT, Kind.MULTI_HOT, Kind.SIGNS},
        "int",
    ),
    "multi-hot": Word(
        Kind.MULTI_HOT,
        frozenset({Kind.MULTI_HOT, Kind.ONE_HOT, Kind.BOOLEAN, Kind.CONSTANT}),
        LOG_PROBABILITY_KINDS | {Kind.LOGITS, Kind.SIGNS},
    ),
    "one-hot": Word(
        Kind.ONE_HOT, frozenset({Kind.ONE_HOT}), LOG_PROBABILITY_KINDS | {Kind.LOGITS, Kind.SIGNS} | _INDEX
    ),
    "signs": Word(
        Kind.SIGNS, frozenset({Kind.SIGNS}), _NUMBERS | {Kind.ONE_HOT, Kind.MULTI_HOT, Kind.BOOLEAN} | _INDEX
    ),
    "real": Word(Kind.REAL, frozenset(Kind) - {Kind.UNKNOWN}),
}


def fits(word: str, meaning: Meaning) -> bool:
    """Whether what is known of a tensor is what a word asks for."""
    return meaning.kind in WORDS[word].fits


def cannot_be(word: str, meaning: Meaning) -> bool:
    """Whether what is known of a tensor rules out that it is what a word asks for."""
    if word == "multi-hot" and meaning.kind is Kind.CLASS_INDEX:
        return meaning.bounds is not None and meaning.bounds[1] > 1
    return meaning.kind in WORDS[word].cannot


@dataclass(frozen=True, slots=True)
class DeclaredLoss:
    """What the configuration says of a loss: the words for its input and its target, "" where it says nothing."""

    name: str
    input: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredModel:
    """What the configuration says that calling a model returns: one word, or one for each element of a tuple."""

    name: str
    returns: str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeclaredContracts:
    """All that a configuration says of losses and models."""

    losses: tuple[DeclaredLoss, ...] = ()
    models: tuple[DeclaredModel, ...] = ()

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return bool(self.losses or self.models)

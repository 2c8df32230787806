"""What a tensor can be: the kinds, as the field names them."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """What the numbers in a tensor mean. The value is how a message names it."""

    UNKNOWN = "unknown"
    LOGITS = "logits"  # raw scores: the output of an affine layer, any real number
    PROBABILITIES = "softmax probabilities"  # non-negative, sum to 1 along `Meaning.dim`
    LOG_PROBABILITIES = "log-probabilities"  # log of the former
    SIGMOID = "sigmoid probabilities"  # each in (0, 1) on its own
    LOG_SIGMOID = "log-sigmoid values"  # log of the former
    TANH = "tanh outputs"  # in (-1, 1)
    NON_NEGATIVE = "non-negative values"  # relu, exp, softplus, square, norm
    CLAMPED = "clamped values"  # hardtanh, clamp: see `Meaning.bounds`
    LOG = "logarithms"  # log of something that is no probability as far as is known
    NORMALISED = "unit-length vectors"
    COSINE = "cosine similarities"  # in [-1, 1]
    CLASS_INDEX = "class indices"
    ONE_HOT = "one-hot labels"
    MULTI_HOT = "multi-hot labels"
    BOOLEAN = "booleans"
    SIGNS = "signs"  # -1 and 1
    COUNT = "counts"
    CONSTANT = "a constant"  # every element is the same known number: `Meaning.bounds`
    REAL = "real numbers"  # known to be a plain quantity: features, noise, a regression output


#: Every element lies in [0, 1] because a probability was made on purpose.
PROBABILITY_KINDS = frozenset({Kind.PROBABILITIES, Kind.SIGMOID})

#: Logarithms of probabilities.
LOG_PROBABILITY_KINDS = frozenset({Kind.LOG_PROBABILITIES, Kind.LOG_SIGMOID})

#: Kinds that only a label can have.
LABEL_KINDS = frozenset({Kind.CLASS_INDEX, Kind.ONE_HOT, Kind.MULTI_HOT, Kind.BOOLEAN, Kind.SIGNS})

#: What only a prediction can be.
PREDICTIONS = frozenset({Kind.LOGITS, Kind.TANH, Kind.COSINE}) | PROBABILITY_KINDS | LOG_PROBABILITY_KINDS

#: What the output of a model is, as scores or as probabilities.
OUTPUTS = PROBABILITY_KINDS | {Kind.LOGITS}

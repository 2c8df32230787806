"""A sigmoid and its complement, `p` and `1 - p`: known again by the scores, whose signs are opposite."""

from __future__ import annotations

from collections.abc import Hashable

from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning

#: What begins the identity of a tensor that was negated.
_NEGATED = "negated"

#: What begins the identity of a part of a tensor.
_PART = "part"


def opposite(identity: Hashable) -> Hashable:
    """The identity of a tensor with the other sign."""
    match identity:
        case None:
            return None
        case (str(how), same) if how == _NEGATED:
            return same
    return _NEGATED, identity


def part_of(identity: Hashable, which: Hashable) -> Hashable:
    """The identity of a part of a tensor; none for a part of a part, which loops could take without end."""
    match identity:
        case None:
            return None
        case (str(how), *_) if how == _PART:
            return None
        case (str(how), same) if how == _NEGATED:
            return opposite(part_of(same, which))
    return _PART, identity, which


def scores_of(meaning: Meaning) -> Hashable:
    """What the sigmoids of the same scores have in common: where nobody knows the scores, the tensor itself."""
    if meaning.kind not in (Kind.SIGMOID, Kind.LOG_SIGMOID):
        return None
    return meaning.scores if meaning.scores is not None else meaning.identity


def may_be_complements(one: Meaning, other: Meaning) -> bool:
    """Whether two tensors are `p` and `1 - p` of one sigmoid, or their logarithms. It may be `1 - q` of another one: a
    model that is called twice with the same gives the same twice, which nobody sees. Two parts of one tensor are not
    the same."""
    if one.kind is not other.kind or not one.factor is other.factor is one.dim is other.dim is None:
        return False
    first, second = scores_of(one), scores_of(other)
    if _is_negated(first) is _is_negated(second):
        return False
    match (opposite(first) if _is_negated(first) else first, opposite(second) if _is_negated(second) else second):
        case ((str(how), whole, which), (str(same), of, another)) if how == same == _PART and whole == of:
            return which == another
    return True


def _is_negated(identity: Hashable) -> bool:
    match identity:
        case (str(how), _) if how == _NEGATED:
            return True
    return False

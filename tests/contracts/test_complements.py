"""A sigmoid and its complement are known again, and put together they are the columns of two classes."""

from __future__ import annotations

import pytest

from losslint.contracts.lookup import operation_by_name
from losslint.contracts.transfer import apply_operation, index
from losslint.contracts.transfer.arithmetic import binary, unary
from losslint.contracts.transfer.complements import may_be_complements, opposite, part_of
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

SCORES = Meaning(Kind.LOGITS, dtype="float32", shape=Shape((4, 1)), identity="scores")


def do(name: str, *arguments: object) -> Meaning:
    operation = operation_by_name(name)
    assert operation is not None
    result = apply_operation(operation, arguments, {})
    assert isinstance(result, Meaning)
    return result


P = do("sigmoid", SCORES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (P, binary("-", 1, P)),
        (do("sigmoid", unary("-", SCORES)), P),
        (do("logsigmoid", do("neg", SCORES)), do("logsigmoid", SCORES)),
        (do("log", P), do("log1p", unary("-", P))),
        (do("log", binary("+", binary("-", 1, P), 1e-8)), do("log", binary("+", P, 1e-8))),
        (index(P, (slice(None), 0)), index(binary("-", 1, P), (slice(None), 0))),
        (P, binary("-", 1, do("sigmoid", SCORES.but(identity="of a second call")))),
        (Meaning(Kind.SIGMOID, identity=1), binary("-", 1, Meaning(Kind.SIGMOID, identity=1))),
    ],
)
def test_complements_are_known_again(one: Meaning, other: Meaning) -> None:
    assert may_be_complements(one, other)
    assert may_be_complements(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (P, P),
        (P, do("sigmoid", SCORES.but(identity="others"))),
        (P, binary("-", 1, binary("-", 1, P))),
        (P, do("log", binary("-", 1, P))),
        (P, binary("*", binary("-", 1, P), 0.5)),
        (index(P, (slice(None), 0)), index(binary("-", 1, P), (slice(None), 1))),
        (do("sigmoid", SCORES.but(identity=None)), binary("-", 1, do("sigmoid", SCORES.but(identity=None)))),
    ],
)
def test_others_are_not(one: Meaning, other: Meaning) -> None:
    assert not may_be_complements(one, other)


def test_put_together_they_are_two_classes() -> None:
    rest = binary("-", 1, P)
    assert do("cat", [rest, P], 1).dim == 1
    assert do("stack", [rest, P], 1).dim == 1
    assert do("log", do("cat", [rest, P], 1)).dim == 1
    assert do("cat", [rest, P], 0).dim is None
    assert do("cat", [rest, P, P], 1).dim is None
    several = do("sigmoid", SCORES.but(shape=Shape((4, 3))))
    assert do("cat", [binary("-", 1, several), several], 1).dim is None


def test_the_identity_of_what_is_not_known_is_not_known() -> None:
    assert opposite(None) is part_of(None, 0) is None
    assert part_of(part_of("x", 0), 0) is None

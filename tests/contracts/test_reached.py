"""Whether the least and the greatest value that a tensor may have are known to be in it."""

from __future__ import annotations

import pytest

from losslint.contracts import lookup
from losslint.contracts.transfer import apply_operation, binary, index
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning, unknown
from losslint.vocabulary.shapes import Shape


def do(how: str, *arguments: object, **keywords: object) -> Meaning:
    """Apply an operation by its name as a function or (with a dot) as a method."""
    operation = lookup.operation_by_method(how[1:]) if how.startswith(".") else lookup.operation_by_function(how)
    assert operation is not None, how
    result = apply_operation(operation, arguments, keywords)
    assert isinstance(result, Meaning), result
    return result


WRITTEN = do("torch.tensor", [3, 20, 1])
DRAWN = do("torch.randint", 0, 11, (32,))
PREDICTED = do(".argmax", Meaning(Kind.LOGITS, shape=Shape((4, 10))), 1)


@pytest.mark.parametrize(
    ("meaning", "ends"),
    [
        (WRITTEN, (1.0, 20.0)),
        (DRAWN, (0.0, 10.0)),
        (do("torch.arange", 12), (0.0, 11.0)),
        (do(".view", WRITTEN, 3, 1), (1.0, 20.0)),
        (do(".long", WRITTEN), (1.0, 20.0)),
        (do(".to", DRAWN, "cuda"), (0.0, 10.0)),
        (index(WRITTEN, None), (1.0, 20.0)),
        (index(WRITTEN, (slice(None), None)), (1.0, 20.0)),
        (binary("+", DRAWN, 1), (1.0, 11.0)),
        (binary("-", DRAWN, 1), (-1.0, 9.0)),
        (binary("+", do("torch.randint", 0, 2, (8,)), 1), (1.0, 2.0)),
        (do("torch.cat", [WRITTEN, DRAWN]), (0.0, 20.0)),
    ],
)
def test_they_are_where_values_are_written_out_or_drawn_and_all_of_them_are_kept(
    meaning: Meaning, ends: tuple[float, float]
) -> None:
    assert (meaning.bounds, meaning.reached) == (ends, True)


@pytest.mark.parametrize(
    "meaning",
    [
        PREDICTED,
        do("torch.tensor", [1, 2, 3]).but(bounds=(0.0, 9.0)),
        index(WRITTEN, slice(0, 2)),
        index(WRITTEN, 0),
        index(WRITTEN, do("torch.tensor", [0, 2])),
        index(WRITTEN, Meaning(dtype="bool", shape=Shape((3,)))),
        do("torch.index_select", WRITTEN, 0, do("torch.tensor", [2])),
        do(".masked_select", WRITTEN, Meaning(dtype="bool")),
        do(".clamp", WRITTEN, 0, 9),
        do(".masked_fill", WRITTEN, Meaning(dtype="bool"), 2),
        do("torch.where", Meaning(dtype="bool"), WRITTEN, DRAWN),
        do("torch.cat", [WRITTEN, PREDICTED]),
        do(".max", WRITTEN),
        do(".byte", do("torch.tensor", [-100, 5])),
        binary("%", WRITTEN, 11),
        binary("*", WRITTEN, 2),
        binary("+", WRITTEN, unknown("a shift")),
        do(".add", WRITTEN, DRAWN),
    ],
)
def test_they_are_not_where_some_may_be_gone(meaning: Meaning) -> None:
    assert not meaning.reached


def test_they_are_not_in_the_parts_of_a_whole() -> None:
    operation = lookup.operation_by_method("split")
    assert operation is not None
    parts = apply_operation(operation, [WRITTEN, [1, 2]], {})
    assert isinstance(parts, tuple)
    assert [part.reached for part in parts] == [False, False]

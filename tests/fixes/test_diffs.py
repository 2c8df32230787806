"""Which rows go and come."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from losslint.fixes.diffs import changed_rows

TEXTS = st.lists(st.sampled_from(["a", "b", "", "c"]), max_size=8).map("\n".join)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(TEXTS, TEXTS)
def test_the_rows_that_are_told_make_the_one_text_out_of_the_other(before: str, after: str) -> None:
    old, told = before.split("\n"), list(changed_rows(before, after))
    gone = {number: text for sign, number, text in told if sign == "-"}
    come = {number: text for sign, number, text in told if sign == "+"}
    assert all(old[number - 1] == text for number, text in gone.items())
    stay = iter([text for number, text in enumerate(old, 1) if number not in gone])
    new = [come[number] if number in come else next(stay) for number in range(1, after.count("\n") + 2)]
    assert "\n".join(new) == after and not list(stay)
    assert bool(told) == (before != after)


def test_a_row_of_many_is_found_at_once() -> None:
    rows = ["x = 1", ""] * 50_000
    before = "\n".join(rows)
    started = time.process_time()
    assert list(changed_rows(before, "\n".join([*rows[:60_000], "y = 1", *rows[60_001:]]))) == [
        ("-", 60_001, "x = 1"),
        ("+", 60_001, "y = 1"),
    ]
    assert time.process_time() - started < 2  # with every row searched for among its likes it is minutes

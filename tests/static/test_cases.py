"""The literate cases: exactly the marked lines are reported, and a loss call was seen in each program."""

from __future__ import annotations

import pytest

from losslint.vocabulary.observations import LossCall

from .programs import Case, cases, judged, marks_of, observed

CASES = cases()


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.theme}: {case.title}") for case in CASES])
def test_exactly_the_marked_lines_are_reported(case: Case) -> None:
    expected = marks_of(dict(case.files))
    reported = judged(case.files)
    if case.known_miss:
        assert reported <= expected, f"beyond the known miss: {sorted(reported - expected)}"
        assert reported != expected, "no longer missed: take the note away"
        pytest.xfail(f"known miss: {case.known_miss}")
    if case.false_alarm:
        assert expected <= reported, f"beyond the false alarm: {sorted(expected - reported)} is missed"
        assert reported != expected, "no longer a false alarm: take the note away"
        pytest.xfail(f"false alarm: {case.false_alarm}")
    assert reported == expected


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.theme}: {case.title}") for case in CASES])
def test_a_loss_call_is_seen(case: Case) -> None:
    """A quiet program proves something only if its loss was looked at."""
    seen = any(isinstance(observation, LossCall) for observation in observed(case.files))
    if case.not_seen:
        assert not seen, "it is seen now: take the note away"
        pytest.xfail(f"not seen: {case.not_seen}")
    assert seen or case.known_miss


def test_titles_are_unique() -> None:
    titles = [(case.theme, case.title) for case in CASES]
    assert sorted(set(titles)) == sorted(titles)


@pytest.mark.parametrize("theme", sorted({case.theme for case in CASES}))
def test_every_theme_has_loss_calls_that_are_reported_and_ones_that_are_not(theme: str) -> None:
    marked = unmarked = 0
    for case in CASES:
        if case.theme == theme:
            rows = {(name, row) for name, row, _ in marks_of(dict(case.files))}
            seen = {
                (observation.spot.place().filename, observation.spot.place().row)
                for observation in observed(case.files)
                if isinstance(observation, LossCall)
            }
            marked += len(seen & rows)
            unmarked += len(seen - rows)
    assert marked
    assert unmarked

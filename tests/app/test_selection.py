"""Which rules run."""

from __future__ import annotations

import pytest

from losslint.app.selection import selected
from losslint.rules.registry import UnknownSelector, names

EVERY = frozenset(names())
FIRST = frozenset(code for code in EVERY if code.startswith("LL1"))


def test_by_default_everything_runs_and_no_advice_is_given() -> None:
    assert selected((), (), False) == (EVERY, frozenset())


@pytest.mark.parametrize(
    ("select", "codes"),
    [
        (["LL101"], {"LL101"}),
        (["ll101"], {"LL101"}),
        (["softmax-into-cross-entropy"], {"LL101"}),
        (["LL101,LL203"], {"LL101", "LL203"}),
        ([" LL101 , ", "LL203"], {"LL101", "LL203"}),
        (["LL1"], FIRST),
        (["LL"], EVERY),
    ],
)
def test_codes_their_beginnings_and_names_select(select: list[str], codes: set[str]) -> None:
    assert selected(select, (), False)[0] == codes


def test_what_is_ignored_does_not_run() -> None:
    assert selected((), ["LL1", "scores-into-bce"], False)[0] == EVERY - FIRST - {"LL203"}
    assert selected(["LL1"], ["LL101"], False)[0] == FIRST - {"LL101"}


@pytest.mark.parametrize("chosen", ["LL204", "LL20", "sigmoid-before-bce"])
def test_advice_is_given_by_rules_that_are_meant(chosen: str) -> None:
    codes, explicit = selected([chosen], (), False)
    assert "LL204" in codes
    assert "LL204" in explicit


def test_no_advice_is_given_because_everything_is_selected() -> None:
    assert selected(["LL"], (), False)[1] == frozenset()


def test_all_advice_is_given_to_who_asks_for_it() -> None:
    assert selected((), (), True) == (EVERY, EVERY)
    assert selected(["LL2"], ["LL204"], True)[1] == {code for code in EVERY if code.startswith("LL2")} - {"LL204"}


@pytest.mark.parametrize(("select", "ignore"), [(["LL999"], []), ([], ["LL999"]), (["LL101,nonsense"], [])])
def test_a_selector_that_means_nothing_is_refused(select: list[str], ignore: list[str]) -> None:
    with pytest.raises(UnknownSelector):
        selected(select, ignore, False)


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(UnknownSelector, match="did you mean softmax-into-cross-entropy"):
        selected(["softmax-in-cross-entropy"], (), False)

"""Which rules run."""

from __future__ import annotations

import pytest

from losslint.rules.registry import UnknownSelector, load, names
from losslint.rules.selection import selected

ALL = frozenset(names())
ADVICE = frozenset(code for code in ALL if load(code).severity.value == "advice")


def test_by_default_every_rule_runs_and_no_advice_is_wanted() -> None:
    assert selected((), (), False) == (ALL, frozenset())


def test_advice_is_wanted_of_all_that_run() -> None:
    assert ADVICE
    assert selected((), (), True) == (ALL, ALL)
    codes, explicit = selected(("LL1",), ("LL102",), True)
    assert codes == explicit == frozenset(code for code in ALL if code.startswith("LL1")) - {"LL102"}


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        (("LL102",), {"LL102"}),
        (("ll102",), {"LL102"}),
        (("log-softmax-into-cross-entropy",), {"LL102"}),
        (("Log-Softmax-Into-Cross-Entropy",), {"LL102"}),
        (("LL102,LL204", "LL101"), {"LL101", "LL102", "LL204"}),
        ((" LL102 , , LL204 ",), {"LL102", "LL204"}),
    ],
)
def test_a_code_or_a_name_is_explicit(select: tuple[str, ...], expected: set[str]) -> None:
    assert [set(codes) for codes in selected(select, (), False)] == [expected, expected]


@pytest.mark.parametrize("family", ["LL1", "LL2", "ll1"])
def test_a_family_is_not_explicit(family: str) -> None:
    codes, explicit = selected((family,), (), False)
    assert codes == frozenset(code for code in ALL if code.startswith(family.upper()))
    assert codes & ADVICE
    assert explicit == frozenset()


def test_more_than_a_family_is_explicit() -> None:
    codes, explicit = selected(("LL20",), (), False)
    assert codes == explicit == frozenset(code for code in ALL if code.startswith("LL20"))
    assert "LL204" in codes & ADVICE


def test_a_family_beside_a_code() -> None:
    codes, explicit = selected(("LL2", "LL102"), (), False)
    assert codes == {"LL102"} | {code for code in ALL if code.startswith("LL2")}
    assert explicit == {"LL102"}


def test_all_by_their_beginning() -> None:
    assert selected(("LL",), (), False) == (ALL, frozenset())


def test_ignored_rules_do_not_run() -> None:
    codes, explicit = selected(("LL102", "LL101"), ("log-softmax-into-cross-entropy",), False)
    assert codes == explicit == {"LL101"}
    assert selected((), ("LL1", "LL2"), False)[0] == frozenset(code for code in ALL if code[:3] not in ("LL1", "LL2"))
    assert selected(("LL101",), ("LL",), True) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("selector", "nearest"),
    [
        ("LL10l", "LL101"),
        ("softmax-into-crossentropy", "softmax-into-cross-entropy"),
        ("SOFTMAX-INTO-BCE-LOSS", "softmax-into-bce"),
    ],
)
def test_an_unknown_one_is_refused_with_the_nearest(selector: str, nearest: str) -> None:
    for select, ignore in (((selector,), ()), ((), (f"LL101,{selector}",))):
        with pytest.raises(UnknownSelector) as caught:
            selected(select, ignore, False)
        assert repr(selector) in str(caught.value)
        assert nearest in caught.value.nearest or selector == "LL10l"
        assert caught.value.nearest


@pytest.mark.parametrize("selector", ["L", "LL999", "nonsense", "E501", "LL1011", "L L101", "*"])
def test_what_is_no_beginning_of_a_code_is_refused(selector: str) -> None:
    with pytest.raises(UnknownSelector):
        selected((selector,), (), False)

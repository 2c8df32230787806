"""The literate cases: exactly these bytes come out, once and for all, and where nothing does, the reason is told."""

from __future__ import annotations

import ast

import pytest

from losslint.fixes.plan import Plans, Refusal
from losslint.sources.tree import MemoryTree

from .programs import Case, cases, fixed, fixed_all

CASES = cases()
PARAMETERS = [pytest.param(case, id=f"{case.theme}: {case.title}") for case in CASES]


@pytest.mark.parametrize("case", PARAMETERS)
def test_what_comes_out(case: Case) -> None:
    after = fixed(case.before, case.codes)
    assert {name: data.decode() for name, data in after.items()} == case.after
    assert (case.before == case.after) is bool(case.no_fix)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.title) for case in CASES if not case.no_fix])
def test_it_parses_and_nothing_is_left_to_fix(case: Case) -> None:
    for text in case.after.values():
        ast.parse(text)
    again = fixed_all(case.after, case.codes)
    assert again.mended == []
    assert again.files == [{}]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.title) for case in CASES if case.no_fix])
def test_it_is_said_why_there_is_no_fix(case: Case) -> None:
    tree = MemoryTree({name: text.encode() for name, text in case.before.items()})
    findings = fixed_all(case.before, case.codes).outcome.report.findings
    plans = Plans([(tree, tree.names())], findings)
    refusals = [fix for fix in map(plans.fix, findings) if isinstance(fix, Refusal)]
    said = [
        f"{refusal.place.filename}:{refusal.place.row}: {refusal.reason}" if refusal.place else refusal.reason
        for refusal in refusals
    ]
    assert any(each.startswith(case.no_fix) or case.no_fix in each for each in said), said


def test_titles_are_unique() -> None:
    titles = [(case.theme, case.title) for case in CASES]
    assert sorted(set(titles)) == sorted(titles)

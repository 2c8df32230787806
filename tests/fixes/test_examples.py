"""Every fix that is offered for the examples of the rules, alone: the program parses, the finding goes, none comes, and
there is nothing left to do about it."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from losslint.fixes.edits import Fix, changed
from losslint.fixes.plan import Plans
from losslint.rules.registry import load, names
from losslint.rules.rule import files_of
from losslint.sources.tree import MemoryTree
from losslint.vocabulary.findings import Finding, Severity
from losslint.vocabulary.repairs import Applicability

from .programs import found

#: What is said of comments is said by the application: tests/app/suppressions has its fixes.
FIXABLE = [code for code in names() if load(code).fix and code != "LL901"]
EXAMPLES = [
    pytest.param(code, example, id=f"{code}-{number}")
    for code in FIXABLE
    for number, example in enumerate(load(code).bad, 1)
]
#: Rules that call their fix safe: some of what is offered changes what is computed, and is offered as unsafe.
CAREFUL = frozenset({"LL119", "LL305"})


def programs_of(example: str) -> dict[str, bytes]:
    return {name: text.encode() for name, text in files_of(example).items() if name.endswith(".py")}


def offers(files: dict[str, bytes], code: str) -> list[tuple[Finding, Fix]]:
    findings = found(files)
    plans = Plans([(MemoryTree(files), sorted(files))], findings)
    listed = [(finding, plans.fix(finding)) for finding in findings if finding.code == code]
    return [(finding, fix) for finding, fix in listed if isinstance(fix, Fix)]


def counted(findings: list[Finding], code: str) -> Counter[tuple[str, str]]:
    return Counter(
        (each.code, each.place.filename)
        for each in findings
        if each.severity is not Severity.ADVICE or each.code == code
    )


@pytest.mark.parametrize(("code", "example"), EXAMPLES)
def test_an_offered_fix_holds(code: str, example: str) -> None:
    files = programs_of(example)
    before = counted(found(files), code)
    for finding, fix in offers(files, code):
        after = {name: changed(data, fix.edits_of(name), name) for name, data in files.items()}
        assert after != files
        for data in after.values():
            ast.parse(data)
        now = counted(found(after), code)
        assert not now - before
        assert (before - now)[code, finding.place.filename]
        assert not [other for other, _ in offers(after, code) if other.place == finding.place]


@pytest.mark.parametrize("code", FIXABLE)
def test_a_rule_that_promises_a_fix_offers_one(code: str) -> None:
    offered = [fix for example in load(code).bad for _, fix in offers(programs_of(example), code)]
    assert offered
    if load(code).fix == "safe" and code not in CAREFUL:
        assert {fix.applicability for fix in offered} == {Applicability.SAFE}
    if load(code).fix == "unsafe":
        assert {fix.applicability for fix in offered} <= {Applicability.UNSAFE}


@pytest.mark.parametrize("code", [code for code in names() if not load(code).fix and code != "LL900"])
def test_a_rule_that_promises_none_offers_none(code: str) -> None:
    assert not [fix for example in load(code).bad for _, fix in offers(programs_of(example), code)]

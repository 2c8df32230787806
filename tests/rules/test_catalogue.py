"""The catalogue, rule by rule: `catalogue.txt` says what each is called, how bad it is, who can see it, and whether it
is mended; its documentation, its examples and its fixes have to agree."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from losslint.app.cli import cli
from losslint.fixes.edits import Fix
from losslint.fixes.plan import Plans
from losslint.rules.registry import load, names
from losslint.rules.rule import Rule, files_of
from losslint.sources.tree import MemoryTree
from losslint.vocabulary.repairs import Applicability
from tests.fixes.programs import found

HEADINGS = ["What it does", "Why is this bad?", "Example", "Use instead", "Fix safety", "References"]
CATALOGUE = {
    code: facts
    for code, *facts in map(str.split, Path(__file__).with_name("catalogue.txt").read_text("utf-8").splitlines())
}
#: About suppressions: the application finds them, and they may come later than the catalogue.
OF_SUPPRESSIONS = {"LL901", "LL902"}
CODES = [code for code in CATALOGUE if code not in OF_SUPPRESSIONS or code in names()]
#: Rules about what one statement, expression or file says by itself: no other file can have a part in it.
OF_ONE_PLACE = {"LL707", "LL709", "LL711", "LL804", "LL805", "LL807", "LL900", *OF_SUPPRESSIONS}
#: What stands in for a fix in the documentation of a rule without one.
EXPLAINED_ONLY = "Not fixed automatically"


def test_every_code_of_the_catalogue_is_a_rule_and_no_other() -> None:
    assert set(names()) | OF_SUPPRESSIONS == set(CATALOGUE)


@pytest.mark.parametrize("code", CODES)
def test_a_rule_is_what_the_catalogue_says(code: str) -> None:
    rule = load(code)
    assert [rule.name, rule.severity.value, rule.observers, rule.fix or "-"] == CATALOGUE[code]


@pytest.mark.parametrize("code", CODES)
def test_a_rule_is_documented_under_each_heading(code: str) -> None:
    sections = load(code).sections
    assert list(sections) == HEADINGS
    assert all(sections.values())
    assert sections["What it does"].startswith("Reports ")
    assert re.search(r"\]\(\s*https://", sections["References"])


@pytest.mark.parametrize("code", CODES)
def test_a_rule_has_bad_and_good_examples_and_one_over_several_files(code: str) -> None:
    rule = load(code)
    assert rule.bad and rule.good
    several = [example for example in rule.bad if len([name for name in files_of(example) if name.endswith(".py")]) > 1]
    assert bool(several) is (code not in OF_ONE_PLACE)


@pytest.mark.parametrize("code", CODES)
def test_the_documented_fix_safety_is_that_of_the_fixes(code: str) -> None:
    rule = load(code)
    said = rule.sections["Fix safety"]
    offered = applicabilities(rule)
    if not rule.fix:
        assert said.startswith(EXPLAINED_ONLY)
        assert not offered
        return
    if code in OF_SUPPRESSIONS:
        return  # its fixes are not made from findings of an observer
    first, second = (Applicability.SAFE, "Unsafe") if rule.fix == "safe" else (Applicability.UNSAFE, "Safe")
    assert said.startswith(first.value.capitalize())
    assert first in offered
    assert (second in said) is (len(offered) == 2)


def applicabilities(rule: Rule) -> set[Applicability]:
    """How safe the fixes are that are offered for a rule's own examples."""
    offered = set()
    for example in rule.bad:
        files = {name: text.encode() for name, text in files_of(example).items() if name.endswith(".py")}
        findings = found(files)
        plans = Plans([(MemoryTree(files), sorted(files))], findings)
        fixes = [plans.fix(finding) for finding in findings if finding.code == rule.code]
        offered |= {fix.applicability for fix in fixes if isinstance(fix, Fix)}
    return offered


def listed(*arguments: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(cli, ["rule", *arguments, "--output-format", "json"])
    assert result.exit_code == 0
    rules: list[dict[str, object]] = json.loads(result.stdout)
    return rules


def test_each_rule_is_listed_with_all_of_its_documentation() -> None:
    rules = listed("--all")
    assert [each["code"] for each in rules] == sorted(names())
    for each in rules:
        rule = load(str(each["code"]))
        assert (each["name"], each["severity"], each["fix"]) == (rule.name, rule.severity.value, rule.fix)
        assert each["observers"] == [{"S": "static", "R": "runtime"}[letter] for letter in rule.observers]
        assert each["explanation"] == rule.documentation
        assert each["sections"] == rule.sections
        assert each["examples"] == {
            "bad": [files_of(example) for example in rule.bad],
            "good": [files_of(example) for example in rule.good],
        }
        assert each["url"] is None


def test_one_rule_is_a_list_of_one() -> None:
    (rule,) = listed("LL101")
    assert rule["name"] == "softmax-into-cross-entropy"
    assert rule["observers"] == ["static", "runtime"]
    assert "log-softmax" in rule["sections"]["Why is this bad?"]  # type: ignore[index]
    assert listed("softmax-into-cross-entropy") == [rule]

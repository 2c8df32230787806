"""Every example of every rule, read by the static observer: exactly the marked lines are reported."""

from __future__ import annotations

import pytest

from losslint.rules.judge import Judge
from losslint.rules.registry import load, names
from losslint.rules.rule import files_of
from losslint.sources.tree import MemoryTree
from losslint.vocabulary.findings import Finding, Severity

from .calls import contracts_of, documented_configuration, marks_of, python_blocks

observer = pytest.importorskip("losslint.static.observer")

#: Rules whose finding the application raises: no observer sees it.
RAISED_BY_THE_APPLICATION = {"LL900", "LL901", "LL902"}

CHECKED = [code for code in names() if code not in RAISED_BY_THE_APPLICATION and "S" in load(code).observers]
DEFAULT_TIER = [code for code in CHECKED if load(code).severity is not Severity.ADVICE]


def findings(files: dict[str, str], code: str) -> list[Finding]:
    """What the default tier and one more rule find in a program."""
    judge = Judge({*DEFAULT_TIER, code})
    tree = MemoryTree({name: text.encode() for name, text in files.items() if name != "losslint.toml"})
    observed = observer.observe(tree, tree.names(), contracts=contracts_of(files))
    return [finding for observation in observed for finding in judge.findings(observation)]


def reported(files: dict[str, str], code: str) -> set[tuple[str, int, str]]:
    """Where it is found."""
    return {(found.place.filename, found.place.row, found.code) for found in findings(files, code)}


def examples(kind: str) -> list[object]:
    return [
        pytest.param(code, example, id=f"{code}-{kind}-{number}")
        for code in CHECKED
        for number, example in enumerate(getattr(load(code), kind), 1)
    ]


@pytest.mark.parametrize(("code", "example"), examples("bad"))
def test_a_bad_example_is_reported_where_it_is_marked(code: str, example: str) -> None:
    files = files_of(example)
    assert reported(files, code) == marks_of(files)
    assert code in {mark[2] for mark in marks_of(files)}


@pytest.mark.parametrize(("code", "example"), examples("bad"))
def test_a_message_is_whole_sentences_before_the_advice(code: str, example: str) -> None:
    for found in findings(files_of(example), code):
        said = found.message.removesuffix(found.mend).rstrip()
        assert said.endswith((".", "…")), found.message


@pytest.mark.parametrize(("code", "example"), examples("good"))
def test_a_good_example_is_not_reported(code: str, example: str) -> None:
    files = files_of(example)
    assert reported(files, code) == marks_of(files)
    assert code not in {mark[2] for mark in marks_of(files)}


@pytest.mark.parametrize("code", CHECKED)
def test_the_documented_example_is_reported_and_its_remedy_is_not(code: str) -> None:
    documentation = load(code).documentation
    configuration = documented_configuration(documentation)
    for program in python_blocks(documentation, "Example"):
        assert code in {found for _, _, found in reported({"example.py": program, **configuration}, code)}
    for program in python_blocks(documentation, "Use instead"):
        assert code not in {found for _, _, found in reported({"example.py": program, **configuration}, code)}

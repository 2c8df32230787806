"""Every rule of the runtime observer, tried on its own documented examples: what is marked is told while the example
runs, and what is right runs through and is told nothing. What cannot be run, or is told otherwise, stands here with the
reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from losslint.rules.registry import all_rules, load

from .arguments import GIVEN
from .driving import marks, run

Example = tuple[str, str, int]

RULES = {rule.code: rule for rule in all_rules() if "R" in rule.observers}
EXAMPLES: list[Example] = [
    (code, side, number)
    for code, rule in RULES.items()
    for side in ("bad", "good")
    for number in range(1, len(getattr(rule, side)) + 1)
]

#: Examples that do not run, and what they miss.
NOT_RUN: dict[Example, str] = {
    ("LL106", "bad", 2): "its options come from a command line",
    ("LL106", "good", 2): "skorch",
    ("LL710", "good", 2): "a module that stands for anything",
}
#: Examples that ask for an accelerator.
OF_ACCELERATORS: set[Example] = {
    ("LL120", "bad", 1),
    ("LL120", "bad", 2),
    ("LL120", "good", 1),
    ("LL205", "bad", 1),
    ("LL205", "bad", 2),
    ("LL205", "good", 1),
}
#: Right examples that call no loss of torch's: there is nothing to see.
WITHOUT_A_LOSS: set[Example] = {
    ("LL107", "good", 2),
    ("LL201", "good", 2),
    ("LL206", "good", 2),
    ("LL401", "good", 5),
    ("LL401", "good", 6),
    ("LL401", "good", 7),
    ("LL505", "good", 1),
    ("LL505", "good", 2),
    ("LL701", "good", 1),
    ("LL704", "good", 2),
}
#: Marks that are not told where they stand: why, and what is told there instead.
TOLD_OTHERWISE: dict[Example, str] = {
    ("LL109", "bad", 5): "a target without a history can be any number",
    ("LL113", "bad", 2): "the loss is called once: that rows have several ones is proved by eight batches",
    ("LL114", "bad", 3): "rows in which classes and positions are mixed look like any others",
    ("LL303", "bad", 3): "that a target is the mean of two distributions cannot be seen of its numbers",
    ("LL401", "bad", 3): "a difference that is written out is no loss that is called",
    ("LL401", "bad", 4): "a difference that is written out is no loss that is called",
    ("LL401", "bad", 5): "a product that is written out is no loss that is called",
    ("LL401", "bad", 6): "weights that are written out are no loss that is called",
    ("LL401", "bad", 7): "the target is a matrix when the loss is called: that a row met a column is not seen",
    ("LL402", "bad", 1): "a target without a history can be any number",
    ("LL402", "bad", 2): "a target without a history can be any number",
    ("LL402", "bad", 3): "a difference that is written out is no loss that is called",
    ("LL505", "bad", 3): "a loss that is written out is none that is called",
    ("LL507", "bad", 1): "0 and 1 are the numbers of classes, too",
    ("LL701", "bad", 2): "the call ends before the constructor begins: a TypeError that tells of two dims",
    ("LL702", "bad", 1): "argmax leaves no trace: LL704 at the backward",
    ("LL704", "bad", 3): "a sum of numbers that ask for a gradient themselves may be meant",
    ("LL704", "bad", 4): "a number that is added to a loss leaves no trace in the sum",
    ("LL706", "bad", 3): "the absolute values of an L1 loss look like any others",
    ("LL710", "bad", 2): "told where the module is made, which is all that knows of it",
    ("LL710", "bad", 3): "told where the module is made, which is all that knows of it",
    ("LL710", "bad", 4): "when the loss is called, nobody reads what was set on it",
}


def ids(example: Example) -> str:
    return "{}-{}-{}".format(*example)


def example_of(example: Example) -> str:
    code, side, number = example
    return str(getattr(load(code), side)[number - 1])


def can_run(example: Example) -> bool:
    return example not in NOT_RUN and (example not in OF_ACCELERATORS or torch.cuda.is_available())


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each[1] == "bad" and can_run(each)], ids=ids)
def test_a_bad_example_is_told_where_it_is_marked(tmp_path: Path, example: Example) -> None:
    code = example[0]
    outcome = run(tmp_path, example_of(example), code, GIVEN.get(example))
    missing = {mark for mark in marks(example_of(example)) if mark[2] in RULES} - outcome.told
    assert bool(missing) is (example in TOLD_OTHERWISE), (missing, outcome.errors)
    assert outcome.failures == []
    assert {told for _, _, told in outcome.told} <= set(RULES)


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each[1] == "good" and can_run(each)], ids=ids)
def test_a_good_example_runs_through_and_is_told_nothing(tmp_path: Path, example: Example) -> None:
    outcome = run(tmp_path, example_of(example), example[0], GIVEN.get(example))
    assert outcome.failures == []
    if example in WITHOUT_A_LOSS:
        assert not outcome.ended
    else:
        assert set() in outcome.ended, (outcome.told, outcome.errors)


@pytest.mark.parametrize("example", [each for each in GIVEN if each[1] == "good"], ids=ids)
def test_a_good_example_with_the_arguments_that_it_means_is_told_nothing_at_all(
    tmp_path: Path, example: Example
) -> None:
    outcome = run(tmp_path, example_of(example), example[0], GIVEN[example])
    assert outcome.told == set()


def test_most_examples_are_run() -> None:
    """The exceptions are exceptions, and each names an example that there is."""
    left_out = {*NOT_RUN, *OF_ACCELERATORS, *WITHOUT_A_LOSS, *TOLD_OTHERWISE}
    assert left_out <= set(EXAMPLES)
    assert set(GIVEN) <= set(EXAMPLES)
    assert len(left_out) < len(EXAMPLES) / 8

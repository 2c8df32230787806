"""The floor that comes with a finding is the one that its message says."""

from __future__ import annotations

import re

import pytest

from losslint.rules.costs import floor_at
from losslint.rules.judge import Judge
from losslint.rules.registry import load
from losslint.sources.source import UnreadableSource
from losslint.sources.tree import MemoryTree
from losslint.static.observer import Failure, observe
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.floors import Curve

from .calls import files_of

WITH_A_FLOOR = ("LL101", "LL103", "LL104", "LL201", "LL202", "LL213", "LL505")

_KNOWN = re.compile(r"With (\d+) (?:classes|pairs|classes or pairs)\b.*?cannot fall below (\d+\.\d+)")
_UNKNOWN = re.compile(r"\(with (\d+) (?:classes|pairs) not below (\d+\.\d+)")
_BINARY = re.compile(r"costs (\d+\.\d+) for a positive and (\d+\.\d+) for a negative")


def found(code: str) -> list[Finding]:
    """What a rule finds in its own examples."""
    judge = Judge({code})
    findings = []
    for example in load(code).bad:
        tree = MemoryTree({name: text.encode() for name, text in files_of(example).items()})
        for observation in observe(tree, tree.names()):
            assert not isinstance(observation, UnreadableSource | Failure)
            findings += [finding for finding in judge.findings(observation) if finding.code == code]
    return findings


@pytest.mark.parametrize("code", WITH_A_FLOOR)
def test_the_floor_is_what_the_message_says(code: str) -> None:
    told = 0
    for finding in found(code):
        floor, message = finding.floor, finding.message
        known, unknown, binary = _KNOWN.search(message), _UNKNOWN.search(message), _BINARY.search(message)
        if known:
            assert floor is not None and floor.count == int(known[1])
            assert f"{floor_at(floor, floor.count):.3f}" == known[2]
        elif unknown:
            assert floor is not None and floor.count is None
            assert f"{floor_at(floor, int(unknown[1])):.3f}" == unknown[2]
        elif binary:
            assert floor is not None and floor.curve is Curve.SIGMOID_TWICE and floor.count is None
            assert (f"{floor_at(floor, 1.0):.4f}", f"{floor_at(floor, 0.0):.4f}") == (binary[1], binary[2])
        else:
            assert floor is None
            continue
        told += 1
    assert told

"""Runs that are one of many over the same files."""

from __future__ import annotations

import pytest

from losslint.app.lint import Job, Ongoing, lint
from losslint.rules.registry import names
from losslint.sources.tree import MemoryTree
from losslint.static.files.index import Index
from tests.e2e.command import MISUSE, NET, TRAIN

TREE = MemoryTree({"models/net.py": NET.encode(), "train.py": TRAIN.encode(), "own.py": MISUSE.encode()})


def found(asked: tuple[str, ...], ongoing: Ongoing) -> list[tuple[str, str]]:
    outcome = lint([Job(TREE, asked)], names(), processes=1, ongoing=ongoing)
    return [(finding.place.filename, finding.code) for finding in outcome.report.findings]


def nothing() -> None:
    pass


def test_what_is_near_is_what_stands_in_the_files_asked_for() -> None:
    assert found(("models/net.py", "own.py"), Ongoing(nothing, {}, near=True)) == [("own.py", "LL101")]
    everything = found(("models/net.py", "own.py"), Ongoing(nothing, {}))
    assert everything == [("own.py", "LL101"), ("train.py", "LL101")]


def test_texts_are_indexed_once() -> None:
    indexes: dict[str, Index] = {}
    first = found(("own.py",), Ongoing(nothing, indexes))
    assert MISUSE in indexes
    before = dict(indexes)
    assert found(("own.py",), Ongoing(nothing, indexes)) == first
    assert indexes.keys() == before.keys() and all(indexes[text] is before[text] for text in before)


def test_a_run_ends_with_what_is_raised_in_between() -> None:
    class Enough(BaseException):
        pass

    def stop() -> None:
        raise Enough

    with pytest.raises(Enough):
        found(("own.py",), Ongoing(stop, {}))

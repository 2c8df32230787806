"""Misuses are found while a program runs, their twins are told nothing."""

from __future__ import annotations

from contextlib import suppress

import pytest

import losslint
from losslint.vocabulary.findings import Verdict
from tests.runtime.programs import ROWS, Row, run

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's own


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_misuse_is_found(row: Row) -> None:
    with losslint.watch("record") as session, suppress(IndexError, RuntimeError, TypeError, ValueError):
        run(row.misuse)
    assert tuple(finding.code for finding in session.findings) == row.codes
    assert [call.verdict for call in session.calls] == [Verdict.MISUSED]
    assert session.failures == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_its_twin_is_told_nothing(row: Row) -> None:
    with losslint.watch("raise") as session:
        run(row.twin)
    assert session.findings == ()
    assert len(session.calls) == 1
    assert session.failures == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_torch_raises_what_it_raises_without(row: Row) -> None:
    def raised() -> str:
        try:
            run(row.misuse)
        except (IndexError, RuntimeError, TypeError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        return ""

    alone = raised()
    with losslint.watch("record"):
        assert raised() == alone


def test_a_message_is_a_sentence() -> None:
    with losslint.watch("record") as session:
        for row in ROWS:
            with suppress(IndexError, RuntimeError, TypeError, ValueError):
                run(row.misuse)
    assert len(session.findings) >= 40
    for finding in session.findings:
        assert finding.message.endswith(".")
        assert " made." not in finding.message
        assert "{" not in finding.message

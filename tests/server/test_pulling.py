"""Findings that the client asks for, beside those that it is sent."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lsprotocol import types

from tests.e2e.command import FINE, MISUSE, NET, TRAIN
from tests.server.editor import Report, capabilities, editor, run
from tests.server.test_notebooks import LOSS, MAKES, SOFTMAX, cell, opened

MENDED = NET.replace(".softmax(dim=1)", "")
ASKS = capabilities(pulls=True)


def codes(report: Report) -> list[object]:
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    return [each.code for each in report.items]


def number(report: Report) -> str:
    assert report.result_id is not None
    return report.result_id


def test_the_server_says_that_it_can_be_asked(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path) as person:
            able = person.capabilities.diagnostic_provider
            assert isinstance(able, types.DiagnosticOptions)
            assert able.inter_file_dependencies and not able.workspace_diagnostics

    run(work())


def test_who_asks_is_told_and_is_not_sent_the_same(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}, able=ASKS) as person:
            await person.open("m.py", wait=False)
            report = await person.pull("m.py")
            assert codes(report) == ["LL101"]
            assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
            assert report.items[0].range.start == types.Position(5, 11)
            await person.type("m.py", FINE, wait=False)
            assert codes(await person.pull("m.py")) == []  # of the text as it is now
            await person.type("m.py", MISUSE, wait=False)
            assert codes(await person.pull("m.py")) == ["LL101"]
            person.close("m.py")
            assert codes(await person.pull("m.py")) == []
            assert [each for each in person.told if each.diagnostics] == []

    run(work())


def test_what_is_as_it_was_is_not_told_again(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}, able=ASKS) as person:
            await person.open("m.py", wait=False)
            first = await person.pull("m.py")
            again = await person.pull("m.py", number(first))
            assert isinstance(again, types.RelatedUnchangedDocumentDiagnosticReport)
            assert again.result_id == first.result_id
            await person.type("m.py", MISUSE + "# more\n", wait=False)
            again = await person.pull("m.py", number(first))
            assert isinstance(again, types.RelatedUnchangedDocumentDiagnosticReport)
            await person.type("m.py", "\n" + MISUSE, wait=False)
            assert codes(await person.pull("m.py", number(first))) == ["LL101"]
            assert codes(await person.pull("m.py", "nonsense")) == ["LL101"]

    run(work())


def test_an_edit_in_another_text_is_reason_to_ask_again(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"models/net.py": MENDED, "train.py": TRAIN}, able=ASKS) as person:
            await person.open("train.py", wait=False)
            await person.open("models/net.py", wait=False)
            assert codes(await person.pull("train.py")) == []
            assert codes(await person.pull("models/net.py")) == []
            await person.type("models/net.py", NET, wait=False)
            await person.until(lambda: person.refreshed > 0)
            assert codes(await person.pull("train.py")) == ["LL101"]
            count = person.refreshed
            await person.type("models/net.py", NET + "# more\n", wait=False)
            assert codes(await person.pull("models/net.py")) == []
            await asyncio.sleep(1)
            assert person.refreshed == count

    run(work())


def test_of_a_text_that_is_not_open_the_client_is_told_unasked_until_it_is(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"models/net.py": NET, "train.py": TRAIN}, able=ASKS) as person:
            await person.open("models/net.py", wait=False)
            await person.until(lambda: bool(person.last_of("train.py")))
            await person.open("train.py", wait=False)
            assert codes(await person.pull("train.py")) == ["LL101"]
            await person.until(lambda: person.last_of("train.py") == [])  # and not doubled
            person.close("train.py")
            await person.until(lambda: bool(person.last_of("train.py")))

    run(work())


def test_cells_are_told_unasked_until_the_client_asks_for_them(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, able=ASKS) as person:
            await opened(person, "a.ipynb", [MAKES, SOFTMAX, LOSS])
            uri = cell("a.ipynb", 2)
            assert [each.code for each in await person.said_of(uri)] == ["LL101"]
            assert codes(await person.pull(uri)) == ["LL101"]
            await person.until(lambda: person.last_of(uri) == [])

    run(work())


def test_who_does_not_ask_is_told_as_ever(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            assert [each.code for each in await person.open("m.py")] == ["LL101"]
            assert person.refreshed == 0

    run(work())

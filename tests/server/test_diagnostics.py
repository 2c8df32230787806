"""Findings while one types: in the text itself, and in others that it causes them in."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcMethodNotFound

from tests.e2e.command import FINE, MISUSE, NET, TRAIN
from tests.server.editor import capabilities, editor, run


def codes(diagnostics: list[types.Diagnostic] | None) -> list[object]:
    return [each.code for each in diagnostics or []]


def test_a_misuse_is_told_when_it_is_opened_and_is_gone_when_it_is_mended(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            (found,) = await person.open("m.py")
            assert found.code == "LL101"
            assert found.source == "losslint"
            assert found.severity is types.DiagnosticSeverity.Error
            assert found.tags is None and found.code_description is None
            assert (found.range.start.line, found.range.start.character) == (5, 11)
            assert found.range.end == types.Position(5, len("    return F.cross_entropy(p, y)"))
            assert await person.type("m.py", FINE) == []

    run(work())


def test_an_unsaved_edit_causes_a_finding_in_a_file_that_is_not_open(tmp_path: Path) -> None:
    async def work() -> None:
        mended = NET.replace(".softmax(dim=1)", "")
        async with editor(tmp_path, {"models/net.py": mended, "train.py": TRAIN}) as person:
            assert await person.open("models/net.py") == []
            assert person.last_of("train.py") is None
            await person.type("models/net.py", NET)
            await person.until(lambda: codes(person.last_of("train.py")) == ["LL101"])
            (found,) = person.last_of("train.py") or []
            (softmax, *rest) = found.related_information or []
            assert softmax.location.uri == person.uri("models/net.py")
            assert softmax.location.range.start == types.Position(8, 15)
            assert "softmax" in softmax.message
            assert rest
            await person.type("models/net.py", mended)
            await person.until(lambda: person.last_of("train.py") == [])

    run(work())


def test_what_is_closed_is_not_told_of_any_more(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE, "fine.py": FINE}) as person:
            assert codes(await person.open("m.py")) == ["LL101"]
            person.close("m.py")
            await person.until(lambda: person.last_of("m.py") == [])

    run(work())


def test_the_edit_that_is_not_saved_goes_with_the_editor(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"models/net.py": NET.replace(".softmax(dim=1)", ""), "train.py": TRAIN}) as person:
            assert await person.open("train.py") == []
            await person.open("models/net.py", NET)
            await person.until(lambda: codes(person.last_of("train.py")) == ["LL101"])
            person.close("models/net.py")
            await person.until(lambda: person.last_of("train.py") == [])

    run(work())


def test_a_syntax_error_is_told_and_leaves_the_findings_elsewhere(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"models/net.py": NET, "train.py": TRAIN}) as person:
            await person.open("models/net.py")
            await person.until(lambda: codes(person.last_of("train.py")) == ["LL101"])
            before = len(person.told)
            (error,) = await person.type("models/net.py", NET + "x = (")
            assert error.code == "LL900"
            assert error.range.start.line == 9
            assert codes(person.last_of("train.py")) == ["LL101"]
            assert all(each.uri != person.uri("train.py") for each in person.told[before:])
            assert await person.type("models/net.py", NET + "x = ()") == []

    run(work())


def test_a_syntax_error_hides_only_what_stands_in_its_own_text(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            assert codes(await person.open("m.py")) == ["LL101"]
            assert codes(await person.type("m.py", MISUSE + "def")) == ["LL900"]
            assert codes(await person.type("m.py", MISUSE)) == ["LL101"]

    run(work())


def test_columns_are_counted_in_the_units_of_the_client(tmp_path: Path) -> None:
    # One character beside the basic plane, one of two bytes, before the loss in its row.
    text = MISUSE.replace("    return F", '    s = "😀é"; return F')
    place = text.split("\n")[5].index("F.cross")

    async def work() -> None:
        for number, (encodings, wanted) in enumerate(
            [((), place + 1), (("utf-8",), place + 4), (("utf-32", "utf-16"), place)]
        ):
            folder = tmp_path / str(number)
            folder.mkdir()
            async with editor(folder, {"m.py": text}, able=capabilities(encodings)) as person:
                (found,) = await person.open("m.py")
                assert person.capabilities.position_encoding == (encodings[0] if encodings else "utf-16")
                assert found.range.start == types.Position(5, wanted)
                assert found.range.end.character == wanted + len("F.cross_entropy(p, y)")

    run(work())


def test_parts_of_a_text_are_changed_where_the_client_means_it(tmp_path: Path) -> None:
    # A form feed and a separator of rows that is none for the protocol stand before what is changed.
    text = '\f\ns = "\u2028😀"; p = 0\n' + MISUSE

    async def work() -> None:
        async with editor(tmp_path, {"m.py": text}) as person:
            (found,) = await person.open("m.py")
            assert found.range.start == types.Position(7, 11)
            column = len("    p = ")
            person.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    types.VersionedTextDocumentIdentifier(uri=person.uri("m.py"), version=2),
                    [
                        types.TextDocumentContentChangePartial(
                            types.Range(
                                types.Position(6, column), types.Position(6, column + len("torch.softmax(x, dim=1)"))
                            ),
                            "x",
                        )
                    ],
                )
            )
            await person.until(lambda: person.last_of("m.py") == [])

    run(work())


def test_without_related_places_none_are_sent(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}, able=capabilities(related=False)) as person:
            (found,) = await person.open("m.py")
            assert found.related_information is None

    run(work())


def test_a_text_that_is_kept_nowhere_is_linted_by_itself(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path) as person:
            assert codes(await person.open("untitled:Untitled-1", MISUSE)) == ["LL101"]
            person.close("untitled:Untitled-1")
            await person.until(lambda: person.last_of("untitled:Untitled-1") == [])

    run(work())


def test_a_document_is_linted_in_its_fences(tmp_path: Path) -> None:
    text = "# How\n\n> ```python\n" + "".join(f"> {row}\n" for row in MISUSE.splitlines()) + "> ```\n"

    async def work() -> None:
        async with editor(tmp_path, {"how.md": text}) as person:
            (found,) = await person.open("how.md", language="markdown")
            assert found.range.start == types.Position(8, len(">     return "))

    run(work())


def test_what_is_typed_on_is_not_linted_in_between(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            await person.open("m.py")
            for number in range(20):
                await person.type("m.py", MISUSE + f"# {number}\n", wait=False)
            assert codes(await person.type("m.py", MISUSE + "# 20\n")) == ["LL101"]
            told = [each.version for each in person.told if each.uri == person.uri("m.py")]
            assert told[0] == 1 and told[-1] == 22
            assert len(told) < 12

    run(work())


def test_a_text_that_was_never_right_is_told(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE + "x = ("}) as person:
            assert codes(await person.open("m.py")) == ["LL900"]
            assert await person.hover("m.py", 6, "p, y") is None
            assert codes(await person.type("m.py", MISUSE)) == ["LL101"]

    run(work())


def test_names_that_addresses_have_to_quote(tmp_path: Path) -> None:
    folder = tmp_path / "mit #1 (é)"
    folder.mkdir()

    async def work() -> None:
        files = {"models/net.py": NET.replace(".softmax(dim=1)", ""), "train 100%.py": TRAIN}
        async with editor(folder, files) as person:
            assert await person.open("models/net.py") == []
            await person.type("models/net.py", NET)
            await person.until(lambda: codes(person.last_of("train 100%.py")) == ["LL101"])
            assert codes(await person.open("train 100%.py")) == ["LL101"]

    run(work())


def test_two_projects_are_linted_each_by_itself(tmp_path: Path) -> None:
    async def work() -> None:
        files = {
            "one/losslint.toml": 'ignore = ["LL101"]\n',
            "one/m.py": MISUSE,
            "two/losslint.toml": "",
            "two/m.py": MISUSE,
        }
        async with editor(tmp_path, files) as person:
            assert await person.open("one/m.py") == []
            assert codes(await person.open("two/m.py")) == ["LL101"]

    run(work())


def test_a_message_that_makes_no_sense_ends_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            person.protocol.notify("losslint/nonsense", {"a": 1})
            with pytest.raises(JsonRpcMethodNotFound):
                await person.protocol.send_request_async("losslint/nonsense", {"a": 1})
            assert (
                await person.text_document_hover_async(
                    types.HoverParams(types.TextDocumentIdentifier("file:///nowhere.py"), types.Position(99, 99))
                )
                is None
            )
            assert await person.actions("untitled:x", types.Range(types.Position(0, 0), types.Position(9, 9))) == []
            assert codes(await person.open("m.py")) == ["LL101"]
            assert await person.hover_at("m.py", 4000, 4000) is None

    run(work())

"""What decides which rules count: the project's configuration, and what the editor says."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from tests.e2e.command import MISUSE
from tests.server.editor import capabilities, editor, run

WATCHED = types.WORKSPACE_DID_CHANGE_WATCHED_FILES


def test_the_projects_configuration_counts_and_is_followed_when_it_changes(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE, "losslint.toml": 'ignore = ["LL101"]\n'}) as person:
            assert await person.open("m.py") == []
            await person.until(lambda: any(each.method == WATCHED for each in person.registered))
            (tmp_path / "losslint.toml").write_text('severity = { LL101 = "warning" }\n', "utf-8")
            event = types.FileEvent(person.uri("losslint.toml"), types.FileChangeType.Changed)
            person.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
            await person.until(lambda: bool(person.last_of("m.py")))
            (found,) = person.last_of("m.py") or []
            assert found.severity is types.DiagnosticSeverity.Warning

    run(work())


def test_a_wrong_configuration_is_told_once_and_the_last_findings_stay(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            assert len(await person.open("m.py")) == 1
            (tmp_path / "losslint.toml").write_text("ignroe = []\n", "utf-8")
            event = types.FileEvent(person.uri("losslint.toml"), types.FileChangeType.Created)
            person.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
            await person.until(lambda: bool(person.messages))
            assert "ignroe" in person.messages[0] and "ignore" in person.messages[0]
            assert len(await person.type("m.py", MISUSE + "\n")) == 1
            assert len(person.messages) == 1

    run(work())


def test_the_editor_says_which_rules_count(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}, {"ignore": ["LL101"]}) as person:
            assert await person.open("m.py") == []
            person.workspace_did_change_configuration(
                types.DidChangeConfigurationParams({"losslint": {"select": ["LL1"]}})
            )
            await person.until(lambda: bool(person.last_of("m.py")))
            for nothing_of_ours in ({}, {"python": {"select": ["LL2"]}}, {"ignroe": 1}):
                person.workspace_did_change_configuration(types.DidChangeConfigurationParams(nothing_of_ours))
            assert len(await person.type("m.py", MISUSE + "\n")) == 1
            person.configuration = {"select": ["LL2"]}
            person.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
            await person.until(lambda: person.last_of("m.py") == [])

    run(work())


def test_settings_that_cannot_be_followed_are_told_and_change_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}, {"select": ["LL99999"]}) as person:
            await person.until(lambda: bool(person.messages))
            assert "LL99999" in person.messages[0]
            assert len(await person.open("m.py")) == 1

    run(work())


def test_what_is_written_on_the_disk_counts_when_it_is_told_of(tmp_path: Path) -> None:
    lib = "import torch\n\ndef head(x):\n    return torch.softmax(x, dim=1)\n"
    use = (
        "import torch.nn.functional as F\nfrom lib import head\n\n"
        "def step(x, y):\n    return F.cross_entropy(head(x), y)\n"
    )

    async def work() -> None:
        async with editor(tmp_path, {"use.py": use}) as person:
            assert await person.open("use.py") == []
            (tmp_path / "lib.py").write_text(lib, "utf-8")
            event = types.FileEvent(person.uri("lib.py"), types.FileChangeType.Created)
            person.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
            await person.until(lambda: bool(person.last_of("use.py")))

    run(work())


def test_without_a_watching_client_it_counts_when_something_is_saved(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}, able=capabilities(watches=False)) as person:
            assert len(await person.open("m.py")) == 1
            assert person.registered == []
            (tmp_path / "losslint.toml").write_text('ignore = ["LL101"]\n', "utf-8")
            person.text_document_did_save(
                types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(person.uri("m.py")))
            )
            await person.until(lambda: person.last_of("m.py") == [])

    run(work())


def test_what_is_excluded_and_what_is_installed_is_opened_to_be_read(tmp_path: Path) -> None:
    async def work() -> None:
        files = {
            "losslint.toml": 'extend-exclude = ["generated/"]\n',
            "generated/m.py": MISUSE,
            "env/lib/site-packages/other/m.py": MISUSE,
            "m.py": MISUSE,
        }
        async with editor(tmp_path, files) as person:
            await person.open("generated/m.py", wait=False)
            await person.open("env/lib/site-packages/other/m.py", wait=False)
            assert len(await person.open("m.py")) == 1
            assert {each.uri for each in person.told} == {person.uri("m.py")}

    run(work())

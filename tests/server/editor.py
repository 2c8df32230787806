"""An editor: a real client that drives the command in a process of its own, and waits for what it is told."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient
from pygls.uris import from_fs_path

import losslint
from tests.e2e.command import environment, put

#: The server is run from the same files as the tests.
FROM_HERE = {"PYTHONPATH": str(Path(losslint.__file__).parents[1])}

#: Nothing takes so long, in seconds: what is waited for does not come.
LIMIT = 60.0


Report = types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport


class Editor(LanguageClient):
    """A client, with the texts as a person sees them."""

    def __init__(self, folder: Path) -> None:
        super().__init__("tests", "1")
        self.folder = folder
        self.told: list[types.PublishDiagnosticsParams] = []
        self.messages: list[str] = []
        self.registered: list[types.Registration] = []
        self.refreshed = 0
        self.configuration: object = None
        self.errors = ""
        self._news = asyncio.Condition()
        self._versions: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.capabilities = types.ServerCapabilities()

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        async def published(params: types.PublishDiagnosticsParams) -> None:
            self.told.append(params)
            await self._tell()

        @self.feature(types.WINDOW_SHOW_MESSAGE)
        async def message(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)
            await self._tell()

        @self.feature(types.CLIENT_REGISTER_CAPABILITY)
        async def register(params: types.RegistrationParams) -> None:
            self.registered += params.registrations
            await self._tell()

        @self.feature(types.WORKSPACE_DIAGNOSTIC_REFRESH)
        async def refresh(_: None) -> None:
            self.refreshed += 1
            await self._tell()

        @self.feature(types.WORKSPACE_CONFIGURATION)
        def configuration(_: types.ConfigurationParams) -> list[object]:
            return [self.configuration]

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to become true by what the server tells."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(true), LIMIT)

    # ---------------------------------------------------------------- what the person does

    def uri(self, name: str) -> str:
        """A file's address."""
        uri = from_fs_path(str(self.folder / name))
        assert uri is not None
        return uri

    async def open(
        self, name: str, text: str | None = None, language: str = "python", wait: bool = True
    ) -> list[types.Diagnostic]:
        """Open a file, with its text on the disk or another; what is said of it."""
        uri = name if ":" in name else self.uri(name)
        text = (self.folder / name).read_text("utf-8") if text is None else text
        self._versions[uri], self.texts[uri] = 1, text
        self.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, language, 1, text)))
        return await self.said_of(name) if wait else []

    async def type(self, name: str, text: str, wait: bool = True) -> list[types.Diagnostic]:
        """Make another text of an open one; what is said of it then."""
        uri = name if ":" in name else self.uri(name)
        self._versions[uri] += 1
        self.texts[uri] = text
        self.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(uri=uri, version=self._versions[uri]),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )
        return await self.said_of(name) if wait else []

    async def said_of(self, name: str) -> list[types.Diagnostic]:
        """What is said of the newest version of an open text."""
        uri = name if ":" in name else self.uri(name)
        version = self._versions[uri]

        def newest() -> list[types.PublishDiagnosticsParams]:
            return [each for each in self.told if each.uri == uri and each.version == version]

        await self.until(lambda: bool(newest()))
        return list(newest()[-1].diagnostics)

    def last_of(self, name: str) -> list[types.Diagnostic] | None:
        """What was said last of any file; None when nothing ever was."""
        uri = name if ":" in name else self.uri(name)
        return next((list(each.diagnostics) for each in reversed(self.told) if each.uri == uri), None)

    def close(self, name: str) -> None:
        uri = name if ":" in name else self.uri(name)
        self.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    async def hover(self, name: str, row: int, part: str) -> str | None:
        """What is shown over a part of a row (from 1)."""
        uri = name if ":" in name else self.uri(name)
        return await self.hover_at(name, row - 1, self.texts[uri].split("\n")[row - 1].index(part))

    async def hover_at(self, name: str, line: int, character: int) -> str | None:
        """What is shown at a position, as the protocol counts."""
        uri = name if ":" in name else self.uri(name)
        found = await asyncio.wait_for(
            self.text_document_hover_async(
                types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
            ),
            LIMIT,
        )
        if found is None:
            return None
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def actions(self, name: str, where: types.Range, only: Sequence[str] | None = None) -> list[types.CodeAction]:
        """What can be done about a place."""
        uri = name if ":" in name else self.uri(name)
        found = await asyncio.wait_for(
            self.text_document_code_action_async(
                types.CodeActionParams(types.TextDocumentIdentifier(uri), where, types.CodeActionContext([], only=only))
            ),
            LIMIT,
        )
        return [each for each in found or [] if isinstance(each, types.CodeAction)]

    async def pull(self, name: str, before: str | None = None) -> Report:
        """Ask for what is said of an open text."""
        uri = name if ":" in name else self.uri(name)
        params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri), previous_result_id=before)
        return await asyncio.wait_for(self.text_document_diagnostic_async(params), LIMIT)

    def edited(self, edit: types.WorkspaceEdit | None) -> dict[str, str]:
        """The texts of the files that an edit changes, as they are afterwards, by their names."""
        assert edit is not None
        changes: dict[str, list[types.TextEdit]] = {uri: list(edits) for uri, edits in (edit.changes or {}).items()}
        for change in edit.document_changes or []:
            assert isinstance(change, types.TextDocumentEdit)
            assert change.text_document.version == self._versions.get(change.text_document.uri)
            changes[change.text_document.uri] = [each for each in change.edits if isinstance(each, types.TextEdit)]
        after = {}
        for uri, edits in changes.items():
            name = uri.removeprefix(self.uri("") if self.uri("").endswith("/") else self.uri("") + "/")
            text = self.texts.get(uri)
            after[name] = applied((self.folder / name).read_text("utf-8") if text is None else text, edits)
        return after


def applied(text: str, edits: Sequence[types.TextEdit]) -> str:
    """A text after some edits, in UTF-16 units, as the protocol says."""
    data = text.encode("utf-16-le")
    rows = text.replace("\r\n", "\n").split("\n")
    assert "\r" not in text or "\r\n" in text
    end = 2 if "\r\n" in text else 1
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + len(row.encode("utf-16-le")) + 2 * end)

    def offset(position: types.Position) -> int:
        return min(starts[position.line] + 2 * position.character, len(data))

    for edit in sorted(edits, key=lambda each: offset(each.range.start), reverse=True):
        start, stop = offset(edit.range.start), offset(edit.range.end)
        data = data[:start] + edit.new_text.encode("utf-16-le") + data[stop:]
    return data.decode("utf-16-le")


def capabilities(
    encodings: Sequence[str] = (),
    related: bool = True,
    versioned: bool = True,
    watches: bool = True,
    pulls: bool = False,
) -> types.ClientCapabilities:
    """What a usual editor can do."""
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(
            position_encodings=[types.PositionEncodingKind(each) for each in encodings]
        )
        if encodings
        else None,
        text_document=types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(related_information=related),
            diagnostic=types.DiagnosticClientCapabilities() if pulls else None,
        ),
        notebook_document=types.NotebookDocumentClientCapabilities(
            synchronization=types.NotebookDocumentSyncClientCapabilities()
        ),
        workspace=types.WorkspaceClientCapabilities(
            configuration=True,
            diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True) if pulls else None,
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=versioned),
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=watches),
        ),
    )


@asynccontextmanager
async def editor(
    folder: Path,
    files: Mapping[str, str] | None = None,
    options: object = None,
    able: types.ClientCapabilities | None = None,
) -> AsyncIterator[Editor]:
    """An editor in a folder with some files; at the end the server has ended as it should, and has complained of
    nothing."""
    (folder / "pyproject.toml").touch()
    for name, text in (files or {}).items():
        put(folder / name, text)
    client = Editor(folder)
    await client.start_io(sys.executable, "-m", "losslint", "server", cwd=folder, env=environment(**FROM_HERE))
    process = client._server
    assert process is not None and process.stderr is not None
    complaints = asyncio.create_task(process.stderr.read())
    try:
        result = await asyncio.wait_for(
            client.initialize_async(
                types.InitializeParams(
                    able or capabilities(),
                    process_id=os.getpid(),
                    root_uri=client.uri("").rstrip("/"),
                    initialization_options=options,
                    workspace_folders=[types.WorkspaceFolder(client.uri("").rstrip("/"), "project")],
                )
            ),
            LIMIT,
        )
        client.capabilities = result.capabilities
        client.initialized(types.InitializedParams())
        yield client
        await asyncio.wait_for(client.shutdown_async(None), LIMIT)
        client.exit(None)
        assert await asyncio.wait_for(process.wait(), LIMIT) == 0
        client.errors = (await complaints).decode()
        assert client.errors == ""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        complaints.cancel()
        await client.stop()


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one test, which has to come to an end."""
    asyncio.run(asyncio.wait_for(work, 2 * LIMIT))

"""One client's session: what is open, what was found in it, and what the client is told of that."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument

from losslint.app.server import actions, hover
from losslint.app.server.analysis import Analysis, Ran, Result
from losslint.app.server.buffers import MARKDOWN, PYTHON, Buffer, Notebook, Opened
from losslint.app.server.complaints import log
from losslint.app.server.diagnostics import Shown, shown
from losslint.app.server.places import Places
from losslint.app.server.projects import Projects
from losslint.app.server.pulling import NOTHING, Pulling, Report
from losslint.app.server.scheduling import Between, Schedule, Worker
from losslint.app.server.settings import Settings, SettingsError, read_settings
from losslint.app.server.texts import Columns
from losslint.vocabulary.places import Place


@dataclass(frozen=True, slots=True)
class Client:
    """What the client can do."""

    columns: Columns
    related: bool
    versioned: bool
    watches: bool
    asks_back: bool
    #: it asks for the findings in open texts, and can be told that there are others
    pulls: bool
    refreshes: bool

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities, encoding: str) -> Client:
        """What it says of itself."""
        text, workspace = capabilities.text_document, capabilities.workspace
        published = text.publish_diagnostics if text is not None else None
        edits = workspace.workspace_edit if workspace is not None else None
        watched = workspace.did_change_watched_files if workspace is not None else None
        return cls(
            Columns(encoding),
            related=published is not None and bool(published.related_information),
            versioned=edits is not None and bool(edits.document_changes),
            watches=watched is not None and bool(watched.dynamic_registration),
            asks_back=workspace is not None and bool(workspace.configuration),
            pulls=text is not None and text.diagnostic is not None,
            refreshes=workspace is not None
            and workspace.diagnostics is not None
            and bool(workspace.diagnostics.refresh_support),
        )


class Session:
    """One client's session, in the event loop's thread; what reads code is done by the worker."""

    def __init__(self, server: LanguageServer, client: Client, folders: Sequence[str], given: object) -> None:
        self._server = server
        self.client = client
        self._worker = Worker()
        self._analysis = Analysis(Projects(folders))
        self._hovering = hover.Hovering()
        self._acting = actions.Acting(client.columns, client.versioned)
        self._schedule: Schedule[tuple[Ran, list[Shown]]] = Schedule(self._worker, self._run, self._done, log)
        self._settings = Settings()
        self._shown: list[Shown] = []
        self._results: tuple[Result, ...] = ()
        self._published: dict[str, tuple[list[types.Diagnostic], int | None]] = {}
        self._pulling = Pulling(client.pulls)
        self._complained: set[str] = set()
        self._on_disk = False
        self.configure(given)

    # ---------------------------------------------------------------- what has changed

    def configure(self, given: object) -> None:
        """Take the client's settings; what is wrong with them is told, and changes nothing."""
        try:
            settings = read_settings(given)
        except SettingsError as error:
            self._complain([str(error)], types.MessageType.Warning)
            return
        if settings is not None and settings != self._settings:
            self._settings = settings
            self._schedule.touch(0)

    def edited(self) -> None:
        """A text has changed: somebody is typing."""
        self._schedule.touch()

    def opened_or_closed(self) -> None:
        """A text was opened or closed."""
        if not self.client.watches:
            self._on_disk = True  # nobody tells of new files: they are looked for now
        self._schedule.touch(0)

    def saved(self) -> None:
        """A text was saved. If nobody watches the disk, that is when to look what else has changed there."""
        if not self.client.watches:
            self._on_disk = True
            self._schedule.touch(0)

    def changed_on_disk(self, changes: Sequence[types.FileEvent]) -> None:
        """Files have changed, or their names have; more may follow. What is open counts as it is in the editor."""
        opened = {each.uri for each in self._opened()}
        if any(each.type is not types.FileChangeType.Changed or each.uri not in opened for each in changes):
            self._on_disk = True
            self._schedule.touch()

    def folders(self, folders: Sequence[str]) -> None:
        """Other folders are open in the editor."""
        self._analysis.projects.folders = list(folders)
        self._on_disk = True
        self._schedule.touch(0)

    def close(self) -> None:
        """End the session."""
        self._schedule.close()
        self._worker.close()

    # ---------------------------------------------------------------- runs

    def _run(self) -> Callable[[bool, Between], tuple[Ran, list[Shown]]]:
        opened, settings, afresh, self._on_disk = self._opened(), self._settings, self._on_disk, False
        client = self.client

        def run(near: bool, between: Between) -> tuple[Ran, list[Shown]]:
            if near:
                if afresh:
                    self._analysis.forget()
                ran = self._analysis.near(opened, settings, between)
            else:
                ran = self._analysis.rest(between)
            self._hovering.keep(ran.results)
            self._acting.keep(ran.results)
            return ran, [
                each for result in ran.results for each in shown(Places(result, client.columns), client.related)
            ]

        return run

    def _done(self, found: tuple[Ran, list[Shown]]) -> bool:
        """Tell what a run has found; whether there is more to look at."""
        ran, self._shown = found
        self._results = ran.results
        versions = {
            text.uri: text.version
            for result in ran.results
            for each in result.opened.values()
            for text in (each.cells if isinstance(each, Notebook) else [each])
        }
        listed: dict[str, list[types.Diagnostic]] = {uri: [] for uri in versions}
        for each in self._shown:
            if each.diagnostic not in listed.setdefault(each.uri, []):
                listed[each.uri].append(each.diagnostic)
        cells = {
            cell.uri
            for result in ran.results
            for each in result.opened.values()
            if isinstance(each, Notebook)
            for cell in each.cells
        }
        pulled = {uri for uri in versions if self._pulling.asks_for(uri, uri in cells)}
        if self._pulling.found(listed, versions) and self.client.refreshes:
            self._server.workspace_diagnostic_refresh(None)
        for uri in pulled:
            # It may have been told unasked, as long as nobody asked or the text was not open.
            listed.pop(uri)
            if uri in self._published:
                self._publish(uri, [], None)
        if ran.complete:
            # Of what was not looked at nobody knows whether it is gone.
            for uri in self._published.keys() - listed.keys():
                self._publish(uri, [], None)
        for uri, diagnostics in listed.items():
            self._publish(uri, diagnostics, versions.get(uri))
        self._complain(ran.problems, types.MessageType.Error)
        return not ran.complete

    def _publish(self, uri: str, diagnostics: list[types.Diagnostic], version: int | None) -> None:
        """Tell what there is to say of a text: of what is open once for each version, of the rest what is news."""
        if self._published.get(uri) == (diagnostics, version):
            return
        self._published[uri] = diagnostics, version
        if not diagnostics and version is None:
            del self._published[uri]
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=diagnostics, version=version)
        )

    def _complain(self, problems: Sequence[str], sort: types.MessageType) -> None:
        """Tell what went wrong, once as long as it stays so."""
        for problem in problems:
            if problem not in self._complained:
                self._server.window_show_message(types.ShowMessageParams(type=sort, message=f"losslint: {problem}"))
        self._complained = set(problems)

    def _opened(self) -> tuple[Opened, ...]:
        """What is open now."""
        workspace = self._server.workspace
        found: list[Opened] = []
        of_cells: set[str] = set()
        for notebook in workspace.notebook_documents.values():
            cells = tuple(_buffer(workspace.get_text_document(cell.document)) for cell in notebook.cells)
            code = tuple(cell.kind == types.NotebookCellKind.Code for cell in notebook.cells)
            of_cells |= {cell.uri for cell in cells}
            found.append(Notebook(notebook.uri, _path(notebook.uri, ".ipynb"), cells, code, notebook.version))
        for document in workspace.text_documents.values():
            if document.uri in of_cells or document.language_id not in (PYTHON, *MARKDOWN, None):
                continue
            buffer = _buffer(document)
            if buffer.path is None or not buffer.path.lower().endswith(".ipynb"):
                found.append(buffer)
        return tuple(found)

    # ---------------------------------------------------------------- what the client asks

    async def diagnostics(self, uri: str, before: str | None) -> Report:
        """The findings in an open text. `before` is the number of the answer that the client has already."""
        with self._pulling.asking(uri):
            await self._schedule.settled()
        report = self._pulling.answer(uri, before)
        if uri in self._published and report is not NOTHING:
            self._publish(uri, [], None)
        return report

    async def hover(self, uri: str, position: types.Position) -> types.Hover | None:
        """The rules that object at a position, and the meaning of what stands there."""
        await self._schedule.settled()
        where = self._text(uri)
        if where is None:
            return None
        result, name, text, cell = where
        row = hover.row_of(text, position.line)
        column = self.client.columns.characters(row, position.character) + 1
        here = types.Range(position, position)
        parts, told = [], set[str]()
        for each in actions.concerning(self._shown, uri, here):
            if hover.holds(each.finding.place, position.line + 1, column) and each.finding.code not in told:
                told.add(each.finding.code)
                parts.append(hover.of_finding(each.finding))
        ranged: types.Range | None = None

        def work() -> tuple[str, Place] | None:
            found = self._hovering.meaning(result, name, position.line + 1, column, cell)
            return (hover.of_meaning(found, result), found.place) if found is not None else None

        meaning = await self._schedule.ask(work)
        if meaning is not None:
            parts.insert(0, meaning[0])
            ranged = Places(result, self.client.columns).location(meaning[1]).range
        if not parts:
            return None
        value = "\n\n---\n\n".join(parts)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, value), ranged)

    async def code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """What can be done about what stands in a range: whether something can hangs on who else is concerned."""
        await self._schedule.settled(everything=True)
        uri, context = params.text_document.uri, params.context
        where = self._text(uri)
        if where is None:
            return []
        result, name, _, _ = where
        here = actions.concerning(self._shown, uri, params.range)
        quick = here if actions.wants(context, types.CodeActionKind.QuickFix.value) else []
        in_text = [each.finding for each in self._shown if each.uri == uri]
        everything = actions.wants(context, actions.FIX_ALL) and actions.has_safe_fix(in_text)

        def work() -> list[types.CodeAction]:
            found = list(self._acting.quick(quick))
            edit = self._acting.all_safe(result, name) if everything else None
            if edit is not None:
                found.append(types.CodeAction("losslint: fix all that is safe", kind=actions.FIX_ALL, edit=edit))
            return found

        return await self._worker.do(work) if quick or everything else []

    def _text(self, uri: str) -> tuple[Result, str, Buffer, int | None] | None:
        """The run that an open text was part of, its name for people, itself, and its cell; None when the last run saw
        another version of it."""
        for result in self._results:
            for name, each in result.opened.items():
                texts = each.cells if isinstance(each, Notebook) else (each,)
                for number, text in enumerate(texts, 1):
                    if text.uri == uri:
                        if self._server.workspace.get_text_document(uri).version != text.version:
                            return None
                        return result, name, text, number if isinstance(each, Notebook) else None
        return None


def _buffer(document: TextDocument) -> Buffer:
    return Buffer(document.uri, _path(document.uri), document.source, document.version, document.language_id or PYTHON)


def _path(uri: str, suffix: str = "") -> str | None:
    """Where a text is kept, in full; None for what is no file."""
    path = to_fs_path(uri)
    if not path or (suffix and not path.lower().endswith(suffix)):
        return None
    return os.path.abspath(path)

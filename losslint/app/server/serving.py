"""The server: messages of the language server protocol in, and out."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import FeatureRequestError
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from losslint import __version__
from losslint.app.server.actions import FIX_ALL
from losslint.app.server.complaints import log
from losslint.app.server.pulling import NOTHING, Report
from losslint.app.server.session import Client, Session
from losslint.app.server.settings import SECTION
from losslint.app.server.texts import Protocol

_Params = TypeVar("_Params")
_Answer = TypeVar("_Answer")

#: What is watched on the disk: code, and what says which code counts.
_WATCHED = ("**/*.py", "**/*.ipynb", "**/*.md", "**/pyproject.toml", "**/losslint.toml", "**/.gitignore")

#: Every notebook: its cells of other languages are left out as in a file.
_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[types.NotebookDocumentFilterWithNotebook(notebook="*")], save=True
)


class Server(LanguageServer):
    """The language server, for one client."""

    def __init__(self) -> None:
        super().__init__(
            "losslint",
            __version__,
            types.TextDocumentSyncKind.Incremental,
            _NOTEBOOKS,
            protocol_cls=Protocol,
        )
        self.session: Session | None = None
        self.was_shut_down = False
        self._register()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """What goes wrong between messages is written where developers look, without a word to the client: there is
        nothing that it could do about it. A request that cannot be followed has had its answer."""
        if source is not FeatureRequestError:
            log(error)

    def _register(self) -> None:
        self._on(types.INITIALIZE, self._initialize)
        self._on(types.INITIALIZED, self._initialized)
        self._on(types.SHUTDOWN, self._shut_down)
        for name in (types.TEXT_DOCUMENT_DID_OPEN, types.TEXT_DOCUMENT_DID_CLOSE):
            self._on(name, lambda _: self._in_session(Session.opened_or_closed))
        for name in (types.NOTEBOOK_DOCUMENT_DID_OPEN, types.NOTEBOOK_DOCUMENT_DID_CLOSE):
            self._on(name, lambda _: self._in_session(Session.opened_or_closed))
        for name in (types.TEXT_DOCUMENT_DID_CHANGE, types.NOTEBOOK_DOCUMENT_DID_CHANGE):
            self._on(name, lambda _: self._in_session(Session.edited))
        for name in (types.TEXT_DOCUMENT_DID_SAVE, types.NOTEBOOK_DOCUMENT_DID_SAVE):
            self._on(name, lambda _: self._in_session(Session.saved))
        self._on(
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
            lambda params: self._in_session(lambda session: session.changed_on_disk(params.changes)),
        )
        self._on(
            types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
            lambda _: self._in_session(lambda session: session.folders(self._folders())),
        )
        self.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(_answering(self._configuration_changed, None))
        self.feature(types.TEXT_DOCUMENT_HOVER)(_answering(self._hover, None))
        # What is open elsewhere counts in each text; of texts that are not open nobody can ask.
        pulled = types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=False, identifier=SECTION)
        self.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, pulled)(_answering(self._diagnostics, NOTHING))
        kinds = [types.CodeActionKind.QuickFix, FIX_ALL]
        options = types.CodeActionOptions(code_action_kinds=kinds)
        self.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(_answering(self._code_actions, None))

    def _on(self, name: str, act: Callable[[Any], None]) -> None:
        """Do something on a message. A failure is written where developers look: pygls would send its traceback to the
        client."""

        def handle(params: Any) -> None:
            try:
                act(params)
            except Exception as error:
                log(error)

        self.feature(name)(handle)

    def _in_session(self, act: Callable[[Session], None]) -> None:
        if self.session is not None:
            act(self.session)

    # ---------------------------------------------------------------- beginning and end

    def _initialize(self, params: types.InitializeParams) -> None:
        encoding = self.workspace.position_encoding
        client = Client.of(
            params.capabilities, encoding.value if isinstance(encoding, types.PositionEncodingKind) else str(encoding)
        )
        self.session = Session(self, client, self._folders(), params.initialization_options)

    def _folders(self) -> list[str]:
        """The folders that are open in the editor."""
        uris = [folder.uri for folder in self.workspace.folders.values()]
        if not uris and self.workspace.root_uri is not None:
            uris = [self.workspace.root_uri]
        paths = [to_fs_path(uri) for uri in uris]
        return [os.path.abspath(path) for path in paths if path]

    def _initialized(self, _: types.InitializedParams) -> None:
        if self.session is None or not self.session.client.watches:
            return
        watchers = [types.FileSystemWatcher(pattern) for pattern in _WATCHED]
        self.client_register_capability(
            types.RegistrationParams(
                [
                    types.Registration(
                        id="losslint-files",
                        method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                        register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers),
                    )
                ]
            )
        )

    def _shut_down(self, _: None) -> None:
        self.was_shut_down = True
        self.end()

    def end(self) -> None:
        """End what is under way."""
        if self.session is not None:
            self.session.close()

    # ---------------------------------------------------------------- messages

    async def _configuration_changed(self, params: types.DidChangeConfigurationParams) -> None:
        if self.session is None:
            return
        given: Any = params.settings
        if not given and self.session.client.asks_back:
            asked = types.ConfigurationParams([types.ConfigurationItem(section=SECTION)])
            given = (await self.workspace_configuration_async(asked))[0]
        self.session.configure(given)

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        if self.session is None:
            return None
        return await self.session.hover(params.text_document.uri, params.position)

    async def _diagnostics(self, params: types.DocumentDiagnosticParams) -> Report:
        if self.session is None:
            return NOTHING
        return await self.session.diagnostics(params.text_document.uri, params.previous_result_id)

    async def _code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        if self.session is None:
            return None
        return await self.session.code_actions(params)


def _answering(
    answer: Callable[[_Params], Awaitable[_Answer]], otherwise: _Answer
) -> Callable[[_Params], Awaitable[_Answer]]:
    """A handler that gives another answer where its own cannot be worked out, and writes down why."""

    async def answering(params: _Params) -> _Answer:
        try:
            return await answer(params)
        except Exception as error:
            log(error)
            return otherwise

    return answering


def serve(address: tuple[str, int] | None) -> int:
    """Serve one client, over standard input and output or at an address; the exit status. Raises OSError when there is
    no listening at the address."""
    # A session is long: what it lets go of has to be collected, which the command otherwise leaves to its end.
    gc.enable()
    logging.getLogger("pygls").setLevel(logging.DEBUG if os.environ.get("LOSSLINT_DEBUG") else logging.CRITICAL + 1)
    server = Server()
    try:
        if address is None:
            server.start_io()
        else:
            server.start_tcp(*address)
    finally:
        server.end()
    return 0 if server.was_shut_down else 1

"""The process: how it begins, how it ends, and that it ends with its client."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from lsprotocol import types

from tests.e2e.command import MISUSE, environment, losslint, put
from tests.server.editor import FROM_HERE, LIMIT, Editor, editor, run

SERVER = (sys.executable, "-m", "losslint", "server")


def test_it_says_what_it_can(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path) as person:
            can = person.capabilities
            assert can.hover_provider and can.code_action_provider
            assert isinstance(can.text_document_sync, types.TextDocumentSyncOptions)
            assert can.text_document_sync.change is types.TextDocumentSyncKind.Incremental
            assert can.notebook_document_sync is not None
            # Findings in files that are not open are told unasked.
            assert isinstance(can.diagnostic_provider, types.DiagnosticOptions)
            assert not can.diagnostic_provider.workspace_diagnostics

    run(work())


def test_to_go_without_a_word_is_a_failure(tmp_path: Path) -> None:
    message = json.dumps({"jsonrpc": "2.0", "method": "exit"})
    ended = subprocess.run(
        SERVER, input=f"Content-Length: {len(message)}\r\n\r\n{message}".encode(), cwd=tmp_path,
        env=environment(**FROM_HERE), capture_output=True, timeout=LIMIT,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (1, b"")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing is killed so on Windows")
def test_a_client_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    # The client is a process of its own; it starts the server, tells its number, and is killed in the middle of a run.
    put(tmp_path / "m.py", MISUSE)
    client = """
import json, subprocess, sys
server = subprocess.Popen([sys.executable, "-m", "losslint", "server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def say(method, params, **more):
    body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
    server.stdin.write(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
    server.stdin.flush()
say("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, id=1)
server.stdout.readline()
text = {"uri": "untitled:a", "languageId": "python", "version": 1, "text": "import torch"}
say("textDocument/didOpen", {"textDocument": text})
print(server.pid, flush=True)
sys.stdin.read()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", client], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path,
        env=environment(**FROM_HERE),
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None
    server = int(process.stdout.readline())
    process.kill()
    process.wait(LIMIT)
    process.stdin.close()
    # The client's end of the pipe is read to its end when the last process that holds it is gone.
    reader = process.stdout

    async def work() -> None:
        await asyncio.wait_for(asyncio.to_thread(reader.read), LIMIT)
        while _runs(server):
            await asyncio.sleep(0.02)

    try:
        run(work())
    finally:
        reader.close()
        if _runs(server):
            os.kill(server, signal.SIGKILL)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        try:
            os.kill(process, 0)
        except OSError:
            return False
        return not Path("/proc").is_dir()
    return state != "Z"


def test_it_waits_at_an_address(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    put(tmp_path / "m.py", MISUSE)

    async def work() -> None:
        process = await asyncio.create_subprocess_exec(
            *SERVER, "--tcp", f"127.0.0.1:{port}", cwd=tmp_path, env=environment(**FROM_HERE),
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stderr is not None
        assert f"127.0.0.1:{port}" in (await asyncio.wait_for(process.stderr.readline(), LIMIT)).decode()
        client = Editor(tmp_path)
        while True:
            try:
                await client.start_tcp("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.05)
        await client.initialize_async(types.InitializeParams(types.ClientCapabilities()))
        client.initialized(types.InitializedParams())
        assert [each.code for each in await client.open("m.py")] == ["LL101"]
        await client.shutdown_async(None)
        client.exit(None)
        assert await asyncio.wait_for(process.wait(), LIMIT) == 0
        await client.stop()

    run(work())


@pytest.mark.parametrize("address", ["2087", "localhost", "localhost:x", "localhost:0", ":2087"])
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    ended = losslint(tmp_path, "server", "--tcp", address, env=FROM_HERE)
    assert ended.status == 2
    assert "HOST:PORT" in ended.errors


def test_an_address_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = losslint(tmp_path, "server", "--tcp", f"127.0.0.1:{taken.getsockname()[1]}", env=FROM_HERE)
    assert ended.status == 2
    assert "cannot listen" in ended.errors


def test_without_the_extra_one_line_says_how_to_get_it(tmp_path: Path) -> None:
    hidden = (
        "import sys\nsys.modules['pygls'] = None\nfrom losslint.app.cli import main\n"
        "sys.argv[1:] = ['server']\nmain()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", hidden], cwd=tmp_path, env=environment(**FROM_HERE), capture_output=True,
        timeout=LIMIT, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stdout == b""
    (line,) = ended.stderr.decode().splitlines()
    assert 'pip install "torch-losslint[server]"' in line


def test_no_other_command_imports_any_of_it(tmp_path: Path) -> None:
    put(tmp_path / "m.py", MISUSE)
    program = (
        "import sys\nfrom losslint.app.cli import main\nsys.argv[1:] = ['m.py']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted(name for name in sys.modules if name.partition('.')[0] in ('pygls', 'lsprotocol', 'asyncio')"
        " or name.startswith('losslint.app.server.')))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment(**FROM_HERE), capture_output=True,
        timeout=LIMIT,
    )  # fmt: skip
    assert "LL101" in ended.stdout.decode()
    assert ended.stdout.decode().splitlines()[-1] == "[]"

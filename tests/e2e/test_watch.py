"""`--watch`: a run that goes on as files change."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, NET, TRAIN, environment, losslint, put, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

#: The command as a user starts it; whoever started the tests may have Ctrl-C ignored.
START = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[0] = "losslint"
from losslint.app.cli import main
main()
"""
#: What a half-typed file looks like.
HALF = MISUSE[: MISUSE.index("(p, y)")] + "(p,"


class Watch:
    """A watch that goes on, and what it says: both of its streams as one, row by row."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, "--watch", "--output-format=concise", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=environment(PYTHONUNBUFFERED="1"),
        )
        self._rows: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for row in said:
                self._rows.put(row.rstrip("\n"))

    def turn(self) -> list[str]:
        """What is said until a turn has ended."""
        rows: list[str] = []
        while True:
            try:
                row = self._rows.get(timeout=60)
            except queue.Empty:
                raise AssertionError(f"no turn: {rows}, {self.process.poll()}") from None
            if row.startswith("losslint: watching "):
                return rows
            rows.append(row)

    def is_still(self) -> bool:
        """Whether nothing is said for a while."""
        time.sleep(1.5)
        return self._rows.empty()

    def end(self) -> list[str]:
        """Ctrl-C: what is said then, after an end with status 0."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout=60) == 0
        self._reader.join()
        return list(self._rows.queue)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Callable[..., Watch]]:
    begun: list[Watch] = []

    def begin(*arguments: str) -> Watch:
        begun.append(Watch(tmp_path, *arguments))
        return begun[-1]

    yield begin
    for each in begun:
        each.process.kill()
        each.process.wait()


def codes(rows: list[str]) -> list[str]:
    return [" ".join(row.split()[:2]) for row in rows if ": LL" in row]


def test_a_misuse_that_is_typed_half_and_then_whole_and_mended(tmp_path: Path, watch: Callable[..., Watch]) -> None:
    write(tmp_path, a=FINE)
    running = watch()
    first = running.turn()
    assert (codes(first), first[-1][:17]) == ([], "No problems found")
    write(tmp_path, a=HALF)
    rows = running.turn()
    assert (rows[0], codes(rows)) == ("losslint: a.py changed", ["a.py:6:27: LL900"])
    write(tmp_path, a=MISUSE)
    assert codes(running.turn()) == ["a.py:6:12: LL101"]
    write(tmp_path, a=FINE)
    assert codes(running.turn()) == []
    assert running.end() == []


def test_new_and_deleted_files(tmp_path: Path, watch: Callable[..., Watch]) -> None:
    write(tmp_path, a=FINE)
    running = watch()
    running.turn()
    write(tmp_path, deeper__b=MISUSE)
    assert codes(running.turn()) == ["deeper/b.py:6:12: LL101"]
    (tmp_path / "deeper" / "b.py").unlink()
    rows = running.turn()
    assert (rows[0], codes(rows)) == ("losslint: deeper/b.py changed", [])
    running.end()


def test_a_file_that_was_not_asked_for_changes_what_is_found_in_one_that_was(
    tmp_path: Path, watch: Callable[..., Watch]
) -> None:
    put(tmp_path / "losslint.toml", "")
    write(tmp_path, models__net=NET.replace(".softmax(dim=1)", ""), train=TRAIN)
    running = watch("train.py")
    assert codes(running.turn()) == []
    write(tmp_path, models__net=NET)
    assert codes(running.turn()) == ["train.py:8:16: LL101"]
    running.end()


def test_configurations(tmp_path: Path, watch: Callable[..., Watch]) -> None:
    put(tmp_path / "losslint.toml", "extend = 'more.toml'\n")
    put(tmp_path / "more.toml", "")
    write(tmp_path, a=MISUSE)
    running = watch()
    assert codes(running.turn()) == ["a.py:6:12: LL101"]
    put(tmp_path / "more.toml", "ignore = ['LL1")
    (told,) = (row for row in running.turn() if "error" in row)
    assert "more.toml: is not valid TOML" in told
    put(tmp_path / "more.toml", "ignore = ['LL1']")
    assert codes(running.turn()) == []
    (tmp_path / "losslint.toml").unlink()
    put(tmp_path / "pyproject.toml", "[tool.losslint]\n")
    assert codes(running.turn()) == ["a.py:6:12: LL101"]
    running.end()


def test_what_it_writes_itself_begins_no_turn(tmp_path: Path, watch: Callable[..., Watch]) -> None:
    write(tmp_path, a=MISUSE)
    running = watch("--output=markdown:report.md", ".")
    running.turn()
    assert (tmp_path / "report.md").exists()
    assert running.is_still()
    running.end()


def test_files_that_are_written_one_after_another_are_one_turn(tmp_path: Path, watch: Callable[..., Watch]) -> None:
    write(tmp_path, a=FINE)
    running = watch()
    running.turn()
    for number in range(8):
        put(tmp_path / f"b{number}.py", MISUSE)
        time.sleep(0.03)
    rows = running.turn()
    assert (rows[0], len(codes(rows))) == ("losslint: b0.py and 7 more changed", 8)
    assert running.is_still()
    running.end()


def test_everything_that_was_asked_for_is_gone_and_comes_back(tmp_path: Path, watch: Callable[..., Watch]) -> None:
    write(tmp_path, a=MISUSE)
    running = watch("a.py")
    running.turn()
    (tmp_path / "a.py").unlink()
    assert running.turn()[1:] == ["losslint: error: no such file or folder: a.py"]
    write(tmp_path, a=MISUSE)
    assert codes(running.turn()) == ["a.py:6:12: LL101"]
    running.end()


def test_ctrl_c_in_the_middle_of_a_turn(tmp_path: Path) -> None:
    """Reading takes so long that the first turn goes on when the signal comes."""
    write(tmp_path, a=MISUSE)
    slowly = (
        "import time\nfrom losslint.app.watched import Watched\n"
        "def read(self, name):\n    open('reads', 'w').close(); time.sleep(60)\nWatched.read = read\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", slowly + START, "--watch", "--no-cache"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    try:
        while not (tmp_path / "reads").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == (b"", b"")
        assert process.returncode == 0
    finally:
        process.kill()


@pytest.mark.parametrize(("term", "clears"), [("xterm", True), ("dumb", False)])
def test_a_terminal_is_emptied_before_each_further_turn(tmp_path: Path, term: str, clears: bool) -> None:
    pty = pytest.importorskip("pty", reason="terminals of POSIX")
    write(tmp_path, a=FINE)
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", START, "--watch", "--color=never", "--output-format=concise"],
        cwd=tmp_path, stdout=follower, stderr=follower, env=environment(TERM=term),
    )  # fmt: skip
    os.close(follower)
    try:
        sent = until(leader, b"Ctrl-C ends it")
        assert b"\x1b[2J" not in sent
        write(tmp_path, a=MISUSE)
        sent = until(leader, b"Ctrl-C ends it")
        assert (b"\x1b[H\x1b[2J" in sent) is clears
        assert b"a.py:6:12: LL101" in sent
    finally:
        process.kill()
        process.wait()
        os.close(leader)


def until(leader: int, end: bytes) -> bytes:
    sent = b""
    while end not in sent:
        sent += os.read(leader, 65536)
    return sent


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fix"], "--watch only looks and reports"),
        (["--add-noqa"], "--watch only looks and reports"),
        (["--write-baseline", "b.json"], "--watch only looks and reports"),
        (["-"], "standard input cannot be watched"),
        (["--select", "LL999"], "LL999"),
        (["nowhere.py"], "no such file or folder: nowhere.py"),
    ],
)
def test_what_cannot_be_watched_ends_with_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    write(tmp_path, a=MISUSE)
    run = losslint(tmp_path, "--watch", *arguments)
    assert (run.status, said in run.errors) == (2, True), run.errors
    assert (tmp_path / "a.py").read_text() == MISUSE


def test_nothing_of_it_is_imported_where_nobody_watches(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    script = (
        "import sys\nfrom losslint.app import cli\nsys.argv = ['losslint', 'a.py']\n"
        "try:\n    cli.main()\nexcept SystemExit as ended:\n    assert ended.code == 1\n"
        "assert 'losslint.app.check_command' in sys.modules\nassert 'losslint.app.again' not in sys.modules\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, env=environment())
    assert ended.returncode == 0, ended.stderr.decode()

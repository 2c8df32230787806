"""What the pages of documentation show is what the commands print."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import environment
from tests.packaging.readme import ROOT

PAGES = sorted((ROOT / "docs").glob("*.md"))

_FILES = re.compile(r"<!-- file: (\S+) -->\n```python\n(.*?)```", re.DOTALL)
_SESSIONS = re.compile(r"```console\n(.*?)```", re.DOTALL)


def transcript(session: str, folder: Path) -> str:
    """A session with what its commands print now: the program's output first, then the report."""
    shown = ""
    for row in session.splitlines():
        if not row.startswith("$ "):
            continue
        command, *arguments = shlex.split(row[2:])
        start = [sys.executable, *(["-m", "losslint"] if command == "losslint" else [])]
        ended = subprocess.run(
            [*start, *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=folder,
            env=environment(PYTHONPATH=str(ROOT)),
            timeout=240,
            check=False,
        )
        assert ended.returncode in (0, 1), ended.stderr
        shown += f"{row}\n{ended.stdout}{ended.stderr}"
    return shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_sessions_show_what_the_commands_print(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    (tmp_path / "losslint.toml").write_text("")
    for name, program in _FILES.findall(text):
        (tmp_path / name).write_text(program, encoding="utf-8")
    sessions = _SESSIONS.findall(text)
    assert sessions
    for session in sessions:
        assert transcript(session, tmp_path) == session


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_options_that_a_page_names_exist(page: Path) -> None:
    helps = ""
    for command in ("check", "run", "config", "server"):
        arguments = [sys.executable, "-m", "losslint", command, "--help"]
        env = environment(PYTHONPATH=str(ROOT))
        helps += subprocess.run(arguments, capture_output=True, text=True, check=True, env=env).stdout
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text(encoding="utf-8")))
    others = {"--standalone", "--nproc-per-node"}  # torchrun's
    assert named - others
    assert not {option for option in named - others if option not in helps}

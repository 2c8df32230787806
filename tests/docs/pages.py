"""The pages of documentation: their fences, and what the commands in them print.

`python -m tests.docs.pages [PAGE…]` writes what the commands print now into the pages.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.command import environment

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))

_FENCE = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n)?^(?P<marks>`{3,})(?P<language>[\w-]*)[^\n`]*\n(?P<text>.*?)^(?P=marks)$",
    re.DOTALL | re.MULTILINE,
)

#: How the commands of sessions are started, each with Python's options.
_STARTS = {
    "losslint": ["-m", "losslint"],
    "python": [],
    # No other plugin than ours, which is named because what is installed may be another checkout.
    "pytest": ["-m", "pytest", "-p", "losslint.runtime.pytest_plugin", "-p", "no:cacheprovider"],
}
#: What pytest took, which is another time each time.
_TIME = re.compile(r" in \d+\.\d+s\b")


@dataclass(frozen=True, slots=True)
class Fence:
    """What stands between two rows of backticks; `file` is the name that a comment above gives it, or None."""

    language: str
    text: str
    file: str | None


def fences(text: str) -> Iterator[Fence]:
    """The fences of a page, from the top."""
    for found in _FENCE.finditer(text):
        yield Fence(found["language"], found["text"], found["file"])


def with_files(text: str, folder: Path) -> Path:
    """The folder, with the files that a page shows. A configuration, so that none further up is found."""
    (folder / "losslint.toml").write_text("")
    for fence in fences(text):
        if fence.file is not None:
            path = folder / fence.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(fence.text, encoding="utf-8")
    return folder


def transcript(session: str, folder: Path) -> str:
    """A session with what its commands print now: output first, then errors. `echo $?` gives the last exit status."""
    shown = ""
    status = 0
    for row in session.splitlines():
        if not row.startswith("$ "):
            continue
        command, *arguments = shlex.split(row[2:])
        shown += f"{row}\n"
        if command == "echo":
            assert arguments == ["$?"], row
            shown += f"{status}\n"
            continue
        run = subprocess.run(
            [sys.executable, *_STARTS[command], *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=folder,
            env=environment(PYTHONDONTWRITEBYTECODE="1", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_ADDOPTS=""),
            timeout=240,
            check=False,
        )
        status = run.returncode
        assert status in (0, 1), run.stderr
        shown += _TIME.sub("", (run.stdout + run.stderr).replace(f"{folder}{os.sep}", ""))
    return shown


def with_sessions(text: str, folder: Path) -> str:
    """A page with what its commands print now."""
    with_files(text, folder)

    def run(found: re.Match[str]) -> str:
        if found["language"] != "console":
            return found[0]
        start, end = (at - found.start() for at in found.span("text"))
        return found[0][:start] + transcript(found["text"], folder) + found[0][end:]

    return _FENCE.sub(run, text)


def main(names: list[str]) -> None:
    for page in [DOCS / name for name in names] or PAGES:
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            page.write_text(with_sessions(text, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Files with names that break naive reports."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.e2e.command import MISUSE, losslint, put

NAMES = {
    "with spaces.py": "with spaces.py",
    "new\nline.py": "new\\nline.py",
    "esc\x1b[31m.py": "esc\\x1b[31m.py",
    "bidi\u202eyp.py": "bidi\\u202eyp.py",
    "größe 日本.py": "größe 日本.py",
    "colon:1:2.py": "colon:1:2.py",
    "-dash.py": "-dash.py",
    "back\\slash.py": "back\\slash.py",
    "not utf-8 \udcff.py": "not utf-8 \\udcff.py",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", ["folder", "file"])
def test_a_name_is_escaped_in_every_format(tmp_path: Path, name: str, how: str) -> None:
    put(tmp_path / name, MISUSE)
    paths = ["."] if how == "folder" else ["--", name]
    shown = NAMES[name]
    concise = losslint(tmp_path, "--output-format=concise", *paths)
    assert concise.status == 1
    assert concise.output.startswith(f"{shown}:6:12: LL101 ")
    assert concise.output.splitlines()[0].endswith(f"{shown}:5.")
    full = losslint(tmp_path, *paths)
    assert f" --> {shown}:6:12\n" in full.output
    assert f"help: Remove the softmax at {shown}:5.\n" in full.output
    for run in (concise, full):
        assert all(line.isprintable() for line in run.output.split("\n"))
    (found,) = json.loads(losslint(tmp_path, "--output-format=json", *paths).output)
    assert found["filename"] == os.path.join(str(tmp_path), name)


def test_code_and_names_of_the_linted_program_are_escaped(tmp_path: Path) -> None:
    put(tmp_path / "a.py", MISUSE.replace("(p, y)", "(p, y)  # \x1b[2J\u202e"))
    run = losslint(tmp_path)
    assert "return F.cross_entropy(p, y)  # \\x1b[2J\\u202e\n" in run.output


def test_a_name_is_escaped_where_it_cannot_be_parsed(tmp_path: Path) -> None:
    put(tmp_path / "a\x1b\n.py", "def f(:\n")
    run = losslint(tmp_path, "--select=LL101")
    assert run.status == 2
    assert run.errors.startswith("losslint: error: not checked: a\\x1b\\n.py: syntax error")
    assert run.errors.count("\n") == 1


def test_a_terminal_without_these_characters_gets_escapes(tmp_path: Path) -> None:
    put(tmp_path / "größe 日本.py", MISUSE.replace("(p, y)", "(p, y)  # ö"))
    run = losslint(tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert run.status == 1
    assert " --> gr\\xf6\\xdfe \\u65e5\\u672c.py:6:12\n" in run.output
    missing = losslint(tmp_path, "日本", env={"PYTHONIOENCODING": "ascii"})
    assert missing.errors == "losslint: error: no such file or folder: \\u65e5\\u672c\n"

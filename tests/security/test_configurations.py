"""Configurations, ignore files and what git says of itself, from a repository that wants to do harm: told, or without
effect; nothing is read that never ends, nothing is quoted that commands a terminal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.command import MISUSE, put
from tests.security.hostile import command, survived

REFUSED = {
    "depth": "x = " + "[" * 100_000,
    "a long key": "[" + ".".join("a" * 100_000) + "]",
    "a long key in quotes": "[" + ".".join(['"a"'] * 50_000) + "]",
    "escapes in a value": "select = ['\\u001b[31m']",
    "escapes in a key": "'\\u001b]0;x' = 1",
    "a device": "extend = '/dev/zero'",
    "itself": "extend = 'losslint.toml'",
    "a folder": "extend = '/'",
    "a cache outside": "cache-dir = '../out'",
    "a cache that is a device": "cache-dir = '/dev/null'",
    "a baseline without end": "baseline = '/dev/zero'",
    "observations without end": "observations = '/dev/zero'",
    "dates": "select = 1979-05-27T07:32:00Z",
    "no number": "select = [nan]",
    "many keys": "".join(f"key{number} = {number}\n" for number in range(10_000)),
    "many tables": "".join(f"[a.b{number}]\n" for number in range(10_000)),
    "a long way": "extend = 'losslint.toml/../" + "x/../" * 5_000 + "losslint.toml'",
}
TAKEN = {
    "stars": "[per-file-ignores]\n'" + "*a" * 300 + "b' = ['LL101']\n",
    "choices": "[per-file-ignores]\n'" + "{a,b}" * 40 + "' = ['LL101']\n",
    "braces": "[per-file-ignores]\n'" + "{" * 3_000 + "' = ['LL101']\n",
    "braces in braces": "[per-file-ignores]\n'" + "{a," * 1_000 + "}" * 1_000 + "' = ['LL101']\n",
    "folders": "[per-file-ignores]\n'" + "**/" * 300 + "b.py' = ['LL101']\n",
    "classes": "[per-file-ignores]\n'[" + "[!]" * 300 + "' = ['LL101']\n'[z-a]b.py' = ['LL101']\n",
    "excludes": "exclude = ['" + "*a" * 300 + "b', '" + "**/" * 200 + "x', '[" + "a" * 10_000 + "']",
    "many patterns": "[per-file-ignores]\n" + "".join(f"'x{number}/*.py' = ['LL1']\n" for number in range(5_000)),
    "many contracts": "".join(f"[contracts.losses.'m.L{number}']\ninput = 'logits'\n" for number in range(5_000)),
    "many rules": "select = [" + "'LL101'," * 10_000 + "]",
    "many excludes": "exclude = [" + ",".join(f"'x{number}*'" for number in range(5_000)) + "]",
}
OF_GIT = {
    "ignored": {".gitignore": "*a" * 300 + "b\n" + "**/a/" * 100 + "\n" + "[[:alpha:]" * 1_000 + "\n[z-a]\n\\\n[\n"},
    "a long way": {".git": "gitdir: " + "../" * 5_000 + "\n"},
    "a device": {".git": "gitdir: /dev/zero\n"},
    "a null byte": {".git": "gitdir: \0x\n"},
    "a folder with a null byte": {".git": "gitdir: g\n", "g/commondir": "\0"},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_configuration_is_told_in_a_row(tmp_path: Path, name: str) -> None:
    put(tmp_path / "losslint.toml", REFUSED[name])
    put(tmp_path / "a.py", MISUSE)
    run = command(tmp_path, ".")
    assert run.status == 2
    assert run.errors.startswith("losslint: error: ")
    assert run.errors.count("\n") == 1
    assert not (tmp_path.parent / "out").exists()


@pytest.mark.parametrize("name", TAKEN)
def test_no_pattern_keeps_the_run_busy(tmp_path: Path, name: str) -> None:
    survived(tmp_path, {"losslint.toml": TAKEN[name]})


@pytest.mark.parametrize("name", OF_GIT)
def test_what_git_says_of_itself(tmp_path: Path, name: str) -> None:
    survived(tmp_path, OF_GIT[name])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.parametrize("name", [".git", ".gitignore", "losslint.toml", "pyproject.toml", ".git/info/exclude"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(tmp_path / name)
    survived(tmp_path, {})

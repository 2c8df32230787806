"""`losslint.lint`: a pure function of the files' bytes."""

from __future__ import annotations

import builtins
import io
import json
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import losslint
from tests.e2e.command import FINE, MISUSE, NET, TRAIN, environment

FILES = {"models/net.py": NET.encode(), "train.py": TRAIN.encode(), "README.txt": b"\xff", "fine.py": FINE.encode()}


def places(found: losslint.Findings) -> list[str]:
    return [f"{each.place.filename}:{each.place.row}: {each.code}" for each in found.findings]


def test_what_is_found_across_files() -> None:
    found = losslint.lint(FILES)
    assert places(found) == ["train.py:8: LL101"]
    assert [step.place.filename for step in found.findings[0].evidence][:1] == ["models/net.py"]
    assert (found.files, found.unread, found.failures) == (3, (), ())
    assert sorted(each.verdict.value for each in found.judgements) == ["clean", "misused"]


def test_notebooks_and_documents() -> None:
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": MISUSE}]}).encode()
    found = losslint.lint({"a.ipynb": notebook, "b.md": b"```python\n" + MISUSE.encode() + b"```\n"})
    assert places(found) == ["a.ipynb:6: LL101", "b.md:7: LL101"]


def test_rules_are_chosen_as_on_the_command_line() -> None:
    assert losslint.lint(FILES, ignore=["LL101"]).findings == ()
    assert losslint.lint(FILES, select=["LL102"]).findings == ()
    assert len(losslint.lint(FILES, select=["softmax-into-cross-entropy"]).findings) == 1
    with pytest.raises(ValueError, match="LL999"):
        losslint.lint({}, select=["LL999"])
    with pytest.raises(TypeError, match="select"):
        losslint.lint({}, select="LL101")


def test_comments_keep_findings_back() -> None:
    files = {"a.py": MISUSE.replace("(p, y)", "(p, y)  # losslint: ignore[LL101] on purpose").encode()}
    found = losslint.lint(files)
    assert (found.findings, [each.reason for each in found.suppressed]) == ((), ["on purpose"])
    assert places(losslint.lint(files, suppressions=False)) == ["a.py:6: LL101"]
    unused = {"a.py": FINE.encode() + b"x = 1  # losslint: ignore[LL101]\n"}
    assert places(losslint.lint(unused)) == ["a.py:8: LL901"]
    undecided = (
        b"import torch.nn.functional as F\ndef f(x, y):\n    return F.cross_entropy(x, y)  # losslint: ignore[LL101]\n"
    )
    assert losslint.lint({"a.py": undecided}).findings == ()


def test_the_answer_can_be_sent() -> None:
    found = losslint.lint(FILES)
    assert pickle.loads(pickle.dumps(found)) == found
    assert pickle.loads(pickle.dumps(losslint.lint)) is losslint.lint
    loaded = json.loads(found.to_json())
    assert loaded["findings"][0]["code"] == "LL101"
    assert loaded["findings"][0]["evidence"][0]["filename"] == "models/net.py"
    assert (loaded["files"], loaded["unread"], len(loaded["judgements"])) == (3, [], 2)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/a.py",
        "../a.py",
        "a/../b.py",
        "./a.py",
        "a//b.py",
        "a/",
        "a\\b.py",
        "C:/a.py",
        "C:a.py",
        "a\0.py",
        "..",
        "/",
    ],
)
def test_a_name_that_leads_out_is_told_and_the_rest_is_linted(name: str) -> None:
    found = losslint.lint({name: MISUSE.encode(), "b.py": MISUSE.encode()})
    assert places(found) == ["b.py:6: LL101"]
    (told,) = found.unread
    assert told.startswith(f"{name}: is no ")


@pytest.mark.parametrize("name", ["new\nline.py", "\x1b[2J.py", "\udcff.py", "-x.py", " .py", "a" * 5000 + ".py"])
def test_any_other_name_is_only_a_name(name: str) -> None:
    found = losslint.lint({name: MISUSE.encode()})
    assert [each.place.filename for each in found.findings] == [name]
    assert json.loads(found.to_json())["findings"][0]["filename"] == name
    assert found.to_json().isascii() and "\n" not in found.to_json()


def test_what_is_no_file_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"bytes, not as str: 'a\.py'"):
        losslint.lint({"a.py": "text"})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="not int"):
        losslint.lint({1: b""})  # type: ignore[dict-item]


def test_nothing_is_asked_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is opened, no folder looked into; a configuration, a cache and the variables around it say nothing."""
    expected = losslint.lint(FILES, advice=True)

    def refused(*arguments: object, **_: object) -> object:
        raise AssertionError(f"the disk was asked for {arguments[0]!r}")

    (tmp_path / "losslint.toml").write_text("ignore = ['LL']\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOSSLINT_CACHE_DIR", str(tmp_path / "cache"))
    for module, name in ((builtins, "open"), (io, "open"), (os, "scandir"), (os, "listdir"), (os, "getcwd")):
        monkeypatch.setattr(module, name, refused)
    found = losslint.lint(FILES, advice=True)
    monkeypatch.undo()
    assert found == expected
    assert not (tmp_path / "cache").exists()


def test_threads_wait_for_each_other() -> None:
    limit = sys.getrecursionlimit()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(losslint.lint, [FILES] * 8))
    assert all(each == found[0] for each in found)
    assert sys.getrecursionlimit() == limit


def test_importing_losslint_imports_nothing_of_it() -> None:
    script = (
        "import sys\nbefore = set(sys.modules)\nimport losslint\nprint(*sorted(set(sys.modules) - before))\n"
        "losslint.lint({'a.py': b'import torch'})\nassert not {'torch', 'click'} & set(sys.modules)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment())
    assert (ended.stdout.split(), ended.stderr) == (["__future__", "losslint"], "")

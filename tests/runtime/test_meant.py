"""Comments beside a loss that is watched: `losslint.watch()` heeds them as `losslint run` does."""

from __future__ import annotations

import linecache
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

import losslint
from losslint.runtime.session import Mode, Session
from losslint.vocabulary.findings import Verdict
from tests.e2e.command import environment

HEAD = """\
import torch
import torch.nn.functional as F
x = torch.randn(8, 3, requires_grad=True)
y = torch.arange(8) % 3
"""
CALL = "F.cross_entropy(x.softmax(1), y)"


def ran(tmp_path: Path, text: str, mode: Mode = "record", comments: bool = True) -> Session:
    """Run a program under watch, from a file of its own."""
    path = tmp_path / "program.py"
    path.write_text(HEAD + text, encoding="utf-8")
    code = compile(path.read_text("utf-8"), str(path), "exec")
    with losslint.watch(mode, comments=comments) as session:
        exec(code, {})
    linecache.clearcache()
    return session


def codes(session: Session) -> list[str]:
    assert session.failures == []
    return [finding.code for finding in session.findings]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{CALL}\n", ["LL101"]),
        (f"{CALL}  # noqa: LL101\n", []),
        (f"{CALL}  # noqa\n", []),
        (f"{CALL}  # losslint: ignore[softmax-into-cross-entropy] it is meant\n", []),
        (f"# losslint: ignore[LL101]\n{CALL}\n", []),
        ("loss = F.cross_entropy(\n    x.softmax(1),\n    y,\n)  # noqa: LL101\n", []),
        (f"# losslint: ignore-file[LL101]\n\n\n{CALL}\n", []),
        (f"{CALL}  # noqa: LL102\n", ["LL101"]),
        (f'{CALL}; s = "# noqa: LL101"\n', ["LL101"]),
        (f"{CALL}  # noqa: LL101\n{CALL}\n", ["LL101"]),
    ],
)
def test_a_comment_keeps_back_what_it_names(tmp_path: Path, text: str, found: list[str]) -> None:
    assert codes(ran(tmp_path, text)) == found


def test_the_counts_are_about_the_code(tmp_path: Path) -> None:
    (call,) = ran(tmp_path, f"{CALL}  # noqa: LL101\n").calls
    assert call.verdict is Verdict.MISUSED


def test_nothing_is_warned_of_and_nothing_raised(tmp_path: Path) -> None:
    text = f"for _ in range(20):\n    {CALL}  # noqa: LL101\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert codes(ran(tmp_path, text, "warn")) == []
        assert codes(ran(tmp_path, text, "raise")) == []
        with pytest.raises(losslint.LossMisuseError):
            ran(tmp_path, text, "raise", comments=False)
    assert codes(ran(tmp_path, text, comments=False)) == ["LL101"]


def test_no_file_is_read_without_a_finding_and_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from losslint.runtime import meant

    read: list[str] = []
    getlines = linecache.getlines

    def counted(path: str, *more: object) -> list[str]:
        read.append(os.path.basename(path))
        return getlines(path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(meant, "linecache", SimpleNamespace(getlines=counted))
    ran(tmp_path, "for _ in range(50):\n    F.cross_entropy(x, y)  # noqa: LL101\n")
    assert read == []
    ran(tmp_path, f"for _ in range(50):\n    {CALL}  # noqa: LL101\n    {CALL}\n")
    assert read == ["program.py"]


def test_code_without_a_file_is_told_of(tmp_path: Path) -> None:
    with losslint.watch("record") as session:
        exec(compile(f"{HEAD}{CALL}  # noqa: LL101\n", "<made up>", "exec"), {})
    assert codes(session) == ["LL101"]


def test_a_cell_of_a_notebook_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """IPython leaves the text of its cells where Python looks for those of files."""
    text, name = f"{HEAD}{CALL}  # noqa: LL101\n{CALL}\n", "<ipython-input-1-abc>"
    monkeypatch.setitem(linecache.cache, name, (len(text), None, text.splitlines(keepends=True), name))
    with losslint.watch("record") as session:
        exec(compile(text, name, "exec"), {})
    assert [finding.place.row for finding in session.findings] == [6]


def test_a_program_that_its_environment_watches(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(f"{HEAD}{CALL}  # noqa: LL101\n{CALL}\n")
    start = "import sys; sys.path.insert(0, '.'); from losslint.runtime.environment import autoload; autoload()"
    ended = subprocess.run(
        [sys.executable, "-c", f"{start}; import program"], cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env=environment(LOSSLINT="warn", TORCH_DEVICE_BACKEND_AUTOLOAD="0"),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("LossMisuseWarning") == 1 and "program.py:6: " in ended.stderr

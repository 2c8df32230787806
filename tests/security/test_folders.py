"""What lies in a folder beside files: pipes, devices, sockets, links to anywhere, modules under the names of losslint's
own. Nothing of it is waited for, run, or written to."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.e2e.command import MISUSE, environment, put
from tests.security.hostile import FOUND, PATIENCE, command, survived

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="such files are made otherwise there")

#: What an import finds first if the folder is on the path.
SHADOWS = (
    "losslint",
    "torch",
    "click",
    "libcst",
    "json",
    "sitecustomize",
    "usercustomize",
    "conftest",
    "yaml_ft",
    "__main__",
)


def test_what_is_no_file_is_left_alone_when_it_is_found(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    (tmp_path / "linked.py").symlink_to("pipe.py")
    (tmp_path / "round.py").symlink_to("round.py")
    (tmp_path / "nowhere.ipynb").symlink_to("missing")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "up").symlink_to(tmp_path.parent)
    assert survived(tmp_path, {}).found == [FOUND]


@pytest.mark.parametrize("name", ["pipe.py", "/dev/zero", "zero.py"])
def test_what_is_no_file_is_refused_when_it_is_given(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    run = command(tmp_path, name)
    assert run.status == 2
    assert run.errors == f"losslint: error: {name}: is no regular file (the path `-` reads standard input)\n"


@pytest.mark.parametrize("options", [["--fix", "--unsafe-fixes"], ["--add-noqa"]], ids=["fix", "add-noqa"])
def test_nothing_is_written_through_a_link(tmp_path: Path, options: list[str]) -> None:
    outside = tmp_path / "outside.py"
    put(outside, MISUSE)
    folder = tmp_path / "project"
    put(folder / "pyproject.toml", "")
    (folder / "a.py").symlink_to(outside)
    run = command(folder, *options, ".")
    assert "is a symbolic link, which is not followed" in run.errors
    assert outside.read_text() == MISUSE
    assert (folder / "a.py").is_symlink()


def test_without_the_link_it_would_be_written(tmp_path: Path) -> None:
    put(tmp_path / "a.py", MISUSE)
    command(tmp_path, "--fix", "--unsafe-fixes", ".")
    assert (tmp_path / "a.py").read_text() != MISUSE


def test_a_cache_folder_that_is_a_link_is_not_cleaned_elsewhere(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    put(victim / ("0" * 32 + ".json"), "precious")
    (tmp_path / "cache").symlink_to(victim)
    ended = subprocess.run(
        [sys.executable, "-m", "losslint", "clean", "--cache-dir", str(tmp_path / "cache")],
        cwd=tmp_path, capture_output=True, env=environment(), timeout=PATIENCE,
    )  # fmt: skip
    assert ended.returncode == 0
    assert (victim / ("0" * 32 + ".json")).read_text() == "precious"


@pytest.mark.parametrize("as_package", [False, True], ids=["modules", "packages"])
@pytest.mark.parametrize("how", ["command", "module", "safe path", "fork"])
def test_no_module_of_a_hostile_folder_is_run(tmp_path: Path, how: str, as_package: bool) -> None:
    folder = tmp_path / "project"
    mark = tmp_path / "run"
    for name in SHADOWS:
        if how in ("module", "fork") and name == "losslint":
            continue  # `python -m losslint` takes that of the current folder: what docs/security.md says
        path = folder / name / "__init__.py" if as_package else folder / f"{name}.py"
        put(path, f"open({str(mark)!r}, 'a').write({name!r})\n")
    put(folder / "a.py", MISUSE)
    if how == "fork":
        for number in range(40):
            put(folder / f"b{number}.py", MISUSE)
    script = str(Path(sysconfig.get_path("scripts")) / "losslint")
    if how == "command" and not Path(script).exists():
        pytest.skip("the command is not installed beside this interpreter")
    if how == "safe path" and sys.version_info < (3, 11):
        pytest.skip("-P is new in Python 3.11")
    start = {"command": [script], "safe path": [sys.executable, "-P", "-m", "losslint"]}
    words = [*start.get(how, [sys.executable, "-m", "losslint"]), "--no-cache", "--output-format=concise", "."]
    ended = subprocess.run(words, cwd=folder, capture_output=True, env=environment(), timeout=PATIENCE)
    assert ended.returncode in (0, 1)  # whether the folder's torch is torch, nobody can say
    assert b"loss call" in ended.stdout or b"LL101" in ended.stdout
    assert ended.stderr == b""
    assert not mark.exists(), mark.read_text()

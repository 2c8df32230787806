"""Patterns of `per-file-ignores`, held to what ruff says of the same ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import time
from pathlib import Path

import pytest

from losslint.app.configuration.globs import matcher

PATTERNS = [
    *("a.py", "*.py", "tests/*", "tests/**", "tests/*.py", "tests/**/*.py", "**/a.py", "**/tests/*", "tests", "tests/"),
    *("?.py", "[ab].py", "[!a].py", "t*/b.py", "{a,c}.py", "tests/{deep/,}b.py", "./a.py", "!tests/*", "!*", "deep/*"),
    *("tests/a*", "test[s]/deep/*", "/a.py", "**", "*", "tests/deep/*/c.py", "nowhere.py", "A.py"),
]
FILES = ["a.py", "b.py", "c.py", "tests/a.py", "tests/b.py", "tests/deep/b.py", "tests/deep/er/c.py", "src/deep/b.py"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_means_the_files_that_it_means_to_ruff(pattern: str, tmp_path: Path) -> None:
    ruff = shutil.which("ruff", path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]))
    if ruff is None:
        pytest.skip("ruff is not there to be asked")
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import os\n")
    (tmp_path / "ruff.toml").write_text(f'lint.select = ["F401"]\n[lint.per-file-ignores]\n"{pattern}" = ["F401"]\n')
    command = [ruff, "check", "--no-cache", "--output-format", "concise", "."]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert shown.returncode in (0, 1), shown.stderr
    told = {row.split(":")[0] for row in shown.stdout.splitlines() if ": F401" in row}
    matches = matcher(pattern, str(tmp_path))
    assert {name for name in FILES if not matches(str(tmp_path / name))} == told


def test_a_folder_may_be_called_like_a_pattern(tmp_path: Path) -> None:
    base = str(tmp_path / "[a]{b,c}*")
    assert matcher("src/a.py", base)(f"{base}/src/a.py")
    assert not matcher("src/a.py", base)(str(tmp_path / "a" / "src" / "a.py"))


def test_no_pattern_takes_long() -> None:
    started = time.perf_counter()
    for pattern in ("*a" * 200, "**/" * 200 + "b", "{a,b}" * 200, "[" * 500, "{" * 500):
        matcher(pattern, "/base")("/base/" + "a" * 1000)
    assert time.perf_counter() - started < 10

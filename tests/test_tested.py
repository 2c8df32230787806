"""The tests test the checkout that they belong to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import environment
from tests.tested import ROOT, installed, is_of


@pytest.mark.parametrize(
    ("file", "url", "expected"),
    [
        ("here/losslint/__init__.py", None, True),
        ("site-packages/losslint/__init__.py", "here", True),
        ("here/.venv/site-packages/losslint/__init__.py", None, False),
        ("site-packages/losslint/__init__.py", "here/dist/losslint.whl", True),
        ("site-packages/losslint/__init__.py", "here too", False),
        ("site-packages/losslint/__init__.py", None, False),
        ("there/losslint/__init__.py", "there", False),
        (None, None, False),
    ],
)
def test_whose_an_installed_losslint_is(tmp_path: Path, file: str | None, url: str | None, expected: bool) -> None:
    origin = str(tmp_path / file) if file is not None else None
    source = (tmp_path / url).as_uri() if url is not None else None
    assert is_of(tmp_path / "here", origin, source) is expected


def test_one_that_comes_from_a_server_is_nobodys() -> None:
    assert not is_of(ROOT, "/site-packages/losslint/__init__.py", f"https://example.org{ROOT}/losslint.whl")


def test_a_process_runs_the_code_that_the_tests_are_of(tmp_path: Path) -> None:
    program = "import losslint; print(losslint.__file__)"
    for more in ({}, {"PYTHONPATH": str(tmp_path)}):
        run = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env=environment(**more), capture_output=True
        )
        assert is_of(ROOT, run.stdout.decode().strip(), installed()[1])

"""The README says what is true today."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.packaging.readme import EXAMPLE, README, ROOT, commands, with_output, with_rules

TEXT = README.read_text(encoding="utf-8")


def test_the_rules_are_those_that_exist() -> None:
    assert with_rules(TEXT) == TEXT, "run python -m tests.packaging.readme"


def test_the_output_is_what_the_command_prints() -> None:
    pytest.importorskip("losslint.app.cli")
    pytest.importorskip("losslint.static.observer")
    assert with_output(TEXT) == TEXT, "run python -m tests.packaging.readme"


def test_one_command_line_runs_the_example_and_one_the_tests() -> None:
    found = commands(TEXT)
    assert set(found) == {"example", "tests"}
    assert all("\n" not in command for command in found.values())
    assert found["example"].endswith(f"losslint {EXAMPLE}")
    assert found["tests"].endswith('pip install -e ".[dev]" && pytest')


def test_ci_runs_the_same_command_lines() -> None:
    """It takes them out of the README: what it would run is what the markers say."""
    shown = subprocess.run([ROOT / ".ci/run", "--show"], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines() == [commands(TEXT)["example"], commands(TEXT)["tests"]]


def test_the_files_that_it_links_to_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target

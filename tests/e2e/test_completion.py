"""`losslint completion`: what a shell offers when a user presses Tab."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from losslint.rules.registry import names

from .command import environment, losslint


@pytest.fixture(scope="module")
def bash() -> str:
    found = shutil.which("bash")
    if found is None:
        pytest.skip("there is no bash here")
    return found


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """A folder whose `losslint` is the one under test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "losslint"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from losslint.app.cli import main; main()" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def offered(bash: str, command: Path, folder: Path, *words: str) -> list[str]:
    """What bash offers for the last of the words, by the script as it is printed, in a bash that never saw it."""
    typed = " ".join(f"'{word}'" for word in words)
    asked = f"""
        set -e
        compopt() {{ :; }}  # bash has it only while Tab is pressed
        eval "$(losslint completion bash)"
        COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; COMP_TYPE=9
        complete -p losslint >/dev/null
        $(complete -p losslint | sed 's/.*-F \\([^ ]*\\).*/\\1/') losslint '{words[-1]}' '{words[-2]}'
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = f"{command}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        [bash, "--norc", "--noprofile", "-c", asked],
        cwd=folder,
        env=environment(PATH=path),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0 and run.stderr == "", run.stderr
    return run.stdout.split()


def test_the_first_word_is_a_command_or_left_to_the_names_of_files(bash: str, command: Path, tmp_path: Path) -> None:
    assert offered(bash, command, tmp_path, "losslint", "ru") == ["rule", "run"]
    # bash itself offers the files that begin so.
    assert offered(bash, command, tmp_path, "losslint", "train") == []
    assert {"check", "clean", "completion", "config", "rule", "run"} <= set(
        offered(bash, command, tmp_path, "losslint", "")
    )


def test_options_of_check_need_no_check(bash: str, command: Path, tmp_path: Path) -> None:
    assert offered(bash, command, tmp_path, "losslint", "--sel") == ["--select"]
    assert offered(bash, command, tmp_path, "losslint", "check", "--sel") == ["--select"]


@pytest.mark.parametrize(
    "before", [("--select",), ("--ignore",), ("check", "--select"), ("run", "--ignore"), ("rule",)], ids=" ".join
)
def test_codes_of_rules(bash: str, command: Path, tmp_path: Path, before: tuple[str, ...]) -> None:
    codes = [code for code in names() if code.startswith("LL80")]
    assert len(codes) > 3
    assert offered(bash, command, tmp_path, "losslint", *before, "LL80") == codes


def test_names_of_rules_and_lists(bash: str, command: Path, tmp_path: Path) -> None:
    assert offered(bash, command, tmp_path, "losslint", "rule", "log-of-so") == ["log-of-softmax"]
    assert offered(bash, command, tmp_path, "losslint", "--select", "LL1,ll801") == ["LL1,LL801"]
    assert offered(bash, command, tmp_path, "losslint", "--select", "no-such-rule") == []


def test_a_completion_lints_nothing(bash: str, command: Path, tmp_path: Path) -> None:
    """The words in front are not carried out: not even a wrong one."""
    assert offered(bash, command, tmp_path, "losslint", "--no-such-option", "--sel") == ["--select"]
    assert list(tmp_path.iterdir()) == [command]


@pytest.mark.parametrize(("shell", "begins"), [("bash", "complete "), ("zsh", "compdef "), ("fish", "complete ")])
def test_each_shell_has_its_script_and_says_how_to_turn_it_on(tmp_path: Path, shell: str, begins: str) -> None:
    run = losslint(tmp_path, "completion", shell)
    assert run.status == 0 and run.errors == ""
    assert run.output.startswith("# Turned on by this line in ~/")
    assert f"losslint completion {shell}" in run.output.splitlines()[1]
    assert f"_LOSSLINT_COMPLETE={shell}_complete" in run.output
    assert any(begins in row for row in run.output.splitlines() if not row.startswith("#"))
    if found := shutil.which(shell):
        checked = subprocess.run([found, "-n"], input=run.output, capture_output=True, text=True, timeout=60)
        assert checked.returncode == 0, checked.stderr


def test_another_shell_is_an_error(tmp_path: Path) -> None:
    run = losslint(tmp_path, "completion", "cmd")
    assert run.status == 2
    assert "'bash', 'zsh', 'fish'" in run.errors


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_page_says_the_same_lines(tmp_path: Path, shell: str) -> None:
    page = (Path(__file__).parents[2] / "docs/completion.md").read_text(encoding="utf-8")
    where, line = losslint(tmp_path, "completion", shell).output.splitlines()[:2]
    assert f"`{line.removeprefix('#').strip()}`" in page.replace("\\|", "|")
    assert where.partition(" in ")[2].partition(",")[0].rstrip(":") in page

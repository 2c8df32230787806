"""What the pages of documentation show is what the commands print."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from losslint.app.cli import cli
from tests.docs.pages import PAGES, fences, transcript, with_files
from tests.e2e.command import environment

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
#: Options of other programs: torchrun's, pre-commit's, pytest's and apt-get's.
OTHERS = {"--tb", "--standalone", "--nproc-per-node", "--all-files", "--losslint", "--yes"}


def pages(language: str) -> list[str]:
    return [name for name, text in TEXTS.items() if any(fence.language == language for fence in fences(text))]


@pytest.mark.parametrize("page", pages("console"))
def test_sessions_show_what_the_commands_print(page: str, tmp_path: Path) -> None:
    with_files(TEXTS[page], tmp_path)
    for fence in fences(TEXTS[page]):
        if fence.language == "console":
            assert transcript(fence.text, tmp_path) == fence.text, "run python -m tests.docs.pages"


def test_a_command_stands_where_it_is_run() -> None:
    """A row that begins with a prompt is in a session: elsewhere nobody would run it."""
    for text in TEXTS.values():
        for fence in fences(text):
            assert fence.language == "console" or not re.search(r"^\$ ", fence.text, re.MULTILINE), fence.text
            assert fence.language != "console" or fence.text.startswith("$ "), fence.text


@pytest.mark.parametrize("page", pages("python"))
def test_programs_are_python(page: str) -> None:
    for fence in fences(TEXTS[page]):
        if fence.language == "python":
            compile(fence.text, page, "exec")


@pytest.mark.parametrize("page", pages("toml"))
def test_configurations_are_accepted(page: str, tmp_path: Path) -> None:
    for number, fence in enumerate(fence for fence in fences(TEXTS[page]) if fence.language == "toml"):
        assert tomllib.loads(fence.text)
        folder = tmp_path / str(number)
        folder.mkdir()
        named = "pyproject.toml" if "[tool.losslint" in fence.text else "losslint.toml"
        (folder / named).write_text(fence.text, encoding="utf-8")
        run = subprocess.run(
            [sys.executable, "-m", "losslint", "config"],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        assert named in run.stdout


@pytest.mark.parametrize("page", pages("yaml"))
def test_yaml_can_be_read(page: str) -> None:
    for fence in fences(TEXTS[page]):
        if fence.language == "yaml":
            assert yaml.safe_load(fence.text)


@pytest.mark.parametrize("page", TEXTS)
def test_the_options_that_a_page_names_exist(page: str) -> None:
    context = click.Context(cli)
    commands = [cli.get_command(context, name) for name in cli.list_commands(context)]
    known = {
        option
        for command in (cli, *filter(None, commands))
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert "--select" in known
    programs = [fence.text for fence in fences(TEXTS[page]) if fence.language == "python"]
    text = TEXTS[page]
    for program in programs:
        text = text.replace(program, "")  # their options are their own
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert named - known - OTHERS - {"--help"} == set()

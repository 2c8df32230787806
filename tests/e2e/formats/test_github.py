"""`--output-format github`."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.command import MISUSE, NET, TRAIN, losslint, put, write
from tests.e2e.formats.hostile import NAMES, hostile, posix

#: What the runner reads: a command, its properties, and the message.
COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def commands(output: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands as the runner of GitHub Actions reads them: it takes lines apart, then undoes the escapes."""
    read = []
    for row in output.splitlines():
        found = COMMAND.fullmatch(row)
        assert found, row
        properties = dict(part.split("=", 1) for part in found[2].split(","))
        for key, value in properties.items():
            for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
                value = value.replace(escape, character)
            properties[key] = value
        message = found[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
        read.append((found[1], properties, message))
    return read


def test_a_command_a_finding_with_its_steps(tmp_path: Path) -> None:
    write(tmp_path, models__net=NET, train=TRAIN)
    run = losslint(tmp_path, "--output-format", "github")
    assert run.status == 1
    ((level, properties, message),) = commands(run.output)
    assert level == "error"
    assert properties == {
        "file": "train.py",
        "line": "8",
        "endLine": "8",
        "col": "16",
        "endColumn": "36",
        "title": "losslint LL101 softmax-into-cross-entropy",
    }
    first, *steps = message.split("\n")
    assert first.startswith("CrossEntropyLoss is given softmax probabilities")
    assert steps[0].startswith("1. models/net.py:9:16: `.softmax` makes softmax probabilities here")


def test_what_goes_over_several_rows_has_no_columns(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE.replace("(p, y)", "(\n        p, y\n    )"))
    ((_, properties, _),) = commands(losslint(tmp_path, "--output-format", "github").output)
    assert (properties["line"], properties["endLine"]) == ("6", "8")
    assert "col" not in properties and "endColumn" not in properties


@posix
def test_hostile_names_make_no_command_of_their_own(tmp_path: Path) -> None:
    hostile(tmp_path)
    run = losslint(tmp_path, "--output-format", "github")
    read = commands(run.output)
    assert len(read) == len(NAMES)
    assert all(row.isprintable() for row in run.output.split("\n"))
    files = {properties["file"] for _, properties, _ in read}
    assert {"new\nline ::error file=x::y.py", "a::b,c=d%0A.py", "astral \U0001f600 größe.py"} <= files
    assert {tuple(properties) for _, properties, _ in read} == {
        ("file", "line", "endLine", "col", "endColumn", "title")
    }


def test_a_cell_is_named_where_the_row_cannot_say_it(tmp_path: Path) -> None:
    put(tmp_path / "a.ipynb", NOTEBOOK)
    ((_, properties, message),) = commands(losslint(tmp_path, "--output-format", "github").output)
    assert (properties["file"], properties["line"]) == ("a.ipynb", "1")
    assert message.startswith("cell 2, 3:8: CrossEntropyLoss")


NOTEBOOK = """\
{"cells": [
 {"cell_type": "markdown", "metadata": {}, "source": "x"},
 {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null,
  "source": "import torch, torch.nn.functional as F\\np = torch.softmax(torch.randn(2, 3), 1)\\nloss = F.cross_entropy(p, torch.tensor([0, 1]))"}],
 "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
"""  # noqa: E501

"""`--output-format grouped`."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.command import MISUSE, losslint, write
from tests.e2e.formats.hostile import NAMES, hostile, posix


def test_findings_stand_below_their_file(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE + "\n\n\n" + MISUSE.replace("misuse", "again"), b=MISUSE)
    run = losslint(tmp_path, "--output-format", "grouped")
    assert run.status == 1
    rows = [row.split(" CrossEntropyLoss")[0] for row in run.output.splitlines()]
    assert rows == [
        "a.py:",
        "  6:12   LL101",
        "  15:12  LL101",
        "",
        "b.py:",
        "  6:12  LL101",
        "",
        "3 problems found. 3 loss calls: 3 misused, 0 clean, 0 undecided.",
    ]


def test_statistics_take_the_place_of_the_findings(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    run = losslint(tmp_path, "--output-format", "grouped", "--statistics", "-q")
    assert run.output == "1  LL101  softmax-into-cross-entropy\n"


@posix
def test_hostile_names_command_no_terminal(tmp_path: Path) -> None:
    hostile(tmp_path)
    run = losslint(tmp_path, "--output-format", "grouped")
    assert run.output.count(": CrossEntropyLoss") == 0 and run.output.count("  LL101 ") == len(NAMES)
    assert all(row.isprintable() for row in run.output.split("\n"))
    assert "new\\nline ::error file=x::y.py:\n" in run.output

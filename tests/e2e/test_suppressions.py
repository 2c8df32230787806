"""Comments that suppress findings, as a user meets them: exit status, counts, the cache, fixes, running programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, as_json, concise, losslint, put, write

CALL = "return F.cross_entropy(p, y)"


def silenced(comment: str) -> str:
    return MISUSE.replace(CALL, f"{CALL}  {comment}")


def test_what_is_suppressed_counts_for_nothing(tmp_path: Path) -> None:
    write(tmp_path, a=silenced("# noqa: LL101"), b=silenced("# losslint: ignore[LL101] the paper does it"))
    run = losslint(tmp_path)
    assert (run.status, run.errors) == (0, "")
    assert run.output == "No problems found (2 suppressed). 2 loss calls: 2 misused, 0 clean, 0 undecided.\n"
    assert as_json(tmp_path) == []
    assert losslint(tmp_path, "--statistics").output.startswith("No problems")
    shown = losslint(tmp_path, "--show-suppressed", "--quiet").output.splitlines()
    assert shown == [
        "a.py:6:12: LL101 softmax-into-cross-entropy is suppressed by a comment",
        "b.py:6:12: LL101 softmax-into-cross-entropy is suppressed by a comment: the paper does it",
    ]


def test_all_can_be_shown(tmp_path: Path) -> None:
    write(tmp_path, a=silenced("# noqa"))
    run = concise(tmp_path, "--no-suppressions")
    assert (run.status, run.found) == (1, ["a.py:6:12: LL101"])
    assert "suppressed" not in run.output


def test_comments_are_read_anew_when_the_rest_comes_from_the_cache(tmp_path: Path) -> None:
    project, cache = tmp_path / "project", ("--cache-dir", str(tmp_path / "cache"))
    told = []
    aside = "x = 1\n"
    for program in (MISUSE, silenced("# noqa"), silenced("# noqa: LL102"), silenced("# noqa: LL103"), MISUSE):
        write(project, a=program, aside=aside)
        told.append(concise(project, *cache).found)
        assert concise(project, *cache).found == told[-1]
        # A file that no search looks into gets a comment, and loses it again.
        aside = "x = 1  # noqa: LL999\n" if aside == "x = 1\n" else "x = 1\n"
    unknown = "aside.py:1:16: LL902"
    call = "a.py:6:12: LL101"
    assert told == [[call], [unknown], [call], [call, "a.py:6:35: LL901", unknown], [call]]


def test_unused_and_unknown_comments_are_told_and_mended(tmp_path: Path) -> None:
    unused = FINE.replace("y)\n", "y)  # noqa: E501, LL101\n").replace("x, y):  # noqa: E501, LL101", "x, y):")
    write(tmp_path, a=unused)
    run = losslint(tmp_path)
    assert run.status == 1
    assert (
        "LL901 unused-suppression: This comment suppresses `LL101`, but nothing of the kind is found here."
        in run.output
    )
    assert "1 can be fixed with --fix." in run.output
    assert losslint(tmp_path, "--fix").status == 0
    assert (tmp_path / "a.py").read_text() == unused.replace("E501, LL101", "E501")


def test_what_is_suppressed_is_not_mended(tmp_path: Path) -> None:
    program = silenced("# noqa: LL101")
    write(tmp_path, a=program)
    assert losslint(tmp_path, "--diff", "--unsafe-fixes").output == ""
    run = losslint(tmp_path, "--fix", "--unsafe-fixes")
    assert (run.status, run.errors) == (0, "")
    assert (tmp_path / "a.py").read_text() == program


def test_comments_are_added(tmp_path: Path) -> None:
    put(tmp_path / "a.py", MISUSE.replace("\n", "\r\n"))
    put(tmp_path / "b.py", silenced("# noqa: E501"))
    put(tmp_path / "c.py", MISUSE.replace(CALL, "return F.cross_entropy(  # first\n        p,\n        y,\n    )"))
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": MISUSE.splitlines(keepends=True)}
    put(
        tmp_path / "d.ipynb",
        json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1),
    )
    run = losslint(tmp_path, "--add-noqa")
    assert (run.status, run.output, run.errors) == (0, "4 comments added for 4 findings.\n", "")
    assert (tmp_path / "a.py").read_bytes() == silenced("# noqa: LL101").replace("\n", "\r\n").encode()
    assert (tmp_path / "b.py").read_text() == silenced("# noqa: E501, LL101")
    assert (tmp_path / "c.py").read_text().endswith("\n    )  # noqa: LL101\n")
    assert "# noqa: LL101" in json.loads((tmp_path / "d.ipynb").read_text())["cells"][0]["source"][-1]
    assert losslint(tmp_path).status == 0
    assert losslint(tmp_path, "--add-noqa").output == "0 comments added for 0 findings.\n"


@pytest.mark.parametrize("writes", [["--add-noqa"], ["--write-baseline", "known.json"]])
def test_what_shows_a_difference_writes_nothing(tmp_path: Path, writes: list[str]) -> None:
    put(tmp_path / "a.py", MISUSE)
    run = losslint(tmp_path, "--diff", *writes)
    assert (run.status, run.output) == (2, "")
    assert f"--diff changes nothing, and {writes[0]} writes: leave one of them out" in run.errors
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"] and (tmp_path / "a.py").read_text() == MISUSE


def test_comments_cannot_be_added_everywhere(tmp_path: Path) -> None:
    put(tmp_path / "a.md", f"```python\n{MISUSE}```\n")
    put(tmp_path / "b.py", "x = (\n")
    run = losslint(tmp_path, "--add-noqa")
    assert run.status == 2
    assert "a.md: no comment is written: only Python files and notebooks are edited" in run.errors
    assert "b.py:1: no comment can be written for LL900" in run.errors


def test_standard_input(tmp_path: Path) -> None:
    assert losslint(tmp_path, "-", given=silenced("# noqa: LL101")).status == 0
    run = concise(tmp_path, "-", given=silenced("# noqa: LL101, LL103, LL999"))
    assert run.found == ["<stdin>:6:57: LL902"]  # without a project around it nobody knows what LL103 is for


def test_a_program_that_runs(tmp_path: Path) -> None:
    program = (
        "import torch\nimport torch.nn.functional as F\n\n"
        "x, y = torch.randn(4, 10, requires_grad=True), torch.tensor([0, 1, 2, 3])\n"
        "for _ in range(2):\n    F.cross_entropy(torch.softmax(x, dim=1), y).backward()\n"
    )
    quiet = program.replace(".backward()", ".backward()  # losslint: ignore[LL101] a test")
    write(tmp_path, loud=program, quiet=quiet)
    loud = losslint(tmp_path, "run", "--fail-on-findings", "loud.py")
    assert loud.status == 1 and "LL101" in loud.errors
    run = losslint(tmp_path, "run", "--fail-on-findings", "quiet.py")
    assert run.status == 0
    assert run.errors.startswith("No problems found (1 suppressed).")
    assert losslint(tmp_path, "run", "--fail-on-findings", "--no-suppressions", "quiet.py").status == 1


def test_several_reports_of_a_program_that_runs(tmp_path: Path) -> None:
    program = (
        "import torch\nimport torch.nn.functional as F\n\n"
        "x, y = torch.randn(4, 10, requires_grad=True), torch.tensor([0, 1, 2, 3])\n"
        "F.cross_entropy(x.softmax(1), y)  # losslint: ignore[LL101] meant\n"
    )
    write(tmp_path, train=program)
    run = losslint(
        tmp_path, "run", "--output", "concise", "--output", "json:out.json", "--output", "sarif:s", "train.py"
    )
    assert (run.status, run.output) == (0, "")
    assert run.errors.startswith("No problems found (1 suppressed).")
    assert json.loads((tmp_path / "out.json").read_text()) == []
    (result,) = json.loads((tmp_path / "s").read_text())["runs"][0]["results"]
    assert (result["ruleId"], result["suppressions"]) == ("LL101", [{"kind": "inSource", "justification": "meant"}])


def test_what_keeps_findings_back_is_told_to_servers_and_to_people(tmp_path: Path) -> None:
    """SARIF and the page always tell it, what is for people where that is asked for, the others never."""
    write(tmp_path, new=MISUSE, old=MISUSE, meant=silenced("# losslint: ignore[LL101] the paper does it"))
    assert losslint(tmp_path, "--write-baseline", "known.json", "old.py").status == 0
    more = ("--output", "sarif:out.sarif", "--output", "html:out.html", "--output", "json:out.json")
    severity = ("--config", 'severity = { "LL101" = "warning" }')
    known = ("--baseline", "known.json", "--show-suppressed", *severity)
    run = losslint(tmp_path, *known, "--output", "concise", *more)
    assert (run.status, run.errors) == (1, "")
    meant, old, new, _ = run.output.splitlines()
    assert meant == "meant.py:6:12: LL101 softmax-into-cross-entropy is suppressed by a comment: the paper does it"
    assert old == "old.py:6:12: LL101 softmax-into-cross-entropy is suppressed by the baseline: in known.json"
    assert new.startswith("new.py:6:12: LL101 ")
    results = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    assert [(result["level"], result["suppressions"]) for result in results] == [
        ("warning", []),
        ("warning", [{"kind": "inSource", "justification": "the paper does it"}]),
        ("warning", [{"kind": "external", "justification": "in known.json"}]),
    ]
    assert "the paper does it" in (tmp_path / "out.html").read_text(encoding="utf-8")
    (found,) = json.loads((tmp_path / "out.json").read_text())
    assert Path(found["filename"]).name == "new.py"

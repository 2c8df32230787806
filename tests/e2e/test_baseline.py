"""A baseline as a user keeps one: only growth fails, what moves is still known, and what is gone can be dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, NET, TRAIN, concise, losslint, put, write

CALL = "    return F.cross_entropy(p, y)\n"
BASELINE = ("--baseline", "baseline.json")


def written(folder: Path, **files: str) -> None:
    write(folder, **files)
    run = losslint(folder, "--write-baseline", "baseline.json")
    assert run.status == 0 and run.output.endswith(" written to baseline.json.\n"), run


def entries(folder: Path) -> list[tuple[str, int]]:
    listed = json.loads((folder / "baseline.json").read_text())["findings"]
    return [(each["file"], each["count"]) for each in listed]


def test_only_what_is_new_is_reported(tmp_path: Path) -> None:
    written(tmp_path, a=MISUSE, sub__b=MISUSE)
    assert entries(tmp_path) == [("a.py", 1), ("sub/b.py", 1)]
    run = losslint(tmp_path, *BASELINE)
    assert (run.status, run.errors) == (0, "")
    assert run.output.startswith("No problems found (2 suppressed).")
    write(tmp_path, c=MISUSE)
    assert concise(tmp_path, *BASELINE).found == ["c.py:6:12: LL101"]
    assert len(concise(tmp_path).found) == 3
    assert "a.py:6:12: LL101 softmax-into-cross-entropy is suppressed by the baseline: in baseline.json\n" in (
        losslint(tmp_path, *BASELINE, "--show-suppressed").output
    )


@pytest.mark.parametrize(
    "after",
    [
        "# a row\n\n" + MISUSE,
        MISUSE.replace("def", "if True:\n  def").replace("\n    ", "\n        "),
        MISUSE.replace("dim=1)", "dim=1)\n    q = p + 1"),
        MISUSE.replace("p = torch", "p  =\ttorch"),
    ],
)
def test_code_that_moves_is_still_known(tmp_path: Path, after: str) -> None:
    written(tmp_path, a=MISUSE)
    write(tmp_path, a=after)
    assert len(concise(tmp_path).found) == 1
    assert concise(tmp_path, *BASELINE).found == []


def test_a_file_that_gets_another_name_is_still_known(tmp_path: Path) -> None:
    written(tmp_path, a=MISUSE)
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    run = concise(tmp_path, *BASELINE)
    assert (run.status, run.errors) == (0, "")
    write(tmp_path, a=MISUSE)  # a copy is one more
    assert concise(tmp_path, *BASELINE).found == ["b.py:6:12: LL101"]


def test_of_several_that_are_alike_one_more_is_reported(tmp_path: Path) -> None:
    twice = MISUSE.replace(CALL, CALL.replace("return", "a =") * 2)
    written(tmp_path, a=twice)
    assert entries(tmp_path) == [("a.py", 2)]
    write(tmp_path, a=MISUSE.replace(CALL, CALL.replace("return", "a =") * 3))
    assert concise(tmp_path, *BASELINE).found == ["a.py:8:9: LL101"]


def test_another_cause_or_loss_is_new(tmp_path: Path) -> None:
    written(tmp_path, a=MISUSE)
    for after in (MISUSE.replace("dim=1", "dim=-1"), MISUSE.replace("(p, y)", "(p, y.long())")):
        write(tmp_path, a=after)
        assert len(concise(tmp_path, *BASELINE).found) == 1


def test_what_is_gone_is_told_and_dropped_when_that_is_asked_for(tmp_path: Path) -> None:
    written(tmp_path, a=MISUSE, b=MISUSE, c=MISUSE)
    write(tmp_path, b=FINE)
    (tmp_path / "c.py").unlink()
    before = (tmp_path / "baseline.json").read_bytes()
    told = "losslint: note: baseline.json: {} not found any more: --update-baseline drops them\n"
    run = concise(tmp_path, *BASELINE, "a.py")  # nobody looked for what is in b.py
    assert (run.status, run.errors) == (0, told.format("1 entry"))
    run = concise(tmp_path, *BASELINE)
    assert (run.status, run.errors) == (0, told.format("2 entries"))
    assert (tmp_path / "baseline.json").read_bytes() == before
    write(tmp_path, d=MISUSE.replace("x, y", "x, z"))
    run = concise(tmp_path, *BASELINE, "--update-baseline")
    assert (run.status, run.errors) == (0, "losslint: note: baseline.json: 1 entry dropped\n")
    assert entries(tmp_path) == [("a.py", 1), ("c.py", 1)]  # c.py has become d.py, as it seems
    (tmp_path / "d.py").unlink()
    concise(tmp_path, *BASELINE, "--update-baseline")
    assert entries(tmp_path) == [("a.py", 1)]
    assert concise(tmp_path, *BASELINE).errors == ""


def test_what_was_not_looked_for_is_not_gone(tmp_path: Path) -> None:
    written(tmp_path, a=MISUSE, b=MISUSE)
    write(tmp_path, a="x = 1\n", b="x = 1\n")
    assert concise(tmp_path, *BASELINE, "--select", "LL2").errors == ""
    assert "1 entry" in concise(tmp_path, *BASELINE, "a.py").errors
    put(tmp_path / "losslint.toml", '[per-file-ignores]\n"*.py" = ["LL1"]\n')
    assert concise(tmp_path, *BASELINE).errors == ""


def test_a_baseline_in_the_configuration(tmp_path: Path) -> None:
    put(tmp_path / "losslint.toml", 'baseline = "kept/known.json"')
    (tmp_path / "kept").mkdir()
    write(tmp_path, models__net=NET, train=TRAIN)
    run = losslint(tmp_path)
    assert (run.status, run.errors) == (
        2,
        f"losslint: error: {tmp_path / 'kept' / 'known.json'}: there is no such baseline\n",
    )
    assert losslint(tmp_path, "--write-baseline", "kept/known.json").status == 0
    (entry,) = json.loads((tmp_path / "kept" / "known.json").read_text())["findings"]
    assert entry == {
        "code": "LL101",
        "file": "../train.py",
        "loss": "loss = criterion(net(x), y)",
        "cause": "return self.head(x).softmax(dim=1)",
        "count": 1,
    }
    for paths in ([], ["train.py"], ["models/net.py"]):
        assert losslint(tmp_path, *paths).status == 0
    assert losslint(tmp_path / "models").status == 0


def test_what_is_known_is_not_mended(tmp_path: Path) -> None:
    written(tmp_path, a=MISUSE)
    assert losslint(tmp_path, *BASELINE, "--fix", "--unsafe-fixes").status == 0
    assert (tmp_path / "a.py").read_text() == MISUSE


def test_what_a_comment_suppresses_is_not_written(tmp_path: Path) -> None:
    written(tmp_path, a=MISUSE.replace("(p, y)", "(p, y)  # noqa: LL101"))
    assert entries(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "there is no such baseline"),
        ("", "is no baseline: it is not JSON"),
        ("\x00\xff", "is no baseline"),
        ("[" * 100_000, "is no baseline"),
        ("[]", "is no baseline of losslint"),
        ('{"secret": "hunter2"}', "is no baseline of losslint"),
        ('{"format": "losslint baseline", "version": 99, "findings": []}', "another version"),
        ('{"format": "losslint baseline", "version": 1}', "is damaged: it has no list of findings"),
        ('{"format": "losslint baseline", "version": 1, "findings": [{"code": "hunter2"}]}', "its finding 1 is not"),
        ('{"format": "losslint baseline", "version": 1, "findings": [1]}', "its finding 1 is not"),
    ],
)
def test_a_damaged_baseline_is_an_error_and_is_not_quoted(tmp_path: Path, text: str | None, problem: str) -> None:
    write(tmp_path, a=MISUSE)
    if text is not None:
        put(tmp_path / "baseline.json", text)
    run = losslint(tmp_path, *BASELINE)
    assert (run.status, run.output) == (2, "")
    assert run.errors.startswith("losslint: error: baseline.json: ") and problem in run.errors
    assert "hunter2" not in run.errors


def test_nothing_else_is_overwritten(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    run = losslint(tmp_path, "--write-baseline", "a.py")
    assert run.status == 2 and "a.py: is no baseline" in run.errors
    assert (tmp_path / "a.py").read_text() == MISUSE
    run = losslint(tmp_path, "--write-baseline", "nowhere/baseline.json")
    assert run.status == 2 and "cannot be written" in run.errors
    run = losslint(tmp_path, "--update-baseline")
    assert run.status == 2 and "--update-baseline needs a baseline" in run.errors
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py"]


def test_entries_with_strange_names_read_nothing(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    entry = {"code": "LL101", "file": "../../../etc/passwd", "loss": "\x1b[31m", "cause": "", "count": 10**30}
    put(tmp_path / "baseline.json", json.dumps({"format": "losslint baseline", "version": 1, "findings": [entry]}))
    run = concise(tmp_path, *BASELINE)
    assert run.found == ["a.py:6:12: LL101"]
    assert "\x1b" not in run.output + run.errors

"""`--fix` and its options: what is written, what is said, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from losslint.app import fixing
from losslint.app.lint import Outcome
from losslint.fixes.edits import Edit, Fix
from losslint.fixes.plan import Plans
from tests.app.programs import BAD, FINE, NET, TRAIN

Run = Callable[..., tuple[int, str, str]]

STABLE = """\
import torch
import torch.nn.functional as F

def loss(x, y):
    return F.nll_loss(torch.log(F.softmax(x, dim=1)), y)
"""
STABLE_FIXED = STABLE.replace("torch.log(F.softmax(x, dim=1))", "F.log_softmax(x, dim=1)")
BAD_FIXED = BAD.replace("torch.softmax(x, dim=1)", "x")
NET_FIXED = NET.replace("x.softmax(dim=1)", "x")


def write(**files: str) -> None:
    for name, text in files.items():
        Path(f"{name}.py").write_text(text)


def read(name: str) -> str:
    return Path(f"{name}.py").read_text()


# ---------------------------------------------------------------- safe and unsafe


def test_safe_fixes_are_made_and_what_is_left_is_reported(run: Run) -> None:
    write(stable=STABLE, bad=BAD)
    status, output, errors = run("--fix", "--output-format", "concise")
    assert (status, errors) == (1, "")
    assert (read("stable"), read("bad")) == (STABLE_FIXED, BAD)
    assert output.startswith("bad.py:6:12: LL101 ")
    assert "LL801" not in output
    assert output.endswith("\n1 problem fixed.\n")


def test_when_all_is_fixed_nothing_is_found(run: Run) -> None:
    write(stable=STABLE)
    assert run("--fix", "-q") == (0, "", "")
    assert read("stable") == STABLE_FIXED


def test_unsafe_fixes_are_made_when_they_are_asked_for(run: Run) -> None:
    write(stable=STABLE, bad=BAD)
    status, output, errors = run("--fix", "--unsafe-fixes")
    assert (status, errors) == (0, "")
    assert (read("stable"), read("bad")) == (STABLE_FIXED, BAD_FIXED)
    assert output.endswith("2 problems fixed.\n")


def test_unsafe_fixes_alone_change_nothing(run: Run) -> None:
    write(bad=BAD)
    assert run("--unsafe-fixes")[0] == 1
    assert read("bad") == BAD


def test_only_selected_rules_are_fixed(run: Run) -> None:
    write(stable=STABLE, bad=BAD)
    assert run("--fix", "--unsafe-fixes", "--select", "LL101")[0] == 0
    assert (read("stable"), read("bad")) == (STABLE, BAD_FIXED)


def test_the_fixes_are_listed(run: Run) -> None:
    write(stable=STABLE, net=NET, train=TRAIN)
    _, output, _ = run("--fix", "--unsafe-fixes", "--show-fixes", "-q")
    assert output == (
        "net.py:\n    1 x LL101 (softmax-into-cross-entropy)\nstable.py:\n    1 x LL801 (log-of-softmax)\n"
    )


def test_nothing_is_written_without_being_asked(run: Run) -> None:
    write(stable=STABLE)
    assert run()[0] == 1
    assert read("stable") == STABLE


# ---------------------------------------------------------------- --fix-only, --diff


def test_fix_only_reports_nothing_and_ends_well(run: Run) -> None:
    write(stable=STABLE, bad=BAD)
    assert run("--fix-only") == (0, "1 problem fixed.\n", "")
    assert (read("stable"), read("bad")) == (STABLE_FIXED, BAD)


def test_a_diff_changes_nothing_and_patch_takes_it(run: Run, tmp_path: Path) -> None:
    write(stable=STABLE, net=NET, train=TRAIN)
    status, output, errors = run("--diff", "--unsafe-fixes")
    assert (status, errors) == (1, "")
    assert (read("stable"), read("net")) == (STABLE, NET)
    subprocess.run(["patch", "-p0"], input=output.encode(), cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert (read("stable"), read("net"), read("train")) == (STABLE_FIXED, NET_FIXED, TRAIN)


def test_a_diff_of_a_file_without_a_last_line_end(run: Run, tmp_path: Path) -> None:
    write(stable=STABLE.rstrip("\n"))
    _, output, _ = run("--diff")
    assert "\\ No newline at end of file" in output
    subprocess.run(["patch", "-p0"], input=output.encode(), cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert read("stable") == STABLE_FIXED.rstrip("\n")


def test_no_diff_is_no_finding(run: Run) -> None:
    write(bad=BAD, fine=FINE)
    assert run("--diff") == (0, "", "1 can be fixed with --fix --unsafe-fixes.\n")
    assert run("--diff", "--quiet") == run("--diff", "fine.py") == (0, "", "")


def test_a_diff_of_standard_input(run: Run) -> None:
    status, output, errors = run("--diff", "-", given=STABLE)
    assert (status, errors) == (1, "")
    assert "+    return F.nll_loss(F.log_softmax(x, dim=1), y)\n" in output


def test_standard_input_cannot_be_fixed(run: Run) -> None:
    status, output, errors = run("--fix", "-", given=STABLE)
    assert (status, output) == (2, "")
    assert "standard input cannot be fixed" in errors


# ---------------------------------------------------------------- what was asked for


def test_a_fix_that_changes_another_file_is_not_made(run: Run) -> None:
    write(net=NET, train=TRAIN)
    status, _, errors = run("--fix", "--unsafe-fixes", "train.py")
    assert status == 1
    assert read("net") == NET
    assert errors == (
        "losslint: warning: train.py:5: the fix for LL101 was not made: it changes a file that was not asked for\n"
    )


def test_a_fix_in_the_file_that_was_asked_for_is_made(run: Run) -> None:
    write(net=NET, train=TRAIN)
    assert run("--fix", "--unsafe-fixes", "net.py")[0] == 0
    assert read("net") == NET_FIXED


# ---------------------------------------------------------------- what goes wrong


def test_a_read_only_file_is_an_error_and_the_others_are_fixed(run: Run) -> None:
    write(stable=STABLE, again=STABLE)
    Path("stable.py").chmod(0o444)
    status, output, errors = run("--fix")
    assert status == 2
    assert errors.endswith("stable.py is read-only\n")
    assert errors.startswith("losslint: error: ")
    assert (read("stable"), read("again")) == (STABLE, STABLE_FIXED)
    assert "LL801 log-of-softmax" in output
    assert output.endswith("1 problem fixed.\n")


def test_a_file_that_changes_while_losslint_looks_is_not_touched(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(stable=STABLE)
    real = fixing.Fixing.run

    def slowly(self: fixing.Fixing) -> fixing.Result:
        result = real(self)
        write(stable="# somebody's work\n" + STABLE)
        return result

    monkeypatch.setattr(fixing.Fixing, "run", slowly)
    status, _, errors = run("--fix")
    assert status == 2
    assert "stable.py was changed meanwhile" in errors
    assert read("stable") == "# somebody's work\n" + STABLE


def offered(monkeypatch: pytest.MonkeyPatch, make: Callable[[str], Edit]) -> None:
    """Every finding has a fix of one edit."""

    def fix(self: Plans, finding: object) -> Fix:
        del self
        from losslint.vocabulary.repairs import Applicability

        return Fix(Applicability.SAFE, "Mend it", (make(finding.place.filename),))  # type: ignore[attr-defined]

    monkeypatch.setattr(Plans, "fix", fix)


def test_a_fix_that_brings_another_finding_is_dropped_and_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(bad=BAD)
    offered(monkeypatch, lambda name: Edit(name, 5, 9, 5, 32, "torch.sigmoid(x)", name))
    status, _, errors = run("--fix")
    assert status == 1
    assert read("bad") == BAD
    assert "bad.py:6: the fix for LL101 was not made: it would bring LL103 in bad.py" in errors


DOUBLED = """\
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(8, 1)

def loss(x, y):
    return F.binary_cross_entropy(torch.sigmoid(torch.sigmoid(head(x))), y)
"""


def test_advice_may_come_in_the_place_of_an_error_and_is_followed_then(run: Run) -> None:
    write(doubled=DOUBLED)
    status, output, errors = run("--fix", "--unsafe-fixes", "--advice")
    assert (status, errors) == (0, "")
    assert read("doubled").endswith("    return F.binary_cross_entropy_with_logits(head(x), y)\n")
    assert output.endswith("2 problems fixed.\n")


def test_advice_may_not_come_in_the_place_of_advice(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = DOUBLED.replace("torch.sigmoid(torch.sigmoid(head(x)))", "torch.sigmoid(head(x))")
    write(once=before)
    offered(monkeypatch, lambda name: Edit(name, 8, 12, 8, 34, "F.cross_entropy", name))
    _, _, errors = run("--fix", "--select", "LL204,LL103")
    assert read("once") == before
    assert "the fix for LL204 was not made: it would bring LL103 in once.py" in errors
    offered(monkeypatch, lambda name: Edit(name, 8, 60, 8, 60, ", size_average=True", name))
    _, _, errors = run("--fix", "--advice")
    assert read("once") == before
    assert "the fix for LL204 was not made: it would bring LL710 in once.py" in errors


def test_a_fix_that_does_not_help_is_dropped_and_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(bad=BAD)
    offered(monkeypatch, lambda name: Edit(name, 5, 9, 5, 32, "torch.softmax(x, 1)", name))
    _, _, errors = run("--fix")
    assert read("bad") == BAD
    assert "the fix for LL101 was not made: the finding would still be there" in errors


def test_one_bad_fix_does_not_spoil_the_good_ones(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abcde":
        write(**{name: BAD})
    good = "x"
    offered(monkeypatch, lambda name: Edit(name, 5, 9, 5, 32, "x.sigmoid()" if name == "c.py" else good, name))
    status, _, errors = run("--fix")
    assert status == 1
    assert [read(name) == BAD for name in "abcde"] == [False, False, True, False, False]
    assert errors.count("was not made") == 1


def test_fixes_that_undo_each_other_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(bad=BAD)
    monkeypatch.setattr(fixing, "_what_is_wrong", lambda *_: "")
    written = iter(["dim=0+1", "dim=1", "dim=0+1", "dim=1"])
    last = {"dim=0+1": 31, "dim=1": 33}

    def turned(name: str) -> Edit:
        content = next(written)
        return Edit(name, 5, 26, 5, last[content], content, name)

    offered(monkeypatch, turned)
    status, _, errors = run("--fix", "--output-format", "concise")
    assert status == 1
    assert "fixes that undo each other were found" in errors
    assert read("bad") == BAD
    assert next(written) == "dim=0+1"  # and no further


def test_fixes_that_never_end_are_stopped(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(bad=BAD)
    monkeypatch.setattr(fixing, "_what_is_wrong", lambda *_: "")
    offered(monkeypatch, lambda name: Edit(name, 5, 9, 5, 9, " ", name))
    _, _, errors = run("--fix")
    assert "fixes were still to be made after 12 passes" in errors
    assert read("bad") == BAD.replace("p = torch", f"p = {' ' * 12}torch")


def test_a_file_that_goes_away_while_losslint_looks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(stable=STABLE, again=STABLE)
    real = fixing.Fixing._chosen

    def slowly(self: fixing.Fixing, outcome: Outcome) -> list[fixing.Mended]:
        chosen = real(self, outcome)
        Path("stable.py").unlink(missing_ok=True)
        return chosen

    monkeypatch.setattr(fixing.Fixing, "_chosen", slowly)
    status, _, errors = run("--fix")
    assert status in (1, 2)
    assert "stable.py cannot be read any more: no such file or directory" in errors
    assert "internal error" not in errors
    assert not Path("stable.py").exists()
    assert read("again") in (STABLE, STABLE_FIXED)


# ---------------------------------------------------------------- what is shown


def test_the_full_format_shows_the_diff_and_counts(run: Run) -> None:
    write(net=NET, train=TRAIN, stable=STABLE)
    _, output, _ = run("--color", "never")
    assert (
        "  = fix: Remove the softmax (unsafe: it changes what is computed)\n"
        "  net.py\n"
        "  2 -     return x.softmax(dim=1)\n"
        "  2 +     return x\n"
    ) in output
    assert "  = fix: Use log_softmax\n" in output
    assert "\n1 can be fixed with --fix, 1 more with --fix --unsafe-fixes.\n" in output


def test_the_full_format_says_who_is_in_the_way(run: Run) -> None:
    write(bad=BAD.replace("    return", "    print(p > 0.5)\n    return"))
    _, output, _ = run("--color", "never")
    assert "  = no fix: the softmax reaches this place too, where it may be needed (bad.py:6:11)\n" in output
    assert "can be fixed" not in output


def test_json_has_the_edits(run: Run) -> None:
    write(net=NET, train=TRAIN)
    _, output, _ = run("--output-format", "json")
    (finding,) = json.loads(output)
    net = str(Path("net.py").absolute())
    assert finding["fix"] == {
        "applicability": "unsafe",
        "message": "Remove the softmax",
        "edits": [
            {
                "filename": net,
                "cell": None,
                "location": {"row": 2, "column": 13},
                "end_location": {"row": 2, "column": 28},
                "content": "",
            }
        ],
    }


def test_what_cannot_be_fixed_is_null_in_json(run: Run) -> None:
    write(bad=BAD.replace("    return", "    print(p > 0.5)\n    return"))
    _, output, _ = run("--output-format", "json")
    assert [finding["fix"] for finding in json.loads(output)] == [None]


@pytest.mark.parametrize("arguments", [["--output-format", "concise"], ["--statistics"], []])
def test_nothing_of_the_fixes_is_imported_where_none_is_shown(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "a.py").write_text(BAD if arguments else FINE)
    program = (
        "import sys; from losslint.app import cli\n"
        f"sys.argv = ['losslint', *{arguments!r}]\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "sys.exit(any(name.startswith('losslint.fixes') for name in sys.modules))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        env={"PYTHONPATH": ":".join(sys.path)},
        check=False,
    )
    assert ended.returncode == 0, ended


@pytest.mark.parametrize("option", ["--fix", "--diff", "--fix-only"])
def test_what_a_run_has_shown_changes_no_code(run: Run, option: str) -> None:
    write(net=STABLE)
    status, output, errors = run(option, "--observations", "seen.json", ".")
    assert (status, output) == (2, "")
    assert "--observations is for reports" in errors
    assert read("net") == STABLE

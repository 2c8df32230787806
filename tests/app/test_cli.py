"""The command: its options, what it prints and how it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import losslint
from losslint.rules.registry import names
from tests.app.programs import ADVISED, BAD, BROKEN, FINE, NET, TRAIN, UNDECIDED

Run = Callable[..., tuple[int, str, str]]

#: What the concise format says of BAD.
FOUND = "bad.py:6:12: LL101 "


@pytest.fixture
def concise(run: Run) -> Run:
    return lambda *arguments, given=None: run("--output-format", "concise", *arguments, given=given)


def write(**files: str) -> None:
    for name, text in files.items():
        path = Path(f"{name.replace('__', '/')}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


# ---------------------------------------------------------------- paths and formats


@pytest.mark.parametrize("arguments", [[], ["check"], ["."], ["check", "."], ["bad.py"], ["--", "bad.py"], ["-q"]])
def test_the_default_is_to_check_the_current_folder(run: Run, arguments: list[str]) -> None:
    write(bad=BAD)
    status, output, errors = run(*arguments)
    assert (status, errors) == (1, "")
    assert output.startswith("LL101 softmax-into-cross-entropy: ")
    assert "\n --> bad.py:6:12\n6 | return F.cross_entropy(p, y)\n  |        ^^^^^^^^^^^^^^^^^^^^^\n" in output
    assert "\n5 | p = torch.softmax(x, dim=1)\n  |     ^^^^^^^^^^^^^^^^^^^^^^^\n" in output
    summary = "\n1 problem found. 1 loss call: 1 misused, 0 clean, 0 undecided.\n"
    assert output.endswith(summary) is ("-q" not in arguments)


def test_nothing_found(run: Run) -> None:
    write(good=FINE)
    assert run() == (0, "No problems found. 1 loss call: 0 misused, 1 clean, 0 undecided.\n", "")
    assert run("--quiet") == (0, "", "")
    assert run("--output-format=json") == (0, "[]\n", "")


def test_no_files_at_all(run: Run) -> None:
    status, output, errors = run()
    assert (status, output) == (0, "No problems found.\n")
    assert errors.startswith("losslint: warning: no Python file, notebook or Markdown page found here; what git ")


def test_concise(concise: Run) -> None:
    write(bad=BAD, pkg__bad=BAD)
    status, output, errors = concise()
    first, second, summary = output.splitlines()
    assert (status, errors) == (1, "")
    assert first.startswith(FOUND)
    assert second.startswith("pkg/bad.py:6:12: LL101 ")
    assert summary == "2 problems found. 2 loss calls: 2 misused, 0 clean, 0 undecided."
    assert concise("pkg")[1].startswith("pkg/bad.py:6:12: LL101 ")


def test_json(run: Run, tmp_path: Path) -> None:
    write(bad=BAD)
    status, output, errors = run("--output-format", "json")
    assert (status, errors) == (1, "")
    (found,) = json.loads(output)
    assert list(found) == [
        *("code", "name", "severity", "message", "filename", "cell", "location", "end_location", "evidence", "fix"),
        *("fingerprint", "url"),
    ]
    assert found["filename"] == str(tmp_path / "bad.py")
    assert found["location"] == {"row": 6, "column": 12}
    assert found["end_location"] == {"row": 6, "column": 33}
    assert found["url"] is None
    assert found["evidence"][0]["location"] == {"row": 5, "column": 9}
    assert found["evidence"][-1]["location"] == found["location"]


def test_a_fingerprint_is_the_same_from_everywhere(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project__pkg__bad=BAD)
    (tmp_path / "project" / "pyproject.toml").write_text("")
    prints = set()
    for folder in (".", "project", "project/pkg"):
        monkeypatch.chdir(tmp_path / folder)
        (found,) = json.loads(run("--output-format=json", str(tmp_path / "project"))[1])
        prints.add(found["fingerprint"])
    assert len(prints) == 1


# ---------------------------------------------------------------- which rules


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_an_unknown_code_is_refused_with_the_nearest(run: Run, option: str) -> None:
    write(bad=BAD)
    status, output, errors = run(option, "softmax-into-crossentropy")
    assert (status, output) == (2, "")
    assert "no rule is called 'softmax-into-crossentropy' (did you mean softmax-into-cross-entropy" in errors
    status, output, errors = run(option, "LL10l")
    assert (status, output) == (2, "")
    assert "no rule is called 'LL10l' (did you mean LL" in errors
    status, output, errors = run(option, "xyz")
    assert (status, output) == (2, "")
    assert "no rule is called 'xyz' (`losslint rule --all` lists them)" in errors


def test_select_and_ignore(concise: Run) -> None:
    write(bad=BAD)
    assert concise("--select", "LL101")[0] == 1
    assert concise("--select", "LL2,softmax-into-cross-entropy")[0] == 1
    assert concise("--select", "LL2")[0] == 0
    assert concise("--ignore", "LL1")[0] == 0
    assert concise("--ignore", "LL102", "--ignore", "LL2")[0] == 1
    assert concise("--select", "LL101", "--ignore", "softmax-into-cross-entropy")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([], 0),
        (["--advice"], 1),
        (["--select", "LL102"], 1),
        (["--select", "log-softmax-into-cross-entropy"], 1),
        (["--select", "LL1"], 0),
        (["--select", "LL"], 0),
        (["--select", "LL1", "--advice"], 1),
        (["--select", "LL2", "--advice"], 0),
        (["--advice", "--ignore", "LL102"], 0),
    ],
)
def test_advice_is_off_unless_it_is_asked_for(concise: Run, arguments: list[str], status: int) -> None:
    write(advised=ADVISED)
    ended, output, errors = concise(*arguments)
    assert (ended, errors) == (status, "")
    assert output.startswith("advised.py:6:12: LL102 ") is bool(status)
    assert output.endswith("1 loss call: 0 misused, 1 clean, 0 undecided.\n")


# ---------------------------------------------------------------- more options


def test_exit_zero(concise: Run) -> None:
    write(bad=BAD)
    status, output, _ = concise("--exit-zero")
    assert status == 0
    assert output.startswith(FOUND)


def test_statistics(run: Run) -> None:
    write(
        bad=BAD,
        worse=BAD + BAD.replace("misuse", "more").replace("softmax", "sigmoid").replace(", dim=1", ""),
        advised=ADVISED,
    )
    status, output, errors = run("--statistics", "--advice")
    assert (status, errors) == (1, "")
    assert output == (
        "2  LL101  softmax-into-cross-entropy\n"
        "1  LL102  log-softmax-into-cross-entropy\n"
        "1  LL103  sigmoid-into-cross-entropy\n"
        "4 problems found. 4 loss calls: 3 misused, 1 clean, 0 undecided.\n"
    )
    counted = json.loads(run("--statistics", "--output-format=json")[1])
    assert [(each["code"], each["count"]) for each in counted] == [("LL101", 2), ("LL103", 1)]


def test_statistics_tell_why_calls_are_undecided(run: Run) -> None:
    write(what=UNDECIDED, good=FINE)
    output = run("--statistics")[1]
    assert output.startswith("undecided, because\n1  ")
    assert "undecided, because" not in run("--statistics", "--show-undecided")[1]
    assert json.loads(run("--statistics", "--output-format=json")[1]) == []


def test_show_undecided(run: Run) -> None:
    write(what=UNDECIDED, good=FINE)
    status, output, errors = run()
    assert (status, errors) == (0, "")
    assert output == "No problems found. 2 loss calls: 0 misused, 1 clean, 1 undecided.\n"
    status, output, errors = run("--show-undecided")
    assert (status, errors) == (0, "")
    shown, summary = output.splitlines()
    head = "what.py:4:12: undecided: CrossEntropyLoss: "
    assert shown.startswith(head) and len(shown) > len(head)
    assert summary == "No problems found. 2 loss calls: 0 misused, 1 clean, 1 undecided."


@pytest.mark.parametrize("option", ["-o", "--output-file"])
def test_the_report_in_a_file(concise: Run, option: str) -> None:
    write(bad=BAD)
    plain = concise()[1]
    assert concise(option, "report.txt", "--color", "auto") == (1, "", "")
    assert Path("report.txt").read_text() == plain
    status, output, errors = concise(option, "nowhere/report.txt")
    assert (status, output) == (2, "")
    assert "cannot write nowhere/report.txt: there is no such folder, create it first" in errors


@pytest.mark.parametrize(
    ("environment", "arguments", "coloured"),
    [
        ({}, [], False),  # no terminal
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": ""}, [], False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, [], False),
        ({"NO_COLOR": "", "FORCE_COLOR": "1"}, [], True),
        ({"NO_COLOR": "1"}, ["--color=always"], True),
        ({"FORCE_COLOR": "1"}, ["--color=never"], False),
        ({"FORCE_COLOR": "1"}, ["--output-format=json"], False),
    ],
)
def test_colour(
    run: Run, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], arguments: list[str], coloured: bool
) -> None:
    write(bad=BAD)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run(*arguments)[1]) is coloured


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colour_on_a_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], coloured: bool
) -> None:
    write(bad=BAD)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert ("\x1b[" in run()[1]) is coloured
    run("-o", "report.txt")
    assert "\x1b[" not in Path("report.txt").read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--bogus"],
        ["--output-format", "xml"],
        ["--color", "sometimes"],
        ["--select"],
        ["rule"],
        ["rule", "LL101", "--all"],
        ["rule", "LL10l"],
        ["-", "bad.py"],
        ["--stdin-filename", "bad.py"],
        ["--stdin-filename", "bad.py", "bad.py"],
    ],
)
def test_what_is_asked_wrongly_ends_with_2(run: Run, arguments: list[str]) -> None:
    write(bad=BAD)
    status, output, errors = run(*arguments, given="")
    assert (status, output) == (2, "")
    assert "Error: " in errors


def test_an_option_is_escaped_when_it_is_refused(run: Run) -> None:
    status, _, errors = run("--\x1b[31m")
    assert status == 2
    assert "\x1b" not in errors
    assert "\\x1b" in errors


# ---------------------------------------------------------------- standard input


def test_standard_input(concise: Run) -> None:
    status, output, errors = concise("-", given=BAD)
    assert (status, errors) == (1, "")
    assert output.startswith("<stdin>:6:12: LL101 ")
    assert concise("-", given=FINE)[0] == 0
    assert concise("-", given="")[:2] == (0, "No problems found.\n")
    assert concise("-", given=BROKEN)[1].startswith("<stdin>:1:7: LL900 ")


def test_standard_input_in_full_and_as_json(run: Run) -> None:
    assert " --> <stdin>:6:12\n6 | return F.cross_entropy(p, y)\n" in run("-", given=BAD)[1]
    (found,) = json.loads(run("-", "--output-format=json", given=BAD)[1])
    assert found["filename"] == "-"


@pytest.mark.parametrize(("shown", "given"), [("train.py", TRAIN), ("net.py", NET)])
def test_standard_input_stands_for_a_file_of_its_project(concise: Run, shown: str, given: str) -> None:
    # On the disk nothing is wrong yet: the editor's text is what makes the clash.
    harmless = {"net": NET.replace("x.softmax(dim=1)", "x"), "train": TRAIN.replace("outputs(x)", "x")}
    write(**{"net": NET, "train": TRAIN, shown.removesuffix(".py"): harmless[shown.removesuffix(".py")]})
    Path("pyproject.toml").write_text("")
    assert concise(".")[0] == 0
    status, output, errors = concise("-", "--stdin-filename", shown, given=given)
    assert (status, errors) == (1, "")
    assert output.startswith("train.py:5:12: LL101 ")


def test_standard_input_hides_the_file_on_the_disk(concise: Run) -> None:
    write(bad=BAD)
    assert concise("-", "--stdin-filename", "bad.py", given=FINE)[0] == 0


def test_standard_input_for_a_file_that_is_not_there_yet(concise: Run) -> None:
    write(net=NET)
    Path("pyproject.toml").write_text("")
    for name in ("train.py", "new/folder/train.py"):
        status, output, _ = concise("-", "--stdin-filename", name, given=TRAIN)
        assert status == 1
        assert output.startswith(f"{name}:5:12: LL101 ")


def test_the_name_says_what_standard_input_holds(concise: Run) -> None:
    document = f"# Title\n\n```python\n{BAD}```\n"
    status, output, _ = concise("-", "--stdin-filename", "notes.md", given=document)
    assert status == 1
    assert output.startswith("notes.md:9:12: LL101 ")


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize("selector", ["LL101", "ll101", "softmax-into-cross-entropy"])
def test_a_rule_is_explained(run: Run, selector: str) -> None:
    status, output, errors = run("rule", selector)
    assert (status, errors) == (0, "")
    assert output.startswith("# softmax-into-cross-entropy (LL101, error)\n\n")
    assert "## What it does\n" in output
    assert "## Use instead\n" in output


def test_all_rules_are_explained(run: Run) -> None:
    status, output, _ = run("rule", "--all")
    assert status == 0
    heads = [line for line in output.splitlines() if line.startswith("# ") and line.endswith((")",))]
    for code, name in names().items():
        assert sum(head.startswith(f"# {name} ({code}, ") for head in heads) == 1


def test_the_version(run: Run) -> None:
    assert run("--version") == run("-V") == (0, f"losslint {losslint.__version__}\n", "")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(run: Run, option: str) -> None:
    status, output, _ = run(option)
    assert status == 0
    assert "check" in output and "rule" in output
    status, output, _ = run("check", option)
    assert status == 0
    for said in ("--select", "--ignore", "--output-format", "--exit-zero", "--show-undecided", "--statistics"):
        assert said in output


# ---------------------------------------------------------------- when it fails


def test_a_bug_of_its_own_is_no_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from losslint.app import checking

    def failing(*arguments: object) -> None:
        raise ZeroDivisionError("a\nbug")

    write(good=FINE)
    monkeypatch.setattr(checking, "lint", failing)
    status, output, errors = run()
    assert (status, output) == (2, "")
    assert errors.startswith("losslint: error: internal error, please report it: ZeroDivisionError: a\\nbug")
    assert errors.count("\n") == 1
    monkeypatch.setenv("LOSSLINT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run()


def test_an_interrupt(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from losslint.app import checking

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    write(good=FINE)
    monkeypatch.setattr(checking, "lint", interrupted)
    status, output, errors = run()
    assert (status, output) == (130, "")
    assert errors.strip() == "losslint: error: interrupted"


def test_what_was_not_looked_at_for_callers_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from losslint.app import discovery

    monkeypatch.setattr(discovery, "MOST_NAMES", 1)
    write(pkg__bad=BAD, pkg__a=FINE, other__b=FINE)
    Path("pyproject.toml").write_text("")
    status, output, errors = run("pkg/bad.py", "--output-format=concise")
    assert status == 1
    assert output.startswith("pkg/bad.py:6:12: LL101 ")
    assert errors.startswith("losslint: warning: ")
    assert "was not looked at for callers" in errors

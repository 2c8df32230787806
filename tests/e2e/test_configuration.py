"""The configuration as a user writes it: which rules run where, what is looked for, what the command line changes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, NET, TRAIN, concise, losslint, put, write

#: A misuse that is only advice.
ADVISED = MISUSE.replace("torch.softmax", "torch.log_softmax")
FOUND, ADVICE = "a.py:6:12: LL101", "a.py:6:12: LL102"


def project(folder: Path, configuration: str, **files: str) -> Path:
    put(folder / "losslint.toml", configuration)
    write(folder, **(files or {"a": MISUSE}))
    return folder


@pytest.mark.parametrize(
    ("configuration", "arguments", "found"),
    [
        ("", [], True),
        ('select = ["LL2"]', [], False),
        ('select = ["LL2"]\nextend-select = ["LL101"]', [], True),
        ('ignore = ["softmax-into-cross-entropy"]', [], False),
        ('extend-ignore = ["LL1"]', [], False),
        ('select = ["LL1"]\nignore = ["LL101"]', [], False),
        ('ignore = ["LL1"]', ["--select", "LL101"], True),
        ('select = ["LL1"]', ["--ignore", "LL101"], False),
        ('select = ["LL2"]', ["--config", 'extend-select = ["LL101"]'], True),
        ('select = ["LL2"]', ["--isolated"], True),
        ('ignore = ["LL1"]', ["--config", "advice = true"], False),
        ("", ["--isolated", "--config", 'ignore = ["LL1"]'], False),
    ],
)
def test_which_rules_run(tmp_path: Path, configuration: str, arguments: list[str], found: bool) -> None:
    run = concise(project(tmp_path, configuration), *arguments)
    assert (run.status, run.found, run.errors) == ((1, [FOUND], "") if found else (0, [], ""))


@pytest.mark.parametrize(
    ("configuration", "arguments", "found"),
    [
        ("", [], False),
        ("advice = true", [], True),
        ('extend-select = ["LL102"]', [], True),
        ('select = ["LL1"]', [], False),
        ('severity = { "LL102" = "warning" }', [], True),
        ('severity = { "LL1" = "error", "LL102" = "advice" }', [], False),
        ("advice = true", ["--ignore", "LL102"], False),
        ("advice = true", ["--config", "advice = false"], False),
    ],
)
def test_advice(tmp_path: Path, configuration: str, arguments: list[str], found: bool) -> None:
    run = concise(project(tmp_path, configuration, a=ADVISED), *arguments)
    assert run.found == ([ADVICE] if found else [])


def test_severities(tmp_path: Path) -> None:
    project(tmp_path, 'severity = { "LL1" = "warning" }')
    (found,) = json.loads(losslint(tmp_path, "--output-format", "json").output)
    assert found["severity"] == "warning"
    put(tmp_path / "losslint.toml", 'severity = { "LL101" = "advice" }')
    assert concise(tmp_path).status == 0
    assert concise(tmp_path, "--advice").found == [FOUND]
    assert concise(tmp_path, "--select", "LL101").found == [FOUND]


def test_rules_of_some_files(tmp_path: Path) -> None:
    configuration = '[per-file-ignores]\n"tests/**" = ["LL1"]\n"conftest.py" = ["softmax-into-cross-entropy"]\n'
    project(tmp_path, configuration, a=MISUSE, tests__a=MISUSE, lib__conftest=MISUSE, tests__deep__b=MISUSE)
    assert concise(tmp_path).found == [FOUND]
    assert concise(tmp_path / "tests").found == []
    assert concise(tmp_path, "tests/a.py").found == []
    assert len(concise(tmp_path, "--isolated").found) == 4


def test_a_rule_that_does_not_count_in_a_file_makes_no_comment_unused(tmp_path: Path) -> None:
    fine = FINE.replace("head(x), y)", "head(x), y)  # noqa: LL101")
    project(tmp_path, '[per-file-ignores]\n"a.py" = ["LL101"]\n', a=fine, b=fine)
    assert [each.split(":")[0] for each in concise(tmp_path).found] == ["b.py"]


def test_what_is_not_looked_for(tmp_path: Path) -> None:
    files = {"a": MISUSE, "gen__b": MISUSE, "src__gen__c": MISUSE, "build__d": MISUSE, "x_pb2": MISUSE}

    def files_found(*arguments: str) -> set[str]:
        return {each.split(":")[0].replace(os.sep, "/") for each in concise(tmp_path, *arguments).found}

    project(tmp_path, "", **files)
    assert files_found() == {"a.py", "gen/b.py", "src/gen/c.py", "x_pb2.py"}
    put(tmp_path / "losslint.toml", 'extend-exclude = ["/gen", "*_pb2.py"]')
    assert files_found() == {"a.py", "src/gen/c.py"}
    assert files_found("gen/b.py") == {"gen/b.py"}  # what is given is looked at
    put(tmp_path / "losslint.toml", 'exclude = ["gen"]')
    assert files_found() == {"a.py", "build/d.py", "x_pb2.py"}
    assert files_found("--config", 'exclude = ["a.py"]') == {"gen/b.py", "src/gen/c.py", "build/d.py", "x_pb2.py"}


def test_a_configuration_above_the_project(tmp_path: Path) -> None:
    put(tmp_path / "losslint.toml", 'extend-exclude = ["one/gen"]\n[per-file-ignores]\n"one/b.py" = ["LL1"]\n')
    for name in ("one", "two"):
        put(tmp_path / name / "setup.py", "")
        write(tmp_path / name, a=MISUSE, b=MISUSE, gen__c=MISUSE)
    assert len(concise(tmp_path / "two").found) == 3
    assert concise(tmp_path / "one").found == [FOUND]


def test_the_format(tmp_path: Path) -> None:
    project(tmp_path, 'output-format = "json"')
    assert json.loads(losslint(tmp_path).output)[0]["code"] == "LL101"
    assert losslint(tmp_path, "--output-format", "full").output.startswith("LL101 ")
    assert losslint(tmp_path, "-o", "out.json").output == ""
    assert json.loads((tmp_path / "out.json").read_text())[0]["code"] == "LL101"


def test_the_format_is_that_of_the_report_which_names_none(tmp_path: Path) -> None:
    """`--output` names its own, and brings no other report with it."""
    project(tmp_path, 'output-format = "sarif"')
    run = losslint(tmp_path, "--output", "concise:out.txt")
    assert (run.status, run.output) == (1, "")
    assert " LL101 " in (tmp_path / "out.txt").read_text()
    run = losslint(tmp_path, "--output", "github", "-o", "out.sarif")
    assert run.output.startswith("::error ")
    assert json.loads((tmp_path / "out.sarif").read_text())["version"] == "2.1.0"
    run = losslint(tmp_path, "--statistics")
    assert run.status == 2
    assert "--statistics does not go with the format sarif" in run.errors


def test_one_extends_another(tmp_path: Path) -> None:
    put(
        tmp_path / "base" / "shared.toml",
        'ignore = ["LL1"]\nadvice = true\n[contracts.losses."mylib.Loss"]\ninput = "logits"\n',
    )
    put(tmp_path / "pyproject.toml", '[tool.losslint]\nextend = "base/shared.toml"\n')
    write(tmp_path, a=MISUSE)
    assert concise(tmp_path).status == 0
    put(tmp_path / "pyproject.toml", '[tool.losslint]\nextend = "base/shared.toml"\nselect = ["LL101"]\n')
    assert concise(tmp_path).found == [FOUND]
    shown = json.loads(losslint(tmp_path, "config", "--output-format", "json").output)
    assert [os.path.basename(path) for path in shown["files"]] == ["shared.toml", "pyproject.toml"]
    told = {each["key"]: os.path.basename(each["from"]) for each in shown["entries"]}
    assert {key for key, file in told.items() if file == "pyproject.toml"} == {"extend", "select"}
    assert {key for key, file in told.items() if file == "shared.toml"} == {"ignore", "advice", "contracts"}
    assert shown["rules"] == shown["advice"] == ["LL101"]


def test_making_a_declared_loss_is_no_call_of_it(tmp_path: Path) -> None:
    code = """
import torch
from mylib import FocalLoss, focal_loss

criterion = FocalLoss(gamma=2.0)

def step(x, y):
    wrong = focal_loss(torch.softmax(x, dim=1), y)
    return criterion(torch.nn.Linear(3, 4)(x), y) + wrong
"""
    losses = "".join(f'[contracts.losses."mylib.{name}"]\ninput = "logits"\n' for name in ("FocalLoss", "focal_loss"))
    run = losslint(project(tmp_path, losses, a=code), "--show-undecided")
    assert "2 loss calls: 1 misused, 1 clean, 0 undecided." in run.output


@pytest.mark.parametrize(
    ("base", "problem"),
    [
        (None, "there is no such file"),
        ('extend = "losslint.toml"', "leads round in a circle"),
        ("selects = []", "base.toml: unknown key selects (did you mean select?)"),
        ("secret = [", "is not valid TOML"),
        ("x" * 1_100_000, "is too large for a configuration"),
    ],
)
def test_a_wrong_one_is_told_with_its_own_name(tmp_path: Path, base: str | None, problem: str) -> None:
    project(tmp_path, 'extend = "base.toml"')
    if base is not None:
        put(tmp_path / "base.toml", base)
    run = losslint(tmp_path)
    assert (run.status, run.output) == (2, "")
    assert problem in run.errors


def test_what_another_file_holds_is_not_quoted(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "secret", "password: hunter2\nselect = 'hunter2'\n")
    put(tmp_path / "elsewhere" / "other", "select = 'hunter2'\n")
    for name in ("secret", "other"):
        run = losslint(project(tmp_path / "project", f'extend = "../elsewhere/{name}"'))
        assert run.status == 2
        assert "hunter2" not in run.errors


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="devices of POSIX")
@pytest.mark.parametrize("key", ["extend", "baseline", "observations"])
def test_a_device_is_no_file(tmp_path: Path, key: str) -> None:
    run = losslint(project(tmp_path, f'{key} = "/dev/zero"'))
    assert run.status == 2
    assert "/dev/zero" in run.errors


def test_a_configuration_that_is_given(tmp_path: Path) -> None:
    project(tmp_path / "project", 'select = ["LL1"]\nadvice = true')
    put(tmp_path / "mine.toml", 'ignore = ["LL1"]\n[per-file-ignores]\n"project/a.py" = ["LL2"]\n')
    assert concise(tmp_path / "project", "--config", "../mine.toml").status == 0
    run = losslint(tmp_path, "--config", "nowhere.toml")
    assert (run.status, run.errors) == (2, f"losslint: error: {tmp_path / 'nowhere.toml'}: there is no such file\n")
    run = losslint(tmp_path, "--config", "selekt = []")
    assert (run.status, run.errors) == (2, "losslint: error: --config: unknown key selekt (did you mean select?)\n")
    run = losslint(tmp_path, "--config", "select = ")
    assert run.status == 2 and "--config: is not valid TOML" in run.errors


def test_each_project_has_its_own(tmp_path: Path) -> None:
    project(tmp_path / "one", 'ignore = ["LL101"]')
    project(tmp_path / "two", 'severity = { "LL101" = "warning" }')
    project(tmp_path / "three", 'extend-select = ["LL102"]', a=ADVISED)
    found = json.loads(losslint(tmp_path, "--output-format", "json", "one", "two", "three").output)
    told = [(os.path.relpath(each["filename"], tmp_path), each["code"], each["severity"]) for each in found]
    assert told == [
        (os.path.join("three", "a.py"), "LL102", "advice"),
        (os.path.join("two", "a.py"), "LL101", "warning"),
    ]


def test_the_cache_of_a_project_stays_inside(tmp_path: Path) -> None:
    inside = project(tmp_path / "inside", 'cache-dir = ".cache"')
    assert concise(inside).status == 1
    assert list((inside / ".cache").glob("*.json"))
    for name in ("../outside", str(tmp_path / "outside"), "."):
        run = losslint(project(tmp_path / "project", f'cache-dir = "{name}"'))
        assert run.status == 2
        assert "leads out of the folder of the configuration" in run.errors
    assert not (tmp_path / "outside").exists()
    assert concise(tmp_path / "project", "--isolated", "--config", 'cache-dir = "../outside"').status == 1
    assert (tmp_path / "outside").exists()


@pytest.mark.skipif(os.name == "nt", reason="links take rights there")
def test_a_link_does_not_lead_the_cache_outside(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    folder = project(tmp_path / "project", 'cache-dir = "kept"')
    (folder / "kept").symlink_to(tmp_path / "outside")
    assert losslint(folder).status == 2
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_change_of_the_configuration_counts_warm(tmp_path: Path) -> None:
    cache = ("--cache-dir", str(tmp_path / "cache"))
    folder = tmp_path / "project"
    write(folder, train=TRAIN, models__net=NET)
    told = []
    for configuration in ("", 'ignore = ["LL101"]', 'severity = { "LL101" = "advice" }', "", 'exclude = ["train.py"]'):
        put(folder / "losslint.toml", configuration)
        told.append(len(concise(folder, *cache).found))
    assert told == [1, 0, 0, 1, 0]


def test_what_is_in_force_is_shown(tmp_path: Path) -> None:
    assert losslint(tmp_path, "config").output.splitlines()[1] == "configuration: none"
    project(tmp_path, 'select = ["LL1"]\n[per-file-ignores]\n"a b.py" = ["LL101"]\n')
    shown = losslint(tmp_path, "config", "a.py", "--config", 'ignore = ["LL102"]').output.splitlines()
    path = str(tmp_path / "losslint.toml")
    assert shown[:3] == [f"project: {tmp_path}", "configuration: --config", f"configuration: {path}"]
    assert shown[4:] == [
        f'select = ["LL1"]  # {path}',
        'ignore = ["LL102"]  # --config',
        f'per-file-ignores = {{ "a b.py" = ["LL101"] }}  # {path}',
    ]
    put(tmp_path / "losslint.toml", "x = 1")
    assert losslint(tmp_path, "config").status == 2
    assert losslint(tmp_path, "config", "nowhere").status == 2


def test_the_schema_is_printed(tmp_path: Path) -> None:
    assert json.loads(losslint(tmp_path, "config", "--schema").output)["title"] == "losslint"

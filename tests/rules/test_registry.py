"""Finding rules by their files, and their documentation."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import losslint
from losslint.rules.registry import UnknownSelector, all_rules, families, load, names, resolve
from losslint.rules.rule import files_of

from .calls import marks_of, python_blocks

RULES = [pytest.param(code, id=code) for code in names()]


def run(program: str, path: str) -> str:
    """What a program prints in a fresh interpreter that finds losslint under `path`."""
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {path!r})\n{program}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


ROOT = str(Path(losslint.__file__).parent.parent)


def test_names_come_from_the_file_names() -> None:
    assert names()["LL101"] == "softmax-into-cross-entropy"
    assert list(names()) == sorted(names())
    assert {code for codes in families().values() for code in codes} == set(names())


def test_names_are_known_without_importing_a_rule() -> None:
    program = "from losslint.rules.registry import names; names(); print([m for m in sys.modules if '.ll' in m])"
    assert run(program, ROOT).strip() == "[]"


def test_rules_do_not_import_torch_or_libcst() -> None:
    program = (
        "from losslint.rules.registry import all_rules; all_rules(); print({'torch', 'libcst'} & set(sys.modules))"
    )
    assert run(program, ROOT).strip() == "set()"


def test_rules_are_found_in_a_zip_file(tmp_path: Path) -> None:
    package = Path(losslint.__file__).parent
    archive = tmp_path / "losslint.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for file in package.rglob("*.py"):
            target.write(file, file.relative_to(package.parent))
    program = "from losslint.rules import registry; print(len(registry.names()), registry.load('LL101').code)"
    assert run(program, str(archive)).split() == [str(len(names())), "LL101"]


def test_a_selector_is_a_code_a_prefix_or_a_name() -> None:
    assert resolve("LL101") == {"LL101"}
    assert resolve("ll101") == {"LL101"}
    assert resolve("softmax-into-cross-entropy") == {"LL101"}
    assert resolve("LL") == set(names())
    assert resolve("LL1") == {code for code in names() if code.startswith("LL1")}


@pytest.mark.parametrize(
    ("selector", "nearest"),
    [("LL1011", "LL101"), ("softmax-in-cross-entropy", "softmax-into-cross-entropy"), ("LL999", None), ("", None)],
)
def test_an_unknown_selector_names_the_nearest(selector: str, nearest: str | None) -> None:
    with pytest.raises(UnknownSelector) as raised:
        resolve(selector)
    if nearest is not None:
        assert nearest in raised.value.nearest
        assert nearest in str(raised.value)


def test_an_unknown_code_cannot_be_loaded() -> None:
    with pytest.raises(UnknownSelector):
        load("LL000")


def test_every_rule_has_its_own_name() -> None:
    assert len({rule.name for rule in all_rules()}) == len(names())


@pytest.mark.parametrize("code", RULES)
def test_a_rule_is_complete(code: str) -> None:
    rule = load(code)
    assert (rule.code, rule.name) == (code, names()[code])
    assert rule.fix in ("", "safe", "unsafe")
    assert set(rule.observers) <= {"S", "R"}
    for heading in ("Example", "Use instead"):
        assert python_blocks(rule.documentation, heading), f"{code} has no program under {heading!r}"


@pytest.mark.parametrize("code", [code for code in names() if not code.startswith("LL9")])
def test_examples_are_programs_and_the_bad_ones_are_marked(code: str) -> None:
    rule = load(code)
    assert len(rule.bad) >= 2
    assert len(rule.good) >= 2 or not rule.fix
    for example in (*rule.bad, *rule.good):
        for name, text in files_of(example).items():
            if name.endswith(".py"):
                ast.parse(text)
    assert all(code in {mark[2] for mark in marks_of(files_of(example))} for example in rule.bad)
    assert all(code not in {mark[2] for mark in marks_of(files_of(example))} for example in rule.good)
    for heading in ("Example", "Use instead"):
        for text in python_blocks(rule.documentation, heading):
            ast.parse(text)

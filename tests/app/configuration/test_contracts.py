"""The configuration: which file counts, what it says, and what is said of a wrong one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from losslint.app.configuration import ConfigurationError, configuration, contracts_in
from losslint.contracts.declared import WORDS, DeclaredContracts, DeclaredLoss, DeclaredModel

Run = Callable[..., tuple[int, str, str]]

FOCAL = """
[tool.losslint.contracts.losses."mylib.FocalLoss"]
input = "logits"
"""
OWN = FOCAL.replace("tool.losslint.", "")
PROGRAM = """\
import mylib
from torch import nn

head = nn.Linear(4, 10)
criterion = mylib.FocalLoss()

def step(x, y):
    return criterion(head(x).softmax(dim=1), y)
"""
DECLARED = DeclaredContracts((DeclaredLoss("mylib.FocalLoss", "logits"),))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def said(text: str) -> DeclaredContracts | None:
    return contracts_in("pyproject.toml", text.encode())


# ---------------------------------------------------------------- what it says


def test_a_configuration_says_what_losses_take_and_models_return() -> None:
    text = """
    [project]
    name = "losslint-user"

    [tool.losslint.contracts.losses."mylib.FocalLoss"]
    input = "logits"
    target = "class-index"

    [tool.losslint.contracts.losses]
    "mylib.dice" = { target = "multi-hot" }

    [tool.losslint.contracts.models."mylib.nets.Net"]
    returns = "sigmoid-probabilities"

    [tool.losslint.contracts.models."mylib.nets.Two"]
    returns = ["logits", "real"]
    """
    found = said(text)
    assert found == DeclaredContracts(
        (DeclaredLoss("mylib.FocalLoss", "logits", "class-index"), DeclaredLoss("mylib.dice", "", "multi-hot")),
        (
            DeclaredModel("mylib.nets.Net", "sigmoid-probabilities"),
            DeclaredModel("mylib.nets.Two", ("logits", "real")),
        ),
    )


@pytest.mark.parametrize("word", WORDS)
def test_every_word_can_be_said(word: str) -> None:
    found = said(FOCAL.replace('"logits"', f'"{word}"'))
    assert found is not None
    assert found.losses[0].input == word


@pytest.mark.parametrize(
    "text", ["", "[tool.ruff]\n", "broken [ toml", 'x = "losslint"', "[tool]\n", 'tool = "losslint"']
)
def test_a_file_of_others_says_nothing(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize("text", ["[tool.losslint]", "[tool.losslint.contracts]", "[tool.losslint.contracts.losses]"])
def test_an_empty_configuration_is_one(text: str) -> None:
    assert said(text) == DeclaredContracts()


# ---------------------------------------------------------------- which file counts


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", FOCAL)
    write(tmp_path / "inner" / "pyproject.toml", "[tool.ruff]\n")  # says nothing of losslint's
    write(tmp_path / "inner" / "own" / "losslint.toml", OWN.replace("logits", "real"))
    write(tmp_path / "inner" / "own" / "pyproject.toml", FOCAL)
    assert configuration(str(tmp_path)).contracts == DECLARED
    assert configuration(str(tmp_path / "inner")).contracts == DECLARED
    assert configuration(str(tmp_path / "inner" / "not there" / "yet")).contracts == DECLARED
    own = configuration(str(tmp_path / "inner" / "own")).contracts
    assert own is not None and own.losses[0].input == "real"


def test_without_a_file_there_is_no_configuration(tmp_path: Path) -> None:
    write(tmp_path / "losslint.toml" / "a folder.txt", "")
    assert configuration(str(tmp_path)).contracts is None


# ---------------------------------------------------------------- wrong ones


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool.losslint]\nselected = []", "unknown key tool.losslint.selected (did you mean select?)"),
        ("[tool.losslint.contract]", "unknown key tool.losslint.contract (did you mean contracts?)"),
        ("[tool.losslint.contracts.loss]", "unknown key tool.losslint.contracts.loss (did you mean losses?)"),
        (FOCAL + 'inputs = "real"', 'losses."mylib.FocalLoss".inputs (did you mean input?)'),
        (FOCAL.replace("logits", "logit"), "input is 'logit', which is no kind (did you mean logits?)"),
        (FOCAL.replace("logits", "Softmax"), "which is no kind: one of logits, probabilities, log-probabilities,"),
        (FOCAL.replace("logits", ""), "is '', which is no kind"),
        (FOCAL.replace('"logits"', "1"), "is no kind, but 1"),
        (FOCAL.replace('"logits"', '["logits"]'), "is no kind, but ['logits']"),
        ('[tool.losslint.contracts.losses."mylib.F"]', "says neither what the input nor what the target is"),
        ('[tool.losslint.contracts.models."mylib.F"]', "does not say what the model returns"),
        ('[tool.losslint.contracts.models."mylib.F"]\nreturns = []', "returns is empty"),
        ('[tool.losslint.contracts.models."mylib.F"]\nreturns = ["logits", "x"]', "is 'x', which is no kind"),
        ('[tool.losslint.contracts.models."mylib.F"]\nreturns = {}', "is no kind or a list of them, but {}"),
        ('[tool.losslint.contracts.models."mylib.F"]\nreturn = "real"', "(did you mean returns?)"),
        ('[tool.losslint.contracts.losses."FocalLoss"]\ninput = "real"', "is not named by module and name"),
        ('[tool.losslint.contracts.losses."my lib.X"]\ninput = "real"', "is not named by module and name"),
        ('[tool.losslint.contracts.losses.mylib.FocalLoss]\ninput = "real"', "a name with dots takes quotes"),
        ('[tool.losslint.contracts.losses]\n"a.B" = "logits"', 'losses."a.B" is no table'),
        ("[tool.losslint.contracts]\nlosses = 3", "tool.losslint.contracts.losses is no table"),
        ("[tool]\nlosslint = 3", "tool.losslint is no table"),
        ("# losslint\nx = [", "is not valid TOML"),
    ],
)
def test_a_wrong_configuration_is_an_error(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        said(text)
    assert str(raised.value).startswith("pyproject.toml: ")
    assert problem in str(raised.value)


def test_a_file_of_ones_own_names_its_keys_as_they_are_written_there() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^losslint\.toml: unknown key contract \(did you mean contracts\?\)$"
    ):
        contracts_in("losslint.toml", b"[contract]")


@pytest.mark.parametrize("data", [b"x = '\xff'", b"x = " + b"[" * 50_000])
def test_what_cannot_be_read_is_an_error(data: bytes) -> None:
    with pytest.raises(ConfigurationError):
        contracts_in("losslint.toml", data)


def test_an_older_python_needs_tomli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    monkeypatch.setitem(sys.modules, "tomli", None)  # not installed
    with pytest.raises(ConfigurationError, match=r"takes Python 3\.11, or the package tomli"):
        said(FOCAL)
    tomllib = pytest.importorskip("tomllib")
    monkeypatch.setitem(sys.modules, "tomli", SimpleNamespace(loads=tomllib.loads, TOMLDecodeError=ValueError))
    assert said(FOCAL) == DECLARED


# ---------------------------------------------------------------- the command


@pytest.fixture
def concise(run: Run) -> Run:
    return lambda *arguments, given=None: run("--output-format=concise", *arguments, given=given)


@pytest.mark.parametrize("name", ["pyproject.toml", "losslint.toml"])
def test_the_command_follows_the_configuration(concise: Run, tmp_path: Path, name: str) -> None:
    write(tmp_path / "src" / "train.py", PROGRAM)
    assert concise()[0] == 0
    write(tmp_path / name, OWN if name == "losslint.toml" else FOCAL)
    for path in (".", "src", "src/train.py"):
        status, output, errors = concise(path)
        assert (status, errors) == (1, "")
        assert output.startswith("src/train.py:8:12: LL603 ")


def test_standard_input_follows_it_too(concise: Run, tmp_path: Path) -> None:
    write(tmp_path / "losslint.toml", OWN)
    assert "LL603" in concise("-", given=PROGRAM.encode())[1]
    assert "LL603" in concise("--stdin-filename", "src/train.py", "-", given=PROGRAM.encode())[1]


def test_a_wrong_configuration_ends_with_2(concise: Run, tmp_path: Path) -> None:
    write(tmp_path / "train.py", PROGRAM)
    path = write(tmp_path / "losslint.toml", OWN.replace("logits", "logit"))
    for arguments in ([], ["train.py"], ["--exit-zero"]):
        status, output, errors = concise(*arguments)
        assert (status, output) == (2, "")
        assert errors.startswith(f"losslint: error: {path}: ")
        assert "did you mean logits?" in errors
    assert concise("-", given=b"")[0] == 2


def test_a_run_without_a_configuration_reads_no_toml(tmp_path: Path) -> None:
    write(tmp_path / "train.py", PROGRAM)
    write(tmp_path / "pyproject.toml", "[project]\nname = 'x'\n")
    program = (
        "import sys; from losslint.app import cli\n"
        "try: cli.main()\n"
        "except SystemExit: print(*(name for name in ('tomllib', 'tomli') if name in sys.modules))"
    )
    command = [sys.executable, "-c", program, "-q"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert shown.strip() == ""
    write(tmp_path / "losslint.toml", OWN)
    shown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert shown.strip().endswith("tomllib" if sys.version_info >= (3, 11) else "tomli")

"""Files of observations: what `check` makes of them, when they no longer count, and what is said of wrong ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from losslint.app.configuration import ConfigurationError
from losslint.app.configuration.reading import layers_of
from losslint.app.observations import FORMAT, VERSION, ObservationsError, read, written
from losslint.app.running import texts_of_program
from losslint.app.sites import matched
from losslint.vocabulary.findings import Finding, Judgement, Severity, Verdict
from losslint.vocabulary.observed import Account, Observed, ObservedCall
from losslint.vocabulary.places import Place

Run = Callable[..., tuple[int, str, str]]

#: Row 5 cannot be decided from the code, row 8 is clean, row 11 is a misuse.
TRAIN = """\
import torch.nn.functional as F
from net import head

def open_(p, y):
    return F.cross_entropy(p, y)

def clean(x, y):
    return F.cross_entropy(head(x), y)

def wrong(x, y):
    return F.cross_entropy(head(x).softmax(1), y)
"""
NET = "from torch import nn\nhead = nn.Linear(4, 10)\n"
OPEN, CLEAN, WRONG = (Place("train.py", row, 12, row, end) for row, end in ((5, 33), (8, 39), (11, 50)))


@pytest.fixture
def run(run: Run) -> Run:
    """The command in a folder with the program, and a marker that makes it a project."""
    put("losslint.toml", "")
    put("train.py", TRAIN)
    put("net.py", NET)
    return lambda *arguments: run("--output-format=concise", "--show-undecided", *arguments)


def put(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def call(place: Place = OPEN, verdict: Verdict = Verdict.CLEAN, loss: str = "CrossEntropyLoss") -> ObservedCall:
    given = {"input": Observed(("logits",), ("float32", "float16"), ("[4, 3]", "[2, 3]"), ("cpu",))}
    return ObservedCall(place, loss, "F.cross_entropy", 3, verdict, "", given)


def misuse(place: Place = OPEN, code: str = "LL101", loss: str = "CrossEntropyLoss") -> Account:
    finding = Finding(
        code, "softmax-into-cross-entropy", Severity.ERROR, "It is wrong. Mend it.", place, (), "Mend it."
    )
    return Account((call(place, Verdict.MISUSED, loss),), (finding,), (), (os.path.abspath("net.py"),))


def observed(seen: Account, path: str = "obs.json", started: int | None = None) -> dict[str, Any]:
    """Writes a file as `losslint run` would; what stands in it."""
    here = os.getcwd()
    started = started if started is not None else time.time_ns() + 10**9
    text, _ = written(seen, path, here, here, texts_of_program(here).row, started)
    put(path, text)
    loaded: dict[str, Any] = json.loads(text)
    return loaded


# ---------------------------------------------------------------- what it decides


def test_a_call_that_was_seen_to_be_clean_is_clean(run: Run) -> None:
    assert "train.py:5:12: undecided" in run()[1]
    observed(Account((call(),)))
    status, output, errors = run("--observations", "obs.json")
    assert (status, errors) == (1, "")
    assert "undecided:" not in output
    assert output.endswith("3 loss calls: 1 misused, 2 clean, 0 undecided.\n")


def test_a_misuse_that_was_seen_is_a_finding_of_its_rule(run: Run) -> None:
    observed(misuse())
    status, output, _ = run("--observations", "obs.json")
    assert status == 1
    assert "train.py:5:12: LL101 Observed at run time: It is wrong. Mend it.\n" in output
    assert output.endswith("2 problems found. 3 loss calls: 2 misused, 1 clean, 0 undecided.\n")


def test_the_full_format_and_json_tell_where_it_comes_from(run: Run) -> None:
    observed(misuse())
    output = run("--observations", "obs.json", "--output-format=full")[1]
    assert "LL101 softmax-into-cross-entropy: Observed at run time: It is wrong.\n --> train.py:5:12\n" in output
    assert "= help: Mend it.\n" in output
    first = json.loads(run("--observations", "obs.json", "--output-format=json")[1])[0]
    assert (first["code"], first["location"], first["severity"]) == ("LL101", {"row": 5, "column": 12}, "error")
    assert first["evidence"][0]["message"].endswith("when the program ran, as obs.json tells")


@pytest.mark.parametrize("place", [CLEAN, WRONG])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_what_the_code_tells_stays_as_it_is(run: Run, place: Place, verdict: Verdict) -> None:
    before = run()
    seen = misuse(place, "LL108") if verdict is Verdict.MISUSED else Account((call(place, verdict),))
    observed(seen)
    assert run("--observations", "obs.json") == before


@pytest.mark.parametrize(
    "seen",
    [
        Account((call(verdict=Verdict.UNDECIDED),)),
        Account((call(loss="MSELoss"),)),
        Account((call(), call(loss="MSELoss"))),
        Account((call(Place("train.py", 5, 12, 5, 30)),)),
        Account((call(Place("other.py", 5, 12, 5, 33)),)),
    ],
)
def test_another_loss_another_place_and_what_stayed_open_decide_nothing(run: Run, seen: Account) -> None:
    before = run()
    put("other.py", TRAIN.replace("cross_entropy", "mse_loss"))
    observed(seen)
    os.unlink("other.py")
    assert run("--observations", "obs.json") == before


def test_a_rule_that_is_left_out_says_nothing_and_the_call_is_not_called_clean(run: Run) -> None:
    observed(misuse())
    output = run("--observations", "obs.json", "--ignore=LL101")[1]
    assert "LL101" not in output
    assert "train.py:5:12: undecided" in output


def test_a_code_that_no_rule_has_says_nothing(run: Run) -> None:
    observed(misuse(code="LL999"))
    assert "train.py:5:12: undecided" in run("--observations", "obs.json")[1]


def test_several_files_count_together_and_the_worst_verdict_counts(run: Run) -> None:
    observed(Account((call(),)), "one.json")
    observed(misuse(), "sub/two.json")
    for first, second in (("one.json", "sub/two.json"), ("sub/two.json", "one.json")):
        output = run("--observations", first, "--observations", second)[1]
        assert "train.py:5:12: LL101" in output
    assert json.loads(Path("sub/two.json").read_text())["calls"][0]["file"] == "../train.py"


def test_the_cache_does_not_answer_for_another_file(run: Run) -> None:
    without = run()
    observed(misuse())
    assert "Observed" in run("--observations", "obs.json")[1]
    observed(Account((call(),)))
    assert "Observed" not in run("--observations", "obs.json")[1]
    assert run() == without


def test_standard_input_stands_for_its_file(run: Run, tmp_path: Path) -> None:
    observed(misuse())
    command = [sys.executable, "-m", "losslint", "--stdin-filename=train.py", "--observations=obs.json", "-"]
    ended = subprocess.run(command, input=TRAIN, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "Observed at run time" in ended.stdout
    changed = TRAIN.replace("(p, y)\n\n", "(p, 1 * y)\n\n")
    ended = subprocess.run(command, input=changed, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "Observed at run time" not in ended.stdout


# ---------------------------------------------------------------- what is out of date


@pytest.mark.parametrize(
    "changed",
    [
        TRAIN.replace("return F.cross_entropy(p, y)", "return F.cross_entropy(q, y)"),
        "\n" + TRAIN,
    ],
)
def test_rows_that_have_changed_decide_nothing(run: Run, changed: str) -> None:
    observed(Account((call(),)))
    put("train.py", changed)
    _, output, errors = run("--observations", "obs.json")
    assert ": undecided: CrossEntropyLoss" in output
    assert errors.startswith("losslint: warning: obs.json: 1 of 1 observations are out of date")


def test_a_clean_call_counts_while_its_rows_stay(run: Run) -> None:
    observed(Account((call(),)))
    put("train.py", TRAIN + "\n# more\n")
    output = run("--observations", "obs.json")[1]
    assert "undecided:" not in output


def test_a_misuse_may_have_been_mended_anywhere(run: Run) -> None:
    observed(misuse())
    put("net.py", NET + "\n# mended\n")
    status, output, _ = run("--observations", "obs.json", "--ignore=LL102")
    assert "Observed" not in output
    assert "train.py:5:12: undecided: CrossEntropyLoss: a misuse was observed at run time, but files" in output
    assert status == 1  # that of row 11


def test_nothing_is_written_of_a_file_that_changed_while_the_program_ran(run: Run) -> None:
    here = os.getcwd()
    text, changed = written(Account((call(),)), "obs.json", here, here, texts_of_program(here).row, 0)
    assert changed == (os.path.realpath("train.py"),)
    assert json.loads(text)["calls"] == []


def test_nothing_is_written_of_other_peoples_code(run: Run) -> None:
    put("venv/lib/site-packages/library.py", TRAIN)
    places = ["venv/lib/site-packages/library.py", "../outside.py", "<string>"]
    put("../outside.py", TRAIN)
    document = observed(Account(tuple(call(Place(name, 5, 12, 5, 33)) for name in places)))
    assert (document["calls"], document["sources"]) == ([], {})


def test_the_file_is_the_same_for_the_same_program(run: Run) -> None:
    other = Observed(("logits",), ("float16", "float32"), ("[2, 3]", "[4, 3]"), ("cpu",))
    again = ObservedCall(OPEN, "CrossEntropyLoss", "F.cross_entropy", 99, Verdict.CLEAN, "", {"input": other})
    observed(Account((call(),)), "one.json")
    observed(Account((again,)), "two.json")
    assert Path("one.json").read_bytes() == Path("two.json").read_bytes()


# ---------------------------------------------------------------- the configuration


@pytest.mark.parametrize("value", ['"obs.json"', '["obs.json"]'])
def test_the_configuration_names_files(run: Run, value: str) -> None:
    observed(misuse())
    put("losslint.toml", f"observations = {value}\n")
    assert "train.py:5:12: LL101 Observed" in run()[1]


def test_a_configuration_has_no_say_in_other_projects(run: Run) -> None:
    for name in ("one", "two"):
        put(f"{name}/train.py", TRAIN)
        put(f"{name}/net.py", NET)
        put(f"{name}/losslint.toml", 'observations = "../obs.json"\n' if name == "one" else "")
    os.unlink("losslint.toml")
    observed(Account((call(Place("one/train.py", 5, 12, 5, 33)), call(Place("two/train.py", 5, 12, 5, 33)))))
    output = run("one/train.py", "two/train.py")[1]
    assert "two/train.py:5:12: undecided" in output.replace(os.sep, "/")
    assert "one/train.py:5:12: undecided" not in output.replace(os.sep, "/")


@pytest.mark.parametrize("value", ["1", '[""]', "[1]", "{}", '"a\\u0000b"', "true"])
def test_a_wrong_name_in_the_configuration_is_an_error(value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^losslint\.toml: observations is no name of a file"):
        layers_of("losslint.toml", f"observations = {value}\n".encode())


# ---------------------------------------------------------------- wrong and hostile files


DOCUMENT: dict[str, Any] = {"format": FORMAT, "version": VERSION, "sources": {}, "calls": []}


def with_call(**changes: object) -> str:
    one = {
        "file": "train.py", "row": 5, "column": 12, "end_row": 5, "end_column": 33, "rows": "0", "loss": "MSELoss",
        "spelling": "F.mse_loss", "verdict": "clean", "reason": "", "arguments": {}, "misuses": [],
    }  # fmt: skip
    return json.dumps({**DOCUMENT, "calls": [{**one, **changes}]})


HOSTILE = {
    "nothing": "",
    "no json": "{",
    "deep": "[" * 100_000,
    "large number": '{"version": ' + "9" * 10_000 + "}",
    "another format": "{}",
    "a list": "[]",
    "another version": json.dumps({**DOCUMENT, "version": 2}),
    "a version that is true": json.dumps({**DOCUMENT, "version": True}),
    "no calls": json.dumps({"format": FORMAT, "version": VERSION, "sources": {}}),
    "calls": json.dumps({**DOCUMENT, "calls": {}}),
    "a call": json.dumps({**DOCUMENT, "calls": [1]}),
    "sources": json.dumps({**DOCUMENT, "sources": {"a": 1}}),
    "row": with_call(row=-1),
    "rows of a call": with_call(row=1, end_row=10**9),
    "verdict": with_call(verdict="fine"),
    "name": with_call(file="a\0b"),
    "misuse": with_call(misuses=[{"code": "LL101"}]),
    "long": with_call(reason="x" * 100_000),
    "arguments": with_call(arguments={"input": []}),
    "float": with_call(row=1.5),
    "nan": with_call(row=float("nan")),
    "lone surrogate": with_call(file="\udc80", row="x"),
    "latin": "\xff",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_wrong_file_is_an_error_for_people(run: Run, text: str) -> None:
    Path("obs.json").write_bytes(text.encode("latin-1") if text == "\xff" else text.encode())
    status, output, errors = run("--observations", "obs.json")
    assert (status, output) == (2, "")
    assert errors.startswith("losslint: error: obs.json: ")
    assert errors.count("\n") == 1


def test_what_is_no_file_is_not_read(run: Run) -> None:
    paths = [".", "nowhere.json", *(["/dev/zero"] if os.path.exists("/dev/zero") else [])]
    if hasattr(os, "mkfifo"):
        os.mkfifo("pipe")
        paths.append("pipe")
    for path in paths:
        status, _, errors = run("--observations", path)
        assert status == 2
        assert errors.startswith(f"losslint: error: {path}: ")


def test_a_message_cannot_speak_to_the_terminal(run: Run) -> None:
    document = observed(misuse())
    document["calls"][0]["misuses"][0].update(message="\x1b[31mred\nLL999", mend="\x1b]0;title\x07")
    put("obs.json", json.dumps(document))
    for form in ("full", "concise"):
        output = run("--observations", "obs.json", f"--output-format={form}")[1]
        assert "\x1b" not in output
        assert "\x07" not in output
        assert "\nLL999" not in output


def test_a_large_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("losslint.app.observations.MOST_BYTES", 100)
    (tmp_path / "obs.json").write_text(" " * 101 + json.dumps(DOCUMENT))
    with pytest.raises(ObservationsError, match="too large"):
        read(str(tmp_path / "obs.json"))


def test_without_observations_nothing_is_imported_for_them(run: Run, tmp_path: Path) -> None:
    program = (
        "import sys; from losslint.app import cli\n"
        "try: cli.main()\n"
        "except SystemExit: print(*(name for name in sys.modules if 'observ' in name or 'deciding' in name))"
    )
    for arguments, imported in (([], False), (["--observations=obs.json"], True)):
        observed(Account())
        ended = subprocess.run(
            [sys.executable, "-c", program, "-q", *arguments], capture_output=True, text=True, check=True, cwd=tmp_path
        )
        names = ended.stdout.splitlines()[-1].split()
        assert ("losslint.app.observations" in names) == imported
        assert ("losslint.app.deciding" in names) == imported


def test_reading_observations_does_not_import_torch(run: Run, tmp_path: Path) -> None:
    observed(misuse())
    program = (
        "import sys; from losslint.app import cli\n"
        "try: cli.main()\n"
        "except SystemExit: print(sys.modules.keys() & {'torch', 'numpy'})"
    )
    command = [sys.executable, "-c", program, "--observations=obs.json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "Observed at run time" in ended.stdout
    assert ended.stdout.endswith("set()\n")


# ---------------------------------------------------------------- which call is which


def judgement(row: int, column: int, end_row: int, end_column: int, loss: str = "MSELoss") -> Judgement:
    return Judgement(Place("train.py", row, column, end_row, end_column), loss, Verdict.UNDECIDED)


def test_calls_are_told_apart_by_where_they_end() -> None:
    judgements = [judgement(3, 5, 3, 20), judgement(3, 5, 3, 40), judgement(7, 1, 9, 2)]
    calls = [
        call(Place("train.py", 3, 5, 3, 40)),
        call(Place("train.py", 8, 4, 9, 2)),
        call(Place("a.py", 3, 5, 3, 20)),
    ]
    assert matched(judgements, calls) == {1: [calls[0]], 2: [calls[1]]}


def test_without_columns_a_row_has_to_hold_one_call_of_the_loss() -> None:
    judgements = [
        judgement(3, 5, 3, 20),
        judgement(3, 25, 3, 40),
        judgement(3, 50, 3, 60, "L1Loss"),
        judgement(7, 1, 9, 2),
    ]
    calls = [call(Place("train.py", row), loss=loss) for row, loss in ((3, "MSELoss"), (3, "L1Loss"), (7, "MSELoss"))]
    assert matched(judgements, calls) == {2: [calls[1]], 3: [calls[2]]}


def test_a_cell_of_a_notebook_is_no_file() -> None:
    notebook = Judgement(Place("train.py", 3, 5, 3, 20, 2), "MSELoss", Verdict.UNDECIDED)
    assert matched([notebook], [call(Place("train.py", 3, 5, 3, 20))]) == {}

"""What losslint keeps from run to run (baselines, observations, the cache), as somebody who wants to do harm writes it:
it is data, of which the worst that can come is that it is not used."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from losslint.app.baseline import FORMAT as BASELINE
from losslint.app.baseline import VERSION as BASELINE_VERSION
from losslint.app.cache.recorded import digest
from losslint.app.observations import FORMAT as SEEN
from losslint.app.observations import VERSION as SEEN_VERSION
from tests.e2e.command import MISUSE, concise, losslint, put, write
from tests.security.hostile import command


class Harm:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = str(mark)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.mark,)


DEEP = "[" * 100_000 + "]" * 100_000
TEXTS: dict[str, str] = {
    "empty": "",
    "null": "null",
    "depth": DEEP,
    "depth inside": '{"format": "FORMAT", "version": VERSION, "findings": DEEP, "sources": {}, "calls": DEEP}',
    "a long number": '{"format": "FORMAT", "version": ' + "9" * 100_000 + "}",
    "halves of characters": '{"format": "FORMAT", "version": VERSION, "findings": ["\\ud800"], "calls": ["\\ud800"]}',
    "a format that commands": '{"format": "\\u001b[31m", "version": 1}',
}


def text_of(name: str, form: str, version: int) -> str:
    return TEXTS[name].replace("DEEP", DEEP).replace("FORMAT", form).replace("VERSION", str(version))


@pytest.mark.parametrize("name", [*TEXTS, "a pickle"])
@pytest.mark.parametrize("option", ["--baseline", "--observations"])
def test_what_is_no_baseline_and_no_observations_is_refused(tmp_path: Path, name: str, option: str) -> None:
    mark = tmp_path / "harmed"
    kind = (BASELINE, BASELINE_VERSION) if option == "--baseline" else (SEEN, SEEN_VERSION)
    put(tmp_path / "kept", pickle.dumps(Harm(mark)) if name == "a pickle" else text_of(name, *kind))
    write(tmp_path, a=MISUSE)
    run = command(tmp_path, f"{option}=kept", ".")
    assert (run.status, run.output) == (2, "")
    assert run.errors.startswith("losslint: error: kept: ") and run.errors.count("\n") == 1
    assert not mark.exists()


def test_many_entries_of_a_baseline_do_not_keep_the_run_busy(tmp_path: Path) -> None:
    write(
        tmp_path, a=MISUSE + "".join(f"def f{n}(x, y): return F.cross_entropy(x.softmax(1), y)\n" for n in range(200))
    )
    losslint(tmp_path, "--write-baseline", "kept")
    kept = json.loads((tmp_path / "kept").read_text())
    like = kept["findings"][0]
    kept["findings"] = [{**like, "file": f"gone{number}.py", "loss": f"{number}"} for number in range(200_000)]
    put(tmp_path / "kept", json.dumps(kept))
    run = command(tmp_path, "--baseline=kept", "--output-format=concise", ".")
    assert (run.status, len(run.found)) == (1, 201)


def test_a_baseline_names_nothing_outside(tmp_path: Path) -> None:
    """Entries of files elsewhere are no reason to look at them, let alone to write there."""
    outside, project = tmp_path / "outside.py", tmp_path / "project"
    put(outside, MISUSE)
    put(project / "pyproject.toml", "")
    write(project, a=MISUSE)
    losslint(project, "--write-baseline", "kept")
    kept = json.loads((project / "kept").read_text())
    kept["findings"] = [
        {**kept["findings"][0], "file": name} for name in ("../outside.py", "/etc/passwd", "\u0000", "")
    ]
    put(project / "kept", json.dumps(kept))
    run = command(project, "--baseline=kept", "--update-baseline", "--output-format=concise", ".")
    assert run.status in (1, 2)
    assert outside.read_text() == MISUSE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside.py", "project"]


#: What stands in the place of an answer of the cache, with and without the digest that says that it is whole.
ANSWERS = ["null", "[]", "{}", DEEP, '{"findings": ' + DEEP + "}", "9" * 100_000, '{"findings": [["LL101"]]}']


@pytest.mark.parametrize("text", ANSWERS, ids=range(len(ANSWERS)))
@pytest.mark.parametrize("signed", [True, False])
def test_what_is_no_answer_of_the_cache_is_not_used(tmp_path: Path, text: str, signed: bool) -> None:
    write(tmp_path, a=MISUSE)
    right = concise(tmp_path, "--cache-dir=cache")
    (answer,) = (tmp_path / "cache").glob("*.json")
    answer.write_text(f"{digest(text.encode())}\n{text}" if signed else text)
    assert concise(tmp_path, "--cache-dir=cache") == right
    assert answer.read_text().partition("\n")[2] != text  # the right one is there again


def test_a_pickle_in_the_cache_is_not_loaded(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    right = concise(tmp_path, "--cache-dir=cache")
    mark = tmp_path / "harmed"
    data = pickle.dumps(Harm(mark), protocol=0)
    (answer,) = (tmp_path / "cache").glob("*.json")
    for name in (answer.name, "x.pickle", "x.pkl", "__init__.py"):
        (tmp_path / "cache" / name).write_bytes(data)
    assert concise(tmp_path, "--cache-dir=cache", "a.py").found == right.found
    assert not mark.exists()
    pickle.loads(data)
    assert mark.exists()  # it would have


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_in_the_place_of_an_answer_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    right = concise(tmp_path, "--cache-dir=cache")
    (answer,) = (tmp_path / "cache").glob("*.json")
    answer.unlink()
    os.mkfifo(answer)
    assert concise(tmp_path, "--cache-dir=cache") == right


def test_an_answer_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    right = concise(tmp_path, "--cache-dir=cache")
    (answer,) = (tmp_path / "cache").glob("*.json")
    put(tmp_path / "precious", "precious")
    answer.unlink()
    answer.symlink_to(tmp_path / "precious")
    assert concise(tmp_path, "--cache-dir=cache") == right
    assert (tmp_path / "precious").read_text() == "precious"

"""The JSON format: its fields are a promise."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from losslint.report.formats.json import as_json, statistics_as_json
from losslint.vocabulary.places import Place, Step
from tests.report.made import CLASH, FILES, NET, TRAIN, finding, texts, texts_of


def listed(*findings: object, files: object = FILES) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(as_json(tuple(findings), files, "https://example.org/"))  # type: ignore[arg-type]
    return loaded


def fingerprint(*findings: object, files: object = FILES) -> list[str]:
    return [each["fingerprint"] for each in listed(*findings, files=files)]


def test_every_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (found,) = listed(CLASH)
    mark = found.pop("fingerprint")
    assert isinstance(mark, str) and len(mark) == 16
    assert found == {
        "code": "LL101",
        "name": "softmax-into-cross-entropy",
        "severity": "error",
        "message": "It is given probabilities. Remove the softmax at models/net.py:3.",
        "filename": str(tmp_path / "train.py"),
        "cell": None,
        "location": {"row": 3, "column": 12},
        "end_location": {"row": 3, "column": 33},
        "evidence": [
            {
                "filename": str(tmp_path / "models" / "net.py"),
                "cell": None,
                "location": {"row": 3, "column": 16},
                "message": "`softmax` makes probabilities here",
            },
            {
                "filename": str(tmp_path / "train.py"),
                "cell": None,
                "location": {"row": 3, "column": 12},
                "message": "given to CrossEntropyLoss here",
            },
        ],
        "fix": None,
        "url": "https://example.org/softmax-into-cross-entropy/",
    }


def test_a_place_without_an_end_ends_where_it_begins() -> None:
    (found,) = listed(finding(Place("train.py", 2, 5)))
    assert found["location"] == found["end_location"] == {"row": 2, "column": 5}


def test_a_cell_is_a_number() -> None:
    step = Step(Place("a.ipynb", 1, 1, cell=1), "made here")
    (found,) = listed(finding(Place("a.ipynb", 2, 1, cell=4), step))
    assert found["cell"] == 4
    assert found["evidence"][0]["cell"] == 1


def test_nothing_found_is_an_empty_list() -> None:
    assert as_json((), FILES, "") == "[]\n"


def test_standard_input_without_a_name_is_called_as_in_ruff() -> None:
    place = Place("<stdin>", 1, 1)
    (found,) = listed(finding(place, Step(place, "made here")))
    assert found["filename"] == found["evidence"][0]["filename"] == "-"


def test_odd_names_and_messages_come_back_as_they_were() -> None:
    name = os.path.abspath("a\n\x1b\u202e\udcff.py")
    text = as_json((finding(Place(name, 1), message="\x1b[31m\u202e"),), FILES, "")
    assert text.isascii()
    assert "\x1b" not in text
    (found,) = json.loads(text)
    assert found["filename"] == name
    assert found["message"] == "\x1b[31m\u202e"


def test_the_fingerprint_stays_when_lines_move() -> None:
    moved = finding(Place("train.py", 5, 16, 5, 37), Step(Place("models/net.py", 7, 20), "made by something else"))
    files = texts(
        models__net="\n" * 4 + NET.replace("return", "    return"),
        train="\n# a comment\n" + TRAIN.replace("return", "    return"),
    )
    assert fingerprint(moved, files=files) == fingerprint(CLASH)


@pytest.mark.parametrize(
    ("other", "files"),
    [
        (finding(CLASH.place, *CLASH.evidence, code="LL103"), FILES),
        (finding(Place("train.py", 2, 5), *CLASH.evidence), FILES),
        (finding(CLASH.place, Step(Place("models/net.py", 1, 1), "made here")), FILES),
        (CLASH, texts(models__net=NET, train=TRAIN.replace("cross_entropy(out", "cross_entropy(output"))),
        (CLASH, texts(models__net=NET.replace("softmax(1)", "softmax(0)"), train=TRAIN)),
        (CLASH, texts_of({"models/net.py": NET, "train.py": TRAIN}, {"train.py": "other/train.py"})),
    ],
    ids=["rule", "row of the loss", "row of the cause", "text of the loss", "text of the cause", "file"],
)
def test_the_fingerprint_differs_with(other: object, files: object) -> None:
    assert fingerprint(other, files=files) != fingerprint(CLASH)


def test_equal_findings_have_different_fingerprints_and_the_first_keeps_its_own() -> None:
    files = texts(a="loss(p)\nx = 1\nloss(p)\n")
    first, second = finding(Place("a.py", 1, 1)), finding(Place("a.py", 3, 1))
    one, two = fingerprint(first, second, files=files)
    assert one != two
    assert fingerprint(second, files=files) == [one]
    assert fingerprint(first, second, files=files) == [one, two]


def test_the_fingerprint_is_the_same_wherever_the_run_was_started() -> None:
    inside = texts_of({"train.py": TRAIN}, {"train.py": "src/train.py"})
    above = texts_of({"project/src/train.py": TRAIN}, {"project/src/train.py": "src/train.py"})
    assert fingerprint(finding(Place("train.py", 3, 12)), files=inside) == fingerprint(
        finding(Place("project/src/train.py", 3, 12)), files=above
    )


def test_without_published_pages_there_is_no_link() -> None:
    assert json.loads(as_json((CLASH,), FILES))[0]["url"] is None


def test_statistics() -> None:
    assert json.loads(statistics_as_json((CLASH, CLASH))) == [
        {"code": "LL101", "name": "softmax-into-cross-entropy", "count": 2}
    ]
    assert statistics_as_json(()) == "[]\n"

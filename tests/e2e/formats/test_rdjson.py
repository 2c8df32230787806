"""`--output-format rdjson`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.command import MISUSE, NET, TRAIN, losslint, put, write
from tests.e2e.formats.hostile import NAMES, hostile, posix
from tests.e2e.formats.test_github import NOTEBOOK


def test_a_diagnostic_with_related_places_and_a_suggestion(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    run = losslint(tmp_path, "--output-format", "rdjson")
    assert run.status == 1
    result = json.loads(run.output)
    assert result["source"] == {"name": "losslint"}
    (diagnostic,) = result["diagnostics"]
    assert (diagnostic["severity"], diagnostic["code"]) == ("ERROR", {"value": "LL101"})
    assert diagnostic["location"] == {
        "path": "a.py",
        "range": {"start": {"line": 6, "column": 12}, "end": {"line": 6, "column": 33}},
    }
    assert [place["location"]["range"]["start"]["line"] for place in diagnostic["related_locations"]] == [5]
    (suggestion,) = diagnostic["suggestions"]
    rows = MISUSE.split("\n")
    start, end = suggestion["range"]["start"], suggestion["range"]["end"]
    assert start["line"] == end["line"]
    row = rows[start["line"] - 1]
    assert row[: start["column"] - 1] + suggestion["text"] + row[end["column"] - 1 :] == "    p = x"


def test_columns_are_bytes_of_utf_8(tmp_path: Path) -> None:
    put(tmp_path / "a.py", MISUSE.replace("return F", "größe = '\U0001f600'; return F"))
    (diagnostic,) = json.loads(losslint(tmp_path, "--output-format", "rdjson").output)["diagnostics"]
    bytes_before = len("    größe = '\U0001f600'; return ".encode())
    assert diagnostic["location"]["range"]["start"]["column"] == bytes_before + 1


def test_a_fix_in_another_file_is_no_suggestion(tmp_path: Path) -> None:
    write(tmp_path, models__net=NET, train=TRAIN)
    (diagnostic,) = json.loads(losslint(tmp_path, "--output-format", "rdjson").output)["diagnostics"]
    assert "suggestions" not in diagnostic
    assert diagnostic["related_locations"][0]["location"]["path"] == "models/net.py"


def test_a_cell_is_named_where_the_row_cannot_say_it(tmp_path: Path) -> None:
    """As in the GitHub format: the file's first row, and the cell in front of each message."""
    put(tmp_path / "a.ipynb", NOTEBOOK)
    (diagnostic,) = json.loads(losslint(tmp_path, "--output-format", "rdjson").output)["diagnostics"]
    first_row = {"path": "a.ipynb", "range": {"start": {"line": 1}}}
    assert diagnostic["location"] == first_row
    assert diagnostic["message"].startswith("cell 2, 3:8: CrossEntropyLoss")
    (related,) = diagnostic["related_locations"]
    assert (related["location"], related["message"][:13]) == (first_row, "cell 2, 2:5: ")
    assert "suggestions" not in diagnostic


@posix
def test_hostile_names_are_characters_that_every_reader_takes(tmp_path: Path) -> None:
    hostile(tmp_path)
    diagnostics = json.loads(losslint(tmp_path, "--output-format", "rdjson").output)["diagnostics"]
    assert {each["location"]["path"] for each in diagnostics} == {name.replace("\udcff", "\\udcff") for name in NAMES}

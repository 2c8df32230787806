"""`--output-format json-lines`."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.e2e.command import FINE, MISUSE, as_json, losslint, write
from tests.e2e.formats.hostile import NAMES, hostile, posix


def test_a_line_is_what_the_json_format_lists(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE, b=MISUSE)
    run = losslint(tmp_path, "--output-format", "json-lines")
    assert run.status == 1
    assert [json.loads(row) for row in run.output.splitlines()] == as_json(tmp_path)


def test_nothing_found_is_no_line(tmp_path: Path) -> None:
    write(tmp_path, a=FINE)
    run = losslint(tmp_path, "--output-format", "json-lines")
    assert (run.status, run.output) == (0, "")


@posix
def test_hostile_names_come_back_as_they_were(tmp_path: Path) -> None:
    hostile(tmp_path)
    run = losslint(tmp_path, "--output-format", "json-lines")
    assert run.output.isascii() and run.output.replace("\n", "").isprintable()
    found = {json.loads(row)["filename"] for row in run.output.split("\n") if row}
    assert found == {os.path.join(str(tmp_path), name) for name in NAMES}

"""`--output-format gitlab`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.command import FINE, MISUSE, losslint, write
from tests.e2e.formats.hostile import NAMES, hostile, posix


def test_an_issue_has_what_gitlab_asks_for(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    run = losslint(tmp_path, "--output-format", "gitlab")
    assert run.status == 1
    (issue,) = json.loads(run.output)
    assert issue.pop("description").startswith("LL101 softmax-into-cross-entropy: CrossEntropyLoss is given")
    assert len(issue.pop("fingerprint")) == 16
    assert issue == {
        "check_name": "LL101",
        "severity": "major",
        "location": {"path": "a.py", "lines": {"begin": 6, "end": 6}},
    }


def test_equal_findings_have_fingerprints_of_their_own(tmp_path: Path) -> None:
    same = MISUSE.partition("def")
    write(tmp_path, a=same[0] + (same[1] + same[2]) * 3)
    issues = json.loads(losslint(tmp_path, "--output-format", "gitlab").output)
    assert len(issues) == len({issue["fingerprint"] for issue in issues}) == 3


def test_nothing_found_is_an_empty_list(tmp_path: Path) -> None:
    write(tmp_path, a=FINE)
    assert losslint(tmp_path, "--output-format", "gitlab").output == "[]\n"


@posix
def test_hostile_names_are_characters_that_every_reader_takes(tmp_path: Path) -> None:
    hostile(tmp_path)
    issues = json.loads(losslint(tmp_path, "--output-format", "gitlab").output)
    paths = {issue["location"]["path"] for issue in issues}
    assert paths == {name.replace("\udcff", "\\udcff") for name in NAMES}

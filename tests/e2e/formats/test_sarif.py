"""`--output-format sarif`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import pytest

from tests.e2e.command import FINE, MISUSE, NET, TRAIN, losslint, put, write
from tests.e2e.formats.hostile import NAMES, hostile, posix
from tests.e2e.formats.test_github import NOTEBOOK

#: The official schema is OASIS's and does not lie here: the variable says where a copy of
#: sarif-2.1/schema/sarif-schema-2.1.0.json of https://github.com/oasis-tcs/sarif-spec is.
SCHEMA = os.environ.get("SARIF_SCHEMA", "")

EXAMPLE = '''
def shown():
    """
    >>> import torch.nn.functional as F
    >>> loss = F.cross_entropy(x.softmax(1), y)
    """
'''


def sarif(folder: Path, *arguments: str) -> dict[str, Any]:
    """The one run of a report."""
    loaded = json.loads(losslint(folder, "--output-format", "sarif", *arguments).output)
    assert loaded["version"] == "2.1.0" and len(loaded["runs"]) == 1
    run: dict[str, Any] = loaded["runs"][0]
    return run


def filename(location: dict[str, Any]) -> str:
    """The file that a location means, as a reader works it out."""
    artifact = location["physicalLocation"]["artifactLocation"]
    parts = urlsplit(artifact["uri"])
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert artifact["uriBaseId"] == "%SRCROOT%"
    return os.fsdecode(unquote_to_bytes(parts.path))


def test_a_result_with_its_rule_its_flow_and_its_fix(tmp_path: Path) -> None:
    write(tmp_path, models__net=NET, train=TRAIN)
    run = sarif(tmp_path)
    (rule,) = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"]) == ("LL101", "softmax-into-cross-entropy")
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert "## Why is this bad?" in rule["help"]["markdown"]
    (result,) = run["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("LL101", 0, "error")
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "train.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 8, "startColumn": 16, "endLine": 8, "endColumn": 36},
    }
    steps = [each["location"] for each in result["codeFlows"][0]["threadFlows"][0]["locations"]]
    assert filename(steps[0]) == "models/net.py"
    assert steps[0]["message"]["text"] == "`.softmax` makes softmax probabilities here"
    assert steps[-1]["physicalLocation"] == location["physicalLocation"]
    assert [each["id"] for each in result["relatedLocations"]] == list(range(1, len(result["relatedLocations"]) + 1))
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    ((change,),) = [fix["artifactChanges"] for fix in result["fixes"]]
    assert change["artifactLocation"]["uri"] == "models/net.py"


def test_a_fix_can_be_made_by_its_regions_beyond_the_basic_plane(tmp_path: Path) -> None:
    before = MISUSE.replace("    p =", "    größe = '\U0001f600'; p =")
    put(tmp_path / "a.py", before)
    run = sarif(tmp_path)
    assert run["columnKind"] == "unicodeCodePoints"
    (replacements,) = [
        change["replacements"] for fix in run["results"][0]["fixes"] for change in fix["artifactChanges"]
    ]
    row = before.split("\n")[4]
    for replacement in reversed(replacements):
        region = replacement["deletedRegion"]
        assert (region["startLine"], region["endLine"]) == (5, 5)
        new = replacement["insertedContent"]["text"]
        row = row[: region["startColumn"] - 1] + new + row[region["endColumn"] - 1 :]
    assert row == "    größe = '\U0001f600'; p = x"


def test_a_cell_is_a_logical_location(tmp_path: Path) -> None:
    put(tmp_path / "a.ipynb", NOTEBOOK)
    (result,) = sarif(tmp_path)["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 1}
    assert [each["fullyQualifiedName"] for each in location["logicalLocations"]] == ["a.ipynb#cell 2"]
    assert location["properties"]["cell"] == 2
    assert location["properties"]["cellRegion"]["startLine"] == 3
    assert result["message"]["text"].startswith("cell 2, 3:8: ")
    assert "fixes" not in result


def test_what_was_not_checked_is_a_notification(tmp_path: Path) -> None:
    write(tmp_path, a="def f(:\n")
    (invocation,) = sarif(tmp_path, "--select=LL101")["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("a.py: syntax error")
    (invocation,) = sarif(tmp_path, "nowhere.py", ".")["invocations"]
    assert invocation["executionSuccessful"] is False


def test_fingerprints_stay_when_code_moves(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    before = [result["partialFingerprints"] for result in sarif(tmp_path)["results"]]
    write(tmp_path, a="# a row\n" + MISUSE)
    assert [result["partialFingerprints"] for result in sarif(tmp_path)["results"]] == before != []


def test_nothing_found_is_a_run_without_results(tmp_path: Path) -> None:
    write(tmp_path, a=FINE)
    run = sarif(tmp_path)
    assert run["results"] == [] and run["tool"]["driver"]["rules"] == []


@posix
def test_hostile_names_are_uris_that_lead_back(tmp_path: Path) -> None:
    hostile(tmp_path)
    run = losslint(tmp_path, "--output-format", "sarif")
    assert run.output.isascii() and run.output.replace("\n", "").isprintable()
    run.output.encode().decode("utf-8")
    results = json.loads(run.output)["runs"][0]["results"]
    assert {filename(result["locations"][0]) for result in results} == set(NAMES)
    # Half a character would be no character to a strict reader.
    assert not [result for result in results if any("\ud800" <= letter <= "\udfff" for letter in str(result))]
    # A name is no link in a message.
    (message,) = [result["message"]["text"] for result in results if "mailto" in result["message"]["text"]]
    assert "\\[l\\](mailto:me@e.org)" in message


@pytest.mark.skipif(not SCHEMA, reason="SARIF_SCHEMA names no copy of the official schema of SARIF 2.1.0")
@posix
def test_it_is_valid(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    hostile(tmp_path)
    write(tmp_path, models__net=NET, train=TRAIN, broken="def f(:\n")
    put(tmp_path / "a.ipynb", NOTEBOOK)
    write(tmp_path, silent=MISUSE.replace("(p, y)", "(p, y)  # noqa: LL101"), shown=EXAMPLE)
    schema = json.loads(Path(SCHEMA).read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    asked: tuple[list[str], ...] = (
        [],
        ["--select=LL1"],
        ["--select=LL9"],
        ["--advice", "--select=LL"],
        ["--doctests"],
        ["--show-undecided"],
    )
    for options in asked:
        report = json.loads(losslint(tmp_path, "--output-format", "sarif", *options).output)
        assert report["runs"][0]["results"]
        assert [error.message for error in validator.iter_errors(report)] == []
    losslint(tmp_path, "--write-baseline", "baseline.json")
    for options in (["--baseline=baseline.json"], ["--select=LL7"], ["--fix", "--unsafe-fixes"], ["nowhere", "."]):
        report = json.loads(losslint(tmp_path, "--output-format", "sarif", *options).output)
        assert [error.message for error in validator.iter_errors(report)] == []
    report["runs"][0]["results"] = [{"message": {}}]  # the schema has something to say
    assert list(validator.iter_errors(report))

"""Every trophy is a finding that somebody has judged to be right."""

from __future__ import annotations

import json
import math
import re
from urllib.parse import unquote

import pytest

from losslint.rules import costs
from losslint.rules.registry import names
from tests.docs.pages import DOCS, ROOT

TEXT = (DOCS / "trophies.md").read_text(encoding="utf-8")
ROWS = [row for row in TEXT.splitlines() if row.startswith("| **")]
_ROW = re.compile(
    r"\| \*\*(?P<repository>[\w.-]+/[\w.-]+)\*\* at (?P<short>[0-9a-f]{7}), \[(?P<path>[^\]]+)\]\((?P<link>[^)]+)\), "
    r"(?:cell \d+, )?row (?P<row>\d+) \| .+ \| .+ \| \[(?P<code>LL\d{3})\]\(rules/(?P<name>[\w-]+)\.md\) \|"
)
JUDGED = {
    (each["target"], each["path"], each["row"], each["code"])
    for line in (ROOT / "benchmarks/ecosystem/judged.jsonl").read_text(encoding="utf-8").splitlines()
    if (each := json.loads(line))["verdict"] == "right" and not each.get("gone")
}


def test_there_are_some() -> None:
    assert len(ROWS) >= 12


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("**")[1])
def test_a_trophy_was_judged_to_be_right(row: str) -> None:
    found = _ROW.fullmatch(row)
    assert found, row
    link = re.fullmatch(
        r"https://github\.com/([^/]+/[^/]+)/blob/([0-9a-f]{12})/([^#]+)(?:#L(\d+))?", unquote(found["link"])
    )
    assert link, found["link"]
    repository, commit, path, shown = link.groups()
    assert (repository, path) == (found["repository"], found["path"])
    assert commit.startswith(found["short"])
    assert shown == found["row"] or path.endswith(".ipynb")
    assert (f"{repository.replace('/', '+')}@{commit}", path, int(found["row"]), found["code"]) in JUDGED
    assert names()[found["code"]] == found["name"]
    for other in re.findall(r"LL\d{3}", row):
        assert any(judged[0].startswith(repository.replace("/", "+")) and judged[3] == other for judged in JUDGED)


def test_the_numbers_are_computed() -> None:
    """What a misuse costs is no number from memory: `tests/rules` holds the closed forms to torch."""
    forms = {
        f"{costs.unit_interval_floor(10):.3f}": "softmax into a cross-entropy of 10 classes",
        f"{costs.unit_interval_floor(2):.3f}": "the same, of 2 classes",
        f"{math.log1p(math.exp(-1)):.4f}": "sigmoid into a loss with logits, at a positive",
        f"{costs.NEGATIVE_FLOOR:.4f}": "the same at a negative, and what a score of 0 costs",
        f"{math.log(10):.3f}": "a cross-entropy without any score, of 10 classes",
        f"{1 / (1 + math.exp(-1)):.3f}": "the most that a sigmoid makes of what a sigmoid made",
    }
    told = set(re.findall(r"(?<![\w./-])\d\.\d{3,}\b", TEXT))
    assert told == set(forms)

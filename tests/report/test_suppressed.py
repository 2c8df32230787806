"""Findings that somebody has suppressed: SARIF and the page tell of them, terminals where that is asked for."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from losslint.report.formats import has, names, renderer
from losslint.report.material import Material
from losslint.vocabulary.findings import Report
from losslint.vocabulary.places import Place
from losslint.vocabulary.suppressed import By, Suppressed
from tests.report.made import CLASH, FILES, finding

HIDDEN = finding(Place("train.py", 2, 5, 2, 8), code="LL103", name="sigmoid-into-cross-entropy")
SUPPRESSED = (Suppressed(HIDDEN, By.COMMENT, "the paper"), Suppressed(HIDDEN, By.BASELINE))
MATERIAL = Material(Report((CLASH,), suppressed=SUPPRESSED), FILES)


def test_sarif_tells_of_them_and_says_of_the_others_that_they_are_not() -> None:
    first, other = json.loads(renderer("sarif")(MATERIAL))["runs"][0]["results"]
    assert (first["ruleId"], first["suppressions"]) == ("LL101", [])
    assert other["ruleId"] == "LL103"
    assert other["suppressions"] == [{"kind": "inSource", "justification": "the paper"}, {"kind": "external"}]


def test_without_any_sarif_does_not_speak_of_them() -> None:
    (result,) = json.loads(renderer("sarif")(Material(Report((CLASH,)), FILES)))["runs"][0]["results"]
    assert "suppressions" not in result


def test_only_sarif_and_the_page_tell_of_them() -> None:
    telling = {name for name in names() if "LL103" in renderer(name)(MATERIAL)}
    assert telling == {"sarif", "html"}


@pytest.mark.parametrize("name", names())
def test_what_is_for_people_lists_them_where_that_is_asked_for(name: str) -> None:
    plain, asked = (renderer(name)(replace(MATERIAL, show_suppressed=shown)) for shown in (False, True))
    if has(name, "FOR_TERMINALS"):
        said = "train.py:2:5: LL103 sigmoid-into-cross-entropy is suppressed by "
        assert asked == f"{said}a comment: the paper\n{said}the baseline\n{plain}"
    else:
        assert asked == plain

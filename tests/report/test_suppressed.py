"""Findings that somebody has suppressed: SARIF and the page tell of them, the other formats do not."""

from __future__ import annotations

import json

from losslint.report.formats import names, renderer
from losslint.report.material import Material, Suppressed
from losslint.vocabulary.findings import Report
from losslint.vocabulary.places import Place
from tests.report.made import CLASH, FILES, finding

HIDDEN = finding(Place("train.py", 2, 5, 2, 8), code="LL103", name="sigmoid-into-cross-entropy")
MATERIAL = Material(
    Report((CLASH,)), FILES, suppressed=(Suppressed(HIDDEN, reason="a baseline"), Suppressed(HIDDEN, in_source=False))
)


def test_sarif_tells_of_them_and_says_of_the_others_that_they_are_not() -> None:
    first, other = json.loads(renderer("sarif")(MATERIAL))["runs"][0]["results"]
    assert (first["ruleId"], first["suppressions"]) == ("LL101", [])
    assert other["ruleId"] == "LL103"
    assert other["suppressions"] == [{"kind": "inSource", "justification": "a baseline"}, {"kind": "external"}]


def test_without_any_sarif_does_not_speak_of_them() -> None:
    (result,) = json.loads(renderer("sarif")(Material(Report((CLASH,)), FILES)))["runs"][0]["results"]
    assert "suppressions" not in result


def test_only_sarif_and_the_page_tell_of_them() -> None:
    telling = {name for name in names() if "LL103" in renderer(name)(MATERIAL)}
    assert telling == {"sarif", "html"}

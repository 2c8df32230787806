"""What could be done about a finding is kept with it, and a damaged text is no answer."""

from __future__ import annotations

import json

import pytest

from losslint.app.cache.stored import Answer, Damaged, read, written
from losslint.vocabulary.findings import Finding, Severity
from losslint.vocabulary.places import Place
from losslint.vocabulary.repairs import Action, Applicability, Change, Repair

PLACE = Place("a.py", 3, 5, 3, 9, 2)
REPAIR = Repair(
    Applicability.SAFE,
    "Use log_softmax",
    (Change(Action.STABLE, PLACE, "log_softmax"), Change(Action.SETTINGS, Place("b.py", 1), "MSELoss", "reduce")),
)


def answer(repair: Repair | None) -> Answer:
    finding = Finding("LL801", "log-of-softmax", Severity.WARNING, "It is.", PLACE, repair=repair)
    return Answer((finding,), (), 1, None, (), ())


@pytest.mark.parametrize("repair", [REPAIR, None])
def test_repairs_come_back(repair: Repair | None) -> None:
    assert read(written(answer(repair))) == answer(repair)


@pytest.mark.parametrize(
    "damaged",
    [
        "safe",
        [],
        ["perhaps", "Use it", []],
        ["safe", 1, []],
        ["safe", "Use it", [["explode", ["a.py", 1, 1, 0, 0, None], "", ""]]],
        ["safe", "Use it", [["stable", ["a.py", -1, 1, 0, 0, None], "", ""]]],
        ["safe", "Use it", [["stable", ["a.py", 1, 1, 0, 0, None], "", 3]]],
    ],
)
def test_a_damaged_repair_is_no_answer(damaged: object) -> None:
    text = json.loads(written(answer(None)))
    text["findings"][0][-1] = damaged
    with pytest.raises(Damaged):
        read(json.dumps(text))

"""What could be done about a finding is kept with it, and a damaged text is no answer."""

from __future__ import annotations

import json

import pytest

from losslint.app.cache.stored import Answer, Damaged, read, written
from losslint.vocabulary.findings import Finding, Severity
from losslint.vocabulary.floors import Curve, Floor
from losslint.vocabulary.places import Place
from losslint.vocabulary.repairs import Action, Applicability, Change, Repair

PLACE = Place("a.py", 3, 5, 3, 9, 2)
REPAIR = Repair(
    Applicability.SAFE,
    "Use log_softmax",
    (Change(Action.STABLE, PLACE, "log_softmax"), Change(Action.SETTINGS, Place("b.py", 1), "MSELoss", "reduce")),
)


def answer(repair: Repair | None, floor: Floor | None = None) -> Answer:
    finding = Finding("LL801", "log-of-softmax", Severity.WARNING, "It is.", PLACE, repair=repair, floor=floor)
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
    assert text["findings"][0][-2] is None
    text["findings"][0][-2] = damaged
    with pytest.raises(Damaged):
        read(json.dumps(text))


@pytest.mark.parametrize("floor", [Floor(Curve.BOUNDED, 1.0, 10), Floor(Curve.COSINE, 0.5), None])
def test_floors_come_back(floor: Floor | None) -> None:
    assert read(written(answer(None, floor))) == answer(None, floor)


@pytest.mark.parametrize("damaged", ["low", [], ["cliff", 1.0, 10], ["bounded", 1, 10], ["bounded", 1.0, -1]])
def test_a_damaged_floor_is_no_answer(damaged: object) -> None:
    text = json.loads(written(answer(None)))
    text["findings"][0][-1] = damaged
    with pytest.raises(Damaged):
        read(json.dumps(text))


def test_what_an_older_losslint_kept_is_no_answer() -> None:
    before_floors, before_comments = (json.loads(written(answer(None))) for _ in range(2))
    del before_floors["findings"][0][-1]
    del before_comments["commented"]
    for old in (before_floors, before_comments):
        with pytest.raises(Damaged):
            read(json.dumps(old))

"""The list of undecided calls with what was observed of them."""

from __future__ import annotations

from losslint.report.observed import MOST_SHOWN, observed
from losslint.report.style import Style
from losslint.vocabulary.findings import Judgement, Verdict
from losslint.vocabulary.observed import Observed, ObservedCall
from losslint.vocabulary.places import Place

PLAIN = Style(False)


def judgement(row: int, loss: str = "MSELoss", verdict: Verdict = Verdict.UNDECIDED) -> Judgement:
    return Judgement(Place("train.py", row, 5, row, 20), loss, verdict, "nobody knows")


def call(row: int, verdict: Verdict = Verdict.CLEAN, reason: str = "", **arguments: Observed) -> ObservedCall:
    return ObservedCall(Place("train.py", row, 5, row, 20), "MSELoss", "F.mse_loss", 2, verdict, reason, arguments)


def test_nothing_is_told_where_nothing_is_open() -> None:
    decided = [judgement(1, verdict=Verdict.CLEAN), judgement(2, verdict=Verdict.MISUSED)]
    assert observed(decided, {0: [call(1)]}, {"MSELoss"}, PLAIN) == ""


def test_what_was_not_reached_is_told_from_what_is_not_watched() -> None:
    rows = observed([judgement(1), judgement(2, "DiceLoss")], {}, {"MSELoss"}, PLAIN).splitlines()
    assert rows[1:] == [
        "train.py:1:5: MSELoss was not reached",
        "train.py:2:5: DiceLoss is not watched: it is no loss of torch's",
    ]


def test_what_stayed_open_has_its_reason_and_an_argument_without_facts_says_so() -> None:
    seen = call(1, Verdict.UNDECIDED, "it has no history", input=Observed())
    rows = observed([judgement(1)], {0: [seen]}, {"MSELoss"}, PLAIN).splitlines()
    assert rows[1:] == [
        "train.py:1:5: MSELoss was called 2 times: undecided: it has no history",
        "    input: nothing is known",
    ]


def test_of_many_shapes_some_are_shown() -> None:
    shapes = tuple(f"[{size}, 3]" for size in range(MOST_SHOWN + 1))
    shown = observed([judgement(1)], {0: [call(1, input=Observed(("logits",), (), shapes))]}, {"MSELoss"}, PLAIN)
    assert shapes[MOST_SHOWN - 1] in shown
    assert shapes[MOST_SHOWN] not in shown
    assert shown.endswith(" or …\n")


def test_text_of_the_program_cannot_speak_to_the_terminal() -> None:
    seen = call(1, Verdict.UNDECIDED, "\x1b[2J", **{"in\x1bput": Observed(("\x07",))})
    assert not {"\x1b", "\x07"} & set(observed([judgement(1)], {0: [seen]}, {"MSELoss"}, PLAIN))

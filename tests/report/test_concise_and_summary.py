"""The concise format, the summary, the statistics and the undecided."""

from __future__ import annotations

import pytest

from losslint.report.formats.concise import concise
from losslint.report.style import Style
from losslint.report.summary import reasons, statistics, summary, undecided
from losslint.vocabulary.findings import Judgement, Report, Verdict
from losslint.vocabulary.places import Place
from tests.report.made import CLASH, finding

PLAIN = Style(False)
HERE = Place("train.py", 3, 12)


def test_concise_is_a_line_a_finding() -> None:
    other = finding(Place("a\nb.ipynb", 1, 2, cell=3), message="Two\nlines \x1b[31m.")
    assert concise((CLASH, other), PLAIN) == (
        "train.py:3:12: LL101 It is given probabilities. Remove the softmax at models/net.py:3.\n"
        "a\\nb.ipynb:cell 3:1:2: LL101 Two\\nlines \\x1b[31m.\n"
    )
    assert concise((), PLAIN) == ""


def test_concise_in_colour() -> None:
    assert concise((finding(HERE),), Style(True)) == (
        "\x1b[1mtrain.py:3:12\x1b[0m: \x1b[1;31mLL101\x1b[0m It is given probabilities.\n"
    )


def judged(*verdicts: Verdict) -> tuple[Judgement, ...]:
    return tuple(Judgement(Place("a.py", row), "MSELoss", verdict, "why") for row, verdict in enumerate(verdicts, 1))


@pytest.mark.parametrize(
    ("findings", "judgements", "expected"),
    [
        (0, (), "No problems found.\n"),
        (0, (Verdict.CLEAN,), "No problems found. 1 loss call: 0 misused, 1 clean, 0 undecided.\n"),
        (1, (Verdict.MISUSED,), "1 problem found. 1 loss call: 1 misused, 0 clean, 0 undecided.\n"),
        (
            2,
            (Verdict.MISUSED, Verdict.UNDECIDED, Verdict.CLEAN, Verdict.UNDECIDED),
            "2 problems found. 4 loss calls: 1 misused, 1 clean, 2 undecided.\n",
        ),
        (1, (), "1 problem found.\n"),
    ],
)
def test_the_summary_counts(findings: int, judgements: tuple[Verdict, ...], expected: str) -> None:
    assert summary(Report((CLASH,) * findings, judged(*judgements)), PLAIN) == expected


def test_the_undecided_with_their_reasons() -> None:
    judgements = (
        Judgement(HERE, "CrossEntropyLoss", Verdict.UNDECIDED, "`load\x1b\n` is not known"),
        Judgement(HERE, "MSELoss", Verdict.CLEAN),
        Judgement(HERE, "BCELoss", Verdict.MISUSED),
    )
    assert undecided(judgements, PLAIN) == ("train.py:3:12: undecided: CrossEntropyLoss: `load\\x1b\\n` is not known\n")


def test_statistics_are_ordered_by_count_then_code() -> None:
    findings = (
        *[finding(HERE, code="LL203", name="scores-into-bce")] * 2,
        *[finding(HERE, code="LL108", name="single-class-cross-entropy")] * 12,
        *[finding(HERE, code="LL101")] * 2,
    )
    assert statistics(findings) == (
        "12  LL108  single-class-cross-entropy\n 2  LL101  softmax-into-cross-entropy\n 2  LL203  scores-into-bce\n"
    )
    assert statistics(()) == ""


def test_reasons_are_grouped_without_their_names() -> None:
    said = ("`Net` is not found", "`Net` is not found", "`A` is not found", "`B` is not found", "`C` is not found")
    others = ("it is too deep", "`x` is given by `load\x1b`", "`x` is given by `load\x1b`")
    judgements = tuple(Judgement(HERE, "MSELoss", Verdict.UNDECIDED, reason) for reason in (*others, *said))
    judgements += (Judgement(HERE, "MSELoss", Verdict.CLEAN, "`Net` is not found"),)
    assert reasons(judgements) == (
        "undecided, because\n"
        "5  `…` is not found (`Net`, `A`, `B`, …)\n"
        "2  `…` is given by `…` (`x`, `load\\x1b`)\n"
        "1  it is too deep\n"
    )
    assert reasons(judged(Verdict.CLEAN, Verdict.MISUSED)) == ""

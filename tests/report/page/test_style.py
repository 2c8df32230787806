"""The colours of the page: what is written can be read on what it is written on, by the measure of WCAG 2.2."""

from __future__ import annotations

import re

import pytest

from losslint.report.page.style import CSS

#: What is written on what; text has to differ by 4.5, the edges of what one types into or presses by 3.
TEXT = [
    *((ink, back) for ink in ("ink", "faint", "accent") for back in ("back", "card", "code")),
    *((ink, "card") for ink in ("error", "warning", "advice", "misused", "good")),
    *(
        ("mark-ink", "mark"),
        ("last-ink", "last"),
        ("ink", "minus"),
        ("ink", "plus"),
        ("faint", "minus"),
        ("faint", "plus"),
    ),
]
EDGES = [("edge", "back"), ("edge", "card"), ("accent", "card"), ("accent", "back")]


def schemes() -> dict[str, dict[str, str]]:
    """The colours of the light scheme and of the dark one."""
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w{6})", part)) for part in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    )
    return {"light": light, "dark": {**light, **dark}}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_written_can_be_read(scheme: str) -> None:
    colours = schemes()[scheme]
    pairs = [(pair, 4.5) for pair in TEXT] + [(pair, 3.0) for pair in EDGES]
    told = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair, _ in pairs}
    assert not {pair: told[pair] for pair, least in pairs if told[pair] < least}


def test_the_measure_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the usual example of too little

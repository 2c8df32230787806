"""The floor of a loss, drawn: the points of the curves are the numbers that the messages say."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest

from losslint.report.page.plot import BOTTOM, HEIGHT, LEFT, RIGHT, WIDTH, plot
from losslint.vocabulary.floors import Curve, Floor


def drawn(floor: Floor) -> ElementTree.Element:
    return ElementTree.fromstring(plot(floor))


def points(figure: ElementTree.Element, name: str) -> list[tuple[float, float]]:
    (line,) = [each for each in figure.iter("polyline") if each.get("class") == name]
    return [(float(x), float(y)) for x, y in (point.split(",") for point in line.attrib["points"].split())]


def value(figure: ElementTree.Element, y: float) -> float:
    """What a height means, by the labels of the axis."""
    labels = [each for each in figure.iter("text") if each.get("text-anchor") == "end" and each.get("class") is None]
    zero, top = float(labels[0].attrib["y"]) - 4, float(labels[-1].attrib["y"]) - 4
    assert labels[0].text == "0" and labels[-1].text is not None
    return (zero - y) / (zero - top) * float(labels[-1].text)


@pytest.mark.parametrize(
    ("floor", "said"),
    [
        (Floor(Curve.BOUNDED, 1.0, 10), math.log1p(9 / math.e)),
        (Floor(Curve.BOUNDED, 2.0, 1998), math.log1p(1997 * math.exp(-2))),
        (Floor(Curve.COSINE, 1.0, 32), math.log1p(31 * math.exp(-32 / 31))),
        (Floor(Curve.SOFTMAX_IN_BINARY, 1.0, 5), (math.log1p(math.exp(-1)) + 4 * math.log(2)) / 5),
    ],
)
def test_the_mark_stands_on_the_curve_at_its_number(floor: Floor, said: float) -> None:
    figure = drawn(floor)
    (mark,) = list(figure.iter("circle"))
    x, y = float(mark.attrib["cx"]), float(mark.attrib["cy"])
    assert value(figure, y) == pytest.approx(said, abs=0.02)
    curve = points(figure, "floor")
    before = max((point for point in curve if point[0] <= x), key=lambda point: point[0])
    after = min((point for point in curve if point[0] >= x), key=lambda point: point[0])
    low, high = sorted((before[1], after[1]))
    assert low - 0.6 <= y <= high + 0.6
    assert f"{floor.count}: {said:.3f}" in [each.text for each in figure.iter("text")]
    assert f"it stays at {said:.3f} or above" in "".join(figure.itertext())


def test_a_guess_costs_the_logarithm_and_lies_above(tmp_path: object) -> None:
    figure = drawn(Floor(Curve.BOUNDED, 1.0, 10))
    guess, floor = points(figure, "guess"), points(figure, "floor")
    assert value(figure, guess[0][1]) == pytest.approx(math.log(2), abs=0.03)
    assert value(figure, guess[-1][1]) == pytest.approx(math.log(1000), abs=0.03)
    assert all(above < below for (_, above), (_, below) in zip(guess, floor, strict=True))


def test_without_a_number_nothing_is_marked_and_it_is_said() -> None:
    figure = drawn(Floor(Curve.BOUNDED))
    assert not list(figure.iter("circle"))
    assert "How many classes there are is not known here." in "".join(figure.itertext())


def test_a_sigmoid_twice_goes_from_negatives_to_positives() -> None:
    figure = drawn(Floor(Curve.SIGMOID_TWICE))
    curve = points(figure, "floor")
    assert value(figure, curve[0][1]) == pytest.approx(math.log(2), abs=0.01)
    assert value(figure, curve[-1][1]) == pytest.approx(math.log1p(math.exp(-1)), abs=0.01)
    assert "costs 0.3133 for a positive and 0.6931 for a negative" in "".join(figure.itertext())


@pytest.mark.parametrize("curve", Curve)
@pytest.mark.parametrize("count", [None, 2, 3, 1000, 150_000])
def test_everything_lies_inside_the_picture(curve: Curve, count: int | None) -> None:
    figure = drawn(Floor(curve, 1.0, count))
    for name in ("floor", "guess"):
        for x, y in points(figure, name):
            assert LEFT <= x <= WIDTH - RIGHT + 0.1 and 0 <= y <= HEIGHT - BOTTOM + 0.1
    svg = ElementTree.tostring(figure, encoding="unicode")
    assert not re.search("nan|inf", svg.replace("information", ""))

"""The floor of a misused loss, drawn: how low it can get, against the number of classes, pairs or positives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from losslint.rules.costs import NEGATIVE_FLOOR, floor_at
from losslint.vocabulary.floors import Curve, Floor

WIDTH, HEIGHT = 460, 230
LEFT, RIGHT, TOP, BOTTOM = 46, 30, 14, 42

#: What the curve is drawn against.
AXES = {
    Curve.BOUNDED: "number of classes C",
    Curve.COSINE: "number of pairs in the batch",
    Curve.SOFTMAX_IN_BINARY: "number of classes C",
    Curve.SIGMOID_TWICE: "share of positives",
}

#: Points that a curve is drawn with.
_POINTS = 64


def plot(floor: Floor) -> str:
    """A figure with the floor, what a guess costs, and the number of classes or pairs of this call marked."""
    if floor.curve is Curve.SIGMOID_TWICE:
        places = [number / _POINTS for number in range(_POINTS + 1)]
        ticks = [(0.0, "0"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1.0, "100 %")]
        across: Callable[[float], float] = lambda at: at  # noqa: E731
    else:
        most = max(1000, 2 * (floor.count or 0))
        span = math.log(most / 2)
        places = sorted({round(2 * math.exp(span * number / _POINTS)) for number in range(_POINTS + 1)})
        ticks = [(float(tick), f"{tick:,}".replace(",", "\u202f")) for tick in _decades(most)]
        across = lambda at: math.log(at / 2) / span  # noqa: E731
    least = [floor_at(floor, at) for at in places]
    guess = [_guess(floor, at) for at in places]
    top = _round_up(max(*least, *guess))

    def x(at: float) -> float:
        return LEFT + across(at) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)

    parts = [_axes(ticks, top, x, y, AXES[floor.curve])]
    area = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in zip(places, least, strict=True))
    parts.append(
        f'<polygon class="unreachable" points="{x(places[0]):.1f},{y(0):.1f} {area} {x(places[-1]):.1f},{y(0):.1f}"/>'
    )
    parts.append(_line("guess", [(x(at), y(value)) for at, value in zip(places, guess, strict=True)]))
    parts.append(_line("floor", [(x(at), y(value)) for at, value in zip(places, least, strict=True)]))
    caption = _caption(floor)
    if floor.count is not None and floor.curve is not Curve.SIGMOID_TWICE:
        value = floor_at(floor, floor.count)
        parts.append(_marked(x(floor.count), y(value), y(0), f"{floor.count}: {value:.3f}"))
    return (
        f'<figure class="plot"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{caption}">'
        f"{''.join(parts)}</svg><figcaption>{caption}</figcaption></figure>"
    )


def _guess(floor: Floor, at: float) -> float:
    """What a model costs that knows nothing."""
    return math.log(at) if floor.curve in (Curve.BOUNDED, Curve.COSINE) else NEGATIVE_FLOOR


def _caption(floor: Floor) -> str:
    of = "Per sample, before weights: the loss cannot get into the shaded part. "
    if floor.curve is Curve.SIGMOID_TWICE:
        low, high = floor_at(floor, 1.0), floor_at(floor, 0.0)
        costs = f"A perfect prediction costs {low:.4f} for a positive and {high:.4f} for a negative."
        return f"{of}{costs} Dashed: a guess, ln 2."
    what = "pairs" if floor.curve is Curve.COSINE else "classes"
    dashed = (
        "Dashed: a guess, ln 2."
        if floor.curve is Curve.SOFTMAX_IN_BINARY
        else "Dashed: a guess, the logarithm of their number."
    )
    if floor.count is None:
        return f"{of}How many {what} there are is not known here. {dashed}"
    return f"{of}With {floor.count} {what} it stays at {floor_at(floor, floor.count):.3f} or above. {dashed}"


def _decades(most: int) -> list[int]:
    return [2, *(10**power for power in range(1, int(math.log10(most)) + 1))]


def _round_up(value: float) -> float:
    step = 10 ** math.floor(math.log10(value))
    return float(math.ceil(value / step * 2) / 2 * step)


def _axes(
    ticks: Sequence[tuple[float, str]], top: float, x: Callable[[float], float], y: Callable[[float], float], name: str
) -> str:
    parts = []
    for number in range(5):
        value = top * number / 4
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
            f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.3g}</text>'
        )
    for at, label in ticks:
        parts.append(f'<text x="{x(at):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{label}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{name}</text>')
    return "".join(parts)


def _line(name: str, points: Sequence[tuple[float, float]]) -> str:
    joined = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
    return f'<polyline class="{name}" points="{joined}"/>'


def _marked(across: float, down: float, ground: float, label: str) -> str:
    # Below the curve there is room on its right half only, above it on its left.
    right = across > WIDTH / 2
    anchor, shift, row = ("end", -9.0, down + 16) if right else ("start", 9.0, TOP + 12.0)
    return (
        f'<line class="at" x1="{across:.1f}" x2="{across:.1f}" y1="{down if right else TOP:.1f}" y2="{ground:.1f}"/>'
        f'<circle class="at" cx="{across:.1f}" cy="{down:.1f}" r="4.5"/>'
        f'<text class="at" x="{across + shift:.1f}" y="{row:.1f}" text-anchor="{anchor}">{label}</text>'
    )

"""The loss calls that the code leaves open, each with what was seen of it while the program ran."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from losslint.report.escape import escaped
from losslint.report.frames import where
from losslint.report.style import Style
from losslint.vocabulary.findings import Judgement, Verdict
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observed import Observed, ObservedCall

#: Of one thing that varies, so many are shown.
MOST_SHOWN = 4


def observed(
    judgements: Sequence[Judgement],
    calls: Mapping[int, Sequence[ObservedCall]],
    watched: Collection[str],
    style: Style,
) -> str:
    """Each undecided call with its verdict and its arguments, or why nothing is known of it; empty without any.

    `calls` are those that were seen at each judgement, by its position; `watched` are the losses that are seen at all.
    """
    rows = []
    for number, judgement in enumerate(judgements):
        if judgement.verdict is not Verdict.UNDECIDED:
            continue
        place = style.bold(where(judgement.place))
        seen = calls.get(number, ())
        for call in seen:
            rows += [f"{place}: {_verdict(call)}", *_arguments(call)]
        if not seen:
            why = "was not reached" if judgement.loss in watched else "is not watched: it is no loss of torch's"
            rows.append(f"{place}: {judgement.loss} {why}")
    if not rows:
        return ""
    return "\n".join(["Undecided in the code, and what was observed:", *rows]) + "\n"


def _verdict(call: ObservedCall) -> str:
    times = "once" if call.count == 1 else f"{call.count} times"
    reason = f": {escaped(call.reason)}" if call.verdict is Verdict.UNDECIDED and call.reason else ""
    return f"{call.loss} was called {times}: {call.verdict.value}{reason}"


def _arguments(call: ObservedCall) -> list[str]:
    return [f"    {escaped(name)}: {_given(given)}" for name, given in call.arguments.items()]


def _given(given: Observed) -> str:
    # Calls of which nothing is known stand beside those whose values told what it is.
    kinds = tuple(kind for kind in given.kinds if kind != Kind.UNKNOWN.value) or given.kinds
    parts = [_some(each) for each in (kinds, given.dtypes, given.shapes, given.devices) if each]
    return ", ".join(parts) or "nothing is known"


def _some(values: Sequence[str]) -> str:
    shown = " or ".join(escaped(value) for value in values[:MOST_SHOWN])
    return shown + (" or …" if len(values) > MOST_SHOWN else "")

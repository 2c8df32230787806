"""Which of the loss calls that were read is which of those that were seen while the program ran."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from losslint.vocabulary.findings import Judgement
from losslint.vocabulary.observed import ObservedCall


def matched(
    judgements: Sequence[Judgement], calls: Iterable[ObservedCall], path: Callable[[str], str] = os.path.realpath
) -> Mapping[int, list[ObservedCall]]:
    """The calls that were seen at each judgement, by its position. `path` gives the file that a name for people means.

    Two calls never end at the same place, though they may begin there, and a Python that puts the instruction of a
    chained call on the row of its last name still knows where it ends. A Python that knows rows only (before 3.11)
    tells calls apart where no other of the same loss stands in the row.
    """
    ends: dict[tuple[str, int, int], int] = {}
    rows: defaultdict[tuple[str, int, str], list[int]] = defaultdict(list)
    for number, judgement in enumerate(judgements):
        place = judgement.place
        if place.cell is None:
            file = path(place.filename)
            ends[file, place.end_row, place.end_column] = number
            rows[file, place.row, judgement.loss].append(number)
    found: defaultdict[int, list[ObservedCall]] = defaultdict(list)
    for call in calls:
        place = call.place
        file = path(place.filename)
        if place.end_row:
            at = ends.get((file, place.end_row, place.end_column))
        else:
            alike = rows.get((file, place.row, call.loss), [])
            at = alike[0] if len(alike) == 1 else None
        if at is not None:
            found[at].append(call)
    return found

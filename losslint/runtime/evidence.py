"""What the numbers of several batches prove of an argument that nothing else is known of.

A claim about what a tensor is has to hold in every batch that was looked at, at least `BATCHES` of them. Values between
0 and 1 prove little: the scores of a young network often lie there. They are taken for those of a sigmoid only where
many crowd at both ends and none is beyond, as no scores would.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning

#: Batches that a claim needs.
BATCHES = 8
#: Values near each end that no scores would leave there without going beyond, and the share of all that they have to
#: be: three times that of values that are spread evenly.
CROWD, SHARE = 20, 0.12
#: How far the sum of a distribution may be from 1, by the precision of its dtype.
TOLERANCES = {"float64": 1e-3, "float32": 1e-3, "float": 2e-2, "float16": 2e-2, "bfloat16": 2e-2}
#: How far targets between 0 and 1 may go beyond, as those of a picture do that was scaled.
BEYOND = 0.5
#: Claims that rows and single values are looked at for.
_OPEN = frozenset({"zero_one", "signs", "unit", "distribution", "logarithms", "nothing"})


@dataclass(slots=True)
class Evidence:
    """What is known of one argument of one call site, from the batches that were looked at."""

    batches: int = 0
    #: in how many batches each claim held
    held: dict[tuple[str, int], int] = field(default_factory=dict)
    near_zero: float = 0
    near_one: float = 0
    count: float = 0
    #: whether 0 and whether 1 has occurred
    zero: bool = False
    one: bool = False
    _last: tuple[float, float] = (0.0, 0.0)

    def add(self, numbers: Mapping[str, float], dims: tuple[int, ...], dtype: str | None) -> None:
        """One more batch. One with NaN or an infinity says nothing."""
        low, high = numbers["low"], numbers["high"]
        if not (math.isfinite(low) and math.isfinite(high)):
            return
        self.batches += 1
        within = TOLERANCES.get(dtype or "", 2e-2)
        zero_one, unit = bool(numbers.get("zero_one")), low >= -1e-6 and high <= 1 + within
        self._hold("zero_one", zero_one and low >= 0 and high <= 1)
        self._hold("signs", bool(numbers.get("signs")) and low >= -1 and high <= 1)
        self._hold("unit", low >= 0 and high <= 1 and not zero_one)
        self._hold("beyond", low < -BEYOND or high > 1 + BEYOND)
        self.zero, self.one = self.zero or low == 0, self.one or high == 1
        normalised = False
        for dim in dims:
            sums = self._near_one(numbers, "sum", dim, within) and unit
            masses = self._near_one(numbers, "mass", dim, within) and high <= within
            self._hold("distribution", sums, dim)
            self._hold("logarithms", masses, dim)
            self._hold("several", zero_one and numbers[f"sum_high:{dim}"] > 1.5, dim)
            normalised = normalised or sums or masses
        self._hold("scores", not normalised and high > 0.1)
        self._hold("both signs", not normalised and low < -0.1 and high > 0.1)
        if (low, high) != self._last:  # the same batch again is no more than it was
            self.near_zero += numbers.get("near_zero", 0)
            self.near_one += numbers.get("near_one", 0)
            self.count += numbers.get("count", 0)
        self._last = low, high

    def add_nothing(self) -> None:
        """One more batch, of which every value is to be ignored."""
        self.batches += 1
        self._hold("nothing", True)

    def _near_one(self, numbers: Mapping[str, float], what: str, dim: int, within: float) -> bool:
        return abs(numbers[f"{what}_low:{dim}"] - 1) <= within and abs(numbers[f"{what}_high:{dim}"] - 1) <= within

    def _hold(self, claim: str, holds: bool, dim: int = 0) -> None:
        self.held[claim, dim] = self.held.get((claim, dim), 0) + holds

    def always(self, claim: str, dim: int = 0) -> bool:
        """Whether a claim held in every batch, and there were enough of them."""
        return self.batches >= BATCHES and self.held.get((claim, dim)) == self.batches

    def often(self, claim: str, dim: int = 0) -> bool:
        """Whether a claim held in enough batches."""
        return self.held.get((claim, dim), 0) >= BATCHES

    def settled(self) -> bool:
        """Whether no claim can hold in every batch any more: what was proved of none is not looked for again."""
        return self.batches > 0 and all(
            self.held.get(claim, 0) < self.batches for claim in self.held if claim[0] in _OPEN
        )

    def crowded(self) -> bool:
        """Whether values crowd at 0 and at 1, and none is beyond."""
        crowd = self.near_zero + self.near_one
        return min(self.near_zero, self.near_one) >= CROWD and crowd >= SHARE * self.count and self.always("unit")


def input_kind(evidence: Evidence, dims: tuple[int, ...], wants_logarithms: bool) -> tuple[Meaning, str] | None:
    """What a prediction is proved to be, and how; None as long as it may be anything."""
    number = evidence.batches
    for dim in dims:
        if evidence.always("distribution", dim) and not evidence.always("zero_one"):
            how = f"in {number} batches, all values were in 0 … 1 and all rows that were looked at summed to 1"
            return Meaning(Kind.PROBABILITIES, dim=dim), how
        if evidence.always("logarithms", dim):
            how = f"in {number} batches, the exponentials of all rows that were looked at summed to 1"
            return Meaning(Kind.LOG_PROBABILITIES, dim=dim), how
    if evidence.crowded():
        how = f"in {number} batches, all values were in 0 … 1 and crowded at both ends"
        return Meaning(Kind.SIGMOID, bounds=(0.0, 1.0)), how
    if wants_logarithms and evidence.always("scores"):
        return Meaning(Kind.LOGITS), f"in {number} batches, there were values above 0 and no row was a distribution"
    return None


def distribution_kind(evidence: Evidence, dims: tuple[int, ...], of_scores: bool = False) -> tuple[Meaning, str] | None:
    """The same for a target that is to be a distribution over the classes. `of_scores` asks for what can be none."""
    for dim in dims:
        if evidence.always("distribution", dim):
            kind = Kind.ONE_HOT if evidence.always("zero_one") else Kind.PROBABILITIES
            return Meaning(kind, dim=dim), f"in {evidence.batches} batches, all rows that were looked at summed to 1"
        if evidence.always("logarithms", dim):
            how = f"in {evidence.batches} batches, the exponentials of all rows that were looked at summed to 1"
            return Meaning(Kind.LOG_PROBABILITIES, dim=dim), how
        if evidence.always("several", dim) and evidence.always("zero_one"):
            how = f"in {evidence.batches} batches, all values were 0 or 1, and rows had several ones"
            return Meaning(Kind.MULTI_HOT), how
    if of_scores and evidence.always("both signs"):
        return Meaning(Kind.LOGITS), f"in {evidence.batches} batches, there were values above 0 and below"
    return None


def label_kind(evidence: Evidence) -> tuple[Meaning, str] | None:
    """The same for a target of two labels: 0 and 1, or -1 and 1."""
    if evidence.always("zero_one") and evidence.zero and evidence.one:
        how = f"in {evidence.batches} batches, all values were 0 or 1"
        return Meaning(Kind.BOOLEAN, bounds=(0.0, 1.0)), how
    if evidence.always("signs") and not evidence.always("zero_one"):
        return Meaning(Kind.SIGNS, bounds=(-1.0, 1.0)), f"in {evidence.batches} batches, all values were -1 or 1"
    return None

"""The kinds that fit losses of libraries, by what a loss takes."""

from __future__ import annotations

from losslint.contracts.schema import Takes
from losslint.vocabulary.kinds import Kind

#: Raw scores of any sort. Log-probabilities are scores for a softmax: nothing changes.
SCORES = frozenset({Kind.LOGITS, Kind.REAL, Kind.COSINE, Kind.LOG_PROBABILITIES})

PROBABILITIES = frozenset({Kind.PROBABILITIES, Kind.SIGMOID})

#: Labels in whichever form: what decides between indices and masks is in settings that no rule reads yet.
LABELS = frozenset({
    Kind.CLASS_INDEX, Kind.ONE_HOT, Kind.MULTI_HOT, Kind.BOOLEAN, Kind.CONSTANT, Kind.PROBABILITIES, Kind.SIGMOID,
})  # fmt: skip

#: Class indices only.
INDICES = frozenset({Kind.CLASS_INDEX, Kind.CONSTANT, Kind.BOOLEAN})

#: Embeddings, and whatever else has a distance.
ANY = frozenset(Kind) - {Kind.UNKNOWN}

#: What a loss takes, as kinds.
KINDS: dict[Takes, frozenset[Kind]] = {
    Takes.SCORES: SCORES,
    Takes.PROBABILITIES: PROBABILITIES,
    Takes.ANYTHING: frozenset(),
    Takes.BOTH: frozenset(),
}

"""What the values of a loss's arguments tell: which numbers are taken, when, and what they add to what is known.

The first calls of a call site are looked at and then few, so that a loop pays for it once. An index that no class has,
a NaN and a variance below 0 are what they are in a single batch; what a tensor is has to show in several (`evidence`).
Values only speak where nothing else does: a kind that the graph tells stays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import torch

from losslint.rules.facts import number, reduction
from losslint.runtime.callsites import CallSite
from losslint.runtime.evidence import BATCHES, BEYOND, Evidence, distribution_kind, input_kind, label_kind
from losslint.runtime.readings import Numbers, Reading, Wanted, has_contents, read
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall, Writing
from losslint.vocabulary.places import Trail

#: The first calls of a call site that are looked at, and how rarely later ones are.
FIRST, THEN = 8, 200

#: Losses whose input or target may be a distribution, where nothing else tells.
_OVER_CLASSES = frozenset({"CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"})
_BINARY = frozenset({"BCELoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"})
_SIGNED = frozenset({"SoftMarginLoss", "HingeEmbeddingLoss", "CosineEmbeddingLoss", "MarginRankingLoss"})
_INDEXED = _OVER_CLASSES | {"MultiLabelMarginLoss", "LinearCrossEntropyLoss", "AdaptiveLogSoftmaxWithLoss"}
_WANTS_LOGARITHMS = frozenset({"NLLLoss", "CTCLoss", "KLDivLoss"})
#: The argument that is a prediction of many classes or labels.
_PREDICTION = {
    **dict.fromkeys(_OVER_CLASSES | _BINARY | {"SoftMarginLoss", "KLDivLoss"}, "input"),
    "CTCLoss": "log_probs",
}
_IGNORING = frozenset({"CrossEntropyLoss", "NLLLoss", "LinearCrossEntropyLoss"})
#: What `ignore_index` is when nobody gives one.
IGNORED = -100.0
#: Losses of one value an element, of which those that are not wanted can be thrown away afterwards.
_CAN_BE_MASKED = "none"


def due_after(count: int) -> int:
    """The next call of a call site that is looked at."""
    return count + 1 if count < FIRST else (count // THEN + 1) * THEN


@dataclass(frozen=True, slots=True)
class Look:
    """One call that is being looked at: the call as it is known without, which one it is, and the numbers to come."""

    call: LossCall
    batch: int
    dims: Mapping[str, tuple[int, ...]]
    #: what made each argument, as autograd calls it
    makers: Mapping[str, str]
    reading: Reading


@dataclass(slots=True)
class Seen:
    """What the values at one call site have told until now."""

    site: CallSite
    evidence: dict[str, Evidence] = field(default_factory=dict)
    #: batches whose labels were the diagonal of a matrix of similarities, and those whose were not
    own: int = 0
    others: int = 0

    def judged(self, look: Look) -> LossCall:
        """The call of a look with what its numbers, and those before, add to it."""
        call, how = look.call, []
        arguments, settings = dict(call.arguments), dict(call.settings)
        numbers = look.reading.numbers()
        for name, given in numbers.items():
            told = arguments.get(name) or settings.get(name)
            if not isinstance(told, Meaning):
                continue
            ignored = name == "input" and numbers.get("target", {}).get("ignored")
            if ignored and name not in look.makers and not math.isfinite(given["low"] + given["high"]):
                continue  # a NaN may stand where the target says that nothing counts, and has no gradient to spoil
            meaning, words = self._with(call, name, told, given, look.dims.get(name, ()))
            if meaning.finite is False and not meaning.made_by:
                meaning = meaning.but(made_by=look.makers.get(name, ""))
            if name in arguments:
                arguments[name] = meaning
            else:
                settings[name] = meaning
            if words:
                how.append(f"{name}: {words}")
        if call.loss == "CTCLoss":
            arguments |= _ctc(arguments, numbers)
        if Writing.SELF_SIMILARITY in call.written:
            self._count_rows(numbers)
            if self.own >= BATCHES and not self.others:
                how.append(f"in {self.own} batches, the labels counted the rows, whose greatest value was their own")
                arguments["target"] = arguments["target"].but(made_by="arange")
        trail = Trail(self.site, "; ".join(how)) if how else None
        return replace(call, arguments=arguments, settings=settings, loss_trail=trail, batch=look.batch)

    def _count_rows(self, numbers: Numbers) -> None:
        if all(numbers.get(name, {}).get("diagonal") for name in ("input", "target")):
            self.own += 1
        else:
            self.others += 1

    def _with(
        self, call: LossCall, name: str, told: Meaning, given: Mapping[str, float], dims: tuple[int, ...]
    ) -> tuple[Meaning, str]:
        low, high = given["low"], given["high"]
        if not (math.isfinite(low) and math.isfinite(high)):
            if reduction(call) == _CAN_BE_MASKED:
                return told, ""
            bounds = None if math.isnan(low) else (low, high)
            return told.but(finite=False, bounds=bounds, reached=bounds is not None), ""
        told = told.but(finite=True) if told.is_floating else told
        if told.kind is not Kind.UNKNOWN:
            return told, ""
        evidence = self.evidence.setdefault(name, Evidence())
        if low > high:  # nothing counts: all of it is ignored
            evidence.add_nothing()
            if not evidence.always("nothing"):
                return told, ""
            ignored = number(call.setting("ignore_index", IGNORED))
            bounds = (IGNORED, IGNORED) if ignored is None else (ignored, ignored)
            how = f"in {evidence.batches} batches, all values were {bounds[0]:g}"
            return told.but(kind=Kind.CLASS_INDEX, bounds=bounds, reached=True), how
        evidence.add(given, dims, told.dtype)
        proved = _proved(call, name, told, evidence, dims)
        if proved is not None:
            meaning, how = proved
            return told.but(kind=meaning.kind, dim=meaning.dim, bounds=meaning.bounds, reason=""), how
        return _bounded(call, name, told, evidence, low, high), ""


def _proved(
    call: LossCall, name: str, told: Meaning, evidence: Evidence, dims: tuple[int, ...]
) -> tuple[Meaning, str] | None:
    if name == "input" and _in_place_of_a_target(call) and evidence.always("zero_one"):
        return Meaning(Kind.BOOLEAN, bounds=(0.0, 1.0)), f"in {evidence.batches} batches, all values were 0 or 1"
    if _PREDICTION.get(call.loss) == name:
        return input_kind(evidence, dims, call.loss in _WANTS_LOGARITHMS)
    if name == "target" and call.loss in ("CrossEntropyLoss", "KLDivLoss") and told.is_floating:
        # The logarithm of a density can lie on both sides of 0; a probability cannot.
        of_scores = call.loss == "KLDivLoss" and call.setting("log_target", False) is False
        return distribution_kind(evidence, dims, of_scores)
    if name == "target" and (call.loss in _SIGNED or call.loss in _BINARY):
        found = label_kind(evidence)
        return found if found is not None and (call.loss in _SIGNED or found[0].kind is Kind.SIGNS) else None
    return None


def _in_place_of_a_target(call: LossCall) -> bool:
    """Whether nothing but the target of a binary loss has a gradient, as where the two changed places."""
    given, target = call.argument("input"), call.argument("target")
    return call.loss in _BINARY and given.detached_by is not None and target.detached_by is None


def _bounded(call: LossCall, name: str, told: Meaning, evidence: Evidence, low: float, high: float) -> Meaning:
    """An argument of which one batch says enough, with the extremes that occur in it."""
    observed = told.but(bounds=(low, high), reached=True)
    loss = call.loss
    if name == "target" and loss in _INDEXED and told.is_integral:
        return observed.but(kind=Kind.CLASS_INDEX)
    if name == "target" and loss in _BINARY:
        # torch raises for whatever lies outside, or computes with it in silence.
        sure = loss == "BCELoss" or (max(-low, high - 1) > BEYOND and evidence.often("beyond"))
        return observed if sure else told
    if (loss, name) in _TOLD_BY_EXTREMES:
        return observed
    return told


#: What is wrong as soon as one value is.
_TOLD_BY_EXTREMES = frozenset({("BCELoss", "input"), ("GaussianNLLLoss", "var"), ("PoissonNLLLoss", "input")})


def _ctc(arguments: Mapping[str, Meaning], numbers: Numbers) -> Iterator[tuple[str, Meaning]]:
    """The lengths of a CTC loss, and the labels within them."""
    fits = True
    for name, most in (("input_lengths", ("log_probs", 0)), ("target_lengths", ("targets", 1))):
        given = numbers.get(name)
        lengths = arguments[name]
        if given is not None and lengths.is_integral:
            lengths = lengths.but(kind=Kind.COUNT, bounds=(given["low"], given["high"]), reached=True)
            yield name, lengths
        size = arguments[most[0]].size(most[1]) if arguments[most[0]].rank in (2, 3) else None
        fits = fits and not (isinstance(size, int) and lengths.bounds is not None and lengths.bounds[1] > size)
    given = numbers.get("targets")
    # Labels beyond a length that is too long are no labels: the length is what is wrong.
    if given is not None and fits and given["low"] <= given["high"]:
        bounds = given["low"], given["high"]
        yield "targets", arguments["targets"].but(kind=Kind.CLASS_INDEX, shape=None, bounds=bounds, reached=True)


def look(call: LossCall, given: Mapping[str, object], batch: int, seen: Seen | None = None) -> Look | None:
    """Begin to look at the values of a call. `given` are its arguments and settings, `batch` which call it is, `seen`
    what the values of earlier ones told: rows are summed only as long as anything may come of it."""
    settled = {name for name, evidence in seen.evidence.items() if evidence.settled()} if seen is not None else set()
    if call.loss in _WANTS_LOGARITHMS:
        settled = set()  # that no row is a distribution says that they are scores
    wanted = [_extremes_only(each) if each.name in settled else each for each in _wanted(call, given)]
    reading = read(wanted)
    if reading is None:
        return None
    nodes = {each.name: each.tensor.grad_fn for each in wanted}
    makers = {name: type(node).__name__ for name, node in nodes.items() if node is not None}
    return Look(call, batch, {each.name: each.dims for each in wanted if each.dims}, makers, reading)


def _extremes_only(wanted: Wanted) -> Wanted:
    return replace(wanted, dims=(), labels=False)


def _wanted(call: LossCall, given: Mapping[str, object]) -> Iterator[Wanted]:
    for name, value in given.items():
        if not has_contents(value):
            continue
        told = call.arguments.get(name) or call.settings.get(name)
        is_unknown = isinstance(told, Meaning) and told.kind is Kind.UNKNOWN
        if name == "targets":
            lengths = given.get("target_lengths")
            if isinstance(lengths, torch.Tensor) and _belong(value, lengths):
                yield Wanted(name, value, lengths=lengths.detach())
            continue
        if not value.is_floating_point():
            ignored = None
            if name == "target" and call.loss in _IGNORING:
                ignored = number(call.setting("ignore_index"))
                ignored = IGNORED if ignored is None else ignored
            rows = Writing.SELF_SIMILARITY in call.written and name == "target"
            yield Wanted(name, value, labels=is_unknown and call.loss in _SIGNED, ignored=ignored, diagonal=rows)
            continue
        dims: tuple[int, ...] = ()
        if is_unknown and (name == _PREDICTION.get(call.loss) or name == "target"):
            dims = _class_dims(call.loss, value)
        labels = is_unknown and (
            (name == "target" and call.loss in _SIGNED | _BINARY) or (name == "input" and _in_place_of_a_target(call))
        )
        rows = Writing.SELF_SIMILARITY in call.written and name == "input"
        yield Wanted(name, value, dims, labels, diagonal=rows)


def _belong(targets: torch.Tensor, lengths: torch.Tensor) -> bool:
    """Whether lengths say how much of the targets of a CTC loss counts."""
    if lengths.device != targets.device or lengths.is_floating_point() or targets.is_floating_point():
        return False
    return targets.dim() == 1 or (targets.dim() == 2 and lengths.shape == targets.shape[:1])


def _class_dims(loss: str, value: torch.Tensor) -> tuple[int, ...]:
    """The dimensions along which a tensor may be a distribution over classes."""
    rank = value.dim()
    if rank == 0 or loss not in _PREDICTION or loss == "MultiMarginLoss":
        return ()
    last, second = rank - 1, min(1, rank - 1)
    candidates = (last,) if loss == "CTCLoss" else (second, last) if loss in ("KLDivLoss", *_BINARY) else (second,)
    return tuple(dim for dim in dict.fromkeys(candidates) if value.shape[dim] > 1)

"""What holds of a loss call in all of its worlds: runs of their own stay apart, branches have to agree."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from losslint.contracts.lookup import loss_by_name
from losslint.contracts.torch.losses import ANY_REAL
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.meeting import UNDECIDED, merged
from losslint.static.evaluation.values import ClassV, Open, TensorV, Value, is_for
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import OUTPUTS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import OVER_CLASSES, UNSETTLED, LossCall, Writing
from losslint.vocabulary.shapes import Shape

#: Why nothing is said of an argument that suits another loss.
TOGETHER = "which loss is picked, and what it is given, go together in a way that the code does not say"

#: Losses for which each output of a model is either what they want or a misuse.
OF_ONE_KIND = frozenset({"CrossEntropyLoss", "NLLLoss", "BCEWithLogitsLoss"})


@dataclass(frozen=True)
class Unsaid:
    """What chooses the function that a loss stands in, and what is given to it, apart from each other."""

    of_input: frozenset[Hashable]
    of_loss: frozenset[Hashable]
    #: the calls that choose a function on the way: where each stands, and what was taken to be chosen
    chosen: dict[f.Call, tuple[Frame, f.Graph, ClassV | None]] = field(compare=False)


@dataclass
class Leaf:
    """One world in which a call computes a loss."""

    answers: dict[Hashable, int]
    #: branches that only one side of the call hangs on, and options for its input that are chosen apart from the loss:
    #: what holds has to hold in all of them
    alone: frozenset[Hashable]
    call: LossCall
    #: a condition that says nothing of what is given picks this loss, and another one otherwise
    picked: bool = False
    #: the questions for the callers that give what such a condition hangs on along with what the loss is given
    given_along: frozenset[Hashable] = frozenset()
    #: arguments that are something else in another call of the same loss, which a condition of its own leads to
    apart: frozenset[str] = frozenset()
    #: the keys that nobody reads by which this loss is taken out of a table of losses
    entries: frozenset[Hashable] = frozenset()
    #: what chooses the loss and what its input, where nobody says that these two meet
    unsaid: Unsaid | None = None


@dataclass
class Exploration:
    """What the worlds that were looked at say of one call."""

    leaves: list[Leaf] = field(default_factory=list)
    #: it is a loss in some of them
    is_loss: bool = False
    #: a loss stands there, but nobody who is known gets as far as that
    unreached: bool = False
    #: a world's object is one that the method around the call is not run on
    for_strangers: bool = False
    #: the answers of the worlds in which the loss, or what it is given, is meant for something else
    meant_for_others: list[dict[Hashable, int]] = field(default_factory=list)
    #: functions on the way that those who are known to call them leave before
    passed_by: set[f.Graph] = field(default_factory=set)
    questions: dict[Hashable, Open] = field(default_factory=dict)
    #: what an argument is before anything is asked: it is that in every world
    from_the_start: dict[str, Meaning] = field(default_factory=dict)
    #: every world was looked at to its end
    complete: bool = True
    #: there are worlds in which a run chooses the function that the call stands in, and one where that is not clear
    chosen: bool = False
    unclear: bool = False

    def tells(self) -> bool:
        """Whether a world says of which kind the input is."""
        return any(leaf.call.argument("input").kind is not Kind.UNKNOWN for leaf in self.leaves)


def settled(found: Exploration) -> Iterator[LossCall]:
    """The loss calls that hold: of branches that only one side hangs on, what they have in common."""
    seen: set[Hashable] = set()
    for leaf in found.leaves:
        if _is_of_one_class(leaf) and not all(map(_is_of_one_class, _of_the_same_loss(leaf, found))):
            continue
        call = leaf.call if not leaf.alone else _common(leaf, found)
        if leaf.picked:
            call = _meant_for_others(call, [*_of_the_same_loss(leaf, found)])
        elif leaf.given_along:
            call = _meant_for_others(call, [*_of_other_callers(leaf, found)])
        if leaf.apart and any(other.call.loss != call.loss for other in found.leaves):
            unknown = {name: Meaning(reason=TOGETHER) for name in leaf.apart & call.arguments.keys()}
            call = replace(call, arguments={**call.arguments, **unknown})
        if leaf.entries and _suits_another_entry(leaf, found):
            given = call.argument("input")
            other = Meaning(reason=TOGETHER, shape=given.shape, dtype=given.dtype)
            call = replace(call, arguments={**call.arguments, "input": other})
        call = _labelled_by_callers(_sized_by_callers(_fitting_entry(leaf, call, found), found), found)
        if Writing.TRAINED_ON in call.written and _is_trained_in_others(leaf, found):
            call = replace(
                call, written={key: trail for key, trail in call.written.items() if key != Writing.TRAINED_ON}
            )
        signature = _signature(call)
        if signature in seen:
            continue
        seen.add(signature)
        yield call


def _is_of_one_class(leaf: Leaf) -> bool:
    """Whether a branch leaves a loss over classes with one class: where `if n_classes > 1` does not hold. It is there
    for runs with another loss, as this one would be 0 whatever the model says."""
    given = leaf.call.argument("input")
    if leaf.call.loss not in OVER_CLASSES or given.shape is None:
        return False
    width = given.size(-1) if given.shape.open or len(given.shape.sizes) < 2 else given.size(1)
    return width == 1 and any(
        is_for(key, "equals") and answer == 1 and isinstance(key, tuple) and key[-1] == 1
        for key, answer in leaf.answers.items()
    )


def _of_the_same_loss(leaf: Leaf, found: Exploration) -> Iterator[Leaf]:
    return (other for other in found.leaves if other.call.loss == leaf.call.loss)


def _sized_by_callers(call: LossCall, found: Exploration) -> LossCall:
    """A call without the size 1 of the dimension of a softmax, where other runs have more there: how many clusters or
    heads there are is a setting, and one is a number that somebody may set on purpose."""
    given = call.argument("input")
    if given.dim is None or given.size(given.dim) != 1 or given.shape is None:
        return call
    others = [leaf.call.argument("input") for leaf in found.leaves if leaf.call.loss == call.loss]
    if not any(
        other.made_by == given.made_by and other.dim == given.dim and (other.size(given.dim) or 1) != 1
        for other in others
    ):
        return call
    return replace(call, arguments={**call.arguments, "input": given.but(shape=given.shape.without_size(given.dim))})


def _fitting_entry(leaf: Leaf, call: LossCall, found: Exploration) -> LossCall:
    """A cross-entropy without the dimensions of its arguments, where a run picks a model or a layer out of several and
    another one gives scores of another rank, or of one that is not known: torch raises for the one that does not fit,
    so nobody picks that."""
    if call.loss not in OVER_CLASSES or not any(is_for(key, "entry") for key in leaf.answers):
        return call
    ranks = {
        name: {other.call.argument(name).rank for other in found.leaves if other.call.loss == call.loss}
        for name in call.arguments
    }
    unsure = {name: call.argument(name).but(shape=None) for name, known in ranks.items() if len(known) > 1}
    return replace(call, arguments={**call.arguments, **unsure}) if unsure else call


def _of_other_callers(leaf: Leaf, found: Exploration) -> Iterator[Leaf]:
    """The worlds of the same loss in which other callers give both sides, and all else that one may choose is as it is
    in this one."""
    for other in _of_the_same_loss(leaf, found):
        if all(
            other.answers.get(key, answer) == answer
            for key, answer in leaf.answers.items()
            if key not in leaf.given_along and not is_for(key, "condition", "equals")
        ):
            yield other


def _meant_for_others(call: LossCall, worlds: Sequence[Leaf]) -> LossCall:
    """A call without what its arguments are in this run and not in others: which loss is picked
    (`if y.dim() == 1: bce(…) else: cross_entropy(…)`) and what the model gives go together, in a way that the code does
    not say."""
    arguments = dict(call.arguments)
    for name, given in call.arguments.items():
        others = [leaf.call.argument(name) for leaf in worlds]
        shape = given.shape
        for dim in range(-len(shape.sizes), 0) if shape is not None else ():
            size = given.size(dim)
            if shape is not None and any(size != (of := other.size(dim)) and of is not None for other in others):
                shape = shape.without_size(dim)
        if shape is not None and name == "input":
            shape = _without_width(call, shape)
        arguments[name] = given.but(shape=shape) if shape != given.shape else given
        if name == "input" and len({other.kind for other in others} - {Kind.UNKNOWN}) > 1:
            arguments[name] = Meaning(reason=TOGETHER, shape=shape, dtype=given.dtype)
    return replace(call, arguments=arguments)


def _suits_another_entry(leaf: Leaf, found: Exploration) -> bool:
    """Whether a run that takes another loss out of the same table gives it what it is there for, and this one something
    else: the table is there for several models, and nobody says that this one is picked for this model. A regression
    takes any numbers, which says nothing of what is meant. A model that is picked along with the loss is another one
    in each run."""
    given = leaf.call.argument("input")
    return not is_meant_for(leaf.call) and any(
        other.call.loss != leaf.call.loss
        and is_meant_for(other.call)
        and (other.call.argument("input").kind, _source(other.call.argument("input"))) == (given.kind, _source(given))
        and other.answers.keys() == leaf.answers.keys()
        and all(other.answers[key] == answer for key, answer in leaf.answers.items() if key not in leaf.entries)
        for other in found.leaves
    )


def is_meant_for(call: LossCall) -> bool:
    """Whether the input of a loss is of a kind that it wants, and not any loss takes."""
    contract = loss_by_name(call.loss)
    inputs = [argument for argument in contract.arguments if argument.name == "input"] if contract else []
    return any(call.argument("input").kind in argument.accepts < ANY_REAL for argument in inputs)


def _without_width(call: LossCall, shape: Shape) -> Shape:
    """A shape without the number of outputs, where it is one that the other loss is for: one score for each sample is
    no classification, and several scores have no label of one column."""
    if call.loss in OVER_CLASSES:
        first = 0 if shape.open else 1
        widths = (None if size == 1 else size for size in shape.sizes[first:])
        return Shape((*shape.sizes[:first], *widths), shape.open)
    several = shape.size(-1) not in (1, None) and call.argument("target").size(-1) == 1
    return shape.without_size(-1) if several else shape


def _labelled_by_callers(call: LossCall, found: Exploration) -> LossCall:
    """A cross-entropy without the one-hot labels in floats that this run gives it, where other runs give it other
    targets: class indices cannot take the place of those, and the loss has to take what all of them give."""
    given = call.argument("target")
    if call.loss != "CrossEntropyLoss" or given.kind is not Kind.ONE_HOT or not given.is_floating:
        return call
    others = [leaf.call.argument("target") for leaf in found.leaves if leaf.call.loss == call.loss]
    if all(other.kind is Kind.ONE_HOT for other in others):
        return call
    target = Meaning(reason="other runs give other targets", shape=given.shape, dtype=given.dtype)
    return replace(call, arguments={**call.arguments, "target": target})


def _is_trained_in_others(leaf: Leaf, found: Exploration) -> bool:
    """Whether an input that is cut off in this run has a path to the model where another class of the same registry is
    chosen: one without parameters is there to be compared with, and nobody means to train it."""
    chosen = {key: answer for key, answer in leaf.answers.items() if isinstance(key, tuple) and key[0] == "entry"}
    if not chosen or leaf.call.argument("input").detached_by is None:
        return False
    return any(
        other.call.argument("input").detached_by is None
        and other.call.argument("input").kind is not Kind.CONSTANT
        and any(other.answers.get(key, answer) != answer for key, answer in chosen.items())
        for other in found.leaves
        if other.call.loss == leaf.call.loss
    )


def _common(leaf: Leaf, found: Exploration) -> LossCall:
    """What a call has in common in all worlds that differ from this one in branches that one side hangs on."""
    shared = {key: answer for key, answer in leaf.answers.items() if key not in leaf.alone}
    group = [
        other
        for other in found.leaves
        if other.call.loss == leaf.call.loss
        and all(
            shared.get(key) == answer if key not in other.alone else shared.get(key, answer) == answer
            for key, answer in other.answers.items()
        )
    ]
    # Each world asks one question more than the one before it, so the worlds are the leaves of a tree: those of the
    # group are all that there are when their shares add up to the whole, with those in which something is chosen that
    # nobody chooses there.
    for_others = (
        answers
        for answers in found.meant_for_others
        if all(shared.get(key, answer) == answer for key, answer in answers.items())
    )
    worlds = (*(other.answers for other in group), *for_others)
    covered = sum(_share(answers, shared, found) for answers in worlds) == 1
    group = [other for other in group if not _is_of_one_class(other)] or group
    first = group[0].call
    arguments: dict[str, Meaning] = {}
    for name, meaning in first.arguments.items():
        value: Value | None = TensorV(meaning)
        reason = meaning.reason if meaning.kind is Kind.UNKNOWN else ""
        for member in group[1:]:
            other = member.call.arguments.get(name)
            value = merged(value, TensorV(other)) if value is not None and other is not None else None
            reason = reason or (other.reason if other is not None and other.kind is Kind.UNKNOWN else "")
        if covered and isinstance(value, TensorV):
            arguments[name] = value.meaning
        elif name in found.from_the_start:
            arguments[name] = found.from_the_start[name]
        else:
            shape = _common_shape([member.call.arguments.get(name) for member in group]) if covered else None
            arguments[name] = Meaning(reason=reason or UNDECIDED, shape=shape)
    settings: dict[str, object] = {}
    for name in dict.fromkeys(name for member in group for name in member.call.settings):
        # What only some worlds set is not what the loss has by default.
        values = [member.call.settings.get(name, UNSETTLED) for member in group]
        settings[name] = values[0] if all(value == values[0] for value in values) else UNSETTLED
    written = {
        writing: trail for writing, trail in first.written.items() if all(writing in m.call.written for m in group)
    }
    if covered and "input" in arguments and arguments["input"].kind is Kind.UNKNOWN:
        arguments["input"] = _wrong_either_way(leaf, found, arguments["input"]) or arguments["input"]
    shared_autocast = first.autocast if all(member.call.autocast == first.autocast for member in group) else None
    return replace(
        first,
        arguments=arguments,
        settings=settings,
        written=written,
        autocast=shared_autocast,
        ways=_ways(leaf, found, arguments),
    )


def _wrong_either_way(leaf: Leaf, found: Exploration, common: Meaning) -> Meaning | None:
    """What the input is in one of the worlds that a leaf does not rule out, where the loss wants it in none of them:
    a flag that adds a sigmoid in front of NLLLoss is wrong on and off. None where another loss wants it in some world,
    which it may be there for. An activation is spoken of before raw scores: those suit a regression."""
    given = [other.call.argument("input") for other in _of_the_same_loss(leaf, found) if _goes_with(leaf, other)]
    if leaf.call.loss not in OF_ONE_KIND or not found.complete or not given:
        return None
    if any(meaning.kind not in OUTPUTS or meaning.factor is not None for meaning in given) or any(
        is_meant_for(other.call) for other in found.leaves
    ):
        return None
    shown = next((meaning for meaning in given if meaning.kind is not Kind.LOGITS), given[0])
    return shown.but(
        shape=common.shape,
        dtype=_shared(meaning.dtype for meaning in given),
        device=_shared(meaning.device for meaning in given),
        detached_by=_shared(meaning.detached_by for meaning in given),
    )


def _shared(values: Iterable[str | None]) -> str | None:
    """What several are, None where they differ."""
    known = {*values}
    return known.pop() if len(known) == 1 else None


def _common_shape(meanings: Sequence[Meaning | None]) -> Shape | None:
    """The shape that an argument has in all worlds, whatever it holds."""
    known = {meaning.shape if meaning is not None else None for meaning in meanings}
    return known.pop() if len(known) == 1 else None


def _ways(leaf: Leaf, found: Exploration, common: Mapping[str, Meaning]) -> dict[str, frozenset[Kind]]:
    """The kinds that an argument can be in any world that a leaf does not rule out, where all of them are known."""
    ways: dict[str, frozenset[Kind]] = {}
    possible = [other for other in found.leaves if other.call.loss == leaf.call.loss and _goes_with(leaf, other)]
    for name, meaning in common.items():
        if found.complete and meaning.kind is Kind.UNKNOWN:
            kinds = frozenset(other.call.argument(name).kind for other in possible)
            if Kind.UNKNOWN not in kinds:
                ways[name] = kinds
    return ways


def _goes_with(leaf: Leaf, other: Leaf) -> bool:
    """Whether two worlds may be runs of one program: they differ only in branches that one side hangs on."""
    return all(
        other.answers.get(key, answer) == answer or key in leaf.alone or key in other.alone
        for key, answer in leaf.answers.items()
    )


def _share(answers: dict[Hashable, int], shared: dict[Hashable, int], found: Exploration) -> Fraction:
    """The part of all branches, apart from those that are given, that a world stands for."""
    share = Fraction(1)
    for key in answers:
        if key not in shared:
            share /= found.questions[key].count
    return share


def _signature(call: LossCall) -> Hashable:
    parts = [
        (
            name,
            m.kind,
            m.dtype,
            m.shape,
            m.dim,
            m.bounds,
            m.reached,
            m.detached_by,
            m.device,
            m.made_by,
            m.factor,
            _source(m),
        )
        for name, m in call.arguments.items()
    ]
    return (
        call.loss,
        call.autocast,
        tuple(parts),
        tuple(call.written),
        repr(sorted((name, repr(value)) for name, value in call.settings.items())),
    )


def _source(meaning: Meaning) -> Hashable:
    """Where a meaning began: two misuses of one call from two sources are two findings."""
    last = None
    if meaning.trail is not None and meaning.kind is not Kind.UNKNOWN:
        for part in meaning.trail:
            last = part.spot
    form = getattr(last, "form", None)
    return id(form) if form is not None else None

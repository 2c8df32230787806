"""Loops: what is iterated over, round by round where it is known, and what is left afterwards."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from losslint.static.behaviour.rows import some_number
from losslint.static.evaluation.counters import is_counted
from losslint.static.evaluation.frames import Frame, Round
from losslint.static.evaluation.values import (
    MODULES,
    ConstV,
    ContainerV,
    DictV,
    InstanceV,
    IterV,
    Lazy,
    NumberV,
    ObjectV,
    SeqV,
    SizeV,
    TensorV,
    UnknownV,
    Value,
    as_item,
    given,
    identity,
    opened,
    passed_on,
)
from losslint.static.files.holding import FILLING
from losslint.static.lowering import forms as f
from losslint.static.lowering.attribute_changes import history
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Rounds of one loop that are followed one by one.
MOST_ROUNDS = 64

#: Changes of one list in a round that are looked through.
MOST_CHANGES = 64


def items_of(ev: Evaluator, value: Value) -> list[Lazy] | None:
    """The items of something to iterate over, when all of them are known."""
    if isinstance(value, SeqV):
        return _through(value, list(value.items)) if value.complete else None
    if isinstance(value, DictV):
        return [given(ConstV(key)) for key in value.items] if value.complete else None
    if isinstance(value, ContainerV) and value.sort == "dict":
        return [given(ConstV(name)) for name, _ in value.children] if value.complete else None
    if isinstance(value, ContainerV):
        return _through(value, [lazy for _, lazy in value.children]) if value.complete else None
    if isinstance(value, ConstV) and isinstance(value.value, (str, tuple, list)):
        return [given(ConstV(item)) for item in value.value[: MOST_ROUNDS + 1]]
    if isinstance(value, IterV):
        return _iterated(ev, value)
    if isinstance(value, InstanceV):
        from losslint.static.behaviour.container_classes import container_of

        container = container_of(ev, value)
        return items_of(ev, container) if container is not None else None
    return None


def are_all(value: Value, items: list[Lazy]) -> bool:
    """Whether the items of something are no fewer than it has: of a long `range` more are never counted out than rounds
    are followed."""
    return not isinstance(value, (IterV, ConstV)) or len(items) <= MOST_ROUNDS


def _through(value: Value, items: list[Lazy]) -> list[Lazy]:
    """Items of something that came along a path."""
    return [lazy.through(value) for lazy in items]


def _iterated(ev: Evaluator, value: IterV) -> list[Lazy] | None:
    if value.sort == "range":
        numbers = [part.value for part in value.parts if isinstance(part, ConstV) and isinstance(part.value, int)]
        if len(numbers) != len(value.parts) or not 1 <= len(numbers) <= 3:
            return None
        try:
            counted = range(*numbers)
        except ValueError:
            return None
        return [given(ConstV(number)) for number in counted[: MOST_ROUNDS + 1]]
    lists = [items_of(ev, part) for part in value.parts[: 1 if value.sort != "zip" else None]]
    known = [each for each in lists if each is not None]
    if len(known) != len(lists) or not known:
        return None
    if value.sort == "enumerate":
        start = value.parts[1].value if len(value.parts) > 1 and isinstance(value.parts[1], ConstV) else 0
        first = start if isinstance(start, int) else 0
        return [given(SeqV("tuple", (given(ConstV(first + i)), item))) for i, item in enumerate(known[0])]
    if value.sort == "zip":
        return [given(SeqV("tuple", row)) for row in zip(*known, strict=False)]
    if value.sort == "reversed":
        return known[0][::-1]
    source = value.parts[0]
    if value.sort == "items" and isinstance(source, DictV):
        return [given(SeqV("tuple", (given(ConstV(key)), item))) for key, item in source.items.items()]
    if value.sort == "values" and isinstance(source, DictV):
        return list(source.items.values())
    if value.sort == "items" and isinstance(source, ContainerV):
        return [given(SeqV("tuple", (given(ConstV(name)), item))) for name, item in source.children]
    return known[0]


def length_symbol(value: Value) -> Hashable:
    """Equal for two containers only when they have the same number of items."""
    if isinstance(value, UnknownV):
        return ("len", value.symbol) if value.symbol is not None else ("len of", identity(value))
    lazies = [lazy for _, lazy in value.children] if isinstance(value, ContainerV) else None
    if isinstance(value, SeqV):
        lazies = list(value.items)
    if lazies:
        return ("len", len(lazies), id(lazies[-1].form), id(lazies[-1].frame))
    return ("len of", identity(value))


def length(ev: Evaluator, value: Value) -> Value:
    """`len(value)`"""
    items = items_of(ev, value)
    if items is not None and are_all(value, items):
        return ConstV(len(items))
    if isinstance(value, IterV) and value.sort == "zip":
        layers = [part for part in value.parts if _are_layers(ev, part)]
        if len(layers) == 1:
            return length(ev, layers[0])
        shortest = _shortest([length(ev, part) for part in value.parts if isinstance(part, UnknownV)])
        if shortest is not None:
            return shortest
    if isinstance(value, InstanceV):
        from losslint.static.behaviour.container_classes import container_of

        value = container_of(ev, value) or value
    part = as_item(value.symbol) if isinstance(value, UnknownV) else None
    if part is not None and part[1] in _BUT_ONE:
        return SizeV("a length that is not known", symbol=("len", part[0]), offset=-1)
    return SizeV("a length that is not known", symbol=length_symbol(value))


#: What tells a slice that leaves out the first or the last item.
_BUT_ONE = frozenset({repr(slice(1, None, None)), repr(slice(None, -1, None))})


def _shortest(lengths: list[Value]) -> Value | None:
    """The least of the lengths of one list and of parts of it; None where there are others."""
    known = [each for each in lengths if isinstance(each, SizeV)]
    if not known or len({each.symbol for each in known}) != 1:
        return None
    return min(known, key=lambda each: each.offset)


def _are_layers(ev: Evaluator, value: Value) -> bool:
    """Whether it is a container of modules: what goes side by side with a model's layers (the blocks of a sampled
    graph, the skips of a decoder) has one for each, or the model would have layers that it never uses."""
    if isinstance(value, IterV) and value.sort == "reversed":
        return _are_layers(ev, value.parts[0])
    if isinstance(value, InstanceV):
        from losslint.static.behaviour.container_classes import container_of

        return container_of(ev, value) is not None
    return isinstance(value, ContainerV)


def _last_index(ev: Evaluator, value: Value) -> Value:
    """The index of the last round over something of unknown length."""
    count = length(ev, value)
    if isinstance(count, ConstV) and isinstance(count.value, int) and count.value > 0:
        return ConstV(count.value - 1)
    # What is empty as far as the code shows is filled in a way that is not followed.
    return _counter(count if isinstance(count, UnknownV) else SizeV("a length that is not known"))


def _counter(count: UnknownV) -> UnknownV:
    """The last of as many whole numbers, from 0 on."""
    reason = "the last round"
    return UnknownV(reason, symbol=count.symbol, offset=count.offset - 1, tensor=some_number(reason).but(dtype="int64"))


def sample(ev: Evaluator, value: Value) -> Value:
    """One element of something to iterate over: the last one, where that makes a difference."""
    if isinstance(value, SeqV) and value.items:
        return passed_on(ev.value(value.items[-1]), value)
    if isinstance(value, ContainerV) and value.children:
        name, lazy = value.children[-1]
        return ConstV(name) if value.sort == "dict" else passed_on(ev.value(lazy), value)
    if isinstance(value, DictV) and value.items:
        return ConstV(list(value.items)[-1])
    if isinstance(value, IterV) and value.parts:
        source = value.parts[0]
        if value.sort == "range":
            if len(value.parts) == 1 and isinstance(source, UnknownV):
                return _counter(source)
            last = value.parts[1] if len(value.parts) > 1 else source
            if len(value.parts) == 2 and isinstance(last, UnknownV):
                return _counter(last)
            return UnknownV(
                "a number", symbol=("range", identity(value)), tensor=some_number("a number").but(dtype="int64")
            )
        if value.sort == "enumerate":
            return SeqV("tuple", (given(_last_index(ev, source)), given(sample(ev, source))))
        if value.sort == "zip":
            rows = items_of(ev, value)
            if rows:
                return ev.value(rows[-1])  # the last one that all of them have: `zip(xs, xs[1:])`
            return SeqV("tuple", tuple(given(sample(ev, part)) for part in value.parts))
        if value.sort == "reversed" and items_of(ev, source) is None:
            return told_apart(ev, sample(ev, source), "reversed")
        if value.sort == "items" and isinstance(source, DictV) and source.items:
            key, lazy = list(source.items.items())[-1]
            return SeqV("tuple", (given(ConstV(key)), lazy))
        if value.sort in ("values", "items") and isinstance(source, UnknownV):
            element = UnknownV("an item of something that is not known", source.open, ("item of", source.symbol))
            if value.sort == "values":
                return element
            return SeqV("tuple", (given(UnknownV("a key")), given(element)))
        if value.sort == "values" and isinstance(source, DictV) and source.items:
            return ev.value(list(source.items.values())[-1])
        if value.sort in ("values", "items") and isinstance(source, DictV) and source.rest:
            of_some_key = source.rest[-1]
            if value.sort == "values":
                return ev.value(of_some_key)
            return SeqV("tuple", (given(UnknownV("a key")), of_some_key))
        return sample(ev, source)
    from losslint.static.behaviour import library_models

    if isinstance(value, TensorV):
        from losslint.contracts.transfer import index

        return TensorV(index(value.meaning, 0), value.open)
    if isinstance(value, ObjectV) and value.name == library_models.TRUNK:
        return value
    if isinstance(value, (ObjectV, InstanceV)):
        from losslint.static.behaviour.datasets import batch

        return batch(ev, value)
    symbol = ("element", value.symbol) if isinstance(value, UnknownV) and value.symbol is not None else None
    reason = value.reason if isinstance(value, UnknownV) else "what is iterated over is not known"
    return UnknownV(reason, opened(value), symbol)


def told_apart(ev: Evaluator, value: Value, mark: Hashable) -> Value:
    """One of several things of which only one stands for all: of the same mark it is the same one, of another mark it
    is another. Only tensors, and what is not known, are told apart."""
    if isinstance(value, NumberV) and value.symbol is not None:
        return value.marked((mark, value.symbol))
    if isinstance(value, UnknownV) and value.symbol is not None:
        symbol = (mark, value.symbol)
        return UnknownV(value.reason, value.open, symbol, value.offset, value.tensor, something=value.something)
    if isinstance(value, TensorV) and value.meaning.identity is not None:
        return TensorV(value.meaning.but(identity=(mark, value.meaning.identity), scores=None), value.open)
    if isinstance(value, SeqV) and value.sort == "tuple":
        parts = tuple(given(told_apart(ev, ev.value(lazy), mark)) for lazy in value.items)
        return SeqV(value.sort, parts, value.complete, value.trail, value.names)
    return value


# ---------------------------------------------------------------- rounds


def rounds_of(ev: Evaluator, loop: f.Loop, frame: Frame) -> list[Frame]:
    """The rounds of a loop: all of them where the items are known, else one that stands for the last."""
    place = ("rounds", loop, frame)
    known = ev.known(place)
    if known is not None:
        rounds: list[Frame] = known.value
        for each in rounds[:1]:
            if each.round is not None and each.round.asked is not None:
                ev.depends(each.round.asked)
        return rounds
    rounds = []
    source = loop.iterable
    iterable: Value | None = None
    asked: set[Hashable] | None = None
    if source is not None:
        iterable, asked = ev.watched(lambda: ev.force(source, frame))
    items = items_of(ev, iterable) if iterable is not None and not _has_many(iterable) else None
    if items and len(items) <= MOST_ROUNDS:
        elements = items
    elif iterable is not None:
        elements = [given(sample(ev, iterable))]
    else:
        elements = [given(ConstV(None))]
    stands_for_all = elements is not items
    if stands_for_all and loop.flagged:
        elements = elements * 2  # the first round, and one that stands for those after it
    before: Frame | None = None
    for position, element in enumerate(elements):
        key = ("round", loop, frame, position)
        inner = ev.notes.frames.get(key)
        if inner is None:
            inner = ev.notes.frames[key] = frame.in_round(loop)
        inner.round = Round(element, before, asked, stands_for_all)
        rounds.append(inner)
        before = inner
    with ev.making(place, rounds):
        started = [(each, each.round) for each in rounds]
        ev.does(lambda: _start(started))
        if loop.breaks and len(rounds) > 1:
            ended, of_breaks = ev.watched(lambda: ConstV(_rounds_before_break(ev, loop, rounds)))
            if isinstance(ended, ConstV) and isinstance(ended.value, int):
                del rounds[ended.value :]
            if of_breaks is not None:
                for each in rounds:
                    assert each.round is not None
                    each.round.asked = (each.round.asked or set()) | of_breaks
    return rounds


def _start(rounds: list[tuple[Frame, Round | None]]) -> None:
    """Have frames stand for rounds."""
    for frame, here in rounds:
        frame.round = here


def _has_many(value: Value) -> bool:
    """Whether something surely has more items than are followed one by one: the table of all models of a library is
    iterated over again and again, and each time its items would be made for nothing."""
    if isinstance(value, IterV) and value.sort in ("items", "values", "keys", "enumerate", "reversed"):
        return bool(value.parts) and _has_many(value.parts[0])
    return isinstance(value, (SeqV, DictV)) and value.complete and len(value.items) > MOST_ROUNDS


def _rounds_before_break(ev: Evaluator, loop: f.Loop, rounds: list[Frame]) -> int:
    """How many rounds there are, where a `break` is known to end the loop."""
    from losslint.static.evaluation.conditions import truth

    for position, frame in enumerate(rounds):
        if any(truth(ev, condition, frame) is True for condition in loop.breaks):
            return position + 1
    return len(rounds)


def _may_break(ev: Evaluator, loop: f.Loop, rounds: list[Frame]) -> bool:
    """Whether there may be fewer rounds than there are things to iterate over: for some `break` nobody knows."""
    from losslint.static.evaluation.conditions import truth

    return any(not isinstance(truth(ev, condition, frame), bool) for condition in loop.breaks for frame in rounds)


def force_loop(ev: Evaluator, form: f.Loop, frame: Frame) -> Value:
    """What a loop iterates over."""
    return ev.force(form.iterable, frame) if form.iterable is not None else ConstV(None)


def force_element(ev: Evaluator, form: f.Element, frame: Frame) -> Value:
    """The loop's current element."""
    if frame.loop is form.loop and frame.round is not None:
        if frame.round.asked is not None:
            ev.depends(frame.round.asked)
        value = ev.value(frame.round.element)
        if not frame.round.stands_for_all or frame.base is None:
            return value
        return _of_its_loop(ev, value, form.loop, force_loop(ev, form.loop, frame.base))
    iterable = force_loop(ev, form.loop, frame)
    from losslint.static.evaluation import runs_in_rounds

    several = runs_in_rounds.element(ev, form.loop, frame, iterable)
    return several if several is not None else _of_its_loop(ev, sample(ev, iterable), form.loop, iterable)


def _of_its_loop(ev: Evaluator, value: Value, loop: f.Loop, iterable: Value) -> Value:
    """An element that stands for all of them: two loops over the same things are not in the same round.

    A counter is what it is, for it is compared with how many rounds there are.
    """
    if isinstance(value, TensorV) or (isinstance(value, UnknownV) and not isinstance(iterable, IterV)):
        return told_apart(ev, value, ("in the round", id(loop)))
    if isinstance(value, SeqV) and isinstance(iterable, IterV) and iterable.sort in ("enumerate", "zip"):
        counter = value.items[:1] if iterable.sort == "enumerate" else ()
        parts = tuple(
            given(_of_its_loop(ev, ev.value(lazy), loop, source))
            for lazy, source in zip(value.items[len(counter) :], iterable.parts, strict=False)
        )
        parts = (*counter, *parts)
        return SeqV(value.sort, parts, value.complete, value.trail, value.names)
    if isinstance(value, SeqV) and value.sort == "tuple" and isinstance(iterable, SeqV):
        parts = tuple(given(_of_its_loop(ev, ev.value(lazy), loop, iterable)) for lazy in value.items)
        return SeqV(value.sort, parts, value.complete, value.trail, value.names)
    return value


def force_carried(ev: Evaluator, form: f.Carried, frame: Frame) -> Value:
    """A variable that the loop's body rebinds, on the way into a round."""
    loop = form.loop
    if frame.loop is loop and frame.round is not None:
        assert frame.base is not None
        if frame.round.asked is not None:
            ev.depends(frame.round.asked)
        if frame.round.before is None:
            value = ev.force(form.before, frame.base)
            if frame.round.stands_for_all and isinstance(value, ConstV) and is_counted(form):
                reason = f"`{form.name}` is counted"
                return UnknownV(reason, symbol=("carried", id(form), id(frame)), tensor=some_number(reason))
            return _growing(value, _only_adds(loop, form.name)) if frame.round.stands_for_all else value
        return ev.force(loop.after.get(form.name, form.before), frame.round.before)
    value = ev.force(form.before, frame)
    if isinstance(value, UnknownV) or (isinstance(value, ConstV) and (not value.value or value.value is True)):
        # `best = None`, `loss = 0`, `first = True` before the loop say nothing about later rounds.
        after = loop.after.get(form.name)
        later = ev.force(after, frame) if after is not None else value
        if not isinstance(later, UnknownV):
            return told_apart(ev, later, ("the round before", id(loop)))
        if isinstance(value, ConstV):
            return UnknownV(f"`{form.name}` changes from round to round", symbol=("carried", id(form), id(frame)))
    return _growing(value, _only_adds(loop, form.name))


def _growing(value: Value, at_the_end: bool = False) -> Value:
    """A container that the body of a loop adds to: how much is in it by now is not known. What is added `at_the_end`
    leaves the others at their places."""
    if isinstance(value, SeqV):
        return SeqV(value.sort, value.items, False, value.trail, placed=value.placed if at_the_end else 0)
    if isinstance(value, DictV):
        return DictV(value.items, False, value.rest, value.trail)
    return value


def _only_adds(loop: f.Loop, name: str) -> bool:
    """Whether a round of a loop does nothing to a list but put something at its end."""
    pending, left = [loop.after.get(name)], MOST_CHANGES
    while pending:
        form, left = pending.pop(), left - 1
        form = f.bare(form) if form is not None else None
        if form is None or not left:
            return False
        if isinstance(form, f.Choice):
            pending += [form.then, form.other]
        elif isinstance(form, f.Mutated) and form.method in ("append", "extend"):
            pending.append(form.base)
        elif isinstance(form, f.Binary) and form.operator == "+":
            pending.append(form.left)
        elif isinstance(form, f.LoopOut) and _only_adds(form.loop, form.name):
            pending.append(form.before)
        elif not (isinstance(form, f.Carried) and form.loop is loop and form.name == name):
            return False
    return True


def force_loop_out(ev: Evaluator, form: f.LoopOut, frame: Frame) -> Value:
    """A variable after the loop."""
    rounds = rounds_of(ev, form.loop, frame)
    if form.name in form.loop.found:
        from losslint.static.evaluation import broken_off

        return broken_off.found(ev, form, rounds, frame)
    after = form.loop.after.get(form.name)
    if after is None:
        return ev.force(form.before, frame)
    if not rounds:
        return ev.force(form.before, frame)
    iterable = force_loop(ev, form.loop, frame)
    if isinstance(iterable, IterV) and iterable.sort == "range" and items_of(ev, iterable) == []:
        return ev.force(form.before, frame)  # `range(layers - 2)` of two layers
    value = ev.force(after, rounds[-1])
    if rounds[-1].round is not None and rounds[-1].round.stands_for_all and isinstance(value, TensorV):
        earlier = ev.force(after, rounds[0]) if len(rounds) > 1 else ev.force(form.before, frame)
        value = _grown(earlier, value)
        if value.meaning.detached_by and isinstance(ev.value(rounds[-1].round.element), MODULES):
            # The last layer of several was applied: the others have weights, to which the gradient leads.
            value = TensorV(value.meaning.but(detached_by=None), value.open)
    if isinstance(value, TensorV) and value.meaning.kind is Kind.CONSTANT and _is_written_to(after):
        # A round that writes nothing (`if not len(boxes): continue`) says nothing of the others.
        from losslint.static.evaluation.changes import rewritten

        return rewritten(value, "rounds of a loop write to it")
    if form.loop.iterable is not None and items_of(ev, iterable) is None:
        # Appended to once a round: what is in it is known, how often is not.
        if isinstance(value, InstanceV):
            return _with_filled(ev, value, rounds[-1])
        found = _of_unknown_length(ev, value)
        if isinstance(found, SeqV) and _only_adds(form.loop, form.name):
            before = ev.force(form.before, frame)
            if isinstance(before, SeqV):
                return SeqV(found.sort, found.items, False, found.trail, placed=min(before.placed, len(found.items)))
        return found
    if isinstance(value, SeqV) and value.complete and value.items and _may_break(ev, form.loop, rounds):
        return SeqV(value.sort, value.items, False, value.trail)
    return value


def _is_written_to(after: f.Form) -> bool:
    """Whether a round of a loop sets items of what a name is bound to."""
    return any(isinstance(here, f.SetItem) for here in history(after))


def _of_unknown_length(ev: Evaluator, value: Value) -> Value:
    if isinstance(value, SeqV):
        return SeqV(value.sort, value.items, False, value.trail)
    if isinstance(value, ContainerV):
        return value.holding(value.children, False)
    if isinstance(value, DictV):
        # `rows["x"].append(x)` once a round
        filled = {key: ev.value(lazy) for key, lazy in value.items.items() if _fills(lazy)}
        lists = {key: given(_of_unknown_length(ev, each)) for key, each in filled.items()}
        return DictV({**value.items, **lists}, value.complete, value.rest, value.trail) if lists else value
    return value


def _fills(lazy: Lazy) -> bool:
    """Whether something is a list or a dict after something was put into it."""
    if isinstance(lazy.form, f.SetItem):
        return True
    return isinstance(lazy.form, f.Mutated) and lazy.form.method in FILLING


def _with_filled(ev: Evaluator, value: InstanceV, last: Frame) -> Value:
    """An object after a loop that puts something into its attributes: `self.layers.append(layer)`."""
    filled = {
        name: given(_of_unknown_length(ev, ev.value(lazy)))
        for name, lazy in value.attributes.items()
        if lazy.frame is last and _fills(lazy)
    }
    if not filled:
        return value
    attributes = {**value.attributes, **filled}
    return InstanceV(value.cls, value.origin, value.frame, attributes, value.trail, value.arguments)


def _grown(earlier: Value, later: TensorV) -> TensorV:
    """What several rounds leave: how long a tensor is by now that each round makes longer is not known."""
    one = earlier.meaning.shape if isinstance(earlier, TensorV) else None
    other = later.meaning.shape
    if one is None or other is None or one == other or one.open or other.open:
        return later
    if len(one.sizes) != len(other.sizes):
        return TensorV(later.meaning.but(shape=None), later.open) if one.sizes and other.sizes else later
    lengths = (one.sizes[0], other.sizes[0])
    if all(isinstance(length, int) for length in lengths) and lengths[0] != lengths[1]:
        return TensorV(later.meaning.but(shape=Shape((None, *other.sizes[1:]))), later.open)
    return later


def force_comprehension(ev: Evaluator, form: f.Comprehension, frame: Frame) -> Value:
    """A list, set, dict or generator comprehension."""
    frames = [frame]
    complete = True
    for loop in form.loops:
        inner: list[Frame] = []
        for each in frames:
            rounds = rounds_of(ev, loop, each)
            iterable = ev.force(loop.iterable, each) if loop.iterable is not None else None
            items = items_of(ev, iterable) if iterable is not None else None
            complete = complete and items is not None and len(items) <= MOST_ROUNDS
            if items != []:  # other than the body of a loop, an element is not taken to be made at least once
                inner += rounds
        frames = inner[: MOST_ROUNDS + 1]
        complete = complete and len(inner) <= MOST_ROUNDS
    if form.filters and complete:  # a round that stands for all says nothing of the others
        kept = [(each, _is_kept(ev, form, each)) for each in frames]
        frames = [each for each, held in kept if held is not False]
        complete = all(held is True for _, held in kept)
    lazies = tuple(Lazy(form.element, each) for each in frames)
    if form.sort != "dict":
        return SeqV(form.sort, lazies, complete)
    mapping: dict[object, Lazy] = {}
    rest: list[Lazy] = []
    for each, lazy in zip(frames, lazies, strict=True):
        key = ev.force(form.key, each) if form.key is not None else None
        if isinstance(key, ConstV) and key.value.__hash__ is not None:
            try:
                mapping[key.value] = lazy
                continue
            except TypeError:
                pass
        rest.append(lazy)
    return DictV(mapping, complete and not rest, tuple(rest))


def _is_kept(ev: Evaluator, form: f.Comprehension, frame: Frame) -> bool | None:
    """Whether a comprehension keeps an element, None where that is not known."""
    from losslint.static.evaluation.conditions import truth

    found: bool | None = True
    for condition in form.filters:
        held = truth(ev, condition, frame)
        if held is False:
            return False
        found = found if held is True else None
    return found


def force_yielded(ev: Evaluator, form: f.Yielded, frame: Frame) -> Value:
    """What a generator yields."""
    return SeqV("list", tuple(Lazy(each, frame) for each in form.forms), False)

"""Items: what stands at a key or a position, what is written there, and what names are unpacked to."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING

from losslint.contracts.transfer import index
from losslint.contracts.transfer.complements import part_of
from losslint.contracts.transfer.indexing import is_settled
from losslint.static.behaviour import environments, tabular
from losslint.static.behaviour.library_models import TRUNK
from losslint.static.behaviour.rows import one_of
from losslint.static.behaviour.tensors import key_of, made
from losslint.static.evaluation import by_name, records, registries
from losslint.static.evaluation.constructors import receiver_frame
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import instance_key, lazy_key
from losslint.static.evaluation.item_writes import SomeKey
from losslint.static.evaluation.loops import items_of, sample, told_apart
from losslint.static.evaluation.meeting import meet, merged
from losslint.static.evaluation.regions import JoinedV, PartlyWrittenV, region_of
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    ConstV,
    ContainerV,
    DictV,
    ExternalV,
    InstanceV,
    IterV,
    Lazy,
    ModuleV,
    ObjectV,
    Open,
    RegistryV,
    SeqV,
    SizeV,
    TakenV,
    TensorV,
    UnknownV,
    Value,
    given,
    identity,
    is_object,
    opened,
    passed_on,
    symbol_of,
    whole,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.observations import UNSETTLED
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


#: Why nothing is known of an item of a list.
NO_PLACE = "a position that is not known"

#: What holds the texts that a run is started with.
_OF_THE_RUN = frozenset({"sys.argv", "os.environ"})

#: Items of a list that are compared where nobody knows which of them is read.
MOST_COMPARED = 64


def force_item(ev: Evaluator, form: f.Item, frame: Frame) -> Value:
    """`base[key]`"""
    base = ev.force(form.base, frame)
    if isinstance(base, ExternalV) and base.name.endswith(".__dict__"):
        entry_name = ev.force(form.key, frame)
        if isinstance(entry_name, ConstV):
            return ev.external(f"{base.name.removesuffix('.__dict__')}.{entry_name.value}")
    read_of = by_name.namespace(ev, form, base, frame)
    if isinstance(read_of, ModuleV):
        return read_of
    if isinstance(base, ClassV):
        members = records.enumerated(ev, base)
        if members is None:
            return base  # a generic type
        base = members
    elif isinstance(base, ExternalV):
        return _of_the_run(ev, base, form, frame) or base  # a generic type
    elif read_of is not None:
        base = read_of
    key = ev.force(form.key, frame)
    if isinstance(base, SeqV) and isinstance(key, UnknownV):
        named = records.beside_its_names(ev, base, form.key, frame)
        if named is not None:
            base, key = named
    found = item(ev, base, key, form, frame)
    if isinstance(key, ConstV) and isinstance(key.value, int) and isinstance(base, UnknownV):
        return _as_size(found, form.base)
    return found


def _of_the_run(ev: Evaluator, base: Value, form: f.Item, frame: Frame) -> UnknownV | None:
    """`sys.argv[1]`: a text that the run chooses, and the same one wherever it is read."""
    if not isinstance(base, ExternalV) or base.name not in _OF_THE_RUN:
        return None
    key = ev.force(form.key, frame)
    symbol = ("entry", base.name, repr(key.value)) if isinstance(key, ConstV) else ("item", id(form), id(frame))
    return UnknownV(f"what the run has in `{base.name}`", symbol=symbol)


def _as_size(value: Value, whole: f.Form) -> Value:
    """What `x.shape[0]`, `np.shape(x)[0]` and `n, d = x.size()` give of something that is not known."""
    written = f.bare(whole)
    if isinstance(written, f.Call):
        sizes = written.callee_name == "shape" or (written.callee_name == "size" and not written.arguments)
    else:
        sizes = isinstance(written, f.Attr) and written.name == "shape"
    return SizeV(value.reason, value.open, value.symbol) if sizes and type(value) is UnknownV else value


def item(ev: Evaluator, base: Value, key: Value, form: f.Form, frame: Frame) -> Value:
    """One entry, or a slice, of a value."""
    if isinstance(base, TensorV):
        of_a_table = isinstance(key, UnknownV) and tabular.may_hold_objects(base.meaning)
        place = UNSETTLED if of_a_table else key_of(ev, key)
        if isinstance(base, (PartlyWrittenV, JoinedV)):
            base = region_of(base, place)
        result = index(base.meaning, place)
        if is_settled(place) and result.identity is None:
            # `x[:, 0]` is the same tensor where it is written twice.
            result = result.but(identity=part_of(base.meaning.identity, repr(place)))
        if of_a_table and base.meaning.likely is not None:
            result = result.but(shape=None, likely=Shape(()))
        return made(ev, result, "an index", [base], form, frame, None)
    if isinstance(base, InstanceV):
        return _instance_item(ev, base, key, form, frame)
    if isinstance(base, ObjectV) and base.name == TRUNK:
        return base
    if isinstance(base, ObjectV):
        table = tabular.item(ev, base, _settled(ev, key), frame.graph.unit.file)
        if table is not None:
            return table
        if isinstance(key, ConstV) and type(key.value) is int:
            part = environments.part(ev, base, key.value, -1, form, frame)
            if part is not None:
                return part
    if isinstance(base, IterV):
        items = items_of(ev, base)
        if items is not None:
            base = SeqV("list", tuple(items))
    if isinstance(base, ContainerV) and isinstance(key, ConstV) and isinstance(key.value, (int, slice)):
        return _child(ev, base, key.value)
    if isinstance(base, ContainerV):
        base = DictV(dict(base.children), base.complete, trail=base.trail)
    if isinstance(base, SeqV) and isinstance(key, ConstV) and key.value in base.names:
        return passed_on(ev.value(base.items[base.names.index(str(key.value))]), base)
    if isinstance(base, SeqV) and base.sort == "output":
        return UnknownV("an output by its place, where it is not known whether a loss comes first")
    if isinstance(base, SeqV):
        found = _position(ev, base, key)
        if found is None and base.complete and isinstance(key, UnknownV) and _holds_classes(ev, base):
            # `[First, Second][int(sys.argv[1])]()`
            found = entry(ev, DictV(dict(enumerate(base.items)), trail=base.trail), key, form, frame)
        if found is not None:
            return found
        return UnknownV(NO_PLACE, opened(key), ("item", id(form), id(frame)))
    if isinstance(base, DictV):
        entered = entry(ev, base, key, form, frame)
        if entered is not None:
            return entered
        return UnknownV("an entry that is not known", opened(key), ("item", id(form), id(frame)))
    if isinstance(base, ConstV) and isinstance(base.value, (str, tuple)) and isinstance(key, ConstV):
        try:
            return ConstV(base.value[key.value])  # type: ignore[index, call-overload]
        except (TypeError, IndexError, ValueError):
            return UnknownV("an index that does not fit")
    if isinstance(base, UnknownV):
        symbol = None
        if base.symbol is not None:
            known = repr(key.value) if isinstance(key, ConstV) else ("item", id(form), id(frame))
            symbol = ("item", base.symbol, known)
        return UnknownV(base.reason, base.open, symbol, something=_is_slice(key))
    return UnknownV(
        "an item of something that losslint does not follow",
        symbol=("item", id(form), id(frame)),
        something=_is_slice(key),
    )


def _holds_classes(ev: Evaluator, base: SeqV) -> bool:
    """Whether a list holds classes of the project, to choose one from. Of objects in a list each is used in turn."""
    return len(base.items) <= MOST_COMPARED and all(isinstance(whole(ev.value(lazy)), ClassV) for lazy in base.items)


def _is_slice(key: Value) -> bool:
    """Whether what is read is a part (`x[1:]`), which is never None."""
    return isinstance(key, ConstV) and isinstance(key.value, slice)


def _settled(ev: Evaluator, key: Value) -> Value:
    """A key with its parts worked out."""
    if isinstance(key, SeqV):
        return SeqV(key.sort, tuple(given(ev.value(lazy)) for lazy in key.items), key.complete)
    return key


def _instance_item(ev: Evaluator, base: InstanceV, key: Value, form: f.Form, frame: Frame) -> Value:
    from losslint.static.behaviour.container_classes import container_of

    container = container_of(ev, base)
    if container is not None:
        return item(ev, container, key, form, frame)
    found = ev.classes.method(base.cls, "__getitem__")
    if found is not None:
        from losslint.static.evaluation.calls import run

        owner, definition = found
        unit = owner.file.function(definition.qualname)
        if unit is not None:
            graph = unit.graph()
            which = lazy_key(given(key)) if isinstance(key, ConstV) else None
            place = ("item", graph, instance_key(base), which)
            if not ev.reads(place):
                # `__getitem__` makes a tuple of `self[k] for k in self`, to take one of them.
                return UnknownV(f"`{graph.name}` calls itself", symbol=("item", id(form), id(frame)))
            try:
                return run(ev, graph, entered_by_key(ev, graph, base, key, place if which is not None else None))
            finally:
                ev.has_read(place)
    held = registries.as_dict(ev, base)
    if held is not None:
        return item(ev, held, key, form, frame)
    fields = [name for cls in ev.classes.order(base.cls) if not isinstance(cls, str) for name in cls.definition.fields]
    if isinstance(key, ConstV) and isinstance(key.value, int) and -len(fields) <= key.value < len(fields):
        from losslint.static.evaluation.attributes import attribute

        return attribute(ev, base, fields[key.value])
    if isinstance(key, ConstV) and isinstance(key.value, str):
        from losslint.static.evaluation.attributes import attribute

        return attribute(ev, base, key.value)
    return UnknownV("an item of an object that losslint does not follow", symbol=("item", id(form), id(frame)))


def entered_by_key(ev: Evaluator, graph: f.Graph, base: InstanceV, key: Value, place: Hashable) -> Frame:
    """The frame of a `__getitem__`, one for all who read the same item of the same object; `place` is None where nobody
    can tell whether it is the same."""
    from losslint.static.evaluation.arguments import bind

    frame = ev.notes.frames.get(place) if place is not None else None
    if frame is not None:
        return frame
    named = bind(ev, graph, Bindings((given(key),)), 1, None)
    if not named:
        return receiver_frame(ev, graph, base)
    frame = Frame(graph, named, base)
    if place is not None:
        ev.notes.frames[place] = frame
    return frame


def _child(ev: Evaluator, base: ContainerV, key: int | slice) -> Value:
    if not base.complete:
        if isinstance(key, int) and key < 0 and -key <= len(base.children):
            return passed_on(ev.value(base.children[key][1]), base)
        return UnknownV("a layer of a container that is not wholly known")
    if isinstance(key, slice):
        try:
            chosen = base.children[key]
        except (TypeError, ValueError):
            return UnknownV("a slice of a container that is not known")
        children = tuple((str(position), lazy) for position, (_, lazy) in enumerate(chosen))
        return ContainerV(base.sort, children, True, base.trail)
    if -len(base.children) <= key < len(base.children):
        return passed_on(ev.value(base.children[key][1]), base)
    return UnknownV("an index past the end of a container")


def one_of_them(ev: Evaluator, base: SeqV, place: UnknownV) -> Value:
    """One item of a list, at a place that is not known."""
    found = _position(ev, base, place)
    return found if found is not None else UnknownV(NO_PLACE, opened(place), ("at", place.symbol))


def _one_of_numbers(ev: Evaluator, base: SeqV, key: UnknownV) -> Value | None:
    """One item of a list of numbers, or of a list of pairs `(path, label)`, at a place that is not known."""
    reason, place = NO_PLACE, ("at", symbol_of(key), identity(base.items[0]))
    values = [ev.value(lazy) for lazy in base.items]
    number = one_of(values, reason, opened(key), place)
    if number is not None:
        return number
    pairs = [value for value in values if isinstance(value, SeqV) and value.sort in ("tuple", "list")]
    last = pairs[-1] if len(pairs) == len(values) else None
    if last is None or any(not pair.complete or len(pair.items) != len(last.items) for pair in pairs):
        return None
    parts: list[Lazy] = []
    for position, lazy in enumerate(last.items):
        column = [ev.value(pair.items[position]) for pair in pairs]
        part: Value | None = one_of(column, reason, opened(key), (place, position))
        if part is None and base.complete and len(pairs) > 1:
            part = UnknownV(reason, opened(key), (place, position))
        parts.append(given(part if part is not None else told_apart(ev, ev.value(lazy), ("at", symbol_of(key)))))
    return SeqV(last.sort, tuple(parts), True, last.trail)


def _position(ev: Evaluator, base: SeqV, key: Value) -> Value | None:
    if isinstance(key, ConstV) and isinstance(key.value, int):
        if base.complete or key.value < 0 or key.value < base.placed:
            if -len(base.items) <= key.value < len(base.items):
                return passed_on(ev.value(base.items[key.value]), base)
            return UnknownV("an index past the end")
    if isinstance(key, ConstV) and isinstance(key.value, slice):
        if not base.complete:
            if key.value == slice(None):
                return base
            first = key.value.stop
            if type(first) is int and key.value.step is None and 0 <= first <= base.placed:
                return SeqV(base.sort, base.items[:first][key.value], True, base.trail)
            # What stands for all stands for these, but `xs` and `xs[1:]` are not the same row by row.
            begins, to_the_end = key.value.start or 0, key.value.stop is None and key.value.step in (None, 1)
            known = base.placed if to_the_end and type(begins) is int and 0 <= begins <= base.placed else 0
            standing = base.items[begins:known] if known else ()
            others = (given(told_apart(ev, ev.value(lazy), ("slice", repr(key.value)))) for lazy in base.items[known:])
            return SeqV(base.sort, (*standing, *others), False, base.trail, placed=len(standing))
        try:
            return SeqV(base.sort, base.items[key.value], True, base.trail)
        except (TypeError, ValueError):
            return None
    if not base.items:
        return None
    place = ("at", symbol_of(key))
    if isinstance(key, UnknownV) and len(base.items) <= MOST_COMPARED:
        number = _one_of_numbers(ev, base, key)
        if number is not None:
            return number
    if not base.complete:
        return _of_the_rest(ev, base, place) if isinstance(key, ConstV) else told_apart(ev, sample(ev, base), place)
    # Which one is not known: where all of them mean the same it makes no difference.
    found = ev.value(base.items[0])
    for lazy in base.items[1:]:
        found = meet(found, ev.value(lazy), Open(("position", identity(base.items[0])), 2, may=False))
        if isinstance(found, UnknownV):
            return None
    return passed_on(found, base)


def _of_the_rest(ev: Evaluator, base: SeqV, place: Hashable) -> Value:
    """One of the items that stand at no known place, at a place that is written out: the last stands for all, unless it
    is known that others are something else."""
    one = sample(ev, base)
    if isinstance(one, TensorV):
        for lazy in base.items[base.placed : base.placed + MOST_COMPARED]:
            other = ev.value(lazy)
            if isinstance(other, TensorV) and other.meaning.kind is not one.meaning.kind:
                return UnknownV(NO_PLACE, symbol=(place, identity(base.items[0])))
    return told_apart(ev, one, place)


def entry(ev: Evaluator, base: DictV, key: Value, form: f.Form, frame: Frame) -> Value | None:
    """An entry of a dict: by a key that is known, or by one that is chosen outside the code."""
    if isinstance(base, RegistryV) and isinstance(key, TakenV):
        # A default is one of those that can be chosen, and often not the one that ever is.
        key = UnknownV("a configuration chooses it", symbol=key.symbol)
    if isinstance(key, ConstV):
        try:
            lazy = base.items.get(key.value)
        except TypeError:
            return None
        if lazy is not None:
            return passed_on(ev.value(lazy), base)
        return _the_same_loss(ev, base)
    candidates = [*base.items.values(), *base.rest]
    if not candidates:
        return None
    values = [ev.value(lazy) for lazy in candidates]
    number = one_of(values, "a number that a key picks", opened(key), ("item", id(form), id(frame)))
    if number is not None:
        return number
    if not base.items:
        return _the_same_loss(ev, base)
    if all(isinstance(value, TensorV) for value in values):
        which = Open(("any entry", id(form), id(frame)), 2, may=False)
        found = values[0]
        for value in values[1:]:
            found = meet(found, value, which)
        # Which of them it is makes no difference, or nobody asks: all of them are numbers.
        if not isinstance(found, TensorV):
            return None
        found = TensorV(found.meaning)
        return found if base.complete else told_apart(ev, found, ("at", symbol_of(key)))
    if not all(is_object(value) or isinstance(value, (ContainerV, ModuleV)) for value in values):
        if not base.complete or not records.are_records(ev, values):
            return None
    symbol = key.symbol if isinstance(key, UnknownV) and key.symbol is not None else ("key", id(form), id(frame))
    for taken in ev.taken_to_be(symbol):
        if taken in base.items:
            return ev.value(base.items[taken])
    names = list(map(str, base.items))
    for position, known in reversed([*enumerate(base.items)]):
        if ("equals", symbol, known) in ev.answers and ev.answer(("equals", symbol, known)) == 0:
            del values[position], names[position]  # this world has ruled it out: `if name == "b": … else: TABLE[name]`
    if not values:
        return None
    if len(values) == 1:
        return values[0]
    question = ("entry", symbol, tuple(names))
    answer = ev.answer(question)
    if answer is not None and answer < len(values):
        return passed_on(values[answer], base)
    deeper = opened(key)
    ev.notes.looked_up_in[question] = (
        frame.graph,
        tuple(value.key if isinstance(value, ClassV) else None for value in values),
    )
    return UnknownV(
        "it is chosen by a key that the code alone does not decide",
        # Which model is trained, each run chooses; which activation ends it, as a branch does: one that nobody chooses
        # may stand there.
        deeper if deeper is not None else Open(question, len(values), may=not records.hold_activations(ev, values)),
    )


def _the_same_loss(ev: Evaluator, base: DictV) -> Value | None:
    """The loss that a dict holds under every key that is not known: `{task: nn.BCELoss() for task in tasks}`. What else
    it may hold there can depend on the key."""
    from losslint.static.behaviour.modules import loss_of

    entries = [*base.rest, *(lazy for key, lazy in base.items.items() if isinstance(key, SomeKey))]
    if not entries or len(entries) > MOST_COMPARED:
        return None
    found: Value | None = None
    for lazy in entries:
        value, inside = ev.watched(partial(ev.value, lazy))
        if loss_of(ev, value) is None or (inside is not None and not inside.isdisjoint(ev.answers)):
            return None
        found = value if found is None else merged(found, value)
        if found is None:
            return None
    return passed_on(found, base) if found is not None else None


def force_slice(ev: Evaluator, form: f.Slice, frame: Frame) -> Value:
    """`lower:upper:step`"""
    parts: list[object] = []
    for part in (form.lower, form.upper, form.step):
        if part is None:
            parts.append(None)
            continue
        value = ev.force(part, frame)
        parts.append(value.value if isinstance(value, ConstV) else UNSETTLED)
    return ConstV(slice(*parts))


def force_unpacked(ev: Evaluator, form: f.Unpacked, frame: Frame) -> Value:
    """One of the targets that a value is unpacked into."""
    base = ev.force(form.base, frame)
    position = -form.index if form.from_end else form.index
    if isinstance(base, UnknownV):
        symbol = ("item", base.symbol, repr(position)) if base.symbol is not None else None
        return _as_size(UnknownV(base.reason, base.open, symbol), form.base)
    if isinstance(base, TensorV):
        shape = base.meaning.shape
        if form.count > 1 and shape is not None and not shape.open and shape.size(0) != form.count:
            # Nobody parts a batch into names: another model is meant, which returns as many tensors.
            return UnknownV("a tensor is unpacked into names, of which it need not have as many rows", opened(base))
        return made(ev, index(base.meaning, position), "an index", [base], form, frame, None)
    if isinstance(base, InstanceV):
        return _instance_item(ev, base, ConstV(position), form, frame)
    if isinstance(base, ObjectV):
        part = environments.part(ev, base, position, form.count, form, frame)
        if part is not None:
            return part
    items = items_of(ev, base)
    if items is None and isinstance(base, SeqV):
        if not base.items:
            return UnknownV("an item that is not known")
        if 0 <= position < base.placed:
            return passed_on(ev.value(base.items[position]), base)
        return _of_the_rest(ev, base, ("at", repr(position)))
    if items is None:
        return UnknownV("an item of something that losslint does not follow", opened(base))
    if form.count >= 0 and len(items) != form.count and not isinstance(base, ConstV):
        return UnknownV("it is unpacked into another number of names")
    return ev.value(items[position]) if -len(items) <= position < len(items) else UnknownV("an item past the end")

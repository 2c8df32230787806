"""Changes: what an object, a list or a module is after something was set on it or added to it."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.static.behaviour.rows import some_number
from losslint.static.evaluation import choices
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.receivers import is_receiver
from losslint.static.evaluation.values import (
    LARGEST,
    MODULES,
    ClassV,
    ConstV,
    ContainerV,
    DictV,
    HolderV,
    InstanceV,
    Lazy,
    ObjectV,
    SeqV,
    TensorV,
    UnknownV,
    Value,
    given,
    is_object,
)
from losslint.static.files.index import SOME_NAME
from losslint.static.lowering import forms as f
from losslint.static.lowering.aliases import KEPT, OF_TRAINING, origin
from losslint.static.lowering.attribute_changes import REGISTERING, is_configuration
from losslint.static.lowering.forms import HOOKS
from losslint.static.lowering.operands import is_of_several
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import FIXED

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


#: Methods (and `del`) that take something out of a collection, or put it in another order.
TAKING = frozenset({"pop", "popitem", "popleft", "remove", "clear", "reverse", "sort", "__delitem__"})


def _wraps(ev: Evaluator, base: Value, inner: Value) -> bool:
    if isinstance(base, InstanceV):
        of_itself = any(
            not isinstance(cls, str) and ("module" in cls.definition.stores or "module" in cls.definition.names)
            for cls in ev.classes.order(base.cls)
        )
        return not of_itself and (
            isinstance(inner, UnknownV) or (isinstance(inner, InstanceV) and inner.cls.key == base.cls.key)
        )
    return isinstance(inner, (UnknownV, type(base)))


def force_set_attr(ev: Evaluator, form: f.SetAttr, frame: Frame) -> Value:
    """An object after one of its attributes was set."""
    base = ev.force(form.base, frame)
    if type(base) is UnknownV and not is_configuration(form.base):
        if form.name == "requires_grad" and base.tensor is not None and base.tensor.detached_by is not None:
            return UnknownV(base.reason, base.open, base.symbol, base.offset)
        return base
    return with_attribute(
        ev, base, form.name, Lazy(form.value, frame).with_step(ev.spot(form), f"set as `.{form.name}`")
    )


def _asks_for_its_mode(ev: Evaluator, value: Value) -> bool:
    """Whether a module of the project does something else in training."""
    return isinstance(value, InstanceV) and any(
        not isinstance(base, str) and b"self.training" in ev.project.data(base.file.name)
        for base in ev.classes.order(value.cls)
    )


def _is_a_mode(ev: Evaluator, base: Value, value: Lazy) -> bool:
    """Whether what `train` is given says in which mode a module is: `trainer.train(loader)` says nothing."""
    if isinstance(base, InstanceV) and ev.classes.method(base.cls, "train") is not None:
        return False
    return isinstance(ev.value(value), (ConstV, UnknownV))


def _may_be_layer(ev: Evaluator, lazy: Lazy, container: ContainerV) -> bool:
    """Whether an attribute of a container is one more layer: a size, a name or a tensor is none. `net.head = layer`
    adds one at the end of a Sequential too; what is not known is one where a class fills itself."""
    value = ev.value(lazy)
    if container.owner is not None:
        return isinstance(value, (*MODULES, UnknownV))
    if isinstance(value, InstanceV):
        return any("Module" in base for base in ev.classes.outside_bases(value.cls))
    return isinstance(value, (ObjectV, ContainerV)) and not (isinstance(value, ObjectV) and ".optim." in value.name)


def with_child(base: ContainerV, name: str, child: Lazy) -> ContainerV:
    """A container of which one child is another, or that has one more."""
    if name in dict(base.children):
        return base.holding(tuple((key, child if key == name else each) for key, each in base.children), base.complete)
    return base.holding((*base.children, (name, child)), base.complete)


def with_attribute(ev: Evaluator, base: Value, name: str, value: Lazy) -> Value:
    """An object of which one attribute is another."""
    if name == "training" and (not _asks_for_its_mode(ev, base) or not _is_a_mode(ev, base, value)):
        return base
    if name == "module" and isinstance(base, MODULES) and not (isinstance(base, ContainerV) and base.owner):
        # A wrapper is its model here: so it is with what became of the model.
        inner = ev.value(value)
        if _wraps(ev, base, inner):
            return inner
    if isinstance(base, InstanceV):
        # In the order in which they are set: a name that is worked out may be one that was set before.
        others = {other: each for other, each in base.attributes.items() if other != name}
        return InstanceV(base.cls, base.origin, base.frame, {**others, name: value}, base.trail, base.arguments)
    if isinstance(base, ObjectV):
        return ObjectV(base.name, base.arguments, base.origin, base.trail, {**base.attributes, name: value})
    if isinstance(base, ContainerV):
        if name in dict(base.children) or _may_be_layer(ev, value, base):
            return with_child(base, name, value)
        return base
    if isinstance(base, HolderV) or type(base) is UnknownV:
        return _with_held(ev, base, name, value)
    if isinstance(base, TensorV) and name == "data" and not base.meaning.is_parameter:
        new = ev.value(value)
        if isinstance(new, TensorV):
            return TensorV(new.meaning.but(detached_by=base.meaning.detached_by), new.open)
        return rewritten(base, "its data is set")
    if isinstance(base, TensorV) and name == "data":
        return base  # a parameter starts as something else
    if isinstance(base, DictV):  # a namespace
        return DictV({**base.items, name: value}, base.complete, base.rest, base.trail)
    if isinstance(base, TensorV) and name == "shape":
        return TensorV(base.meaning.but(shape=None), base.open)  # of an array
    if isinstance(base, TensorV) and name == "requires_grad":
        asked = ev.value(value)
        if isinstance(asked, ConstV) and not asked.value:
            return TensorV(base.meaning.but(made_by=FIXED), base.open) if base.meaning.is_parameter else base
        # `x.requires_grad = True`: gradients are collected for it from here on
        kind = Kind.REAL if base.meaning.kind is Kind.CONSTANT else base.meaning.kind
        meaning = base.meaning.but(detached_by=None, kind=kind)
        return TensorV(meaning, base.open)
    return base


def _with_held(ev: Evaluator, base: UnknownV, name: str, value: Lazy) -> UnknownV:
    """Something that is not known on which a module was set, or the class of one, or a setting by its name. Numbers are
    left out: they are asked for by the names of what holds them, wherever they are read."""
    held = dict(base.attributes) if isinstance(base, HolderV) else {}
    had = held.pop(name, None)
    new = ev.value(value)
    form, frame = value.form, value.frame
    if (
        form is not None
        and frame is not None
        and isinstance(new, UnknownV)
        and choices.is_option(new)
        and (isinstance(f.bare(form), f.Item) or _is_one_of_several(form))
    ):
        steps, ev.steps = ev.steps, 0  # what others may choose uses up none of this world's
        new = choices.chosen(ev, form, frame, _is_module_or_class)
        ev.steps = steps
    if _is_module_or_class(new) or (isinstance(new, ConstV) and isinstance(new.value, str)):
        held[name] = value
    elif had is None:
        return base
    return HolderV(base, held)


#: Things that a name may be one of, to be looked at one by one.
MOST_SEVERAL = 8


def _is_one_of_several(bound: f.Form) -> bool:
    """Whether a name stands for one of several things that were made under conditions."""
    pending, made = [bound], 0
    while pending:
        form = f.bare(pending.pop())
        if isinstance(form, f.Choice) and len(pending) < MOST_SEVERAL:
            pending += (form.then, form.other)
        elif isinstance(form, f.Call):
            made += 1
        else:
            return False
    return 1 < made <= MOST_SEVERAL


def _is_module_or_class(value: Value) -> bool:
    if isinstance(value, ClassV):
        return True
    if isinstance(value, ObjectV):
        return lookup.is_class(value.name)
    return isinstance(value, (InstanceV, ContainerV))


#: Attributes of torch's own layers and losses that say what they compute.
OF_LAYERS = frozenset({"dim", "forward", "reduction", "log_target", "log_input", "ignore_index", "negative_slope"})


def matters(ev: Evaluator, name: str) -> bool:
    """Whether it can make a difference that an attribute is set on some module: something in the project reads it."""
    if name in OF_TRAINING:
        return False
    if not name or name in OF_LAYERS or name.startswith("["):
        return True
    known = ev.notes.mattering.get(name)
    if known is None:
        read = re.compile(rb"\." + re.escape(name.encode()) + rb"\b(?!\s*=[^=])")
        mentioned = ev.project.mentioning(f".{name}", name)
        known = ev.notes.mattering[name] = any(read.search(ev.project.data(each)) for each in mentioned)
    return known


def force_within(ev: Evaluator, form: f.Within, frame: Frame) -> Value:
    """An object in which something was changed that is not followed."""
    from losslint.static.evaluation import handing

    base = ev.force(form.base, frame)
    name = form.name
    if name in HOOKS:
        if isinstance(base, MODULES) and handing.changes_output(ev, form.arguments, frame):
            return UnknownV("a forward hook may change what it returns")
        return base
    if name == "apply":
        return handing.applied(ev, base, form.arguments, frame)
    if isinstance(base, TensorV):
        if name:
            return base
        return rewritten(base, "it is changed in place through a view")
    if isinstance(base, HolderV) and (name == SOME_NAME or name in base.attributes or not name):
        return UnknownV(base.reason, base.open, base.symbol)
    if not isinstance(base, (*MODULES, SeqV, DictV)) or is_data(ev, base):
        return base
    if name == SOME_NAME:
        if isinstance(base, InstanceV):
            if sets_constants(ev, form, frame):
                return with_attribute(ev, base, SOME_NAME, given(UnknownV("set by a name that is worked out")))
            if _is_own(form, frame):
                return base
        return UnknownV("attributes are set on it by names that are worked out")
    if not matters(ev, name) or (form.arguments and not _keeps(ev, form, base, frame)):
        return base
    return UnknownV(f"`{name}` of something within it is set" if name else "something within it is changed")


def _keeps(ev: Evaluator, form: f.Within, base: Value, frame: Frame) -> bool:
    """Whether an object reads what was changed of something that it was given."""
    if any(argument.keyword == KEPT for argument in form.arguments):
        if isinstance(ev.force(form.arguments[0].form, frame), UnknownV):
            return False
        if isinstance(base, InstanceV):
            read = re.compile(rf"\.{re.escape(form.name)}\b")
            return any(
                read.search(row)
                for cls in ev.classes.order(base.cls)
                if not isinstance(cls, str)
                for row in cls.file.lines[cls.definition.first - 1 : cls.definition.last]
            )
    return True


def rewritten(tensor: TensorV, reason: str) -> TensorV:
    """A tensor of which only the shape and the dtype are still known; a parameter is one still."""
    if tensor.meaning.is_parameter:
        return tensor
    meaning = tensor.meaning.but(kind=Kind.UNKNOWN, bounds=None, dim=None, identity=None, made_by="", factor=None,
                                 trail=None, source=None, reason=reason)  # fmt: skip
    return TensorV(meaning, tensor.open)


def sets_constants(ev: Evaluator, form: f.Within, frame: Frame) -> bool:
    """Whether what is set under a name that is worked out may be a setting: no layer and no tensor."""
    return all(
        not (is_object(value) or isinstance(value, (ContainerV, TensorV)))
        for value in (ev.force(argument.form, frame) for argument in form.arguments)
    )


def _is_own(form: f.Within, frame: Frame) -> bool:
    """Whether a method sets attributes of its own object."""
    root = origin(form.base)
    return isinstance(root, f.Param) and is_receiver(frame.graph, root.name)


def is_data(ev: Evaluator, value: Value) -> bool:
    """Whether a value hands out something new each time it is iterated over: what is changed in that is not kept."""
    if isinstance(value, ObjectV):
        return value.name.startswith(("torch.utils.data.", "torch_geometric.", "torchvision.datasets."))
    if isinstance(value, InstanceV):
        return any(base.startswith("torch.utils.data.") for base in ev.classes.outside_bases(value.cls))
    return False


def force_mutated(ev: Evaluator, form: f.Mutated, frame: Frame) -> Value:
    """A list, dict or module after a method that changes it."""
    base = ev.force(form.base, frame)
    arguments = [Lazy(argument.form, frame) for argument in form.arguments if not argument.star]
    starred = any(argument.star for argument in form.arguments)
    method_name = form.method
    if method_name in TAKING:
        return _shrunk(ev, base, method_name, arguments)
    if not arguments or starred:
        return base
    if method_name in REGISTERING:
        name = ev.value(arguments[0])
        if len(arguments) < 2:
            return base
        if isinstance(base, ContainerV):
            if method_name not in ("add_module", "register_module"):
                return base
            shown = str(name.value) if isinstance(name, ConstV) else f"?{len(base.children)}"
            return with_child(base, shown, arguments[1])
        if isinstance(name, ConstV) and isinstance(name.value, str):
            return with_attribute(ev, base, name.value, arguments[1])
        return base
    return _grown(ev, base, method_name, arguments)


def as_defaults(items: dict[object, Lazy]) -> dict[object, Lazy]:
    """The entries of a dict that a file or the command line may replace: how many there are of something is a number
    that it says. What else is written out is what a reader takes for granted."""
    number = given(UnknownV("a number that a file says", tensor=some_number("a number that a file says")))
    return {key: number if _is_count(lazy) else lazy for key, lazy in items.items()}


def _is_count(lazy: Lazy) -> bool:
    form = f.bare(lazy.form) if lazy.form is not None else None
    return isinstance(form, f.Const) and type(form.value) is int


def _shrunk(ev: Evaluator, base: Value, method_name: str, arguments: list[Lazy]) -> Value:
    """A list, dict or container of layers after something was taken out of it, or put in another order."""
    if not isinstance(base, (SeqV, DictV, ContainerV)):
        return base
    if isinstance(base, SeqV) and not base.complete and base.items and method_name != "clear":
        return base  # what stands for all of them stands for those that are left, in any order
    key = ev.value(arguments[0]) if arguments else ConstV(-1)
    if method_name in ("pop", "__delitem__") and isinstance(key, ConstV):
        if isinstance(base, DictV):  # what is not in there, a default stands for
            return DictV({k: v for k, v in base.items.items() if k != key.value}, base.complete, base.rest, base.trail)
        if isinstance(key.value, (int, slice)) and isinstance(base, (SeqV, ContainerV)) and base.complete:
            if isinstance(base, SeqV):
                items = list(base.items)
                with suppress(IndexError, TypeError, ValueError):
                    del items[key.value]
                    return SeqV(base.sort, tuple(items), True, base.trail)
            else:
                children = list(base.children)
                with suppress(IndexError, TypeError, ValueError):
                    del children[key.value]
                    return base.holding(tuple(children), True)
    if method_name == "clear" and isinstance(base, SeqV):
        return SeqV(base.sort, (), True, base.trail)
    return UnknownV("a collection out of which something was taken")


def _grown(ev: Evaluator, base: Value, method_name: str, arguments: list[Lazy]) -> Value:
    from losslint.static.evaluation.loops import items_of

    if method_name in ("append", "appendleft", "extend", "insert"):
        added: tuple[Lazy, ...] = (arguments[-1],)
        complete = True
        if method_name == "extend":
            more = ev.value(arguments[0])
            items = items_of(ev, more)
            added, complete = (tuple(items), True) if items is not None else ((), False)
            if items is None and isinstance(more, SeqV):
                added = more.items  # in unknown number
            if len(added) > LARGEST:
                added, complete = added[:1], False  # a list that was extended by itself, again and again
        position: int | None = None
        if method_name == "appendleft":
            position = 0
        elif method_name == "insert":
            where = ev.value(arguments[0])
            position = where.value if isinstance(where, ConstV) and isinstance(where.value, int) else None
            complete = position is not None
        if isinstance(base, SeqV):
            at = len(base.items) if position is None else position
            whole = base.items[:at] + added + base.items[at:]
            placed = base.placed
            if position is not None:
                placed = base.placed + len(added) if complete and 0 <= position <= base.placed else 0
            return SeqV(base.sort, whole, base.complete and complete, base.trail, placed=placed)
        if isinstance(base, ContainerV):
            if base.sort == "sequential" and not complete:
                # Where something is put that is not known, or how much: of more layers the last one counts.
                unknown = given(UnknownV("an unknown number of layers"))
                added = (unknown, added[-1]) if method_name == "extend" and added else (*added, unknown)
            lazies = [lazy for _, lazy in base.children]
            at = len(lazies) if position is None else position
            lazies[at:at] = added
            if position is None:
                children = base.children + tuple((str(len(base.children) + i), lazy) for i, lazy in enumerate(added))
            else:
                children = tuple((str(i), lazy) for i, lazy in enumerate(lazies))
            return base.holding(children, base.complete and complete)
        return base
    if method_name == "update" and isinstance(base, ContainerV):
        more = ev.value(arguments[0])
        if not isinstance(more, DictV) or not all(isinstance(key, str) for key in more.items):
            return base.holding(base.children, False)
        named = {**dict(base.children), **{str(key): lazy for key, lazy in more.items.items()}}
        return base.holding(tuple(named.items()), base.complete and more.complete)
    if method_name == "update" and isinstance(base, DictV):
        other = ev.value(arguments[0])
        if isinstance(other, DictV):
            rest = (base.rest + other.rest)[:LARGEST]
            return DictV({**base.items, **other.items}, base.complete and other.complete, rest)
        form = f.bare(arguments[0].form) if arguments[0].form is not None else None
        if isinstance(form, f.Call) and is_of_several(form):
            return DictV({}, False)  # `state.update(callback(**state))`
        return DictV(as_defaults(base.items), False, base.rest)
    if method_name == "setdefault" and isinstance(base, DictV) and len(arguments) == 2:
        key = ev.value(arguments[0])
        if isinstance(key, ConstV) and key.value not in base.items:
            return DictV({**base.items, key.value: arguments[1]}, base.complete, base.rest)
        if not isinstance(key, ConstV):
            return DictV(base.items, False, (*base.rest, arguments[1])[:LARGEST])
    return base

"""What an expression evaluates to, as far as can be told without running it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from losslint.static.lowering.forms import Call, Form, Graph
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.places import Spot, Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.frames import Frame
    from losslint.static.files.file import File
    from losslint.static.files.index import ClassDefinition

#: Longer paths are cut in the middle: nobody reads them.
LONGEST_TRAIL = 24

#: Texts, numbers and collections that are worked out never grow past this.
LARGEST = 10_000


@dataclass(frozen=True, slots=True)
class Open:
    """A question that this evaluation could not answer, and that has a known set of answers.

    `may` says that each answer is a run of its own (a call site, a model chosen by an option); otherwise the answers
    are branches of one run, and only what holds for all of them holds. `chosen` says that somebody can decide it; an
    attribute that nothing sets is no option of anybody's.
    """

    key: Hashable
    count: int
    may: bool
    chosen: bool = True


class Value:
    """The base of all values. `trail` tells how the value came to where it is read; `absent` says that it is None where
    a condition that is not known holds."""

    __slots__ = ("absent", "trail")

    def __init__(self, trail: Trail | None = None) -> None:
        self.trail = trail
        self.absent = False

    def copy(self) -> Value:
        """A shallow copy, to give it another trail."""
        new = object.__new__(type(self))
        for cls in type(self).__mro__:
            for slot in getattr(cls, "__slots__", ()):
                setattr(new, slot, getattr(self, slot))
        return new


class Lazy:
    """A value that is worked out when somebody asks: a form in a frame, or a value at hand."""

    __slots__ = ("form", "frame", "steps", "value")

    def __init__(self, form: Form | None, frame: Frame | None, value: Value | None = None) -> None:
        self.form = form
        self.frame = frame
        self.value = value
        #: steps to add once it is forced, or containers whose own trail goes on with the value's
        self.steps: tuple[tuple[Spot, str] | Value, ...] = ()

    def with_step(self, spot: Spot, message: str) -> Lazy:
        """The same, with a step that is added to the trail once it is forced."""
        new = Lazy(self.form, self.frame, self.value)
        new.steps = (*self.steps, (spot, message))
        return new

    def through(self, container: Value) -> Lazy:
        """The same, taken out of something that came along a path of its own."""
        if container.trail is None:
            return self
        new = Lazy(self.form, self.frame, self.value)
        new.steps = (*self.steps, container)
        return new


def given(value: Value) -> Lazy:
    """A value at hand where a lazy one is wanted."""
    return Lazy(None, None, value)


class ConstV(Value):
    """A Python constant."""

    __slots__ = ("value",)

    def __init__(self, value: object, trail: Trail | None = None) -> None:
        super().__init__(trail)
        self.value = value


class TakenV(ConstV):
    """A text that a parameter's default takes for granted, where code that is not read may give another."""

    __slots__ = ("symbol",)

    def __init__(self, value: object, symbol: Hashable, trail: Trail | None = None) -> None:
        super().__init__(value, trail)
        self.symbol = symbol


class Member(NamedTuple):
    """What tells a member of an enumeration from all else: equal to itself only."""

    of: tuple[str, str]
    name: str


class MemberV(ConstV):
    """A member of an enumeration: a `Member`, or its value where its members are equal to theirs (`IntEnum`)."""

    __slots__ = ("holds", "name")

    def __init__(self, value: object, name: str, holds: Value) -> None:
        super().__init__(value)
        self.name = name
        self.holds = holds


class TensorV(Value):
    """A tensor. The trail is in its meaning, too; `open` is the question that its unknown kind hangs on."""

    __slots__ = ("meaning", "open")

    def __init__(self, meaning: Meaning, open: Open | None = None) -> None:
        super().__init__(meaning.trail)
        self.meaning = meaning
        self.open = open


class SeqV(Value):
    """A tuple, list or set. Not `complete`: the items are what is known to be in it, in unknown number, but for the
    first `placed` ones, which stand at their places: two of `[a, b, *rest]`.

    `names` are those of a named tuple's fields.
    """

    __slots__ = ("complete", "items", "names", "placed", "sort")

    def __init__(
        self,
        sort: str,
        items: tuple[Lazy, ...],
        complete: bool = True,
        trail: Trail | None = None,
        names: tuple[str, ...] = (),
        placed: int = 0,
    ) -> None:
        super().__init__(trail)
        self.sort = sort
        self.items = items
        self.complete = complete
        self.names = names
        self.placed = len(items) if complete else placed


class DictV(Value):
    """A dictionary with constant keys; `rest` holds values whose keys are not known."""

    __slots__ = ("complete", "items", "rest")

    def __init__(
        self, items: dict[object, Lazy], complete: bool = True, rest: tuple[Lazy, ...] = (), trail: Trail | None = None
    ) -> None:
        super().__init__(trail)
        self.items = items
        self.complete = complete
        self.rest = rest


class RegistryV(DictV):
    """What decorators entered under names, for a configuration to choose from."""

    __slots__ = ()


class IterV(Value):
    """`enumerate(x)`, `zip(x, y)`, `range(n)`, `d.items()` …: something to iterate over."""

    __slots__ = ("parts", "sort")

    def __init__(self, sort: str, parts: tuple[Value, ...], trail: Trail | None = None) -> None:
        super().__init__(trail)
        self.sort = sort
        self.parts = parts


class FunctionV(Value):
    """A function of the project, with the frame of its enclosing function and the object it is bound to."""

    __slots__ = ("bound", "graph", "parent")

    def __init__(
        self, graph: Graph, parent: Frame | None = None, bound: Value | None = None, trail: Trail | None = None
    ) -> None:
        super().__init__(trail)
        self.graph = graph
        self.parent = parent
        self.bound = bound


class ClassV(Value):
    """A class of the project."""

    __slots__ = ("definition", "file")

    def __init__(self, file: File, definition: ClassDefinition, trail: Trail | None = None) -> None:
        super().__init__(trail)
        self.file = file
        self.definition = definition

    @property
    def key(self) -> tuple[str, str]:
        """What tells this class from every other."""
        return (self.file.name, self.definition.qualname)


class InstanceV(Value):
    """An object of a class of the project.

    `origin` is the call that made it, None for "some object of this class" (the `self` of a method that is looked at
    by itself). `attributes` are those that were set on it from outside, later. `arguments` are those of the constructor
    when they are not the ones that `origin` shows (a partial, a registry).
    """

    __slots__ = ("arguments", "attributes", "cls", "frame", "origin")

    def __init__(
        self,
        cls: ClassV,
        origin: Call | None = None,
        frame: Frame | None = None,
        attributes: dict[str, Lazy] | None = None,
        trail: Trail | None = None,
        arguments: Bindings | None = None,
    ) -> None:
        super().__init__(trail)
        self.arguments = arguments
        self.cls = cls
        self.origin = origin
        self.frame = frame
        self.attributes = attributes or {}


class ModuleV(Value):
    """A module of the project."""

    __slots__ = ("file",)

    def __init__(self, file: File) -> None:
        super().__init__(None)
        self.file = file


class ExternalV(Value):
    """Something outside the project, by its qualified name: a module, class, function or constant."""

    __slots__ = ("name",)

    def __init__(self, name: str, trail: Trail | None = None) -> None:
        super().__init__(trail)
        self.name = name


class ObjectV(Value):
    """An object of an outside class: a layer, a loss, a data loader. `arguments` are those of its constructor."""

    __slots__ = ("arguments", "attributes", "name", "origin")

    def __init__(
        self,
        name: str,
        arguments: Bindings,
        origin: Call | None,
        trail: Trail | None = None,
        attributes: dict[str, Lazy] | None = None,
    ) -> None:
        super().__init__(trail)
        self.name = name
        self.arguments = arguments
        self.origin = origin
        self.attributes = attributes or {}


class ContainerV(Value):
    """`nn.Sequential`, `nn.ModuleList` or `nn.ModuleDict`: named children in order. `owner` is the object of a class
    derived from one, as long as a constructor of it is followed that fills the container."""

    __slots__ = ("children", "complete", "owner", "sort")

    def __init__(
        self,
        sort: str,
        children: tuple[tuple[str, Lazy], ...],
        complete: bool,
        trail: Trail | None = None,
        owner: InstanceV | None = None,
    ) -> None:
        super().__init__(trail)
        self.sort = sort
        self.children = children
        self.complete = complete
        self.owner = owner

    def holding(self, children: tuple[tuple[str, Lazy], ...], complete: bool) -> ContainerV:
        """The same container of other children."""
        return ContainerV(self.sort, children, complete, self.trail, self.owner)


class MethodV(Value):
    """A method of something that is not of the project: `tensor.softmax`, `module.to`, `list.append`."""

    __slots__ = ("name", "receiver")

    def __init__(self, receiver: Value, name: str, trail: Trail | None = None) -> None:
        super().__init__(trail)
        self.receiver = receiver
        self.name = name


class PartialV(Value):
    """`functools.partial(function, …)`"""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Value, arguments: Bindings, trail: Trail | None = None) -> None:
        super().__init__(trail)
        self.function = function
        self.arguments = arguments


def whole(value: Value) -> Value:
    """The function or class of a partial one, or the value itself."""
    while isinstance(value, PartialV):
        value = value.function
    return value


class SuperV(Value):
    """`super()` in a method of `cls`, for the object `instance`."""

    __slots__ = ("cls", "instance")

    def __init__(self, cls: ClassV, instance: Value) -> None:
        super().__init__(None)
        self.cls = cls
        self.instance = instance


_INTERNED: dict[Hashable, Hashable] = {}

#: The keys that stand-ins of items stand for.
_ITEMS: dict[Hashable, tuple[Hashable, ...]] = {}

#: What symbols tell apart by its address: it stays, so that nothing else gets that address.
_KEPT: dict[int, object] = {}


def interned(key: Hashable) -> Hashable:
    """A small stand-in for a key: symbols are made of symbols, and would grow without bounds."""
    if not isinstance(key, tuple):
        return key
    short = _INTERNED.get(key)
    if short is None:
        short = _INTERNED[key] = f"#{len(_INTERNED)}"
        if key[:1] == ("item",):
            _ITEMS[short] = key
    return short


def as_item(symbol: Hashable) -> tuple[Hashable, str] | None:
    """What something is an item or a slice of, and its key, for the symbol of such a thing."""
    key = _ITEMS.get(symbol)
    return (key[1], key[2]) if key is not None and len(key) == 3 and isinstance(key[2], str) else None


def is_for(key: Hashable, *sorts: str) -> bool:
    """Whether a question, by its key, is one of some sorts: for a caller, a subclass, a condition …"""
    return isinstance(key, tuple) and bool(key) and key[0] in sorts


def identity(thing: object) -> int:
    """What tells a thing from all others as long as symbols are told apart, even when nobody else holds it any more."""
    number = id(thing)
    _KEPT[number] = thing
    return number


def forget_symbols() -> None:
    """Symbols are told apart within one evaluator."""
    _INTERNED.clear()
    _ITEMS.clear()
    _KEPT.clear()


class UnknownV(Value):
    """Not known, with the reason.

    `open` is the question whose answer would tell more. `symbol` is equal for two unknown values only when they are
    the same value, so that conditions on it can be compared; `offset` is a known number added to it.
    `tensor` is what would be known of it if it turned out to be a tensor. `optional`
    marks a parameter whose default is None: with it and without it are two runs; `something` a value that is not None;
    `unset` an attribute that no code sets, though all of the class is known; `missing` one that is not set, and that
    no base which is not read would have set either.
    """

    __slots__ = ("missing", "offset", "open", "optional", "reason", "something", "symbol", "tensor", "unset")

    def __init__(
        self,
        reason: str,
        open: Open | None = None,
        symbol: Hashable = None,
        offset: int = 0,
        tensor: Meaning | None = None,
        optional: bool = False,
        something: bool = False,
        unset: bool = False,
        missing: bool = False,
    ) -> None:
        super().__init__(None)
        self.reason = reason
        self.something = something
        self.unset = unset
        self.missing = missing
        self.open = open
        self.symbol = interned(symbol)
        self.offset = offset
        self.tensor = tensor
        self.optional = optional


class NumberV(UnknownV):
    """One of some numbers that the code writes out, which one is not known: `1 if same else 0`, `LABELS[i]`."""

    __slots__ = ("among",)

    def __init__(self, of: UnknownV, among: tuple[bool | int | float, ...]) -> None:
        super().__init__(of.reason, of.open, of.symbol, of.offset, of.tensor)
        self.among = among

    def marked(self, symbol: Hashable) -> NumberV:
        """The same of another mark: it need not be the same of them."""
        return NumberV(UnknownV(self.reason, self.open, symbol, self.offset, self.tensor), self.among)


class SizeV(UnknownV):
    """A whole number that is not known: the size of a dimension, or a length."""

    __slots__ = ()


class HolderV(UnknownV):
    """Something that is not known, as the parsed arguments of a command line are, and on which objects were set that
    are: `args.model = Net()`."""

    __slots__ = ("attributes",)

    def __init__(self, of: UnknownV, attributes: dict[str, Lazy]) -> None:
        super().__init__(of.reason, of.open, of.symbol, of.offset, of.tensor, of.optional, of.something, of.unset)
        self.attributes = attributes


class Bindings:
    """The arguments of a call: by position and by keyword; not `complete` when `*` or `**` hid some."""

    __slots__ = ("complete", "keywords", "positional")

    def __init__(
        self, positional: tuple[Lazy, ...] = (), keywords: dict[str, Lazy] | None = None, complete: bool = True
    ):
        self.positional = positional
        self.keywords = keywords or {}
        self.complete = complete

    def get(self, position: int, name: str) -> Lazy | None:
        """An argument by its place or its name."""
        if name in self.keywords:
            return self.keywords[name]
        if 0 <= position < len(self.positional):
            return self.positional[position]
        return None

    def by_name(self, parameters: tuple[str, ...]) -> dict[str, Lazy]:
        """What was given, under the names of a parameter list."""
        named = dict(zip(parameters, self.positional, strict=False))
        named.update(self.keywords)
        return named


def joined(first: Trail | None, then: Trail | None) -> Trail | None:
    """The steps of `first`, followed by those of `then`."""
    if then is None:
        return first
    if first is None:
        return then
    trail = first
    for part in reversed(list(then)):
        trail = Trail(part.spot, part.message, trail)
    return trail


def stepped(value: Value, spot: Spot, message: str) -> Value:
    """The value with one more step on its trail. Constants and unknowns carry no trail."""
    if isinstance(value, (ConstV, UnknownV, ModuleV, SuperV, IterV)):
        return value
    trail = value.trail
    if trail is not None and trail.length >= LONGEST_TRAIL:
        return value
    return retrailed(value, Trail(spot, message, trail))


def retrailed(value: Value, trail: Trail | None) -> Value:
    """The value with another trail."""
    new = value.copy()
    new.trail = trail
    if isinstance(new, TensorV):
        new.meaning = new.meaning.but(trail=trail)
    return new


def passed_on(value: Value, container: Value) -> Value:
    """A value taken out of a container: the container's path is part of its story."""
    if container.trail is None or isinstance(value, (ConstV, UnknownV, ModuleV, SuperV, IterV)):
        return value
    return retrailed(value, joined(value.trail, container.trail))


def symbol_of(value: Value) -> object:
    """What tells a value from others of which as little is known."""
    if isinstance(value, UnknownV):
        return (value.symbol, value.offset) if value.symbol is not None else identity(value)
    return repr(value.value) if isinstance(value, ConstV) else identity(value)


#: Values that are modules, or may be.
MODULES = (InstanceV, ObjectV, ContainerV)


def is_object(value: Value) -> bool:
    """Whether a value is an object with an identity, not a number, a text or a tensor."""
    return isinstance(value, (InstanceV, ClassV, FunctionV, PartialV, ObjectV, ExternalV))


def opened(*values: Value | None) -> Open | None:
    """The first open question among some values."""
    for value in values:
        if isinstance(value, (UnknownV, TensorV)) and value.open is not None:
            return value.open
    return None


def unknown_result(name: str) -> str:
    """Why nothing is known of what a function outside the project returns."""
    return f"what `{name.removeprefix('builtins.')}` returns is not known to losslint"


#: How the reason ends why nothing is known of a call that Python refuses.
REFUSED = "does not take these arguments"


def is_refused(value: Value) -> bool:
    """Whether something is what a call would have given that Python refuses."""
    return isinstance(value, UnknownV) and value.reason.endswith(REFUSED)

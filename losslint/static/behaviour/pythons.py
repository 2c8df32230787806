"""Python's own functions and methods, where training code needs them: len, zip, getattr, partial, dict.get …"""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.static.behaviour import tabular
from losslint.static.behaviour.builtin import LARGEST, Builtin, first, unknown
from losslint.static.behaviour.dicts import DICTS
from losslint.static.behaviour.experiments import EXPERIMENTS
from losslint.static.behaviour.hydra import HYDRA
from losslint.static.behaviour.imported import import_first, import_module
from losslint.static.behaviour.numbers import NUMBERS
from losslint.static.behaviour.replicas import REPLICAS
from losslint.static.behaviour.rows import one_of, some_number
from losslint.static.evaluation import namespaces
from losslint.static.evaluation.attributes import attribute
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.loops import are_all, items_of, length, sample, told_apart
from losslint.static.evaluation.stored import is_set_later
from losslint.static.evaluation.texts import filled
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
    PartialV,
    SeqV,
    SizeV,
    SuperV,
    TensorV,
    UnknownV,
    Value,
    given,
    opened,
    passed_on,
    unknown_result,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.observations import UNSETTLED

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


#: The key under which the default of `table.get(name, default)` stands among the entries.
DEFAULT = "<default>"


def _len(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    value = first(ev, arguments)
    if value is None:
        return unknown("len of nothing", form, frame)
    if isinstance(value, TensorV):
        size = value.meaning.size(0)
        return (
            ConstV(size)
            if isinstance(size, int)
            else SizeV("a length that is not known", symbol=("call", id(form), id(frame)))
        )
    if _begins_names(ev, value):
        return SizeV("a length that is not known", symbol=("call", id(form), id(frame)))
    return length(ev, value)


def _asked_of_array(name: str) -> Builtin:
    """`np.shape(x)`: what the attribute of that name says of an array or a tensor."""

    def ask(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
        value = first(ev, arguments)
        if isinstance(value, (TensorV, UnknownV)):
            return attribute(ev, value, name)
        return unknown(f"what `{form.callee_name}` gives", form, frame)

    return ask


def _begins_names(ev: Evaluator, value: Value) -> bool:
    """Whether a list or a dict holds one name and nothing else: of words or labels there will be more, wherever they
    are added."""
    if isinstance(value, DictV):
        return len(value.items) == 1 and all(isinstance(key, str) for key in value.items)
    if not isinstance(value, SeqV) or value.sort != "list" or len(value.items) != 1:
        return False
    only = ev.value(value.items[0])
    return isinstance(only, ConstV) and isinstance(only.value, str)


def distinct(ev: Evaluator, items: tuple[Lazy, ...]) -> SeqV:
    """A set: what is in it twice is in it once, and of what is not known two may be the same."""
    values = [ev.value(lazy) for lazy in items[:LARGEST]]
    known = [value.value for value in values if isinstance(value, ConstV) and value.value.__hash__ is not None]
    if len(known) < len(items):
        return SeqV("set", items, len(items) < 2)
    return SeqV("set", tuple(dict(zip(known, items, strict=True)).values()))


def _listed(sort: str) -> Builtin:
    def convert(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
        value = first(ev, arguments)
        if value is None:
            return SeqV(sort, (), sort != "set")  # nobody makes an empty set but to add to it
        if isinstance(value, InstanceV):
            from losslint.static.behaviour.container_classes import container_of

            container = container_of(ev, value)
            value = container if container is not None else value
        items = items_of(ev, value)
        if items is not None:
            whole = are_all(value, items)
            return distinct(ev, tuple(items)) if sort == "set" and whole else SeqV(sort, tuple(items), whole)
        if isinstance(value, SeqV):
            return SeqV(sort, value.items, False, value.trail)
        if isinstance(value, ContainerV):
            return SeqV(sort, tuple(lazy for _, lazy in value.children), False, value.trail)
        if isinstance(value, UnknownV):
            return value
        column = tabular.listed(value)
        if column is not None and sort == "list":
            return column
        return SeqV(sort, (given(sample(ev, value)),), False)

    return convert


def _sampled(count: int) -> Builtin:
    """Some of the things that a list holds, in unknown number and order; `count` is where the number is asked for, past
    all that comes by position where it has a name alone."""

    def draw(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
        value = first(ev, arguments) or UnknownV("a sample of nothing")
        mark = ("sampled", id(form), id(frame))
        items: tuple[Lazy, ...] = ()
        if isinstance(value, SeqV):
            items = tuple(given(told_apart(ev, ev.value(lazy), mark)) for lazy in value.items)
        elif isinstance(value, IterV) and value.sort == "range":
            items = (given(told_apart(ev, sample(ev, value), mark)),)
        if not items:
            return unknown("a sample of something that is not known", form, frame, value)
        asked = arguments.get(count, "k")
        number = ev.value(asked) if asked is not None else ConstV(1)
        if isinstance(number, ConstV) and number.value == 1:
            one = one_of(list(map(ev.value, items[:LARGEST])), "a number that is drawn", opened(value), mark)
            if one is not None:
                return SeqV("list", (given(one),), True, value.trail)
        return SeqV("list", items, False, value.trail)

    return draw


def _zipped(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """`zip(a, b)`, and `zip(*rows)` of any number of rows that are all alike: a column of each of their places."""
    columns = _columns(ev, form, frame) if not arguments.complete else None
    return columns if columns is not None else _iterated("zip")(ev, arguments, form, frame)


def _columns(ev: Evaluator, form: f.Call, frame: Frame) -> Value | None:
    if len(form.arguments) != 1 or form.arguments[0].star != "*":
        return None
    rows = ev.force(form.arguments[0].form, frame)
    if not isinstance(rows, SeqV) or rows.complete or not rows.items:
        return None
    known = [ev.value(lazy) for lazy in rows.items]
    tuples = [row for row in known if isinstance(row, SeqV) and row.complete and row.sort in ("tuple", "list")]
    widths = {len(row.items) for row in tuples}
    if len(tuples) < len(known) or len(widths) != 1:
        return None
    columns = tuple(given(SeqV("tuple", column, False)) for column in zip(*(row.items for row in tuples), strict=True))
    return SeqV("list", columns, True)


def _iterated(sort: str) -> Builtin:
    def convert(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
        if not arguments.positional or not arguments.complete:
            return unknown("what is iterated over is not known", form, frame)
        parts = tuple(ev.value(lazy) for lazy in arguments.positional)
        start = arguments.keywords.get("start")
        if start is not None and sort == "enumerate":
            parts += (ev.value(start),)
        return IterV(sort, parts)

    return convert


def _getattr(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    if len(arguments.positional) < 2:
        return unknown("getattr of nothing", form, frame)
    base, name = ev.value(arguments.positional[0]), ev.value(arguments.positional[1])
    if isinstance(name, ConstV) and isinstance(name.value, str):
        found = attribute(ev, base, name.value)
        if isinstance(found, UnknownV) and len(arguments.positional) > 2 and found.open is None:
            default = ev.value(arguments.positional[2])
            return default if not isinstance(base, UnknownV) else found
        if len(arguments.positional) > 2 and isinstance(base, InstanceV) and is_set_later(ev, base, name.value):
            # What a method sets is there once that was called.
            key = ("constructed", base.cls.key, name.value)
            answer = ev.answer(key)
            if answer is None:
                return UnknownV(
                    f"`{name.value}` is set by a method", Open(key, 2, may=False), ("call", id(form), id(frame))
                )
            return found if answer else ev.value(arguments.positional[2])
        return found
    if isinstance(base, ExternalV):
        return ev.external(f"{base.name}.__dict__")  # as if it were looked up there
    if isinstance(base, ModuleV):
        from losslint.static.evaluation.items import entry

        chosen = entry(ev, namespaces.of(ev, base, frame.graph.unit), name, form, frame)
        if chosen is not None:
            return chosen
    return unknown("the name given to getattr is not known", form, frame, name)


def _hasattr(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    from losslint.static.evaluation.pairing import has

    if len(arguments.positional) == 2:
        value, name = ev.value(arguments.positional[0]), ev.value(arguments.positional[1])
        if isinstance(value, InstanceV) and value.origin is not None and isinstance(name, ConstV):
            if has(ev, value, str(name.value)) is False:
                return ConstV(False)
    return unknown(unknown_result("builtins.hasattr"), form, frame, first(ev, arguments))


def _isinstance(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    if len(arguments.positional) == 2:
        value, cls = ev.value(arguments.positional[0]), ev.value(arguments.positional[1])
        options = [ev.value(lazy) for lazy in cls.items] if isinstance(cls, SeqV) else [cls]
        outcomes = [_is_instance(ev, value, option) for option in options]
        if True in outcomes:
            return ConstV(True)
        if all(outcome is False for outcome in outcomes):
            return ConstV(False)
        if isinstance(value, UnknownV) and value.symbol is not None:
            names = tuple(sorted(_class_name(option) for option in options))
            return UnknownV("the type is not known", value.open, ("isinstance", value.symbol, names))
    return unknown("the type is not known", form, frame)


def _class_name(value: Value) -> str:
    if isinstance(value, ClassV):
        return value.definition.qualname
    return value.name if isinstance(value, ExternalV) else "?"


def _is_instance(ev: Evaluator, value: Value, cls: Value) -> bool | None:
    if isinstance(cls, ClassV):
        if isinstance(value, InstanceV):
            return ev.classes.derives(value.cls, cls) or (None if value.origin is None else False)
        if isinstance(value, (ObjectV, ContainerV, TensorV, SeqV, DictV, ConstV)):
            return False
        return None
    if not isinstance(cls, ExternalV):
        return None
    name = cls.name
    builtin = {"builtins.tuple": "tuple", "builtins.list": "list"}.get(name)
    if isinstance(value, SeqV):
        return value.sort == builtin if builtin else (False if name.startswith(("torch.", "builtins.")) else None)
    if isinstance(value, DictV):
        return True if name in ("builtins.dict", "collections.abc.Mapping") else (False if builtin else None)
    if isinstance(value, TensorV):
        if value.meaning.kind.value == "unknown":
            return None
        return (
            name in ("torch.Tensor", "torch.FloatTensor", "torch.nn.Parameter") if name != "torch.FloatTensor" else None
        )
    if isinstance(value, ConstV):
        kinds = {"builtins.int": int, "builtins.float": float, "builtins.str": str, "builtins.bool": bool}
        known = kinds.get(name)
        return (
            isinstance(value.value, known)
            if known is not None
            else (False if builtin or name.startswith("torch.") else None)
        )
    if isinstance(value, ObjectV):
        if name.startswith("torch.nn._"):
            # A base of several: of all losses, of those with weights, of all batch norms.
            return True if name == "torch.nn._Loss" and lookup.loss_by_module(value.name) is not None else None
        if value.name == name:
            return True
        if name == "torch.nn.Module" and value.name.startswith("torch.nn."):
            return True
        if value.name.startswith("torch.nn.") and name.startswith(("torch.nn.", "builtins.")):
            return False
        return None
    if isinstance(value, InstanceV):
        if name in ev.classes.outside_bases(value.cls):
            return True
        if builtin or name in ("torch.nn.DataParallel", "torch.nn.parallel.DistributedDataParallel"):
            return False
    if isinstance(value, ContainerV):
        return False if builtin or "Parallel" in name else None
    return None


def _super(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    if len(arguments.positional) == 2:
        named = ev.value(arguments.positional[0])
        if isinstance(named, ClassV):
            return SuperV(named, ev.value(arguments.positional[1]))
    here: Frame | None = frame
    while here is not None and here.graph.outer is not None:
        here = here.parent
    if here is None:
        return unknown("super() outside a method", form, frame)
    graph = here.graph
    owner = graph.unit.file.index.classes.get(graph.unit.owner)
    if owner is None or not graph.parameters:
        return unknown("super() outside a method", form, frame)
    cls = ClassV(graph.unit.file, owner)
    from losslint.static.lowering.forms import Param

    instance: Value | None = here.receiver
    if instance is None:
        for bound in graph.bindings.values():
            root = bound
            if isinstance(root, Param) and root.name == graph.parameters[0].name:
                instance = ev.force(root, here)
                break
    return SuperV(cls, instance if instance is not None else InstanceV(cls))


def _partial(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    if not arguments.positional:
        return unknown("a partial of nothing", form, frame)
    function = ev.value(arguments.positional[0])
    if isinstance(function, UnknownV) and function.open is not None:
        return unknown(function.reason, form, frame, function)  # a run chooses it
    rest = Bindings(arguments.positional[1:], arguments.keywords, arguments.complete)
    return PartialV(function, rest, function.trail)


def _next(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    value = first(ev, arguments)
    if value is None or isinstance(value, UnknownV):
        # The next one each time that it is asked for.
        symbol = ("next", id(form), id(frame)) if isinstance(value, UnknownV) and value.symbol is not None else None
        return UnknownV("the next item of something that is not known", opened(value), symbol)
    items = items_of(ev, value)
    return told_apart(ev, ev.value(items[0]) if items else sample(ev, value), ("next", id(form), id(frame)))


def _type(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    value = first(ev, arguments)
    if isinstance(value, TensorV):
        return ExternalV("torch.Tensor")  # what `type` says of a tensor, whatever is in it
    if isinstance(value, ObjectV):
        return ExternalV(value.name)
    return value.cls if isinstance(value, InstanceV) else unknown("a type that is not known", form, frame, value)


def _iter(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    value = first(ev, arguments)
    return value if value is not None else unknown("iter of nothing", form, frame)


def _slice(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """`part = slice(start, stop)`, as the bounds that stand in brackets."""
    if not arguments.complete or arguments.keywords or not 1 <= len(arguments.positional) <= 3:
        return unknown("a slice that is not known", form, frame)
    values = [ev.value(lazy) for lazy in arguments.positional]
    return ConstV(slice(*(value.value if isinstance(value, ConstV) else UNSETTLED for value in values)))


def _nothing(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    return ConstV(None)


BUILTINS: dict[str, Builtin] = {
    "builtins.len": _len,
    "numpy.shape": _asked_of_array("shape"),
    "numpy.ndim": _asked_of_array("ndim"),
    "builtins.list": _listed("list"),
    "builtins.tuple": _listed("tuple"),
    "builtins.set": _listed("set"),
    "builtins.sorted": _listed("list"),
    "collections.deque": _listed("list"),
    "builtins.iter": _iter,
    "builtins.enumerate": _iterated("enumerate"),
    "builtins.zip": _zipped,
    "random.sample": _sampled(1),
    "random.choices": _sampled(-1),
    "builtins.reversed": _iterated("reversed"),
    "builtins.range": _iterated("range"),
    "builtins.slice": _slice,
    **DICTS,
    **EXPERIMENTS,
    **HYDRA,
    **REPLICAS,
    "builtins.getattr": _getattr,
    "builtins.hasattr": _hasattr,
    "builtins.isinstance": _isinstance,
    "builtins.super": _super,
    "functools.partial": _partial,
    "importlib.import_module": import_module,
    "builtins.__import__": import_first,
    "builtins.next": _next,
    "builtins.type": _type,
    **NUMBERS,
    "builtins.print": _nothing,
    "builtins.setattr": _nothing,
}


def call_builtin(ev: Evaluator, name: str, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """Call one of Python's own functions."""
    return BUILTINS[name](ev, arguments, form, frame)


#: Methods of texts that are worked out.
_TEXT = frozenset(
    {
        "lower", "upper", "strip", "lstrip", "rstrip", "startswith", "endswith", "replace", "split", "rsplit", "title",
        "partition", "rpartition",
    }
)  # fmt: skip


def _with_default(ev: Evaluator, table: DictV, arguments: Bindings) -> DictV:
    """A table of things to choose from, with what is taken where it has no entry: one more of them."""
    default = arguments.positional[1] if len(arguments.positional) > 1 else None
    if default is None or isinstance(ev.value(default), (ConstV, UnknownV, TensorV)):
        return table
    return DictV({**table.items, DEFAULT: default}, table.complete, table.rest, table.trail)


def call_plain_method(
    ev: Evaluator, receiver: Value, name: str, arguments: Bindings, form: f.Call, frame: Frame
) -> Value:
    """Call a method of a text, list or dict."""
    if isinstance(receiver, ConstV):
        values = [ev.value(lazy) for lazy in arguments.positional]
        texts = [value.value for value in values if isinstance(value, ConstV) and isinstance(value.value, str)]
        if isinstance(receiver.value, str) and name == "format" and not arguments.keywords and arguments.complete:
            written = filled(receiver.value, values)
            if written is not None:
                return ConstV(written)
        numbers = [value.value for value in values if isinstance(value, ConstV) and type(value.value) is int]
        plain = len(texts) + len(numbers) == len(values) and not arguments.keywords
        if isinstance(receiver.value, str) and name in _TEXT and plain:
            try:
                worked_out = getattr(receiver.value, name)(*texts, *numbers)
                if isinstance(worked_out, (list, tuple)):
                    parts = tuple(given(ConstV(part)) for part in worked_out)
                    return SeqV("list" if isinstance(worked_out, list) else "tuple", parts)
                return ConstV(worked_out)
            except (TypeError, ValueError):
                pass
        return unknown(f"what `.{name}` of a constant gives is not known", form, frame)
    if isinstance(receiver, DictV):
        if name in ("items", "keys", "values"):
            return IterV(name, (receiver,))
        if name in ("get", "pop", "setdefault") and arguments.positional:
            from losslint.static.evaluation.items import entry

            key = ev.value(arguments.positional[0])
            table = receiver if isinstance(key, ConstV) else _with_default(ev, receiver, arguments)
            found = entry(ev, table, key, form, frame)
            if found is not None:
                default = arguments.positional[1] if len(arguments.positional) > 1 else None
                # A number that is not in the dict is the default, which is as a rule one of the same sort.
                either = one_of((found, ev.value(default)), "an entry", opened(key)) if default is not None else None
                return either if either is not None and not isinstance(key, ConstV) else found
            if isinstance(key, ConstV) and receiver.complete:
                return ev.value(arguments.positional[1]) if len(arguments.positional) > 1 else ConstV(None)
            return unknown("an entry that is not known", form, frame, key)
        if name == "copy":
            return receiver
    if isinstance(receiver, SeqV):
        if name == "pop" and receiver.items and not arguments.positional:
            last = ev.value(receiver.items[-1])
            return last if receiver.complete else told_apart(ev, last, ("popped", id(form), id(frame)))
        if name == "copy":
            return receiver
        if name == "index":
            position = unknown("a position that is not known", form, frame)
            position.tensor = some_number(position.reason).but(dtype="int64")
            return position
        if name == "get" and receiver.names and arguments.positional:
            # The output of a model of transformers is a dict as well.
            key = ev.value(arguments.positional[0])
            if isinstance(key, ConstV) and key.value in receiver.names:
                return passed_on(ev.value(receiver.items[receiver.names.index(str(key.value))]), receiver)
        if name == "_asdict":
            return unknown("a dict that is not known", form, frame)
    if isinstance(receiver, IterV) and name == "__next__":
        return told_apart(ev, sample(ev, receiver), ("next", id(form), id(frame)))
    return unknown(f"what `.{name}` gives is not known", form, frame)

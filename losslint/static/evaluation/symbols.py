"""Symbols: what tells one unknown value from another, so that conditions on it go together.

`CFG.binary`, `os.getenv("LOSS")` and `y.dim()` say nothing that is known, but they say the same wherever they are
written on the same things: a run that takes one branch of the first test takes that branch of the second.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import instance_key
from losslint.static.evaluation.values import ConstV, ExternalV, InstanceV, SizeV, UnknownV, Value, identity, interned
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Functions and methods that give the same again for the same arguments, as long as a program asks for its settings:
#: drawn numbers, clocks and iterators do not.
STEADY = frozenset(
    {
        "bool", "device_count", "dim", "endswith", "exists", "float", "get", "get_rank", "get_world_size", "getattr",
        "getenv", "hasattr", "int", "is_available", "is_complex", "is_floating_point", "is_initialized", "isdir",
        "isfile", "isinstance", "issubclass", "len", "lower", "ndimension", "numel", "replace", "rsplit", "size",
        "split", "startswith", "str", "strip", "type", "upper",
    }
)  # fmt: skip

#: Expressions inside each other that are told apart by how they are written.
_DEEPEST = 8


def symbol_of(ev: Evaluator, value: Value, form: f.Form, frame: Frame, depth: int = 0) -> Hashable:
    """Equal for two expressions only when they have the same value."""
    if isinstance(value, UnknownV) and value.symbol is not None:
        return (value.symbol, value.offset) if value.offset else value.symbol
    if isinstance(value, ExternalV) and not _is_set(ev, value.name):
        return ("outside", value.name)
    if depth and isinstance(value, ConstV):
        return ("constant", type(value.value), repr(value.value))
    if depth and isinstance(value, InstanceV):
        return ("object", instance_key(value))
    written = _written(ev, f.bare(form), frame, depth + 1) if depth < _DEEPEST else None
    if written is not None:
        return interned(written)
    form = f.bare(form)
    return ("form", identity(form), identity(_home(form, frame)))


def asked_again(ev: Evaluator, value: Value, form: f.Call, frame: Frame) -> Value:
    """What a call gives, marked as the same wherever the same is asked for: `torch.cuda.is_available()`."""
    if type(value) not in (UnknownV, SizeV) or form.callee_name not in STEADY:
        return value
    assert isinstance(value, UnknownV)
    if value.symbol != interned(("call", id(form), id(frame))):
        return value  # it is known better what it is
    written = _written(ev, form, frame, 1)
    if written is None:
        return value
    return type(value)(value.reason, value.open, written, value.offset, value.tensor, value.optional, value.something)


def _written(ev: Evaluator, form: f.Form, frame: Frame, depth: int) -> Hashable:
    """What an expression is by how it is written; None where it may be something else each time."""

    def of(part: f.Form) -> Hashable:
        return symbol_of(ev, ev.force(part, frame), part, frame, depth)

    def of_object(base: f.Form, name: object) -> Hashable:
        before = _before(base, name)
        if isinstance(before, _CHANGES):
            return ("changed", identity(before), identity(_home(before, frame)))
        return of(before)

    if isinstance(form, f.Attr):
        return ("attribute", of_object(form.base, form.name), form.name) if not _is_set(ev, form.name) else None
    if isinstance(form, f.Item) and not isinstance(form.key, f.Slice):
        key = f.bare(form.key)
        return ("entry", of_object(form.base, key.value if isinstance(key, f.Const) else None), of(form.key))
    if isinstance(form, f.Global):
        return ("global", frame.graph.unit.file.name, form.name)
    if isinstance(form, f.Call) and form.callee_name in STEADY and not any(each.star for each in form.arguments):
        function = form.function
        first = f.bare(form.arguments[0].form) if form.arguments else None
        entry = first.value if isinstance(first, f.Const) else None
        whose = of_object(function.base, entry) if isinstance(function, f.Attr) else None
        return ("call", form.callee_name, whose, *((each.keyword, of(each.form)) for each in form.arguments))
    if isinstance(form, (f.Binary, f.Compare)):
        return ("operation", form.operator, of(form.left), of(form.right))
    return None


#: Forms that are something after it was changed.
_CHANGES = (f.SetAttr, f.SetItem, f.Mutated, f.Within)


def _before(form: f.Form, name: object) -> f.Form:
    """An object before others of its attributes or entries were set than the one that is read."""
    while True:
        form = f.bare(form)
        if (isinstance(form, f.SetAttr) and form.name != name) or (
            isinstance(form, f.SetItem) and _is_other(form.key, name)
        ):
            form = form.base
        else:
            return form


def _is_other(key: f.Form, name: object) -> bool:
    written = f.bare(key)
    return name is not None and isinstance(written, f.Const) and written.value != name


def _is_set(ev: Evaluator, path: str) -> bool:
    """Whether code that is read sets an attribute of that name on something: it may be another one each time."""
    from losslint.static.evaluation.object_effects import set_by_others

    name = path.rpartition(".")[2]
    return name.isidentifier() and bool(set_by_others(ev, name))


def _home(form: f.Form, frame: Frame) -> Frame:
    """The frame that a form belongs to: what stands before a loop is the same in each of its rounds."""
    loop = frame.loop
    while loop is not None and not loop.first <= form.seq < loop.last and frame.base is not None:
        frame = frame.base
        loop = frame.loop
    return frame

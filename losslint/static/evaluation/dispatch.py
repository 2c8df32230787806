"""Which function forces which kind of form, and the forms that take no more than a line or two."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from losslint.static.evaluation import (
    branches,
    calls,
    changes,
    effects,
    expressions,
    global_effects,
    handing,
    item_writes,
    items,
    loops,
    object_effects,
    parameters,
    ranks,
    reading,
    rebinding,
    registries,
    texts,
)
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import ConstV, DictV, FunctionV, InstanceV, UnknownV, Value
from losslint.static.files.index import MODULE, Import
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def _const(_: Evaluator, form: f.Const, __: Frame) -> Value:
    return ConstV(form.value)


def _opaque(_: Evaluator, form: f.Opaque, frame: Frame) -> Value:
    return UnknownV(f"{form.reason}", symbol=("opaque", id(form), id(frame)))


def _outer(ev: Evaluator, form: f.Outer, frame: Frame) -> Value:
    if frame.parent is None:
        return UnknownV("it comes from an enclosing function that is not followed")
    return ev.force(form.form, frame.parent)


def _named(ev: Evaluator, form: f.Named, frame: Frame) -> Value:
    value = handing.afterwards(ev, ev.force(form.form, frame), form.form, frame, form.seq)
    value = global_effects.afterwards(ev, value, form, frame)
    if type(value) is DictV and not value.items and frame.graph.unit.qualname == MODULE:
        value = registries.filled_by_functions(ev, frame.graph.unit.file, form.name, value)
    return ranks.refined(ev, value, form.form, frame.graph)


def _param(ev: Evaluator, form: f.Param, frame: Frame) -> Value:
    value = parameters.force_param(ev, form, frame)
    if isinstance(value, InstanceV):
        value = object_effects.on_parameter(ev, form, value, frame)
    return ranks.refined(ev, value, form, frame.graph)


def _function(_: Evaluator, form: f.Function, frame: Frame) -> Value:
    assert form.graph is not None
    return FunctionV(form.graph, frame)


def _defined(ev: Evaluator, form: f.Defined, frame: Frame) -> Value:
    file = form.unit.file
    value = ev.definition(file, form.qualname)
    return value if value is not None else UnknownV(f"`{form.qualname}` is not found")


def _imported(ev: Evaluator, form: f.Imported, frame: Frame) -> Value:
    file = form.unit.file
    bound = ev.project.imports.imported(file, Import(form.module, form.attribute, form.level))
    value = ev.bound(bound)
    name = form.attribute or form.module
    return value if value is not None else UnknownV(f"the import of `{name}` leads nowhere")


#: What forces each kind of form.
FORCE: dict[type[f.Form], Callable[[Evaluator, Any, Frame], Value]] = {
    f.Const: _const,
    f.Opaque: _opaque,
    f.Text: texts.force_text,
    f.Outer: _outer,
    f.Named: _named,
    f.Function: _function,
    f.Defined: _defined,
    f.Imported: _imported,
    f.Param: _param,
    f.Global: rebinding.force_global,
    f.Left: effects.force_left,
    f.Attr: reading.force_attr,
    f.SetAttr: changes.force_set_attr,
    f.Mutated: changes.force_mutated,
    f.Within: changes.force_within,
    f.Item: items.force_item,
    f.SetItem: item_writes.force_set_item,
    f.Slice: items.force_slice,
    f.Unpacked: items.force_unpacked,
    f.Binary: expressions.force_binary,
    f.Unary: expressions.force_unary,
    f.Compare: expressions.force_compare,
    f.Boolean: expressions.force_boolean,
    f.Sequence: expressions.force_sequence,
    f.Mapping: expressions.force_mapping,
    f.Choice: branches.force_choice,
    f.Skip: branches.force_skip,
    f.Otherwise: branches.force_otherwise,
    f.Result: branches.force_result,
    f.Element: loops.force_element,
    f.Carried: loops.force_carried,
    f.LoopOut: loops.force_loop_out,
    f.Loop: loops.force_loop,
    f.Comprehension: loops.force_comprehension,
    f.Yielded: loops.force_yielded,
    f.Call: calls.force_call,
}

"""Calls in `no_grad` blocks: what they compute has no gradient, unless something turns the graph on again inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import wrappers
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    ConstV,
    ExternalV,
    FunctionV,
    InstanceV,
    MethodV,
    TensorV,
    UnknownV,
    Value,
    whole,
)
from losslint.static.files.file import File
from losslint.static.lowering import forms as f
from losslint.vocabulary.meaning import Meaning

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: What turns the graph on again, as it is written.
_ENABLING = b"enable_grad("

#: Methods after which a batch is what it was.
_OF_A_BATCH = frozenset({"to", "cuda", "float", "long", "view", "reshape", "flatten", "unsqueeze", "squeeze"})


def computed(ev: Evaluator, value: Value, function: Value, form: f.Call, frame: Frame) -> Value:
    """What a call in some blocks gives: without a gradient where they keep it out of the graph."""
    if isinstance(value, TensorV):
        if value.meaning.detached_by is not None:
            return value
    elif type(value) is not UnknownV or value.tensor is not None or not _is_model(function, form):
        return value
    by = kept_out_by(ev, form, frame)
    if not by or any(may_turn_on(ev, file) for file in _files(ev, function, frame)):
        return value
    if isinstance(value, TensorV):
        return TensorV(value.meaning.but(detached_by=by), value.open)
    # Whatever the model is, what it has computed here has no gradient.
    made = value.copy()
    assert isinstance(made, UnknownV)
    identity = ("value", made.symbol, made.offset) if made.symbol is not None else None
    made.tensor = Meaning(reason=made.reason, identity=identity, detached_by=by)
    return made


def may_turn_on(ev: Evaluator, file: File) -> bool:
    """Whether the code of a file turns the graph on again somewhere."""
    return _ENABLING in ev.project.data(file.name)


def turned_off(ev: Evaluator, block: f.Form, frame: Frame) -> str:
    """What a block or a decorator turns the graph off by, `torch.no_grad()`; empty where it does not, as
    `torch.inference_mode(False)`, or may be told not to."""
    entered = ev.force(block.function if isinstance(block, f.Call) else block, frame)
    if not isinstance(entered, ExternalV) or entered.name not in wrappers.NO_GRAD:
        return ""
    told = block.arguments[:1] if isinstance(block, f.Call) and entered.name.endswith("inference_mode") else ()
    modes = [ev.force(argument.form, frame) for argument in told]
    return entered.name if all(isinstance(mode, ConstV) and mode.value for mode in modes) else ""


def kept_out_by(ev: Evaluator, form: f.Call, frame: Frame) -> str:
    """What keeps a call out of the graph: the name of the innermost block that says anything of that."""
    for block in reversed(form.blocks):
        entered = ev.force(block.function, frame) if isinstance(block, f.Call) else None
        if not isinstance(block, f.Call) or not isinstance(entered, ExternalV):
            continue
        if turned_off(ev, block, frame):
            return entered.name
        if entered.name in wrappers.WITH_GRAD:
            return ""
        if entered.name in wrappers.SETTING_GRAD and block.arguments:
            told = ev.force(block.arguments[0].form, frame)
            return entered.name if isinstance(told, ConstV) and told.value is False else ""
    return ""


def _files(ev: Evaluator, function: Value, frame: Frame) -> list[File]:
    """The files whose code runs in a call, as far as it shows: of who calls, of a function, of an object's class."""
    files = [frame.graph.unit.file]
    called = whole(function)
    if isinstance(called, MethodV):
        called = called.receiver
    if isinstance(called, FunctionV):
        files.append(called.graph.unit.file)
        called = called.bound if called.bound is not None else called
    if isinstance(called, InstanceV):
        files += [base.file for base in ev.classes.order(called.cls) if not isinstance(base, str)]
    return files


def _is_model(function: Value, form: f.Call) -> bool:
    """Whether something that is not known is called as a model is, on a batch: what it gives is of its own making. What
    a call has made before may be handed on, with its gradient."""
    written = f.bare(form.function)
    if not isinstance(function, UnknownV) or not isinstance(written, (f.Param, f.Attr)) or not form.arguments:
        return False
    return all(not argument.star and _is_of_a_batch(argument.form) for argument in form.arguments)


def _is_of_a_batch(form: f.Form) -> bool:
    """Whether something is a part of what a loop or a caller gives, wherever it was moved."""
    form = f.bare(form)
    while True:
        if isinstance(form, (f.Unpacked, f.Item)):
            form = f.bare(form.base)
        elif isinstance(form, f.Call) and isinstance(form.function, f.Attr) and form.callee_name in _OF_A_BATCH:
            form = f.bare(form.function.base)
        else:
            return isinstance(form, (f.Param, f.Element, f.Const))

"""Losses and activations that are given tensors where they are made: `nn.MSELoss(output, target)`, also where the class
of a loss is kept under a name, in an attribute or in a dict, and called as the loss would be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation.evaluator import NEARBY
from losslint.static.evaluation.receivers import is_receiver
from losslint.static.evaluation.testing import is_to_fail
from losslint.static.evaluation.values import ClassV, ConstV, ExternalV, TensorV
from losslint.static.files.seeds import ACTIVATIONS, loss_names
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import ConstructorCall

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: What sets attributes of an object by a name that the program may work out.
_BY_NAME = (b"setattr(", b"__dict__", b"vars(")


def made_with_something(ev: Evaluator, call: f.Call, graph: f.Graph) -> Iterator[ConstructorCall]:
    """A loss or an activation that is made with something by position."""
    given = [argument for argument in call.arguments if not argument.keyword]
    if not given or any(argument.star for argument in given):
        return
    ev.enter({}, NEARBY)
    frame = ev.generic(graph)
    target = ev.force(call.function, frame)
    if not isinstance(target, ExternalV):
        return
    loss = lookup.loss_by_module(target.name)
    if (loss is None or loss.library) and (
        lookup.layer(target.name) is None or target.name.rpartition(".")[2] not in ACTIVATIONS
    ):
        return
    try:
        values = [ev.force(argument.form, frame) for argument in given]
    except RecursionError:
        return
    layer = lookup.layer(target.name)
    named = loss.constructor if loss is not None else layer.constructor if layer is not None else ()
    settings = [_is_setting(argument.form, named[place : place + 1]) for place, argument in enumerate(given)]
    yield ConstructorCall(
        target=target.name,
        spelling=f.written(call.function) or target.name,
        spot=ev.spot(call),
        arguments=tuple(
            Meaning(kind=Kind.CONSTANT) if isinstance(value, ConstV) or is_setting else meaning_of(value)
            for value, is_setting in zip(values, settings, strict=True)
        ),
        tensors=tuple(isinstance(value, TensorV) for value in values),
    )


def _is_setting(form: f.Form, names: tuple[str, ...]) -> bool:
    """Whether something goes by the name of the parameter that it is given for: `nn.CELU(alpha, inplace)`."""
    return isinstance(form, (f.Named, f.Param, f.Global, f.Attr)) and form.name.lower() in names


def of_a_kept_class(ev: Evaluator, call: f.Call, graph: f.Graph) -> Iterator[ConstructorCall]:
    """What is called like a loss, and is the class of one. Not where something may have put an object in its place, nor
    where the program is ready for the call to fail."""
    if call in graph.guarded or is_to_fail(call, graph) or _may_be_another(ev, bare(call.function), graph):
        return
    try:
        yield from made_with_something(ev, call, graph)
    except RecursionError:
        return


def _may_be_another(ev: Evaluator, kept: f.Form, graph: f.Graph) -> bool:
    """Whether what is kept somewhere may be something else by the time that it is called."""
    file = graph.unit.file
    if isinstance(kept, f.Attr):
        if kept.name in loss_names() and isinstance(bare(kept.base), (f.Imported, f.Global, f.Attr)):
            return False  # `loss = nn.MSELoss`
        return not _is_set_once(ev, kept, graph)
    while isinstance(kept, f.Item):
        kept = bare(kept.base)
        if isinstance(kept, (f.Attr, f.SetItem, f.Mutated)):
            return True
        if isinstance(kept, f.Global) and kept.name in file.index.changed:
            return True
    return isinstance(kept, f.Global) and (kept.name in file.index.globals_bound or bool(file.index.bound_by_name))


def _is_set_once(ev: Evaluator, kept: f.Attr, graph: f.Graph) -> bool:
    """Whether one place alone sets an attribute of the object that a method is called on, in all of its classes."""
    unit = graph.unit
    owner = unit.file.index.classes.get(unit.owner)
    base = bare(kept.base)
    if owner is None or not isinstance(base, f.Param) or not is_receiver(graph, base.name):
        return False
    cls = ClassV(unit.file, owner)
    family = [each for each in ev.classes.order(cls) if not isinstance(each, str)]
    family += [each for each in ev.classes.subclasses(cls) if each not in family]
    files = {each.file.name for each in family}
    if any(word in ev.project.data(name) for name in files for word in _BY_NAME):
        return False
    definitions = [each.definition for each in family]
    times = sum(len(set(each.stores.get(kept.name, ()))) + (kept.name in each.names) for each in definitions)
    return times == 1

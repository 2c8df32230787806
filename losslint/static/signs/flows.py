"""Where a gradient goes: the calls of `backward` in a function, and the forms that what is trained on is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.conditions import truth
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.parameters import sites_of_the_world
from losslint.static.evaluation.sites import Caller
from losslint.static.evaluation.values import ClassV
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods and functions whose result lets the gradient through to all that they are given.
PASSING = frozenset(
    {
        "mean", "sum", "add", "add_", "sub", "sub_", "mul", "mul_", "div", "div_", "true_divide", "neg", "abs", "sqrt",
        "stack", "cat", "squeeze", "unsqueeze", "view", "reshape", "flatten", "clone", "contiguous", "to", "cuda",
        "cpu", "float", "double", "half", "type", "clamp", "max", "min", "exp", "log", "pow", "scale", "scale_loss",
        "dot", "requires_grad_", "retain_grad", "nanmean", "nansum", "mean_", "masked_select",
    }
)  # fmt: skip

#: Names that as functions of Python make a number.
NUMBERS = frozenset({"float", "type"})

#: Branches within branches that are looked into.
MOST_BRANCHES = 40

#: Callers that are asked whether they train on what they are given back.
MOST_TRAINERS = 8

#: Objects whose `backward` is given the loss: `accelerator.backward(loss)`, `self.manual_backward(loss)`.
GIVEN = frozenset({"backward", "manual_backward"})


def backward_calls(graph: f.Graph) -> Iterator[tuple[f.Call, f.Form]]:
    """The calls of `backward` in a function, each with what is trained on."""
    for call in graph.calls:
        function = call.function
        if call.callee_name not in GIVEN or not isinstance(function, f.Attr):
            continue
        yield call, function.base
        first = call.arguments[0] if call.arguments else None
        if first is not None and not first.star and not first.keyword:
            yield call, first.form  # `accelerator.backward(loss)`; the gradient given to a tensor's does no harm


def flowing(forms: Iterable[f.Form]) -> set[f.Form]:
    """All forms that the given ones may be made of, by arithmetic, by branches and from round to round."""
    return _reached(forms, _parts)


def trained_with(form: f.Form) -> set[f.Form]:
    """The forms that are trained on with one: the terms of a sum, whatever they are scaled by. What multiplies another
    term that may be trained weighs it (`reward * log_prob`, `exp(-s) * loss`), and is itself not to be trained."""
    return _reached([form], _terms)


def _reached(forms: Iterable[f.Form], parts: Callable[[f.Form], Iterable[f.Form]]) -> set[f.Form]:
    found: set[f.Form] = set()
    pending = list(forms)
    while pending:
        form = f.bare(pending.pop())
        if form not in found:
            found.add(form)
            pending += parts(form)
    return found


def _terms(form: f.Form) -> Iterable[f.Form]:
    """The parts of a form that are trained on with it."""
    if isinstance(form, f.Binary) and form.operator == "*":
        sides = ((form.left, form.right), (form.right, form.left))
        return [side for side, other in sides if _is_setting(other)]
    if isinstance(form, f.Binary) and form.operator in ("/", "**", "-"):
        return (form.left,)  # a loss that is subtracted is a baseline
    if isinstance(form, f.Call) and form.callee_name in ("exp", "dot", "mul", "mul_"):
        return ()
    return _parts(form)


def _is_setting(form: f.Form) -> bool:
    """Whether something is written like a number that is set: a constant, an argument, an attribute."""
    form = f.bare(form)
    if isinstance(form, f.Binary):
        return _is_setting(form.left) and _is_setting(form.right)
    return isinstance(form, (f.Const, f.Param, f.Attr, f.Global, f.Imported))


def surely_flowing(form: f.Form) -> set[f.Form]:
    """The forms that a form is made of whichever way each branch goes."""
    return _surely(form, {}, MOST_BRANCHES)


def _surely(form: f.Form, known: dict[f.Form, set[f.Form]], left: int) -> set[f.Form]:
    found: set[f.Form] = set()
    pending = [form]
    while pending:
        each = f.bare(pending.pop())
        if each in found:
            continue
        found.add(each)
        if not isinstance(each, f.Choice):
            pending += _parts(each)
        elif left:
            if each not in known:
                known[each] = set()  # what comes round to itself adds nothing
                sides = [_surely(side, known, left - 1) for side in (each.then, each.other)]
                known[each] = sides[0] & sides[1]
            found |= known[each]
    return found


def _parts(form: f.Form) -> Iterator[f.Form]:
    match form:
        case f.Binary():
            yield form.left
            yield form.right
        case f.Unary():
            yield form.operand
        case f.Boolean():
            yield form.left
            yield form.right
        case f.Choice():
            yield form.then
            yield form.other
        case f.Carried() | f.LoopOut():
            yield form.before
            if form.name in form.loop.after:
                yield form.loop.after[form.name]
        case f.Sequence():
            yield from form.elements
        case f.Mapping():
            yield from (value for _, value in form.items)
        case f.Comprehension():
            yield form.element
        case f.Item() | f.Unpacked():
            yield from _element(form)
        case f.SetAttr() | f.SetItem():
            yield form.base
            yield form.value
        case f.Mutated():
            yield form.base
            yield from (argument.form for argument in form.arguments)
        case f.Outer():
            yield form.form
        case f.Call():
            method = isinstance(form.function, f.Attr)
            if form.callee_name in PASSING and (method or form.callee_name not in NUMBERS):
                if isinstance(form.function, f.Attr):
                    yield form.function.base
                yield from (argument.form for argument in form.arguments)
        case _:
            pass


def _element(form: f.Item | f.Unpacked) -> Iterator[f.Form]:
    """What is taken out of a collection, where the code shows it: of the others in it nothing is trained on."""
    if isinstance(form, f.Unpacked):
        base = f.bare(form.base)
        if isinstance(base, f.Sequence) and not any(base.starred) and not form.from_end:
            yield from base.elements[form.index : form.index + 1]
        return
    key, base = f.bare(form.key), f.bare(form.base)
    while isinstance(key, f.Const):
        if isinstance(base, f.SetItem):
            other = f.bare(base.key)
            if not isinstance(other, f.Const):
                return
            if other.value == key.value:
                yield base.value
                return
            base = f.bare(base.base)
        elif isinstance(base, f.Mapping):
            for name, value in base.items:
                name = f.bare(name) if name is not None else None
                if isinstance(name, f.Const) and name.value == key.value:
                    yield value
            return
        else:
            return


def trained_on(ev: Evaluator, call: f.Call, graph: f.Graph, frame: Frame) -> tuple[f.Call | None, bool]:
    """The call of `backward` that surely trains on the result of a loss call, and whether on nothing but that result.

    It is sure when it stands under no other condition than the loss, apart from those that hold in this world.
    """
    found: f.Call | None = None
    for backward, form in backward_calls(graph):
        alone = f.bare(form) is call
        if not alone and call not in trained_with(form):
            continue
        if not holds_with(ev, call, backward.path, frame):
            continue
        if alone and not backward.arguments:
            return backward, True
        found = found or backward
    return found, False


def trained_on_elsewhere(
    ev: Evaluator, call: f.Call, graph: f.Graph, frame: Frame
) -> tuple[f.Call | None, tuple[f.Call, ...]]:
    """The call of `backward` by which those train on a loss to whom a function gives it back: its callers, all that are
    known; and their calls of the function, where all train on nothing but what they are given back, as it is. Of a
    training step of Lightning, whose result is trained on, the loss call itself."""
    given = [*surely_given_back(ev, call, graph, frame)]
    if not any(call in trained_with(form) for form in given):
        return None, ()
    if _is_training_step(ev, graph):
        return call, ()
    callers = sites_of_the_world(ev, graph)[:MOST_TRAINERS]
    backwards = [_trained_by(caller) for caller in callers]
    found = [backward for backward, _ in backwards]
    if not found or None in found:
        return None, ()
    alone = all(f.bare(form) is call for form in given) and all(as_it_is for _, as_it_is in backwards)
    return found[0], tuple(caller.form for caller in callers) if alone else ()


def surely_given_back(ev: Evaluator, call: f.Call, graph: f.Graph, frame: Frame) -> Iterator[f.Form]:
    """What a function gives back wherever it has computed a loss: of a dict the loss, of a tuple nothing, of which the
    caller takes what it likes."""
    if not isinstance(graph.result, f.Result):
        return
    for path, form in graph.result.returns:
        given = f.bare(form)
        if isinstance(given, f.Sequence) or not holds_with(ev, call, path, frame):
            continue
        if isinstance(given, f.Mapping):
            names = [(f.bare(key) if key is not None else None, value) for key, value in given.items]
            yield from (value for key, value in names if isinstance(key, f.Const) and key.value == "loss")
        else:
            yield form


def holds_with(ev: Evaluator, call: f.Call, path: f.Path, frame: Frame) -> bool:
    """Whether a way is surely taken where a call is reached: it stands under no other condition than the call, apart
    from those that hold in this world."""
    with ev.aside():  # the arguments of the loss do not hang on it
        return all(
            any(condition is other and wanted is value for other, value in call.path)
            or truth(ev, condition, frame) == wanted
            for condition, wanted in path
        )


def _is_training_step(ev: Evaluator, graph: f.Graph) -> bool:
    unit = graph.unit
    if graph.outer is not None or unit.name != "training_step" or not unit.owner:
        return False
    cls = ClassV(unit.file, unit.file.index.classes[unit.owner])
    bases = [base for base in ev.classes.order(cls) if not isinstance(base, str)]
    if any(b"automatic_optimization" in ev.project.data(base.file.name) for base in bases):
        return False  # it calls `manual_backward` itself, on what it likes
    return any(name.endswith("LightningModule") for name in ev.classes.outside_bases(cls))


def _trained_by(caller: Caller) -> tuple[f.Call | None, bool]:
    """The call of `backward` that trains on what one caller is given back, and whether on that as it is."""
    if caller.form in caller.frame.graph.guarded:
        return None, False
    for backward, form in backward_calls(caller.frame.graph):
        within = all(any(one is other and a is b for other, b in caller.form.path) for one, a in backward.path)
        if within and caller.form in trained_with(form):
            return backward, f.bare(form) is caller.form and not backward.arguments
    return None, False

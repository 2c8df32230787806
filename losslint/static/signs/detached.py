"""Losses that are cut off from the model before `backward`: by `.item()`, `torch.tensor(loss)`, `Variable(loss)` …"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.behaviour.modules import loss_of
from losslint.static.evaluation import calls, out_of_graph
from losslint.static.evaluation.arguments import bindings
from losslint.static.evaluation.evaluator import NEARBY
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import MODULES, ConstV, ExternalV, FunctionV, Value
from losslint.static.lowering import forms as f
from losslint.static.signs.flows import PASSING, backward_calls, flowing
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import OperationCall
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Functions that make a tensor of its own from the numbers they are given.
COPYING = frozenset(
    {
        "torch.tensor", "torch.Tensor", "torch.FloatTensor", "torch.DoubleTensor", "torch.HalfTensor",
        "torch.cuda.FloatTensor", "torch.autograd.Variable", "torch.nn.Parameter", "torch.from_numpy", "torch.detach",
    }
)  # fmt: skip

#: Functions inside each other that are looked into for what they return.
MOST_INSIDE = 3

#: Methods and attributes whose result has no gradient.
CUTTING = frozenset({"detach", "detach_", "item", "tolist", "numpy", "data"})


def detached(ev: Evaluator, graph: f.Graph) -> Iterator[OperationCall]:
    """The calls of `backward` whose tensor was made from a loss, but has no path to what made the loss.

    Of a sum that has a path, a term that has none: it was a loss, and trains nothing as the number that it is.
    """
    for backward, form in backward_calls(graph):
        function = backward.function
        if not isinstance(function, f.Attr) or backward in graph.guarded:
            continue
        ev.enter({}, NEARBY)
        search = _Search(ev, ev.generic(graph), _unreduced(form))
        cut = search.cut(form)
        if cut is False:
            term = search.term(form)
            if term is not None:
                by = Trail(ev.spot(term), "cut off from the model here")
                yield OperationCall("backward", search.name(term), ev.spot(backward), (Meaning(trail=by),), "term")
        elif isinstance(cut, f.Form) and function.base is form:
            by = Trail(ev.spot(cut), "cut off from the model here")
            written = search.name(cut)
            revived = search.revived or _is_revived(graph, cut) or _is_revived(graph, search.whole)
            inner = "silent" if revived else "raises"
            yield OperationCall("backward", written, ev.spot(backward), (Meaning(trail=by),), inner)


def _unreduced(form: f.Form) -> f.Form:
    """What `backward` is called on, without a sum or a mean."""
    form = f.bare(form)
    while True:
        if isinstance(form, f.SetAttr) and form.name == "requires_grad":
            form = f.bare(form.base)
        elif isinstance(form, f.Call) and form.callee_name in ("sum", "mean") and not form.arguments:
            if not isinstance(form.function, f.Attr):
                return form
            form = f.bare(form.function.base)
        else:
            return form


def _is_revived(graph: f.Graph, cut: f.Form) -> bool:
    """Whether `loss.requires_grad_()` stands behind a copy."""
    return any(
        call.callee_name == "requires_grad_" and isinstance(call.function, f.Attr) and f.bare(call.function.base) is cut
        for call in graph.calls
    )


class _Search:
    """Looks for what cut a tensor off; `revived` says that gradients are collected for the copy itself. `whole` is all
    that `backward` is called on, but for the reduction: nothing else is trained with it."""

    def __init__(self, ev: Evaluator, frame: Frame, whole: f.Form, inside: int = 0) -> None:
        """`inside` says how many functions are left to look into, counted from the first."""
        self.ev = ev
        self.frame = frame
        self.whole = whole
        self.inside = inside
        self.revived = False
        #: the frames of what cut something off in a function that was looked into
        self.frames: dict[f.Form, Frame] = {}

    def cut(self, form: f.Form) -> f.Form | bool:
        """What cut a form off from every loss in it; False when it may have a gradient, True for a plain number."""
        form = f.bare(form)
        if isinstance(form, f.Const):
            return True
        if isinstance(form, f.Attr):
            return form if form.name in CUTTING and self._holds_loss(form.base) else False
        if isinstance(form, f.SetAttr):
            self.revived = self.revived or form.name == "requires_grad"
            return self.cut(form.base) if form.name == "requires_grad" else False
        if isinstance(form, f.Unary):
            return self.cut(form.operand)
        if isinstance(form, f.Binary):
            return self._all((form.left, form.right))
        if isinstance(form, f.Choice):
            sides = (self.cut(form.then), self.cut(form.other))
            return next((side for side in sides if side is not True), True) if False not in sides else False
        if isinstance(form, f.Call):
            return self._call(form)
        if isinstance(form, (f.Unpacked, f.Item)):
            return self._part(form)
        value = self.ev.force(form, self.frame)
        return isinstance(value, ConstV) and isinstance(value.value, (int, float))

    def term(self, form: f.Form) -> f.Form | None:
        """What made a number of a loss that is added to what is trained on.

        Only a copy or a number, never `.detach()`: `loss + (value - loss).detach()` shows another value on purpose.
        """
        pending, seen = [form], set[f.Form]()
        while pending:
            each = f.bare(pending.pop())
            if each in seen:
                continue
            seen.add(each)
            if isinstance(each, f.Choice):
                pending += (side for side in (each.then, each.other) if self.cut(side) is False)
            elif isinstance(each, f.Binary) and each.operator == "+":
                for side in (each.left, each.right):
                    cut = self.cut(side)
                    if isinstance(cut, f.Call) and self._is_number(cut):
                        return cut
                    if cut is False:
                        pending.append(side)
        return None

    def _is_number(self, cut: f.Call) -> bool:
        if isinstance(cut.function, f.Attr) and cut.function.name in CUTTING:
            return cut.function.name == "item"
        function = self._callee(cut)
        return isinstance(function, ExternalV) and function.name in COPYING - {"torch.detach", "torch.nn.Parameter"}

    def _all(self, parts: tuple[f.Form, ...]) -> f.Form | bool:
        found: f.Form | bool = True
        for part in parts:
            one = self.cut(part)
            if one is False:
                return False
            found = one if found is True else found
        return found

    def _call(self, call: f.Call) -> f.Form | bool:
        function = calls.callee(self.ev, call, self.frame)
        given = tuple(argument.form for argument in call.arguments if not argument.star and not argument.keyword)
        if loss_of(self.ev, function) is not None:
            return call if self._without_graph(call) else False
        if isinstance(function, ExternalV):
            if function.name in COPYING:
                if not given or not (self._holds_loss(given[0]) or self._is_of_an_output(call, given[0])):
                    return False
                self.revived = self.revived or any(a.keyword == "requires_grad" for a in call.arguments)
                return call
            return self._all(given) if call.callee_name in PASSING and given else False
        if isinstance(function, FunctionV):
            return self._returned(function, call, None)
        if not isinstance(call.function, f.Attr):
            return False
        base = call.function.base
        if call.function.name in CUTTING:
            return call if self._holds_loss(base) else False
        if call.function.name in PASSING:
            self.revived = self.revived or call.function.name == "requires_grad_"
            return self._all((base, *given))
        return False

    def _part(self, part: f.Unpacked | f.Item) -> f.Form | bool:
        """What cut off one of the things that a function returns."""
        key = f.bare(part.key) if isinstance(part, f.Item) else None
        if isinstance(part, f.Unpacked):
            place = None if part.from_end else part.index
        else:
            place = key.value if isinstance(key, f.Const) and type(key.value) is int else None
        call = f.bare(part.base)
        if place is None or place < 0 or not isinstance(call, f.Call):
            return False
        function = calls.callee(self.ev, call, self.frame)
        return self._returned(function, call, place) if isinstance(function, FunctionV) else False

    def _returned(self, function: FunctionV, call: f.Call, place: int | None) -> f.Form | bool:
        """What cut off the result of a function of the project, or one thing of it, whichever way it returns."""
        graph = function.graph
        if self.inside == MOST_INSIDE or graph.decorators or not isinstance(graph.result, f.Result):
            return False
        frame = calls.entered(self.ev, function, bindings(self.ev, call, self.frame), call, self.frame, direct=True)
        found: f.Form | bool = True
        for _, returned in graph.result.returns:
            form = f.bare(returned)
            if place is not None:
                if not isinstance(form, f.Sequence) or any(form.starred) or place >= len(form.elements):
                    return False
                form = f.bare(form.elements[place])
            inner = _Search(self.ev, frame, form, self.inside + 1)
            one = inner.cut(form)
            if one is False:
                return False
            if isinstance(one, f.Form):
                self.frames |= {one: inner.frames.get(one, frame)}
                self.revived = self.revived or inner.revived or _is_revived(graph, one)
            found = one if found is True else found
        return found

    def _callee(self, cut: f.Call) -> Value:
        """What is called by what cut something off, here or in a function that was looked into."""
        return calls.callee(self.ev, cut, self.frames.get(cut, self.frame))

    def _without_graph(self, call: f.Call) -> bool:
        """Whether a call stands in a `no_grad` block; `set_grad_enabled(phase == "train")` may be either."""
        made = [block for block in call.blocks if isinstance(block, f.Call)]
        return any(out_of_graph.turned_off(self.ev, block, self.frame) for block in made)

    def _holds_loss(self, form: f.Form) -> bool:
        """Whether a form is made of the result of a loss that has a gradient."""
        return any(
            loss_of(self.ev, calls.callee(self.ev, part, self.frame)) is not None and not self._without_graph(part)
            for part in _computed(form)
        )

    def _is_of_an_output(self, call: f.Call, copied: f.Form) -> bool:
        """Whether the copy is a number made of what a module gives: a loss that is written out."""
        return call is self.whole and any(
            isinstance(calls.callee(self.ev, part, self.frame), MODULES) and not self._without_graph(part)
            for part in _computed(copied)
        )

    def name(self, cut: f.Form) -> str:
        """How what cut it off is written, for people."""
        if isinstance(cut, f.Attr):
            return f".{cut.name}"
        assert isinstance(cut, f.Call)
        if isinstance(cut.function, f.Attr) and cut.function.name in CUTTING:
            return f".{cut.function.name}()"
        if cut.blocks and loss_of(self.ev, self._callee(cut)) is not None:
            return "no_grad"
        return f.written(cut.function)


def _computed(form: f.Form) -> Iterator[f.Call]:
    """The calls with arguments that a number is computed from, also where it was cut off on the way."""
    pending, seen = [form], set[f.Form]()
    while pending:
        for part in flowing([pending.pop()]) - seen:
            seen.add(part)
            copied = part.function if isinstance(part, f.Call) else part
            if isinstance(copied, f.Attr) and copied.name in CUTTING:
                pending.append(copied.base)
            elif isinstance(part, f.Call) and part.arguments:
                yield part

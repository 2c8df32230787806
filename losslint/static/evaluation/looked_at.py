"""Results that a function only looks at: it says in an `assert` what they are, or prints them, and that is all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from losslint.static.lowering import forms as f
from losslint.static.lowering.operands import computed_from

#: Words in the names of functions that show what they are given.
SHOWING = re.compile(
    r"(?i)(?:^|_)(?:p?print|display|plot|imshow|matshow|heatmap|hist|histogram|show|draw|visuali[sz]e)(?:_|$)"
    r"|^(?:set_postfix|set_description|add_scalar)$"
)

#: Methods between a tensor and what shows it.
BETWEEN = frozenset({"detach", "cpu", "numpy", "item", "tolist", "squeeze", "float"})

#: Comparisons that do not hold for 0 on the one side, and those that do not for 0 on the other.
_NOT_LEFT, _NOT_RIGHT = frozenset({">", "!="}), frozenset({"<", "!="})

#: Methods of tests that say the same.
_MORE, _LESS = frozenset({"assertGreater", "assertNotEqual"}), frozenset({"assertLess", "assertNotEqual"})


def is_said_to_be_zero(call: f.Call, graph: f.Graph) -> bool:
    """Whether a function says of the result of a call what may be so where it is 0, and does nothing else with it:
    `assert F.mse_loss(x, x).item() == 0`, `self.assertAlmostEqual(loss.item(), 0.0)`."""
    said = [*_said(graph)]
    if not said or _is_said_to_be_more(call, said):
        return False
    forms = _all_of(said)
    return call in forms and not _is_used(call, graph, forms | _all_of(_shown(graph)))


def is_only_shown(call: f.Call, graph: f.Graph) -> bool:
    """Whether a function prints or draws the result of a call, and does nothing else with it."""
    forms = _all_of(_shown(graph))
    return call in forms and not _is_used(call, graph, forms | _all_of(_said(graph)))


def is_of_the_same_twice(call: f.Call, graph: f.Graph) -> bool:
    """Whether a call shows what something gives for two equal tensors: `print(MyLoss()(x, x))`."""
    plain = [f.bare(argument.form) for argument in call.arguments if not argument.star]
    return len({*plain}) < len(plain) and (is_only_shown(call, graph) or is_said_to_be_zero(call, graph))


def _said(graph: f.Graph) -> Iterator[f.Form]:
    """What assertions are about."""
    yield from graph.asserted
    yield from (call for call in graph.calls if call.callee_name.startswith("assert"))


def _shown(graph: f.Graph) -> Iterator[f.Form]:
    return (call for call in graph.calls if call.callee_name and SHOWING.search(call.callee_name))


def _all_of(forms: Iterable[f.Form]) -> set[f.Form]:
    return {part for form in forms for part in computed_from(form)}


def _is_used(call: f.Call, graph: f.Graph, looked_at: set[f.Form]) -> bool:
    """Whether a result goes anywhere else: it is given back, given to something, added up, kept or trained on."""
    uses: list[f.Form] = []
    if isinstance(graph.result, f.Result):
        uses += (form for _, form in graph.result.returns)
    elif isinstance(graph.result, f.Yielded):
        uses += graph.result.forms
    others = graph.reads.closed.union(graph.unit.file.index.globals_bound)
    uses += (form for name, form in graph.bindings.items() if name in others)
    for other in graph.calls:
        if other not in looked_at:
            uses += (argument.form for argument in other.arguments)
            if isinstance(other.function, f.Attr) and other.function.name not in BETWEEN:
                uses.append(other.function.base)
    for form in (*graph.arithmetic, *(form for form, _ in graph.sums)):
        if form not in looked_at:
            uses += (form.left, form.right)
    uses += (form.value for form in graph.bindings.values() if isinstance(form, (f.SetAttr, f.SetItem)))
    return call in _left_by_loops(uses)


def _left_by_loops(forms: Iterable[f.Form]) -> set[f.Form]:
    """All that forms are computed from, also in the rounds of loops."""
    found: set[f.Form] = set()
    pending = [*forms]
    while pending:
        for part in computed_from(pending.pop()):
            if part not in found:
                found.add(part)
                if isinstance(part, (f.Carried, f.LoopOut)):
                    pending += (part.before, *filter(None, (part.loop.after.get(part.name),)))
    return found


def _is_said_to_be_more(call: f.Call, said: Iterable[f.Form]) -> bool:
    """Whether something is said of a result that cannot be so where it is 0: `loss > 0`."""
    for form in said:
        if isinstance(form, f.Call) and len(form.arguments) > 1:
            left, right = (_as_it_is(argument.form) is call for argument in form.arguments[:2])
            if (left and form.callee_name in _MORE) or (right and form.callee_name in _LESS):
                return True
        for part in computed_from(form):
            if isinstance(part, f.Compare):
                left, right = _as_it_is(part.left) is call, _as_it_is(part.right) is call
                if (left and part.operator in _NOT_LEFT) or (right and part.operator in _NOT_RIGHT):
                    return True
        if _as_it_is(form) is call:
            return True  # `assert loss`
    return False


def _as_it_is(form: f.Form) -> f.Form:
    """A tensor without what takes its number: `loss` of `loss.item()` and of `float(loss)`."""
    while True:
        form = f.bare(form)
        if not isinstance(form, f.Call):
            return form
        if isinstance(form.function, f.Attr) and form.function.name in BETWEEN and not form.arguments:
            form = form.function.base
        elif form.callee_name == "float" and len(form.arguments) == 1:
            form = form.arguments[0].form
        else:
            return form

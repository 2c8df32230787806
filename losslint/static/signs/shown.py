"""What is only looked at: printed, plotted, or written down and left there; and what is cut from the graph at once."""

from __future__ import annotations

from losslint.static.evaluation.looked_at import BETWEEN, SHOWING
from losslint.static.lowering import forms as f
from losslint.static.signs.detached import CUTTING
from losslint.static.signs.patterns import unsigned
from losslint.static.signs.unchanged import MOVED, SHAPED, before

#: Methods that leave the values as they are, in another shape or on another device.
_SAME = BETWEEN | MOVED | SHAPED


def only_shown(form: f.Form, graph: f.Graph) -> bool:
    """Whether a form is a statement of its own, or stands in a call that shows it and has no name by which anything
    else could take it."""
    if any(form is statement and not _writes(statement) for statement in graph.statements):
        return True
    return any(
        SHOWING.search(call.callee_name) is not None and any(_bare(each.form) is form for each in call.arguments)
        for call in graph.calls
        if call.callee_name
    )


def cut_at_once(form: f.Form, graph: f.Graph) -> bool:
    """Whether the gradient of a form is cut where it stands: `torch.log(p).detach()`, the probability that a policy
    gave an action when it was played."""
    return any(
        isinstance(call.function, f.Attr) and unsigned(before(call.function.base, _SAME))[0] is form
        for call in graph.calls
        if call.callee_name in CUTTING
    )


def _writes(call: f.Call) -> bool:
    return any(argument.keyword == "out" for argument in call.arguments)


def _bare(form: f.Form) -> f.Form:
    while (
        isinstance(form, f.Call)
        and isinstance(form.function, f.Attr)
        and form.function.name in BETWEEN
        and not form.arguments
    ):
        form = form.function.base
    return form

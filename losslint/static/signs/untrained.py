"""Code that only ever runs without gradients: rewards, beam search, metrics under `no_grad` at every caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import wrappers
from losslint.static.evaluation import out_of_graph
from losslint.static.evaluation.conditions import truth
from losslint.static.evaluation.parameters import running_sites
from losslint.static.evaluation.sites import call_sites
from losslint.static.evaluation.values import ExternalV, MethodV, ObjectV, Open
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Callers of callers that are looked at.
DEEPEST = 3


def untrained(ev: Evaluator, call: f.Call, graph: f.Graph) -> bool:
    """Whether no run is known in which a call is part of what is trained. To search for callers is worth it only where
    something would be said of the call."""
    try:
        return _untrained(ev, call, graph, 0)
    except RecursionError:
        return False


def _untrained(ev: Evaluator, call: f.Call, graph: f.Graph, depth: int) -> bool:
    """It stands in a `no_grad` block, its function is decorated so, or everybody who calls that function, and gets as
    far as the call, does it there."""
    ev.enter({})
    if out_of_graph.kept_out_by(ev, call, ev.generic(graph)) or any(
        _switches_off(ev, form, graph) for form in graph.decorators
    ):
        return True
    if not call_sites(ev, graph) or depth >= DEEPEST:
        return False
    sites = running_sites(ev, graph)
    held = _held(ev, call, ev.generic(graph))
    questions = {question.key for question in held if isinstance(question, Open)}
    reaching = list(sites)
    if ("caller", graph) in questions:
        reaching = []
        for answer, site in enumerate(sites):
            ev.enter({("caller", graph): answer})
            if False not in _held(ev, call, ev.generic(graph)):
                reaching.append(site)
    elif False in held:
        reaching = []
    # Where everybody who is known takes another branch, nobody is known to train through this one.
    for site in reaching:
        ev.enter({})
        if not out_of_graph.kept_out_by(ev, site.form, site.frame) and not _untrained(
            ev, site.form, site.frame.graph, depth + 1
        ):
            return False
    return True


def _held(ev: Evaluator, call: f.Call, frame: Frame) -> list[bool | Open]:
    """The conditions that a call stands under: whether each is as it has to be."""
    found: list[bool | Open] = []
    for condition, wanted in call.path:
        known = truth(ev, condition, frame)
        found.append(known if isinstance(known, Open) else known == wanted)
    return found


def _switches_off(ev: Evaluator, form: f.Form, graph: f.Graph) -> bool:
    """`@torch.no_grad()`, `@torch.inference_mode`"""
    written = f.bare(form.function if isinstance(form, f.Call) else form)
    decorator = ev.force(written, ev.module_frame(graph.unit.file))
    if isinstance(decorator, MethodV):
        decorator = decorator.receiver
    return isinstance(decorator, (ExternalV, ObjectV)) and decorator.name in wrappers.NO_GRAD

"""What the way an argument of a loss is written tells of it where nobody knows what it is made of: a logarithm of
probabilities is not above 0, an exponential lies above 0, and one function returns the same sort of thing each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation import calls
from losslint.static.evaluation.meeting import same_form
from losslint.static.evaluation.values import ExternalV, InstanceV, MethodV
from losslint.static.lowering import forms as f
from losslint.static.signs.overlaps import flat
from losslint.static.signs.patterns import taken, unguarded
from losslint.static.signs.unchanged import CUT, before
from losslint.vocabulary.kinds import Kind

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Losses whose input is the logarithm of probabilities.
OF_LOG_PROBABILITIES = frozenset({"NLLLoss", "NLLLoss2d", "KLDivLoss"})

#: What leaves which function something came out of.
_SAME = CUT | {"clone"}


def logarithm(ev: Evaluator, given: f.Form, frame: Frame) -> f.Form | None:
    """The logarithm that an argument is, of something that nobody knows: `log(x)`, `log(x + 1e-8)`. Of a sum with
    anything else, or of a product, it may lie where it likes."""
    found = _function(ev, given, frame, "log")
    if found is None or isinstance(unguarded(found[1]), f.Binary):
        return None
    return found[0]


def exponential(ev: Evaluator, given: f.Form, frame: Frame) -> f.Form | None:
    """The exponential that an argument is, of something that nobody knows."""
    found = _function(ev, given, frame, "exp")
    return found[0] if found is not None else None


def _function(ev: Evaluator, given: f.Form, frame: Frame, name: str) -> tuple[f.Call, f.Form] | None:
    """The call of a function of torch that an argument is, and what that is given."""
    form = flat(given)
    of = taken(form, name)
    if of is None or not isinstance(form, f.Call) or meaning_of(ev.force(given, frame)).kind is not Kind.UNKNOWN:
        return None
    function = calls.callee(ev, form, frame)
    if isinstance(function, ExternalV):
        operation = lookup.operation_by_function(function.name)
        return (form, of) if operation is not None and operation.name == name else None
    if isinstance(function, MethodV) and not isinstance(function.receiver, InstanceV) and not form.arguments:
        return form, of
    return None


def normalised_on_one_side(ev: Evaluator, graph: f.Graph, given: f.Form, target: f.Form, frame: Frame) -> f.Form | None:
    """The call whose result is the target as it is, where the log-softmax of another result of the same function is the
    input: `kl_div(log_softmax(model(x + d)), model(x))`. Between `eval()` and `train()` a model may return either."""
    normalised = flat(given)
    if any(call.callee_name in ("eval", "train") for call in graph.calls):
        return None
    if not isinstance(normalised, f.Call) or normalised.callee_name != "log_softmax":
        return None
    function = calls.callee(ev, normalised, frame)
    first = normalised.arguments[0] if normalised.arguments else None
    if isinstance(function, ExternalV):
        if function.name not in ("torch.log_softmax", "torch.nn.functional.log_softmax"):
            return None
        source = first.form if first is not None and not first.star and first.keyword in ("", "input") else None
    else:
        source = normalised.function.base if isinstance(normalised.function, f.Attr) else None
    raw = before(target, _SAME)
    if source is None or not isinstance(raw, f.Call) or not _are_of_one(before(source, _SAME), raw):
        return None
    return raw if meaning_of(ev.force(target, frame)).kind is Kind.UNKNOWN else None


def _are_of_one(one: f.Form, other: f.Call) -> bool:
    """Whether two calls run one function, with the same settings."""
    if not isinstance(one, f.Call) or one is other or not same_form(one.function, other.function):
        return False
    if len(one.arguments) != len(other.arguments) or not one.arguments:
        return False
    settings = zip(one.arguments[1:], other.arguments[1:], strict=True)
    return not any(each.star for each in (*one.arguments, *other.arguments)) and all(
        a.keyword == b.keyword and same_form(a.form, b.form) for a, b in settings
    )

"""Whether a method is run on the object that a world takes it to run on: a helper that only the other branch of
`if self.multi_class:` calls says nothing of an object that was made with `multi_class=False`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.evaluation.choices import replaces
from losslint.static.evaluation.conditions import truth
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.receivers import is_receiver, some_object
from losslint.static.evaluation.searching import calls_of
from losslint.static.evaluation.sites import Caller, call_sites, is_for_callers
from losslint.static.evaluation.values import Bindings, ClassV, FunctionV, InstanceV, Lazy, UnknownV, given
from losslint.static.files.holding import under_other_names
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Methods of one object that call each other, one above the other.
DEEPEST = 4


def is_run_on_its_object(ev: Evaluator, graph: f.Graph, frame: Frame) -> bool:
    """Whether something that is read may run a method on the object of this world. It does not where other methods of
    the object call it, and no one else, and what the object was made with keeps them all from it."""
    if not graph.parameters or not is_receiver(graph, graph.parameters[0].name):
        return True
    taken = frame.receiver if isinstance(frame.receiver, InstanceV) else _object(ev, graph)
    if taken is None:
        return True
    with ev.aside():
        return _is_run(ev, graph, taken, DEEPEST)


def stranger(ev: Evaluator, graph: f.Graph) -> InstanceV:
    """An object of a method's class that is made by code which is not read."""
    cls = _owner(graph)
    known = ev.notes.strangers.get(cls.key)
    if known is None:
        reason = f"`{cls.definition.name}` is made by code that is not read"
        known = ev.notes.strangers[cls.key] = InstanceV(cls, arguments=Bindings(complete=False))
        found = ev.classes.method(cls, "__init__")
        unit = found[0].file.function(found[1].qualname) if found is not None else None
        if unit is not None:
            names = [each.name for each in unit.graph().parameters[1:] if not each.sort]
            keywords = {name: given(UnknownV(reason, symbol=("stranger", cls.key, name))) for name in names}
            known.arguments = Bindings((), keywords, complete=False)
    return known


def _owner(graph: f.Graph) -> ClassV:
    return ClassV(graph.unit.file, graph.unit.file.index.classes[graph.unit.owner])


def _object(ev: Evaluator, graph: f.Graph) -> InstanceV | None:
    """The object of a method in this world; None where it may be of several classes."""
    cls = _owner(graph)
    if ("subclass", cls.key) in ev.answers or not ev.classes.subclasses(cls):
        taken = some_object(ev, cls)
        return taken if isinstance(taken, InstanceV) else None
    for key, answer in ev.answers.items():
        if is_for_callers(key) and key[1].name == "__init__":  # type: ignore[index]
            sites = call_sites(ev, key[1])  # type: ignore[index]
            of = sites[answer].of if answer < len(sites) else None
            if of is not None and (of.key == cls.key or ev.classes.derives(of, cls)):
                return InstanceV(of)
    return None


def _is_run(ev: Evaluator, graph: f.Graph, taken: InstanceV, deep: int) -> bool:
    sites = call_sites(ev, graph)
    if not sites:
        return not _is_passed_over(ev, graph, taken)
    return not deep or any(_leads_there(ev, site, graph, taken, deep) for site in sites)


def _is_passed_over(ev: Evaluator, graph: f.Graph, taken: InstanceV) -> bool:
    """Whether a method stands in a table alone, out of which another one is called on the object: the objects that
    would choose it are made nowhere."""
    file, name = graph.unit.file, graph.name
    if any(other != file.name for other in ev.project.mentioning(name)):
        return False
    if len(re.findall(rb"\b%s\b" % re.escape(name.encode()), ev.project.data(file.name))) != 2:
        return False  # named where it is defined, and in the table
    called = [
        ev.force(call.function, _in_any_call(ev, other, taken))
        for held in sorted(under_other_names(file.index, (name,)) - {name})
        for call, other in calls_of(file, held)
        if isinstance(f.bare(call.function), f.Item) and other.unit.owner == graph.unit.owner
    ]
    return bool(called) and all(isinstance(value, FunctionV) and value.graph is not graph for value in called)


def _leads_there(ev: Evaluator, site: Caller, graph: f.Graph, taken: InstanceV, deep: int) -> bool:
    """Whether a call may run a method on an object."""
    method = site.frame.graph
    if not _is_own(site, graph):
        return True  # on another object, perhaps: of that `confined` speaks
    if method is graph or replaces(ev, taken.cls, method):
        return False
    owner = _owner(method)
    if taken.cls.key != owner.key and not ev.classes.derives(taken.cls, owner):
        # A method of a sibling, or of a subclass, is none of this object; that of a mixin may be.
        return not (ev.classes.derives(owner, taken.cls) or _are_siblings(ev, owner, taken.cls))
    inside = _in_any_call(ev, method, taken)
    if any(truth(ev, condition, inside) is (not wanted) for condition, wanted in site.form.path):
        return False
    function = ev.force(site.form.function, inside)
    if isinstance(function, FunctionV) and function.graph is not graph:
        return False  # `{"ce": self.ce, "bce": self.bce}[self.kind](x, y)`
    return _is_run(ev, method, taken, deep - 1)


def _is_own(site: Caller, graph: f.Graph) -> bool:
    """Whether a method of an object is called by another, under its name or out of a table: `self.step(batch)`,
    `{"ce": self.ce, "bce": self.bce}[self.kind](x, y)`."""
    method, function = site.frame.graph, f.bare(site.form.function)
    if not method.unit.owner or not method.parameters or not is_receiver(method, method.parameters[0].name):
        return False
    if isinstance(function, f.Attr):
        base = f.bare(function.base)
        own = isinstance(base, f.Param) and base.name == method.parameters[0].name
        return own and function.name == graph.name  # not `self.part(batch)`, which is another object's
    return site.option or isinstance(function, f.Item)


def _are_siblings(ev: Evaluator, one: ClassV, other: ClassV) -> bool:
    above = {each.key for each in ev.classes.order(one) if not isinstance(each, str)}
    return any(each.key in above for each in ev.classes.order(other) if not isinstance(each, str))


def _in_any_call(ev: Evaluator, method: f.Graph, taken: InstanceV) -> Frame:
    """A method of an object, whatever it is given: only what the object holds is known."""
    arguments: dict[str, Lazy] = {method.parameters[0].name: given(taken)}
    for parameter in method.parameters[1:]:
        reason = f"`{parameter.name}` of `{method.name}` is given by code that is not read"
        arguments[parameter.name] = given(UnknownV(reason, symbol=("param", method, parameter.name)))
    return Frame(method, arguments, taken, ev.generic(method).parent)

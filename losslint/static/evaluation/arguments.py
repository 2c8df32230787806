"""The arguments of a call: what it gives, and under which names of the function's parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    Bindings,
    DictV,
    Lazy,
    PartialV,
    SeqV,
    UnknownV,
    Value,
    given,
)
from losslint.static.lowering import forms as f
from losslint.static.lowering.units import FormSpot

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


#: What tells definitions of one name from each other.
_NUMBERS = re.compile(r":\d+")


def shown(graph: f.Graph) -> str:
    """A function's name for people; that of a class for its constructor."""
    return written(graph.unit.qualname.removesuffix(".__init__")) if graph.outer is None else graph.name


def written(qualname: str) -> str:
    """A qualified name as the code has it: the second of a name has a number in the index."""
    return _NUMBERS.sub("", qualname)


def passed_as(name: str, function: str) -> str:
    """The step of a value on its way into a function."""
    return f"passed as `{name}` to `{function}`"


def bind(ev: Evaluator, graph: f.Graph, arguments: Bindings, skips: int, form: f.Call | None) -> dict[str, Lazy]:
    """The arguments of a call under the names of a function's parameters; those not given are left out."""
    named: dict[str, Lazy] = {}
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    plain = [p for p in graph.parameters if not p.sort and not p.keyword_only][skips:]
    spot = FormSpot(form) if form is not None else None
    function = shown(graph)

    def pass_on(name: str, lazy: Lazy) -> None:
        named[name] = lazy.with_step(spot, passed_as(name, function)) if spot is not None else lazy

    for parameter in plain:
        if positional:
            pass_on(parameter.name, positional.pop(0))
        elif parameter.name in keywords:
            pass_on(parameter.name, keywords.pop(parameter.name))
        elif not arguments.complete and not _is_made_by_default(parameter, form):
            named[parameter.name] = given(UnknownV(f"`{parameter.name}` is passed through `*` or `**`"))
    for parameter in graph.parameters:
        if parameter.keyword_only and not parameter.sort:
            if parameter.name in keywords:
                pass_on(parameter.name, keywords.pop(parameter.name))
            elif not arguments.complete and not _is_made_by_default(parameter, form):
                named[parameter.name] = given(UnknownV(f"`{parameter.name}` is passed through `**`"))
        elif parameter.sort == "*":
            named[parameter.name] = given(SeqV("tuple", tuple(positional), arguments.complete))
        elif parameter.sort == "**":
            rest: dict[object, Lazy] = {}
            rest.update(keywords)
            named[parameter.name] = given(DictV(rest, arguments.complete))
    return named


def together(held: Bindings, given: Bindings) -> Bindings:
    """The arguments that a partial function holds, and those that it is called with."""
    return Bindings(
        (*held.positional, *given.positional), {**held.keywords, **given.keywords}, held.complete and given.complete
    )


def with_held(ev: Evaluator, function: Value, call: f.Call, frame: Frame) -> Bindings | None:
    """What a call gives, behind what the partial function holds that is called; None where that is the call's own."""
    arguments = None
    while isinstance(function, PartialV):
        arguments = together(function.arguments, arguments or bindings(ev, call, frame))
        function = function.function
    return arguments


def _is_made_by_default(parameter: f.Parameter, form: f.Call | None) -> bool:
    """Whether a parameter has something made for its default, as `criterion=nn.CrossEntropyLoss()`, which a call with
    `**options` may replace: a reader takes it for granted."""
    if parameter.default is None or form is None or any(argument.star == "*" for argument in form.arguments):
        return False
    default = f.bare(parameter.default)
    return isinstance(default, f.Call) and default.callee_name != "dict"  # a dict is what options replace


def refuses(graph: f.Graph, arguments: Bindings, skips: int) -> bool:
    """Whether Python refuses a call: an argument that the function has no parameter for, or one that is missing. What
    decorates a function may take others."""
    if graph.decorators or not arguments.complete:
        return False
    sorts = {parameter.sort for parameter in graph.parameters}
    named = [parameter for parameter in graph.parameters if not parameter.sort]
    plain = [parameter for parameter in named if not parameter.keyword_only][skips:]
    if "*" not in sorts and len(arguments.positional) > len(plain):
        return True
    if "**" not in sorts and not arguments.keywords.keys() <= {parameter.name for parameter in named}:
        return True
    needed = [*plain[len(arguments.positional) :], *(parameter for parameter in named if parameter.keyword_only)]
    return any(parameter.default is None and parameter.name not in arguments.keywords for parameter in needed)


def bindings(ev: Evaluator, form: f.Call, frame: Frame) -> Bindings:
    """The arguments of a call in a frame, `*` and `**` spread where they are known."""
    positional: list[Lazy] = []
    keywords: dict[str, Lazy] = {}
    complete = True
    for argument in form.arguments:
        lazy = Lazy(argument.form, frame)
        if argument.star == "*":
            value = ev.value(lazy)
            from losslint.static.evaluation.loops import items_of

            items = items_of(ev, value)
            if items is not None and complete:
                positional.extend(items)
            else:
                complete = False
        elif argument.star == "**":
            value = ev.value(lazy)
            if isinstance(value, DictV) and all(isinstance(key, str) for key in value.items):
                keywords.update({str(key): item for key, item in value.items.items()})
                complete = complete and value.complete
            else:
                complete = False
        elif argument.keyword:
            keywords[argument.keyword] = lazy
        elif complete:
            positional.append(lazy)
    return Bindings(tuple(positional), keywords, complete)

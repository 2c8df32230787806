"""The intermediate form: what a definition computes, as a graph of small nodes.

Lowering walks a definition once, in statement order, and resolves every read of a name to the form that was bound to
it there. What is left is a graph without statements: rebinding, tuple unpacking, early returns and mutation have
become edges. The evaluator forces only the part of it that a loss call asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from losslint.static.lowering.units import Unit

#: Conditions that held where a form was made: (condition, whether it was true).
Path = tuple[tuple["Form", bool], ...]


class Form:
    """A node of the graph. `seq` numbers the forms of one unit in the order they were made, so that the place of a
    form can be found again by lowering the unit once more; `unit` is the definition that it belongs to."""

    __slots__ = ("seq", "unit")
    unit: Unit
    seq: int


class Const(Form):
    """A Python constant."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


class Opaque(Form):
    """Something that is not followed, and why."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Text(Form):
    """A formatted string: its parts in order, with the format that stands behind each, None for one that is itself
    worked out."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[tuple[Form, str | None], ...]) -> None:
        self.parts = parts


class Param(Form):
    """A parameter of the unit's function."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Global(Form):
    """A name that the function does not bind itself: a global of the module, or a builtin."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Outer(Form):
    """A name of the enclosing function, as it was bound there."""

    __slots__ = ("form",)

    def __init__(self, form: Form) -> None:
        self.form = form


class Imported(Form):
    """What an import statement inside a function bound."""

    __slots__ = ("attribute", "level", "module")

    def __init__(self, module: str, attribute: str, level: int) -> None:
        self.module = module
        self.attribute = attribute
        self.level = level


class Attr(Form):
    """`base.name`"""

    __slots__ = ("base", "name")

    def __init__(self, base: Form, name: str) -> None:
        self.base = base
        self.name = name


class Item(Form):
    """`base[key]`"""

    __slots__ = ("base", "key")

    def __init__(self, base: Form, key: Form) -> None:
        self.base = base
        self.key = key


class Slice(Form):
    """`lower:upper:step`, inside an Item's key."""

    __slots__ = ("lower", "step", "upper")

    def __init__(self, lower: Form | None, upper: Form | None, step: Form | None) -> None:
        self.lower = lower
        self.upper = upper
        self.step = step


class Argument:
    """One argument of a call: `star` is "", "*" or "**"."""

    __slots__ = ("form", "keyword", "star")

    def __init__(self, form: Form, keyword: str, star: str) -> None:
        self.form = form
        self.keyword = keyword
        self.star = star


class Call(Form):
    """`function(arguments)`, with the conditions under which it is reached and the `with` blocks around it. `parts` is
    the number of names that the result is unpacked into, 0 where it is not."""

    __slots__ = ("arguments", "blocks", "function", "parts", "path")

    def __init__(self, function: Form, arguments: tuple[Argument, ...], path: Path, blocks: tuple[Form, ...]) -> None:
        self.function = function
        self.arguments = arguments
        self.path = path
        self.blocks = blocks
        self.parts = 0

    @property
    def callee_name(self) -> str:
        """The last name of what is called: `loss_fn` of `self.loss_fn(…)`, "" for other callees."""
        function = self.function
        return last_name(function)


def last_name(form: Form) -> str:
    """The name under which a callee was written, as far as the form keeps it."""
    if isinstance(form, Attr):
        return form.name
    if isinstance(form, (Global, Param)):
        return form.name
    if isinstance(form, Item):
        return last_name(form.base)
    if isinstance(form, Named):
        return form.name
    if isinstance(form, Outer):
        return last_name(form.form)
    return ""


def written(form: Form) -> str:
    """How a callee was written."""
    parts: list[str] = []
    while True:
        if isinstance(form, Attr):
            parts.append(form.name)
            form = form.base
        elif isinstance(form, (Named, Global, Param)):
            parts.append(form.name)
            break
        elif isinstance(form, Outer):
            form = form.form
        elif isinstance(form, Imported):
            parts.append(form.attribute or form.module)
            break
        else:
            break
    return ".".join(reversed(parts))


class Named(Form):
    """A read of a local variable: the form that was bound to it, with the name it was read under."""

    __slots__ = ("form", "name")

    def __init__(self, form: Form, name: str) -> None:
        self.form = form
        self.name = name


def bare(form: Form) -> Form:
    """A form without the names that it was read under."""
    while isinstance(form, Named):
        form = form.form
    return form


class Binary(Form):
    """`left operator right`"""

    __slots__ = ("left", "operator", "right")

    def __init__(self, operator: str, left: Form, right: Form) -> None:
        self.operator = operator
        self.left = left
        self.right = right


class Unary(Form):
    """`operator operand`, also `not`."""

    __slots__ = ("operand", "operator")

    def __init__(self, operator: str, operand: Form) -> None:
        self.operator = operator
        self.operand = operand


class Compare(Form):
    """`left operator right`, a comparison; chains are folded into `and`."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, operator: str, left: Form, right: Form) -> None:
        self.operator = operator
        self.left = left
        self.right = right


class Boolean(Form):
    """`left and right`, `left or right`."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, operator: str, left: Form, right: Form) -> None:
        self.operator = operator
        self.left = left
        self.right = right


class Sequence(Form):
    """A tuple, list or set display; `starred` marks the elements that are spread."""

    __slots__ = ("elements", "sort", "starred")

    def __init__(self, sort: str, elements: tuple[Form, ...], starred: tuple[bool, ...]) -> None:
        self.sort = sort
        self.elements = elements
        self.starred = starred


class Mapping(Form):
    """A dict display; a key of None spreads the value (`**other`)."""

    __slots__ = ("items",)

    def __init__(self, items: tuple[tuple[Form | None, Form], ...]) -> None:
        self.items = items


class Choice(Form):
    """`then if condition else other`, and what a name is after an `if` statement."""

    __slots__ = ("condition", "other", "then")

    def __init__(self, condition: Form, then: Form, other: Form) -> None:
        self.condition = condition
        self.then = then
        self.other = other


class Skip(Choice):
    """What a name is at the end of a round of a loop that a `continue` or `break` may have cut short: `then` if so."""

    __slots__ = ()


class Otherwise(Choice):
    """What a name is after the last of several branches, where `other` is what the function was given: a network does
    something with that in each of its branches, and that one is missing is not meant to happen."""

    __slots__ = ()


class Result(Form):
    """What a function returns: each `return` with the conditions under which it is reached."""

    __slots__ = ("returns",)

    def __init__(self, returns: tuple[tuple[Path, Form], ...]) -> None:
        self.returns = returns


class Yielded(Form):
    """What a generator yields, as something to iterate over."""

    __slots__ = ("forms",)

    def __init__(self, forms: tuple[Form, ...]) -> None:
        self.forms = forms


class Left(Form):
    """What a function leaves in an attribute of an object; `base` is the object at its end."""

    __slots__ = ("base", "name")

    def __init__(self, base: Form, name: str) -> None:
        self.base = base
        self.name = name
        self.seq, self.unit = base.seq, base.unit


class SetAttr(Form):
    """`base` after `base.name = value`."""

    __slots__ = ("base", "name", "value")

    def __init__(self, base: Form, name: str, value: Form) -> None:
        self.base = base
        self.name = name
        self.value = value


class SetItem(Form):
    """`base` after `base[key] = value`."""

    __slots__ = ("base", "key", "value")

    def __init__(self, base: Form, key: Form, value: Form) -> None:
        self.base = base
        self.key = key
        self.value = value


class Mutated(Form):
    """`base` after `base.method(arguments)`: append, extend, insert, add_module, update …"""

    __slots__ = ("arguments", "base", "method")

    def __init__(self, base: Form, method: str, arguments: tuple[Argument, ...]) -> None:
        self.base = base
        self.method = method
        self.arguments = arguments


#: Methods of a module that put a function between it and what its callers get.
HOOKS = frozenset({"register_forward_hook", "register_forward_pre_hook", "register_full_forward_hook"})


class Within(Form):
    """`base` after something was changed in it that is not followed. `name` is the attribute that was set on something
    within (SOME_NAME: on itself, under a name that is worked out; "": in another way), or the method that was given
    `arguments` for it (`register_forward_hook`, `apply`)."""

    __slots__ = ("arguments", "base", "name")

    def __init__(self, base: Form, name: str, arguments: tuple[Argument, ...]) -> None:
        self.base = base
        self.name = name
        self.arguments = arguments


class Unpacked(Form):
    """Element `index` of `base` when it is unpacked into `count` targets (`after_star` counts from the end)."""

    __slots__ = ("base", "count", "from_end", "index")

    def __init__(self, base: Form, index: int, count: int, from_end: bool) -> None:
        self.base = base
        self.index = index
        self.count = count
        self.from_end = from_end


class Loop(Form):
    """A `for` or `while` loop: `iterable` is None for `while`. `first` and `last` bound the seq of its body's forms."""

    __slots__ = ("after", "breaks", "first", "flagged", "found", "iterable", "last", "starts", "stopped")

    def __init__(self, iterable: Form | None) -> None:
        self.iterable = iterable
        #: the conditions under which a round is the last one
        self.breaks: list[Form] = []
        #: it has a `break` that stands under no condition
        self.stopped = False
        self.after: dict[str, Form] = {}
        #: variables that only the round binds which a `break` ends; whoever reads one later takes it that there was one
        self.found: dict[str, Form] = {}
        #: a variable that the body rebinds is True, False or None before it: the first round may differ from the rest
        self.flagged = False
        #: what conditions are in the first round, for one branch of each goes on from the round before
        self.starts: dict[Form, bool] = {}
        self.first = 0
        self.last = 0


class Element(Form):
    """The loop's current element."""

    __slots__ = ("loop",)

    def __init__(self, loop: Loop) -> None:
        self.loop = loop


class Carried(Form):
    """A variable inside a loop's body that the body rebinds: `before` is its value on the way in."""

    __slots__ = ("before", "loop", "name")

    def __init__(self, loop: Loop, name: str, before: Form) -> None:
        self.loop = loop
        self.name = name
        self.before = before


class LoopOut(Form):
    """A variable after a loop that rebound it."""

    __slots__ = ("before", "loop", "name")

    def __init__(self, loop: Loop, name: str, before: Form) -> None:
        self.loop = loop
        self.name = name
        self.before = before


class Comprehension(Form):
    """A list, set or generator comprehension over loops; an element that does not meet all `filters` is left out."""

    __slots__ = ("element", "filters", "key", "loops", "sort")

    def __init__(
        self, sort: str, element: Form, key: Form | None, loops: tuple[Loop, ...], filters: tuple[Form, ...]
    ) -> None:
        self.sort = sort
        self.element = element
        self.key = key
        self.loops = loops
        self.filters = filters


class Parameter:
    """A parameter of a function: `sort` is "", "*" or "**"; `annotation` is the dotted name it was annotated with."""

    __slots__ = ("annotation", "default", "keyword_only", "name", "sort")

    def __init__(self, name: str, sort: str, default: Form | None, keyword_only: bool, annotation: str) -> None:
        self.name = name
        self.sort = sort
        self.default = default
        self.keyword_only = keyword_only
        self.annotation = annotation


class Function(Form):
    """A nested function or a lambda: lowered with its enclosing function, whose names it sees."""

    __slots__ = ("graph", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.graph: Graph | None = None


class Defined(Form):
    """A function or class that the index knows by its qualified name."""

    __slots__ = ("qualname",)

    def __init__(self, qualname: str) -> None:
        self.qualname = qualname


class Reads:
    """What the functions of one unit read: forms by way of the names that they were bound to, and the names that
    nested functions take from the enclosing ones, whenever they are called."""

    __slots__ = ("closed", "forms")

    def __init__(self) -> None:
        self.forms: set[Form] = set()
        self.closed: set[str] = set()


class Graph:
    """One lowered function (or module part, or class body)."""

    __slots__ = (
        "arithmetic",
        "asserted",
        "bindings",
        "calls",
        "changes",
        "decorators",
        "guarded",
        "name",
        "nested",
        "outer",
        "parameters",
        "reads",
        "rebound",
        "result",
        "sets",
        "standing",
        "statements",
        "sums",
        "unit",
    )

    def __init__(self, unit: Unit, outer: Graph | None) -> None:
        self.unit = unit
        self.outer = outer
        self.name = unit.name
        self.nested: list[Graph] = []
        self.parameters: tuple[Parameter, ...] = ()
        self.result: Form | None = None
        #: what each name is bound to at the end
        self.bindings: dict[str, Form] = {}
        #: what each name is bound to where the module part calls a function of its file
        self.standing: dict[Call, dict[str, Form]] = {}
        #: every call, in order, those of nested functions excluded (they have graphs of their own)
        self.calls: list[Call] = []
        #: every difference, product and quotient, in order, and the conditions under which it is reached
        self.arithmetic: dict[Binary, Path] = {}
        self.decorators: tuple[Form, ...] = ()
        #: what is changed of the parameters, the globals and the names of enclosing functions: the attributes that lead
        #: from there to what is set, none for a change of another sort
        self.changes: list[tuple[Form, tuple[str, ...]]] = []
        #: every attribute that is set on anything
        self.sets: set[str] = set()
        #: what `assert` statements say
        self.asserted: list[Form] = []
        #: calls that are statements of their own: nothing takes their result
        self.statements: list[Call] = []
        #: calls inside the body of a `try`: what becomes of them is open
        self.guarded: set[Call] = set()
        #: every sum, with the `with` blocks around it, in order
        self.sums: list[tuple[Binary, tuple[Form, ...]]] = []
        #: results of calls that a name was bound to, what it was bound to next, and the name
        self.rebound: list[tuple[Call, Form, str]] = []
        #: what is read in the unit
        self.reads = Reads()

    def object_at_the_end(self) -> Form | None:
        """The object of a method at the end of it: what its first parameter is bound to then."""
        return self.bindings.get(self.parameters[0].name) if self.parameters else None

    def with_nested(self) -> Iterator[Graph]:
        """The graph itself, and those of the functions nested in it, the outer ones first."""
        pending = [self]
        while pending:
            graph = pending.pop(0)
            yield graph
            pending += graph.nested

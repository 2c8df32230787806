"""What an expression is computed from."""

from __future__ import annotations

from collections.abc import Iterator

from losslint.static.lowering import forms as f


def operands(form: f.Form) -> tuple[f.Form, ...]:
    """The forms that one form is computed from, as it is written; nothing for names, constants and what loops leave."""
    match form:
        case f.Named():
            return (form.form,)
        case f.Attr() | f.Item() | f.Unpacked():
            return (form.base,)
        case f.Call():
            return (form.function, *(argument.form for argument in form.arguments))
        case f.Binary() | f.Compare() | f.Boolean():
            return (form.left, form.right)
        case f.Unary():
            return (form.operand,)
        case f.Choice():
            return (form.then, form.other)
        case f.Sequence():
            return form.elements
        case f.Text():
            return tuple(part for part, _ in form.parts)
        case _:
            return ()


def computed_from(form: f.Form, without: frozenset[str] = frozenset()) -> Iterator[f.Form]:
    """A form and all that it is computed from, without the calls of some names and what stands in those."""
    pending, seen = [form], set[f.Form]()
    while pending:
        here = pending.pop()
        if here not in seen and not (without and isinstance(here, f.Call) and here.callee_name in without):
            seen.add(here)
            yield here
            pending += operands(here)


def is_of_several(call: f.Call) -> bool:
    """Whether what is called has no name of its own: one function of several, or a method whose name is worked out."""
    return not isinstance(f.bare(call.function), (f.Attr, f.Global, f.Imported, f.Defined, f.Function))

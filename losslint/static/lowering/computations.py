"""What a form computes, as a key: the same activation of the same value is the same tensor, written once or twice."""

from __future__ import annotations

from collections.abc import Hashable

from losslint.static.lowering import forms as f

#: Operations that give the same result each time, by the names of their functions and methods.
REPEATABLE = frozenset(
    {
        "softmax", "log_softmax", "sigmoid", "logsigmoid", "tanh", "relu", "log", "exp", "normalize", "squeeze",
        "unsqueeze", "view", "reshape", "flatten", "float", "detach", "t", "transpose", "permute",
    }
)  # fmt: skip

#: Steps that are looked at; of what lies deeper each form counts as another one.
MOST_STEPS = 6


def computation(form: f.Form, steps: int = MOST_STEPS) -> Hashable:
    """A key of what a form computes: equal keys stand for equal tensors, within one call of a function.

    Forms are in single assignment: a name that was bound anew, or changed in place in between, is another form.
    """
    form = f.bare(form)
    if isinstance(form, f.Const):
        return ("const", type(form.value), repr(form.value))
    if steps and isinstance(form, f.Binary):
        return (form.operator, computation(form.left, steps - 1), computation(form.right, steps - 1))
    if steps and isinstance(form, f.Unary):
        return (form.operator, computation(form.operand, steps - 1))
    if steps and isinstance(form, f.Attr):
        return (".", computation(form.base, steps - 1), form.name)
    if steps and isinstance(form, f.Call) and form.callee_name in REPEATABLE:
        receiver = computation(form.function.base, steps - 1) if isinstance(form.function, f.Attr) else None
        given = tuple((each.keyword, each.star, computation(each.form, steps - 1)) for each in form.arguments)
        return (form.callee_name, receiver, given)
    if isinstance(form, (f.Imported, f.Global, f.Param)):
        return (type(form), f.written(form))
    return id(form)

"""Methods after which a tensor holds the numbers that it held: moved, cast, copied, cut from the graph, or given
another shape. What a tensor was before them is what signs are read off."""

from __future__ import annotations

from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare

#: Names of modules that hold functions of tensors.
MODULES = frozenset({"torch", "F"})

#: On another device, of another type, or in memory of its own.
MOVED = frozenset({"to", "cuda", "cpu", "float", "double", "half", "type", "type_as", "clone", "contiguous"})

#: Without its gradient: the method, and the attribute.
CUT = frozenset({"detach", "data"})

#: With the numbers and the shape that it had.
_KEPT = MOVED | CUT

#: In another shape, with the values in their order.
SHAPED = frozenset({"view", "view_as", "reshape", "reshape_as", "flatten", "ravel", "squeeze", "unsqueeze"})

#: With the numbers that it had, in their order.
IN_ORDER = MOVED | SHAPED

#: In another shape, with the values in another order, or some of them several times.
ARRANGED = frozenset({"permute", "transpose", "t", "expand", "expand_as"})


def before(form: f.Form, methods: frozenset[str]) -> f.Form:
    """What a tensor was before some of these methods were called on it, or these attributes of it were read."""
    while True:
        form = bare(form)
        inner = once_before(form, methods)
        if inner is form:
            return form
        form = inner


def once_before(form: f.Form, methods: frozenset[str]) -> f.Form:
    """What a tensor was before one of these methods was called on it, or one of these attributes of it was read; the
    form itself where it is nothing of the kind."""
    if isinstance(form, f.Call) and isinstance(form.function, f.Attr) and form.function.name in methods:
        is_function = bool(form.arguments) and f.written(bare(form.function.base)) in MODULES
        return form.arguments[0].form if is_function else form.function.base
    if isinstance(form, f.Attr) and form.name in methods & CUT:
        return form.base
    return form


def kept(form: f.Form) -> f.Form:
    """What a tensor was before what leaves its numbers and its shape as they are."""
    return before(form, _KEPT)
